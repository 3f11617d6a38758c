package main

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
)

// noRoute is the route of requests that fit none; their addresses are as many as strangers invent.
const noRoute = "none"

type routeKey struct{}

// routeSeen is filled by the router that finds the route, wherever it stands.
type routeSeen struct{ template string }

// observed counts and measures the requests of all doors, and logs them: those
// that failed on our side as warnings, the others for debugging.
func (m *metrics) observed(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := m.clock.Now()
		seen := &routeSeen{template: noRoute}
		answer, ended := &answerSeen{ResponseWriter: w, status: http.StatusOK}, false
		defer func() { // also when the handler gives up the connection by a panic
			if !ended && !answer.begun {
				answer.status = http.StatusInternalServerError
			}
			took, method := m.clock.Now().Sub(begun), methodLabel(r.Method)
			m.requests.WithLabelValues(method, seen.template, strconv.Itoa(answer.status)).Inc()
			if !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/event-stream") {
				m.duration.WithLabelValues(method, seen.template).Observe(took.Seconds())
			}
			level := slog.LevelDebug
			if answer.status >= http.StatusInternalServerError {
				level = slog.LevelWarn
			}
			log.Log(r.Context(), level, "request", "request_id", answer.Header().Get("X-Request-Id"),
				"method", method, "route", seen.template, "status", answer.status, "took", took.String())
		}()
		next.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), routeKey{}, seen)))
		ended = true
	})
}

// routed is the middleware that the doors' routers carry: it tells the route of a request.
func routed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if current := mux.CurrentRoute(r); current != nil {
			if template, err := current.GetPathTemplate(); err == nil {
				sawRoute(r, template)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// patterned tells the route of a door that uses the router of the standard library.
func patterned(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if _, path, ok := strings.Cut(r.Pattern, " "); ok {
				sawRoute(r, path)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func sawRoute(r *http.Request, template string) {
	if seen, ok := r.Context().Value(routeKey{}).(*routeSeen); ok {
		seen.template = template
	}
}

// methodLabel bounds the methods, which strangers may invent as well.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// answerSeen remembers the status of an answer.
type answerSeen struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (w *answerSeen) WriteHeader(status int) {
	if !w.begun && status >= http.StatusOK { // 1xx comes before the answer
		w.begun, w.status = true, status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerSeen) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answerSeen) Unwrap() http.ResponseWriter { return w.ResponseWriter }
