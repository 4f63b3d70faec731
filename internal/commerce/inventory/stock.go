// Package inventory counts pieces: how many there are of each variant, which of them are held for buyers who are paying,
// and every movement that made it so.
//
// It guarantees that no count goes below zero and no piece is promised twice, by the one statement that moves stock and
// not by a check before it; that the count is the sum of its movements; that several variants are held or taken together
// or not at all; that a hold ends by itself; and that rows are moved in the order of their ids, so that buyers do not
// lock one another out. It refuses to take away by hand what is held for a buyer.
//
// That a variant exists is read from the catalogue's table. What is deleted there keeps its movements here.
package inventory

import (
	"slices"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
)

// The bounds of stock.
const (
	MaxOnHand   = 99_999_999
	MaxQuantity = 9_999 // of one variant in one order
	MaxLines    = 200
)

// FewLeft is the count from which a shopper is told how many are left.
const FewLeft = 5

// Seen is as much of a count as a shopper can see: pages are dropped when it changes.
func Seen(left int64) int64 { return min(max(left, 0), FewLeft+1) }

// A Line is a quantity of one variant.
type Line struct {
	Variant  id.Variant
	Quantity int64
}

// A RefKind is a kind of record that stock is held or taken for.
type RefKind string

// The kinds.
const (
	Cart  RefKind = "cart"
	Order RefKind = "order"
)

// A Ref names for what stock is held or taken.
type Ref struct {
	Kind RefKind
	ID   int64
}

// A Level is how many there are of a variant.
type Level struct {
	Variant id.Variant
	OnHand  int64
	Held    int64
}

// Left is how many can still be sold.
func (l Level) Left() int64 { return l.OnHand - l.Held }

// A Reason says why a count changed.
type Reason string

// The reasons. Sold and Restored are the orders' own.
const (
	Received  Reason = "received"  // goods came in
	Counted   Reason = "counted"   // a stocktake found another number
	Damaged   Reason = "damaged"   // broken, lost, given away
	Returned  Reason = "returned"  // came back from a buyer
	Corrected Reason = "corrected" // was typed wrong
	Sold      Reason = "sold"
	Restored  Reason = "restored" // the order was cancelled
)

// Label is the reason in words.
func (r Reason) Label(l i18n.Lang) string {
	switch r {
	case Received:
		return l.Pick("入荷", "Received")
	case Counted:
		return l.Pick("棚卸し", "Stocktake")
	case Damaged:
		return l.Pick("破損・紛失", "Damaged or lost")
	case Returned:
		return l.Pick("返品", "Returned")
	case Corrected:
		return l.Pick("訂正", "Corrected")
	case Sold:
		return l.Pick("販売", "Sold")
	case Restored:
		return l.Pick("キャンセル", "Order cancelled")
	}
	return string(r)
}

// ByHand says whether staff may give the reason.
func (r Reason) ByHand() bool {
	return slices.Contains([]Reason{Received, Counted, Damaged, Returned, Corrected}, r)
}

// A Movement is one change of a count.
type Movement struct {
	ID      id.Movement
	Variant id.Variant
	Delta   int64
	Reason  Reason
	Ref     Ref
	AtMS    int64
	Kind    actor.Kind
	Account id.Account // who of the staff; 0 for others
}

// A Short is a variant of which fewer are left than were wanted.
type Short struct {
	Variant id.Variant
	Wanted  int64
	Left    int64
}

// SoldOut is the fault of a buyer who came too late; it names each variant that fell short.
type SoldOut struct{ Short []Short }

// Error is for logs.
func (e *SoldOut) Error() string {
	return ErrSoldOut.Text.En + " (" + strconv.Itoa(len(e.Short)) + " short)"
}

// Unwrap makes it a fault.
func (e *SoldOut) Unwrap() error { return ErrSoldOut }

// The faults of stock that callers tell apart.
var (
	ErrSoldOut = fault.Conflict(fault.Text{
		Ja: "申し訳ありません。在庫が足りなくなった商品があります。数量を変えるか、カートから外してお進みください。",
		En: "We are sorry: there is not enough left of something in your cart. Please change the quantity or take it out."})
	ErrHoldOver = fault.Conflict(fault.Text{
		Ja: "商品をお取り置きしている時間が過ぎました。カートに戻って、もう一度お進みください。",
		En: "The time for which your items were held is over. Please go back to the cart and continue from there."})
	ErrMissing = fault.NotFound(fault.Text{
		Ja: "この商品は見つかりません。削除された可能性があります。",
		En: "This product was not found. It may have been deleted."})
)

// merge adds up the lines of one variant and sorts by variant.
func merge(lines []Line) ([]Line, error) {
	sum := map[id.Variant]int64{}
	for _, l := range lines {
		if l.Quantity < 1 || l.Quantity > MaxQuantity || sum[l.Variant]+l.Quantity > MaxQuantity {
			return nil, fault.Invalid("quantity", fault.Text{
				Ja: "数量は1以上9,999以下の整数にしてください。",
				En: "Use a whole quantity from 1 to 9,999."})
		}
		sum[l.Variant] += l.Quantity
	}
	if len(sum) > MaxLines {
		return nil, fault.Invalid("quantity", fault.Text{
			Ja: "一度に注文できる商品は200種類までです。",
			En: "An order holds at most 200 different items."})
	}
	out := make([]Line, 0, len(sum))
	for v, n := range sum {
		out = append(out, Line{v, n})
	}
	slices.SortFunc(out, func(a, b Line) int { return int(a.Variant - b.Variant) })
	return out, nil
}
