package panel

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
)

// request is what the layers outside the router learn about a request.
type request struct {
	id      string
	address string
	host    core.Workspace // of the subdomain; zero on the main address
}

type requestKey struct{}

// about returns what is known of the request; the outermost layer puts it there.
func about(r *http.Request) *request {
	q, ok := r.Context().Value(requestKey{}).(*request)
	if !ok {
		return &request{}
	}
	return q
}

// outermost gives the request its id, and turns a panic into a page with that id; the log has the rest.
func (p *Panel) outermost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b [8]byte
		_, _ = rand.Read(b[:]) // crypto/rand never fails
		q := &request{id: hex.EncodeToString(b[:]), address: peer(r)}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
		w.Header().Set("X-Request-Id", q.id)
		watched := &response{ResponseWriter: w}
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(fault)
			}
			p.log.Error("panic", "request_id", q.id, "route", routeOf(r), "fault", fault, "stack", string(debug.Stack()))
			if !watched.begun {
				p.newVisit(watched, r).show500()
			}
		}()
		next.ServeHTTP(watched, r)
	})
}

// routeOf names the route without what the address holds, since an address may be a secret.
func routeOf(r *http.Request) string {
	if current := mux.CurrentRoute(r); current != nil {
		if t, err := current.GetPathTemplate(); err == nil {
			return t
		}
	}
	if prefix, secret := secretAddress(r.URL.Path); secret {
		return prefix + "{token}"
	}
	return r.URL.Path
}

// secretAddress tells whether what follows the prefix of a path lets somebody in.
func secretAddress(path string) (prefix string, secret bool) {
	for _, prefix := range []string{"/sign-in/", "/invitation/", "/log-in-as/"} {
		if strings.HasPrefix(path, prefix) {
			return prefix, true
		}
	}
	return "", false
}

// response remembers whether an answer has begun.
type response struct {
	http.ResponseWriter
	begun bool
}

func (w *response) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

const policyOfContent = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// securityHeaders sets what every answer carries, refusals included.
func (p *Panel) securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyOfContent)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		h.Set("Vary", "HX-Request, HX-Request-Type, HX-History-Restore-Request")
		if p.base.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if _, secret := secretAddress(r.URL.Path); secret {
			h.Set("Referrer-Policy", "no-referrer")
		}
		next.ServeHTTP(w, r)
	})
}

// maxBody is far more than any form of the panel needs.
const maxBody = 1 << 20

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// peer is the network address the connection comes from.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// forwarded believes X-Forwarded-For and X-Forwarded-Host from the configured proxies and from nobody else.
func (p *Panel) forwarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := about(r)
		if p.trusted(q.address) {
			// The last address that is not one of our proxies: what stands before it can be invented.
			hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
			for i := len(hops) - 1; i >= 0; i-- {
				hop := strings.TrimSpace(hops[i])
				if _, err := netip.ParseAddr(hop); err != nil {
					break
				}
				q.address = hop
				if !p.trusted(hop) {
					break
				}
			}
			if host := r.Header.Get("X-Forwarded-Host"); host != "" && !strings.ContainsAny(host, ", /\\@") {
				r.Host = host
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (p *Panel) trusted(address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, prefix := range p.proxies {
		if prefix.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
