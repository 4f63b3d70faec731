package bill

import (
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/web/ui"
	"github.com/noren-shop/noren/internal/web/ui/chart"
)

func (v view) figures() []ui.Figure {
	out := []ui.Figure{
		{Name: v.T("いまのプラン", "Your plan"), Value: v.Say(v.Plan.Name), Beside: price(v.Page, v.Plan)},
		{Name: v.T("今月これまで（税込）", "This month so far, tax included"), Value: v.Lang.Yen(v.SoFar()),
			Beside: v.T("うち受注手数料 "+i18n.Number(v.Orders)+"件 "+v.Lang.Yen(v.Fees), v.Lang.Yen(v.Fees)+" of it for "+i18n.Number(v.Orders)+" orders")},
	}
	closes := v.Today.Month().Next().First()
	out = append(out, ui.Figure{Name: v.T("今月の見込み", "Expected this month"), Value: v.Lang.Yen(v.Fees + v.Forecast),
		Beside: v.T("月末までの利用料と、これまでの受注手数料", "the plan to the month's end, and the orders so far")})
	if v.TrialLeft > 0 {
		days := strconv.FormatInt(v.TrialLeft, 10)
		return append(out, ui.Figure{Name: v.T("無料のお試し期間", "Free trial"), Value: v.T("残り"+days+"日", days+" days left"),
			Beside: v.T(v.Lang.Date(v.Term.TrialEnd().MS())+"から料金がかかります", "Fees begin on "+v.Lang.Date(v.Term.TrialEnd().MS()))})
	}
	out = append(out, ui.Figure{Name: v.T("次の請求書", "Next invoice"), Value: v.Lang.Date(closes.MS())})
	return out
}

func price(p ui.Page, plan billing.Plan) string {
	var parts []string
	if plan.Monthly > 0 || plan.PerOrder == 0 {
		parts = append(parts, p.T("月額 "+p.Lang.Yen(plan.Monthly), p.Lang.Yen(plan.Monthly)+" a month"))
	}
	if plan.PerOrder > 0 {
		parts = append(parts, p.T("受注1件 "+p.Lang.Yen(plan.PerOrder), p.Lang.Yen(plan.PerOrder)+" an order"))
	}
	return strings.Join(parts, p.T("、", ", "))
}

func (v view) chart() chart.Chart {
	c := chart.Chart{Lang: v.Lang, Title: v.T("今月の料金の累計", "What this month has cost, day by day"), Unit: v.T("円", "¥")}
	first := v.Today.Month().First()
	for i, yen := range v.ByDay {
		c.Points = append(c.Points, chart.Point{Label: i18n.Time((first + billing.Day(i)).MS()).Format(v.T("1/2", "2 Jan")), Value: yen})
	}
	return c
}

func (v view) plans() []ui.Option {
	var out []ui.Option
	for _, p := range v.Plans {
		o := ui.Option{Value: p.Code, Text: v.Say(p.Name), Hint: hint(v.Page, p)}
		if p.Code == v.Plan.Code {
			o.Aside = v.T("いまのプラン", "Your plan")
		}
		out = append(out, o)
	}
	return out
}

func hint(p ui.Page, plan billing.Plan) string {
	fee := p.T("受注手数料はかかりません", "no fee per order")
	if plan.PerOrder > 0 {
		fee = p.T("入金された注文1件につき"+p.Lang.Yen(plan.PerOrder), p.Lang.Yen(plan.PerOrder)+" for each paid order")
	}
	return p.T("月額"+p.Lang.Yen(plan.Monthly)+"（税込）、", p.Lang.Yen(plan.Monthly)+" a month, tax included; ") + fee
}

func (v view) card() string {
	return strings.ToUpper(v.Account.Brand) + " •••• " + v.Account.Last4
}

// row is one invoice or credit note.
type row struct {
	billing.Document
	href, pay string
	tone      ui.Tone
	state     string
	note      string
}

func (v view) rows() (out []row) {
	for _, d := range v.Documents {
		r := row{Document: d, href: v.base + "/documents/" + id.String(id.Job(d.ID))}
		switch {
		case d.Kind == billing.CreditNote:
			r.tone, r.state = ui.Info, v.T("返還", "Credit")
		case d.State == billing.Paid:
			r.tone, r.state = ui.Good, v.T("支払い済み", "Paid")
		case d.Step > 0 || d.Due < v.Today.MS():
			r.tone, r.state = ui.Bad, v.T("お支払いが遅れています", "Overdue")
		default:
			r.tone, r.state = ui.Warn, v.T("未払い", "To be paid")
			if d.Body.Method == billing.Transfer {
				r.note = v.T("期限 "+v.Lang.Date(d.Due), "by "+v.Lang.Date(d.Due))
			}
		}
		if d.Kind == billing.Invoice && d.State == billing.Open {
			if d.Applied > 0 {
				r.note = v.T("返還の差し引き後 "+v.Lang.Yen(d.ToPay()), v.Lang.Yen(d.ToPay())+" after credit")
			}
			if v.Account.HasCard() && v.Cards.Renew {
				r.pay = r.href + "/pay"
			}
		}
		out = append(out, r)
	}
	return out
}

// differs says what a change means for this month.
func (c change) differs() string {
	switch d := c.Difference(); {
	case c.ThenSum == 0 && c.TrialLeft > 0:
		return c.T("お試し期間中は、今月の料金は変わりません。", "During your free trial this month costs the same.")
	case d > 0:
		return c.T("今月の利用料は"+c.Lang.Yen(d)+"増えます（日割り）。", "This month's fee rises by "+c.Lang.Yen(d)+" (by the day).")
	case d < 0:
		return c.T("今月の利用料は"+c.Lang.Yen(-d)+"減ります（日割り）。", "This month's fee falls by "+c.Lang.Yen(-d)+" (by the day).")
	}
	return c.T("今月の利用料は変わりません。", "This month's fee stays the same.")
}
