package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

// disk writes bytes over a file that is large enough already and waits until the disk has them: what SQLite's log has to do
// for a commit as well.
type disk struct {
	file *os.File
	at   int64
	data []byte
}

const diskFile = 4 << 20

func (b *bench) disk(bytes int) (*disk, error) {
	f, err := os.Create(b.path("plain"))
	if err != nil {
		return nil, err
	}
	if _, err = f.Write(make([]byte, diskFile+bytes)); err == nil {
		err = f.Sync()
	}
	return &disk{file: f, data: make([]byte, bytes)}, err
}

func (d *disk) write() error {
	for i := range d.data {
		d.data[i]++
	}
	if _, err := d.file.WriteAt(d.data, d.at); err != nil {
		return err
	}
	if d.at += int64(len(d.data)); d.at > diskFile {
		d.at = 0
	}
	return syscall.Fdatasync(int(d.file.Fd()))
}

// bytesOfStop is how much a stop adds to SQLite's log.
func (h *house) bytesOfStop(ctx context.Context) (int, error) {
	const stops = 10
	var total int64
	log := h.path + "-wal"
	for _, r := range h.timers[:min(stops, len(h.timers))] {
		db, err := openRaw(h.path, "_busy_timeout=5000")
		if err != nil {
			return 0, err
		}
		_, err = db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
		if err = errors.Join(err, db.Close(), h.stop(ctx, r)); err != nil {
			return 0, err
		}
		info, err := os.Stat(log)
		if err != nil {
			return 0, err
		}
		total += info.Size() - 32 // header of the log
		if err := h.undo(ctx, r); err != nil {
			return 0, err
		}
	}
	bytes := int(total) / min(stops, len(h.timers))
	if bytes < 4096 {
		return 0, fmt.Errorf("a stop adds %d bytes to the log: not measured right", bytes)
	}
	return bytes, nil
}

func measureStop(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	bytes, err := h.bytesOfStop(ctx)
	if err != nil {
		return err
	}
	d, err := b.disk(bytes)
	if err != nil {
		return err
	}
	defer func() { _ = d.file.Close() }()
	var c comparison
	if err := b.profiled(func() error {
		c, err = b.inTurns(b.Samples, h.stopping(ctx), whole(d.write))
		return err
	}); err != nil {
		return err
	}
	b.atMost("1", "a durable stop, to write + fdatasync of the same bytes (p50)", 1.8, c.ratio, "×",
		fmt.Sprintf("%s to %s for %s bytes", seconds(c.ours), seconds(c.their), thousands(bytes)))
	return nil
}

// failEvery is how often a caller of the crowd asks for what is refused.
const failEvery = 20

// callers stop and revive timers, each its own; every twentieth act is one that must fail. With a lock only one acts at a time.
func (h *house) callers(ctx context.Context, n int, ended core.ID, one sync.Locker) (float64, []float64, error) {
	const callers = 64
	stopped := make([]bool, callers)
	rate, took, err := crowd(callers, n, func(caller, number int) error {
		if one != nil {
			one.Lock()
			defer one.Unlock()
		}
		if number%failEvery == failEvery-1 {
			if err := h.stop(ctx, running{entry: ended}); core.ErrorCode(err) != core.CodeConflict {
				return fmt.Errorf("a stop that must fail: %w", err)
			}
			return nil
		}
		r := h.timers[caller%len(h.timers)]
		if stopped[caller] {
			stopped[caller] = false
			return h.undo(ctx, r)
		}
		stopped[caller] = true
		return h.stop(ctx, r)
	})
	for caller, was := range stopped {
		if was {
			err = errors.Join(err, h.undo(ctx, h.timers[caller]))
		}
	}
	return rate, took, err
}

