package orders

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/web/admin/access"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// tab is a choice of orders.
type tab struct {
	code   string
	text   fault.Text
	filter order.Filter
}

func tabs() []tab {
	one := func(s order.Status) order.Filter { return order.Filter{Statuses: []order.Status{s}} }
	return []tab{
		{"", fault.Text{Ja: "すべて", En: "All"}, order.Filter{}},
		{"ship", fault.Text{Ja: "発送待ち", En: "To dispatch"}, order.Filter{Queue: order.ToShip}},
		{"pay", fault.Text{Ja: "入金待ち", En: "To be paid"}, order.Filter{Queue: order.ToPay}},
		{"shipped", fault.Text{Ja: "発送済み", En: "Dispatched"}, one(order.Shipped)},
		{"delivered", fault.Text{Ja: "お届け済み", En: "Delivered"}, one(order.Delivered)},
		{"cancelled", fault.Text{Ja: "キャンセル", En: "Cancelled"}, one(order.Cancelled)},
	}
}

// noTab is what a search is under: none of them.
const noTab = "search"

// most is where counting stops.
const most = 1000

// listView is the list's page.
type listView struct {
	ui.Admin
	at       string
	tab      string
	tabs     []tabView
	typed    map[string]string
	sought   string // what stands in the search box
	person   bool   // the box takes persons, too
	stopped  string // why a search for a person found nothing it could show
	bounded  string // how far back a search went
	errors   ui.Errors
	filtered bool
	rows     []rowView
	masked   string // why the names are hidden; empty when they are shown
	first    string
	next     string
}

type tabView struct {
	href, text, count string
	current           bool
}

type rowView struct {
	href, number, name, prefecture, placed, payment, status, total string
	tone                                                           ui.Tone
}

func (o *Orders) list(r *frame.Request) (frame.Response, error) {
	admin, err := o.Admin(r, r.Lang().Pick("注文", "Orders"))
	if err != nil {
		return frame.Response{}, err
	}
	v := listView{Admin: admin, at: o.URL(r, "/orders"), tab: r.Query("tab"), typed: map[string]string{}}
	for _, name := range []string{"number", "from", "until", "min", "max"} {
		if s := strings.TrimSpace(r.Query(name)); s != "" {
			v.typed[name] = s
			v.filtered = true
		}
	}
	v.sought, v.person = v.typed["number"], mayFind(r.Actor())
	f, wrong := filter(v.typed)
	if f.Number != "" {
		v.tab = "" // whoever knows the number wants that order, whatever became of it
	}
	v.errors = ui.ErrorsOf(r.Lang(), wrong)
	if f.After, err = page.ParseCursor("after", r.Query("after")); err != nil {
		return frame.Response{}, err
	}
	if !f.After.IsZero() {
		v.first = v.link(v.tab, page.Cursor{})
	}
	found, err := o.find(r, &v, f)
	if err != nil {
		return frame.Response{}, err
	}
	if v.leads(f, found) {
		return frame.Redirect(o.page(r, found[0].ID)), nil
	}
	res := frame.Page(listPage(v))
	if v.errors.Any() {
		res = res.Status(frame.StatusOf(wrong))
	}
	return res, nil
}

// leads says that the list is only the way to one order: its number was typed, and nothing else.
func (v *listView) leads(f order.Filter, found []order.Head) bool {
	return f.Number != "" && len(v.typed) == 1 && len(found) == 1
}

// find fills the list in: the rows, the counts of the tabs, and the names, where they can be had.
func (o *Orders) find(r *frame.Request, v *listView, f order.Filter) ([]order.Head, error) {
	for _, t := range tabs() {
		if t.code == v.tab {
			f.Queue, f.Statuses = t.filter.Queue, t.filter.Statuses
		}
	}
	var heads []order.Head
	var next page.Cursor
	err := r.Read(func(rd db.Reader) (err error) {
		heads, next, err = o.Orders.List(r.Context(), rd, f)
		return err
	})
	if err != nil || v.leads(f, heads) {
		return heads, err
	}
	if !next.IsZero() {
		v.next = v.link(v.tab, next)
	}
	return heads, o.fill(r, v, heads)
}

