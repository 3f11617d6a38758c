// Package panel is the web panel's door: HTML pages and fragments for browsers, a cookie session, live updates.
//
// A handler decodes, makes one core call and shows the answer. What a person may do is core's business alone; the
// panel asks it what to offer and is refused by it like every other door.
package panel

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/static"
	"github.com/clockwarden/clockwarden/templates"
)

// Options configures a Panel.
type Options struct {
	Service *core.Service   // required
	Catalog *locale.Catalog // required
	BaseURL *url.URL        // required: the public address, from the configuration
	Log     *slog.Logger    // nil: discard

	TrustedProxies []netip.Prefix // whose X-Forwarded-For and X-Forwarded-Host are believed
	SignIn         SignInOptions
	Version        string

	// Routed sees every request whose route is known, with that route in its context; nil: nobody does.
	Routed mux.MiddlewareFunc
}

// SignInOptions are the ways to sign in beside the one-time link. The zero value: with a password.
type SignInOptions struct {
	NoPassword bool
	OIDC       OIDCOptions
}

// OIDCOptions name an OpenID Connect provider. An empty Issuer: no single sign-on.
type OIDCOptions struct {
	Issuer, ClientID, ClientSecret string
}

// Panel serves the web panel. It keeps no state but the open live streams.
type Panel struct {
	svc     *core.Service
	catalog *locale.Catalog
	base    *url.URL
	log     *slog.Logger
	proxies []netip.Prefix
	version string
	routed  mux.MiddlewareFunc

	ways     SignInOptions
	sso      *singleSignOn // nil: not configured
	attempts *attempts

	views   *templates.Templates
	files   *static.Files
	streams streams
	closing chan struct{}
	once    sync.Once
}

// New makes a Panel. It starts no goroutine.
func New(o Options) (*Panel, error) {
	if o.Service == nil || o.Catalog == nil || o.BaseURL == nil {
		return nil, errors.New("panel.New: Service, Catalog and BaseURL are required")
	}
	if o.BaseURL.Scheme != "http" && o.BaseURL.Scheme != "https" || o.BaseURL.Hostname() == "" {
		return nil, fmt.Errorf("panel.New: base URL %q is not an http or https address", o.BaseURL)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	sso, err := newSingleSignOn(o.SignIn.OIDC, o.Service.Now)
	if err != nil {
		return nil, fmt.Errorf("panel.New: %w", err)
	}
	return &Panel{
		ways: o.SignIn, sso: sso, attempts: newAttempts(),
		svc: o.Service, catalog: o.Catalog, base: o.BaseURL, log: o.Log, proxies: o.TrustedProxies, version: o.Version, routed: o.Routed,
		views: templates.New(), files: static.New(), closing: make(chan struct{}),
	}, nil
}

// Handler returns the whole panel. The checks stand outside the router, so that they also hold for
// addresses it does not know.
func (p *Panel) Handler() http.Handler {
	// A start does not wait for the router, which compiles a pattern for each route.
	router := sync.OnceValue(p.router)
	h := p.checkOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { router().ServeHTTP(w, r) }))
	h = p.checkHost(h)
	h = limitBody(h)
	h = p.forwarded(h)
	h = p.securityHeaders(h)
	return p.outermost(h)
}

// Close ends all live streams. Call it when the server begins to shut down.
func (p *Panel) Close() { p.once.Do(func() { close(p.closing) }) }

// SignInURL is the address of a one-time sign-in link: on the workspace's subdomain if it has one, else on the
// main address.
func SignInURL(base *url.URL, ws core.Workspace, token string) string {
	return placeURL(base, ws, "/sign-in/"+token)
}
