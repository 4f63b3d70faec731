package goods

import (
	"errors"
	"net/url"
	"slices"
	"strconv"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/web/storefront/front"
	"github.com/noren-shop/noren/internal/web/ui"
)

// axisFields are the form's fields of a product with several axes.
func axisFields() [catalog.MaxAxes]string {
	return [catalog.MaxAxes]string{"value1", "value2", "value3"}
}

// choose finds the variant that the form names and checks the quantity against what is left.
func choose(v *front.View, p shelf.Page, typed bought) (cart.Line, error) {
	if !v.Selling() {
		return cart.Line{}, checkout.ErrClosed
	}
	var fs fault.Faults
	i, err := variant(p, typed)
	if e := fs.Add(err); e != nil {
		return cart.Line{}, e
	}
	n, err := cart.ParseQuantity("quantity", typed.quantity)
	if e := fs.Add(err); e != nil {
		return cart.Line{}, e
	}
	if err := fs.Err(); err != nil {
		return cart.Line{}, err
	}
	l := cart.Line{Variant: p.Variants[i].ID, Quantity: n}
	have := int64(0)
	for _, x := range p.Variants {
		have += v.Filled.Of(x.ID)
	}
	if f := checkout.Bounds("quantity", v.Name(p.Name, p.NameEn), p.MinQuantity, p.MaxQuantity, have+n); f != nil {
		return l, f
	}
	return l, left(p.Left[i], n, v.Filled.Of(l.Variant))
}

// variant finds the chosen one; one that is not the product's is not found, like any other's.
func variant(p shelf.Page, typed bought) (int, error) {
	if len(p.Options) < 2 {
		if typed.variant == "" && len(p.Variants) > 1 {
			return 0, fault.Invalid("variant", fault.Text{Ja: p.Options[0].Name + "を選んでください。", En: "Please make a choice."})
		}
		want := id.Parse[id.Variant](typed.variant)
		i := slices.IndexFunc(p.Variants, func(x catalog.Variant) bool { return x.ID == want })
		if i < 0 {
			return 0, cart.ErrNoVariant
		}
		return i, nil
	}
	var want [catalog.MaxAxes]id.Value
	var fs fault.Faults
	for i, o := range p.Options {
		want[i] = id.Parse[id.Value](typed.values[i])
		if !slices.ContainsFunc(o.Values, func(x catalog.Value) bool { return x.ID == want[i] }) {
			fs = append(fs, fault.Invalid(axisFields()[i], fault.Text{Ja: o.Name + "を選んでください。",
				En: "Please choose: " + either(o.NameEn, o.Name)}))
		}
	}
	if err := fs.Err(); err != nil {
		return 0, err
	}
	i := slices.IndexFunc(p.Variants, func(x catalog.Variant) bool { return x.Values == want })
	if i < 0 {
		return 0, fault.Invalid(axisFields()[0], fault.Text{Ja: "この組み合わせの取り扱いはありません。別の組み合わせを選んでください。",
			En: "We do not have this combination. Please choose another."})
	}
	return i, nil
}

// left refuses more than there are, as far as the shelf tells; the cart's page tells the rest.
func left(left, want, have int64) error {
	switch {
	case left <= 0:
		return fault.Invalid("quantity", fault.Text{Ja: "申し訳ありません。ただいま売り切れです。", En: "Sorry, this has sold out."})
	case left <= shelf.FewLeft && want+have > left:
		n := strconv.FormatInt(left, 10)
		if have > 0 {
			return fault.Invalid("quantity", fault.Text{Ja: "在庫は残り" + n + "点です。カートにはすでに" + strconv.FormatInt(have, 10) + "点入っています。",
				En: "Only " + n + " left, and your cart already holds " + strconv.FormatInt(have, 10) + "."})
		}
		return fault.Invalid("quantity", fault.Text{Ja: "在庫は残り" + n + "点です。数量を減らしてください。",
			En: "Only " + n + " left. Please lower the quantity."})
	}
	return nil
}

// asForm says whether an error is to be shown at the form: a mistake of the visitor's or a change of the shop's, but
// nothing that is not there.
func asForm(err error) (fault.Faults, bool) {
	if err == nil || errors.Is(err, cart.ErrNoVariant) {
		return nil, false
	}
	fs, ok := fault.Of(err)
	if !ok {
		return nil, false
	}
	return fs, fs[0].Kind == fault.KindInvalid || fs[0].Kind == fault.KindConflict
}

// A picture is one of a product's.
type picture struct {
	src, set, alt string
	width, height string
}

// detail is a product's page.
type detail struct {
	*front.View
	p        shelf.Page
	name     string
	text     string
	price    ui.Price
	pictures []picture
	trail    []ui.Link
	typed    bought
	rows     []variantRow
}

// variantRow is a variant in words.
type variantRow struct {
	id, name string
	price    int64
	left     int64
	few      int64 // from which count on it is said
}

