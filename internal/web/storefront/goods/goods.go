// Package goods is the shop's goods for visitors: the top page, lists by category and by words, and a page for each
// product, with the form that puts it into the cart.
//
// It guarantees that everything works without JavaScript, that prices include tax, and that what was typed survives
// an error. It refuses prices and names that a visitor sends: they say which variant and how many.
package goods

import (
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/storefront/front"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/maypok86/otter/v2"
)

// A Door shows goods.
type Door struct {
	*front.Front
	kept *otter.Cache[*front.Shop, picked]
}

// keptShops bounds how many shops' first cards are in memory.
const keptShops = 2000

// New makes the door.
func New(f *front.Front) (*Door, error) {
	kept, err := otter.New(&otter.Options[*front.Shop, picked]{MaximumSize: keptShops})
	if err != nil {
		return nil, fmt.Errorf("open goods: %w", err)
	}
	return &Door{Front: f, kept: kept}, nil
}

// Routes of the goods.
func (d *Door) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/{$}", Right: frame.Public, Handler: d.Open(front.Goods, d.home), Keep: frame.KeepPage},
		{Method: "GET", Pattern: "/categories/{slug}", Right: frame.Public, Handler: d.Open(front.Goods, d.category), Keep: frame.KeepPage},
		{Method: "GET", Pattern: "/products", Right: frame.Public, Handler: d.Open(front.Goods, d.all), Keep: frame.KeepPage},
		{Method: "GET", Pattern: "/products/{handle}", Right: frame.Public, Handler: d.Open(front.Goods, d.product), Keep: frame.KeepPage},
		{Method: "POST", Pattern: "/products/{handle}", Right: frame.Public, Handler: d.Open(front.Goods, d.add)},
	}
}

// kept is a page that is the same for everyone without a cart.
func kept(r frame.Response) (frame.Response, error) { return r.Cached(frame.Shared(0, "")), nil }

const (
	rowSize  = 8  // of the top page
	listSize = 24 // of a list
)

// A section is a row of products on the top page.
type section struct {
	title, more string
	cards       []ui.Card
}

// picked are the cards of a shop's first page.
type picked [3][]shelf.Card

// picks reads the first page's cards, once for each state of the shop: whoever has a cart gets a page of their own, but of
// the same cards. The key is what is in memory of the shop, which front replaces whenever the store's versions move; cards
// are read after it, and so are never older.
func (d *Door) picks(v *front.View) (picked, error) {
	if rows, ok := d.kept.GetIfPresent(v.In); ok {
		return rows, nil
	}
	var rows picked
	err := v.R.Read(func(r db.Reader) (err error) {
		for i, l := range []catalog.PickList{catalog.Recommended, catalog.NewArrival, catalog.BestSeller} {
			if rows[i], err = d.Shelf.Picks(v.R.Context(), r, l, rowSize); err != nil {
				return err
			}
		}
		if len(rows[0])+len(rows[1])+len(rows[2]) == 0 { // the owner has picked nothing: the newest stand for all
			rows[1], _, err = d.Shelf.List(v.R.Context(), r, shelf.Query{Sort: shelf.Newest, Limit: rowSize})
		}
		return err
	})
	if err == nil {
		d.kept.Set(v.In, rows)
	}
	return rows, err
}

func (d *Door) home(v *front.View) (frame.Response, error) {
	rows, err := d.picks(v)
	if err != nil {
		return frame.Response{}, err
	}
	var sections []section
	for i, title := range []string{v.T("おすすめ", "We recommend"), v.T("新着の品", "New arrivals"), v.T("よく選ばれている品", "Best sellers")} {
		if len(rows[i]) > 0 {
			sections = append(sections, section{title, map[int]string{1: "/products?sort=new"}[i], v.Cards(rows[i])})
		}
	}
	v.Title = v.Site
	v.Find("/", either(v.Tagline, v.In.About), v.HeroPicture())
	v.Data(map[string]any{"@type": "OnlineStore", "name": v.Site, "url": v.Full("/"), "description": v.About})
	return kept(frame.Page(homePage(v, sections)))
}

// A list is a page of products.
type list struct {
	title string
	path  string // of the list, without query
	words string
	sort  shelf.Sort
	trail []ui.Link // the categories above
	below []ui.Link // the categories below
	cards []ui.Card
	after string // address of the next page
	paged bool   // this is not the first
}

func (d *Door) all(v *front.View) (frame.Response, error) {
	l := list{title: v.T("すべての商品", "All products"), path: "/products"}
	l.below = links(v, v.In.Tree.Children(0))
	return d.list(v, l, shelf.Query{})
}

