package order

import "github.com/noren-shop/noren/internal/base/outbox"

// The facts about orders. Their subject is the order's id. Blind indexes, which need the vault, are a follower's work on
// WasPlaced (flow/index): an order is placed without them.
const (
	WasPlaced    outbox.Event = "order.placed"
	WasPaid      outbox.Event = "order.paid"
	WasShipped   outbox.Event = "order.shipped"
	WasDelivered outbox.Event = "order.delivered"
	WasCancelled outbox.Event = "order.cancelled"
	WasRefunded  outbox.Event = "order.refunded"
	WasUnpaid    outbox.Event = "order.unpaid"
	WasRepaid    outbox.Event = "order.payment_changed" // it is to be paid another way
)

// A Fact is the body of each: what is clear of the order.
type Fact struct {
	Number  string `json:"number"`
	Status  Status `json:"status"`
	Total   int64  `json:"total"`
	Version int64  `json:"version"`
}

// Fact of an order as it is.
func (h Head) Fact() Fact { return Fact{h.Number, h.Status, h.Total, h.Version} }
