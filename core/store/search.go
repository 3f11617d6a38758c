package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/clockwarden/clockwarden/core"
)

// searchText is what a workspace's searches look through: for each account the folded name and address, in the order of
// names. It is made from a snapshot and never changed; what was found in it is kept, for the next page and the next refresh
// of the same search.
type searchText struct {
	revision int64  // of names and membership, when it was made
	text     []byte // the rows, each ended by a line feed, which no folded text holds
	ends     []uint32
	members  []byte // memberBytes for each row
	used     uint64 // when it was looked at last, for eviction

	finding sync.Mutex
	finds   []finding // newest first
}

// finding is what a part was found in; nobody changes rows.
type finding struct {
	part string
	rows []uint32
}

const memberBytes = 12 // of an id

// matches returns the rows that hold the part, in the order of names. They are not to be changed.
func (s *searchText) matches(part string) []uint32 {
	s.finding.Lock()
	i := slices.IndexFunc(s.finds, func(f finding) bool { return f.part == part })
	if i >= 0 {
		f := s.finds[i]
		copy(s.finds[1:i+1], s.finds[:i])
		s.finds[0] = f
		s.finding.Unlock()
		return f.rows
	}
	s.finding.Unlock()
	rows := slices.Clip(s.find(part))
	s.finding.Lock()
	defer s.finding.Unlock()
	s.finds = slices.Insert(s.finds, 0, finding{part, rows})
	kept := 0 // together no more rows than there are twice, so that a text takes no more than 8 bytes more a member
	for i, f := range s.finds {
		if kept += len(f.rows); i > 0 && (kept > 2*len(s.ends) || i >= maxFinds) {
			s.finds = slices.Delete(s.finds, i, len(s.finds))
			break
		}
	}
	return rows
}

// maxFinds bounds how many searches are kept.
const maxFinds = 32

// find looks for the rows that hold the part.
func (s *searchText) find(part string) []uint32 {
	rows := make([]uint32, 0, 1024)
	want := []byte(part)
	for row, at := 0, 0; ; {
		i := bytes.Index(s.text[at:], want)
		if i < 0 {
			return rows
		}
		for at += i; int(s.ends[row]) <= at; {
			row++
		}
		rows = append(rows, uint32(row))
		at = int(s.ends[row])
	}
}

func (s *searchText) member(row uint32) core.ID {
	return core.ID(hex.EncodeToString(s.members[row*memberBytes : (row+1)*memberBytes]))
}

// size is what it takes at most, with what was found.
func (s *searchText) size() int { return cap(s.text) + 12*cap(s.ends) + cap(s.members) }

// searchTexts keeps the texts of the workspaces that were searched last.
type searchTexts struct {
	mu    sync.Mutex
	texts map[core.ID]*searchText
	clock uint64
	build sync.Mutex // one is made at a time
}

// maxSearchBytes bounds what is kept of all workspaces together; a workspace of a million members needs some 60 MB.
const maxSearchBytes = 256 << 20

func (c *searchTexts) get(workspace core.ID) *searchText {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.texts[workspace]
	if s != nil {
		c.clock++
		s.used = c.clock
	}
	return s
}

// put keeps a text unless a newer one is there, and forgets those that were not used for longest.
func (c *searchTexts) put(workspace core.ID, s *searchText) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.texts[workspace]; old != nil && old.revision > s.revision {
		return
	}
	if c.texts == nil {
		c.texts = make(map[core.ID]*searchText)
	}
	c.clock++
	s.used = c.clock
	c.texts[workspace] = s
	for {
		total, oldest := 0, workspace
		for id, t := range c.texts {
			total += t.size()
			if t.used < c.texts[oldest].used {
				oldest = id
			}
		}
		if total <= maxSearchBytes || oldest == workspace {
			return
		}
		delete(c.texts, oldest)
	}
}

// searchText returns the text for the query's snapshot; nil where the database has to search itself: inside an act, whose
// names nobody else may see yet, for a snapshot older than the text, and for a text that is too long.
func (q *accountsQuery) searchText(ctx context.Context) (*searchText, error) {
	if q.t.write {
		return nil, nil
	}
	c := &q.t.store.search
	fits := func() (s *searchText, known bool) {
		if s = c.get(q.workspace); s == nil || s.revision < q.revision {
			return nil, false
		}
		if s.revision > q.revision {
			return nil, true
		}
		return s, true
	}
	if s, known := fits(); known {
		return s, nil
	}
	c.build.Lock()
	defer c.build.Unlock()
	if s, known := fits(); known {
		return s, nil
	}
	s, err := q.newSearchText(ctx)
	if err != nil || s == nil {
		return nil, err
	}
	c.put(q.workspace, s)
	return s, nil
}

// newSearchText reads the text from the accounts; nil when it does not fit.
func (q *accountsQuery) newSearchText(ctx context.Context) (*searchText, error) {
	n := q.counts.All
	s := &searchText{revision: q.revision, ends: make([]uint32, 0, n), members: make([]byte, 0, n*memberBytes)}
	var member, key string
	err := q.t.rows(q.t.long(ctx), `SELECT a.member_id, a.search_key FROM accounts a`+q.t.store.dialect.indexed(`accounts_by_name`)+
		` WHERE a.workspace_id = ?1 ORDER BY a.sort_key, a.member_id`,
		[]any{q.workspace}, func(scan scanner) (err error) {
			if err := scan(&member, &key); err != nil {
				return err
			}
			s.text = append(append(s.text, key...), '\n')
			if len(s.text) > math.MaxUint32 {
				return errEnough
			}
			s.ends = append(s.ends, uint32(len(s.text))) //nolint:gosec // checked above
			s.members, err = hex.AppendDecode(s.members, []byte(member))
			return err
		})
	if errors.Is(err, errEnough) {
		return nil, nil
	}
	return s, err
}