func (d *Door) category(v *front.View) (frame.Response, error) {
	c, err := v.In.Tree.BySlug(v.R.Path("slug"))
	if err != nil {
		return frame.Response{}, err
	}
	l := list{title: v.Name(c.Name, c.NameEn), path: front.CategoryURL(c)}
	way := v.In.Tree.Path(c.ID)
	l.trail = links(v, way[:len(way)-1])
	l.below = links(v, v.In.Tree.Children(c.ID))
	for i := range v.Nav {
		v.Nav[i].Current = v.Nav[i].Current || v.Nav[i].Href == front.CategoryURL(way[0])
	}
	return d.list(v, l, shelf.Query{Categories: v.In.Tree.Under(c.ID)})
}

func links(v *front.View, cs []catalog.Category) []ui.Link {
	out := make([]ui.Link, len(cs))
	for i, c := range cs {
		out[i] = ui.Link{Href: front.CategoryURL(c), Text: v.Name(c.Name, c.NameEn)}
	}
	return out
}

const maxWords = 100

func (d *Door) list(v *front.View, l list, q shelf.Query) (frame.Response, error) {
	after, err := page.ParseCursor("after", v.R.Query("after"))
	if err != nil {
		return frame.Redirect(l.path), nil // a place that is no more: from the beginning
	}
	l.words, l.sort, l.paged = front.Excerpt(v.R.Query("q"), maxWords), shelf.ParseSort(v.R.Query("sort")), !after.IsZero()
	q.Text, q.Sort, q.After, q.Limit = l.words, l.sort, after, listSize
	var cards []shelf.Card
	var next page.Cursor
	if err := v.R.Read(func(r db.Reader) (err error) {
		cards, next, err = d.Shelf.List(v.R.Context(), r, q)
		return err
	}); err != nil {
		return frame.Response{}, err
	}
	l.cards = v.Cards(cards)
	if !next.IsZero() {
		l.after = l.address(l.sort, next)
	}
	v.Title = l.title
	if l.words != "" {
		v.Title, v.Hidden = v.T("「"+l.words+"」の検索結果", "Results for “"+l.words+"”"), ui.Unlisted
	} else {
		v.Find(l.path, v.T(v.Site+"の"+l.title+"の一覧です。", l.title+" at "+v.Site), "")
	}
	return kept(frame.Page(listPage(v, l)))
}

// bought is what a product's form holds.
type bought struct {
	variant  string
	values   [catalog.MaxAxes]string
	quantity string
	errors   ui.Errors
}

func (d *Door) get(v *front.View) (p shelf.Page, err error) {
	err = v.R.Read(func(r db.Reader) (err error) {
		p, err = d.Shelf.Get(v.R.Context(), r, v.R.Path("handle"))
		return err
	})
	return p, err
}

func (d *Door) product(v *front.View) (frame.Response, error) {
	p, err := d.get(v)
	if err != nil {
		return frame.Response{}, err
	}
	return kept(frame.Page(productPage(d.show(v, p, bought{quantity: "1"}))))
}

// add puts a variant of the product into the cart.
func (d *Door) add(v *front.View) (frame.Response, error) {
	f, err := v.R.Form()
	if err != nil {
		return frame.Response{}, err
	}
	p, err := d.get(v)
	if err != nil {
		return frame.Response{}, err
	}
	typed := bought{variant: f.Get("variant"), quantity: f.Get("quantity")}
	for i, name := range axisFields() {
		typed.values[i] = f.Get(name)
	}
	line, err := choose(v, p, typed)
	if err == nil {
		err = d.put(v, line)
	}
	if fs, ok := asForm(err); ok {
		typed.errors = ui.ErrorsOf(v.Lang, fs)
		return frame.Page(productPage(d.show(v, p, typed))).Status(frame.StatusOf(err)), nil
	}
	if err != nil {
		return frame.Response{}, err
	}
	v.R.SetFlash("added")
	return frame.Redirect("/cart"), nil
}

func (d *Door) put(v *front.View, l cart.Line) error {
	var c cart.Cart
	err := v.R.Write(func(tx *db.Tx) (err error) {
		if c, err = d.Carts.Open(v.R.Context(), tx, front.CartToken(v.R), v.Lang); err != nil {
			return err
		}
		made := c.Token
		c, err = d.Carts.Add(v.R.Context(), tx, c, l)
		c.Token = made
		return err
	})
	if err == nil && !c.Token.IsZero() {
		front.KeepCart(v.R, c.Token)
	}
	return err
}

func either(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
