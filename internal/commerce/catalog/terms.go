package catalog

import (
	"github.com/noren-shop/noren/internal/base/fault"
)

// Terms are how a product is sold and shown, beside its names and its variants. Sums are yen with tax; nil is none.
type Terms struct {
	Base        *int64 // the price of variants that have none of their own
	ListPrice   *int64 // what it usually costs elsewhere
	MemberPrice *int64
	Cost        *int64
	Few         *int64 // from which count on pages say how many are left; nil: inventory's own
	MinQuantity int64  // pieces in one order; 0: no bound
	MaxQuantity int64
	SaleFrom    int64 // milliseconds; 0: no bound
	SaleUntil   int64 // the first moment after the sale
	Unit        string
	Memo        string // the shop's own, which nobody else sees
	Summary     string
	SmallText   string // the description for small screens
	Model       string // of a product with options; else its variant's
	Members     Members

	HideSoldOut bool
	Unlisted    bool // its page is found by who has the address
	Uncounted   bool // there are always enough
}

// VariantTerms are what a variant has of its own.
type VariantTerms struct {
	Follows     bool // its price is the product's
	ListPrice   *int64
	MemberPrice *int64
	Cost        *int64
	Few         *int64
}

// Members says what a product keeps for purchasers who have an account.
type Members string

// What members have to themselves.
const (
	ForAll     Members = ""
	MembersBuy Members = "buy" // everyone sees it
	MembersSee Members = "see"
)

// Valid says whether m is one of the three.
func (m Members) Valid() bool { return m == ForAll || m == MembersBuy || m == MembersSee }

// The bounds of terms.
const (
	MaxSummary  = 255
	MaxMemo     = 65_535
	MaxUnit     = 20
	MaxPieces   = 9_999
	maxFewLevel = 99_999_999
	maxMoment   = 253_402_268_400_000 // the end of the year 9999
)

// OnSaleAt says whether the moment, in milliseconds, lies in the product's period of sale.
func (t Terms) OnSaleAt(ms int64) bool {
	return t.SaleFrom <= ms && (t.SaleUntil == 0 || ms < t.SaleUntil)
}

// Priced says whether a variant has a price, its own or the product's.
func (t Terms) Priced(v VariantTerms) bool { return !v.Follows || t.Base != nil }

func (t *Terms) clean() (fs fault.Faults) {
	add := func(f *fault.Fault) {
		if f != nil {
			fs = append(fs, f)
		}
	}
	add(sum("base", t.Base, MaxPrice))
	add(sum("member_price", t.MemberPrice, MaxPrice))
	add(sum("cost", t.Cost, MaxPrice))
	add(sum("few", t.Few, maxFewLevel))
	if p := t.ListPrice; p != nil && *p < 0 { // other services' exports hold such
		n := -*p
		add(sum("list_price", &n, MaxPrice))
	} else {
		add(sum("list_price", p, MaxPrice))
	}
	add(between("min_quantity", t.MinQuantity, MaxPieces))
	add(between("max_quantity", t.MaxQuantity, MaxPieces))
	add(between("sale_from", t.SaleFrom, maxMoment))
	add(between("sale_until", t.SaleUntil, maxMoment))
	if t.MaxQuantity > 0 && t.MinQuantity > t.MaxQuantity {
		add(fault.Invalid("max_quantity", fault.Text{
			Ja: "最大購入数は、最小購入数以上にしてください。", En: "The largest quantity must not be below the smallest."}))
	}
	if t.SaleUntil > 0 && t.SaleUntil <= t.SaleFrom {
		add(fault.Invalid("sale_until", fault.Text{
			Ja: "販売の終わりは、始まりより後にしてください。", En: "The sale must end after it begins."}))
	}
	if !t.Members.Valid() {
		add(fault.Invalid("members", fault.Text{Ja: "会員への公開範囲を選び直してください。", En: "Choose what members have to themselves."}))
	}
	add(line("unit", &t.Unit, MaxUnit))
	add(line("model", &t.Model, MaxModel))
	add(text("memo", &t.Memo, MaxMemo))
	add(text("summary", &t.Summary, MaxSummary))
	add(text("small_text", &t.SmallText, MaxDescription))
	return fs
}

func (v *VariantTerms) clean(at string) (fs fault.Faults) {
	for _, f := range []*fault.Fault{sum(at+"member_price", v.MemberPrice, MaxPrice), sum(at+"list_price", v.ListPrice, MaxPrice),
		sum(at+"cost", v.Cost, MaxPrice), sum(at+"few", v.Few, maxFewLevel)} {
		if f != nil {
			fs = append(fs, f)
		}
	}
	return fs
}

func sum(field string, n *int64, most int64) *fault.Fault {
	if n == nil {
		return nil
	}
	return between(field, *n, most)
}

// Reprice sets the product's price, and with it that of the variants which follow it; nil is none, and then they are not sold.
func (in *In) Reprice(base *int64) {
	in.Base = base
	for i := range in.Variants {
		if v := &in.Variants[i]; v.Follows {
			v.Price = orZero(base)
		}
	}
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// settle makes the product's price and its variants' agree. A variant whose price is not the product's does not follow it. Who
// knows only variants' prices leaves Base out: it is then the lowest, which the variants of that price follow. The one variant
// of a product without options is the product.
func (in *In) settle() {
	if len(in.Variants) == 0 {
		return
	}
	follows := false
	low := in.Variants[0].Price
	for i := range in.Variants {
		v := &in.Variants[i]
		v.Follows = v.Follows && v.Price == orZero(in.Base)
		follows, low = follows || v.Follows, min(low, v.Price)
	}
	if (in.Base == nil || len(in.Options) == 0) && !follows {
		in.Base = &low
		for i := range in.Variants {
			in.Variants[i].Follows = in.Variants[i].Price == low
		}
	}
	if len(in.Options) == 0 {
		in.Model = in.Variants[0].Model
	}
}
