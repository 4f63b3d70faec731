package billing

import (
	"cmp"
	"slices"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/base/tax"
)

// A Line is one line of an invoice, in both languages.
type Line struct {
	Name     fault.Text
	Quantity int64
	Price    int64
}

// linesOf gathers entries into lines: each stretch of a plan, then the orders' fees by plan and price.
func linesOf(c Catalogue, entries []Entry) []Line {
	type group struct {
		plan string
		fee  int64
	}
	var plans []Line
	counts := map[group]int64{}
	var groups []group
	for _, e := range entries {
		if e.Subject == 0 {
			plans = append(plans, Line{stretchName(c.Name(e.Plan, e.From), e.From, e.Until-1), 1, e.Amount})
			continue
		}
		g := group{e.Plan, e.Amount}
		if _, ok := counts[g]; !ok {
			groups = append(groups, g)
		}
		if e.Debit == Unbilled {
			counts[g]++
		} else {
			counts[g]--
		}
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Or(cmp.Compare(a.plan, b.plan), cmp.Compare(a.fee, b.fee)) })
	for _, g := range groups {
		for left := counts[g]; left > 0; left -= statement.MaxQuantity {
			n := c.Name(g.plan, lastDay(entries))
			plans = append(plans, Line{fault.Text{Ja: "受注手数料（" + n.Ja + "プラン）", En: "Fees per order (" + n.En + " plan)"},
				min(left, statement.MaxQuantity), g.fee})
		}
	}
	return plans
}

func lastDay(entries []Entry) (d Day) {
	for _, e := range entries {
		d = max(d, e.From)
	}
	return d
}

func stretchName(n fault.Text, from, last Day) fault.Text {
	ja := func(d Day) string { return i18n.Time(d.MS()).Format("1月2日") }
	en := func(d Day) string { return i18n.Time(d.MS()).Format("2 Jan") }
	return fault.Text{Ja: n.Ja + "プラン 利用料（" + ja(from) + "〜" + ja(last) + "）", En: n.En + " plan, " + en(from) + " – " + en(last)}
}

// fill computes the statement, once.
func (b *Body) fill(lines []Line, rates tax.Rates) error {
	in := statement.In{Rates: rates, Rounding: tax.Down}
	for _, l := range lines {
		in.Lines = append(in.Lines, statement.Line{Name: l.Name.Ja, Quantity: l.Quantity, UnitPrice: l.Price, Class: tax.Standard})
		b.English = append(b.English, l.Name.En)
	}
	var err error
	b.Statement, err = statement.Compute(in)
	return err
}

// LineName is what a line is called.
func (b Body) LineName(i int, l i18n.Lang) string {
	if l == i18n.En && i < len(b.English) {
		return b.English[i]
	}
	return b.Statement.Lines[i].Name
}
