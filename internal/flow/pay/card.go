package pay

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/wallet"
)

// forgetJob has the provider forget a card. Its reference is the card.
const forgetJob job.Kind = "forget saved card"

// Forget takes a card from the member who asks. It is gone from their list at once; the provider is told by a job.
func (s *Service) Forget(ctx context.Context, scope db.Scope, n id.Card) error {
	return s.Store.Write(ctx, scope, func(tx *db.Tx) error {
		if err := s.Wallet.Drop(ctx, tx, n); err != nil {
			return err
		}
		if err := job.Add(ctx, tx, forgetJob, int64(n), tx.Now()); err != nil {
			return fmt.Errorf("add job to forget card: %w", err)
		}
		return nil
	})
}

func (s *Service) forget(ctx context.Context, shop id.Shop, ref int64) error {
	var c wallet.Card
	err := s.Store.Read(ctx, self(shop), func(r db.Reader) (err error) {
		c, err = s.Wallet.Get(ctx, r, id.Card(ref))
		return err
	})
	if errors.Is(err, wallet.ErrNone) || err == nil && c.Gone == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	p, err := s.connect(ctx, shop, c.Provider)
	if err != nil {
		return err
	}
	call, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := p.Forget(call, c.Token); err != nil && !fault.Is(err, fault.KindNotFound) {
		return fmt.Errorf("forget card at provider: %w", err)
	}
	return s.Store.Write(ctx, self(shop), func(tx *db.Tx) error { return s.Wallet.Delete(ctx, tx, c.ID) })
}

// Link makes the one link with which an unpaid order can be paid, for 72 hours, and keeps the order as long. One that was made
// before ends. Staff may hand it on; the letter makes its own.
func (s *Service) Link(ctx context.Context, scope db.Scope, o id.Order) (tok secret.Token, err error) {
	err = s.Store.Write(ctx, scope, func(tx *db.Tx) error {
		if err := tx.Allow(actor.EditOrders); err != nil {
			return err
		}
		if err := s.wait(ctx, tx, o); err != nil {
			return err
		}
		tok = secret.NewToken()
		return s.Charges.SetLink(ctx, tx, o, tok.Digest())
	})
	return tok, err
}

// SendLink has a letter with such a link sent to the purchaser.
func (s *Service) SendLink(ctx context.Context, scope db.Scope, o id.Order) error {
	return s.Store.Write(ctx, scope, func(tx *db.Tx) error {
		if err := tx.Allow(actor.EditOrders); err != nil {
			return err
		}
		if err := s.wait(ctx, tx, o); err != nil {
			return err
		}
		if err := s.Orders.Write(ctx, tx, o, order.MailPayLink); err != nil {
			return err
		}
		return publish(tx, payment.WasAsked, o, payment.Fact{State: payment.Pending})
	})
}

// wait gives an unpaid order the time that a link holds.
func (s *Service) wait(ctx context.Context, tx *db.Tx, o id.Order) error {
	v, err := s.view(ctx, tx, o)
	if err != nil {
		return err
	}
	if v.payment.State == payment.Pending && v.payment.End > 0 && v.payment.End <= tx.NowMS() {
		return ErrOver
	}
	if err := payable(v, tx.Now()); err != nil {
		return err
	}
	_, err = s.Payment.Wait(ctx, tx, v.payment, tx.Now().Add(charge.LinkTime))
	return err
}

// LinkFor is Link for the letter's job, which has no staff behind it.
func (s *Service) LinkFor(ctx context.Context, shop id.Shop, o id.Order) (secret.Token, error) {
	return s.Link(ctx, self(shop), o)
}

// Linked is the order that a link is for: whoever has the link may pay it, and sees its number and sum.
func (s *Service) Linked(ctx context.Context, scope db.Scope, tok secret.Token) (Sheet, order.Order, error) {
	var sh Sheet
	var o order.Order
	err := s.Store.Read(ctx, scope, func(r db.Reader) error {
		r = r.As(actor.Pay)
		n, err := s.Charges.Linked(ctx, r, tok.Digest())
		if err != nil {
			return err
		}
		if o, err = s.Orders.Get(ctx, r, n); err != nil {
			return err
		}
		sh, err = s.See(ctx, r, n)
		return err
	})
	return sh, o, err
}
