// Package billingtest is a provider of card payments for tests of the operator's bill, written by hand.
//
// It guarantees one charge per key. It refuses to be used outside tests: it moves no money.
package billingtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// A Bank is a provider by hand: it keeps charges by key, and declines, dawdles or breaks off as the test says.
type Bank struct {
	mu      sync.Mutex
	byKey   map[string]*provider.Charge
	byRef   map[string]*provider.Charge
	decline bool // scheduled charges
	Away    int  // answers that are lost after the work was done
	Dropped []string
}

var _ provider.Provider = (*Bank)(nil)

// New makes one that accepts every card.
func New() *Bank {
	return &Bank{byKey: map[string]*provider.Charge{}, byRef: map[string]*provider.Charge{}}
}

// ErrAway is a lost answer.
var ErrAway = fault.Unavailable(fault.Text{Ja: "応答がありません。", En: "No answer."})

// lost says whether this answer does not arrive.
func (b *Bank) lost() error {
	if b.Away > 0 {
		b.Away--
		return ErrAway
	}
	return nil
}

// Open is provider.Provider's.
func (b *Bank) Open(_ context.Context, in provider.Intent) (provider.Opened, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch, known := b.byKey[in.Key]
	if !known {
		ch = &provider.Charge{Ref: fmt.Sprintf("ch_%d", len(b.byKey)+1), Key: in.Key, State: provider.Open, Means: in.Means, Amount: in.Amount}
		if in.Saved != "" {
			if !in.Recurring || in.Holder == "" {
				return provider.Opened{}, errors.New("a saved card without its holder's agreement")
			}
			if ch.State = provider.Captured; b.decline {
				ch.State, ch.Reason = provider.Declined, provider.NoFunds
			} else {
				ch.Captured = in.Amount
			}
		}
		b.byKey[in.Key], b.byRef[ch.Ref] = ch, ch
	}
	if ch.Amount != in.Amount {
		return provider.Opened{}, fault.Conflict(fault.Text{Ja: "別の金額", En: "another amount under this key"})
	}
	return provider.Opened{Ref: ch.Ref, URL: "https://pay.example/" + ch.Ref + "?back=" + url.QueryEscape(in.Return)}, b.lost()
}

// Enter is a person at the hosted page with a card.
func (b *Bank) Enter(ref string, passed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch := b.byRef[ref]
	if !passed {
		ch.State, ch.ThreeDS, ch.Reason = provider.Declined, provider.Failed, provider.ThreeDSFailed
		return
	}
	ch.State, ch.ThreeDS, ch.Saved, ch.Holder = provider.Authorised, provider.Passed, "card_"+ref, "owner_1"
	ch.Card = provider.CardDisplay{Brand: "visa", Last4: "4242"}
}

// Look is provider.Provider's.
func (b *Bank) Look(_ context.Context, ref, key string) (provider.Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch := b.byRef[ref]
	if ref == "" {
		ch = b.byKey[key]
	}
	if ch == nil {
		return provider.Charge{}, fault.NotFound(fault.Text{Ja: "ありません", En: "none"})
	}
	return *ch, b.lost()
}

// Void is provider.Provider's.
func (b *Bank) Void(_ context.Context, ref, _ string) (provider.Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch := b.byRef[ref]
	if ch.Captured > 0 {
		return *ch, fault.Conflict(fault.Text{Ja: "済み", En: "taken"})
	}
	ch.State = provider.Voided
	return *ch, b.lost()
}

// Capture is provider.Provider's.
func (b *Bank) Capture(_ context.Context, ref string, amount int64, _ string) (provider.Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch := b.byRef[ref]
	ch.State, ch.Captured = provider.Captured, amount
	return *ch, b.lost()
}

// Refund is provider.Provider's.
func (b *Bank) Refund(context.Context, string, int64, string) (provider.Charge, error) {
	return provider.Charge{}, errors.New("no refunds here")
}

// Notice is provider.Provider's.
func (b *Bank) Notice(func(string) string, []byte, time.Time) (provider.Notice, error) {
	return provider.Notice{}, provider.ErrForged
}

// Settled is provider.Provider's.
func (b *Bank) Settled(context.Context, string) ([]provider.Settled, error) { return nil, nil }

// Forget is provider.Provider's.
func (b *Bank) Forget(_ context.Context, saved string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Dropped = append(b.Dropped, saved)
	return nil
}

// Taken is what was captured in all, and in how many charges.
func (b *Bank) Taken() (sum int64, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ch := range b.byKey {
		if ch.Captured > 0 {
			sum, n = sum+ch.Captured, n+1
		}
	}
	return sum, n
}

// Declines says whether scheduled charges are declined from now on.
func (b *Bank) Declines(yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.decline = yes
}
