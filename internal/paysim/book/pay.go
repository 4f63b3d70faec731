package book

import (
	"cmp"
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
		l.Reason = cmp.Or(l.Absent, l.Reason)
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