func (d *Door) show(v *front.View, p shelf.Page, typed bought) detail {
	out := detail{View: v, p: p, name: v.Name(p.Name, p.NameEn), text: v.Name(p.Description, p.DescriptionEn), typed: typed,
		price: ui.Price{Yen: p.PriceMin, UpTo: p.PriceMax, Reduced: p.Tax == tax.Reduced}}
	var images []string
	for _, img := range p.Images {
		src, set := v.Source(img, mainWidth)
		alt := either(v.Name(img.Alt, img.AltEn), out.name)
		out.pictures = append(out.pictures, picture{src, set, alt, strconv.FormatInt(img.Width, 10), strconv.FormatInt(img.Height, 10)})
		images = append(images, src)
	}
	if len(p.Categories) > 0 {
		deepest := p.Categories[0]
		for _, c := range p.Categories {
			if len(v.In.Tree.Path(c)) > len(v.In.Tree.Path(deepest)) {
				deepest = c
			}
		}
		out.trail = links(v, v.In.Tree.Path(deepest))
	}
	for i, x := range p.Variants {
		out.rows = append(out.rows, variantRow{id.String(x.ID), out.label(x), x.Price, p.Left[i], p.Few(i)})
	}
	v.Title = out.name
	path := front.ProductURL(p.Handle)
	v.Find(path, either(either(p.Summary, out.text), out.name), first(images))
	if p.Unlisted {
		v.Hidden = ui.Unlisted
	}
	v.Found.Kind = "product"
	v.Data(out.data(path, images))
	return out
}

const mainWidth = 800

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// label is a variant's values: M / 赤.
func (d detail) label(x catalog.Variant) string {
	s := ""
	for i, o := range d.p.Options {
		for _, value := range o.Values {
			if value.ID == x.Values[i] {
				if s != "" {
					s += " / "
				}
				s += d.Name(value.Name, value.NameEn)
			}
		}
	}
	return s
}

// data is the product for schema.org.
func (d detail) data(path string, images []string) map[string]any {
	offer := map[string]any{"priceCurrency": "JPY", "url": d.Full(path), "availability": "https://schema.org/InStock"}
	if d.p.SoldOut() {
		offer["availability"] = "https://schema.org/OutOfStock"
	}
	if d.p.PriceMin == d.p.PriceMax {
		offer["@type"], offer["price"] = "Offer", d.p.PriceMin
	} else {
		offer["@type"], offer["lowPrice"], offer["highPrice"], offer["offerCount"] = "AggregateOffer", d.p.PriceMin, d.p.PriceMax, len(d.p.Variants)
	}
	out := map[string]any{"@type": "Product", "name": d.name, "description": d.View.About, "url": d.Full(path), "offers": offer}
	if len(images) > 0 {
		out["image"] = images
	}
	if len(d.p.Variants) == 1 {
		if x := d.p.Variants[0]; x.Model != "" {
			out["sku"] = x.Model
		}
		if x := d.p.Variants[0]; len(x.JAN) == 13 {
			out["gtin13"] = x.JAN
		}
	}
	return out
}

// stock says how a variant stands.
func (d detail) stock(r variantRow) string {
	switch {
	case r.left <= 0:
		return d.T("売り切れ", "Sold out")
	case r.left <= r.few:
		n := strconv.FormatInt(r.left, 10)
		return d.T("残り"+n+d.T(either(d.p.Unit, "点"), ""), n+" left")
	}
	return d.T("在庫あり", "In stock")
}

func (d detail) tone(r variantRow) ui.Tone {
	switch {
	case r.left <= 0:
		return ui.Plain
	case r.left <= r.few:
		return ui.Warn
	}
	return ui.Good
}

// address of a list in another order, or from another place.
func (l list) address(sort shelf.Sort, after page.Cursor) string {
	q := url.Values{}
	for k, s := range map[string]string{"q": l.words, "sort": string(sort), "after": after.String()} {
		if s != "" {
			q.Set(k, s)
		}
	}
	if len(q) == 0 {
		return l.path
	}
	return l.path + "?" + q.Encode()
}

type order struct {
	sort shelf.Sort
	name fault.Text
}

func orders() []order {
	return []order{{shelf.AsPlaced, fault.Text{Ja: "おすすめ順", En: "Featured"}}, {shelf.Newest, fault.Text{Ja: "新着順", En: "Newest"}},
		{shelf.PriceLow, fault.Text{Ja: "価格の安い順", En: "Price: low to high"}}, {shelf.PriceHigh, fault.Text{Ja: "価格の高い順", En: "Price: high to low"}}}
}

// chip is one choice on an axis.
type chip struct {
	value, text, aside string
	gone               bool
}

// singles are the variants of a product with one axis.
func (d detail) singles() []chip {
	var out []chip
	for _, r := range d.rows {
		c := chip{value: r.id, text: r.name, gone: r.left <= 0}
		if d.p.PriceMin != d.p.PriceMax {
			c.aside = d.Lang.Yen(r.price)
		}
		if r.left <= r.few {
			c.aside += " " + d.stock(r)
		}
		out = append(out, c)
	}
	return out
}

// axis is one of several axes; a value of which nothing is left in any combination is gone.
func (d detail) axis(i int) []chip {
	var out []chip
	for _, value := range d.p.Options[i].Values {
		c := chip{value: id.String(value.ID), text: d.Name(value.Name, value.NameEn), gone: true}
		for k, x := range d.p.Variants {
			if x.Values[i] == value.ID && d.p.Left[k] > 0 {
				c.gone = false
			}
		}
		out = append(out, c)
	}
	return out
}
