package panel

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/clockwarden/clockwarden/core"
)

// checkOrigin refuses requests that change state unless the panel itself sent them. The standard library's check
// lets a request pass that carries neither Sec-Fetch-Site nor Origin; one with a cookie could come from anywhere,
// so one of the two must be there and must be right.
func (p *Panel) checkOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
		default:
			if protection.Check(r) != nil || !fromHere(r) {
				p.newVisit(w, r).fail(&core.Error{Code: core.CodeForbidden, Message: "panel.error.origin"})
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func fromHere(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "same-origin" {
		return true
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && strings.EqualFold(origin.Host, r.Host)
}
