package server

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/web/account/paying"
	"github.com/noren-shop/noren/internal/web/hooks"
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
		open = h.Provider
	}
	return pay.New(pay.Config{Store: h.DB, Orders: h.Orders, Payment: h.Payment, Charges: h.Charges, Gateways: h.Gateways,
		Wallet: h.Wallet, Shops: h.Tenants, Settlement: h.Settled, Open: open, Log: h.Log,
		Raise: h.Raise, Closed: h.cardsClosed, Ask: h.askToPay, Tell: h.toldOfPay,
		Cancel: func(ctx context.Context, tx *db.Tx, o id.Order, version int64, why order.Reason) error {
			_, err := f.Fulfil.Cancel(ctx, tx, fulfil.Ref{Order: o, Version: version}, why)
			return err
		},
		Return: func(shop id.Shop, o id.Order, _ id.Charge) string {
			return h.Book.Door(place.Account, "") + paying.ReturnPath(shop, o)
		},
	})
}

// NoticeURL is where an account's news comes to.
func (h *House) NoticeURL(shop id.Shop, token string) string {
	return h.Book.Door(place.Hooks, "") + hooks.NoticePath(shop, token)
}

// NoticesFrom is the public name of a shop's account at a provider, and where its news comes to: what the provider must be told.
func (h *House) NoticesFrom(ctx context.Context, shop id.Shop, at provider.Name) (account, address string, err error) {
	by := actor.Actor{Kind: actor.Job}.With(actor.PlaceOrders)
	var a gateway.Account
	err = h.DB.Read(ctx, db.Scope{Shop: shop, Actor: by, Request: "notices"}, func(r db.Reader) (err error) {
		a, err = h.Gateways.Named(ctx, r, at)
		return err
	})
	return a.Public, h.NoticeURL(shop, a.Token), err
}
