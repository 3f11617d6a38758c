package panel

import (
	"net/http"
	"time"
)

// cookieName has the __Host- prefix on https: a browser then refuses the cookie from a sibling subdomain.
func (p *Panel) cookieName() string {
	if p.base.Scheme == "https" {
		return "__Host-clockwarden"
	}
	return "clockwarden"
}

func (p *Panel) setCookie(w http.ResponseWriter, token string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // not Secure on http only, where a browser would drop it
		Name: p.cookieName(), Value: token, Path: "/", MaxAge: max(1, int(life/time.Second)),
		Secure: p.base.Scheme == "https", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (p *Panel) dropCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // as setCookie
		Name: p.cookieName(), Path: "/", MaxAge: -1,
		Secure: p.base.Scheme == "https", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (p *Panel) cookie(r *http.Request) string {
	c, err := r.Cookie(p.cookieName())
	if err != nil {
		return ""
	}
	return c.Value
}
