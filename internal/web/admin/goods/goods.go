// Package goods is where staff keep what the shop sells: the list of products, and the form that makes and changes one.
//
// It guarantees that what was typed survives every fault, a change of the options and another person's save, and that a
// product, its categories and its stock are saved together or not at all. It refuses to change a count that has moved
// since the form was opened. Pictures are in goods/album, categories and picked lists in goods/drawer.
package goods

import (
	"net/url"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/inventory/sheet"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Goods are the pages.
type Goods struct {
	*desk.Desk
	Catalog *catalog.Service
	Stock   *inventory.Service
}

// Routes of the products' pages.
func (g *Goods) Routes() []frame.Route {
	wide := frame.Limits{Fields: 4000} // a hundred variants have a dozen fields each
	return []frame.Route{
		{Method: "GET", Pattern: "/{shop}/products", Right: actor.ViewCatalog, Handler: g.list},
		{Method: "GET", Pattern: "/{shop}/products/new", Right: actor.EditCatalog, Handler: g.showNew},
		{Method: "POST", Pattern: "/{shop}/products/new", Right: actor.EditCatalog, Handler: g.create, Limits: wide},
		{Method: "GET", Pattern: "/{shop}/products/{product}", Right: actor.ViewCatalog, Handler: g.show},
		{Method: "POST", Pattern: "/{shop}/products/{product}", Right: actor.EditCatalog, Handler: g.change, Limits: wide},
		{Method: "POST", Pattern: "/{shop}/products/{product}/delete", Right: actor.EditCatalog, Handler: g.remove},
		{Method: "POST", Pattern: "/{shop}/products/{product}/state", Right: actor.EditCatalog, Handler: g.setState},
	}
}

// listView is the list's page.
type listView struct {
	base      string
	may       bool
	text      string
	state     catalog.State
	category  id.Category
	tabs      []ui.Link
	choices   []ui.Option
	rows      []rowView
	next      string
	first     string // the way back to the list's beginning; empty there
	unrelated bool   // no filter is set
}

type rowView struct {
	href, name, picture, alt string
	price                    string
	reduced                  bool
	variants, onHand, left   int64
	state                    catalog.State
}

func (g *Goods) list(r *frame.Request) (frame.Response, error) {
	after, err := page.ParseCursor("after", r.Query("after"))
	if err != nil {
		return frame.Response{}, err
	}
	a, err := g.Admin(r, r.Lang().Pick("商品", "Products"))
	if err != nil {
		return frame.Response{}, err
	}
	v := listView{base: g.URL(r, "/products"), may: r.Actor().May(actor.EditCatalog), text: r.Query("q"),
		state: catalog.State(r.Query("state")), category: id.Parse[id.Category](r.Query("category"))}
	if !v.state.Valid() {
		v.state = ""
	}
	v.unrelated = v.text == "" && v.state == "" && v.category == 0 && after.IsZero()
	var tree catalog.Tree
	var rows []catalog.Row
	var next page.Cursor
	var sums map[id.Product]inventory.Level
	err = r.Read(func(rd db.Reader) (err error) {
		if tree, err = g.Catalog.Categories(r.Context(), rd); err != nil {
			return err
		}
		q := catalog.Query{State: v.state, Text: v.text, After: after}
		if v.category != 0 {
			q.Categories = tree.Under(v.category)
		}
		if rows, next, err = g.Catalog.List(r.Context(), rd, q); err != nil {
			return err
		}
		ids := make([]id.Product, len(rows))
		for i, row := range rows {
			ids[i] = row.ID
		}
		sums, err = sheet.Totals(r.Context(), rd, ids)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	v.choices = append([]ui.Option{{Text: a.T("すべてのカテゴリー", "All categories")}}, options(tree, a.Page)...)
	v.tabs = g.tabs(a.Page, v)
	for _, row := range rows {
		v.rows = append(v.rows, g.row(r, a.Page, row, sums[row.ID]))
	}
	if !next.IsZero() {
		v.next = v.url(v.state, next.String())
	}
	if !after.IsZero() {
		v.first = v.url(v.state, "")
	}
	return frame.Page(listPage(a, v)), nil
}

func (g *Goods) row(r *frame.Request, p ui.Page, row catalog.Row, sum inventory.Level) rowView {
	price := p.Lang.Yen(row.PriceMin)
	if row.PriceMax > row.PriceMin {
		price += p.T("〜", " – ") + p.Lang.Yen(row.PriceMax)
	}
	return rowView{href: g.URL(r, "/products/"+id.String(row.ID)), name: named(p, row.Name, row.NameEn), picture: g.Picture(r, row.Image, 160),
		alt: named(p, row.Image.Alt, row.Image.AltEn), price: price, reduced: row.Tax == tax.Reduced,
		variants: row.Variants, onHand: sum.OnHand, left: sum.Left(), state: row.State}
}

// url is the list's address with its filters.
func (v listView) url(state catalog.State, after string) string {
	q := url.Values{}
	for name, s := range map[string]string{"q": v.text, "state": string(state), "after": after} {
		if s != "" {
			q.Set(name, s)
		}
	}
	if v.category != 0 {
		q.Set("category", id.String(v.category))
	}
	return (&url.URL{Path: v.base, RawQuery: q.Encode()}).String()
}

func (g *Goods) tabs(p ui.Page, v listView) []ui.Link {
	var out []ui.Link
	for _, s := range []catalog.State{"", catalog.Showing, catalog.Draft, catalog.Hidden} {
		text := p.T("すべて", "All")
		if s != "" {
			text = stateText(p, s)
		}
		out = append(out, ui.Link{Href: v.url(s, ""), Text: text, Current: s == v.state})
	}
	return out
}

func stateText(p ui.Page, s catalog.State) string {
	switch s {
	case catalog.Showing:
		return p.T("公開中", "Showing")
	case catalog.Draft:
		return p.T("下書き", "Draft")
	case catalog.Hidden:
		return p.T("非公開", "Hidden")
	}
	return string(s)
}

func stateTone(s catalog.State) ui.Tone {
	switch s {
	case catalog.Showing:
		return ui.Good
	case catalog.Draft:
		return ui.Info
	}
	return ui.Plain
}

func stockTone(left int64) ui.Tone {
	if left == 0 {
		return ui.Bad
	}
	return ui.Warn
}

// named is a name in the reader's language; the Japanese one stands for both where there is no other.
func named(p ui.Page, ja, en string) string {
	if en == "" {
		return ja
	}
	return p.T(ja, en)
}

// options are the tree's categories as choices, each with the way to it.
func options(t catalog.Tree, p ui.Page) []ui.Option {
	var out []ui.Option
	var walk func(parent id.Category, before string, depth int)
	walk = func(parent id.Category, before string, depth int) {
		if depth > catalog.MaxDepth {
			return
		}
		for _, c := range t.Children(parent) {
			text := before + named(p, c.Name, c.NameEn)
			out = append(out, ui.Option{Value: id.String(c.ID), Text: text})
			walk(c.ID, text+p.T("＞", " › "), depth+1)
		}
	}
	walk(0, "", 1)
	return out
}
