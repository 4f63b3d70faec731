package drawer

import (
	"context"
	"net/url"
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// pickView is the page of one picked list.
type pickView struct {
	may    bool
	all    string // the products
	here   string
	list   catalog.PickList
	tabs   []ui.Link
	picked []pickedView
	text   string
	found  []pickedView // what a search found
	errors ui.Errors
}

type pickedView struct {
	id, href, name, picture string
	showing, first, last    bool
}

// shownFound bounds the products that are offered for picking.
const shownFound = 20

func listOf(s string) catalog.PickList {
	if l := catalog.PickList(s); l.Valid() {
		return l
	}
	return catalog.Recommended
}

func (d *Drawer) showPicks(r *frame.Request) (frame.Response, error) {
	return d.pickPage(r, listOf(r.Query("list")), r.Query("q"), nil)
}

func (d *Drawer) pickPage(r *frame.Request, list catalog.PickList, text string, cause error) (frame.Response, error) {
	v := pickView{may: r.Actor().May(actor.EditCatalog), all: d.URL(r, "/products"), here: d.URL(r, "/products/picks"), list: list,
		text: text, errors: ui.ErrorsOf(r.Lang(), cause)}
	a, err := d.Admin(r, r.Lang().Pick("おすすめ・新着", "Picks"))
	if err != nil {
		return frame.Response{}, err
	}
	names := map[catalog.PickList]string{catalog.Recommended: a.T("おすすめ", "Recommended"), catalog.NewArrival: a.T("新着", "New"),
		catalog.BestSeller: a.T("売れ筋", "Best sellers")}
	for _, l := range []catalog.PickList{catalog.Recommended, catalog.NewArrival, catalog.BestSeller} {
		v.tabs = append(v.tabs, ui.Link{Href: v.here + "?list=" + string(l), Text: names[l], Current: l == list})
	}
	err = r.Read(func(rd db.Reader) error { return d.fill(r, rd, a.Page, &v) })
	if err != nil {
		return frame.Response{}, err
	}
	res := frame.Page(pickPage(a, v))
	if cause != nil {
		res = res.Status(frame.StatusOf(cause))
	}
	return res, nil
}

// fill reads the list, and what there is to add to it.
func (d *Drawer) fill(r *frame.Request, rd db.Reader, p ui.Page, v *pickView) error {
	v.picked, v.found = nil, nil
	ids, err := d.Catalog.Picks(r.Context(), rd, v.list)
	if err != nil {
		return err
	}
	for i, n := range ids {
		g, err := d.Catalog.Get(r.Context(), rd, n)
		if err != nil {
			return err
		}
		pv := pickedView{id: id.String(n), href: v.all + "/" + id.String(n), name: named(p, g.Name, g.NameEn),
			showing: g.State == catalog.Showing, first: i == 0, last: i == len(ids)-1}
		if len(g.Images) > 0 {
			pv.picture = d.Picture(r, g.Images[0], 160)
		}
		v.picked = append(v.picked, pv)
	}
	if !v.may {
		return nil
	}
	rows, _, err := d.Catalog.List(r.Context(), rd, catalog.Query{Text: v.text, Limit: shownFound + len(ids)})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if len(v.found) < shownFound && !slices.Contains(ids, row.ID) {
			v.found = append(v.found, pickedView{id: id.String(row.ID), href: v.all + "/" + id.String(row.ID),
				name: named(p, row.Name, row.NameEn), picture: d.Picture(r, row.Image, 160), showing: row.State == catalog.Showing})
		}
	}
	return nil
}

func (d *Drawer) picks(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	list, product := catalog.PickList(f.Get("list")), frame.FormID[id.Product](f, "product")
	err = r.Write(func(tx *db.Tx) error { return d.pick(r.Context(), tx, list, product, f.Get("do")) })
	if _, ok := fault.Of(err); ok && !fault.Is(err, fault.KindNotFound) {
		return d.pickPage(r, listOf(f.Get("list")), f.Get("q"), err)
	}
	if err != nil {
		return frame.Response{}, err
	}
	q := url.Values{"list": {string(list)}}
	if s := f.Get("q"); s != "" {
		q.Set("q", s)
	}
	return frame.Redirect(d.URL(r, "/products/picks") + "?" + q.Encode()), nil
}

// pick changes a list by one product.
func (d *Drawer) pick(ctx context.Context, tx *db.Tx, list catalog.PickList, product id.Product, do string) error {
	ids, err := d.Catalog.Picks(ctx, tx, list)
	if err != nil {
		return err
	}
	at := slices.Index(ids, product)
	switch do {
	case "add":
		ids = append(ids, product)
	case "remove":
		ids = slices.DeleteFunc(ids, func(p id.Product) bool { return p == product })
	case "up", "down":
		if at < 0 {
			return catalog.ErrMissing
		}
		step(ids, at, do)
	default:
		return frame.Malformed()
	}
	return d.Catalog.SetPicks(ctx, tx, list, ids)
}
