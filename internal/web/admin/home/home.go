// Package home is where an owner's day begins: which shop, and in it what waits to be done.
//
// It guarantees figures from clear columns only: nobody's data is opened by looking at a first page. It refuses to hold
// figures of its own; flow/report counts.
package home

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/report"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/admin/orders"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
	"github.com/noren-shop/noren/internal/web/ui/chart"
)

// Home is the room.
type Home struct {
	*desk.Desk
	Store    frame.Store // for the names of the shops that one person has
	Orders   *order.Service
	Catalog  *catalog.Service
	Shipping *shipping.Service
	Payment  *payment.Service
}

// Routes of the room.
func (h *Home) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/{$}", Right: actor.ManageAccount, Handler: h.shops},
		{Method: "GET", Pattern: "/{shop}", Right: actor.ViewOrders, Handler: h.show},
	}
}

// shopView is one of somebody's shops.
type shopView struct {
	href, name, state, role string
	tone                    ui.Tone
}

// shops leads to the one shop that a person has, to the making of one, or lets them choose.
func (h *Home) shops(r *frame.Request) (frame.Response, error) {
	p, err := h.Principal(r)
	if err != nil {
		return frame.Response{}, err
	}
	switch len(p.Memberships) {
	case 0:
		return frame.Redirect("/shops/new"), nil
	case 1:
		return frame.Redirect("/" + id.String(p.Memberships[0].Shop)), nil
	}
	admin, err := h.Admin(r, r.Lang().Pick("ショップを選ぶ", "Choose a shop"))
	if err != nil {
		return frame.Response{}, err
	}
	var list []shopView
	for _, m := range p.Memberships {
		var shop tenant.Shop
		scope := db.Scope{Actor: p.Actor(m.Shop, r.Actor().Credential), Shop: m.Shop, Request: r.ID()}
		err := h.Store.Read(r.Context(), scope, func(rd db.Reader) (err error) {
			shop, err = h.Tenants.Get(r.Context(), rd)
			return err
		})
		if fault.Is(err, fault.KindNotFound) {
			continue // its making did not come to an end
		}
		if err != nil {
			return frame.Response{}, err
		}
		list = append(list, shopView{"/" + id.String(shop.ID), shop.Name, admin.Say(shop.State.Label()), roleName(admin.Page, m.Role), stateTone(shop.State)})
	}
	return frame.Page(shopsPage(admin, list)), nil
}

func roleName(p ui.Page, r actor.Role) string {
	switch r {
	case actor.Owner:
		return p.T("オーナー", "Owner")
	case actor.Manager:
		return p.T("店長", "Manager")
	}
	return p.T("発送担当", "Packer")
}

func stateTone(s tenant.State) ui.Tone {
	switch s {
	case tenant.Open:
		return ui.Good
	case tenant.Preparing, tenant.Paused:
		return ui.Warn
	case tenant.Suspended:
		return ui.Bad
	}
	return ui.Plain
}

// view is a shop's first page.
type view struct {
	ui.Admin
	state   tenant.State
	label   string
	tone    ui.Tone
	mayOpen bool
	mayEdit bool
	steps   []step // while the shop is in preparation
	ready   bool   // every step is done
	figures []ui.Figure
	chart   chart.Chart
	sold    bool
	newest  []orders.Brief
	low     []lowView
	toShip  int64
	toPay   int64
	at      string
}

type lowView struct{ href, name, left string }

// The numbers of the page.
const (
	days     = 30
	newest   = 6
	lowest   = 8
	mostOpen = 1000
)

// numbers are what the page is made of.
type numbers struct {
	shop   tenant.Shop
	sales  report.Figures
	heads  []order.Head
	low    []report.Low
	toShip int64
	toPay  int64
	steps  []step
}

