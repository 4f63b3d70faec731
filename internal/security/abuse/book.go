package abuse

import (
	"context"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/signal"
)

// openFor is how long a payment that was asked about may take to end before it is forgotten; its try then counts as failed.
const openFor = time.Hour

// A Book remembers payments between the asking and their outcome, which comes later and elsewhere: by the browser's return or the
// provider's notice, and only then with the card's fingerprint.
type Book struct {
	guard *Guard

	mu   sync.Mutex
	open map[string]opened
}

type opened struct {
	attempt Attempt
	verdict Verdict
	at      time.Time
}

// NewBook makes a book of a guard's.
func NewBook(g *Guard) *Book { return &Book{guard: g, open: map[string]opened{}} }

// Ask is Guard.Ask for a payment that key (shop and order) names; it gives the fault to show, or nil.
func (b *Book) Ask(ctx context.Context, key string, a Attempt) error {
	v := b.guard.Ask(ctx, a)
	if err := v.Err(); err != nil {
		return err
	}
	now := b.guard.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.open) >= maxTimes {
		for k, o := range b.open {
			if now.Sub(o.at) >= openFor {
				delete(b.open, k)
			}
		}
		if len(b.open) >= maxTimes {
			clear(b.open)
		}
	}
	b.open[key] = opened{a, v, now}
	return nil
}

// Tell settles a payment, once. What was asked on another node, or before a start, is counted by what is told: shop and card.
func (b *Book) Tell(ctx context.Context, key string, told Attempt, o Outcome) {
	b.mu.Lock()
	was, ok := b.open[key]
	delete(b.open, key)
	b.mu.Unlock()
	if ok {
		b.guard.Settle(was.verdict, o)
		was.attempt.Fingerprint = told.Fingerprint
		told = was.attempt
	}
	if o == Failed && told.Fingerprint != "" {
		b.guard.learn(ctx, told)
	}
}

// learn counts a card that failed, now that it is known which: by the card itself, and as one more card of its address, browser
// and account.
func (g *Guard) learn(ctx context.Context, a Attempt) {
	now := g.now()
	m := g.hidden(a)
	var code signal.Code
	about := ""
	g.mu.Lock()
	for i := range g.rules {
		r := &g.rules[i]
		k := m.key(r.by)
		if r.act != a.Act || k == "" || r.of != cards && r.by != byCard {
			continue
		}
		c := g.count(slotOf(i, k), now, r.window)
		if r.by == byCard {
			c.now.tries++
			c.now.failed++
		} else {
			c.now.mark(m.Fingerprint)
		}
		if c.answer(r, now, "") > Allow && about == "" {
			code, about = r.code, string(r.by)+"-"+k
		}
	}
	said := about != "" && now.Sub(g.told[about]) >= time.Minute
	if said {
		forget(g.told, now, time.Minute)
		g.told[about] = now
	}
	g.mu.Unlock()
	if said {
		g.raise(ctx, signal.Event{Code: code, Shop: a.Shop, Where: a.Where, About: about, Addr: a.Address, Note: "declined"})
	}
}
