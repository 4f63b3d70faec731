package checkout

import (
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
)

// A memo keeps the quotes of late confirmations, so that the press of the order button need not compute again what it can
// see unchanged: Place uses one only while the stamp that it reads under its lock is the one that the quote was made at.
// It holds nothing personal.
type memo struct {
	mu         sync.Mutex
	young, old map[memoKey]memoed
}

type memoKey struct {
	shop id.Shop
	cart secret.Digest
	ask  Ask
	kind actor.Kind // members may have prices of their own
}

type memoed struct {
	stamp stamp
	day   string // taxes, dates and slots follow from it
	cart  cart.Cart
	quote Quote
}

// holds says whether what follows from the time is still so.
func (m memoed) holds(now time.Time) bool {
	return m.day == day(now) && (m.quote.until == 0 || now.UnixMilli() < m.quote.until)
}

// generation bounds the memo: at most two of them are kept.
const generation = 4096

func newMemo() *memo { return &memo{young: map[memoKey]memoed{}} }

func (m *memo) put(k memoKey, v memoed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= generation {
		m.young, m.old = map[memoKey]memoed{}, m.young
	}
	m.young[k] = v
}

// take finds an entry and forgets it: it is used once.
func (m *memo) take(k memoKey) (memoed, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, gen := range []map[memoKey]memoed{m.young, m.old} {
		if v, ok := gen[k]; ok {
			delete(gen, k)
			return v, true
		}
	}
	return memoed{}, false
}

func day(now time.Time) string { return now.In(i18n.Zone()).Format(time.DateOnly) }

func (e entry) ask() Ask { return Ask{e.lang, e.prefecture, e.method, e.payment} }
