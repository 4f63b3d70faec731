// Package statement computes what an order costs: once, for the screen, the mail, the slip, the invoice and the API
// alike.
//
// It guarantees that the parts sum to the whole: lines and charges to the gross, price cuts spread over the tax
// rates by largest remainder to the total, tax rounded once per rate, and the amount to pay never below zero. The
// same input gives the same statement, and a stored one is checked against its own rules when it is read. It refuses
// inputs out of bounds, naming the field, and discounts above what they are taken from.
//
// All sums are in yen and include tax.
package statement

import (
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/tax"
)

// Version is the format of a stored statement.
const Version = 1

// The bounds of an order. Their product stays below 2^53, a JavaScript client's exact integers.
const (
	MaxLines     = 500
	MaxQuantity  = 9_999
	MaxPrice     = 99_999_999
	MaxDiscounts = 20
	MaxName      = 400 // characters
)

// In is what a statement is computed from. A charge that does not apply is zero.
type In struct {
	Lines      []Line
	Shipping   int64
	PaymentFee int64 // cash on delivery, convenience store
	Wrapping   int64 // wrapping, noshi, message card
	Discounts  []Discount
	Rates      tax.Rates // of the order's day
	Rounding   tax.Rounding
}

// A Line is one variant in the order.
type Line struct {
	Name      string
	Quantity  int64
	UnitPrice int64
	Class     tax.Class
}

// A Source is where a discount comes from.
type Source string

// The sources.
const (
	Coupon   Source = "coupon"
	Points   Source = "points"
	Campaign Source = "campaign"
)

// Label names the source.
func (s Source) Label(l i18n.Lang) string {
	switch s {
	case Coupon:
		return l.Pick("クーポン", "Coupon")
	case Points:
		return l.Pick("ポイント利用", "Points")
	}
	return l.Pick("割引", "Discount")
}

// A Use is what a discount does: the shop sets it for coupons and for points.
type Use string

// The uses.
const (
	PriceCut Use = "price_cut" // lowers the price, and with it the tax
	Means    Use = "means"     // pays a part of an unchanged price
)

// An Over is what a price cut is taken from.
type Over string

// What a price cut is taken from. A means of payment always pays for the order.
const (
	Goods Over = "goods"
	Order Over = "order" // goods and charges
)

// A Discount is one coupon, use of points, or campaign.
type Discount struct {
	Source Source
	Name   string // shown; may be empty
	Amount int64
	Use    Use
	Over   Over
}

// A Kind of charge.
type Kind string

// The charges. Each carries the standard rate, in a food-only order too.
const (
	Shipping   Kind = "shipping"
	PaymentFee Kind = "payment_fee"
	Wrapping   Kind = "wrapping"
)

// Label names the charge.
func (k Kind) Label(l i18n.Lang) string {
	switch k {
	case PaymentFee:
		return l.Pick("決済手数料", "Payment fee")
	case Wrapping:
		return l.Pick("ラッピング料", "Wrapping")
	}
	return l.Pick("送料", "Shipping")
}

// A Row is a line as sold.
type Row struct {
	Name      string    `json:"name"`
	Quantity  int64     `json:"quantity"`
	UnitPrice int64     `json:"unit_price"`
	Amount    int64     `json:"amount"`
	Class     tax.Class `json:"class"`
	Rate      tax.Rate  `json:"rate"`
}

// Mark is ※ beside what carries the reduced rate, else nothing.
func (r Row) Mark() string { return mark(r.Class) }

// A Charge is what is paid beside the goods.
type Charge struct {
	Kind   Kind     `json:"kind"`
	Amount int64    `json:"amount"`
	Rate   tax.Rate `json:"rate"`
}

// A Part is what one rate bears of a price cut.
type Part struct {
	Class  tax.Class `json:"class"`
	Amount int64     `json:"amount"`
}

