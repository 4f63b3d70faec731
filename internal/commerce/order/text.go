package order

import (
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/statement"
)

// StatementLines writes a statement as lines of text, for the confirmation and the letters: both show the one statement.
func StatementLines(l i18n.Lang, st statement.Statement) []string {
	var out []string
	for _, r := range st.Lines {
		out = append(out, r.Name+r.Mark()+" "+l.Yen(r.UnitPrice)+" × "+i18n.Number(r.Quantity)+" = "+l.Yen(r.Amount))
	}
	for _, c := range st.Charges {
		out = append(out, c.Kind.Label(l)+" "+l.Yen(c.Amount))
	}
	for _, d := range st.Discounts {
		out = append(out, d.Label(l)+" "+l.Yen(-d.Amount))
	}
	out = append(out, l.Pick("お支払い合計(税込) ", "Total to pay, tax included: ")+l.Yen(st.ToPay))
	for _, r := range st.PerRate {
		out = append(out, l.Pick("("+r.Label(l)+" "+l.Yen(r.Total)+" 内消費税 "+l.Yen(r.Tax)+")",
			"("+r.Label(l)+" "+l.Yen(r.Total)+", tax "+l.Yen(r.Tax)+")"))
	}
	if st.HasReduced() {
		out = append(out, statement.ReducedNote(l))
	}
	return out
}