func measureCallers(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	e, err := h.CreateEntry(ctx, h.owner, core.NewEntry{
		Description: "finished", Start: time.Now().Add(-2 * time.Hour), End: time.Now().Add(-time.Hour),
	})
	if err != nil {
		return err
	}
	n := b.Requests / 2
	var together, alone []float64
	var one sync.Mutex
	var c comparison
	if err := b.profiled(func() error {
		c, err = b.inRounds(func() (float64, error) {
			rate, took, err := h.callers(ctx, 4*n, e.ID, nil)
			together = append(together, quantile(took, 0.99))
			return rate, err
		}, func() (float64, error) {
			rate, took, err := h.callers(ctx, n, e.ID, &one)
			alone = append(alone, quantile(took, 0.99))
			return rate, err
		})
		return err
	}); err != nil {
		return err
	}
	b.atLeast("2", "64 callers, 5 % of whose acts fail, to the same one by one (rate)", 10, c.ratio,
		fmt.Sprintf("%.0f to %.0f acts a second", c.ours, c.their))
	var ratios []float64
	for i := 1; i < len(together); i++ {
		ratios = append(ratios, together[i]/alone[i])
	}
	b.atMost("2", "their p99, to that of 64 callers one by one", 0.125, median(ratios), "×",
		fmt.Sprintf("%s to %s", seconds(median(together[1:])), seconds(median(alone[1:]))))
	return nil
}

func measureHandOff(ctx context.Context, b *bench) error {
	open := func(name string) (*store.Store, error) { return store.Open(ctx, store.Options{DSN: b.path(name)}) }
	ours, err := open("handed.db")
	if err != nil {
		return err
	}
	defer func() { _ = ours.Close() }()
	// The other database is of the same form; only its own connection writes to it.
	other, err := open("direct.db")
	if err == nil {
		err = other.Close()
	}
	if err != nil {
		return err
	}
	db, err := openRaw(b.path("direct.db"), "_foreign_keys=on&_journal_mode=WAL&_busy_timeout=5000&_synchronous=FULL&_cache_size=-16384")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	n := 0
	value := func() string { n++; return fmt.Sprint(n) }
	c, err := b.inTurns(2*b.Samples, whole(func() error {
		return ours.Write(ctx, func(ctx context.Context, tx core.Tx) error { return tx.SaveSetting(ctx, "bench", value()) })
	}), whole(func() error { return direct(ctx, conn, value()) }))
	if err != nil {
		return err
	}
	b.atMost("3", "one caller through the writer, to a transaction of its own (p50)", 1.1, c.ratio, "×",
		fmt.Sprintf("%s to %s", seconds(c.ours), seconds(c.their)))
	return nil
}

func direct(ctx context.Context, conn *sql.Conn, value string) error {
	if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
		"bench", value); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, `COMMIT`)
	return err
}

// act is something a person does, on a house; it undoes itself outside the measured time.
type act struct {
	name string
	do   func(h *house) timed
}

// aside is an act that is measured, and another one that takes it back.
func aside(do, back func() error) (time.Duration, error) {
	began := time.Now()
	err := do()
	took := time.Since(began)
	if err != nil {
		return took, err
	}
	return took, back()
}

