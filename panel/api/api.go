package api

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Options configures the API.
type Options struct {
	Service *core.Service   // required
	Catalog *locale.Catalog // required
	Log     *slog.Logger    // nil: discard
	Version string          // of the program, shown in the OpenAPI document

	// TrustedProxies are the proxies whose X-Forwarded-For is believed; none by default.
	TrustedProxies []netip.Prefix

	// Routed sees every request whose route is known, with that route in its context; nil: nobody does.
	Routed mux.MiddlewareFunc
}

type server struct {
	svc     *core.Service
	catalog *locale.Catalog
	log     *slog.Logger
	proxies []netip.Prefix
	keys    *limits                // requests of a key
	busy    *gate                  // requests of a key in progress
	large   *largeAnswers          // in progress
	failed  *limits                // failed authentications of an address
	openAPI func() ([]byte, error) // made when it is first asked for
	version string
	outputs *sync.Pool // of *output
	routed  mux.MiddlewareFunc
}

// New returns the handler of everything under /api/.
func New(o Options) (http.Handler, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	// A start does not wait for the router, which compiles a pattern for each route.
	router := sync.OnceValue(s.handler)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { router().ServeHTTP(w, r) }), nil
}

func newServer(o Options) (*server, error) {
	if o.Service == nil || o.Catalog == nil {
		return nil, errors.New("api.New: Service and Catalog are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &server{
		svc: o.Service, catalog: o.Catalog, log: o.Log, proxies: o.TrustedProxies,
		keys: newLimits(keyRate, keyBurst), failed: newLimits(failedRate, failedBurst), busy: newGate(keyAtOnce), large: newLargeAnswers(),
		openAPI: sync.OnceValues(func() ([]byte, error) { return openAPIDocument(o.Version) }), version: o.Version, outputs: newOutputs(), routed: o.Routed,
	}, nil
}

// handler builds the router from the two route tables. Every path has one handler that knows its
// methods, and a path that is not in the tables takes the same way to its 404.
func (s *server) handler() http.Handler {
	router := mux.NewRouter().SkipClean(true)
	if s.routed != nil {
		router.Use(s.routed)
	}
	own := &dialect{prefix: "/api/clockwarden/v1", refuse: s.refuseOwn}
	clockify := &dialect{prefix: "/api/v1", refuse: s.refuseClockify}
	for _, table := range []struct {
		dialect *dialect
		routes  []route
	}{{own, s.ownRoutes()}, {clockify, s.clockifyRoutes()}} {
		for _, p := range byPath(table.routes) {
			router.Handle(table.dialect.prefix+p.path, s.pipeline(table.dialect, p))
		}
	}
	unknownOwn, unknownClockify := s.pipeline(own, nil), s.pipeline(clockify, nil)
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == clockify.prefix || strings.HasPrefix(r.URL.Path, clockify.prefix+"/") {
			unknownClockify.ServeHTTP(w, r)
			return
		}
		unknownOwn.ServeHTTP(w, r)
	})
	return router
}
