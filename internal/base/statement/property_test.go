package statement

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/tax"
)

func drawClass(t *rapid.T) tax.Class {
	return rapid.SampledFrom([]tax.Class{tax.Standard, tax.Reduced}).Draw(t, "class")
}

func drawYen(t *rapid.T, label string) int64 {
	small, usual, any := rapid.Int64Range(0, 20), rapid.Int64Range(0, 20_000), rapid.Int64Range(0, MaxPrice)
	return rapid.OneOf(small, usual, any).Draw(t, label)
}

// drawIn draws an order whose discounts may be too large.
func drawIn(t *rapid.T) In {
	in := In{
		Rates: rapid.SampledFrom([]tax.Rates{
			today(), {Standard: 8, Reduced: 8}, {Standard: 12, Reduced: 1},
		}).Draw(t, "rates"),
		Rounding: rapid.SampledFrom([]tax.Rounding{tax.Down, tax.Up, tax.Nearest}).Draw(t, "rounding"),
		Shipping: drawYen(t, "shipping"), PaymentFee: drawYen(t, "fee"), Wrapping: drawYen(t, "wrapping"),
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
		quantity := rapid.OneOf(rapid.Int64Range(1, 5), rapid.Int64Range(1, MaxQuantity)).Draw(t, "quantity")
		in.Lines = append(in.Lines, Line{fmt.Sprint("品", i), quantity, drawYen(t, "price"), drawClass(t)})
	}
	for range rapid.IntRange(0, 4).Draw(t, "discounts") {
		source := rapid.SampledFrom([]Source{Coupon, Points, Campaign}).Draw(t, "source")
		d := Discount{source, "", drawYen(t, "amount"), Means, ""}
		if rapid.Bool().Draw(t, "cut") {
			d.Use, d.Over = PriceCut, rapid.SampledFrom([]Over{Goods, Order}).Draw(t, "over")
		}
		in.Discounts = append(in.Discounts, d)
	}
	return in
}

// drawStatement drops the discounts where they come to too much.
func drawStatement(t *rapid.T) (In, Statement) {
	in := drawIn(t)
	for {
		s, err := Compute(in)
		if err == nil {
			return in, s
		}
		if !fault.Is(err, fault.KindInvalid) || len(in.Discounts) == 0 {
			t.Fatal(err)
		}
		in.Discounts = in.Discounts[1:]
	}
}

func TestPartsSumToTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in, s := drawStatement(t)
		gross, goods, total, taxes, cuts := int64(0), int64(0), int64(0), int64(0), map[tax.Class]int64{}
		for i, l := range s.Lines {
			if l.Amount != in.Lines[i].Quantity*in.Lines[i].UnitPrice {
				t.Fatalf("line %d: %+v", i, l)
			}
			goods += l.Amount
		}
		gross = goods + in.Shipping + in.PaymentFee + in.Wrapping
		cut, means := int64(0), int64(0)
		for _, d := range s.Discounts {
			if d.Use == Means {
				means += d.Amount
				continue
			}
			cut += d.Amount
			sum := int64(0)
			for _, p := range d.Parts {
				sum += p.Amount
				cuts[p.Class] += p.Amount
			}
			if sum != d.Amount {
				t.Fatalf("parts of %+v sum to %d", d, sum)
			}
		}
		for _, r := range s.PerRate {
			if r.Total != r.Goods+r.Charges-r.Cut || r.Total < 0 || r.Cut < 0 || r.Tax < 0 || r.Tax > r.Total {
				t.Fatalf("%+v", r)
			}
			if r.Cut != cuts[r.Class] || r.Tax != tax.Contained(r.Total, r.Rate, in.Rounding) {
				t.Fatalf("%+v, cuts %v", r, cuts)
			}
			total, taxes = total+r.Total, taxes+r.Tax
		}
		if s.Total != gross-cut || s.Total != total || s.Tax != taxes || s.GoodsTotal != goods || s.Cut != cut {
			t.Fatalf("%+v", s)
		}
		if s.ToPay != s.Total-means || s.ToPay < 0 || s.Means != means {
			t.Fatalf("%+v", s)
		}
	})
}

func TestOrderOfLinesDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in, s := drawStatement(t)
		in.Lines = rapid.Permutation(in.Lines).Draw(t, "lines in another order")
		again, err := Compute(in)
		if err != nil {
			t.Fatal(err)
		}
		s.Lines, again.Lines = nil, nil
		if !reflect.DeepEqual(s, again) {
			t.Fatalf("%+v\n%+v", s, again)
		}
	})
}

func TestOrderOfDiscountsDoesNotChangeTheSum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in, s := drawStatement(t)
		in.Discounts = rapid.Permutation(in.Discounts).Draw(t, "discounts in another order")
		again, err := Compute(in)
		if err != nil {
			t.Fatal(err)
		}
		if s.ToPay != again.ToPay || s.Total != again.Total || s.Means != again.Means {
			t.Fatalf("%+v\n%+v", s, again)
		}
	})
}

func TestDearerLineNeverLowersTaxOrTotal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := drawIn(t)
		in.Discounts = nil
		before, err := Compute(in)
		if err != nil {
			t.Fatal(err)
		}
		in.Lines[0].UnitPrice = rapid.Int64Range(in.Lines[0].UnitPrice, MaxPrice).Draw(t, "dearer")
		after, err := Compute(in)
		if err != nil {
			t.Fatal(err)
		}
		if after.Tax < before.Tax || after.Total < before.Total || after.ToPay < before.ToPay {
			t.Fatalf("%+v\n%+v", before, after)
		}
	})
}

func TestDiscountAboveItsBaseIsRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := drawIn(t)
		goods, all := int64(0), in.Shipping+in.PaymentFee+in.Wrapping
		cutGoods, cutAll, means := int64(0), int64(0), int64(0)
		for _, l := range in.Lines {
			goods += l.Quantity * l.UnitPrice
		}
		all += goods
		for _, d := range in.Discounts {
			switch {
			case d.Use == Means:
				means += d.Amount
			case d.Over == Goods:
				cutGoods += d.Amount
			default:
				cutAll += d.Amount
			}
		}
		fits := cutGoods <= goods && cutGoods+cutAll+means <= all
		if _, err := Compute(in); (err == nil) != fits {
			t.Fatalf("goods %d less %d, all %d less %d and %d: %v", goods, cutGoods, all, cutAll, means, err)
		}
	})
}

func TestStoredStatementReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		_, s := drawStatement(t)
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(b)
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%v\n%+v\n%+v", err, s, again)
		}
	})
}

func TestSpreadStaysWithinItsWeights(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1e15), 1, 8).Draw(t, "weights")
		total := int64(0)
		for _, w := range weights {
			total += w
		}
		amount := rapid.Int64Range(0, total).Draw(t, "amount")
		sum := int64(0)
		for i, p := range Spread(amount, weights) {
			if p < 0 || p > weights[i] {
				t.Fatalf("part %d is %d of %d", i, p, weights[i])
			}
			sum += p
		}
		if sum != amount {
			t.Fatalf("%d of %d", sum, amount)
		}
	})
}

func TestLargestOrderDoesNotOverflow(t *testing.T) {
	t.Parallel()
	in := In{Rates: today(), Rounding: tax.Up, Shipping: MaxPrice, PaymentFee: MaxPrice, Wrapping: MaxPrice}
	for i := range MaxLines {
		class := tax.Standard
		if i%2 == 1 {
			class = tax.Reduced
		}
		in.Lines = append(in.Lines, Line{"品", MaxQuantity, MaxPrice, class})
	}
	in.Discounts = []Discount{{Coupon, "", MaxPrice, PriceCut, Order}}
	s, err := Compute(in)
	want := int64(MaxLines)*MaxQuantity*MaxPrice + 2*MaxPrice
	if err != nil || s.ToPay != want || want >= 1<<53 {
		t.Fatalf("%d, want %d: %v", s.ToPay, want, err)
	}
}
