package payment

import "github.com/noren-shop/noren/internal/base/outbox"

// The facts about payments. Their subject is the order's id.
const (
	WasCaptured outbox.Event = "payment.captured"
	WasDeclined outbox.Event = "payment.declined"
	WasGiven    outbox.Event = "payment.refunded"     // some or all went back
	WasOwed     outbox.Event = "payment.refund_owed"  // the shop must pay back by itself
	WasAsked    outbox.Event = "payment.link_asked"   // a letter with a link to pay is due
	WasSlipped  outbox.Event = "payment.slip_ready"   // a number for the convenience store has come
	WasReminded outbox.Event = "payment.reminder_due" // a letter about the deadline is due
)

// A Fact is the body of each.
type Fact struct {
	State  State  `json:"state"`
	Amount int64  `json:"amount"` // what the fact is about: taken, given back, owed
	Reason string `json:"reason,omitempty"`
}
