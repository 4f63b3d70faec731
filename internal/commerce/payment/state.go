package payment

import "github.com/noren-shop/noren/internal/base/i18n"

// A State of a payment.
type State string

// The states.
const (
	Pending      State = "pending"       // nothing has come
	Authorised   State = "authorised"    // set aside on a card; taken when the order leaves
	Paid         State = "paid"          //
	PartRefunded State = "part_refunded" // a part of what was paid went back
	RefundDue    State = "refund_due"    // money is here that must go back, or is on its way
	Refunded     State = "refunded"      // all of it went back
	Void         State = "void"          // the order was cancelled, and no money is held
	Lapsed       State = "lapsed"        // what was set aside ran out before it was taken
)

// States lists them.
func States() []State {
	return []State{Pending, Authorised, Paid, PartRefunded, RefundDue, Refunded, Void, Lapsed}
}

// Secured says that the money has come or is set aside: the order may leave.
func (s State) Secured() bool { return s == Authorised || s == Paid || s == PartRefunded }

// Open says that money may still be asked for.
func (s State) Open() bool { return s == Pending || s == Lapsed }

// Label names the state.
func (s State) Label(l i18n.Lang) string {
	switch s {
	case Authorised:
		return l.Pick("与信確保済み", "Authorised")
	case Paid:
		return l.Pick("入金済み", "Paid")
	case PartRefunded:
		return l.Pick("一部返金済み", "Partly refunded")
	case Void:
		return l.Pick("請求取消", "Void")
	case RefundDue:
		return l.Pick("要返金", "Refund due")
	case Refunded:
		return l.Pick("返金済み", "Refunded")
	case Lapsed:
		return l.Pick("与信切れ", "Authorisation ran out")
	}
	return l.Pick("未入金", "Not paid")
}

// An Act moves a payment.
type Act string

// The acts. What a provider tells moves a payment by Follow instead.
const (
	Receive Act = "receive"
	Cancel  Act = "cancel"
	Refund  Act = "refund"
	// Unreceive takes back that a bank transfer was this order's. Money that came another way is given back, not taken back.
	Unreceive Act = "unreceive"
)

// next is the table of states; what is not in it is refused.
func next() map[State]map[Act]State {
	return map[State]map[Act]State{
		Pending:      {Receive: Paid, Cancel: Void},
		Authorised:   {Cancel: RefundDue},
		Paid:         {Cancel: RefundDue, Unreceive: Pending},
		PartRefunded: {Cancel: RefundDue},
		RefundDue:    {Cancel: RefundDue, Refund: Refunded},
		Refunded:     {Cancel: Refunded},
		Lapsed:       {Cancel: Void},
	}
}

// Next is the state that an act leads to.
func (s State) Next(a Act) (State, error) {
	to, ok := next()[s][a]
	if !ok {
		return s, ErrState
	}
	return to, nil
}

// follows is the table of what a payment may become by what its provider tells. Void and Refunded are not the end: money may
// come to an order that was cancelled.
func follows() map[State][]State {
	return map[State][]State{
		Pending:      {Authorised, Paid, Void, RefundDue, Refunded},
		Authorised:   {Paid, PartRefunded, RefundDue, Void, Lapsed, Refunded},
		Paid:         {PartRefunded, RefundDue, Refunded},
		PartRefunded: {RefundDue, Refunded, Paid},
		RefundDue:    {Paid, PartRefunded, Refunded, Void},
		Refunded:     {RefundDue},
		Void:         {RefundDue, Refunded},
		Lapsed:       {Authorised, Paid, Void, RefundDue},
	}
}

// May says whether a payment may follow its provider to that state.
func (s State) May(to State) bool {
	for _, f := range follows()[s] {
		if f == to {
			return true
		}
	}
	return s == to
}
