package discord

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
)

// Discord's address tells what is wrong with a request, and nothing of what is wrong with us.
func TestRefusalsTellNothingOfFaults(t *testing.T) {
	for want, err := range map[string]error{
		"403 interaction of another application\n": errForeign,
		"400 interaction not understood\n":         fmt.Errorf("type 99 of db.internal: %w", errMalformed),
		"500 internal fault\n":                     errors.New("json: unsupported type of db.internal"),
	} {
		w := httptest.NewRecorder()
		refuse(w, err)
		if got := fmt.Sprint(w.Code, " ", w.Body.String()); got != want {
			t.Errorf("%v is answered %q, want %q", err, got, want)
		}
	}
}
