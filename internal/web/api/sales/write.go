package sales

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	flow "github.com/noren-shop/noren/internal/flow/sales"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// change runs a change of a sale that is there, and answers with it as it then is.
func (s *Resource) change(c *call.Call, do func(tx *db.Tx, v flow.Sale) error) (frame.Response, error) {
	n := id.Parse[id.Order](c.Path("sale_id"))
	err := c.Write(func(tx *db.Tx) error {
		v, err := s.Sales.Get(c.Context(), tx, n, 0)
		if err != nil {
			return err
		}
		return do(tx, v)
	})
	if err != nil {
		return frame.Response{}, refused(err)
	}
	return s.show(c, n)
}

// refused are the features' refusals as the contract has them: what an order's state does not allow is a value that cannot be taken.
func refused(err error) error {
	fs, is := fault.Of(err)
	if !is || !fault.Is(err, fault.KindInvalid) && !fault.Is(err, fault.KindConflict) {
		return err
	}
	paths := map[string]string{"slip": "sale_delivery.slip_number", "point_state": "sale.point_state", "": "sale"}
	return call.OfFaults(fs, func(field string) (int, string) {
		if p := paths[field]; p != "" {
			return 422001, p
		}
		return 422001, field
	})
}

// update takes what may change: whether the money has come, the state of the points, the parcel's slip number and that it left. Other keys
// are accepted without effect; what is not sent stays; what is already so is not written.
func (s *Resource) update(c *call.Call) (frame.Response, error) {
	in, err := c.Root("sale")
	if err != nil {
		return frame.Response{}, err
	}
	return s.change(c, func(tx *db.Tx, v flow.Sale) error {
		if v.Version, err = s.note(c, tx, v, in); err != nil {
			return err
		}
		if v.Version, err = s.paid(c, tx, v, in); err != nil {
			return err
		}
		return s.left(c, tx, v, in)
	})
}

// note writes the state of the points and the slip number.
func (s *Resource) note(c *call.Call, tx *db.Tx, v flow.Sale, in call.Object) (int64, error) {
	points, slip := v.Points, v.Slip
	if text, ok := in.String("point_state"); ok {
		if text == "cenceled" { // as the contract's own example has it
			text = "canceled"
		}
		if points = order.PointState(text); !points.Valid() {
			return 0, call.Refuse(422001, "sale.point_state", "ポイントの状態の指定に誤りがあります。")
		}
	} else if in.Sent("point_state") {
		return 0, call.Refuse(422001, "sale.point_state", "ポイントの状態の指定に誤りがあります。")
	}
	if parcel, ok := parcelOf(v, in); ok {
		text, ok := parcel.String("slip_number")
		if ok && text != "" && text != v.Slip {
			number, err := shipping.ParseSlip("slip", carrierOf(v), text)
			if err != nil {
				return 0, err
			}
			slip = number
		} else if ok || parcel.Null("slip_number") {
			slip = text
		}
	}
	if points == v.Points && slip == v.Slip {
		return v.Version, nil
	}
	o, err := s.Orders.Amend(c.Context(), tx, v.ID, v.Version, func(a *order.Amendment) { a.Points, a.Slip = points, slip })
	return o.Version, err
}

// parcelOf is what the body says of the sale's parcel.
func parcelOf(v flow.Sale, in call.Object) (call.Object, bool) {
	list, _ := in.Objects("sale_deliveries")
	for _, o := range list {
		if n, ok := o.Int("id"); !ok || n == int64(v.ID) {
			return o, true
		}
	}
	return nil, false
}

func carrierOf(v flow.Sale) shipping.Carrier {
	if v.Carrier != "" {
		return shipping.Carrier(v.Carrier)
	}
	return shipping.Carrier(v.Delivery.Carrier)
}

func (s *Resource) paid(c *call.Call, tx *db.Tx, v flow.Sale, in call.Object) (int64, error) {
	is, ok := in.Bool("paid")
	if !ok || is == (v.PaidAt > 0) {
		return v.Version, nil
	}
	do := s.Fulfil.MarkPaid
	if !is {
		do = s.Fulfil.Unpay
	}
	o, err := do(c.Context(), tx, fulfil.Ref{Order: v.ID, Version: v.Version})
	return o.Version, err
}

// left notes that the parcel has left. That it has not cannot be said any more: the purchaser has a letter about it.
func (s *Resource) left(c *call.Call, tx *db.Tx, v flow.Sale, in call.Object) error {
	parcel, _ := parcelOf(v, in)
	is, ok := parcel.Bool("delivered")
	if !ok || is == v.Left() {
		return nil
	}
	if !is {
		return call.Refuse(422001, "sale_delivery.delivered", "発送済みの注文を未発送に戻すことはできません。")
	}
	now, err := s.Sales.Get(c.Context(), tx, v.ID, 0) // with the slip number that came with it
	if err != nil {
		return err
	}
	_, err = s.Fulfil.Ship(c.Context(), tx, fulfil.Ref{Order: v.ID, Version: v.Version}, fulfil.Slip{Number: now.Slip})
	return err
}

// cancel needs no body. The goods come back on sale only where that is asked for.
func (s *Resource) cancel(c *call.Call) (frame.Response, error) {
	in, err := c.Body()
	if err != nil {
		return frame.Response{}, err
	}
	do := s.Fulfil.Drop
	if back, _ := in.Bool("restock"); back {
		do = s.Fulfil.Cancel
	}
	return s.change(c, func(tx *db.Tx, v flow.Sale) error {
		_, err := do(c.Context(), tx, fulfil.Ref{Order: v.ID, Version: v.Version}, order.OtherReason)
		return err
	})
}

// mail has one of the sale's letters sent, once more where it went before.
func (s *Resource) mail(c *call.Call) (frame.Response, error) {
	in, err := c.Root("mail")
	if err != nil {
		return frame.Response{}, err
	}
	kind, _ := in.String("type")
	_, err = s.change(c, func(tx *db.Tx, v flow.Sale) error {
		letter, known := mails()[kind]
		if !known {
			return call.Refuse(422001, "mail.type", "メールの種類の指定に誤りがあります。")
		}
		if letter == order.MailPaid && v.PaidAt == 0 || letter == order.MailShipped && !v.Left() {
			return call.Refuse(422001, "mail.type", "注文の状態に合わないメールです。")
		}
		if err := s.Orders.Write(c.Context(), tx, v.ID, letter); err != nil {
			return err
		}
		return outbox.Publish(tx, order.WasAsked, int64(v.ID), v.Fact())
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Created(map[string]any{}), nil
}
