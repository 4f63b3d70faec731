package billing

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRegistrationNumbersCarryTheirCheckDigit(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"T7000012050002": "T7000012050002", " t7000-0120-50002 ": "T7000012050002",
		"Ｔ７００００１２０５０００２": "T7000012050002", "": ""} {
		if got, err := ParseNumber(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, bad := range []string{"7000012050002", "T7000012050003", "T700001205000", "T70000120500020", "T0000012050002", "T7000012050020", "TT700001205000"} {
		if got, err := ParseNumber(bad); err == nil {
			t.Errorf("%q passed as %q", bad, got)
		}
	}
}

func TestDaysAndMonthsFollowTheCalendar(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int64]string{0: "1970-01-01", 15*3600_000 - 1: "1970-01-01", 15 * 3600_000: "1970-01-02", -1: "1970-01-01",
		-9*3600_000 - 1: "1969-12-31"} {
		if got := DayOf(ms).String(); got != want {
			t.Errorf("%d: %s, want %s", ms, got, want)
		}
	}
	for m, days := range map[Month]int64{202602: 28, 202802: 29, 202612: 31, 202611: 30} {
		if m.Days() != days || m.Next().Before() != m || m.First().Month() != m {
			t.Errorf("%s: %d days", m, m.Days())
		}
	}
	if d, ok := ParseDay("2026-11-22"); !ok || d.String() != "2026-11-22" || d != DayOn(2026, time.November, 22) {
		t.Error(d, ok)
	}
}

func TestAMonthsSharesAreItsPrice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		price, n := rapid.Int64Range(0, maxPrice).Draw(t, "price"), rapid.Int64Range(28, 31).Draw(t, "days")
		sum, low, high := int64(0), price, int64(0)
		for i := range n {
			s := Share(price, i, n)
			sum, low, high = sum+s, min(low, s), max(high, s)
		}
		if sum != price || high-low > 1 {
			t.Fatalf("%d over %d days is %d (%d to %d a day)", price, n, sum, low, high)
		}
	})
}

// TestNoYenIsLostOverAnyChanges draws plans with changing prices and any sequence of changes: the month's sum is what each day
// bears by itself, whatever happened around it, and cutting the month in two cuts the sum in two.
func TestNoYenIsLostOverAnyChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := Month(rapid.IntRange(2026, 2029).Draw(t, "year")*100 + rapid.IntRange(1, 12).Draw(t, "month"))
		first, n := m.First(), m.Days()
		var prices Catalogue
		for _, code := range []string{"a", "b", Free} {
			prices = append(prices, Plan{Code: code, Monthly: rapid.Int64Range(0, 50_000).Draw(t, "price")},
				Plan{Code: code, From: first + Day(rapid.Int64Range(-5, n+5).Draw(t, "from")), Monthly: rapid.Int64Range(0, 50_000).Draw(t, "new")})
		}
		term := Term{Started: first - Day(rapid.Int64Range(0, 60).Draw(t, "age"))}
		for range rapid.IntRange(0, 12).Draw(t, "changes") {
			term.Choices = Choose(term.Choices, first+Day(rapid.Int64Range(-3, n).Draw(t, "day")), rapid.SampledFrom([]string{"a", "b", Free}).Draw(t, "to"))
		}
		want, half := int64(0), int64(0)
		cut := first + Day(rapid.Int64Range(0, n).Draw(t, "cut"))
		for d := first; d < first+Day(n); d++ {
			if d >= term.TrialEnd() {
				want += Share(prices.At(Chosen(term.Choices, d), d).Monthly, int64(d-first), n)
			}
			if d == cut-1 {
				half = want
			}
		}
		sum := func(until Day) (s int64) {
			last := first
			for _, st := range prices.Stretches(m, until, term) {
				if st.From < last || st.Until <= st.From || st.Until > until {
					t.Fatalf("stretches overlap: %+v", st)
				}
				last, s = st.Until, s+st.Amount
			}
			return s
		}
		if got := sum(first + Day(n)); got != want || got != prices.Forecast(m, term) {
			t.Fatalf("%d, want %d", got, want)
		}
		if got := sum(cut); got != half {
			t.Fatalf("until %s: %d, want %d", cut, got, half)
		}
	})
}

func TestAMonthOnOnePlanCostsItsPrice(t *testing.T) {
	t.Parallel()
	old := Term{Started: DayOn(2026, 1, 1), Choices: []Choice{{DayOn(2026, 1, 1), "standard"}}}
	for m := Month(202603); m < 202703; m = m.Next() {
		if got := Standard().Forecast(m, old); got != 4_950 {
			t.Errorf("%s: %d", m, got)
		}
	}
	// Changed to and fro on every day: still the sum of days on each.
	flip := old
	for d := DayOn(2026, 11, 1); d < DayOn(2026, 12, 1); d += 2 {
		flip.Choices = Choose(Choose(flip.Choices, d, "light"), d+1, "standard")
	}
	light, full := int64(0), int64(0)
	for i := range int64(30) {
		if i%2 == 0 {
			light += Share(1_100, i, 30)
		} else {
			full += Share(4_950, i, 30)
		}
	}
	if got := Standard().Forecast(202611, flip); got != light+full {
		t.Errorf("flipped: %d, want %d", got, light+full)
	}
}

func TestTheTrialCostsNothing(t *testing.T) {
	t.Parallel()
	term := Term{Started: DayOn(2026, 11, 22), Choices: []Choice{{DayOn(2026, 11, 22), "standard"}}}
	if got := Standard().Forecast(202611, term); got != 0 {
		t.Errorf("in the trial: %d", got)
	}
	if got, want := Standard().Forecast(202612, term), int64(4_950-4_950*21/31); got != want { // from 22 December
		t.Errorf("the month it ends in: %d, want %d", got, want)
	}
	if _, fee := Standard().PerOrder(DayOn(2026, 12, 21), Term{Started: term.Started}); fee != 0 {
		t.Errorf("the trial's last day: %d", fee)
	}
	if _, fee := Standard().PerOrder(DayOn(2026, 12, 22), Term{Started: term.Started}); fee != 55 {
		t.Errorf("the day after: %d", fee)
	}
}

func TestPricesOfThePastStay(t *testing.T) {
	t.Parallel()
	today := DayOn(2026, 11, 22)
	ok := Plan{Code: "light", From: today + 1, Monthly: 2_200, Name: Standard()[1].Name}
	if err := ok.Check(today); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Plan){"today": func(p *Plan) { p.From = today }, "code": func(p *Plan) { p.Code = "Ünï" },
		"minus": func(p *Plan) { p.Monthly = -1 }, "name": func(p *Plan) { p.Name.En = "" }} {
		p := ok
		change(&p)
		if p.Check(today) == nil {
			t.Errorf("%s passed", name)
		}
	}
	c := append(Standard(), ok)
	if c.At("light", today).Monthly != 1_100 || c.At("light", today+1).Monthly != 2_200 || c.At("none", today).Monthly != 0 {
		t.Error("the wrong price holds")
	}
	if got := c.On(today + 1); len(got) != 3 || got[1].Monthly != 2_200 {
		t.Errorf("%+v", got)
	}
}
