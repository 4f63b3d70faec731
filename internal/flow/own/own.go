// Package own shows purchasers what is theirs: the order they placed, how far it is, the data they gave, and who has read it.
//
// It guarantees that an order is shown only to who can prove that it is theirs: with the key of the order's own submit (the
// browser that placed it; no vault needed), with the link of the letters (which the vault alone can check) or with the session
// of the member who placed it. Without a
// proof, another shop's order, a missing one and somebody else's are the same. Personal data leaves the vault for the link
// and the session only, and each look is entered in the ledger. It refuses lists: one proof, one order.
package own

import (
	"context"
	"errors"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Store opens transactions for reading: *db.DB.
type Store interface {
	Read(ctx context.Context, s db.Scope, f func(db.Reader) error) error
}

// Config is what the flow joins.
type Config struct {
	Store   Store
	Orders  *order.Service
	Payment *payment.Service
	Tenants *tenant.Service
}

// A Service is the flow.
type Service struct{ Config }

// New makes the flow.
func New(c Config) *Service { return &Service{c} }

// A Proof is what a visitor brings; either may be zero.
type Proof struct {
	Key  secret.Token // the idempotency key under which the order was placed
	Link secret.Token // the order's link
}

// ErrNone is an order that is missing, another shop's, or not this visitor's.
var ErrNone = fault.NotFound(fault.Text{
	Ja: "ご注文のページを開けませんでした。ご注文の確認メールにあるリンクから、もう一度お開きください。",
	En: "This order could not be shown. Please open it by the link in your confirmation mail.",
})

// A View is an order as its purchaser sees it.
type View struct {
	Shop    tenant.Shop
	Order   order.Order
	Payment payment.Payment
	Parcels []order.Shipment
	Person  *order.Person // nil: not asked for, not proved by the link, or away
	Away    bool          // the vault is: personal data cannot be shown now
	Mine    bool          // the member who asks placed it
}

// Placed is the order that the key placed, without personal data: it needs no vault.
func (s *Service) Placed(ctx context.Context, scope db.Scope, n id.Order, p Proof) (View, error) {
	var v View
	err := s.Store.Read(ctx, bearer(scope, secret.Token{}), func(r db.Reader) (err error) {
		r = r.As(actor.OwnOrder)
		if err := s.byKey(ctx, r, n, p.Key); err != nil {
			return err
		}
		v, err = s.view(ctx, r, n)
		return err
	})
	return v, err
}

// Get is the order with its purchaser's data, where the link proves that they may see it.
func (s *Service) Get(ctx context.Context, scope db.Scope, n id.Order, p Proof) (View, error) {
	var v View
	if v, err := s.mine(ctx, scope, n); err == nil || !errors.Is(err, ErrNone) {
		return v, err
	}
	err := s.Store.Read(ctx, bearer(scope, p.Link), func(r db.Reader) error {
		r = r.As(actor.OwnOrder)
		v = View{}
		_, who, err := s.Orders.Own(ctx, r, n)
		known, away := err == nil, fault.Is(err, fault.KindUnavailable)
		if !known && !away && !errors.Is(err, order.ErrNone) {
			return err
		}
		if !known {
			if keyed := s.byKey(ctx, r, n, p.Key); keyed != nil && away && errors.Is(keyed, ErrNone) {
				return err // only the vault could tell
			} else if keyed != nil {
				return keyed
			}
		}
		if v, err = s.view(ctx, r, n); err != nil {
			return err
		}
		v.Away = away
		if known {
			v.Person = &who
		}
		return nil
	})
	return v, err
}

// mine is the order of the member who asks, with their data.
func (s *Service) mine(ctx context.Context, scope db.Scope, n id.Order) (View, error) {
	who := scope.Actor
	if who.Kind != actor.Member || who.Member == 0 {
		return View{}, ErrNone
	}
	var v View
	err := s.Store.Read(ctx, scope, func(r db.Reader) (err error) {
		r = r.As(actor.OwnOrder)
		if v, err = s.view(ctx, r, n); err != nil {
			return err
		}
		if v.Order.Member != who.Member {
			return ErrNone
		}
		v.Mine = true
		_, person, err := s.Orders.Own(ctx, r, n)
		if v.Away = fault.Is(err, fault.KindUnavailable); v.Away {
			return nil
		}
		if errors.Is(err, order.ErrNone) {
			return ErrNone
		}
		v.Person = &person
		return err
	})
	if err != nil {
		return View{}, err
	}
	return v, nil
}

// Readers says who has read the purchaser's data, newest first; before is the last page's next.
func (s *Service) Readers(ctx context.Context, scope db.Scope, n id.Order, p Proof,
	before int64) (View, []vault.Access, int64, error) {
	var v View
	var list []vault.Access
	next := int64(0)
	if p.Link.IsZero() {
		return v, nil, 0, ErrNone
	}
	err := s.Store.Read(ctx, bearer(scope, p.Link), func(r db.Reader) (err error) {
		r = r.As(actor.OwnOrder)
		if v, err = s.view(ctx, r, n); err != nil {
			return err
		}
		list, next, err = s.Orders.Access(ctx, r, v.Order.Head, before)
		if fault.Is(err, fault.KindDenied) || fault.Is(err, fault.KindUnauthenticated) || fault.Is(err, fault.KindNotFound) {
			return ErrNone
		}
		return err
	})
	if err != nil {
		return View{}, nil, 0, err
	}
	return v, list, next, nil
}

// bearer is whoever holds the link: a visitor, whoever else they are.
func bearer(scope db.Scope, link secret.Token) db.Scope {
	scope.Actor = actor.Actor{Kind: actor.Visitor, Credential: link}.With()
	return scope
}

// byKey says whether the key placed the order.
func (s *Service) byKey(ctx context.Context, r db.Reader, n id.Order, key secret.Token) error {
	if key.IsZero() {
		return ErrNone
	}
	h, err := s.Orders.ByKey(ctx, r, key.Digest())
	if errors.Is(err, order.ErrNone) || err == nil && h.ID != n {
		return ErrNone
	}
	return err
}

func (s *Service) view(ctx context.Context, r db.Reader, n id.Order) (v View, err error) {
	if v.Order, err = s.Orders.Get(ctx, r, n); errors.Is(err, order.ErrNone) {
		return v, ErrNone
	} else if err != nil {
		return v, err
	}
	if v.Shop, err = s.Tenants.Get(ctx, r); err != nil {
		return v, err
	}
	if v.Payment, err = s.Payment.Get(ctx, r, n); err != nil {
		return v, err
	}
	v.Parcels, err = s.Orders.Shipments(ctx, r, n)
	return v, err
}
