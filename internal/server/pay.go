package server

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/simulator"
	"github.com/noren-shop/noren/internal/commerce/payment/stripe"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/account/paying"
	"github.com/noren-shop/noren/internal/web/place"
)

// PayURL is the page with which an unpaid order is paid, by whoever has the link.
func PayURL(b *place.Book, shop id.Shop, link secret.Token) string {
	return b.Door(place.Account, "") + "/s/" + id.String(shop) + "/pay/" + link.Reveal()
}

// openPay joins what takes money through payment providers.
func openPay(h *House, f Flows) *pay.Service {
	open := h.open
	if open == nil {
		open = h.connect
	}
	return pay.New(pay.Config{Store: h.DB, Orders: h.Orders, Payment: h.Payment, Charges: h.Charges, Gateways: h.Gateways,
		Wallet: h.Wallet, Shops: h.Tenants, Settlement: h.Settled, Open: open, Log: h.Log,
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
