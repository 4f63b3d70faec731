// Package basket is the cart's page, and the way from it to the checkout at the account's origin.
//
// It guarantees sums from the one statement, that a quantity which cannot be is answered at its field with what was
// typed, and that the way on carries a token that works once. It refuses sums from the visitor.
package basket

import (
	"errors"
	"strconv"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/handover"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/storefront/front"
	"github.com/noren-shop/noren/internal/web/ui"
)

// A Door is the cart's page.
type Door struct {
	*front.Front
	Checkout *checkout.Service
	Shipping *shipping.Service
}

// Routes of the cart.
func (d *Door) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/cart", Right: frame.Public, Handler: d.Open(front.Goods, d.page)},
		{Method: "POST", Pattern: "/cart/{variant}", Right: frame.Public, Handler: d.Open(front.Goods, d.change)},
		{Method: "POST", Pattern: "/checkout", Right: frame.Public, Handler: d.Open(front.Goods, d.checkout)},
	}
}

// A line is one of the cart's, in words.
type line struct {
	variant     string
	name, label string
	href        string
	src         string
	price, sum  int64
	mark        string
	quantity    string // as it was typed
	error       string
	gone        bool
}

// sheet is the cart's page.
type sheet struct {
	*front.View
	lines   []line
	total   statement.Statement
	short   bool  // something cannot be had as it stands
	from    int64 // the least that shipping can cost; -1 where nothing is known
	toFree  int64 // how much is missing to free shipping; 0: nothing, or there is none
	errors  ui.Errors
	typedAt id.Variant
	typed   string
}

func (d *Door) page(v *front.View) (frame.Response, error) {
	s, err := d.sheet(v, sheet{})
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(cartPage(s)), nil
}

// sheet fills the page: the one statement, and what cannot be had.
func (d *Door) sheet(v *front.View, s sheet) (sheet, error) {
	s.View = v
	v.Title, v.Hidden = v.T("カート", "Your cart"), ui.Unlisted
	if len(v.Filled.Lines) == 0 {
		return s, nil
	}
	var q checkout.Quote
	var images map[id.Image]catalog.Image
	var ways []shipping.Method
	err := v.R.Read(func(r db.Reader) (err error) {
		if q, err = d.Checkout.Quote(v.R.Context(), r, v.Filled, checkout.Ask{Lang: v.Lang}); err != nil {
			return err
		}
		var ids []id.Image
		for _, l := range q.Lines {
			ids = append(ids, l.Item.Image)
		}
		if images, err = d.Shelf.Images(v.R.Context(), r, ids); err != nil {
			return err
		}
		ways, err = d.Shipping.List(v.R.Context(), r)
		return err
	})
	if err != nil {
		return s, err
	}
	s.total, s.short = q.Statement, len(q.Short) > 0
	s.from, s.toFree = cheapest(ways, q.Statement.GoodsTotal)
	shorts := ui.ErrorsOf(v.Lang, q.Short.Err())
	for i, l := range q.Lines {
		s.lines = append(s.lines, s.line(l, shorts.At("lines."+strconv.Itoa(i)), images[l.Item.Image]))
	}
	return s, nil
}

func (s sheet) line(l checkout.Line, short string, img catalog.Image) line {
	out := line{variant: id.String(l.Variant), name: l.Item.Name, label: l.Item.Label, href: front.ProductURL(l.Item.Handle),
		price: l.Item.Price, sum: l.Item.Price * l.Quantity, mark: statement.Row{Class: l.Item.Class}.Mark(),
		quantity: strconv.FormatInt(l.Quantity, 10), error: short, gone: !l.Item.OnSale}
	if out.gone {
		out.name, out.href = either(out.name, s.T("販売が終わった商品", "No longer on sale")), ""
	}
	out.src, _ = s.Source(img, thumbWidth)
	if s.typedAt == l.Variant {
		out.quantity, out.error = s.typed, s.errors.At("quantity")
	}
	return out
}

const thumbWidth = 200

