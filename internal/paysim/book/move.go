package book

// take moves money to the merchant.
func (b *Book) take(c *Charge, amount int64) {
	c.State, c.Captured = Captured, amount
	fee := percent(amount, 0.036)
	if c.Means == Convenience {
		fee = 190
	}
	b.book(c, "charge", amount, min(fee, amount))
	b.tell(c, "charge.captured")
	if lineOf(c.Inner.Line).Disputed {
		b.dispute(c)
	}
}

func (b *Book) void(c *Charge) {
	c.State, c.Inner.Challenge, c.Inner.Slow = Voided, 0, 0
	b.tell(c, "charge.voided")
}

func (b *Book) decline(c *Charge, reason string) {
	c.State, c.Reason, c.Inner.Challenge, c.Inner.Slow = Declined, reason, 0, 0
	b.tell(c, "charge.declined")
}

// dispute takes the money back, as a card's holder does who knows nothing of it.
func (b *Book) dispute(c *Charge) {
	left := c.Captured - c.Refunded - c.Disputed
	if c.State != Captured || left <= 0 || c.Means != Card {
		return
	}
	c.Disputed += left
	b.book(c, "chargeback", -left, 1500)
	b.tell(c, "chargeback.opened")
}

// advance lets time do its work on a charge.
func (b *Book) advance(c *Charge) {
	now := b.now().UnixMilli()
	before := len(b.notices)
	switch {
	case c.State == Unpaid && c.Inner.Slow != 0:
		if now >= c.Inner.Slow {
			c.Inner.Slow = 0
			b.authorise(c, lineOf(c.Inner.Line))
		}
	case c.State == Unpaid && c.Slip.Number != "":
		if now > c.Slip.Until+b.conf.SlipGrace.Milliseconds() {
			b.void(c)
		}
	case c.State == Unpaid && now > c.Deadline, c.State == Authorised && now > c.Inner.Hold:
		b.void(c)
	}
	for i := range c.Refunds {
		r := &c.Refunds[i]
		if r.State != "pending" || now < r.Due {
			continue
		}
		if r.Fails {
			r.State = "failed"
			c.Refunded -= r.Amount
			b.tell(c, "refund.failed")
			continue
		}
		r.State = "done"
		b.book(c, "refund", -r.Amount, 0)
		b.tell(c, "refund.done")
	}
	if len(b.notices) != before {
		b.keep(c)
	}
}