func (h *Home) show(r *frame.Request) (frame.Response, error) {
	admin, err := h.Admin(r, r.Lang().Pick("ホーム", "Home"))
	if err != nil {
		return frame.Response{}, err
	}
	var n numbers
	err = r.Read(func(rd db.Reader) (err error) {
		n, err = h.numbers(r.Context(), rd)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(homePage(h.view(r, admin, n))), nil
}

func (h *Home) numbers(ctx context.Context, rd db.Reader) (n numbers, err error) {
	if n.shop, err = h.Tenants.Get(ctx, rd); err != nil {
		return n, err
	}
	if n.sales, err = report.Sales(ctx, rd, days); err != nil {
		return n, err
	}
	if n.toShip, err = h.Orders.Count(ctx, rd, order.Filter{Queue: order.ToShip}, mostOpen); err != nil {
		return n, err
	}
	if n.toPay, err = h.Orders.Count(ctx, rd, order.Filter{Queue: order.ToPay}, mostOpen); err != nil {
		return n, err
	}
	if n.heads, _, err = h.Orders.List(ctx, rd, order.Filter{Limit: newest}); err != nil {
		return n, err
	}
	if n.low, err = report.LowStock(ctx, rd, lowest); err != nil {
		return n, err
	}
	if n.shop.State == tenant.Preparing {
		n.steps, err = h.steps(ctx, rd, n.shop)
	}
	return n, err
}

func (h *Home) view(r *frame.Request, a ui.Admin, n numbers) view {
	v := view{Admin: a, state: n.shop.State, label: a.Say(n.shop.State.Label()), tone: stateTone(n.shop.State), at: h.URL(r, ""),
		mayOpen: r.Actor().May(actor.OpenShops), mayEdit: r.Actor().May(actor.EditSettings), steps: n.steps, ready: true,
		toShip: n.toShip, toPay: n.toPay, sold: n.sales.Month.Orders+n.sales.LastMonth.Orders > 0}
	for _, s := range n.steps {
		v.ready = v.ready && s.done
	}
	f := n.sales
	v.figures = []ui.Figure{
		{Name: a.T("今日の売上", "Sales today"), Value: a.Lang.Yen(f.Today.Yen), Beside: count(a.Page, f.Today.Orders) + a.T("・昨日の同じ時刻は", "; yesterday by now ") + a.Lang.Yen(f.Yesterday.Yen)},
		{Name: a.T("今月の売上", "Sales this month"), Value: a.Lang.Yen(f.Month.Yen), Beside: count(a.Page, f.Month.Orders) + a.T("・先月の同じ時点は", "; last month by now ") + a.Lang.Yen(f.LastMonth.Yen)},
	}
	v.chart = chart.Chart{Lang: a.Lang, Title: a.T("売上(30日間)", "Sales, 30 days"), Unit: a.T("円", " yen")}
	for _, d := range f.Days {
		v.sold = v.sold || d.Orders > 0
		v.chart.Points = append(v.chart.Points, chart.Point{Label: i18n.Time(d.Start).Format("1/2"), Value: d.Yen})
	}
	for _, o := range n.heads {
		v.newest = append(v.newest, orders.BriefOf(a.Page, o, h.URL(r, "/orders/"+id.String(o.ID))))
	}
	for _, l := range n.low {
		name := l.Name
		if a.Lang == i18n.En && l.NameEn != "" {
			name = l.NameEn
		}
		if l.Label != "" {
			name += " " + l.Label
		}
		left := a.T("残り"+i18n.Number(l.Left)+"点", i18n.Number(l.Left)+" left")
		if l.Left <= 0 {
			left = a.T("売り切れ", "Sold out")
		}
		v.low = append(v.low, lowView{h.URL(r, "/products/"+id.String(l.Product)), name, left})
	}
	return v
}

func count(p ui.Page, n int64) string {
	if n == 1 {
		return p.T("1件", "1 order")
	}
	return p.T(i18n.Number(n)+"件", i18n.Number(n)+" orders")
}

func waiting(n int64) string {
	if n >= mostOpen {
		return i18n.Number(mostOpen-1) + "+"
	}
	return i18n.Number(n)
}
