package money

import (
	"cmp"
	"slices"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/web/ui"
	"github.com/noren-shop/noren/internal/web/ui/chart"

	"github.com/a-h/templ"
)

// figures sum up the latest month and what is open.
func (v view) figures() []ui.Figure {
	var last billing.Month
	for _, r := range v.Report {
		last = max(last, r.Month)
	}
	var invoiced, paid, overdue, credit int64
	for _, r := range v.Report {
		overdue += r.Overdue
		if r.Month == last {
			invoiced, paid, credit = invoiced+r.Invoiced, paid+r.Paid, credit+r.Credit
		}
	}
	beside := ""
	if last != 0 {
		beside = last.Label(v.Lang)
	}
	return []ui.Figure{{Name: v.T("請求額", "Invoiced"), Value: v.Lang.Yen(invoiced), Beside: beside},
		{Name: v.T("入金額", "Paid"), Value: v.Lang.Yen(paid), Beside: beside},
		{Name: v.T("延滞額（全期間）", "Overdue, all months"), Value: v.Lang.Yen(overdue)},
		{Name: v.T("返還額", "Credit"), Value: v.Lang.Yen(credit), Beside: beside}}
}

func (v view) chart() chart.Chart {
	c := chart.Chart{Lang: v.Lang, Title: v.T("月ごとの請求額", "Invoiced by month"), Unit: v.T("円", "¥")}
	sums := map[billing.Month]int64{}
	for _, r := range v.Report {
		sums[r.Month] += r.Invoiced - r.Credit
	}
	first, last := billing.Month(0), billing.Month(0)
	for m := range sums {
		if first == 0 || m < first {
			first = m
		}
		last = max(last, m)
	}
	for m := first; m != 0 && m <= last; m = m.Next() {
		c.Points = append(c.Points, chart.Point{Label: i18n.Time(m.First().MS()).Format(v.T("06/1", "Jan 06")), Value: sums[m]})
	}
	return c
}

func (v view) report() ui.Table {
	t := ui.Table{Caption: v.T("売上", "Revenue"), Columns: []ui.Column{{Head: v.T("月", "Month"), Kind: ui.AsLead}, {Head: v.T("プラン", "Plan")},
		{Head: v.T("請求書", "Invoices"), Kind: ui.AsNumber}, {Head: v.T("請求額", "Invoiced"), Kind: ui.AsNumber}, {Head: v.T("うち消費税", "Tax in it"), Kind: ui.AsNumber},
		{Head: v.T("入金", "Paid"), Kind: ui.AsNumber}, {Head: v.T("延滞", "Overdue"), Kind: ui.AsNumber}, {Head: v.T("返還", "Credit"), Kind: ui.AsNumber}}}
	for _, r := range v.Report {
		name := v.Prices.Name(r.Plan, r.Month.Next().First()-1)
		t.Rows = append(t.Rows, []templ.Component{ui.Words(r.Month.Label(v.Lang)), ui.Words(v.Say(name)), ui.Words(i18n.Number(r.Invoices)),
			ui.Money(v.Page, r.Invoiced), ui.Money(v.Page, r.Tax), ui.Money(v.Page, r.Paid), ui.Money(v.Page, r.Overdue), ui.Money(v.Page, r.Credit)})
	}
	return t
}

func (v view) name(s id.Shop) string {
	if n := v.Names[s]; n != "" {
		return n
	}
	return id.String(s)
}

func (v view) late(d billing.Debtor) bool { return d.Step > 0 || d.Due < v.Today.MS() }

// shops are all, for the form of suspension.
func (v view) shops() []ui.Option {
	out := []ui.Option{{Value: "", Text: v.T("選んでください", "Choose")}}
	for s, n := range v.Names {
		out = append(out, ui.Option{Value: id.String(s), Text: n})
	}
	slices.SortFunc(out[1:], func(a, b ui.Option) int { return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value)) })
	return out
}

func (v view) why(s billing.Suspension) string {
	if s.By == billing.ByHand {
		return s.Reason
	}
	return v.T("お支払いがありません", "Unpaid")
}

func (v plansView) table() ui.Table {
	t := ui.Table{Caption: v.T("プラン", "Plans"), Columns: []ui.Column{{Head: v.T("プラン", "Plan"), Kind: ui.AsLead}, {Head: v.T("この日から", "From")},
		{Head: v.T("月額（税込）", "A month"), Kind: ui.AsNumber}, {Head: v.T("受注1件（税込）", "An order"), Kind: ui.AsNumber}, {Head: v.T("状態", "State")}}}
	for _, p := range v.prices {
		from := v.T("はじめから", "the beginning")
		if p.From > 0 {
			from = v.Lang.Date(p.From.MS())
		}
		state := ui.BadgeOf(ui.Plain, v.T("過去の料金", "Past"))
		switch {
		case p.From > v.today:
			state = ui.BadgeOf(ui.Info, v.T("予定", "To come"))
		case v.prices.At(p.Code, v.today) == p && p.Offered:
			state = ui.BadgeOf(ui.Good, v.T("募集中", "Offered"))
		case v.prices.At(p.Code, v.today) == p:
			state = ui.BadgeOf(ui.Warn, v.T("新しい申し込みは不可", "Not offered any more"))
		}
		t.Rows = append(t.Rows, []templ.Component{ui.Words(v.Say(p.Name) + " (" + p.Code + ")"), ui.Words(from), ui.Money(v.Page, p.Monthly),
			ui.Money(v.Page, p.PerOrder), state})
	}
	return t
}
