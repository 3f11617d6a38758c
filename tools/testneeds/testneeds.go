// Package testneeds is the one place that decides what happens to a test whose browser or database server is not to be had:
// it may be skipped on a developer's machine, never in CI. `make test` sets CI=true, so a skip cannot hide there.
package testneeds

import (
	"os"
	"testing"
)

// Slow is called first by a test that needs a browser or a database server.
// It skips the test when CLOCKWARDEN_TEST_FAST=1 asks for the fast tests only; under CI=true that variable has no effect.
func Slow(t testing.TB) {
	t.Helper()
	if !inCI() && os.Getenv("CLOCKWARDEN_TEST_FAST") == "1" {
		t.Skip("needs a browser or a database server, and CLOCKWARDEN_TEST_FAST=1 is set")
	}
}

// Missing ends the test because what (a sentence) is not there: as failed under CI=true, else as skipped.
func Missing(t testing.TB, what string) {
	t.Helper()
	if inCI() {
		t.Fatalf("%s; tools/install-test-deps.sh installs it", what)
		return
	}
	t.Skipf("%s; tools/install-test-deps.sh installs it", what)
}

func inCI() bool { return os.Getenv("CI") == "true" }
