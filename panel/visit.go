package panel

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// visit is one request and who makes it.
type visit struct {
	p      *Panel
	w      http.ResponseWriter
	r      *http.Request
	client core.Client
	now    time.Time

	actor core.Actor
	me    core.Me
	ended core.EndCause // of an impersonation that ended with this request
	known bool          // actor and me are set
	words *locale.Printer
}

func (p *Panel) newVisit(w http.ResponseWriter, r *http.Request) *visit {
	q := about(r)
	v := &visit{
		p: p, w: w, r: r, now: p.svc.Now(),
		client: core.Client{Host: q.host.ID, RequestID: q.id, Address: q.address, UserAgent: r.UserAgent()},
	}
	v.readIn(locale.Match(r.Header.Get("Accept-Language")), time.UTC)
	return v
}

// readIn chooses the reader's language and time zone.
func (v *visit) readIn(language string, zone *time.Location) {
	v.words = v.p.catalog.Printer(language, zone).At(v.now)
}

// serve makes a handler of a route: who is there, the route's work, and one place for what goes wrong.
func (p *Panel) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := p.newVisit(w, r)
		var err error
		if rt.action != public {
			err = v.enter(v.slug())
		}
		if err == nil && r.Method == http.MethodPost {
			err = v.readForm()
		}
		if err == nil && v.ended != "" && rt.action != core.ActSessionSignOut {
			err = v.endedByItself()
		} else if err == nil {
			err = rt.handle(v)
		}
		// It may also end while the request is under way.
		if core.ErrorCode(err) == core.CodeExpired && v.actor.Impersonating() && v.enter(v.slug()) == nil && v.ended != "" {
			err = v.endedByItself()
		}
		if err != nil {
			v.fail(err)
		}
	}
}

// slug is the workspace in the address; "" where the address names none.
func (v *visit) slug() string {
	if slug, ok := mux.Vars(v.r)["slug"]; ok {
		return slug
	}
	return v.r.URL.Query().Get("w")
}

// enter finds out who makes the request, with everything read anew.
func (v *visit) enter(slug string) error {
	var err error
	v.actor, v.ended, err = v.p.svc.ActorBySession(v.r.Context(), core.Visit{
		Token: v.p.cookie(v.r), Workspace: slug, Client: v.client, Quiet: v.quiet(),
	})
	if err != nil {
		return err
	}
	return v.look()
}

// quiet tells whether an open page asks by itself: its stream of changes, or a part that refreshes when something
// changed. That is no sign of the person, so it neither keeps the session alive nor counts as activity.
func (v *visit) quiet() bool {
	if v.r.Method != http.MethodGet {
		return false
	}
	if v.live() {
		return true
	}
	return v.fragment() && strings.HasSuffix(v.r.Header.Get("HX-Source"), "-live")
}

// live tells whether the request is a stream of changes.
func (v *visit) live() bool {
	return v.r.URL.Path == "/live" || strings.HasSuffix(v.r.URL.Path, "/live") && strings.HasPrefix(v.r.URL.Path, "/w/")
}

// look reads the standing of the actor, for what the page offers.
func (v *visit) look() error {
	me, err := v.p.svc.Me(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	v.me, v.known = me, true
	// The person who acts reads the page, also while acting as somebody else.
	v.readIn(me.Human.User.Language, me.Human.User.Zone())
	return nil
}

func (v *visit) readForm() error {
	err := v.r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooLarge):
		return &core.Error{Code: core.CodeTooLarge, Message: "panel.error.too_large"}
	}
	return &core.Error{Code: core.CodeInvalid, Message: "panel.error.form"}
}

// value is a field of the submitted form.
func (v *visit) value(name string) string { return v.r.PostFormValue(name) }

// id is an id in the address. Another form than an id's cannot name anything.
func (v *visit) id(name string) core.ID { return core.ID(mux.Vars(v.r)[name]) }

// fragment tells whether htmx wants a part of a page.
func (v *visit) fragment() bool {
	h := v.r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Request-Type") != "full" && h.Get("HX-History-Restore-Request") != "true"
}

func (v *visit) t(id string, params ...locale.Params) string { return v.words.T(id, params...) }

func (v *visit) text() templates.Words { return templates.Words{Printer: v.words} }

// path is an address below the workspace of the visit.
func (v *visit) path(parts string) string { return "/w/" + v.me.Workspace.Slug + parts }

// redirect sends the browser to an address of the panel; htmx follows by itself.
func (v *visit) redirect(to string) error {
	if v.fragment() {
		v.w.Header().Set("HX-Redirect", to)
		v.w.WriteHeader(http.StatusOK)
		return nil
	}
	v.w.Header().Set("Location", to)
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// with adds a query parameter to an address of the panel.
func with(address, name, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}