// search answers a query with a search part. It reports false when the database has to; q.counted tells whether the total is
// known then.
func (q *accountsQuery) search(ctx context.Context, at *cursor, back bool) (rows []placed, ok bool, err error) {
	s, err := q.searchText(ctx)
	if err != nil || s == nil {
		return nil, false, err
	}
	found := s.matches(q.Search)
	if q.Filter == core.FilterNone {
		q.total, q.counted = len(found), true
		if q.Sort == core.SortName {
			return q.byName(ctx, s, found, at, back)
		}
	}
	if len(found) > q.t.store.fewMatches(q.counts.All, q.Limit) {
		return nil, false, nil
	}
	if rows, err = q.fetch(ctx, s, found); err != nil {
		return nil, false, err
	}
	slices.SortFunc(rows, func(a, b placed) int { return comparePlaces(q.parts, a.place(q.parts), b.place(q.parts)) })
	q.total, q.counted = len(rows), true
	if at != nil {
		i, exact := slices.BinarySearchFunc(rows, at.place, func(r placed, p place) int {
			return comparePlaces(q.parts, r.place(q.parts), p)
		})
		switch {
		case back:
			rows = rows[:i]
		case exact:
			rows = rows[i+1:]
		default:
			rows = rows[i:]
		}
	}
	if back {
		slices.Reverse(rows)
	}
	return rows[:min(len(rows), q.Limit+1)], true, nil
}

// fewMatches is up to how many matches are fetched one by one and sorted here. The database would read limit*all/matches rows
// of the sort's index to find a page of them; to fetch a row costs as much as reading some 25 of those.
func fewMatches(all, limit int) int { return int(math.Sqrt(float64(limit) * float64(all) / 25)) }

// byName answers a query in the order that the text has already: only the page is fetched.
func (q *accountsQuery) byName(ctx context.Context, s *searchText, found []uint32, at *cursor, back bool) ([]placed, bool, error) {
	if q.Desc {
		found = slices.Clone(found)
		slices.Reverse(found)
	}
	page := found
	switch {
	case at != nil:
		i := s.position(found, at)
		if i < 0 {
			return nil, false, nil // the row that the cursor names is not among them any more
		}
		page = found[i:] // with that row, to compare its name
		if back {
			page = found[max(0, i-q.Limit-1) : i+1]
		}
	case back:
		page = found[max(0, len(found)-q.Limit-1):]
	}
	if back {
		page = slices.Clone(page)
		slices.Reverse(page)
	}
	most := q.Limit + 1
	if at != nil {
		most++
	}
	page = page[:min(len(page), most)]
	rows, err := q.fetch(ctx, s, page)
	if err != nil {
		return nil, false, err
	}
	order := make(map[core.ID]int, len(page))
	for i, row := range page {
		order[s.member(row)] = i
	}
	slices.SortFunc(rows, func(a, b placed) int { return order[a.MemberID] - order[b.MemberID] })
	if at != nil {
		if len(rows) == 0 || rows[0].MemberID != at.Member || !bytes.Equal(rows[0].name, at.Name) {
			return nil, false, nil // it has got another name since
		}
		rows = rows[1:]
	}
	return rows, true, nil
}

// position returns where the row of a cursor stands among the rows found; -1 when it does not. The cursor's own number is
// right unless something changed meanwhile.
func (s *searchText) position(found []uint32, at *cursor) int {
	member, err := hex.DecodeString(string(at.Member))
	if err != nil {
		return -1
	}
	is := func(row uint32) bool { return bytes.Equal(s.members[row*memberBytes:(row+1)*memberBytes], member) }
	if i := at.Row - 1; i >= 0 && i < len(found) && is(found[i]) {
		return i
	}
	return slices.IndexFunc(found, is)
}

// fetch reads the accounts of some rows of the text, as far as the filter lets them through, in any order.
func (q *accountsQuery) fetch(ctx context.Context, s *searchText, rows []uint32) ([]placed, error) {
	ids := make([]core.ID, len(rows))
	for i, row := range rows {
		ids[i] = s.member(row)
	}
	texts, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var where conditions
	where.add(q.t.store.dialect.unindexed + `a.workspace_id = ` + where.arg(q.workspace))
	where.add(`a.member_id IN (` + q.t.store.dialect.each(where.arg(string(texts))) + `)`)
	if f := filterCondition(q.Filter); f != "" {
		where.add(f)
	}
	all, err := list(q.t.long(ctx), q.t, readPlaced, `SELECT a.shown, a.sort_key FROM accounts a WHERE `+where.text(), where.args...)
	for i := range all {
		if len(q.parts) > 1 && all[i].Timer == nil {
			all[i].part = 1
		}
	}
	return all, err
}

// comparePlaces compares two places in an order.
func comparePlaces(parts []part, a, b place) int {
	if c := a.Part - b.Part; c != 0 {
		return c
	}
	c := cmp.Or(strings.Compare(a.Text, b.Text), cmp.Compare(a.Number, b.Number), bytes.Compare(a.Name, b.Name),
		strings.Compare(string(a.Member), string(b.Member)))
	if parts[a.Part].desc {
		return -c
	}
	return c
}
