package core

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// SeedPlan says how much made-up data Seed adds. The same number in Seed makes the same people and
// entries, relative to the moment.
type SeedPlan struct {
	Members int // new members
	Entries int // their finished entries
	Running int // their running timers, at most one a member
	Overdue int // so many of Running are past their threshold
	Seed    uint64
}

// MaxSeed bounds each count of a SeedPlan.
const MaxSeed = 20_000_000

// Validate checks the counts. Code invalid.
func (p SeedPlan) Validate() error {
	for _, n := range []int{p.Members, p.Entries, p.Running, p.Overdue} {
		if n < 0 || n > MaxSeed {
			return invalid("", "error.seed_counts", Params{"Max": MaxSeed})
		}
	}
	if p.Running > p.Members || p.Overdue > p.Running || p.Entries > 0 && p.Members == 0 {
		return invalid("", "error.seed_fit", nil)
	}
	return nil
}

// seedBatch is how many rows one transaction of Seed writes, so that other acts get their turn.
const seedBatch = 20_000

// Seed fills the actor's workspace with made-up members and entries by bulk statements. The operator
// only. It is for trying and measuring; the audit log says once that it was done.
// Codes: invalid (the plan), conflict (this seed is in the workspace already), forbidden.
func (s *Service) Seed(ctx context.Context, a Actor, p SeedPlan) error {
	if err := p.Validate(); err != nil {
		return err
	}
	g := newGenerator(p, second(s.clock.Now()))
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActWorkspaceSeed, ""); err != nil {
			return err
		}
		g.ws = w.ws
		if err := g.unused(ctx, w); err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActWorkspaceSeed, Target: Target{Kind: "workspace", ID: w.ws.ID, Name: w.ws.Name}, After: map[string]any{
			"members": p.Members, "entries": p.Entries, "running": p.Running, "overdue": p.Overdue, "seed": p.Seed,
		}})
		return nil
	})
	if err != nil {
		return err
	}
	for g.members < p.Members {
		if err := s.load(ctx, a, g.nextMembers(min(seedBatch, p.Members-g.members))); err != nil {
			return err
		}
	}
	for g.entries < p.Entries {
		if err := s.load(ctx, a, g.nextEntries(min(seedBatch, p.Entries-g.entries))); err != nil {
			return err
		}
	}
	for g.running < p.Running {
		n := min(seedBatch, p.Running-g.running)
		err := s.keep(ctx, a, func(ctx context.Context, w *work) error {
			if err := w.standing(ctx); err != nil {
				return err
			}
			return w.tx.BulkLoad(ctx, w.ws.ID, Bulk{Entries: g.runningEntries(w, n)})
		})
		if err != nil {
			return err
		}
		g.running += n
	}
	return s.keep(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.standing(ctx); err != nil {
			return err
		}
		if err := w.tx.RefreshAccounts(ctx, w.ws.ID); err != nil {
			return err
		}
		w.emit(EventMember, "")
		return w.tx.BumpRevision(ctx, w.ws.ID, true)
	})
}

// Bulk is rows that are written without acts.
type Bulk struct {
	Members []Member // with their new users
	Entries []TimeEntry
}

func (s *Service) load(ctx context.Context, a Actor, b Bulk) error {
	return s.keep(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.standing(ctx); err != nil {
			return err
		}
		err := w.tx.BulkLoad(ctx, w.ws.ID, b)
		if errors.Is(err, ErrDuplicate) {
			return conflict("error.seeded_already", nil, nil)
		}
		return err
	})
}

// generator makes the rows of a seed, in order.
type generator struct {
	plan    SeedPlan
	random  *rand.Rand
	now     time.Time
	serial  uint64 // of the last id
	ws      Workspace
	people  []seedPerson
	members int
	entries int
	running int
	person  int // the one whose entries come next, and how many of them were made
	made    int
}

func newGenerator(p SeedPlan, now time.Time) *generator {
	var b [8]byte
	_, _ = cryptorand.Read(b[2:8]) // crypto/rand never fails
	// Half of the range is left to count through.
	random := rand.New(rand.NewPCG(p.Seed, 0x5eed)) //nolint:gosec // made-up data has to be repeatable
	return &generator{plan: p, random: random, now: now, serial: binary.BigEndian.Uint64(b[:]) >> 1}
}

// id makes ids that grow one by one from a random start: the store appends such rows to its indexes,
// where random ones would touch a page each.
func (g *generator) id() ID {
	g.serial++
	return ID(fmt.Sprintf("%012x%012x", g.now.UnixMilli(), g.serial))
}

type seedPerson struct{ member, user ID }

