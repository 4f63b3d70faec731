package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/wallet"
)

// A BeginIn is a purchaser who wants to pay. The caller has seen that the order is theirs (flow/own, or Linked).
type BeginIn struct {
	Order   id.Order
	Saved   id.Card // a member's saved card
	Save    bool    // keep the card, at the member's wish
	Addr    string  // for abuse defence, as in Attempt
	Browser string
}

// A Begun is a charge that waits for its purchaser.
type Begun struct {
	Charge   id.Charge
	URL      string // the provider's page to send the browser to; empty: show the order's page
	Provider provider.Name
	Inline   bool // URL may stand in a frame of our page
}

const (
	maxTries = 12
	// minPage is the time that a new page has at least: providers refuse shorter ones.
	minPage = 35 * time.Minute
)

// Begin opens a charge for an order that is not paid, or the one that is open already. It may be repeated: after a reload, a
// lost answer, a declined card. ErrPaid: there is nothing to pay; show the order.
func (s *Service) Begin(ctx context.Context, scope db.Scope, in BeginIn) (Begun, error) {
	b := &begin{Service: s, scope: scope, in: in}
	if err := b.read(ctx); err != nil {
		return Begun{}, err
	}
	if last := b.last(); last.ID != 0 && last.State != charge.New {
		if err := s.Settle(ctx, scope.Shop, in.Order); err != nil {
			return Begun{}, err
		}
		if err := b.read(ctx); err != nil {
			return Begun{}, err
		}
	}
	if err := b.allowed(ctx); err != nil {
		return Begun{}, err
	}
	if err := b.ready(ctx); err != nil {
		return Begun{}, err
	}
	return b.open(ctx)
}

// A begin is one call of Begin.
type begin struct {
	*Service
	scope   db.Scope
	in      BeginIn
	view    view
	shop    string
	setting payment.Setting
	account gateway.Account
	cards   []wallet.Card
	charge  charge.Charge
}

func (b *begin) last() charge.Charge {
	if n := len(b.view.kase.Charges); n > 0 {
		return b.view.kase.Charges[n-1]
	}
	return charge.Charge{}
}

// read reads all that Begin needs, and refuses what cannot be paid.
func (b *begin) read(ctx context.Context) error {
	return b.Store.Read(ctx, b.scope, func(r db.Reader) (err error) {
		r = r.As(actor.Pay)
		if b.view, err = b.Service.view(ctx, r, b.in.Order); err != nil {
			return err
		}
		if err := payable(b.view, r.Now()); err != nil {
			return err
		}
		shop, err := b.Shops.Get(ctx, r)
		if err != nil {
			return err
		}
		b.shop = shop.Name
		if b.account, err = b.Gateways.Active(ctx, r); err != nil {
			return err
		}
		settings, err := b.Payment.Settings(ctx, r)
		if err != nil {
			return err
		}
		for _, set := range settings {
			if set.Method == b.view.payment.Method {
				b.setting = set
				b.setting.Inline = set.Inline && set.Method == payment.Card && b.account.Name.Framed()
			}
		}
		b.cards, err = b.Wallet.Of(ctx, r, b.view.order.Member)
		return err
	})
}

// payable says why an order cannot be paid now.
func payable(v view, now time.Time) error {
	switch p := v.payment; {
	case !p.Method.Rails():
		return ErrMethod
	case v.order.Status == order.Cancelled:
		return ErrOver
	case !p.State.Open():
		return ErrPaid
	case p.State == payment.Pending && p.End > 0 && p.End <= now.UnixMilli():
		return ErrOver
	}
	return nil
}

// allowed asks the switch for new cards, and abuse defence.
func (b *begin) allowed(ctx context.Context) error {
	p := b.view.payment
	if p.Method == payment.Card && b.in.Saved == 0 && b.Closed != nil {
		if why, closed := b.Closed(ctx, b.scope.Shop); closed {
			return fault.Conflict(why)
		}
	}
	if b.in.Saved != 0 && b.card().ID == 0 {
		return wallet.ErrNone
	}
	if b.in.Save && b.view.order.Member == 0 {
		b.in.Save = false // a guest's card is nobody's to keep
	}
	if b.Ask == nil {
		return nil
	}
	return b.Ask(ctx, Attempt{Shop: b.scope.Shop, Order: b.in.Order, Member: b.view.order.Member, Means: charge.MeansOf(p.Method),
		Amount: p.Kept(), Saved: b.in.Saved != 0, Addr: b.in.Addr, Browser: b.in.Browser})
}

// card is the saved card that is to be used.
func (b *begin) card() wallet.Card {
	for _, c := range b.cards {
		if c.ID == b.in.Saved && c.Provider == b.account.Name {
			return c
		}
	}
	return wallet.Card{}
}

