package api

import "strconv"

// paging is a page of a Clockify list.
type paging struct {
	offset, size int
}

const (
	clockifyPageMost = 5000
	clockifyPages    = 1_000_000
	chunk            = 1000 // what core gives at once
)

// paging reads page (from 1; 0 is understood as 1) and page-size, which some clients call pageSize.
func (c *call) paging(standard, most int) (paging, error) {
	page, err := c.queryInt("page", 1, 0, clockifyPages)
	if err != nil {
		return paging{}, err
	}
	name := "page-size"
	if c.query.Get(name) == "" {
		name = "pageSize"
	}
	size, err := c.queryInt(name, standard, 1, most)
	return paging{offset: max(0, page-1) * size, size: size}, err
}

// lastPage sets the header by which clients end their loop.
func (c *call) lastPage(last bool) { c.header.Set("Last-Page", strconv.FormatBool(last)) }

// slice cuts a page out of a whole list.
func slicePage[T any](c *call, p paging, all []T) []T {
	from := min(p.offset, len(all))
	to := min(from+p.size, len(all))
	c.lastPage(to == len(all))
	return all[from:to]
}

// eachOfPage reads a page in chunks and hands over its items one after the other. Where keep is not nil, only what
// it keeps counts, so the reading starts at the first item. A long page waits for its turn first.
func eachOfPage[T any](c *call, p paging, fetch func(offset, limit int) ([]T, error), keep func(T) bool, do func(T) error) error {
	skip, at, most := 0, p.offset, p.size
	if keep != nil {
		skip, at, most = p.offset, 0, max(p.size, chunk)
	}
	if err := c.reserve(most); err != nil {
		return err
	}
	given := 0
	for given <= p.size {
		limit := chunk
		if keep == nil {
			limit = min(chunk, p.size+1-given)
		}
		got, err := fetch(at, limit)
		if err != nil {
			return err
		}
		for _, item := range got {
			switch {
			case keep != nil && !keep(item):
			case skip > 0:
				skip--
			case given == p.size: // there is a further page
				c.lastPage(false)
				return nil
			default:
				given++
				if err := do(item); err != nil {
					return err
				}
			}
		}
		at += len(got)
		if len(got) < limit {
			break
		}
	}
	c.lastPage(true)
	return nil
}
