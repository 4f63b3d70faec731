package abuse

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
)

// maxCounts bounds the memory: beyond it, what is oldest of a sample is forgotten.
const maxCounts = 200_000

// A Guard counts and answers. It is safe for many goroutines.
type Guard struct {
	now    func() time.Time
	raise  signal.Raise
	pepper secret.Pepper
	rules  []rule

	mu     sync.Mutex
	counts map[string]*count
	slots  map[string]time.Time // the last try that was taken in a step-up
	told   map[string]time.Time // when a key was last said to be over its limit
}

// New makes a guard.
func New(now func() time.Time, raise signal.Raise) *Guard {
	return &Guard{now: now, raise: raise, pepper: secret.RandomPepper(), rules: rules(), counts: map[string]*count{},
		slots: map[string]time.Time{}, told: map[string]time.Time{}}
}

// A count slides: what the last full window had weighs as much as is left of it.
type count struct {
	began     time.Time
	now, last tally
}

type tally struct {
	tries, open, failed int
	cards               map[string]int // how often each failed or is open
}

// ticket is what a try took part in, for its settlement.
type ticket struct {
	at     []placed
	card   string
	closed bool
}

type placed struct {
	rule int
	key  string
}

// Ask counts the try and says whether it may go on.
func (g *Guard) Ask(ctx context.Context, a Attempt) Verdict {
	now := g.now()
	m := g.hidden(a)
	g.mu.Lock()
	v, over := g.ask(now, m)
	said := over != "" && now.Sub(g.told[over]) >= time.Minute
	if said {
		forget(g.told, now, time.Minute)
		g.told[over] = now
	}
	g.mu.Unlock()
	if said {
		g.raise(ctx, signal.Event{Code: v.Code, Shop: a.Shop, Where: a.Where, About: over, Addr: a.Address, Note: note(v.Answer)})
	}
	return v
}

func note(a Answer) string {
	if a == Refuse {
		return "refused"
	}
	return "slowed down"
}

// masked is an attempt of which only digests are left.
type masked struct {
	Attempt
	network string
}

func (g *Guard) hidden(a Attempt) masked {
	m := masked{Attempt: a, network: g.pepper.Digest("network", signal.Network(a.Address))}
	m.Address, m.Device, m.Fingerprint = g.pepper.Digest("address", a.Address), g.pepper.Digest("device", a.Device),
		g.pepper.Digest("card", a.Fingerprint)
	return m
}

// key is what a rule counts an attempt by; "" where it is not known.
func (a masked) key(b by) string {
	switch b {
	case byAddress:
		return a.Address
	case byNetwork:
		return a.network
	case byDevice:
		return a.Device
	case byAccount:
		return a.Account
	case byCard:
		return a.Fingerprint
	}
	return strconv.FormatInt(int64(a.Shop), 10)
}

// ask is Ask under the lock; over is the key of the rule that answered.
func (g *Guard) ask(now time.Time, a masked) (v Verdict, over string) {
	v.ticket = &ticket{card: a.Fingerprint}
	slots := map[string]time.Duration{} // the step-ups' slots and how long each is taken for
	for i := range g.rules {
		r := &g.rules[i]
		k := a.key(r.by)
		if r.act != a.Act || k == "" {
			continue
		}
		full := slotOf(i, k)
		v.ticket.at = append(v.ticket.at, placed{i, full})
		answer := g.count(full, now, r.window).answer(r, now, a.Fingerprint)
		if answer > v.Answer {
			v.Answer, v.Code, over = answer, r.code, string(r.by)+"-"+k
		}
		if answer == Refuse {
			v.Wait = max(v.Wait, r.window/2)
		}
		if answer == StepUp && r.wide() {
			full = slotOf(i, a.Address+a.Device)
		}
		if answer == StepUp {
			slots[full] = r.pause
		}
	}
	if v.Answer == StepUp {
		g.step(now, slots, &v)
	}
	if v.Answer == Refuse {
		v.ticket = nil // it was not tried, so it does not count: who waits gets through
		return v, over
	}
	for _, p := range v.ticket.at {
		g.count(p.key, now, g.rules[p.rule].window).now.open1(v.ticket.card)
	}
	return v, over
}

// slotOf is a rule's place for a key.
func slotOf(rule int, key string) string { return strconv.Itoa(rule) + "\x00" + key }

// step takes the slots of a step-up, or refuses until they are free.
func (g *Guard) step(now time.Time, slots map[string]time.Duration, v *Verdict) {
	for slot, pause := range slots {
		if left := pause - now.Sub(g.slots[slot]); left > 0 {
			v.Answer, v.Wait = Refuse, max(v.Wait, left)
		}
	}
	if v.Answer == Refuse {
		return
	}
	forget(g.slots, now, time.Minute)
	for slot := range slots {
		g.slots[slot] = now
	}
}

// Settle notes how a try went. A verdict is settled once; refusals and later calls change nothing.
func (g *Guard) Settle(v Verdict, o Outcome) {
	t := v.ticket
	if t == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.closed {
		return
	}
	t.closed = true
	for _, p := range t.at {
		if c := g.counts[p.key]; c != nil {
			c.settle(o, t.card)
		}
	}
}

// count finds a key's count and slides it to now.
func (g *Guard) count(key string, now time.Time, window time.Duration) *count {
	c := g.counts[key]
	if c == nil {
		if len(g.counts) >= maxCounts {
			g.thin(now)
		}
		c = &count{began: now}
		g.counts[key] = c
	}
	switch gone := now.Sub(c.began); {
	case gone >= 2*window:
		c.began, c.now, c.last = now, tally{}, tally{}
	case gone >= window:
		c.began, c.now, c.last = c.began.Add(window), tally{}, c.now
	}
	return c
}

// thin forgets an eighth: what began before the middle of a sample goes.
func (g *Guard) thin(now time.Time) {
	n := 0
	var oldest time.Time
	for _, c := range g.counts {
		if n++; n > 64 {
			break
		}
		if oldest.IsZero() || c.began.Before(oldest) {
			oldest = c.began
		}
	}
	limit, gone := oldest.Add(now.Sub(oldest)/2), 0
	for k, c := range g.counts {
		if !c.began.After(limit) || gone < maxCounts/8 && c.now.tries <= 1 {
			delete(g.counts, k)
			if gone++; gone >= maxCounts/8 {
				return
			}
		}
	}
}

// maxTimes bounds the other maps.
const maxTimes = 50_000

// forget drops what is older than a time when the map is full; all of it, when that does not help. Either way the scan is paid
// for by as many entries.
func forget(m map[string]time.Time, now time.Time, after time.Duration) {
	if len(m) < maxTimes {
		return
	}
	for k, t := range m {
		if now.Sub(t) >= after {
			delete(m, k)
		}
	}
	if len(m) >= maxTimes/2 {
		clear(m)
	}
}

// Size is how many counts are kept, for the metrics.
func (g *Guard) Size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.counts)
}
