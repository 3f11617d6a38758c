package api

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// dialect is one of the two APIs: where it lives and how it says no.
type dialect struct {
	prefix string
	refuse func(c *call, err *core.Error) answer
}

// call is one request on its way through the pipeline.
type call struct {
	svc       *core.Service
	version   string // of the program
	r         *http.Request
	header    http.Header // of the answer
	query     url.Values
	vars      map[string]string
	actor     core.Actor // zero before the key was accepted
	requestID string
	address   string
	large     *largeAnswers
	leave     func() // ends the turn of a large answer; nil: it is none
}

// answer is what a handler returns: a status and a value to encode; a nil body sends none.
type answer struct {
	status int
	body   any
}

func ok(body any) answer      { return answer{http.StatusOK, body} }
func created(body any) answer { return answer{http.StatusCreated, body} }

// pipeline serves one path, or, with a nil resource, every path that does not exist.
func (s *server) pipeline(d *dialect, p *resource) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{
			svc: s.svc, version: s.version, r: r, header: w.Header(), vars: mux.Vars(r),
			requestID: string(core.NewID(s.svc.Now())), address: s.clientAddress(r), large: s.large,
		}
		defer func() {
			if c.leave != nil {
				c.leave()
			}
		}()
		c.header.Set("X-Request-Id", c.requestID)
		c.header.Set("Cache-Control", "no-store")
		c.header.Set("X-Content-Type-Options", "nosniff")
		c.header.Set("Vary", "Accept-Encoding")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		a, err := s.guarded(c, p)
		if err != nil {
			a = d.refuse(c, s.explain(c, err))
		}
		s.send(w, c, a)
	})
}

// guarded turns a panic into an error, so that it gets a reference like every other failure.
func (s *server) guarded(c *call, p *resource) (a answer, err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // the documented sentinel, compared as net/http does
			panic(v)
		}
		s.log.Error("panic in api", "request_id", c.requestID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		err = errPanic
	}()
	return s.serve(c, p)
}

// serve takes one request from the route to its answer.
func (s *server) serve(c *call, p *resource) (answer, error) {
	var rt route
	found := false
	if p != nil {
		rt, found = p.route(c.r.Method)
		if c.r.Method == http.MethodOptions {
			c.header.Set("Allow", p.allow)
			return answer{status: http.StatusNoContent}, nil
		}
	}
	if !found || !rt.open {
		if err := s.authenticate(c); err != nil {
			return answer{}, err
		}
		if !s.busy.enter(string(c.actor.APIKeyID)) {
			return answer{}, tooMany(c, time.Second)
		}
		defer s.busy.leave(string(c.actor.APIKeyID))
	}
	switch {
	case p == nil:
		return answer{}, &core.Error{
			Code: core.CodeNotFound, Message: "api.path_unknown", Params: core.Params{"Path": shortPath(c.r.URL.Path)},
		}
	case !found:
		c.header.Set("Allow", p.allow)
		return answer{}, &core.Error{
			Code: codeMethod, Message: "api.method",
			Params: core.Params{"Method": clip(c.r.Method), "Allow": p.allow},
		}
	}
	var err error
	if c.query, err = parseQuery(c.r.URL.RawQuery); err != nil {
		return answer{}, err
	}
	if ws, given := c.vars["ws"]; given && pathID(ws) != c.actor.WorkspaceID {
		return answer{}, &core.Error{Code: core.CodeForbidden, Message: "api.workspace_foreign"}
	}
	return rt.serve(c)
}

// explain gives an error that is not for people its public form and puts the whole into the log
// under the same reference.
func (s *server) explain(c *call, err error) *core.Error {
	if e := core.AsError(err); e != nil && e.Code != core.CodeInternal {
		return e
	}
	if c.r.Context().Err() == nil { // else the client has gone, and nothing is wrong on our side
		s.log.Error("api request failed", "request_id", c.requestID, "method", c.r.Method,
			"path", shortPath(c.r.URL.Path), "error", err.Error())
	}
	return &core.Error{Code: core.CodeInternal, Message: "error.internal", Params: core.Params{"Reference": c.requestID}}
}

// say writes the sentence of an error in the language and zone of the key's user, or, before there
// is one, in the language the client accepts.
func (s *server) say(c *call, e *core.Error) string {
	lang, zone := locale.Match(c.r.Header.Get("Accept-Language")), s.svc.Now().Location()
	if c.actor.UserID != "" && e.Code != core.CodeRateLimited && e.Code != core.CodeUnavailable {
		if me, err := s.svc.Me(c.r.Context(), c.actor); err == nil {
			lang, zone = me.Human.User.Language, me.Human.User.Zone()
		}
	}
	words, ago := s.catalog.Printer(lang, zone), locale.Params{}
	if t, ok := e.Params["Ago"].(time.Time); ok { // other moments stand with their day: nobody knows when the answer is read
		ago["Ago"] = words.AgoOrTime(t, s.svc.Now())
	}
	return words.T(e.Message, ago, locale.Params(e.Params))
}

// clip bounds what an answer repeats of its request.
func clip(text string) string {
	const most = 60
	text = strings.ToValidUTF8(text, "\uFFFD")
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

func shortPath(path string) string { return clip(strings.TrimPrefix(path, "/api/")) }
