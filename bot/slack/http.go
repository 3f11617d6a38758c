package slack

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

const (
	maxBody  = 1 << 20
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
	// inlineFor is how long a request may wait for the store and its reply; Slack gives up after
	// three seconds.
	inlineFor = 2 * time.Second
)

// verified reads a request, refuses what is not from Slack before the store is touched, and lets a
// request in once: a replay is answered with 200 and nothing else.
func (s *Slack) verified(contentType string, next func(w http.ResponseWriter, r *http.Request, body []byte)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != contentType {
			http.Error(w, "unsupported media type", http.StatusUnsupportedMediaType)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
				http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
				return
			}
			http.Error(w, "request can't be read", http.StatusBadRequest)
			return
		}
		key, err := s.verify.check(r.Header, body)
		if err != nil {
			s.strangers.Refused("request to Slack's address refused", "path", r.URL.Path, "why", err.Error())
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), inlineFor)
		defer cancel()
		first, err := s.svc.Once(ctx, key, rememberFor)
		if err != nil {
			s.unavailable(w, r.URL.Path, err)
			return
		}
		if !first {
			s.log.Info("repeated request ignored", "path", r.URL.Path)
			return
		}
		next(w, r.WithContext(ctx), body)
	})
}

// unavailable answers a request that could not even be remembered: nothing was done.
func (s *Slack) unavailable(w http.ResponseWriter, path string, err error) {
	s.log.Error("request can't be remembered", "path", path, "error", err.Error())
	if path != "/slack/commands" {
		http.Error(w, "unavailable", http.StatusServiceUnavailable)
		return
	}
	text := conversation.Text(s.catalog.Printer("", nil).T("error.unavailable"))
	s.writeJSON(w, message(conversation.Reply{Refused: true, Text: []conversation.Text{text}}))
}

// command answers a slash command: inline when the answer is there in time, else by response_url.
func (s *Slack) command(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, "not a form", http.StatusBadRequest)
		return
	}
	if form.Get("ssl_check") == "1" {
		return
	}
	in := commandOf(form)
	switch reply, state := s.await(r.Context(), in); state {
	case busy:
		http.Error(w, "busy", http.StatusServiceUnavailable)
	case ready:
		if reply.Form != nil { // a modal is opened by its own call
			s.showLater(r.Context(), in, reply)
			return
		}
		s.writeJSON(w, message(reply))
		if reply.Next != nil {
			s.showLater(r.Context(), in, *reply.Next)
		}
	}
}

// interaction answers clicks with 200 and the result by response_url; forms inline.
func (s *Slack) interaction(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, "not a form", http.StatusBadRequest)
		return
	}
	in, err := interactionOf([]byte(form.Get("payload")))
	if err != nil {
		s.log.Warn("interaction not understood", "error", err.Error())
		http.Error(w, "payload not understood", http.StatusBadRequest)
		return
	}
	switch {
	case in.req.Press != nil:
		if !s.jobs.Start(r.Context(), func(ctx context.Context) { s.show(ctx, in, s.words.Handle(ctx, s.named(in))) }) {
			http.Error(w, "busy", http.StatusServiceUnavailable)
		}
	case in.req.Home:
		if !s.jobs.Start(r.Context(), func(ctx context.Context) { s.show(ctx, in, s.words.Handle(ctx, s.named(in))) }) {
			http.Error(w, "busy", http.StatusServiceUnavailable)
		}
	case in.req.Submit != nil:
		switch reply, state := s.await(r.Context(), in); state {
		case busy:
			http.Error(w, "busy", http.StatusServiceUnavailable)
		case ready:
			s.writeJSON(w, s.submitted(r.Context(), in, reply))
		}
	}
}

// options answers a select that loads its options: there are none yet.
func (s *Slack) options(w http.ResponseWriter, _ *http.Request, _ []byte) {
	s.writeJSON(w, map[string]any{"options": []any{}})
}

// event answers the check of the address, and takes events in the background.
func (s *Slack) event(w http.ResponseWriter, r *http.Request, body []byte) {
	e, err := eventOf(body)
	if err != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	if e.Type == "url_verification" {
		s.writeJSON(w, map[string]string{"challenge": e.Challenge})
		return
	}
	if !s.jobs.Start(r.Context(), func(ctx context.Context) { s.take(ctx, e) }) {
		http.Error(w, "busy", http.StatusServiceUnavailable) // Slack sends the event again
	}
}

// named completes a request with what only this connection knows.
func (s *Slack) named(in inbound) conversation.Request {
	in.req.Door, in.req.Platform, in.req.Workspace = core.DoorSlack, core.PlatformSlack, s.workspace
	in.req.ID = requestID()
	team, user := in.req.Team, in.req.ChatUser
	in.req.Locale = s.locales.get(user)
	var known *conversation.Profile // one request asks in one goroutine
	in.req.Ask = func(ctx context.Context) (conversation.Profile, error) {
		if known != nil {
			return *known, nil
		}
		p, err := s.profile(ctx, team, user)
		if err == nil {
			known = &p
		}
		return p, err
	}
	return in.req
}

// waiting is what became of a request within the time Slack waits.
type waiting int

const (
	busy  waiting = iota // nothing was begun
	ready                // the reply is here
	later                // the reply will go to the response_url
)

// await works on a request and waits for its reply until ctx ends.
func (s *Slack) await(ctx context.Context, in inbound) (conversation.Reply, waiting) {
	done := make(chan conversation.Reply) // unbuffered: exactly one side has the reply
	late := make(chan struct{})
	ok := s.jobs.Start(ctx, func(ctx context.Context) {
		reply := s.words.Handle(ctx, s.named(in))
		select {
		case done <- reply:
		case <-late:
			s.show(ctx, in, reply)
		}
	})
	if !ok {
		return conversation.Reply{}, busy
	}
	select {
	case reply := <-done:
		return reply, ready
	case <-ctx.Done():
		close(late)
		return conversation.Reply{}, later
	}
}

func (s *Slack) writeJSON(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.log.Error("answer can't be written", "error", err.Error())
		http.Error(w, "internal", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(body)
}

func requestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
