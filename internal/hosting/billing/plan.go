package billing

import (
	"slices"

	"github.com/noren-shop/noren/internal/base/fault"
)

// TrialDays is how long a new shop pays nothing, whatever its plan.
const TrialDays = 30

// Free is the plan of a shop that has chosen none.
const Free = "free"

// A Plan is what one plan costs from a day on, until its next row. Sums are in yen and include tax.
type Plan struct {
	Code     string
	From     Day
	Name     fault.Text
	Monthly  int64
	PerOrder int64 // for each order that was paid
	Offered  bool  // may be chosen; who has it keeps it
}

// The bounds of a plan.
const (
	maxPrice = 1_000_000
	maxName  = 40
)

// A Catalogue is every plan with every price it ever had.
type Catalogue []Plan

// Standard is the catalogue of a service whose operator has set no prices.
func Standard() Catalogue {
	return Catalogue{
		{Free, 0, fault.Text{Ja: "フリー", En: "Free"}, 0, 55, true},
		{"light", 0, fault.Text{Ja: "ライト", En: "Light"}, 1_100, 22, true},
		{"standard", 0, fault.Text{Ja: "スタンダード", En: "Standard"}, 4_950, 0, true},
	}
}

// At is a plan as it stands on a day. An unknown one costs nothing and is called by its code.
func (c Catalogue) At(code string, d Day) Plan {
	best := Plan{Code: code, Name: fault.Text{Ja: code, En: code}, From: -1}
	for _, p := range c {
		if p.Code == code && p.From <= d && p.From > best.From {
			best = p
		}
	}
	return best
}

// On lists the plans as they stand on a day, cheapest first.
func (c Catalogue) On(d Day) []Plan {
	var out []Plan
	for _, p := range c {
		if p.From <= d && !slices.ContainsFunc(out, func(q Plan) bool { return q.Code == p.Code }) {
			out = append(out, c.At(p.Code, d))
		}
	}
	slices.SortStableFunc(out, func(a, b Plan) int { return int(a.Monthly - b.Monthly) })
	return out
}

// Name is what a plan is called on a day.
func (c Catalogue) Name(code string, d Day) fault.Text { return c.At(code, d).Name }

// A Choice is a plan from a day on.
type Choice struct {
	Day  Day
	Plan string
}

// Chosen is the plan of a day.
func Chosen(choices []Choice, d Day) string {
	plan, from := Free, Day(-1<<62)
	for _, c := range choices {
		if c.Day <= d && c.Day >= from {
			plan, from = c.Plan, c.Day
		}
	}
	return plan
}

// Share is what one day of a month bears of a monthly price: i from 0, of n. The shares of a month add up to the price exactly.
func Share(price, i, n int64) int64 { return price*(i+1)/n - price*i/n }

// A Stretch is some days of a month on one plan at one price.
type Stretch struct {
	Plan        string
	From, Until Day // Until is not in it
	Monthly     int64
	Amount      int64
}

// A Term is whose days are counted: from the day the shop began, with nothing to pay before the trial's end.
type Term struct {
	Started Day
	Choices []Choice
}

// TrialEnd is the first day that costs something.
func (t Term) TrialEnd() Day { return t.Started + TrialDays }

// Stretches are what the plans cost in the days of a month before until. Each day bears its share of the price that holds on
// it, so the sum does not depend on how often a plan was changed, or on when it is computed.
func (c Catalogue) Stretches(m Month, until Day, t Term) []Stretch {
	first, n := m.First(), m.Days()
	var out []Stretch
	for d := max(first, t.TrialEnd()); d < min(until, m.Next().First()); d++ {
		p := c.At(Chosen(t.Choices, d), d)
		if last := len(out) - 1; last < 0 || out[last].Plan != p.Code || out[last].Monthly != p.Monthly || out[last].Until != d {
			out = append(out, Stretch{Plan: p.Code, From: d, Until: d, Monthly: p.Monthly})
		}
		s := &out[len(out)-1]
		s.Until, s.Amount = d+1, s.Amount+Share(p.Monthly, int64(d-first), n)
	}
	return slices.DeleteFunc(out, func(s Stretch) bool { return s.Amount == 0 })
}

// PerOrder is the fee for an order that is paid on a day.
func (c Catalogue) PerOrder(d Day, t Term) (plan string, fee int64) {
	p := c.At(Chosen(t.Choices, d), d)
	if d < t.TrialEnd() {
		return p.Code, 0
	}
	return p.Code, p.PerOrder
}

// Forecast is what a month's plans will cost if nothing changes any more.
func (c Catalogue) Forecast(m Month, t Term) int64 {
	sum := int64(0)
	for _, s := range c.Stretches(m, m.Next().First(), t) {
		sum += s.Amount
	}
	return sum
}

// Choose is the choices with another plan from a day on.
func Choose(choices []Choice, d Day, plan string) []Choice {
	out := slices.DeleteFunc(slices.Clone(choices), func(c Choice) bool { return c.Day == d })
	return append(out, Choice{d, plan})
}

// Check returns every rule that a plan breaks. New prices begin tomorrow at the earliest: what is past has been told.
func (p Plan) Check(today Day) error {
	var fs fault.Faults
	add := func(ok bool, field, ja, en string) {
		if !ok {
			fs = append(fs, fault.Invalid(field, fault.Text{Ja: ja, En: en}))
		}
	}
	add(codeForm.MatchString(p.Code), "code", "記号は半角の英小文字・数字・ハイフンで2〜20文字にしてください。",
		"The code takes 2 to 20 lower-case letters, digits and hyphens.")
	for field, n := range map[string]string{"name_ja": p.Name.Ja, "name_en": p.Name.En} {
		add(n != "" && len([]rune(n)) <= maxName, field, "名前を40文字以内で入力してください。", "Enter a name of up to 40 characters.")
	}
	add(p.Monthly >= 0 && p.Monthly <= maxPrice, "monthly", "月額は0円から100万円までです。", "The monthly price is from ¥0 to ¥1,000,000.")
	add(p.PerOrder >= 0 && p.PerOrder <= maxPrice, "per_order", "1件あたりの手数料は0円から100万円までです。",
		"The fee per order is from ¥0 to ¥1,000,000.")
	add(p.From > today, "from", "明日以降の日付を入力してください。過ぎた日の料金は変えられません。",
		"Enter a day from tomorrow on: the price of a past day cannot be changed.")
	return fs.Err()
}
