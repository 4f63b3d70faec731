// Package storefront is the door for shoppers: a shop's pages, its cart, and the way to the checkout.
//
// It guarantees that a page for a visitor without a cart is answered from memory while the shop has not changed, and
// pages that work without JavaScript, in both languages. It refuses log-ins and personal data: they have an origin of
// their own.
package storefront

import (
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/storefront/basket"
	"github.com/noren-shop/noren/internal/web/storefront/front"
	"github.com/noren-shop/noren/internal/web/storefront/goods"
	"github.com/noren-shop/noren/internal/web/storefront/paper"
)

// Deps are what the door needs.
type Deps struct {
	front.Deps
	Checkout *checkout.Service
	Shipping *shipping.Service
	Payment  *payment.Service
}

// Config adds the storefront to what every door has in common.
func Config(c frame.Config, d Deps) (frame.Config, error) {
	f, err := front.New(d.Deps)
	if err != nil {
		return c, err
	}
	shelves, err := goods.New(f)
	if err != nil {
		return c, err
	}
	for _, routes := range [][]frame.Route{
		shelves.Routes(),
		(&basket.Door{Front: f, Checkout: d.Checkout, Shipping: d.Shipping}).Routes(),
		(&paper.Door{Front: f, Contact: d.Checkout.Contact, Shipping: d.Shipping, Payment: d.Payment}).Routes(),
		{d.Assets.Route()},
	} {
		c.Routes = append(c.Routes, routes...)
	}
	c.Pages, c.Fresh = f.Pages, f.Fresh
	c.FormTargets = d.Places.Origins(place.Account)
	c.Explain = f.Explain(c.Explain)
	return c, nil
}
