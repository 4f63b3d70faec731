package charge

import (
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// An Act is what a provider is asked to do.
type Act string

// The acts.
const (
	Capture  Act = "capture"
	Void     Act = "void"
	GiveBack Act = "refund"
)

// A Step is one call of a provider. Its key is stored.
type Step struct {
	Act    Act
	Charge id.Charge
	Refund id.Refund // GiveBack
	Ref    string
	Amount int64
	Key    string
}

// Decide chooses the charge that pays the order, what of the others goes back, and what is taken. It is to be stored before
// any Step is tried.
func (c *Case) Decide(now int64) {
	if !c.Cancelled && c.keeper() < 0 {
		for i := range c.Charges {
			if ch := &c.Charges[i]; ch.Holds() && ch.Refused == "" && !ch.Accepted && !(ch.Letting && ch.State == provider.Authorised) {
				ch.Accepted = true
				break
			}
		}
	}
	keeper := c.keeper()
	for i := range c.Charges {
		ch := &c.Charges[i]
		due := int64(0)
		if i == keeper {
			due = max(c.kept(), 0)
		}
		switch ch.State {
		case provider.Open:
			ch.Letting = ch.Letting || c.unwanted(i, keeper)
		case provider.Authorised:
			ch.Letting = ch.Letting || due == 0
			if ch.Take == 0 && due > 0 && (c.Dispatched || ch.Capture == payment.AtOnce) {
				ch.Take, ch.TakeNo = min(due, ch.Amount), ch.TakeNo+1
			}
		case provider.Captured:
			c.giveBack(*ch, ch.Captured-due-c.given(*ch), now)
		}
		ch.Look = c.look(*ch, now)
	}
}

// giveBack wants so much of a charge refunded, beyond what is on its way: first what was asked for while nothing was taken yet.
func (c *Case) giveBack(ch Charge, over, now int64) {
	state := Wanted
	if ch.Means != provider.Card {
		state = Owed // no provider pays back what was paid in cash
	}
	for i := range c.Refunds {
		if r := &c.Refunds[i]; r.State == Less && r.Charge == ch.ID && r.Amount <= over {
			r.State = state
			over -= r.Amount
		}
	}
	if over <= 0 {
		return
	}
	why := WasExtra
	switch {
	case ch.Refused != "":
		why = WasRefused
	case c.Cancelled:
		why = WasCanceled
	}
	c.Refunds = append(c.Refunds, Refund{Order: ch.Order, Charge: ch.ID, Amount: over, State: state, Why: why, Made: now})
}

// Steps are what is to be asked of the providers now. None means that what they tell is what is wanted.
func (c *Case) Steps() []Step {
	var out []Step
	for _, ch := range c.Charges {
		switch {
		case ch.Letting && (ch.State == provider.Open || ch.State == provider.Authorised):
			if ch.Trouble != NoVoid {
				out = append(out, Step{Act: Void, Charge: ch.ID, Ref: ch.Ref, Key: ch.dropKey()})
			}
		case ch.State == provider.Authorised && ch.Take > 0 && ch.Trouble != NoCapture:
			out = append(out, Step{Act: Capture, Charge: ch.ID, Ref: ch.Ref, Amount: ch.Take, Key: ch.takeKey()})
		}
		for _, r := range c.Refunds {
			if r.Charge == ch.ID && r.State == Wanted {
				out = append(out, Step{Act: GiveBack, Charge: ch.ID, Refund: r.ID, Ref: ch.Ref, Amount: r.Amount, Key: r.Key})
			}
		}
	}
	return out
}

// unwanted says whether nobody is to pay the open charge any more.
func (c *Case) unwanted(i, keeper int) bool {
	return c.Cancelled || c.Over || keeper >= 0 || i < len(c.Charges)-1 && !c.Charges[len(c.Charges)-1].Dead()
}

// Refuse writes that the provider will not do the step, ever.
func (c *Case) Refuse(s Step) {
	for i := range c.Charges {
		if ch := &c.Charges[i]; ch.ID == s.Charge {
			switch s.Act {
			case Capture:
				ch.Trouble = NoCapture
			case Void:
				ch.Trouble = NoVoid
			}
		}
	}
	for i := range c.Refunds {
		if r := &c.Refunds[i]; s.Act == GiveBack && r.ID == s.Refund && r.State == Wanted {
			r.State = Owed
		}
	}
}

// Ends says that an unpaid order can be cancelled: its time is over, and no charge of it can become money any more.
func (c *Case) Ends() bool {
	if c.Cancelled || !c.Over || c.keeper() >= 0 {
		return false
	}
	for _, ch := range c.Charges {
		if (ch.State == provider.Open || ch.State == provider.Authorised) && ch.Trouble != NoVoid {
			return false
		}
	}
	return true
}

// How often a provider is asked without news. Notices come first; this is for those that do not come.
const (
	lookSoon   = 5 * time.Minute // a page that is open
	lookSeldom = 6 * time.Hour   // a number that waits for its till, an authorisation that waits for dispatch
	lookLate   = 24 * time.Hour  // after the end: an opening whose answer was lost
)

// look is when to ask about a charge again, 0 never.
func (c *Case) look(ch Charge, now int64) int64 {
	after := func(d time.Duration) int64 { return now + d.Milliseconds() }
	switch {
	case ch.Dead():
		return 0
	case ch.Trouble == NoVoid:
		if now > ch.Due+60*lookLate.Milliseconds() {
			return 0
		}
		return after(lookLate)
	case ch.State == New:
		if now > ch.Due+lookLate.Milliseconds() {
			return 0
		}
		return after(lookSoon)
	case ch.State == provider.Open && ch.Means == provider.Card:
		return after(lookSoon)
	case ch.State == provider.Captured:
		for _, r := range c.Refunds {
			if r.Charge == ch.ID && (r.State == Going || r.State == Wanted) {
				return after(lookSeldom)
			}
		}
		return 0
	}
	return after(lookSeldom)
}
