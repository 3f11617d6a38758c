package panel

import (
	"container/list"
	"crypto/sha256"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/clockwarden/clockwarden/core"
)

// How many passwords may be tried: for one account from anywhere, and from one network address for any account.
const (
	triesPerAccount = 5  // a minute
	triesPerAddress = 10 // a minute
	triesKept       = 20_000
)

// attempts bounds the guessing of passwords. It counts in this process; several instances allow a multiple.
type attempts struct {
	accounts, addresses *buckets
}

func newAttempts() *attempts {
	return &attempts{
		accounts:  newBuckets(triesPerAccount, triesKept),
		addresses: newBuckets(triesPerAddress, triesKept),
	}
}

// take counts an attempt. When there were too many it returns false and how long to wait. succeeded takes the
// attempt back: only failures add up, so that an office behind one address can start its day.
func (a *attempts) take(now time.Time, account, address string) (succeeded func(), wait time.Duration, ok bool) {
	fromAddress, wait, ok := a.addresses.take(now, network(address))
	if !ok || account == "" {
		return fromAddress, wait, ok
	}
	ofAccount, wait, ok := a.accounts.take(now, account)
	if !ok {
		return nil, wait, false
	}
	return func() { fromAddress(); ofAccount() }, 0, true
}

// network is the part of an address that one person can't change at will: all of IPv4, the first half of IPv6.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	prefix, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// buckets are token buckets by key. The least recently used one goes when there are too many.
type buckets struct {
	perMinute, most int

	mu     sync.Mutex
	byKey  map[[sha256.Size]byte]*list.Element
	recent *list.List // of *bucket, the latest first
}

type bucket struct {
	key     [sha256.Size]byte
	limiter *rate.Limiter
}

func newBuckets(perMinute, most int) *buckets {
	return &buckets{perMinute: perMinute, most: most, byKey: map[[sha256.Size]byte]*list.Element{}, recent: list.New()}
}

func (b *buckets) take(now time.Time, key string) (giveBack func(), wait time.Duration, ok bool) {
	r := b.limiter(sha256.Sum256([]byte(key))).ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return nil, wait, false
	}
	return func() { r.CancelAt(now) }, 0, true
}

func (b *buckets) limiter(key [sha256.Size]byte) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.byKey[key]; ok {
		b.recent.MoveToFront(e)
		return e.Value.(*bucket).limiter //nolint:forcetypeassert // the list holds nothing else
	}
	if b.recent.Len() >= b.most {
		last := b.recent.Back()
		delete(b.byKey, last.Value.(*bucket).key) //nolint:forcetypeassert // as above
		b.recent.Remove(last)
	}
	l := rate.NewLimiter(rate.Every(time.Minute/time.Duration(b.perMinute)), b.perMinute)
	b.byKey[key] = b.recent.PushFront(&bucket{key: key, limiter: l})
	return l
}

// mayTry counts an attempt at a password of the account. The error says how long to wait.
func (v *visit) mayTry(account string) (succeeded func(), err error) {
	succeeded, wait, ok := v.p.attempts.take(v.now, strings.ToLower(account), v.client.Address)
	if ok {
		return succeeded, nil
	}
	seconds := int(wait/time.Second) + 1
	v.w.Header().Set("Retry-After", number(seconds))
	return nil, &core.Error{Code: core.CodeRateLimited, Message: "people.too_many_tries", Params: core.Params{"Count": seconds}}
}