func either(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// cheapest is the least that sending goods of that sum can cost, and what is missing to the nearest free shipping.
func cheapest(ways []shipping.Method, goods int64) (from, toFree int64) {
	from = -1
	for _, m := range ways {
		if !m.Active {
			continue
		}
		free := m.FreeOver > 0 && goods >= m.FreeOver
		if m.FreeOver > goods && (toFree == 0 || m.FreeOver-goods < toFree) {
			toFree = m.FreeOver - goods
		}
		for _, fee := range m.Fees {
			yen := fee.Yen
			if free {
				yen = 0
			}
			if fee.Reached && (from < 0 || yen < from) {
				from = yen
			}
		}
	}
	if from == 0 {
		toFree = 0
	}
	return from, toFree
}

// change sets a line's quantity, or takes the line out.
func (d *Door) change(v *front.View) (frame.Response, error) {
	f, err := v.R.Form()
	if err != nil {
		return frame.Response{}, err
	}
	variant := id.Parse[id.Variant](v.R.Path("variant"))
	if v.Filled.Of(variant) == 0 {
		return frame.Response{}, cart.ErrNoVariant
	}
	if f.Get("act") == "remove" {
		return d.save(v, "removed", func(tx *db.Tx, c cart.Cart) error {
			_, err := d.Carts.Remove(v.R.Context(), tx, c, variant)
			return err
		})
	}
	n, err := cart.ParseQuantity("quantity", f.Get("quantity"))
	if err == nil {
		err = d.enough(v, variant, n)
	}
	if fault.Is(err, fault.KindInvalid) {
		s, err2 := d.sheet(v, sheet{errors: ui.ErrorsOf(v.Lang, err), typedAt: variant, typed: f.Get("quantity")})
		if err2 != nil {
			return frame.Response{}, err2
		}
		return frame.Page(cartPage(s)).Status(frame.StatusOf(err)), nil
	}
	if err != nil {
		return frame.Response{}, err
	}
	return d.save(v, "changed", func(tx *db.Tx, c cart.Cart) error {
		_, err := d.Carts.Change(v.R.Context(), tx, c, cart.Line{Variant: variant, Quantity: n})
		return err
	})
}

// enough refuses to raise a line above what is left; to lower it is always possible.
func (d *Door) enough(v *front.View, variant id.Variant, n int64) error {
	if n <= v.Filled.Of(variant) {
		return nil
	}
	c := v.Filled
	c.Lines = []cart.Line{{Variant: variant, Quantity: n}}
	var q checkout.Quote
	err := v.R.Read(func(r db.Reader) (err error) {
		q, err = d.Checkout.Quote(v.R.Context(), r, c, checkout.Ask{Lang: v.Lang})
		return err
	})
	if err != nil || len(q.Short) == 0 {
		return err
	}
	return fault.Invalid("quantity", q.Short[0].Text)
}

func (d *Door) save(v *front.View, said string, act func(*db.Tx, cart.Cart) error) (frame.Response, error) {
	err := v.R.Write(func(tx *db.Tx) error {
		c, err := d.Carts.Get(v.R.Context(), tx, front.CartToken(v.R))
		if err != nil {
			return err
		}
		return act(tx, c)
	})
	if err != nil && !errors.Is(err, cart.ErrNone) {
		return frame.Response{}, err
	}
	v.R.SetFlash(said)
	return frame.Redirect("/cart"), nil
}

// checkout hands the cart over to the account's origin.
func (d *Door) checkout(v *front.View) (frame.Response, error) {
	s, err := d.sheet(v, sheet{})
	if err != nil {
		return frame.Response{}, err
	}
	if len(s.lines) == 0 {
		return frame.Redirect("/cart"), nil
	}
	if !v.Selling() || s.short {
		return frame.Page(cartPage(s)).Status(frame.StatusOf(checkout.ErrClosed)), nil
	}
	var token secret.Token
	err = v.R.Write(func(tx *db.Tx) (err error) {
		token, err = handover.Make(v.R.Context(), tx, front.CartToken(v.R))
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Away(d.Places.Door(place.Account, v.R.Host()) + handover.Path(v.In.ID, token, v.Lang)), nil
}
