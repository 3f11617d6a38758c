package panel

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/tools/browsertest"
)

// open starts a server for the house. Its clean-up is registered before any tab is opened.
func (h *house) open() string {
	h.t.Helper()
	srv := httptest.NewServer(h.handler)
	h.t.Cleanup(func() {
		h.panel.Close()
		srv.Close()
	})
	return srv.URL
}

// signedIn opens a tab of somebody who is signed in.
func (h *house) signedIn(srv, key string, o browsertest.Options) *browsertest.Tab {
	h.t.Helper()
	tab := browsertest.NewTab(h.t, o)
	tab.SetCookie(srv, h.panel.cookieName(), h.in(key))
	return tab
}

func TestLook(t *testing.T) {
	h := newHouse(t)
	h.populate()
	h.MustStart("olivia", "Planning", coretest.Start.Add(-50*time.Minute))
	srv := h.open()
	tab := h.signedIn(srv, "olivia", browsertest.Options{})
	tab.Open(srv + "/w/acme/settings/accounts")
	tab.Screenshot("look-accounts")
	tab.Click("#menu-button-" + h.member("dana"))
	tab.Screenshot("look-menu")
	tab.ClickText("Stop timer")
	tab.WaitVisible("dialog[open]")
	tab.Screenshot("look-stop")
	tab.ClickText("Stop timer")
	tab.WaitVisible(".toast")
	tab.Screenshot("look-stopped")
	tab.Open(srv + "/w/acme/")
	tab.Screenshot("look-mytime")
	tab.MustBeQuiet()
}
