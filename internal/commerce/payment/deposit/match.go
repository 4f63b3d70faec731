package deposit

import (
	"slices"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/kana"
)

// A Verdict says how a deposit fits the orders that wait to be paid.
type Verdict string

// The verdicts.
const (
	Sure    Verdict = "sure"    // sum and name, or sum and order number, of one order
	Likely  Verdict = "likely"  // the sum fits; the name only in part, or of several orders
	Several Verdict = "several" // the sum of several orders of that name
	Over    Verdict = "over"    // more than the order of that name or number
	Under   Verdict = "under"   // less: often the bank's fee was taken off
	None    Verdict = "none"
)

// Label names the verdict.
func (v Verdict) Label() fault.Text {
	switch v {
	case Sure:
		return fault.Text{Ja: "一致", En: "Match"}
	case Likely:
		return fault.Text{Ja: "おそらく一致", En: "Likely"}
	case Several:
		return fault.Text{Ja: "複数の注文の合計", En: "Several orders"}
	case Over:
		return fault.Text{Ja: "多く入金", En: "Too much"}
	case Under:
		return fault.Text{Ja: "不足", En: "Too little"}
	}
	return fault.Text{Ja: "該当なし", En: "No match"}
}

// A Waiting is an order that waits for a transfer. Reading may be empty where it was not opened.
type Waiting struct {
	Order   id.Order
	Number  string
	Total   int64
	Reading string // the purchaser's furigana
	Name    string
}

// A Money is a deposit to be matched.
type Money struct {
	Amount int64
	Payer  string
}

// A Found is what a deposit was found to be for.
type Found struct {
	Verdict Verdict
	Orders  []id.Order
}

// most is how many orders of one payer are summed up.
const most = 8

// Numbered says which of the orders the payer named by its number, as most of twelve digits, or the last six.
func numbered(payer string, w Waiting) (whole, tail bool) {
	digits := strings.NewReplacer("-", "", " ", "").Replace(kana.Tidy(payer))
	number := strings.ReplaceAll(w.Number, "-", "")
	if len(number) != 12 {
		return false, false
	}
	return strings.Contains(digits, number), strings.Contains(digits, number[6:])
}

// Key is a name as banks write it: large kana without marks of length, signs or spaces, and without a company's form.
func Key(name string) string {
	s := strings.ToUpper(kana.Katakana(kana.Tidy(name)))
	for _, form := range []string{"カブシキガイシャ", "カブシキカイシャ", "ユウゲンガイシャ", "ゴウドウガイシャ", "(カ)", "カ)", "(カ", "ユ)", "(ユ", "ド)", "(ド"} {
		s = strings.ReplaceAll(s, form, "")
	}
	const small, large = "ァィゥェォッャュョヮヵヶヰヱヲヂヅ", "アイウエオツヤユヨワカケイエオジズ"
	smalls, larges := []rune(small), []rune(large)
	return strings.Map(func(r rune) rune {
		if i := slices.Index(smalls, r); i >= 0 {
			return larges[i]
		}
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'ア' && r <= 'ン' || r == 'ヴ' || r >= '一' && r <= '龥' || r == '々' {
			return r
		}
		return -1
	}, s)
}

// names says how a payer's name fits an order's: whole, or in part.
func names(payer string, w Waiting) (whole, part bool) {
	p := strings.Trim(Key(payer), "0123456789")
	for _, n := range []string{Key(w.Reading), Key(w.Name)} {
		if n == "" || p == "" {
			continue
		}
		whole = whole || p == n
		short, long := p, n
		if len(short) > len(long) {
			short, long = long, short
		}
		part = part || len([]rune(short)) >= 3 && strings.Contains(long, short)
	}
	return whole, part
}

// A matching is a run over all deposits, in which an order is found for one of them only.
type matching struct {
	money   []Money
	waiting []Waiting // oldest first
	taken   map[id.Order]bool
	found   []Found
}

// Match finds what each deposit is for. Orders come oldest first. An order is proposed for one deposit at most.
func Match(money []Money, waiting []Waiting) []Found {
	m := &matching{money: money, waiting: waiting, taken: map[id.Order]bool{}, found: make([]Found, len(money))}
	whole := func(d Money, w Waiting) bool { ok, _ := numbered(d.Payer, w); return ok }
	tail := func(d Money, w Waiting) bool { _, ok := numbered(d.Payer, w); return ok }
	name := func(d Money, w Waiting) bool { ok, _ := names(d.Payer, w); return ok }
	part := func(d Money, w Waiting) bool { _, ok := names(d.Payer, w); return ok }
	sum := func(Money, Waiting) bool { return true }
	m.exact(whole, Sure, Sure)
	m.exact(func(d Money, w Waiting) bool { return tail(d, w) && name(d, w) }, Sure, Likely)
	m.exact(name, Sure, Likely)
	m.exact(tail, Likely, None)
	m.exact(part, Likely, Likely)
	m.several(name)
	m.differ(whole)
	m.differ(name)
	m.exact(sum, Likely, None)
	for i := range m.found {
		if m.found[i].Verdict == "" {
			m.found[i].Verdict = None
		}
	}
	return m.found
}

type fits func(Money, Waiting) bool

// exact looks for orders of the deposit's sum. One is the first verdict; of more, the oldest is the second.
func (m *matching) exact(fit fits, one, more Verdict) {
	for i, d := range m.money {
		if m.found[i].Verdict != "" {
			continue
		}
		var list []id.Order
		for _, w := range m.waiting {
			if !m.taken[w.Order] && w.Total == d.Amount && fit(d, w) {
				list = append(list, w.Order)
			}
		}
		switch {
		case len(list) == 1:
			m.take(i, one, list[0])
		case len(list) > 1 && more != None:
			m.take(i, more, list[0])
		}
	}
}

func (m *matching) take(i int, v Verdict, orders ...id.Order) {
	m.found[i] = Found{v, orders}
	for _, o := range orders {
		m.taken[o] = true
	}
}

// several looks for orders of one name whose sum the deposit is: all of them, or the fewest.
func (m *matching) several(fit fits) {
	for i, d := range m.money {
		if m.found[i].Verdict != "" {
			continue
		}
		var mine []Waiting
		for _, w := range m.waiting {
			if !m.taken[w.Order] && fit(d, w) && len(mine) < most {
				mine = append(mine, w)
			}
		}
		if set := subset(mine, d.Amount); len(set) > 1 {
			m.take(i, Several, set...)
		}
	}
}

// subset is the smallest set of orders with that sum; there are at most 2^most.
func subset(of []Waiting, sum int64) (best []id.Order) {
	for bits := 1; bits < 1<<len(of); bits++ {
		var set []id.Order
		rest := sum
		for i, w := range of {
			if bits&(1<<i) != 0 {
				set, rest = append(set, w.Order), rest-w.Total
			}
		}
		if rest == 0 && (best == nil || len(set) < len(best)) {
			best = set
		}
	}
	return best
}

// differ looks for the one order of a name or number whose sum is another than the deposit's.
func (m *matching) differ(fit fits) {
	for i, d := range m.money {
		if m.found[i].Verdict != "" {
			continue
		}
		var list []Waiting
		for _, w := range m.waiting {
			if !m.taken[w.Order] && fit(d, w) {
				list = append(list, w)
			}
		}
		if len(list) != 1 || list[0].Total == d.Amount {
			continue
		}
		v := Under
		if d.Amount > list[0].Total {
			v = Over
		}
		m.take(i, v, list[0].Order)
	}
}
