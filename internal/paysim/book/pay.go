package book

import (
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
)

// TokenTime is how long a token stands for a card.
const TokenTime = 30 * time.Minute

// maxTries is how many cards may be refused before the charge is.
const maxTries = 5

// ChallengeCode is what the issuer's page wants.
const ChallengeCode = "1234"

// A token stands for a card once. Tokens live in memory only: a restart ends them.
type token struct {
	line Line
	card Display
	at   time.Time
}

// A Saved card is a line of the table that a member has agreed to keep.
type Saved struct {
	Ref     string  `json:"ref"`
	Account string  `json:"account"`
	Holder  string  `json:"holder"`
	Line    string  `json:"line,omitempty"`
	Card    Display `json:"card"`
	Gone    bool    `json:"gone,omitempty"`
}

var (
	errToken = fault.Conflict(fault.Text{Ja: "入力から30分を過ぎたか、すでに使われています。カードをもう一度入力してください。",
		En: "This was entered over 30 minutes ago, or was used already. Enter the card again."})
	errCode = fault.Invalid("code", fault.Text{Ja: "コードが違います。", En: "This is not the code."})
	// ErrClosed is a page whose charge is over.
	ErrClosed = fault.Conflict(fault.Text{Ja: "このお支払いは終わっています。", En: "This payment is over."})
	errStore  = fault.Invalid("store", fault.Text{Ja: "コンビニを選んでください。", En: "Choose a store."})
)

// Tokenise takes a card and gives a token that stands for it once, for 30 minutes. The number goes no further than this.
func (b *Book) Tokenise(t Typed) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	line, card, err := t.read(now)
	if err != nil {
		return "", err
	}
	for k, old := range b.tokens {
		if now.Sub(old.at) > TokenTime {
			delete(b.tokens, k)
		}
	}
	k := name("tok")
	b.tokens[k] = &token{line, card, now}
	return k, nil
}

// On is a charge as the purchaser's page sees it.
func (b *Book) On(ref string) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.charges[ref]
	if c == nil {
		return Charge{}, ErrMissing
	}
	b.advance(c)
	return c.copy(), nil
}

// pays does what a purchaser does to an open charge.
func (b *Book) pays(ref string, do func(*Charge) error) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.charges[ref]
	if c == nil {
		return Charge{}, ErrMissing
	}
	b.advance(c)
	if c.State != Unpaid {
		return c.copy(), ErrClosed
	}
	err := do(c)
	b.keep(c)
	return c.copy(), err
}

// Confirm pays a charge with a token, or with the saved card that it was opened for where the token is empty.
func (b *Book) Confirm(ref, tok string) (Charge, error) {
	return b.pays(ref, func(c *Charge) error {
		if c.Means != Card || c.Inner.Slow != 0 || c.Inner.Challenge != 0 {
			return ErrState
		}
		var line Line
		if s := b.cards[c.Saved]; tok == "" && s != nil {
			line, c.Card, c.Inner.Keeping = lineOf(s.Line), s.Card, s.Ref
		} else {
			t := b.tokens[tok]
			delete(b.tokens, tok)
			if t == nil || b.now().Sub(t.at) > TokenTime {
				return errToken
			}
			line, c.Card, c.Inner.Keeping = t.line, t.card, ""
		}
		c.Inner.Line, c.Reason, c.ThreeDS = line.Name, "", ""
		switch {
		case line.Challenge:
			c.Inner.Challenge = 1
		case line.Slow != 0:
			c.Inner.Slow = b.now().Add(line.Slow).UnixMilli()
		default:
			b.authorise(c, line)
		}
		return nil
	})
}

// Challenge answers the issuer's page. Three wrong codes fail it.
func (b *Book) Challenge(ref, code string) (Charge, error) {
	return b.pays(ref, func(c *Charge) error {
		if c.Inner.Challenge == 0 {
			return ErrState
		}
		if n, ok := digits(code); !ok || n != ChallengeCode {
			if c.Inner.Challenge++; c.Inner.Challenge > 3 {
				b.refuse(c, Failed, "3ds_failed")
				return nil
			}
			return errCode
		}
		b.authorise(c, lineOf(c.Inner.Line))
		return nil
	})
}

// Abandon leaves the issuer's page.
func (b *Book) Abandon(ref string) (Charge, error) {
	return b.pays(ref, func(c *Charge) error {
		if c.Inner.Challenge == 0 {
			return ErrState
		}
		b.refuse(c, Failed, "3ds_failed")
		return nil
	})
}

// GiveUp goes back to the shop unpaid: declined where a card was refused, else voided. A number that was chosen stays.
func (b *Book) GiveUp(ref string) (Charge, error) {
	return b.pays(ref, func(c *Charge) error {
		switch {
		case c.Slip.Number != "" || c.Inner.Slow != 0:
		case c.Reason != "":
			b.decline(c, c.Reason)
		default:
			b.void(c)
		}
		return nil
	})
}

// authorise is the issuer's answer after 3-D Secure.
func (b *Book) authorise(c *Charge, l Line) {
	three := l.ThreeDS
	if l.Challenge {
		three = Passed
	}
	if c.Inner.Absent {
		three = "" // nobody is there to be asked
	}
	c.Inner.Challenge, c.Inner.Slow = 0, 0
	if l.Reason != "" {
		b.refuse(c, three, l.Reason)
		return
	}
	c.State, c.Reason, c.ThreeDS = Authorised, "", three
	c.Inner.Hold = b.now().Add(b.conf.HoldTime).UnixMilli()
	b.saveCard(c, l)
	b.tell(c, "charge.authorised")
	if c.Capture {
		b.take(c, c.Amount)
	}
}

// refuse notes a card that does not pay; the purchaser may try another, up to five.
func (b *Book) refuse(c *Charge, three, reason string) {
	c.ThreeDS, c.Reason, c.Inner.Challenge = three, reason, 0
	c.Inner.Tries++
	switch {
	case c.Inner.Absent:
		b.decline(c, reason)
	case c.Inner.Tries >= maxTries:
		b.decline(c, "too_many")
	}
}

func (b *Book) saveCard(c *Charge, l Line) {
	if c.Inner.Keeping != "" {
		c.Saved = c.Inner.Keeping
		return
	}
	c.Saved = ""
	if !c.Save {
		return
	}
	if c.Holder == "" {
		c.Holder = name("hold")
	}
	s := &Saved{Ref: name("card"), Account: c.Account, Holder: c.Holder, Line: l.Name, Card: c.Card}
	b.cards[s.Ref], c.Saved = s, s.Ref
	b.save(entry{Saved: s})
}

// Cards lists a holder's saved cards.
func (b *Book) Cards(account, holder string) []Saved {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Saved{}
	for _, s := range b.cards {
		if s.Account == account && s.Holder == holder {
			told := *s
			told.Line = ""
			out = append(out, told)
		}
	}
	return out
}

// Forget removes a saved card. One that is gone stays so.
func (b *Book) Forget(account, ref string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.cards[ref]; s != nil && s.Account == account {
		delete(b.cards, ref)
		b.save(entry{Saved: &Saved{Ref: ref, Gone: true}})
	}
	return nil
}

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
