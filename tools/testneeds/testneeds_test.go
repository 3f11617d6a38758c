package testneeds_test

import (
	"testing"

	"github.com/clockwarden/clockwarden/tools/testneeds"
)

// recorder stands in for a test: it keeps how the test would have ended.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper()               {}
func (r *recorder) Skip(...any)           { r.ended = "skipped" }
func (r *recorder) Skipf(string, ...any)  { r.ended = "skipped" }
func (r *recorder) Fatalf(string, ...any) { r.ended = "failed" }

func TestPolicy(t *testing.T) {
	tests := []struct {
		ci, fast      string
		slow, missing string
	}{
		{ci: "", fast: "", slow: "", missing: "skipped"},
		{ci: "", fast: "1", slow: "skipped", missing: "skipped"},
		{ci: "true", fast: "", slow: "", missing: "failed"},
		{ci: "true", fast: "1", slow: "", missing: "failed"},
	}
	for _, tt := range tests {
		t.Run("CI="+tt.ci+",FAST="+tt.fast, func(t *testing.T) {
			t.Setenv("CI", tt.ci)
			t.Setenv("CLOCKWARDEN_TEST_FAST", tt.fast)
			slow, missing := &recorder{}, &recorder{}
			testneeds.Slow(slow)
			testneeds.Missing(missing, "it is not there")
			if slow.ended != tt.slow || missing.ended != tt.missing {
				t.Errorf("Slow %q, Missing %q; want %q, %q", slow.ended, missing.ended, tt.slow, tt.missing)
			}
		})
	}
}
