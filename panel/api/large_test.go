package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// mustLongList gives the member so many finished entries with descriptions of 3,000 bytes, a quarter of the most.
func (r *rig) mustLongList(key string, n int) {
	r.t.Helper()
	m := r.Who(key)
	list := make([]core.TimeEntry, n)
	for i := range list {
		start := coretest.Start.Add(-time.Duration(n-i) * time.Hour)
		list[i] = core.TimeEntry{
			ID: core.NewID(start), MemberID: m.ID, UserID: m.User.ID, Description: strings.Repeat("\U0001F600", 747) + fmt.Sprint(i) + "<&>",
			Start: start, End: start.Add(time.Hour), Version: 1, CreatedAt: start,
		}
	}
	for len(list) > 0 {
		some := list[:min(500, len(list))]
		list = list[len(some):]
		if err := r.Store.Write(r.t.Context(), func(ctx context.Context, tx core.Tx) error {
			return tx.BulkLoad(ctx, r.Workspace.ID, core.Bulk{Entries: some})
		}); err != nil {
			r.t.Fatal(err)
		}
	}
}

// weigher is a client that keeps nothing of an answer, and weighs the heap while it arrives.
type weigher struct {
	header   http.Header
	status   int
	size     int
	writes   int
	heaviest uint64
}

func (w *weigher) Header() http.Header    { return w.header }
func (w *weigher) WriteHeader(status int) { w.status = status }

func (w *weigher) Write(p []byte) (int, error) {
	if w.writes++; w.writes%16 == 1 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.heaviest = max(w.heaviest, m.HeapAlloc)
	}
	w.size += len(p)
	return len(p), nil
}

// The longest page, and eight of them at once: what they take of the heap, with what the collector has not taken
// yet, is bounded for the process.
func TestLargeAnswersFitInMemory(t *testing.T) {
	const (
		mostOfOne  = 64 << 20 // for a page of 15 MB
		mostAtOnce = 96 << 20
	)
	r := newRig(t)
	keys := []string{r.MustKey("dana"), r.MustKey("olivia")} // each has a share of its own
	r.mustLongList("dana", clockifyPageMost)
	r.server.large.wait = time.Minute // each comes in its turn, however slow the machine
	get := func(key string) *weigher {
		req := httptest.NewRequest("GET", r.userPath("dana")+"?page-size=5000", nil)
		req.Header.Set("X-Api-Key", key)
		w := &weigher{header: http.Header{}}
		r.handler.ServeHTTP(w, req)
		return w
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	one := get(keys[0])
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	if one.status != 200 || one.size < 14<<20 || one.header.Get("Last-Page") != "true" || one.header.Get("Content-Length") != fmt.Sprint(one.size) {
		t.Fatalf("status %d, %d bytes, %v", one.status, one.size, one.header)
	}
	runtime.GC()
	all := make([]*weigher, 8)
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() { all[i] = get(keys[i%2]) })
	}
	wg.Wait()
	var heaviest uint64
	for _, w := range all {
		if heaviest = max(heaviest, w.heaviest); w.status != 200 || w.size != one.size {
			t.Errorf("status %d, %d bytes", w.status, w.size)
		}
	}
	t.Logf("a page of %d MiB: %d MiB allocated, %d MiB of heap; eight at once: %d MiB of heap", one.size>>20, allocated>>20, one.heaviest>>20, heaviest>>20)
	if one.heaviest > mostOfOne || heaviest > mostAtOnce {
		t.Errorf("allowed are %d and %d MiB", mostOfOne>>20, mostAtOnce>>20)
	}
	if len(r.server.large.ofMember) != 0 {
		t.Errorf("remembered: %v", r.server.large.ofMember)
	}
}

// Short pages never wait; a long one that has no room in time is refused in a way that clients repeat.
func TestLargeAnswersWaitForTheirTurn(t *testing.T) {
	r := newRig(t)
	dana, dirk := r.MustKey("dana"), r.MustKey("dirk")
	r.mustEntry("dana", "Report", -2*time.Hour, -time.Hour)
	large := r.server.large
	large.wait = time.Millisecond
	long, short := "?page-size=5000", fmt.Sprintf("?page-size=%d", largeFrom)
	busy := func(key, who, query string) {
		t.Helper()
		got := r.call(key, "GET", r.userPath(who)+query, "").wantClockify(503, 503, "Too many long lists")
		if got.header.Get("Retry-After") != "5" {
			t.Errorf("%v", got.header)
		}
	}
	leave := large.enter(t.Context(), r.Who("dana").ID, memberRows)
	busy(dana, "dana", long)
	busy(dana, "dana", "?page-size=10&project-required=1") // reads as many as a long one
	r.call(dana, "GET", r.userPath("dana")+short, "").want(200)
	r.call(dirk, "GET", r.userPath("dirk")+long, "").want(200) // others have their own share
	other := large.enter(t.Context(), r.Who("olivia").ID, memberRows)
	busy(dirk, "dirk", long)
	r.call(dirk, "GET", r.ws()+"/users?page-size=1000", "").want(503)
	r.call(dirk, "GET", r.ws()+"/time-entries/status/in-progress?page-size=1000", "").want(503)
	leave()
	if n := len(r.call(dana, "GET", r.userPath("dana")+long, "").want(200).list()); n != 1 {
		t.Errorf("%d entries", n)
	}
	other()

	// Whoever waits is let in as soon as there is room.
	large.wait = time.Minute
	leave = large.enter(t.Context(), r.Who("dana").ID, memberRows)
	done := make(chan reply)
	go func() { done <- r.call(dana, "GET", r.userPath("dana")+long, "") }()
	for waiting := 0; waiting < 2; runtime.Gosched() {
		large.mu.Lock()
		waiting = large.ofMember[r.Who("dana").ID].users
		large.mu.Unlock()
	}
	leave()
	(<-done).want(200)
}

// A list that is encoded row by row has the bytes of the list encoded whole, plain and compressed.
func TestRowListHasTheBytesOfTheList(t *testing.T) {
	for _, rows := range []int{0, 1, 2, 700} {
		all, list := []clockifyTimeEntry{}, newRowList()
		for i := range rows {
			e := timeEntryShape(core.TimeEntry{
				ID: core.NewID(coretest.Start), Description: strings.Repeat("<é\u2028&\"\n", i), TagIDs: []core.ID{"a"}, Start: coretest.Start, End: coretest.Start.Add(time.Minute),
			})
			all = append(all, e)
			if err := list.add(e); err != nil {
				t.Fatal(err)
			}
		}
		var want bytes.Buffer
		whole := json.NewEncoder(&want)
		whole.SetEscapeHTML(false)
		if err := whole.Encode(all); err != nil {
			t.Fatal(err)
		}
		list.end()
		if got := bytes.Join(list.list, nil); !bytes.Equal(got, want.Bytes()) || list.size != want.Len() {
			t.Fatalf("%d rows: %d bytes, want %d", rows, len(got), want.Len())
		}
		out := newOutputs().Get().(*output)
		packed, size, err := out.pack(list.list)
		if err != nil {
			t.Fatal(err)
		}
		joined := bytes.Join(packed, nil)
		z, err := gzip.NewReader(bytes.NewReader(joined))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, want.Bytes()) || size != len(joined) {
			t.Fatalf("%d rows: %d bytes unpacked (%v)", rows, len(got), err)
		}
	}
}
