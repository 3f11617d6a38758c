package slack

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// An answer is tried again after a weakness of Slack, never sent elsewhere by a redirect, and its
// errors don't tell the address.
func TestAnswerTries(t *testing.T) {
	var calls atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n := calls.Add(1); {
		case r.URL.Path == "/redirect":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case r.URL.Path == "/gone":
			w.WriteHeader(http.StatusNotFound)
		case r.URL.Path == "/weak" && n < 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	a := newAnswerer(mustURL(t, server.URL+"/api/"), nil)
	defer a.http.CloseIdleConnections()
	tests := []struct {
		path  string
		calls int32
		ok    bool
	}{{"/good", 1, true}, {"/weak", 3, true}, {"/gone", 1, false}, {"/redirect", 1, false}}
	for _, tt := range tests {
		calls.Store(0)
		err := a.post(t.Context(), server.URL+tt.path, body{Text: "x"})
		if (err == nil) != tt.ok || calls.Load() != tt.calls {
			t.Errorf("%s: %v after %d calls", tt.path, err, calls.Load())
		}
	}
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := a.post(ctx, server.URL+"/secret-address", body{Text: "x"}); err == nil || strings.Contains(err.Error(), "secret-address") {
		t.Errorf("error of an unreachable address: %v", err)
	}
}