// ready stores the charge that is to be opened: the last one where it still waits for the same, else a new one. The order gets
// the time that a page needs.
func (b *begin) ready(ctx context.Context) error {
	err := b.Store.Write(ctx, b.scope, func(tx *db.Tx) error {
		tx = tx.Lend(actor.Pay)
		v, err := b.Service.view(ctx, tx, b.in.Order)
		if err != nil {
			return err
		}
		if err := payable(v, tx.Now()); err != nil {
			return err
		}
		b.view = v
		if last := b.last(); last.ID != 0 && last.Waits() && !last.Letting && b.same(last) && last.Due > tx.NowMS() {
			b.charge = last
			return nil
		}
		n := len(v.kase.Charges)
		if n >= maxTries {
			return ErrTries
		}
		due := v.payment.Due
		if least := tx.Now().Add(minPage); due < least.UnixMilli() {
			p, err := b.Payment.Wait(ctx, tx, v.payment, least)
			if err != nil {
				return err
			}
			due = max(p.Due, p.End)
		}
		b.charge, err = b.Charges.Add(tx, charge.Plan{ID: id.Charge(b.ids.Next(tx.Now())), Order: b.in.Order, No: int64(n + 1),
			Provider: b.account.Name, Setting: b.setting, Amount: v.payment.Kept(), Due: due, Saved: b.in.Saved, Save: b.in.Save})
		return err
	})
	if b.Store.IsTaken(err) {
		return charge.ErrMoved
	}
	return err
}

// same says whether the charge was made for what is wanted now. One that the provider has not heard of takes any wish.
func (b *begin) same(c charge.Charge) bool {
	return c.Provider == b.account.Name && c.Saved == b.in.Saved && c.Save == b.in.Save && c.Amount == b.view.payment.Kept() &&
		c.Inline == b.setting.Inline
}

// open has the provider open the charge, and writes down its name for it.
func (b *begin) open(ctx context.Context) (Begun, error) {
	p, err := b.connect(ctx, b.scope.Shop, b.charge.Provider)
	if err != nil {
		return Begun{}, err
	}
	c := b.charge
	in := provider.Intent{Key: c.Key, Amount: c.Amount, Means: c.Means, Order: b.view.order.Number, Shop: b.shop, Lang: b.view.order.Lang,
		Capture: c.Capture == payment.AtOnce, Return: b.Return(b.scope.Shop, c.Order, c.ID), Deadline: time.UnixMilli(c.Due),
		Saved: b.card().Token, Save: c.Save, Inline: c.Inline}
	if c.Save || c.Saved != 0 {
		for _, k := range b.cards {
			if k.Provider == c.Provider && (c.Saved == 0 || k.ID == c.Saved) {
				in.Holder = k.Holder
			}
		}
	}
	got, err := func() (provider.Opened, error) {
		ctx, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		return p.Open(ctx, in)
	}()
	if fault.Is(err, fault.KindConflict) {
		b.settleSoon(ctx, b.scope.Shop, c.Order) // it may be known, and declined
	}
	if err != nil {
		return Begun{}, fmt.Errorf("open charge: %w", err)
	}
	if err := b.opened(ctx, got); err != nil {
		return Begun{}, err
	}
	if c.Means == provider.Convenience {
		b.settleSoon(ctx, b.scope.Shop, c.Order) // for the number
	}
	return Begun{Charge: c.ID, URL: got.URL, Provider: c.Provider, Inline: c.Inline && got.URL != ""}, nil
}

// opened writes the provider's name for the charge. Where the order was cancelled meanwhile, the charge is let go.
func (b *begin) opened(ctx context.Context, got provider.Opened) error {
	return b.Store.Write(ctx, self(b.scope.Shop), func(tx *db.Tx) error {
		v, err := b.Service.view(ctx, tx, b.in.Order)
		if err != nil {
			return err
		}
		before := v.kase.Copy()
		for i := range v.kase.Charges {
			if c := &v.kase.Charges[i]; c.ID == b.charge.ID && c.State == charge.New {
				c.Ref, c.State, c.Opened = got.Ref, provider.Open, tx.NowMS()
			}
		}
		v.kase.Decide(tx.NowMS())
		if err := b.Charges.Save(ctx, tx, before, &v.kase); err != nil {
			return err
		}
		if len(v.kase.Steps()) > 0 {
			return charge.Wake(ctx, tx, b.in.Order)
		}
		return nil
	})
}

// Returned looks at an order whose purchaser has come back from the provider's page, and says how it stands.
func (s *Service) Returned(ctx context.Context, scope db.Scope, o id.Order) (Sheet, error) {
	s.settleSoon(ctx, scope.Shop, o)
	var sh Sheet
	err := s.Store.Read(ctx, scope, func(r db.Reader) (err error) {
		sh, err = s.See(ctx, r.As(actor.Pay), o)
		return err
	})
	if errors.Is(err, payment.ErrNone) {
		return sh, order.ErrNone
	}
	return sh, err
}
