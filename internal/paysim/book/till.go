package book

import (
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
)

// A Store takes a number at its till.
type Store struct{ Code, Ja, En string }

// Stores are the convenience stores.
func Stores() []Store {
	return []Store{{"seven", "セブン-イレブン", "Seven-Eleven"}, {"lawson", "ローソン", "Lawson"}, {"familymart", "ファミリーマート", "FamilyMart"},
		{"ministop", "ミニストップ", "Ministop"}, {"seicomart", "セイコーマート", "Seicomart"}}
}

// ChooseStore gives the number to pay with. A second choice is another store's number; the first no longer works.
func (b *Book) ChooseStore(ref, store string) (Charge, error) {
	return b.pays(ref, func(c *Charge) error {
		if c.Means != Convenience {
			return ErrState
		}
		for _, s := range Stores() {
			if s.Code == store {
				c.Slip = Slip{Store: store, Number: b.slipNumber(), Until: c.Deadline}
				b.tell(c, "slip.issued")
				return nil
			}
		}
		return errStore
	})
}

// slipNumber has 11 digits: too short for a card.
func (b *Book) slipNumber() string {
	t := name("n")
	out := []byte("7")
	for i := 2; len(out) < 11; i++ {
		out = append(out, '0'+t[i]%10)
	}
	return string(out)
}

// PayAtTill pays a number, that long after its deadline (0: now). Lateness moves this charge's own times only.
func (b *Book) PayAtTill(ref string, late time.Duration) (Charge, error) {
	return b.pays(ref, func(c *Charge) error {
		now := b.now().UnixMilli()
		if c.Slip.Number == "" || late < 0 {
			return ErrState
		}
		if late > b.conf.SlipGrace {
			return fault.Conflict(fault.Text{Ja: "レジは、この番号を受け付けなくなっています。", En: "The till takes this number no more."})
		}
		if late > 0 {
			moved := c.Slip.Until - (now - late.Milliseconds())
			c.Slip.Until, c.Deadline, c.Created = c.Slip.Until-moved, c.Deadline-moved, c.Created-max(moved, 0)
		}
		c.Slip.Paid = now
		b.take(c, c.Amount)
		return nil
	})
}

// Dispute is a chargeback.
func (b *Book) Dispute(ref string) (Charge, error) {
	return b.change(ref, func(c *Charge) { b.dispute(c) })
}

// Lapse lets money that was set aside, or an open page, run out now.
func (b *Book) Lapse(ref string) (Charge, error) {
	return b.change(ref, func(c *Charge) {
		if c.State == Authorised || c.State == Unpaid {
			b.void(c)
		}
	})
}

// FailRefunds makes a charge's pending refunds fail.
func (b *Book) FailRefunds(ref string) (Charge, error) {
	return b.change(ref, func(c *Charge) {
		for i := range c.Refunds {
			if r := &c.Refunds[i]; r.State == "pending" {
				r.Fails, r.Due = true, b.now().UnixMilli()
			}
		}
		b.advance(c)
	})
}

func (b *Book) change(ref string, do func(*Charge)) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.charges[ref]
	if c == nil {
		return Charge{}, ErrMissing
	}
	b.advance(c)
	do(c)
	b.keep(c)
	return c.copy(), nil
}

// Charges lists the newest, at most limit.
func (b *Book) Charges(limit int) []Charge {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Charge
	for i := len(b.sorted) - 1; i >= 0 && len(out) < limit; i-- {
		b.advance(b.sorted[i])
		out = append(out, b.sorted[i].copy())
	}
	return out
}

// Advance lets time do its work on every charge: what the sender calls before it looks for news.
func (b *Book) Advance() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.sorted {
		if c.State == Unpaid || c.State == Authorised || c.waits() {
			b.advance(c)
		}
	}
}

func (c *Charge) waits() bool {
	for _, r := range c.Refunds {
		if r.State == "pending" {
			return true
		}
	}
	return false
}