var (
	seedFirst = []string{"Ada", "Björn", "Chidi", "Dörte", "Elif", "Fatima", "Grzegorz", "Hanna", "İpek", "Jürgen", "Kenji", "Lucía", "Mehmet", "Nora", "Øyvind", "Priya", "Quentin", "Renée", "Søren", "Tomás", "Uwe", "Violeta", "Wenzel", "Xenia", "Yusuf", "Zoë"}
	seedLast  = []string{"Abel", "Bäcker", "Castro", "Dubois", "Eriksson", "Fischer", "García", "Hansen", "Ivanova", "Jansen", "Kowalski", "Lindqvist", "Müller", "Nakamura", "Okafor", "Petrov", "Quinn", "Rossi", "Schröder", "Tanaka", "Ueda", "Vogel", "Weiß", "Xu", "Yılmaz", "Zimmermann"}
	seedWork  = []string{"Client call", "Code review", "Quarterly report", "Support rota", "Workshop notes", "Invoice check", "Release planning", "Bug hunt", "Angebot schreiben", "Übergabe an Team Süd", ""}
)

func (g *generator) email(number int) string {
	return fmt.Sprintf("seed%d-%d@%s.example", g.plan.Seed, number, g.ws.Slug)
}

// unused refuses a seed whose first person is there already, before anything is written.
func (g *generator) unused(ctx context.Context, w *work) error {
	if g.plan.Members == 0 {
		return nil
	}
	_, err := w.tx.UserByEmail(ctx, NormalEmail(g.email(1)))
	if err == nil {
		return conflict("error.seeded_already", nil, nil)
	}
	if errors.Is(err, ErrNoRow) {
		return nil
	}
	return err
}

func (g *generator) nextMembers(n int) Bulk {
	b := Bulk{Members: make([]Member, n)}
	for i := range b.Members {
		number := g.members + i + 1
		r := g.random
		first, last := seedFirst[r.IntN(len(seedFirst))], seedLast[r.IntN(len(seedLast))]
		m := Member{
			ID: g.id(), WorkspaceID: g.ws.ID, Role: RoleMember, Status: StatusActive, CreatedAt: g.now,
			User: User{
				ID: g.id(), Name: fmt.Sprintf("%s %s %d", first, last, number), TimeZone: g.ws.TimeZone, Language: g.ws.Language, Scheme: "auto",
				Email: g.email(number),
			},
			LastActivity: g.now.Add(-time.Duration(r.IntN(14*24*3600)) * time.Second),
		}
		switch dice := r.IntN(100); {
		case dice < 3:
			m.Role = RoleAdmin
		case dice < 10:
			m.Role = RoleManager
		}
		// Those who get a running timer stay active.
		if number > g.plan.Running && r.IntN(20) == 0 {
			m.Status = StatusInactive
		}
		b.Members[i] = m
		g.people = append(g.people, seedPerson{m.ID, m.User.ID})
	}
	g.members += n
	return b
}

// nextEntries makes finished entries, one member after the other and oldest first, two a day and equally many for all.
func (g *generator) nextEntries(n int) Bulk {
	b := Bulk{Entries: make([]TimeEntry, n)}
	midnight := g.now.Truncate(24 * time.Hour)
	for i := range b.Entries {
		for g.made == g.share(g.person) {
			g.person, g.made = g.person+1, 0
		}
		g.made++
		person, back := g.people[g.person], g.share(g.person)-g.made
		r := g.random
		start := midnight.AddDate(0, 0, -2-back/2).Add(time.Duration(13-5*(back%2))*time.Hour + time.Duration(r.IntN(3600))*time.Second)
		end := start.Add(time.Duration(1800+r.IntN(3*3600)) * time.Second)
		b.Entries[i] = TimeEntry{
			ID: g.id(), WorkspaceID: g.ws.ID, MemberID: person.member, UserID: person.user, Description: seedWork[r.IntN(len(seedWork))],
			Start: start, End: end, Version: 2, StoppedAt: end, StoppedBy: person.user, StoppedDoor: DoorPanel, CreatedAt: start,
		}
	}
	g.entries += n
	return b
}

// share is how many finished entries a member gets.
func (g *generator) share(person int) int {
	n := g.plan.Entries / g.plan.Members
	if person < g.plan.Entries%g.plan.Members {
		n++
	}
	return n
}

// runningEntries gives the next n members a running timer; the first Overdue of all are past theirs.
func (g *generator) runningEntries(w *work, n int) []TimeEntry {
	list := make([]TimeEntry, n)
	for i := range list {
		number := g.running + i
		person, r := g.people[number], g.random
		limit := w.threshold(Member{})
		ago := time.Duration(r.Int64N(int64(max(limit/2, time.Second))))
		if number < g.plan.Overdue {
			ago = limit + time.Minute + time.Duration(r.Int64N(int64(12*time.Hour)))
		}
		e := TimeEntry{
			ID: g.id(), WorkspaceID: g.ws.ID, MemberID: person.member, UserID: person.user,
			Description: seedWork[r.IntN(len(seedWork))], Start: second(g.now.Add(-ago)), Version: 1, CreatedAt: g.now,
		}
		e.FlagAt = e.Start.Add(limit)
		list[i] = e
	}
	return list
}
