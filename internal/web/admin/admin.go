// Package admin is the door for owners and staff: it joins the admin's rooms into one table of routes.
//
// It guarantees that every page but the way in needs a session, and every page of a shop a role in it. It refuses to hold
// rules: each room decodes, calls one method, and shows what came back.
package admin

import (
	"log/slog"

	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/admin/entry"
	"github.com/noren-shop/noren/internal/web/admin/goods"
	"github.com/noren-shop/noren/internal/web/admin/goods/album"
	"github.com/noren-shop/noren/internal/web/admin/goods/drawer"
	"github.com/noren-shop/noren/internal/web/admin/stock"
	"github.com/noren-shop/noren/internal/web/frame"
)

// Deps are what the rooms call.
type Deps struct {
	Desk     *desk.Desk
	Signup   *signup.Flow
	Letters  entry.Letters
	Domain   string
	Log      *slog.Logger
	Catalog  *catalog.Service
	Pictures *picture.Service
	Stock    *inventory.Service
	Orders   *order.Service
	Payment  *payment.Service
	Shipping *shipping.Service
	Fulfil   *fulfil.Service
}

// Routes is the door's table.
func Routes(d Deps) []frame.Route {
	in := &entry.Entry{Desk: d.Desk, Signup: d.Signup, Letters: d.Letters, Domain: d.Domain, Log: d.Log}
	out := in.Routes()
	out = append(out, (&goods.Goods{Desk: d.Desk, Catalog: d.Catalog, Stock: d.Stock}).Routes()...)
	out = append(out, (&album.Album{Desk: d.Desk, Catalog: d.Catalog, Pictures: d.Pictures}).Routes()...)
	out = append(out, (&drawer.Drawer{Desk: d.Desk, Catalog: d.Catalog}).Routes()...)
	out = append(out, (&stock.Stock{Desk: d.Desk, Counts: d.Stock}).Routes()...)
	return out
}
