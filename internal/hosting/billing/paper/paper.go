// Package paper prints invoices and credit notes as the law asks for them: 適格請求書 and 適格返還請求書, in Japanese, with English beside.
//
// It guarantees that a paper shows what was stored when it was issued, and the same bytes each time: who issues it, with the
// registration number; the day and the period; what was delivered; the total and the tax per rate, rounded once; for whom. It
// refuses to call an invoice qualified whose issuer had no registration number.
package paper

import (
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/pdf"
	"github.com/noren-shop/noren/internal/hosting/billing"
)

// Title is what a document is called.
func Title(d billing.Document, l i18n.Lang) string {
	switch {
	case d.Kind == billing.CreditNote && d.Body.Issuer.Qualified():
		return l.Pick("適格返還請求書", "Qualified credit note (適格返還請求書)")
	case d.Kind == billing.CreditNote:
		return l.Pick("返還明細書", "Credit note")
	case d.Body.Issuer.Qualified():
		return l.Pick("適格請求書", "Qualified invoice (適格請求書)")
	}
	return l.Pick("請求書", "Invoice")
}

// Render prints a document for its recipient, in the reader's language.
func Render(p *pdf.Press, d billing.Document, to billing.Recipient, l i18n.Lang) ([]byte, error) {
	return p.Render(document(d, to, l))
}

func document(d billing.Document, to billing.Recipient, l i18n.Lang) pdf.Document {
	b := d.Body
	out := pdf.Document{Title: Title(d, l) + " " + d.Code, Author: b.Issuer.Name, Made: time.UnixMilli(d.Made).In(i18n.Zone()),
		Footer: b.Issuer.Name + "  " + d.Code}
	out.Blocks = append(out.Blocks, pdf.Heading{Text: Title(d, l)}, pdf.Gap(6), head(d, to, l), figures(d, l), lines(b, l), rates(b, l))
	if d.Kind == billing.CreditNote {
		return credit(out, d, l)
	}
	if b.Method == billing.Card {
		out.Blocks = append(out.Blocks, pdf.Note{Text: l.Pick("登録されたカードでお支払いいただきます。", "The registered card is charged.")})
	}
	if b.Issuer.Bank != "" && b.Method == billing.Transfer {
		out.Blocks = append(out.Blocks, pdf.Heading{Text: l.Pick("お振込先", "Account for transfers"), Small: pdf.Part}, pdf.Note{Text: b.Issuer.Bank},
			pdf.Note{Text: l.Pick("恐れ入りますが、振込手数料はご負担ください。お振込の際は請求書番号をお書き添えください。",
				"Please bear the bank's fee, and give the invoice's number with your transfer."), Size: pdf.Small})
	}
	if !b.Issuer.Qualified() {
		out.Blocks = append(out.Blocks, pdf.Note{Text: l.Pick("この請求書は適格請求書ではありません。", "This is not a qualified invoice (適格請求書)."), Size: pdf.Small})
	}
	return out
}

func credit(out pdf.Document, d billing.Document, l i18n.Lang) pdf.Document {
	if len(d.Body.Corrects) > 0 {
		out.Blocks = append(out.Blocks, pdf.Note{Text: l.Pick("返還のもとになる請求書: ", "Corrects: ") + strings.Join(d.Body.Corrects, l.Pick("、", ", "))})
	}
	out.Blocks = append(out.Blocks, pdf.Note{Text: l.Pick("キャンセルされたご注文の受注手数料をお返しします。金額は、お支払い前の請求額から差し引きます。",
		"The fees of cancelled orders are given back; the sum is set off against what is to be paid.")})
	return out
}

