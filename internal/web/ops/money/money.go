// Package money is the operator's side of the bill: revenue, unpaid invoices, plans, who issues the invoices, suspension by hand.
//
// It guarantees sums from the documents as they were issued. It refuses anyone but an operator.
package money

import (
	"bytes"
	"encoding/csv"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	flow "github.com/noren-shop/noren/internal/flow/billing"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

// Money is the room. Page begins one of the console's pages.
type Money struct {
	Billing *flow.Flow
	Sim     bool // simulated money may be taken
	Page    func(r *frame.Request, title string) (ui.Ops, error)
}

// Routes of the room.
func (m *Money) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/billing", Right: actor.OperateShops, Handler: m.show},
		{Method: "GET", Pattern: "/billing/issuer", Right: actor.OperateShops, Handler: m.showIssuer},
		{Method: "POST", Pattern: "/billing/issuer", Right: actor.OperateShops, Handler: m.saveIssuer},
		{Method: "GET", Pattern: "/billing/plans", Right: actor.OperateShops, Handler: m.showPlans},
		{Method: "POST", Pattern: "/billing/plans", Right: actor.OperateShops, Handler: m.savePlan},
		{Method: "GET", Pattern: "/billing/provider", Right: actor.OperateShops, Handler: m.showProvider},
		{Method: "POST", Pattern: "/billing/provider", Right: actor.OperateShops, Handler: m.saveProvider},
		{Method: "POST", Pattern: "/billing/provider/test", Right: actor.OperateShops, Handler: m.testProvider},
		{Method: "POST", Pattern: "/billing/received", Right: actor.OperateShops, Handler: m.received},
		{Method: "GET", Pattern: "/billing/report.csv", Act: frame.Exports, Right: actor.OperateShops, Handler: m.csv},
		{Method: "POST", Pattern: "/billing/resume", Right: actor.OperateShops, Handler: m.resume},
		{Method: "POST", Pattern: "/billing/suspend", Right: actor.OperateShops, Handler: m.suspend},
	}
}

// view is the first page.
type view struct {
	ui.Ops
	flow.Console
	errors ui.Errors
	typed  frame.Form
}

func (m *Money) view(r *frame.Request, f frame.Form, wrong error) (view, error) {
	c, err := m.Billing.Console(r.Context(), r.Scope())
	if err != nil {
		return view{}, err
	}
	p, err := m.Page(r, r.Lang().Pick("料金と売上", "Fees & revenue"))
	return view{Ops: p, Console: c, errors: ui.ErrorsOf(r.Lang(), wrong), typed: f}, err
}

func (m *Money) show(r *frame.Request) (frame.Response, error) {
	v, err := m.view(r, frame.Form{}, nil)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(moneyPage(v)), nil
}

// act does what a form asks for, and shows the page again where that cannot be.
func (m *Money) act(r *frame.Request, do func(f frame.Form) error) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	err = do(f)
	if err == nil {
		return frame.Redirect("/billing"), nil
	}
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	v, failed := m.view(r, f, err)
	if failed != nil {
		return frame.Response{}, failed
	}
	return again(err, moneyPage(v))
}

func again(err error, page templ.Component) (frame.Response, error) {
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	return frame.Page(page).Status(frame.StatusOf(err)), nil
}

var errShop = fault.Invalid("shop", fault.Text{Ja: "ショップを選んでください。", En: "Choose a shop."})

func (m *Money) suspend(r *frame.Request) (frame.Response, error) {
	return m.act(r, func(f frame.Form) error {
		shop := frame.FormID[id.Shop](f, "shop")
		if shop == 0 {
			return errShop
		}
		return m.Billing.Suspend(r.Context(), r.Scope(), shop, f.Get("reason"))
	})
}

func (m *Money) resume(r *frame.Request) (frame.Response, error) {
	return m.act(r, func(f frame.Form) error {
		shop := frame.FormID[id.Shop](f, "shop")
		if shop == 0 {
			return errShop
		}
		return m.Billing.Resume(r.Context(), r.Scope(), shop)
	})
}

func (m *Money) received(r *frame.Request) (frame.Response, error) {
	return m.act(r, func(f frame.Form) error {
		p := billing.Place{Shop: frame.FormID[id.Shop](f, "shop"), Document: int64(frame.FormID[id.Job](f, "document"))}
		if p.Shop == 0 || p.Document == 0 {
			return billing.ErrNone
		}
		return m.Billing.Received(r.Context(), r.Scope(), p)
	})
}

