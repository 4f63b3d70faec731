// Package fulfil takes an order from its placing to its end: paid, shipped, delivered, or cancelled and refunded.
//
// It guarantees that an order, its payment and its stock move together, in the caller's transaction; that a cancelled
// order's stock comes back once; and that each step leaves a fact and the letter that is due. It refuses a step from another
// version than the order has: whoever lost the race sees the order as it is now, and nothing of theirs is half done.
package fulfil

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/shipping"
)

// A Service is the flow.
type Service struct {
	orders  *order.Service
	payment *payment.Service
	stock   *inventory.Service
}

// New joins the features.
func New(o *order.Service, p *payment.Service, s *inventory.Service) *Service {
	return &Service{o, p, s}
}

// A Ref is an order as the actor saw it.
type Ref struct {
	Order   id.Order
	Version int64
}

// MarkPaid notes that the money has come.
func (s *Service) MarkPaid(ctx context.Context, tx *db.Tx, at Ref) (order.Order, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return order.Order{}, err
	}
	o, err := s.orders.Pay(ctx, tx, at.Order, at.Version)
	if err != nil {
		return o, err
	}
	if _, err := s.payment.Move(ctx, tx, at.Order, payment.Receive); err != nil {
		return o, err
	}
	return o, publish(tx, order.WasPaid, o)
}

// Unpay notes that a bank transfer was taken for an order's by mistake: the order waits for its money again.
func (s *Service) Unpay(ctx context.Context, tx *db.Tx, at Ref) (order.Order, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return order.Order{}, err
	}
	o, err := s.orders.Unpay(ctx, tx, at.Order, at.Version)
	if err != nil {
		return o, err
	}
	if _, err := s.payment.Move(ctx, tx, at.Order, payment.Unreceive); err != nil {
		return o, err
	}
	return o, publish(tx, order.WasUnpaid, o)
}

// A Slip is what a packer types: the carrier (empty is the agreed one) and the slip number, which only another carrier's
// parcel may lack.
type Slip struct {
	Carrier string
	Number  string
}

// Ship notes that the order has left.
func (s *Service) Ship(ctx context.Context, tx *db.Tx, at Ref, slip Slip) (order.Order, error) {
	if err := tx.Allow(actor.ShipOrders); err != nil {
		return order.Order{}, err
	}
	before, err := s.orders.Get(ctx, tx, at.Order)
	if err != nil {
		return before, err
	}
	carrier := shipping.Carrier(slip.Carrier)
	if carrier == "" {
		carrier = shipping.Carrier(before.Delivery.Carrier)
	}
	number := ""
	if carrier != shipping.Other || slip.Number != "" {
		if number, err = shipping.ParseSlip("slip", carrier, slip.Number); err != nil {
			return before, err
		}
	}
	if before.Status == order.Placed && payment.Method(before.Payment).BeforeDispatch() {
		return before, ErrUnpaid
	}
	o, err := s.orders.Ship(ctx, tx, at.Order, at.Version, order.Parcel{Carrier: string(carrier), Slip: number})
	if err != nil {
		return o, err
	}
	if err := s.secured(ctx, tx, o); err != nil {
		return o, err
	}
	return o, publish(tx, order.WasShipped, o)
}

// secured sees to it that a card's money is there, and has it taken after the commit where it was only set aside.
func (s *Service) secured(ctx context.Context, tx *db.Tx, o order.Order) error {
	if !payment.Method(o.Payment).Rails() {
		return nil
	}
	p, err := s.payment.Get(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	if p.State == payment.Lapsed {
		return ErrLapsed
	}
	return charge.Wake(ctx, tx, o.ID)
}

// ErrLapsed is an order whose card authorisation ran out before it was sent.
var ErrLapsed = fault.Conflict(fault.Text{
	Ja: "カードの与信の有効期限が切れています。購入者にお支払いリンクを送り、お支払いを確認してから発送してください。",
	En: "The card's authorisation has run out. Send the purchaser a link to pay, and ship when it has been paid.",
})

// ErrUnpaid is an order that is paid in advance and has not been.
var ErrUnpaid = fault.Conflict(fault.Text{
	Ja: "この注文は前払いで、まだ入金が確認されていません。入金を確認してから発送してください。",
	En: "This order is paid in advance and has not been paid yet. Mark it as paid before you ship it.",
})

// Deliver notes that the order has arrived.
func (s *Service) Deliver(ctx context.Context, tx *db.Tx, at Ref) (order.Order, error) {
	if err := tx.Allow(actor.ShipOrders); err != nil {
		return order.Order{}, err
	}
	o, err := s.orders.Deliver(ctx, tx, at.Order, at.Version)
	if err != nil {
		return o, err
	}
	return o, publish(tx, order.WasDelivered, o)
}

// Cancel takes the order back before it has left: its stock returns, and its payment is void, or due to be refunded.
func (s *Service) Cancel(ctx context.Context, tx *db.Tx, at Ref, why order.Reason) (order.Order, error) {
	o, err := s.Drop(ctx, tx, at, why)
	if err != nil {
		return o, err
	}
	return o, s.stock.Restore(ctx, tx, inventory.Ref{Kind: inventory.Order, ID: int64(at.Order)})
}

// Drop is Cancel for goods that cannot be sold again: the stock stays as it is.
func (s *Service) Drop(ctx context.Context, tx *db.Tx, at Ref, why order.Reason) (order.Order, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return order.Order{}, err
	}
	o, err := s.orders.Cancel(ctx, tx, at.Order, at.Version, why)
	if err != nil {
		return o, err
	}
	if _, err := s.payment.Move(ctx, tx, at.Order, payment.Cancel); err != nil {
		return o, err
	}
	if payment.Method(o.Payment).Rails() {
		if err := charge.Wake(ctx, tx, at.Order); err != nil {
			return o, err
		}
	}
	return o, publish(tx, order.WasCancelled, o)
}

// Refund notes that a cancelled order's money went back.
func (s *Service) Refund(ctx context.Context, tx *db.Tx, at Ref) (order.Order, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return order.Order{}, err
	}
	o, err := s.orders.Refund(ctx, tx, at.Order, at.Version)
	if err != nil {
		return o, err
	}
	if _, err := s.payment.Move(ctx, tx, at.Order, payment.Refund); err != nil {
		return o, err
	}
	return o, publish(tx, order.WasRefunded, o)
}

func publish(tx *db.Tx, e outbox.Event, o order.Order) error {
	if err := outbox.Publish(tx, e, int64(o.ID), o.Fact()); err != nil {
		return fmt.Errorf("publish %s: %w", e, err)
	}
	return nil
}
