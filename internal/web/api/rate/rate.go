// Package rate bounds how fast the API is called: per token, and fairly between shops.
//
// It guarantees that a token has its calls a minute, saved up to a minute's, and that no shop has more calls under way than its part,
// so that one shop's apps do not slow another's. It counts on this node. It refuses to keep a token: it knows digests.
package rate

import (
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

// PerMinute is the reference service's guideline.
const PerMinute = 120

const (
	perShop = 16     // calls of one shop that are under way at once
	maxKept = 50_000 // tokens that are remembered
)

// A Limiter counts.
type Limiter struct {
	perMinute int
	now       func() time.Time
	mu        sync.Mutex
	tokens    map[secret.Digest]bucket
	busy      map[id.Shop]int
}

// bucket holds what a token may still do.
type bucket struct {
	left float64
	at   time.Time
}

// New makes a limiter; 0 a minute is no bound.
func New(perMinute int, now func() time.Time) *Limiter {
	return &Limiter{perMinute: perMinute, now: now, tokens: map[secret.Digest]bucket{}, busy: map[id.Shop]int{}}
}

// A Verdict is what a call is told.
type Verdict struct {
	OK    bool
	Limit int           // a minute; 0 is none
	Left  int           // at once
	Reset time.Duration // until all of it is there again
	Wait  time.Duration // when it is refused
}

// Enter asks for a call. Where it is OK, Leave follows.
func (l *Limiter) Enter(shop id.Shop, token secret.Digest) Verdict {
	if l == nil || l.perMinute == 0 {
		return Verdict{OK: true}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now, most := l.now(), float64(l.perMinute)
	each := time.Minute / time.Duration(l.perMinute)
	b, known := l.tokens[token]
	if !known {
		l.tidy(now)
		b = bucket{most, now}
	}
	if gone := now.Sub(b.at); gone > 0 {
		b.left, b.at = min(most, b.left+float64(gone)/float64(each)), now
	}
	v := Verdict{Limit: l.perMinute}
	switch {
	case b.left < 1:
		v.Wait = time.Duration((1 - b.left) * float64(each))
	case l.busy[shop] >= perShop:
		v.Wait = time.Second
	default:
		v.OK = true
		b.left--
		l.busy[shop]++
	}
	l.tokens[token] = b
	v.Left, v.Reset = int(b.left), time.Duration((most-b.left)*float64(each))
	return v
}

// Leave ends a call.
func (l *Limiter) Leave(shop id.Shop) {
	if l == nil || l.perMinute == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[shop]--; l.busy[shop] <= 0 {
		delete(l.busy, shop)
	}
}

// tidy forgets tokens that have all of their calls again.
func (l *Limiter) tidy(now time.Time) {
	if len(l.tokens) < maxKept {
		return
	}
	for k, b := range l.tokens {
		if now.Sub(b.at) >= time.Minute {
			delete(l.tokens, k)
		}
	}
	if len(l.tokens) >= maxKept {
		clear(l.tokens)
	}
}
