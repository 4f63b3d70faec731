package server

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/pay"
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
