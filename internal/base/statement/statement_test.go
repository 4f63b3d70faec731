package statement

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/tax"
)

var update = flag.Bool("update", false, "rewrite golden files")

func today() tax.Rates { return tax.Rates{Standard: 10, Reduced: 8} }

// teaOrder is an order with everything in it.
func teaOrder() In {
	return In{
		Lines: []Line{
			{"煎茶 100g", 3, 1080, tax.Reduced},
			{"急須 <青> & 蓋", 1, 4950, tax.Standard},
			{"羊羹", 2, 501, tax.Reduced},
		},
		Shipping: 770, PaymentFee: 330, Wrapping: 220,
		Discounts: []Discount{
			{Coupon, "秋の茶会", 500, PriceCut, Goods},
			{Points, "", 300, Means, ""},
			{Campaign, "", 101, PriceCut, Order},
		},
		Rates: today(), Rounding: tax.Down,
	}
}

func compute(t *testing.T, in In) Statement {
	t.Helper()
	s, err := Compute(in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPartsOfTheKnownTrapSumToTheWhole(t *testing.T) {
	t.Parallel()
	s := compute(t, In{
		Lines:     []Line{{"皿", 1, 1595, tax.Standard}, {"茶", 1, 7398, tax.Reduced}},
		Discounts: []Discount{{Coupon, "", 92, PriceCut, Goods}},
		Rates:     today(), Rounding: tax.Down,
	})
	want := []RateRow{
		{tax.Standard, 10, 1595, 0, 16, 1579, 143},
		{tax.Reduced, 8, 7398, 0, 76, 7322, 542},
	}
	if s.ToPay != 8901 || !reflect.DeepEqual(s.PerRate, want) {
		t.Fatalf("to pay %d, %+v", s.ToPay, s.PerRate)
	}
	if sum := s.PerRate[0].Total + s.PerRate[1].Total; sum != 8901 {
		t.Fatalf("the parts sum to %d", sum)
	}
}

func TestChargesCarryTheStandardRateInAFoodOrder(t *testing.T) {
	t.Parallel()
	s := compute(t, In{Lines: []Line{{"茶", 1, 1080, tax.Reduced}}, Shipping: 550, PaymentFee: 330, Wrapping: 220,
		Rates: today(), Rounding: tax.Down})
	want := []RateRow{
		{tax.Standard, 10, 0, 1100, 0, 1100, 100},
		{tax.Reduced, 8, 1080, 0, 0, 1080, 80},
	}
	if !reflect.DeepEqual(s.PerRate, want) || s.Tax != 180 || s.ToPay != 2180 {
		t.Fatalf("%+v", s)
	}
	if s.Shipping() != 550 || s.PaymentFee() != 330 || s.Wrapping() != 220 {
		t.Fatalf("%+v", s.Charges)
	}
}

func TestFreeShippingIsShownAndAddsNoRate(t *testing.T) {
	t.Parallel()
	s := compute(t, In{Lines: []Line{{"茶", 1, 1080, tax.Reduced}}, Rates: today(), Rounding: tax.Down})
	if len(s.Charges) != 1 || s.Charges[0].Kind != Shipping || len(s.PerRate) != 1 || s.PerRate[0].Class != tax.Reduced {
		t.Fatalf("%+v", s)
	}
}

func TestTaxIsRoundedOncePerRate(t *testing.T) {
	t.Parallel()
	for rounding, want := range map[tax.Rounding]int64{tax.Down: 27, tax.Up: 28, tax.Nearest: 28} {
		s := compute(t, In{
			Lines: []Line{{"a", 1, 101, tax.Standard}, {"b", 1, 101, tax.Standard}, {"c", 1, 101, tax.Standard}},
			Rates: today(), Rounding: rounding,
		})
		if s.Tax != want { // 303 × 10 ÷ 110 = 27.54; 101 × 10 ÷ 110 = 9.18 three times
			t.Errorf("%s: %d", rounding, s.Tax)
		}
	}
}

func TestMeansOfPaymentLeavePriceAndTaxAlone(t *testing.T) {
	t.Parallel()
	in := In{Lines: []Line{{"皿", 1, 1100, tax.Standard}}, Rates: today(), Rounding: tax.Down,
		Discounts: []Discount{{Points, "", 1100, Means, ""}}}
	s := compute(t, in)
	if s.Total != 1100 || s.Tax != 100 || s.Means != 1100 || s.ToPay != 0 || s.Cut != 0 {
		t.Fatalf("%+v", s)
	}
	in.Discounts = []Discount{{Points, "", 1100, PriceCut, Goods}}
	s = compute(t, in)
	if s.Total != 0 || s.Tax != 0 || s.Means != 0 || s.ToPay != 0 || s.Cut != 1100 {
		t.Fatalf("%+v", s)
	}
}

func TestCutOverTheOrderReachesTheCharges(t *testing.T) {
	t.Parallel()
	in := In{Lines: []Line{{"茶", 1, 1000, tax.Reduced}}, Shipping: 1000, Rates: today(), Rounding: tax.Down,
		Discounts: []Discount{{Coupon, "", 500, PriceCut, Order}}}
	if s := compute(t, in); s.PerRate[0].Cut != 250 || s.PerRate[1].Cut != 250 {
		t.Fatalf("%+v", s.PerRate)
	}
	in.Discounts[0].Over = Goods
	if s := compute(t, in); s.PerRate[0].Cut != 0 || s.PerRate[1].Cut != 500 {
		t.Fatalf("%+v", s.PerRate)
	}
}

func TestNothingIsReducedBeforeTheReducedRate(t *testing.T) {
	t.Parallel()
	s := compute(t, In{Lines: []Line{{"茶", 1, 1080, tax.Reduced}}, Shipping: 540,
		Rates: tax.Rates{Standard: 8, Reduced: 8}, Rounding: tax.Down})
	if len(s.PerRate) != 1 || s.HasReduced() || s.Lines[0].Mark() != "" || s.Tax != 120 {
		t.Fatalf("%+v", s)
	}
}

func TestWhatIsShown(t *testing.T) {
	t.Parallel()
	s := compute(t, teaOrder())
	if s.Lines[0].Mark() != "※" || s.Lines[1].Mark() != "" || !s.HasReduced() || s.Quantity() != 6 {
		t.Errorf("%+v", s.Lines)
	}
	if got := s.PerRate[1].Label(i18n.Ja); got != "8%対象※" {
		t.Error(got)
	}
	if cuts := s.Cuts(); len(cuts) != 2 || cuts[0].Label(i18n.En) != "秋の茶会" || cuts[1].Label(i18n.En) != "Discount" {
		t.Errorf("%+v", cuts)
	}
	if means := s.Payments(); len(means) != 1 || means[0].Label(i18n.Ja) != "ポイント利用" {
		t.Errorf("%+v", means)
	}
	for _, k := range []Kind{Shipping, PaymentFee, Wrapping} {
		if k.Label(i18n.Ja) == "" || k.Label(i18n.En) == k.Label(i18n.Ja) {
			t.Errorf("%s has no label", k)
		}
	}
}

func TestBadInputNamesItsField(t *testing.T) {
	t.Parallel()
	for field, spoil := range map[string]func(*In){
		"lines":              func(in *In) { in.Lines = nil },
		"lines.1.quantity":   func(in *In) { in.Lines[1].Quantity = 0 },
		"lines.2.quantity":   func(in *In) { in.Lines[2].Quantity = 1 << 31 },
		"lines.0.unit_price": func(in *In) { in.Lines[0].UnitPrice = -1 },
		"lines.1.unit_price": func(in *In) { in.Lines[1].UnitPrice = MaxPrice + 1 },
		"lines.0.name":       func(in *In) { in.Lines[0].Name = "" },
		"lines.1.name":       func(in *In) { in.Lines[1].Name = strings.Repeat("茶", MaxName+1) },
		"lines.2.name":       func(in *In) { in.Lines[2].Name = "\xff" },
		"lines.0.class":      func(in *In) { in.Lines[0].Class = "" },
		"shipping":           func(in *In) { in.Shipping = -1 },
		"payment_fee":        func(in *In) { in.PaymentFee = MaxPrice + 1 },
		"wrapping":           func(in *In) { in.Wrapping = -220 },
		"discounts":          func(in *In) { in.Discounts = make([]Discount, MaxDiscounts+1) },
		"discounts.0.amount": func(in *In) { in.Discounts[0].Amount = -500 },
		"discounts.2.amount": func(in *In) { in.Discounts[2].Amount = 99_999 },
		"discounts.1.amount": func(in *In) { in.Discounts[1].Amount = 99_999 },
		"discounts.1.over":   func(in *In) { in.Discounts[1].Over = Goods },
		"discounts.0.over":   func(in *In) { in.Discounts[0].Over = "" },
		"discounts.0.use":    func(in *In) { in.Discounts[0].Use = "" },
		"discounts.1.source": func(in *In) { in.Discounts[1].Source = "gift" },
		"rates":              func(in *In) { in.Rates = tax.Rates{Standard: 8, Reduced: 10} },
		"rounding":           func(in *In) { in.Rounding = "" },
	} {
		in := teaOrder()
		spoil(&in)
		_, err := Compute(in)
		faults, ok := fault.Of(err)
		if !ok || !fault.Is(err, fault.KindInvalid) || faults[0].Text.Ja == "" || faults[0].Text.En == "" {
			t.Errorf("%s: %v", field, err)
			continue
		}
		named := false
		for _, f := range faults {
			named = named || f.Field == field
		}
		if !named {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestEveryWrongFieldIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	in := teaOrder()
	in.Lines[0].Quantity, in.Shipping = -1, -1
	if _, err := Compute(in); err == nil || !errors.As(err, new(fault.Faults)) || len(must(fault.Of(err))) != 2 {
		t.Fatal(err)
	}
}

func must(fs fault.Faults, _ bool) fault.Faults { return fs }

func TestStoredFormIsStable(t *testing.T) {
	t.Parallel()
	got, err := json.MarshalIndent(compute(t, teaOrder()), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/tea_order.json"
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")); !bytes.Equal(append(got, '\n'), want) {
		t.Fatalf("differs from %s:\n%s", golden, got)
	}
	s, err := Parse(want)
	if err != nil || !reflect.DeepEqual(s, compute(t, teaOrder())) {
		t.Fatalf("%+v, %v", s, err)
	}
}

func TestStoredStatementThatDoesNotSumIsRefused(t *testing.T) {
	t.Parallel()
	good, err := json.Marshal(compute(t, teaOrder()))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"quantity":3`, `"quantity":4`},
		{`"to_pay":`, `"to_pay":1`},
		{`"tax":`, `"tax":1`},
		{`"version":1`, `"version":2`},
		{`"version":1`, `"version":1,"note":""`},
		{`"rate":8`, `"rate":10`},
		{`{"version"`, `[{"version"`},
		{`{"version"`, `{}{"version"`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Fatalf("%s is not in the stored form", change[0])
		}
		if _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%s was read", change[1])
		}
	}
}

func FuzzParse(f *testing.F) {
	if s, err := Compute(teaOrder()); err == nil {
		if b, err := json.Marshal(s); err == nil {
			f.Add(b)
		}
	}
	f.Add([]byte(`{"version":1,"lines":[{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		if s.ToPay < 0 || s.Total < s.ToPay || s.Tax > s.Total {
			t.Fatalf("%+v", s)
		}
	})
}