// count makes the tabs, with how many orders wait in each.
func (o *Orders) count(r *frame.Request, v *listView) error {
	counts := make([]int64, len(tabs()))
	err := r.Read(func(rd db.Reader) (err error) {
		for i, t := range tabs() {
			if t.code == "" {
				continue
			}
			if counts[i], err = o.Orders.Count(r.Context(), rd, t.filter, most); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, t := range tabs() {
		tv := tabView{href: v.link(t.code, page.Cursor{}), text: v.Say(t.text), current: t.code == v.tab}
		if t.code != "" {
			tv.count = i18n.Number(counts[i])
			if counts[i] == most {
				tv.count = i18n.Number(most-1) + "+"
			}
		}
		v.tabs = append(v.tabs, tv)
	}
	return nil
}

// names opens the names of a list, for who may see them; away says why there are none.
func (o *Orders) names(r *frame.Request, heads []order.Head) (names map[id.Order]string, away string, err error) {
	if len(heads) == 0 || !r.Actor().May(actor.ViewPersons) {
		return nil, "", nil
	}
	err = r.Read(func(rd db.Reader) (err error) {
		names, err = o.Orders.Names(r.Context(), rd, heads)
		return err
	})
	if err != nil {
		away, _, err = access.Away(r.Lang(), err)
	}
	return names, away, err
}

func (o *Orders) row(r *frame.Request, p ui.Page, h order.Head, name string) rowView {
	return rowView{href: o.page(r, h.ID), number: h.Number, name: name, prefecture: h.Prefecture.Name(p.Lang),
		placed:  when(p, h.Placed),
		payment: payment.Method(h.Payment).Label(p.Lang), status: StatusText(p, h), tone: StatusTone(h), total: p.Lang.Yen(h.Total)}
}

func (o *Orders) page(r *frame.Request, n id.Order) string { return o.URL(r, "/orders/"+id.String(n)) }

// link is the list's address with what was typed.
func (v *listView) link(tab string, after page.Cursor) string {
	q := url.Values{}
	for name, s := range v.typed {
		q.Set(name, s)
	}
	if tab != "" {
		q.Set("tab", tab)
	}
	if !after.IsZero() {
		q.Set("after", after.String())
	}
	if len(q) == 0 {
		return v.at
	}
	return v.at + "?" + q.Encode()
}

// filter reads what was typed; a field that cannot be read does not filter and is named.
func filter(typed map[string]string) (order.Filter, error) {
	var fs fault.Faults
	f := order.Filter{Number: number(typed["number"])}
	day := func(name string, plus int) int64 {
		if typed[name] == "" {
			return 0
		}
		at, err := time.ParseInLocation(time.DateOnly, typed[name], i18n.Zone())
		if err != nil {
			fs = append(fs, fault.Invalid(name, fault.Text{Ja: "日付を選んでください。", En: "Choose a day."}))
			return 0
		}
		return at.AddDate(0, 0, plus).UnixMilli()
	}
	yen := func(name string) int64 {
		if typed[name] == "" {
			return 0
		}
		n, err := strconv.ParseInt(narrow(typed[name]), 10, 64)
		if err != nil || n < 0 {
			fs = append(fs, fault.Invalid(name, fault.Text{Ja: "金額は数字で入力してください。", En: "Enter the sum in digits."}))
			return 0
		}
		return n
	}
	f.FromMS, f.UntilMS, f.MinTotal, f.MaxTotal = day("from", 0), day("until", 1), yen("min"), yen("max")
	return f, fs.Err()
}

// narrow makes full-width digits and hyphens ASCII, and drops what is only there to be read.
func narrow(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= '０' && c <= '９':
			return c - '０' + '0'
		case strings.ContainsRune("－ー―‐−", c):
			return '-'
		case strings.ContainsRune(" \u3000,#円¥", c):
			return -1
		}
		return c
	}, s)
}

// number reads an order's number as people type it: 261122483920 is 261122-483920.
func number(s string) string {
	s = narrow(s)
	if len(s) == 12 && strings.Trim(s, "0123456789") == "" {
		return s[:6] + "-" + s[6:]
	}
	return s
}
