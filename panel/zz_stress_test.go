package panel

import (
	"fmt"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/tools/browsertest"
)

func TestZZStress(t *testing.T) {
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.week("dana")
			srv := h.open()
			tab := h.signedIn(srv, "dana", browsertest.Options{})
			tab.Open(srv + "/w/acme/")
			tab.WaitVisible("#start-button")
			tab.Eval(`window.log = []; for (const n of ["timer-changed","htmx:before:request","htmx:after:swap","htmx:sse:error","htmx:error","htmx:finally:request"]) document.addEventListener(n, e => window.log.push(Math.round(performance.now()) + " " + n + " " + (e.target.id||e.target.tagName) + " " + (n === "timer-changed" ? e.detail.data.slice(0,40) : ""))); 0`)
			for j := range 25 {
				if j%3 == 0 {
					tab.Click("#tags-button")
					tab.WaitVisible("#tags-menu")
					tab.Axe()
					tab.Press("Escape")
				}
				e := h.MustStart("dana", "x", coretest.Start.Add(-20*time.Minute))
				ok := tab.Eval(`new Promise(done => { const end = Date.now() + 4000; const look = () => document.querySelector("#stop-button") ? done("yes") : Date.now() > end ? done("no") : setTimeout(look, 20); look(); })`)
				if ok != "yes" {
					t.Fatalf("round %d: %s\n%s\n%s", j, tab.Eval(`window.log.slice(-30).join("\n")`), tab.Eval(`(() => { const l = document.querySelector("#live"); const c = l?._htmx?.sse; return JSON.stringify({now: performance.now(), hidden: document.hidden, live: !!l, sse: !!c, attempt: c?.attempt, status: c?.status, reader: !!c?.reader, powered: l?.dataset.htmxPowered, net: performance.getEntriesByType("resource").map(e => e.name.slice(-30) + " " + Math.round(e.startTime) + " " + Math.round(e.responseEnd) + " " + e.responseStatus)}, null, 1) })()`), h.log.String()[max(0, len(h.log.String())-1500):])
				}
				if _, err := h.StopTimer(t.Context(), h.Actor("olivia"), core.StopTimer{EntryID: e.ID}); err != nil {
					t.Fatal(err)
				}
				tab.WaitVisible("#start-button")
			}
		})
	}
}
