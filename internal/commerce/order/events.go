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

// WasAsked: letters are to be sent, once more where they went before.
const WasAsked outbox.Event = "order.letter_asked"

// A PointState is what becomes of the points that an order gives.
type PointState string

// The states.
const (
	Assumed        PointState = "assumed"
	Fixed          PointState = "fixed" // for good
	PointsCanceled PointState = "canceled"
)

// Valid says whether p is one of the states.
func (p PointState) Valid() bool { return p == Assumed || p == Fixed || p == PointsCanceled }