// csv is the report for a spreadsheet: one row a month and plan.
func (m *Money) csv(r *frame.Request) (frame.Response, error) {
	c, err := m.Billing.Console(r.Context(), r.Scope())
	if err != nil {
		return frame.Response{}, err
	}
	l := r.Lang()
	var b bytes.Buffer
	b.WriteString("\ufeff") // spreadsheets then know that it is UTF-8
	w := csv.NewWriter(&b)
	rows := [][]string{{l.Pick("月", "month"), l.Pick("プラン", "plan"), l.Pick("請求書", "invoices"), l.Pick("請求額（税込）", "invoiced"),
		l.Pick("うち消費税（返還後）", "tax after credit"), l.Pick("入金額", "paid"), l.Pick("延滞額", "overdue"), l.Pick("返還額", "credit")}}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	for _, x := range c.Report {
		rows = append(rows, []string{x.Month.String(), x.Plan, n(x.Invoices), n(x.Invoiced), n(x.Tax), n(x.Paid), n(x.Overdue), n(x.Credit)})
	}
	if err := w.WriteAll(rows); err != nil {
		return frame.Response{}, err
	}
	return frame.Download("noren-revenue.csv", "text/csv; charset=utf-8", b.Bytes()), nil
}

// issuerView is the form of who issues the invoices.
type issuerView struct {
	ui.Ops
	in      billing.Issuer
	version int64
	errors  ui.Errors
}

func (m *Money) issuerPage(r *frame.Request) (ui.Ops, error) {
	return m.Page(r, r.Lang().Pick("請求書の発行者", "Who issues the invoices"))
}

func (m *Money) showIssuer(r *frame.Request) (frame.Response, error) {
	i, err := m.Billing.Issuer(r.Context())
	if err != nil {
		return frame.Response{}, err
	}
	p, err := m.issuerPage(r)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(issuerPage(issuerView{Ops: p, in: i, version: i.Version})), nil
}

func (m *Money) saveIssuer(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	version, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil {
		return frame.Response{}, frame.Malformed()
	}
	in := billing.Issuer{Name: f.Get("name"), Address: f.Get("address"), Phone: f.Get("phone"), Number: f.Get("number"), Bank: f.Get("bank"), Version: version}
	if err := m.Billing.PutIssuer(r.Context(), r.Scope(), in); err != nil {
		p, perr := m.issuerPage(r)
		if perr != nil {
			return frame.Response{}, perr
		}
		return again(err, issuerPage(issuerView{Ops: p, in: in, version: version, errors: ui.ErrorsOf(r.Lang(), err)}))
	}
	return frame.Redirect("/billing"), nil
}

// plansView is the prices with the form for a new one.
type plansView struct {
	ui.Ops
	prices billing.Catalogue
	today  billing.Day
	errors ui.Errors
	typed  map[string]string
}

func (m *Money) plans(r *frame.Request, typed map[string]string, wrong error) (plansView, error) {
	c, err := m.Billing.Console(r.Context(), r.Scope())
	if err != nil {
		return plansView{}, err
	}
	p, err := m.Page(r, r.Lang().Pick("プランと料金", "Plans & prices"))
	return plansView{Ops: p, prices: c.Prices, today: c.Today, errors: ui.ErrorsOf(r.Lang(), wrong),
		typed: typed}, err
}

func (m *Money) showPlans(r *frame.Request) (frame.Response, error) {
	v, err := m.plans(r, map[string]string{"offered": "on"}, nil)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(plansPage(v)), nil
}

func (m *Money) savePlan(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	typed := map[string]string{}
	for _, n := range []string{"code", "name_ja", "name_en", "monthly", "per_order", "from", "offered"} {
		typed[n] = f.Get(n)
	}
	number := func(name string) int64 {
		n, err := strconv.ParseInt(typed[name], 10, 64)
		if err != nil {
			return -1 // which the plan's own check names
		}
		return n
	}
	day, _ := billing.ParseDay(typed["from"])
	p := billing.Plan{Code: typed["code"], From: day, Name: fault.Text{Ja: typed["name_ja"], En: typed["name_en"]}, Monthly: number("monthly"),
		PerOrder: number("per_order"), Offered: f.Has("offered")}
	err = m.Billing.PutPlan(r.Context(), r.Scope(), p)
	if err == nil {
		return frame.Redirect("/billing/plans"), nil
	}
	v, failed := m.plans(r, typed, err)
	if failed != nil {
		return frame.Response{}, failed
	}
	return again(err, plansPage(v))
}