func acts(ctx context.Context) []act {
	return []act{
		{"stop a timer", func(h *house) timed { return h.stopping(ctx) }},
		{"undo a stop", func(h *house) timed {
			return h.onTimers(func(r running) (time.Duration, error) {
				if err := h.stop(ctx, r); err != nil {
					return 0, err
				}
				return aside(func() error { return h.undo(ctx, r) }, nothing)
			})
		}},
		{"start a timer, which stops the other", func(h *house) timed {
			return h.onTimers(func(r running) (time.Duration, error) {
				// The new timer takes the place of the old one.
				return aside(func() error {
					e, err := h.StartTimer(ctx, h.owner, core.NewEntry{MemberID: r.member, Description: "bench"})
					h.replace(r, e.ID)
					return err
				}, nothing)
			})
		}},
		{"correct an entry", func(h *house) timed {
			n := 0
			return h.onTimers(func(r running) (time.Duration, error) {
				n++
				text := fmt.Sprintf("corrected %d", n)
				return aside(func() error {
					_, err := h.CorrectEntry(ctx, h.owner, core.EntryChange{EntryID: r.entry, Description: &text})
					return err
				}, nothing)
			})
		}},
		{"delete an entry", func(h *house) timed {
			n := 0
			return h.onTimers(func(r running) (time.Duration, error) {
				n++
				e, err := h.CreateEntry(ctx, h.owner, longAgo(r, -n))
				if err != nil {
					return 0, err
				}
				return aside(func() error { _, err := h.DeleteEntry(ctx, h.owner, e.ID); return err }, nothing)
			})
		}},
		{"add a finished entry", func(h *house) timed {
			n := 0
			return h.onTimers(func(r running) (time.Duration, error) {
				n++
				return aside(func() error { _, err := h.CreateEntry(ctx, h.owner, longAgo(r, n)); return err }, nothing)
			})
		}},
		{"create an API key", func(h *house) timed {
			return h.onTimers(func(r running) (time.Duration, error) {
				return aside(func() error { _, _, err := h.CreateAPIKey(ctx, operator().In(h.ws.ID), r.member, "bench"); return err },
					func() error { _, err := h.DeactivateAPIKeys(ctx, h.owner, r.member, ""); return err })
			})
		}},
		{"deactivate API keys", func(h *house) timed {
			return h.onTimers(func(r running) (time.Duration, error) {
				if _, _, err := h.CreateAPIKey(ctx, operator().In(h.ws.ID), r.member, "bench"); err != nil {
					return 0, err
				}
				return aside(func() error { _, err := h.DeactivateAPIKeys(ctx, h.owner, r.member, ""); return err }, nothing)
			})
		}},
		{"change a member", func(h *house) timed {
			role := core.RoleManager
			return h.onTimers(func(r running) (time.Duration, error) {
				if role == core.RoleManager {
					role = core.RoleAdmin
				} else {
					role = core.RoleManager
				}
				change := role
				return aside(func() error {
					_, err := h.UpdateMember(ctx, h.owner, r.member, core.MemberUpdate{Role: &change})
					return err
				}, nothing)
			})
		}},
	}
}

func nothing() error { return nil }

// longAgo is a short finished entry that overlaps no other.
func longAgo(r running, number int) core.NewEntry {
	start := time.Now().AddDate(-1, 0, 0).Add(time.Duration(number) * time.Minute)
	return core.NewEntry{MemberID: r.member, Description: "bench", Start: start, End: start.Add(time.Minute)}
}

// onTimers gives one timer after the other to fn.
func (h *house) onTimers(fn func(r running) (time.Duration, error)) timed {
	number := 0
	return func() (time.Duration, error) {
		r := h.timers[number%len(h.timers)]
		number++
		return fn(r)
	}
}

func (h *house) replace(old running, entry core.ID) {
	for i := range h.timers {
		if h.timers[i] == old {
			h.timers[i].entry = entry
		}
	}
}

func measureGrowth(ctx context.Context, b *bench) error {
	small, large, err := b.both(ctx)
	if err != nil {
		return err
	}
	worst, which := comparison{}, ""
	for _, a := range acts(ctx) {
		c, err := b.inTurns(b.Samples/2, a.do(large), a.do(small))
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		_, _ = fmt.Fprintf(b.log, "  growth of %s: %.3f (%s to %s)\n", a.name, c.ratio, seconds(c.ours), seconds(c.their))
		if c.ratio > worst.ratio {
			worst, which = c, a.name
		}
	}
	b.atMost("15", "the act that grows most, ten times the members and entries (p50)", 1.1, worst.ratio, "×",
		fmt.Sprintf("%s: %s to %s", which, seconds(worst.ours), seconds(worst.their)))
	return nil
}