// A Reduction is a discount as applied. Amount is positive; Parts are a price cut's, by rate.
type Reduction struct {
	Source Source `json:"source"`
	Name   string `json:"name,omitempty"`
	Amount int64  `json:"amount"`
	Use    Use    `json:"use"`
	Over   Over   `json:"over,omitempty"`
	Parts  []Part `json:"parts,omitempty"`
}

// Label is the discount's own name, or else its source's.
func (r Reduction) Label(l i18n.Lang) string {
	if r.Name != "" {
		return r.Name
	}
	return r.Source.Label(l)
}

// A RateRow is what an invoice shows per rate: Goods + Charges - Cut = Total, and the tax in it.
type RateRow struct {
	Class   tax.Class `json:"class"`
	Rate    tax.Rate  `json:"rate"`
	Goods   int64     `json:"goods"`
	Charges int64     `json:"charges"`
	Cut     int64     `json:"cut"`
	Total   int64     `json:"total"`
	Tax     int64     `json:"tax"`
}

// Mark is ※ beside the reduced rate, else nothing.
func (r RateRow) Mark() string { return mark(r.Class) }

// Label is the rate with its mark: 10%対象, 8%対象※.
func (r RateRow) Label(l i18n.Lang) string {
	rate := i18n.Number(int64(r.Rate)) + "%"
	return l.Pick(rate+"対象", "At "+rate) + r.Mark()
}

// A Statement is an order's amounts. It is stored with the order and never computed again. Whoever shows it, reads
// it; nobody changes it.
type Statement struct {
	Version    int          `json:"version"`
	Rates      tax.Rates    `json:"rates"`
	Rounding   tax.Rounding `json:"rounding"`
	Lines      []Row        `json:"lines"`
	Charges    []Charge     `json:"charges"`   // shipping always, even when free; the others when there are any
	Discounts  []Reduction  `json:"discounts"` // in the order given
	PerRate    []RateRow    `json:"per_rate"`  // standard first; only rates that occur
	GoodsTotal int64        `json:"goods_total"`
	Cut        int64        `json:"cut"`   // all price cuts
	Total      int64        `json:"total"` // goods and charges less price cuts: the price
	Tax        int64        `json:"tax"`   // contained in Total
	Means      int64        `json:"means"` // paid by coupons and points
	ToPay      int64        `json:"to_pay"`
}

// Charge is the sum of one kind of charge, zero where it does not apply.
func (s Statement) Charge(k Kind) int64 {
	for _, c := range s.Charges {
		if c.Kind == k {
			return c.Amount
		}
	}
	return 0
}

// Shipping is the shipping charge.
func (s Statement) Shipping() int64 { return s.Charge(Shipping) }

// PaymentFee is the fee for the way of payment.
func (s Statement) PaymentFee() int64 { return s.Charge(PaymentFee) }

// Wrapping is the wrapping charge.
func (s Statement) Wrapping() int64 { return s.Charge(Wrapping) }

// Cuts are the discounts that lower the price.
func (s Statement) Cuts() []Reduction { return s.used(PriceCut) }

// Payments are the discounts that pay a part of it.
func (s Statement) Payments() []Reduction { return s.used(Means) }

func (s Statement) used(u Use) []Reduction {
	var list []Reduction
	for _, d := range s.Discounts {
		if d.Use == u {
			list = append(list, d)
		}
	}
	return list
}

// Quantity is how many pieces there are in all.
func (s Statement) Quantity() int64 {
	n := int64(0)
	for _, l := range s.Lines {
		n += l.Quantity
	}
	return n
}

// HasReduced says whether the note on the mark ※ is due.
func (s Statement) HasReduced() bool {
	for _, r := range s.PerRate {
		if r.Class == tax.Reduced {
			return true
		}
	}
	return false
}

// ReducedNote explains the mark.
func ReducedNote(l i18n.Lang) string {
	return l.Pick("※は軽減税率対象商品です。", "※ marks goods at the reduced tax rate.")
}

func mark(c tax.Class) string {
	if c == tax.Reduced {
		return tax.ReducedMark
	}
	return ""
}
