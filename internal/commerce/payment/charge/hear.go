package charge

import (
	"encoding/json"
	"slices"

	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// A Case is everything that decides what is to be done about an order's money. Its methods change the Case alone.
type Case struct {
	Cancelled  bool
	Dispatched bool // the goods have left
	Over       bool // nothing has come, and the time to pay is over
	Amount     int64
	Back       int64    // of Amount, what was promised back
	Charges    []Charge // by No
	Refunds    []Refund
}

// Copy is a case that can be changed without this one.
func (c Case) Copy() Case {
	c.Charges, c.Refunds = slices.Clone(c.Charges), slices.Clone(c.Refunds)
	return c
}

func (c *Case) kept() int64 {
	if c.Cancelled {
		return 0
	}
	return c.Amount - c.Back
}

// Hear writes what the provider tells of the i-th charge. The caller has seen to it that nothing newer is known.
func (c *Case) Hear(i int, o provider.Charge, now int64) {
	ch := &c.Charges[i]
	if o.State != ch.State {
		ch.Trouble = ""
	}
	if o.Ref != "" {
		ch.Ref = o.Ref
	}
	ch.State = o.State
	// Money that was seen is not unseen: less than before is the provider's mistake, and the journal does not follow it.
	ch.Captured, ch.Refunded = max(ch.Captured, o.Captured), max(ch.Refunded, o.Refunded)
	if o.ThreeDS != provider.NotTried {
		ch.ThreeDS = o.ThreeDS
	}
	if o.Reason != "" {
		ch.Reason = o.Reason
	}
	if o.Slip.Number != "" || len(o.Slip.Numbers) > 0 {
		if b, err := json.Marshal(o.Slip); err == nil { // texts and a time: it cannot fail
			ch.slip = string(b)
		}
	}
	if ch.Opened == 0 {
		ch.Opened = now
	}
	if ch.Holds() && ch.Secured == 0 {
		ch.Secured = now
	}
	if ch.Holds() && !ch.Accepted && ch.Refused == "" {
		ch.Refused = refusal(*ch, o)
	}
	if ch.Ended == 0 && (ch.Dead() || ch.Captured > 0 && ch.Refunded >= ch.Captured) {
		ch.Ended = now
	}
	c.hearRefunds(*ch, o, now)
}

// refusal says why a secured charge is not taken; empty where it is.
func refusal(ch Charge, o provider.Charge) Refusal {
	switch {
	case o.Amount != ch.Amount:
		return WrongAmount
	case ch.Means == provider.Card && o.ThreeDS != provider.Passed && o.ThreeDS != provider.Attempted:
		return NoThreeDS
	}
	return ""
}

func (c *Case) hearRefunds(ch Charge, o provider.Charge, now int64) {
	listed := int64(0)
	for _, r := range o.Refunds {
		if r.State != provider.RefundFailed {
			listed += r.Amount
		}
		i := slices.IndexFunc(c.Refunds, func(k Refund) bool {
			return k.Charge == ch.ID && (r.Key != "" && k.Key == r.Key || r.Ref != "" && k.Ref == r.Ref)
		})
		if i < 0 {
			if r.State != provider.RefundFailed {
				c.adopt(ch, r, now)
			}
			continue
		}
		k := &c.Refunds[i]
		if k.State == ByHand || k.State == Owed {
			continue // the shop's
		}
		if r.Ref != "" {
			k.Ref = r.Ref
		}
		k.State = map[provider.RefundState]RefundState{provider.RefundPending: Going, provider.RefundDone: Done,
			provider.RefundFailed: Owed}[r.State]
		if k.State == Done && k.Done == 0 {
			k.Done = now
		}
	}
	if more := o.Refunded - listed; more > 0 {
		known := int64(0)
		for _, k := range c.Refunds {
			if k.Charge == ch.ID && k.Why == AtProvider && k.Ref == "" {
				known += k.Amount
			}
		}
		if more > known {
			c.adopt(ch, provider.Refund{Amount: more - known, State: provider.RefundDone}, now)
		}
	}
}

// adopt takes in a refund that somebody made at the provider. Of a living order, the shop then keeps so much less.
func (c *Case) adopt(ch Charge, r provider.Refund, now int64) {
	k := Refund{Order: ch.Order, Charge: ch.ID, Amount: r.Amount, Ref: r.Ref, State: Going, Why: AtProvider, Made: now}
	if r.State == provider.RefundDone {
		k.State, k.Done = Done, now
	}
	c.Refunds = append(c.Refunds, k)
	if ch.Accepted && !c.Cancelled {
		c.Back = min(c.Back+r.Amount, c.Amount)
	}
}

// keeper is the place of the charge that pays the order, -1 where there is none.
func (c *Case) keeper() int {
	return slices.IndexFunc(c.Charges, func(ch Charge) bool { return ch.Accepted && !ch.Dead() })
}

// given is what of a charge went back, or is on its way or owed.
func (c *Case) given(ch Charge) (n int64) {
	for _, r := range c.Refunds {
		if r.Charge == ch.ID && r.State != Less {
			n += r.Amount
		}
	}
	return n
}

// State is the payment's, as the charges tell it.
func (c *Case) State() payment.State {
	taken, unsettled, aside := int64(0), false, false
	settled := int64(0)
	for _, ch := range c.Charges {
		taken += ch.Captured
		aside = aside || ch.State == provider.Authorised
	}
	keeper := c.keeper()
	for _, r := range c.Refunds {
		if r.State == Done || r.State == ByHand {
			settled += r.Amount
		}
		if keeper >= 0 && r.Charge == c.Charges[keeper].ID && r.State.open() {
			unsettled = true
		}
	}
	if c.Cancelled {
		switch {
		case taken > settled, aside:
			return payment.RefundDue
		case taken > 0:
			return payment.Refunded
		}
		return payment.Void
	}
	switch {
	case keeper < 0:
		if slices.ContainsFunc(c.Charges, func(ch Charge) bool { return ch.Accepted }) {
			return payment.Lapsed
		}
		return payment.Pending
	case c.Charges[keeper].State == provider.Authorised:
		return payment.Authorised
	case unsettled:
		return payment.RefundDue
	case c.Back == 0:
		return payment.Paid
	case c.kept() <= 0:
		return payment.Refunded
	}
	return payment.PartRefunded
}
