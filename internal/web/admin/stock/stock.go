// Package stock is where staff count: every variant with what there is of it, a page of counts saved at once, and each
// variant's history.
//
// It guarantees that a page of counts is saved whole or not at all, and that a count which has moved since the page was
// opened (somebody bought a piece) is not overwritten but shown. It refuses to change a count without a reason.
package stock

import (
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/kana"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/catalog/sale"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/inventory/sheet"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Stock are the pages.
type Stock struct {
	*desk.Desk
	Counts *inventory.Service
}

// Routes of the stock's pages.
func (s *Stock) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/{shop}/stock", Right: actor.ViewCatalog, Handler: s.list},
		{Method: "POST", Pattern: "/{shop}/stock", Right: actor.EditStock, Handler: s.save},
		{Method: "GET", Pattern: "/{shop}/stock/{variant}", Right: actor.ViewCatalog, Handler: s.history},
		{Method: "POST", Pattern: "/{shop}/stock/{variant}", Right: actor.EditStock, Handler: s.adjust},
	}
}

// perPage is short enough to be counted in one go.
const perPage = 50

// listView is the sheet's page.
type listView struct {
	base   string
	may    bool
	query  sheet.Query
	tabs   []ui.Link
	rows   []rowView
	next   string
	first  string
	after  string
	reason string
	errors ui.Errors
}

type rowView struct {
	id, href, name, label, model string
	onSale                       bool
	inventory.Level
	count string // typed, or as it is
	fault string
}

func query(get func(string) string) (sheet.Query, error) {
	q := sheet.Query{Filter: sheet.Filter(get("show")), Text: get("q"), Product: id.Parse[id.Product](get("product")), Limit: perPage}
	if q.Filter != sheet.Low && q.Filter != sheet.SoldOut {
		q.Filter = sheet.All
	}
	var err error
	q.After, err = page.ParseCursor("after", get("after"))
	return q, err
}

func (s *Stock) list(r *frame.Request) (frame.Response, error) {
	q, err := query(r.Query)
	if err != nil {
		return frame.Response{}, err
	}
	return s.page(r, q, frame.Form{}, nil)
}

// page shows the sheet; f holds what was typed when something was wrong with it.
func (s *Stock) page(r *frame.Request, q sheet.Query, f frame.Form, cause error) (frame.Response, error) {
	a, err := s.Admin(r, r.Lang().Pick("在庫", "Stock"))
	if err != nil {
		return frame.Response{}, err
	}
	v := listView{base: s.URL(r, "/stock"), may: r.Actor().May(actor.EditStock), query: q, after: q.After.String(),
		errors: ui.ErrorsOf(r.Lang(), cause), reason: string(inventory.Counted)}
	if why := f.Get("reason"); why != "" {
		v.reason = why
	}
	var rows []sheet.Row
	var next page.Cursor
	var items map[id.Variant]sale.Item
	err = r.Read(func(rd db.Reader) (err error) {
		if rows, next, err = sheet.List(r.Context(), rd, q); err != nil {
			return err
		}
		ids := make([]id.Variant, len(rows))
		for i, row := range rows {
			ids[i] = row.Variant
		}
		items, err = sale.Items(r.Context(), rd, r.Lang(), ids)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	for _, row := range rows {
		v.rows = append(v.rows, s.row(v, row, items[row.Variant], f))
	}
	v.tabs = v.filters(a.Page)
	if !next.IsZero() {
		v.next = v.url(q.Filter, next.String())
	}
	if !q.After.IsZero() {
		v.first = v.url(q.Filter, "")
	}
	res := frame.Page(listPage(a, v))
	if cause != nil {
		res = res.Status(frame.StatusOf(cause))
	}
	return res, nil
}

func (s *Stock) row(v listView, row sheet.Row, it sale.Item, f frame.Form) rowView {
	out := rowView{id: id.String(row.Variant), href: v.base + "/" + id.String(row.Variant), name: it.Name, label: it.Label, model: it.Model,
		onSale: it.OnSale, Level: row.Level, count: strconv.FormatInt(row.OnHand, 10)}
	if f.Has("count." + out.id) {
		out.count = f.Get("count." + out.id)
		if out.count == f.Get("was."+out.id) {
			out.count = strconv.FormatInt(row.OnHand, 10) // it was not touched
		}
	}
	out.fault = v.errors.At("count." + out.id)
	return out
}

func (s *Stock) save(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	q, err := query(f.Get)
	if err != nil {
		return frame.Response{}, err
	}
	err = r.Write(func(tx *db.Tx) error { return s.saveAll(r, tx, q, f) })
	if _, ok := fault.Of(err); ok && !fault.Is(err, fault.KindNotFound) {
		return s.page(r, q, f, err)
	}
	if err != nil {
		return frame.Response{}, err
	}
	r.SetFlash("saved")
	v := listView{base: s.URL(r, "/stock"), query: q}
	return frame.Redirect(v.url(q.Filter, q.After.String())), nil
}

// saveAll sets each count that was typed anew; all the wrong ones are named, and then none is set.
func (s *Stock) saveAll(r *frame.Request, tx *db.Tx, q sheet.Query, f frame.Form) error {
	var wrong fault.Faults
	var ids []id.Variant
	for _, typed := range f.All("variant") {
		if n := id.Parse[id.Variant](typed); f.Get("count."+id.String(n)) != f.Get("was."+id.String(n)) {
			ids = append(ids, n)
		}
	}
	levels, err := s.Counts.Levels(r.Context(), tx, ids)
	if err != nil {
		return err
	}
	for _, v := range ids {
		field := "count." + id.String(v)
		n, err := whole(field, f.Get(field), 0, inventory.MaxOnHand)
		if err == nil {
			err = s.set(r, tx, f, levels[v], v, n)
		}
		if fault.Is(err, fault.KindNotFound) {
			return err
		}
		if err := wrong.Add(at(field, err)); err != nil {
			return err
		}
	}
	return wrong.Err()
}

func (s *Stock) set(r *frame.Request, tx *db.Tx, f frame.Form, l inventory.Level, v id.Variant, n int64) error {
	if was := f.Get("was." + id.String(v)); was != strconv.FormatInt(l.OnHand, 10) {
		return fault.Conflict(fault.Text{
			Ja: "画面を開いたあとに在庫が変わり、いまは" + i18n.Number(l.OnHand) + "個です。数え直して、もう一度保存してください。",
			En: "The stock has changed since you opened the page: it is " + i18n.Number(l.OnHand) + " now. Count again and save."})
	}
	return s.Counts.Set(r.Context(), tx, v, n, inventory.Reason(f.Get("reason")))
}

// at says to which field of the form a fault belongs, but for the reason's.
func at(field string, err error) error {
	fs, ok := fault.Of(err)
	if !ok || fs[0].Field == "reason" {
		return err
	}
	c := *fs[0]
	c.Field = field
	return &c
}

// whole reads a whole number of pieces, as people write it.
func whole(field, typed string, low, high int64) (int64, error) {
	s := strings.ReplaceAll(kana.Tidy(typed), ",", "")
	s = strings.NewReplacer("−", "-", "個", "").Replace(s)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < low || n > high {
		return 0, fault.Invalid(field, fault.Text{
			Ja: i18n.Number(low) + "以上" + i18n.Number(high) + "以下の整数を入力してください。",
			En: "Enter a whole number from " + i18n.Number(low) + " to " + i18n.Number(high) + "."})
	}
	return n, nil
}
