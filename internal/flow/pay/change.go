package pay

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// ErrOtherSum is another way to pay that would make the order cost more, or less, than was agreed.
var ErrOtherSum = fault.Invalid("payment", fault.Text{
	Ja: "このお支払い方法は手数料が異なるため、このご注文では選べません。",
	En: "This way to pay has another fee, so it cannot be chosen for this order.",
})

// Ways are the ways in which an unpaid order can be paid instead, for the sum that was agreed; with the present one.
func (s *Service) Ways(ctx context.Context, r db.Reader, o id.Order) ([]payment.Setting, error) {
	v, err := s.view(ctx, r, o)
	if err != nil {
		return nil, err
	}
	settings, err := s.Payment.Settings(ctx, r)
	if err != nil {
		return nil, err
	}
	rails := false
	if _, err := s.Gateways.Active(ctx, r.As(actor.Pay)); err == nil {
		rails = true
	}
	var out []payment.Setting
	for _, set := range settings {
		if !set.Active || set.Method.Rails() && !rails || !sameSum(set, v.order) {
			continue
		}
		if set.Method == payment.Card && s.Closed != nil {
			if _, closed := s.Closed(ctx, r.Shop()); closed {
				continue
			}
		}
		out = append(out, set)
	}
	return out, nil
}

// sameSum says whether the order costs the same when it is paid so.
func sameSum(set payment.Setting, o order.Order) bool {
	agreed := o.Statement.PaymentFee()
	fee, err := set.Fee(o.Total - agreed)
	return err == nil && fee == agreed
}

// Change has an unpaid order be paid another way. What was open at a provider is let go first; where that turns out to have been
// paid, the order is paid: ErrPaid.
func (s *Service) Change(ctx context.Context, scope db.Scope, o id.Order, to payment.Method) error {
	if err := s.letGo(ctx, scope.Shop, o); err != nil {
		return err
	}
	return s.Store.Write(ctx, scope, func(tx *db.Tx) error {
		tx = tx.Lend(actor.Pay)
		v, err := s.view(ctx, tx, o)
		if err != nil {
			return err
		}
		if v.order.Status != order.Placed || v.payment.State != payment.Pending {
			return ErrPaid
		}
		if v.payment.End > 0 && v.payment.End <= tx.NowMS() {
			return ErrOver
		}
		for _, c := range v.kase.Charges {
			if !c.Dead() && c.State != charge.New {
				return ErrUnsettled
			}
		}
		ways, err := s.Ways(ctx, tx, o)
		if err != nil {
			return err
		}
		for _, set := range ways {
			if set.Method == to {
				return s.change(ctx, tx, v, set)
			}
		}
		return ErrOtherSum
	})
}

func (s *Service) change(ctx context.Context, tx *db.Tx, v view, to payment.Setting) error {
	if v.payment.Method == to.Method {
		return nil
	}
	if _, err := s.Payment.Change(ctx, tx, v.payment, to); err != nil {
		return err
	}
	o, err := s.Orders.Repay(ctx, tx, v.order.ID, v.order.Version, string(to.Method))
	if err != nil {
		return err
	}
	if v.payment.Method != payment.Card {
		return nil
	}
	// An order by card is told of once the card pays. Now another way will.
	for _, k := range []order.MailKind{order.MailPlaced, order.MailNotice} {
		if err := s.Orders.Write(ctx, tx, o.ID, k); err != nil {
			return err
		}
	}
	return publish(tx, order.WasRepaid, o.ID, o.Fact())
}

// letGo voids what waits at a provider.
func (s *Service) letGo(ctx context.Context, shop id.Shop, o id.Order) error {
	if err := s.Settle(ctx, shop, o); err != nil {
		return err
	}
	var v view
	err := s.Store.Read(ctx, self(shop), func(r db.Reader) (err error) {
		v, err = s.view(ctx, r, o)
		return err
	})
	if err != nil {
		return err
	}
	let := false
	for _, c := range v.kase.Charges {
		if c.State != provider.Open {
			continue
		}
		p, err := s.connect(ctx, shop, c.Provider)
		if err != nil {
			return err
		}
		call, cancel := context.WithTimeout(ctx, callTime)
		_, err = p.Void(call, c.Ref, c.Key+"-drop")
		cancel()
		if err != nil && !fault.Is(err, fault.KindConflict) {
			return fmt.Errorf("let go of charge: %w", err)
		}
		let = true
	}
	if !let {
		return nil
	}
	return s.Settle(ctx, shop, o)
}
