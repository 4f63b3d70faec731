package pay

import (
	"context"
	"errors"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// A NoticeIn is a provider's news as it came.
type NoticeIn struct {
	Shop   id.Shop
	Token  string // in the address
	Header func(name string) string
	Body   []byte
	Addr   string
}

// ErrNoAccount is news to an address that no account has.
var ErrNoAccount = fault.NotFound(fault.Text{Ja: "この通知先はありません。", En: "There is nobody to be notified here."})

// Notice takes a provider's news: it proves it, writes it down and has the order looked at. provider.ErrForged: it is nobody's.
func (s *Service) Notice(ctx context.Context, in NoticeIn) error {
	var a gateway.Account
	err := s.Store.Read(ctx, self(in.Shop), func(r db.Reader) (err error) {
		a, err = s.Gateways.ByToken(ctx, r, in.Token)
		return err
	})
	if errors.Is(err, gateway.ErrNone) {
		return ErrNoAccount
	}
	if err != nil {
		return err
	}
	p, err := s.Open(ctx, in.Shop, a)
	if err != nil {
		return err
	}
	n, err := p.Notice(in.Header, in.Body, s.Store.Now())
	if err != nil {
		if errors.Is(err, provider.ErrForged) {
			s.Raise(ctx, signal.Event{Code: SignalForged, Shop: in.Shop, Where: "payment notice", About: string(a.Name), Addr: in.Addr,
				Note: "a payment notice whose signature does not hold"})
		}
		return err
	}
	key := n.Key
	if key == "" && n.Ref != "" && !s.known(ctx, in.Shop, a.Name, n.Ref) {
		// The answer to Open was lost, or is not stored yet: the provider knows our key.
		look, cancel := context.WithTimeout(ctx, callTime)
		c, err := p.Look(look, n.Ref, "")
		cancel()
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return err
		}
		key = c.Key
	}
	return s.Store.Write(ctx, self(in.Shop), func(tx *db.Tx) error {
		if _, err := s.Gateways.Heard(ctx, tx, a.Name, n); err != nil {
			return err
		}
		ref := n.Ref
		if key != "" {
			ref = ""
		}
		if ref == "" && key == "" {
			return nil // not about a charge
		}
		o, err := s.Charges.Find(ctx, tx, a.Name, ref, key)
		if errors.Is(err, charge.ErrNone) {
			return nil // made at the account by somebody else
		}
		if err != nil {
			return err
		}
		return charge.Wake(ctx, tx, o)
	})
}

func (s *Service) known(ctx context.Context, shop id.Shop, name provider.Name, ref string) bool {
	err := s.Store.Read(ctx, self(shop), func(r db.Reader) error {
		_, err := s.Charges.Find(ctx, r, name, ref, "")
		return err
	})
	return err == nil
}
