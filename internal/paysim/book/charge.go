package book

import (
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
)

// The states of a charge.
const (
	Unpaid     = "open"
	Authorised = "authorised"
	Captured   = "captured"
	Declined   = "declined"
	Voided     = "voided"
)

// What a charge is paid with.
const (
	Card        = "card"
	Convenience = "convenience"
)

// Display is what may be shown of a card.
type Display struct {
	Brand       string `json:"brand"`
	Last4       string `json:"last4"`
	Expires     string `json:"expires"` // 2030-12
	Fingerprint string `json:"fingerprint"`
}

// A Slip is what one needs at a till.
type Slip struct {
	Store  string `json:"store"`
	Number string `json:"number"`
	Until  int64  `json:"until"` // ms
	Paid   int64  `json:"paid"`  // ms, 0 before
}

// A Refund of a charge.
type Refund struct {
	Ref    string `json:"ref"`
	Key    string `json:"key"`
	Amount int64  `json:"amount"`
	State  string `json:"state"` // pending, done, failed
	Due    int64  `json:"due"`   // ms, when it leaves pending
	Fails  bool   `json:"fails,omitempty"`
}

// A Charge is what is to be paid, and how far it came.
type Charge struct {
	Ref      string   `json:"ref"`
	Account  string   `json:"account"`
	Key      string   `json:"key"`
	Amount   int64    `json:"amount"`
	Means    string   `json:"means"`
	Order    string   `json:"order"`
	Shop     string   `json:"shop"`
	Lang     string   `json:"lang"`
	Capture  bool     `json:"capture"`
	Return   string   `json:"return"`
	Frame    string   `json:"frame,omitempty"` // the origin that may show its page in a frame
	Deadline int64    `json:"deadline"`        // ms
	Saved    string   `json:"saved"`           // asked for, then kept
	Save     bool     `json:"save"`
	Holder   string   `json:"holder"`
	URL      string   `json:"url"`
	State    string   `json:"state"`
	Reason   string   `json:"reason"`
	ThreeDS  string   `json:"three_ds"`
	Captured int64    `json:"captured"`
	Refunded int64    `json:"refunded"` // pending ones too
	Disputed int64    `json:"disputed"`
	Card     Display  `json:"card"`
	Slip     Slip     `json:"slip"`
	Refunds  []Refund `json:"refunds"`
	Created  int64    `json:"created"`

	Inner Inner `json:"inner,omitzero"` // the company's own, never told to merchants
}

// Inner is what only the company and its pages know of a charge.
type Inner struct {
	Line      string `json:"line,omitempty"`      // of the table of test cards, which pays or is about to
	Tries     int    `json:"tries,omitempty"`     // cards that were refused
	Challenge int    `json:"challenge,omitempty"` // 0 none, 1 waiting, then 1 + wrong codes
	Slow      int64  `json:"slow,omitempty"`      // ms, when the issuer answers
	Hold      int64  `json:"hold,omitempty"`      // ms, until when money that was set aside stays so
	Keeping   string `json:"keeping,omitempty"`   // the card is a saved one
	Absent    bool   `json:"absent,omitempty"`
}

// copy is what leaves the book: nobody outside changes what is in it.
func (c *Charge) copy() Charge {
	out := *c
	out.Refunds = slices.Clone(c.Refunds)
	return out
}

// An Order is what a merchant asks for.
type Order struct {
	Key      string `json:"key"`
	Amount   int64  `json:"amount"`
	Means    string `json:"means"`
	Order    string `json:"order"`
	Shop     string `json:"shop"`
	Lang     string `json:"lang"`
	Capture  bool   `json:"capture"`
	Return   string `json:"return"`
	Frame    string `json:"frame,omitempty"` // a merchant's origin, https or this machine's: it may show the charge's page in a frame
	Deadline int64  `json:"deadline"`        // ms; 0 is the company's own: a day for a card's page, three for a number
	Saved    string `json:"saved"`
	Save     bool   `json:"save"`
	Holder   string `json:"holder"`
	Absent   bool   `json:"absent"` // the purchaser is not there: a saved card is charged at once, as agreed before
}

func (o Order) validate(now time.Time) error {
	switch {
	case yen(o.Amount) != nil:
		return errAmount
	case o.Means != Card && o.Means != Convenience:
		return fault.Invalid("means", fault.Text{Ja: "cardまたはconvenienceを指定してください。", En: "Say card or convenience."})
	case !o.Absent && !address(o.Return):
		return fault.Invalid("return", fault.Text{Ja: "戻り先のアドレスをご確認ください。", En: "Check the address to return to."})
	case o.Frame != "" && (o.Means != Card || !framer(o.Frame)):
		return fault.Invalid("frame", fault.Text{Ja: "枠に表示するサイトは、httpsのオリジンで、カードの支払いだけに指定できます。",
			En: "Only a card's page can stand in a frame, and only of an https origin."})
	case len(o.Order) > 100 || len(o.Shop) > 300 || len(o.Holder) > 100 || o.Lang != "" && o.Lang != "ja" && o.Lang != "en":
		return fault.Invalid("order", fault.Text{Ja: "文字数と言語をご確認ください。", En: "Check the texts' length and the language."})
	case o.Deadline != 0 && (o.Deadline <= now.UnixMilli() || o.Deadline > now.Add(60*24*time.Hour).UnixMilli()):
		return fault.Invalid("deadline", fault.Text{Ja: "期限は60日以内の先の日時です。", En: "The deadline lies ahead, within 60 days."})
	case o.Absent && (o.Means != Card || o.Saved == "" || !o.Capture):
		return fault.Invalid("absent", fault.Text{Ja: "保存済みのカードへの即時請求だけができます。", En: "Only a saved card can be charged so, at once."})
	}
	return nil
}