func head(d billing.Document, to billing.Recipient, l i18n.Lang) pdf.Columns {
	i := d.Body.Issuer
	c := pdf.Columns{Left: []pdf.Line{{Text: to.Name + l.Pick(honorific(to.Name), ""), Size: pdf.Large}}}
	if to.Postcode != "" {
		c.Left = append(c.Left, pdf.Line{Text: "〒" + hyphen(to.Postcode)})
	}
	if to.Address != "" {
		c.Left = append(c.Left, pdf.Line{Text: to.Address})
	}
	c.Right = []pdf.Line{{Text: i.Name, Size: pdf.Large}}
	for _, s := range []string{i.Address, i.Phone} {
		if s != "" {
			c.Right = append(c.Right, pdf.Line{Text: s})
		}
	}
	if i.Number != "" {
		c.Right = append(c.Right, pdf.Line{Text: l.Pick("登録番号: ", "Registration number: ") + i.Number})
	}
	return c
}

// honorific is 御中 for what is plainly a firm, and 様 for anyone else.
func honorific(name string) string {
	for _, firm := range []string{"会社", "法人", "組合", "商店", "商会", "協会", "店"} {
		if strings.Contains(name, firm) {
			return " 御中"
		}
	}
	return " 様"
}

func hyphen(code string) string {
	if len(code) == 7 {
		return code[:3] + "-" + code[3:]
	}
	return code
}

func figures(d billing.Document, l i18n.Lang) pdf.Pairs {
	b := d.Body
	if d.Kind == billing.CreditNote {
		return pdf.Pairs{List: []pdf.Pair{{Name: l.Pick("ご返還金額（税込）", "Amount returned, tax included"), Value: l.Yen(d.Total)},
			{Name: l.Pick("番号", "Number"), Value: d.Code}, {Name: l.Pick("発行日", "Issued"), Value: l.Date(d.Made)},
			{Name: l.Pick("返還の対象", "For"), Value: d.Month.Label(l)}}}
	}
	return pdf.Pairs{List: []pdf.Pair{{Name: l.Pick("ご請求金額（税込）", "Amount, tax included"), Value: l.Yen(d.Total)},
		{Name: l.Pick("請求書番号", "Number"), Value: d.Code}, {Name: l.Pick("発行日", "Issued"), Value: l.Date(d.Made)},
		{Name: l.Pick("取引期間", "Period"), Value: l.Date(b.From.MS()) + l.Pick("〜", " – ") + l.Date(b.Until.MS())},
		{Name: l.Pick("お支払い期限", "To be paid by"), Value: l.Date(b.Due)}}}
}

func lines(b billing.Body, l i18n.Lang) pdf.Table {
	t := pdf.Table{Columns: []pdf.Column{{Head: l.Pick("品目", "Description"), Share: 6}, {Head: l.Pick("税率", "Rate"), Share: 1, Align: pdf.Right},
		{Head: l.Pick("数量", "Quantity"), Share: 1.2, Align: pdf.Right}, {Head: l.Pick("単価（税込）", "Price"), Share: 1.6, Align: pdf.Right},
		{Head: l.Pick("金額（税込）", "Amount"), Share: 1.8, Align: pdf.Right}}}
	for i, row := range b.Statement.Lines {
		t.Rows = append(t.Rows, []string{b.LineName(i, l) + row.Mark(), i18n.Number(int64(row.Rate)) + "%", i18n.Number(row.Quantity),
			l.Yen(row.UnitPrice), l.Yen(row.Amount)})
	}
	t.Foot = [][]string{{l.Pick("合計（税込）", "Total, tax included"), "", "", "", l.Yen(b.Statement.Total)}}
	return t
}

func rates(b billing.Body, l i18n.Lang) pdf.Table {
	t := pdf.Table{Columns: []pdf.Column{{Head: l.Pick("税率ごとの内訳", "By rate"), Share: 4},
		{Head: l.Pick("対象の合計（税込）", "Total, tax included"), Share: 3, Align: pdf.Right},
		{Head: l.Pick("うち消費税", "Consumption tax in it"), Share: 3, Align: pdf.Right}}}
	for _, r := range b.Statement.PerRate {
		t.Rows = append(t.Rows, []string{r.Label(l), l.Yen(r.Total), l.Yen(r.Tax)})
	}
	return t
}
