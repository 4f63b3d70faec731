package pay

import (
	"context"
	"errors"
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
)

// A RefundIn is a sum that staff give back of an order that is not cancelled.
type RefundIn struct {
	Order  id.Order
	Amount int64
	Why    charge.Why
	Key    secret.Token // of the form: the same key gives back once
}

// ErrNoRefund is an order of which nothing can be given back now.
var ErrNoRefund = fault.Conflict(fault.Text{
	Ja: "この注文は今の状態では返金できません。画面を読み込み直してください。",
	En: "Nothing of this order can be refunded now. Please reload the page.",
})

// aboveLeft is the fault for a sum beyond what can be given back.
func aboveLeft(left int64) *fault.Fault {
	n := i18n.Number(left)
	return fault.Invalid("amount", fault.Text{
		Ja: "返金できるのは1円から" + n + "円までです。", En: "Enter an amount from ¥1 to ¥" + n + ".",
	})
}

// Refund gives back a part of what an order was paid, or all of it. A card's money goes back through the provider; any other is noted
// as paid back by the shop. What is only set aside is taken less.
func (s *Service) Refund(ctx context.Context, scope db.Scope, in RefundIn) (charge.Refund, error) {
	if in.Key.IsZero() {
		return charge.Refund{}, ErrNoRefund
	}
	if !slices.Contains(charge.Whys(), in.Why) {
		return charge.Refund{}, fault.Invalid("why", fault.Text{Ja: "返金の理由を選んでください。", En: "Choose why it is refunded."})
	}
	done, err := s.refundOnce(ctx, scope, in)
	if s.Store.IsTaken(err) { // the same form at the same moment: its refund is there now
		done, err = s.refundOnce(ctx, scope, in)
	}
	if err != nil {
		return done, err
	}
	if done.State == charge.Wanted {
		s.settleSoon(ctx, scope.Shop, in.Order)
	}
	return done, nil
}

// refundOnce stores the refund, or finds the one that the form asked for before.
func (s *Service) refundOnce(ctx context.Context, scope db.Scope, in RefundIn) (done charge.Refund, err error) {
	err = s.Store.Write(ctx, scope, func(tx *db.Tx) (err error) {
		if err := tx.Allow(actor.EditOrders); err != nil {
			return err
		}
		if done, err = s.Charges.ByForm(ctx, tx, in.Key.Digest()); !errors.Is(err, charge.ErrNone) {
			return err
		}
		done, err = s.refund(ctx, tx, in)
		return err
	})
	return done, err
}

func (s *Service) refund(ctx context.Context, tx *db.Tx, in RefundIn) (charge.Refund, error) {
	v, err := s.view(ctx, tx, in.Order)
	if err != nil {
		return charge.Refund{}, err
	}
	p := v.payment
	if v.order.Status == order.Cancelled || !p.State.Secured() && p.State != payment.RefundDue {
		return charge.Refund{}, ErrNoRefund
	}
	sh, err := s.See(ctx, tx, in.Order)
	if err != nil {
		return charge.Refund{}, err
	}
	if in.Amount < 1 || in.Amount > sh.Left {
		return charge.Refund{}, aboveLeft(sh.Left)
	}
	r := charge.Refund{Order: in.Order, Charge: sh.Keeper().ID, Amount: in.Amount, State: charge.ByHand, Why: in.Why, Done: tx.NowMS()}
	switch {
	case p.State == payment.Authorised:
		r.State, r.Done = charge.Less, 0
	case p.Method == payment.Card:
		r.State, r.Done = charge.Wanted, 0
	}
	if r, err = s.Charges.AddRefund(ctx, tx, r, in.Key.Digest()); err != nil {
		return r, err
	}
	if p, err = s.Payment.Promise(ctx, tx, p, p.Back+in.Amount); err != nil {
		return r, err
	}
	if r.State == charge.ByHand {
		if err := s.Orders.Write(ctx, tx, in.Order, order.MailRefunded); err != nil {
			return r, err
		}
		fact := payment.Fact{State: p.State, Amount: r.Amount, Reason: string(r.Why)}
		if err := publish(tx, payment.WasGiven, in.Order, fact); err != nil {
			return r, err
		}
	}
	if !p.Method.Rails() {
		return r, nil
	}
	if err := s.follow(ctx, tx, in.Order); err != nil {
		return r, err
	}
	return r, charge.Wake(ctx, tx, in.Order)
}

// follow moves a payment to where its charges and refunds, as stored, say it is.
func (s *Service) follow(ctx context.Context, tx *db.Tx, o id.Order) error {
	v, err := s.view(ctx, tx, o)
	if err != nil {
		return err
	}
	if to := v.kase.State(); to != v.payment.State {
		_, err = s.Payment.Follow(ctx, tx, v.payment, to)
	}
	return err
}

// PaidBack notes that the shop has paid back by itself what the provider could not, and says how much that was.
func (s *Service) PaidBack(ctx context.Context, scope db.Scope, o id.Order) (sum int64, err error) {
	err = s.Store.Write(ctx, scope, func(tx *db.Tx) (err error) {
		if err := tx.Allow(actor.EditOrders); err != nil {
			return err
		}
		if sum, err = s.Charges.PaidBack(ctx, tx, o); err != nil {
			return err
		}
		if sum == 0 {
			return ErrNoRefund
		}
		if err := s.follow(ctx, tx, o); err != nil {
			return err
		}
		v, err := s.view(ctx, tx, o)
		if err != nil {
			return err
		}
		if v.order.Status == order.Cancelled && v.payment.State == payment.Refunded {
			done, err := s.Orders.Refund(ctx, tx, o, v.order.Version)
			if err != nil {
				return err
			}
			if err := publish(tx, order.WasRefunded, o, done.Fact()); err != nil {
				return err
			}
		}
		return publish(tx, payment.WasGiven, o, payment.Fact{State: v.payment.State, Amount: sum})
	})
	return sum, err
}

// Again has the provider asked once more to take money that it refused to take.
func (s *Service) Again(ctx context.Context, scope db.Scope, o id.Order) error {
	err := s.Store.Write(ctx, scope, func(tx *db.Tx) error {
		if err := tx.Allow(actor.EditOrders); err != nil {
			return err
		}
		v, err := s.view(ctx, tx, o)
		if err != nil {
			return err
		}
		before := v.kase.Copy()
		for i := range v.kase.Charges {
			if c := &v.kase.Charges[i]; c.Trouble != "" {
				c.Trouble, c.Take = "", 0
			}
		}
		if err := s.Charges.Save(ctx, tx, before, &v.kase); err != nil {
			return err
		}
		return charge.Wake(ctx, tx, o)
	})
	if err != nil {
		return err
	}
	return s.Settle(ctx, scope.Shop, o)
}
