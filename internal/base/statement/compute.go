package statement

import (
	"math/bits"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/tax"
)

// Compute makes the statement. Every fault it returns names the field that is wrong, as lines.0.quantity.
func Compute(in In) (Statement, error) {
	if err := in.validate(); err != nil {
		return Statement{}, err
	}
	s := Statement{Version: Version, Rates: in.Rates, Rounding: in.Rounding, Discounts: []Reduction{}}
	rows := newBuckets(in.Rates)
	for _, l := range in.Lines {
		class := in.Rates.Class(l.Class)
		amount := l.Quantity * l.UnitPrice
		s.Lines = append(s.Lines, Row{l.Name, l.Quantity, l.UnitPrice, amount, class, in.Rates.Of(class)})
		rows.of(class).Goods += amount
		rows.of(class).occurs = true
		s.GoodsTotal += amount
	}
	charges := int64(0)
	for _, c := range []Charge{
		{Shipping, in.Shipping, in.Rates.Standard},
		{PaymentFee, in.PaymentFee, in.Rates.Standard},
		{Wrapping, in.Wrapping, in.Rates.Standard},
	} {
		if c.Amount > 0 || c.Kind == Shipping {
			s.Charges = append(s.Charges, c)
		}
		if c.Amount > 0 {
			rows.of(tax.Standard).occurs = true
		}
		rows.of(tax.Standard).Charges += c.Amount
		charges += c.Amount
	}
	for _, d := range in.Discounts {
		s.Discounts = append(s.Discounts,
			Reduction{Source: d.Source, Name: d.Name, Amount: d.Amount, Use: d.Use, Over: d.Over})
	}
	if err := s.cut(&rows, charges); err != nil {
		return Statement{}, err
	}
	for _, r := range rows {
		if !r.occurs {
			continue
		}
		r.Total = r.Goods + r.Charges - r.Cut
		r.Tax = tax.Contained(r.Total, r.Rate, in.Rounding)
		s.Total += r.Total
		s.Tax += r.Tax
		s.PerRate = append(s.PerRate, r.RateRow)
	}
	if err := s.pay(); err != nil {
		return Statement{}, err
	}
	return s, nil
}

// A bucket gathers what falls under one class; it is shown only where the class occurs in the order.
type bucket struct {
	RateRow
	occurs bool
}

// buckets are those of all classes, standard first.
type buckets [2]bucket

func newBuckets(rates tax.Rates) buckets {
	var b buckets
	b[0].Class, b[0].Rate = tax.Standard, rates.Standard
	b[1].Class, b[1].Rate = tax.Reduced, rates.Reduced
	return b
}

func (b *buckets) of(c tax.Class) *bucket {
	if c == tax.Reduced {
		return &b[1]
	}
	return &b[0]
}

// cut spreads each price cut over what is left of its base: those on the goods first, then those on the whole order.
// Because a part is never above what is left of its rate, no rate falls below zero.
func (s *Statement) cut(rows *buckets, charges int64) error {
	left := map[Over]int64{Goods: s.GoodsTotal}
	for _, over := range []Over{Goods, Order} {
		left[Order] = left[Goods] + charges
		for i := range s.Discounts {
			d := &s.Discounts[i]
			if d.Use != PriceCut || d.Over != over {
				continue
			}
			if d.Amount > left[over] {
				return above(i, left[over])
			}
			weights := [2]int64{}
			for j, r := range rows {
				weights[j] = r.Goods - r.Cut
				if over == Order {
					weights[j] += r.Charges
				}
			}
			for j, part := range Spread(d.Amount, weights[:]) {
				rows[j].Cut += part
				if rows[j].occurs {
					d.Parts = append(d.Parts, Part{rows[j].Class, part})
				}
			}
			left[over] -= d.Amount
			s.Cut += d.Amount
		}
	}
	return nil
}

// pay takes off what coupons and points pay.
func (s *Statement) pay() error {
	s.ToPay = s.Total
	for i, d := range s.Discounts {
		if d.Use != Means {
			continue
		}
		if d.Amount > s.ToPay {
			return above(i, s.ToPay)
		}
		s.ToPay -= d.Amount
		s.Means += d.Amount
	}
	return nil
}

func above(i int, left int64) error {
	return fault.Invalid(at("discounts", i, "amount"), fault.Text{
		Ja: "割引がご注文の金額を超えています。" + i18n.Ja.Yen(left) + "以下にしてください。",
		En: "The discount is more than the order comes to. Use " + i18n.En.Yen(left) + " or less.",
	})
}

// Spread divides amount in proportion to the weights by largest remainder: the parts sum to amount, and where amount
// is not above the sum of the weights, no part is above its weight. Of equal remainders the first takes the odd yen.
// With no weight at all, or nothing to spread, every part is zero. Amount and weights are not negative.
func Spread(amount int64, weights []int64) []int64 {
	parts := make([]int64, len(weights))
	total := uint64(0)
	for _, w := range weights {
		total += uint64(w)
	}
	if total == 0 || amount == 0 {
		return parts
	}
	rests := make([]uint64, len(weights))
	odd := amount
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(amount), uint64(w))
		share, rest := bits.Div64(hi, lo, total) // amount × w ÷ total ≤ amount, so hi < total
		parts[i], rests[i] = int64(share), rest
		odd -= int64(share)
	}
	for ; odd > 0; odd-- {
		most := -1
		for i, rest := range rests {
			if rest > 0 && (most < 0 || rest > rests[most]) {
				most = i
			}
		}
		parts[most]++
		rests[most] = 0
	}
	return parts
}
