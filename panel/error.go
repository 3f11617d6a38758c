package panel

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/static"
	"github.com/clockwarden/clockwarden/templates"
)

// status is the one place where core's codes become the panel's statuses.
func status(code core.Code) int {
	switch code {
	case core.CodeInvalid:
		return http.StatusUnprocessableEntity
	case core.CodeUnauthenticated:
		return http.StatusUnauthorized
	case core.CodeOwnerRequired, core.CodePlanRequired, core.CodeForbidden:
		return http.StatusForbidden
	case core.CodeNotFound:
		return http.StatusNotFound
	case core.CodeConflict:
		return http.StatusConflict
	case core.CodeExpired:
		return http.StatusGone
	case core.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case core.CodeRateLimited:
		return http.StatusTooManyRequests
	case core.CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// sentence is an error in the reader's words.
func (v *visit) sentence(err error) string {
	e := core.AsError(err)
	if e == nil {
		return v.t("panel.error.internal")
	}
	return v.t(e.Message, locale.Params(e.Params))
}

// fail answers a request that could not be done: a page, or what htmx can show in its place.
func (v *visit) fail(err error) {
	code := core.ErrorCode(err)
	switch {
	case code == core.CodeInternal && (errors.Is(err, context.Canceled) || v.r.Context().Err() != nil):
		return // the browser went away
	case code == core.CodeInternal:
		v.p.log.Error("request failed", "request_id", v.client.RequestID, "route", routeOf(v.r), "error", err.Error())
	case code == core.CodeUnavailable:
		v.p.log.Warn("store unavailable", "request_id", v.client.RequestID, "route", routeOf(v.r))
		v.w.Header().Set("Retry-After", "5")
	case code == core.CodeUnauthenticated:
		v.toSignIn()
		return
	}
	if v.fragment() {
		v.failFragment(err, code)
		return
	}
	v.failPage(err, code)
}

// toSignIn sends a stranger, or somebody whose session is over, to the sign-in page.
func (v *visit) toSignIn() {
	to := "/"
	if v.p.cookie(v.r) != "" {
		to = "/?ended=1"
	}
	if next := v.wanted(); next != "" {
		to = with(to, "next", next)
	}
	if v.fragment() {
		v.w.Header().Set("HX-Redirect", to)
		v.w.WriteHeader(http.StatusUnauthorized)
		return
	}
	v.w.Header().Set("Location", to)
	v.w.WriteHeader(http.StatusSeeOther)
}

// failFragment keeps what is on the page and says in a toast what went wrong.
func (v *visit) failFragment(err error, code core.Code) {
	h := v.w.Header()
	// Who may no longer see the page that asks for a part of itself gets the page that says so.
	if v.r.Method == http.MethodGet && v.r.Header.Get("HX-Target") != "div#dialog-slot" &&
		(code == core.CodeForbidden || code == core.CodeOwnerRequired || code == core.CodePlanRequired || code == core.CodeNotFound) {
		if v.actor.Impersonating() {
			// The owner's page has just become the member's: a refresh of it may be under way while the browser
			// is led to the member's My time, and must not win over that.
			h.Set("HX-Redirect", v.path("/"))
		} else {
			h.Set("HX-Refresh", "true")
		}
		v.w.WriteHeader(status(code))
		return
	}
	h.Set("HX-Reswap", "none")
	text := v.sentence(err)
	if code == core.CodeInternal {
		text += " " + v.t("panel.reference") + " " + v.client.RequestID
	}
	if err := show(v, status(code), v.p.views.Toast, v.toast(text, true)); err != nil {
		v.p.log.Error("error toast", "request_id", v.client.RequestID, "error", err.Error())
	}
}

func (v *visit) failPage(err error, code core.Code) {
	if code != core.CodeInternal && code != core.CodeUnavailable {
		v.lookAround()
	}
	m := templates.Message{Text: v.sentence(err)}
	switch code {
	case core.CodeNotFound:
		m.Heading = v.t("panel.error.title_not_found")
	case core.CodeOwnerRequired, core.CodePlanRequired, core.CodeForbidden:
		m.Heading = v.t("panel.error.title_forbidden")
	case core.CodeExpired:
		m.Heading = v.t("panel.error.title_expired")
	case core.CodeConflict:
		m.Heading = v.t("panel.error.title_conflict")
	case core.CodeInvalid, core.CodeTooLarge:
		m.Heading = v.t("panel.error.title_invalid")
	case core.CodeUnavailable, core.CodeRateLimited:
		m.Heading = v.t("panel.error.title_later")
	default:
		m.Heading, m.Reference = v.t("panel.error.title_internal"), v.client.RequestID
	}
	if e := core.AsError(err); e != nil && e.Code == core.CodeInvalid && v.r.Method == http.MethodGet && v.known {
		m.Links = append(m.Links, templates.Link{Text: v.t("panel.accounts.clear"), URL: v.r.URL.Path})
	}
	switch e := core.AsError(err); {
	case e != nil && e.Message == unknownHost:
		// From the configuration: what the request calls us is what turned out wrong.
		m.Links = append(m.Links, templates.Link{
			Text: v.t("panel.error.main_address", locale.Params{"Address": v.p.base.Host}), URL: placeURL(v.p.base, core.Workspace{}, "/"),
		})
	case v.known:
		m.Links = append(m.Links, templates.Link{Text: v.t("nav.my_time"), URL: v.path("/")})
	case v.r.URL.Path != "/":
		m.Links = append(m.Links, templates.Link{Text: v.t("panel.error.home"), URL: "/"})
	}
	m.Head = v.head(m.Heading)
	if e := core.AsError(err); e != nil && e.Message == unknownHost {
		m.CSS, m.Icon, m.Scripts = "", "", nil // the files are not there either
	}
	if err := show(v, status(code), v.p.views.Message, m); err != nil {
		v.p.log.Error("error page", "request_id", v.client.RequestID, "error", err.Error())
	}
}

// show500 answers after a panic.
func (v *visit) show500() {
	err := errors.New("panic")
	if v.fragment() {
		v.failFragment(err, core.CodeInternal)
		return
	}
	v.failPage(err, core.CodeInternal)
}

// notFound answers addresses the router does not know; static files are looked for here.
func (p *Panel) notFound(v *visit) error {
	if (v.r.Method == http.MethodGet || v.r.Method == http.MethodHead) && strings.HasPrefix(v.r.URL.Path, static.Prefix) && p.files.Serve(v.w, v.r) {
		return nil
	}
	return &core.Error{Code: core.CodeNotFound, Message: "panel.error.not_found"}
}

func (p *Panel) methodNotAllowed(v *visit) error {
	m := templates.Message{Heading: v.t("panel.error.title_invalid"), Text: v.t("panel.error.method"), Head: v.head(v.t("panel.error.title_invalid"))}
	return show(v, http.StatusMethodNotAllowed, p.views.Message, m)
}