// OpenCharge begins a charge; the same key and order give the same charge.
func (b *Book) OpenCharge(account string, o Order) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	what := spell("open", o)
	ref, used, err := b.once(account, o.Key, what)
	if err != nil {
		return Charge{}, err
	}
	if used {
		c := b.charges[ref]
		b.advance(c)
		return c.copy(), nil
	}
	now := b.now()
	if err := o.validate(now); err != nil {
		return Charge{}, err
	}
	s := b.cards[o.Saved]
	if o.Saved != "" && (s == nil || s.Account != account || o.Holder != "" && s.Holder != o.Holder) {
		return Charge{}, fault.Conflict(fault.Text{Ja: "保存済みのカードが見つかりません。", En: "There is no such saved card."})
	}
	c := &Charge{Ref: name("ch"), Account: account, Key: o.Key, Amount: o.Amount, Means: o.Means, Order: o.Order, Shop: o.Shop, Lang: o.Lang,
		Capture: o.Capture || o.Means == Convenience, Return: o.Return, Frame: o.Frame, Deadline: o.Deadline, Saved: o.Saved, Save: o.Save, Holder: o.Holder,
		State: Unpaid, Created: now.UnixMilli(), Inner: Inner{Absent: o.Absent}}
	if s != nil {
		c.Holder = s.Holder
	}
	if c.Deadline == 0 && o.Means == Card {
		c.Deadline = now.Add(24 * time.Hour).UnixMilli()
	}
	if c.Deadline == 0 {
		c.Deadline = now.Add(3 * 24 * time.Hour).UnixMilli()
	}
	if !o.Absent {
		c.URL = b.conf.Pages
	}
	b.file(c)
	b.did(account, o.Key, what, c.Ref)
	if o.Absent {
		c.Inner.Line, c.Inner.Keeping, c.Card = s.Line, s.Ref, s.Card
		b.authorise(c, lineOf(s.Line))
	}
	b.keep(c)
	return c.copy(), nil
}

func (b *Book) file(c *Charge) {
	if c.URL != "" {
		c.URL = b.conf.Pages + "/pay/" + c.Ref // a restart may have moved the pages
	}
	if b.charges[c.Ref] == nil {
		b.sorted = append(b.sorted, c)
	} else {
		i := slices.IndexFunc(b.sorted, func(d *Charge) bool { return d.Ref == c.Ref })
		b.sorted[i] = c
	}
	b.charges[c.Ref] = c
	b.byKey[c.Account+" "+c.Key] = c
}

// keep writes what changed.
func (b *Book) keep(c *Charge) { b.save(entry{Charge: c}) }

// mine finds an account's charge, as it is now.
func (b *Book) mine(account, ref string) (*Charge, error) {
	c := b.charges[ref]
	if c == nil || c.Account != account {
		return nil, ErrMissing
	}
	b.advance(c)
	return c, nil
}

// Look is a charge by its name, or by its key where the name is empty.
func (b *Book) Look(account, ref, key string) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ref == "" {
		if c := b.byKey[account+" "+key]; c != nil {
			ref = c.Ref
		}
	}
	c, err := b.mine(account, ref)
	if err != nil {
		return Charge{}, err
	}
	return c.copy(), nil
}

// Take captures all or a part of what was set aside; the rest is let go.
func (b *Book) Take(account, ref string, amount int64, key string) (Charge, error) {
	return b.act(account, ref, key, spell("capture", ref, amount), func(c *Charge) error {
		switch {
		case yen(amount) != nil:
			return errAmount
		case c.State != Authorised || amount > c.Amount:
			return ErrState
		}
		b.take(c, amount)
		return nil
	})
}

// LetGo voids a charge that nothing was taken from. One that is void already stays so.
func (b *Book) LetGo(account, ref, key string) (Charge, error) {
	return b.act(account, ref, key, spell("void", ref), func(c *Charge) error {
		switch {
		case c.State == Voided || c.State == Declined:
			return nil
		case c.State == Captured, c.Means == Convenience && c.Slip.Number != "" && b.faults.SlipsStay:
			return ErrState
		}
		b.void(c)
		return nil
	})
}

// GiveBack refunds a part of what was captured.
func (b *Book) GiveBack(account, ref string, amount int64, key string) (Charge, error) {
	return b.act(account, ref, key, spell("refund", ref, amount), func(c *Charge) error {
		switch {
		case yen(amount) != nil:
			return errAmount
		case c.State != Captured || amount > c.Captured-c.Refunded-c.Disputed:
			return ErrState
		}
		c.Refunds = append(c.Refunds, Refund{Ref: name("re"), Key: key, Amount: amount, State: "pending",
			Due: b.now().Add(b.conf.RefundTime).UnixMilli(), Fails: lineOf(c.Inner.Line).RefundFails || b.roll(b.faults.RefundFails)})
		c.Refunded += amount
		b.tell(c, "refund.pending")
		return nil
	})
}

// act does one thing to a charge, once for its key.
func (b *Book) act(account, ref, key, what string, do func(*Charge) error) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.mine(account, ref)
	if err != nil {
		return Charge{}, err
	}
	_, used, err := b.once(account, key, what)
	if err != nil {
		return Charge{}, err
	}
	if !used {
		if err := do(c); err != nil {
			return Charge{}, err
		}
		b.keep(c)
		b.did(account, key, what, ref)
	}
	return c.copy(), nil
}
