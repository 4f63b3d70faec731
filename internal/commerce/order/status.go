package order

import (
	"slices"

	"github.com/noren-shop/noren/internal/base/i18n"
)

// A Status of an order.
type Status string

// The statuses.
const (
	Placed    Status = "placed"    // ordered; not paid
	Paid      Status = "paid"      // may be sent
	Shipped   Status = "shipped"   //
	Delivered Status = "delivered" //
	Cancelled Status = "cancelled" //
)

// Statuses lists them in the order of an order's life.
func Statuses() []Status { return []Status{Placed, Paid, Shipped, Delivered, Cancelled} }

// Valid says whether s is one of the statuses.
func (s Status) Valid() bool { return slices.Contains(Statuses(), s) }

// Label names the status.
func (s Status) Label(l i18n.Lang) string {
	switch s {
	case Paid:
		return l.Pick("入金済み", "Paid")
	case Shipped:
		return l.Pick("発送済み", "Shipped")
	case Delivered:
		return l.Pick("お届け済み", "Delivered")
	case Cancelled:
		return l.Pick("キャンセル", "Cancelled")
	}
	return l.Pick("受付済み", "Placed")
}

// An Act moves an order. It is also the kind of its entry in the journal.
type Act string

// The acts. Open and Note do not move it.
const (
	Open    Act = "placed"
	Note    Act = "note"
	Pay     Act = "paid"
	Ship    Act = "shipped"
	Deliver Act = "delivered"
	Cancel  Act = "cancelled"
	Refund  Act = "refunded"
	Unpay   Act = "unpaid"  // a transfer was taken for this order's by mistake
	Repay   Act = "repaid"  // it is to be paid another way
	Amend   Act = "amended" // what is noted beside it: the slip number, its points
)

// Label names the act in the journal.
func (a Act) Label(l i18n.Lang) string {
	switch a {
	case Note:
		return l.Pick("メモ", "Note")
	case Pay:
		return l.Pick("入金を確認", "Payment received")
	case Ship:
		return l.Pick("発送", "Dispatched")
	case Deliver:
		return l.Pick("お届け完了", "Delivered")
	case Cancel:
		return l.Pick("キャンセル", "Cancelled")
	case Refund:
		return l.Pick("返金", "Refunded")
	case Amend:
		return l.Pick("発送番号・ポイントの変更", "Slip number or points changed")
	case Repay:
		return l.Pick("お支払い方法を変更", "Way to pay changed")
	case Unpay:
		return l.Pick("入金の確認を取り消し", "Payment undone")
	}
	return l.Pick("ご注文", "Ordered")
}

// A step is one row of the table: what an act makes of a status.
type step struct {
	from Status
	act  Act
	to   Status
	cod  bool // only where the money comes on delivery
}

// steps is the whole table. What is not in it is refused. Money on delivery comes after dispatch and leaves the status.
func steps() []step {
	return []step{
		{Placed, Note, Placed, false},
		{Placed, Amend, Placed, false},
		{Placed, Pay, Paid, false},
		{Placed, Repay, Placed, false},
		{Placed, Ship, Shipped, true},
		{Placed, Cancel, Cancelled, false},
		{Paid, Note, Paid, false},
		{Paid, Amend, Paid, false},
		{Paid, Unpay, Placed, false},
		{Paid, Ship, Shipped, false},
		{Paid, Cancel, Cancelled, false},
		{Shipped, Note, Shipped, false},
		{Shipped, Amend, Shipped, false},
		{Shipped, Pay, Shipped, true},
		{Shipped, Deliver, Delivered, false},
		{Delivered, Note, Delivered, false},
		{Delivered, Amend, Delivered, false},
		{Delivered, Pay, Delivered, true},
		{Cancelled, Note, Cancelled, false},
		{Cancelled, Amend, Cancelled, false},
		{Cancelled, Refund, Cancelled, false},
	}
}

// codMethod is payment.COD's code.
const codMethod = "cod"

// Next is the status that an act leads to, or ErrStatus. That money does not come twice is the payment's to say.
func (h Head) Next(a Act) (Status, error) {
	for _, s := range steps() {
		if s.from == h.Status && s.act == a && (!s.cod || h.Payment == codMethod) {
			return s.to, nil
		}
	}
	return h.Status, ErrStatus
}

// May says whether the act is open to the order now, for buttons.
func (h Head) May(a Act) bool {
	_, err := h.Next(a)
	return err == nil
}
