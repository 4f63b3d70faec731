// Package orders is the list of orders, one order's page, and what staff do with it.
//
// It guarantees that what names or reaches a purchaser is masked until somebody says what for, stands on that one answer
// and in no cache, and is entered in the ledger first; that a change names the version it was made from, and that what was
// typed survives a conflict. The list shows names, opened in one round trip; without the vault it shows the rest and says
// why. It refuses to hold rules: the features and the flow say what an order may become.
package orders

import (
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/web/admin/access"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Orders is the room.
type Orders struct {
	*desk.Desk
	Orders  *order.Service
	Payment *payment.Service
	Fulfil  *fulfil.Service
	Pay     *pay.Service
}

// Routes of the room.
func (o *Orders) Routes() []frame.Route {
	return append(o.moneyRoutes(), []frame.Route{
		{Method: "GET", Pattern: "/{shop}/orders", Right: actor.ViewOrders, Handler: o.list},
		{Method: "GET", Pattern: "/{shop}/orders/{order}", Right: actor.ViewOrders, Handler: o.show},
		{Method: "POST", Pattern: "/{shop}/orders/find", Act: frame.OnlyReads, Right: actor.ViewPersons, Handler: o.seek},
		{Method: "POST", Pattern: "/{shop}/orders/{order}/cancel", Right: actor.EditOrders, Handler: o.cancel},
		{Method: "POST", Pattern: "/{shop}/orders/{order}/deliver", Right: actor.ShipOrders, Handler: o.deliver},
		{Method: "POST", Pattern: "/{shop}/orders/{order}/note", Right: actor.ViewOrders, Handler: o.note},
		{Method: "POST", Pattern: "/{shop}/orders/{order}/paid", Right: actor.EditOrders, Handler: o.paid},
		{Method: "POST", Pattern: "/{shop}/orders/{order}/refund", Right: actor.EditOrders, Handler: o.refund},
		{Method: "POST", Pattern: "/{shop}/orders/{order}/ship", Right: actor.ShipOrders, Handler: o.ship},
		{Method: "POST", Pattern: "/{shop}/orders/{order}/show", Act: frame.OnlyReads, Right: actor.ViewPersons, Handler: o.reveal},
		{Method: "POST", Pattern: "/{shop}/orders/{order}/slip", Right: actor.ShipOrders, Handler: o.slip},
	}...)
}

func (o *Orders) reads() *access.Access { return &access.Access{Desk: o.Desk, Orders: o.Orders} }

// StatusTone is how a status looks.
func StatusTone(h order.Head) ui.Tone {
	switch {
	case h.Queue() == order.ToPay:
		return ui.Warn
	case h.Queue() == order.ToShip:
		return ui.Info
	case h.Status == order.Shipped, h.Status == order.Delivered:
		return ui.Good
	}
	return ui.Plain
}

// StatusText is the status as the shop sees it: what the order waits for, or where it is.
func StatusText(p ui.Page, h order.Head) string {
	switch h.Queue() {
	case order.ToPay:
		return p.T("入金待ち", "To be paid")
	case order.ToShip:
		return p.T("発送待ち", "To dispatch")
	}
	return h.Status.Label(p.Lang)
}

// A Brief is an order in a short list, without the purchaser.
type Brief struct {
	Href, Number, Prefecture, Placed, Status, Total string
	Tone                                            ui.Tone
}

// BriefOf an order, for a page of that address.
func BriefOf(p ui.Page, h order.Head, href string) Brief {
	return Brief{Href: href, Number: h.Number, Prefecture: h.Prefecture.Name(p.Lang), Placed: when(p, h.Placed),
		Status: StatusText(p, h), Tone: StatusTone(h), Total: p.Lang.Yen(h.Total)}
}

func when(p ui.Page, ms int64) string {
	return i18n.Time(ms).Format(p.T("1月2日 15:04", "2 Jan, 15:04"))
}
