package account

import (
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/web/account/paying"
	"github.com/noren-shop/noren/internal/web/ui"
)

// A sheet is the checkout's form page.
type sheet struct {
	ui.Quiet
	f       checkout.Form
	errors  ui.Errors    // at their fields
	summary ui.Errors    // the same, with the fields' names
	lines   fault.Faults // about the cart: sold out, off sale
	quote   checkout.Quote
	base    string // /s/123
	cart    string // the storefront's
	pieces  []piece
	known   bool // a member is logged in
}

// A piece is a line of the cart with its picture's address, which may be empty.
type piece struct {
	row statement.Row
	src string
}

// A review is the final confirmation's page.
type review struct {
	ui.Quiet
	c      checkout.Confirmation
	shown  string // the kept part, as HTML
	digest string // of shown
	f      checkout.Form
	base   string
	what   []fault.Text // has changed
}

// complete says whether the six items are all there: without them there is no button.
func complete(c checkout.Confirmation) bool {
	for _, it := range c.Six {
		if strings.TrimSpace(strings.Join(it.Lines, "")) == "" {
			return false
		}
	}
	return len(c.Six) == 6
}

// item is one of the six.
func item(c checkout.Confirmation, key string) checkout.Item6 {
	for _, it := range c.Six {
		if it.Key == key {
			return it
		}
	}
	return checkout.Item6{}
}

func (p sheet) prefectures() []ui.Option {
	out := []ui.Option{{Text: p.T("選択してください", "Please choose")}}
	for n := postal.Hokkaido; n <= postal.Okinawa; n++ {
		out = append(out, ui.Option{Value: strconv.Itoa(int(n)), Text: n.Name(p.Lang)})
	}
	return out
}

func (p sheet) methods() []ui.Option {
	var out []ui.Option
	for _, m := range p.quote.Methods {
		out = append(out, ui.Option{Value: id.String(m.Method.ID), Text: p.Say(m.Method.Name), Hint: m.Method.Carrier.Label(p.Lang),
			Aside: fee(p.Lang, m.Fee, p.T("送料無料", "Free"))})
	}
	return out
}

func (p sheet) payments() []ui.Option {
	var out []ui.Option
	for _, c := range p.quote.Payments {
		if c.Why != nil {
			continue
		}
		o := ui.Option{Value: string(c.Setting.Method), Text: c.Setting.Method.Label(p.Lang),
			Aside: fee(p.Lang, c.Fee, p.T("手数料なし", "No fee"))}
		o.Hint = paying.Hint(p.Page, c.Setting)
		out = append(out, o)
	}
	return out
}

// barred are the ways to pay that this order is too large for, with the reason.
func (p sheet) barred() (out []fault.Text) {
	for _, c := range p.quote.Payments {
		if c.Why != nil && p.errors.At("payment") == "" {
			out = append(out, fault.Text{Ja: c.Setting.Method.Label(i18n.Ja) + "：" + c.Why.Text.Ja,
				En: c.Setting.Method.Label(i18n.En) + ": " + c.Why.Text.En})
		}
	}
	return out
}

func fee(l i18n.Lang, yen int64, none string) string {
	if yen == 0 {
		return none
	}
	return l.Yen(yen)
}

// choice is the chosen way to send.
func (p sheet) choice() checkout.MethodChoice {
	for _, m := range p.quote.Methods {
		if m.Method.ID == p.quote.Method.ID {
			return m
		}
	}
	return checkout.MethodChoice{}
}

// days are those that may be wished.
func (p sheet) days() []ui.Option {
	w := p.choice().Window
	first, err := time.Parse(time.DateOnly, w.First)
	if err != nil {
		return nil
	}
	out := []ui.Option{{Text: p.T("指定しない（最短でお届け）", "As early as possible")}}
	for d := first; d.Format(time.DateOnly) <= w.Last; d = d.AddDate(0, 0, 1) {
		out = append(out, ui.Option{Value: d.Format(time.DateOnly), Text: day(p.Lang, d)})
	}
	return out
}

func day(l i18n.Lang, d time.Time) string {
	if l == i18n.En {
		return d.Format("Mon, 2 January")
	}
	return d.Format("1月2日") + "（" + []string{"日", "月", "火", "水", "木", "金", "土"}[d.Weekday()] + "）"
}

func (p sheet) slots() []ui.Option {
	slots := p.choice().Slots
	if len(slots) == 0 {
		return nil
	}
	out := []ui.Option{{Text: p.T("指定しない", "Any time")}}
	for _, s := range slots {
		out = append(out, ui.Option{Value: s.Code, Text: p.Say(s.Name)})
	}
	return out
}

// pieces is how many pieces an order has.
func pieces(l i18n.Lang, st statement.Statement) string {
	n := i18n.Number(st.Quantity())
	if st.Quantity() == 1 {
		return l.Pick(n+"点", n+" item")
	}
	return l.Pick(n+"点", n+" items")
}

// taxes are a statement's sums per rate, as the invoice has them.
func taxes(l i18n.Lang, st statement.Statement) []string {
	var out []string
	for _, r := range st.PerRate {
		out = append(out, l.Pick(r.Label(l)+" "+l.Yen(r.Total)+"（内消費税 "+l.Yen(r.Tax)+"）",
			r.Label(l)+": "+l.Yen(r.Total)+" (incl. tax "+l.Yen(r.Tax)+")"))
	}
	if st.HasReduced() {
		out = append(out, statement.ReducedNote(l))
	}
	return out
}

// address is a person's, in the order in which it is written in Japan.
func address(l i18n.Lang, p order.Person, prefecture postal.Prefecture) []string {
	out := []string{"〒" + postal.Hyphenate(p.Postcode)}
	if len(p.Address) == 0 {
		return append(out, prefecture.Name(l))
	}
	sep := l.Pick("", " ")
	lines := append([]string{}, p.Address...)
	lines[0] = prefecture.Name(l) + sep + lines[0]
	if len(lines) > 1 {
		lines[0] += sep + lines[1]
		lines = append(lines[:1], lines[2:]...)
	}
	return append(out, lines...)
}

// named is a person's name with its reading.
func named(l i18n.Lang, p order.Person) string {
	return l.Pick(p.Name+" 様（"+p.Furigana+"）", p.Name+" ("+p.Furigana+")")
}

// paragraphs are a text's lines.
func paragraphs(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// later says of the shipping what is not known yet.
func (p sheet) later() string {
	if len(p.quote.Methods) > 0 {
		return ""
	}
	return p.T("都道府県を選ぶと表示", "Choose a prefecture")
}

// apart says that a total is without shipping.
func (p sheet) apart() string {
	if p.later() == "" {
		return ""
	}
	return p.T("・送料別", ", shipping extra")
}
