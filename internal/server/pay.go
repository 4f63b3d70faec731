package server

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/simulator"
	"github.com/noren-shop/noren/internal/commerce/payment/stripe"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/letter"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/account/paying"
	"github.com/noren-shop/noren/internal/web/place"
)

// openPay joins what takes money through payment providers.
func openPay(h *House, f Flows) *pay.Service {
	open := h.open
	if open == nil {
		open = h.connect
	}
	return pay.New(pay.Config{Store: h.DB, Orders: h.Orders, Payment: h.Payment, Charges: h.Charges, Gateways: h.Gateways,
		Wallet: h.Wallet, Shops: h.Tenants, Open: open, Log: h.Log,
		Cancel: func(ctx context.Context, tx *db.Tx, o id.Order, version int64, why order.Reason) error {
			_, err := f.Fulfil.Cancel(ctx, tx, fulfil.Ref{Order: o, Version: version}, why)
			return err
		},
		Return: func(shop id.Shop, o id.Order, _ id.Charge) string {
			return h.Book.Door(place.Account, "") + paying.ReturnPath(shop, o)
		},
	})
}

// connect makes a provider of a shop's account: the vault opens its secrets, for this use alone. Nobody but the operator's
// configuration says where requests go.
func (h *House) connect(ctx context.Context, shop id.Shop, a gateway.Account) (provider.Provider, error) {
	acc := provider.Account{Name: a.Name, Public: a.Public}
	for _, f := range []struct {
		to  *secret.Text
		ref vault.CredentialRef
		b   []byte
	}{{&acc.Key, gateway.KeyRef(a.Name), a.Key}, {&acc.Notices, gateway.NoticeRef(a.Name), a.Notices}} {
		sealed, err := gateway.Sealed(f.b)
		if err != nil {
			return nil, err
		}
		if *f.to, err = h.Vault.Credential(ctx, shop, f.ref, sealed); err != nil {
			return nil, err
		}
	}
	switch a.Name {
	case provider.Stripe:
		c, err := egress.Configured([]string{stripe.Base(acc)}, egress.Limits{}, egress.Net{})
		if err != nil {
			return nil, err
		}
		return stripe.New(acc, c, h.Now)
	case provider.Simulator:
		if acc.Endpoint = h.Config.Simulator; acc.Endpoint == "" {
			return nil, gateway.ErrNone
		}
		c, err := egress.Configured([]string{acc.Endpoint}, egress.Limits{}, egress.Net{})
		if err != nil {
			return nil, err
		}
		return simulator.New(c, acc)
	}
	return nil, gateway.ErrNone
}

// payURL makes the link of a letter with which an unpaid order can be paid.
func (f Flows) payURL(h *House) func(ctx context.Context, shop id.Shop, o id.Order) (string, error) {
	return func(ctx context.Context, shop id.Shop, o id.Order) (string, error) {
		tok, err := f.Pay.LinkFor(ctx, shop, o)
		if err != nil {
			return "", err
		}
		return h.Book.Door(place.Account, "") + paying.LinkPath(shop, tok), nil
	}
}

// money is what letters say of an order's charges and refunds.
func (h *House) money(ctx context.Context, r db.Reader, o id.Order) (m letter.Money, err error) {
	cs, rs, err := h.Charges.Of(ctx, r.As(actor.Pay), o)
	for _, c := range cs {
		if c.Number != "" && c.Waits() {
			m.Store, m.Number, m.Details, m.Until = c.Store, c.Number, c.Details, c.Due
		}
	}
	for _, f := range rs {
		if f.State != charge.Less {
			m.Refunded, m.Times = m.Refunded+f.Amount, m.Times+1
		}
	}
	return m, err
}
