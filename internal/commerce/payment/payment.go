// Package payment knows how a shop is paid: cash on delivery with its fee by brackets, and bank transfer with a deadline.
//
// It guarantees that a payment moves only along its table of states, each move written to its journal, and that a fee
// comes from the shop's brackets. It refuses card data: no type here could hold a card number.
package payment

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Method is a way to pay.
type Method string

// The methods.
const (
	COD          Method = "cod"           // to the carrier, on delivery
	BankTransfer Method = "bank_transfer" // before dispatch, to the shop's account
)

// Methods lists them.
func Methods() []Method { return []Method{BankTransfer, COD} }

// Label names the method.
func (m Method) Label(l i18n.Lang) string {
	if m == COD {
		return l.Pick("代金引換", "Cash on delivery")
	}
	return l.Pick("銀行振込(前払い)", "Bank transfer (in advance)")
}

// BeforeDispatch says whether the money comes first.
func (m Method) BeforeDispatch() bool { return m == BankTransfer }

// A Setting is how a shop uses a method.
type Setting struct {
	Method       Method
	Active       bool
	Account      string    // bank transfer: the account, as shown to the purchaser
	DeadlineDays int64     // bank transfer: days to pay, to the end of the last one
	Brackets     []Bracket // cash on delivery: lowest bound first
	Version      int64
}

// A Bracket is the fee for sums below a bound, the bound itself excluded.
type Bracket struct{ Below, Fee int64 }

// ErrMethod is a way to pay that the shop does not offer for this order.
var ErrMethod = fault.Invalid("payment", fault.Text{
	Ja: "このお支払い方法はご利用いただけません。別の方法を選んでください。",
	En: "This way to pay is not available. Please choose another.",
})

// Fee is what paying a sum so costs: goods and shipping after price cuts, without the fee itself.
func (s Setting) Fee(sum int64) (int64, error) {
	if !s.Active {
		return 0, ErrMethod
	}
	if s.Method != COD {
		return 0, nil
	}
	for _, b := range s.Brackets {
		if sum < b.Below {
			return b.Fee, nil
		}
	}
	return 0, fault.Invalid("payment", fault.Text{
		Ja: "ご注文の金額が代金引換の上限を超えています。別のお支払い方法を選んでください。",
		En: "The order comes to more than can be paid on delivery. Please choose another way to pay.",
	})
}

// Due is the end of the last day to pay an order of that moment, in milliseconds; 0 where there is no deadline.
func (s Setting) Due(now time.Time) int64 {
	if s.Method != BankTransfer {
		return 0
	}
	d := now.In(i18n.Zone())
	return time.Date(d.Year(), d.Month(), d.Day()+int(s.DeadlineDays), 23, 59, 59, 0, i18n.Zone()).UnixMilli()
}

const (
	maxBrackets = 20
	maxYen      = 99_999_999
	maxDeadline = 90
	maxAccount  = 400
)

// Check returns every rule that the setting breaks.
func (s Setting) Check() error {
	var fs fault.Faults
	add := func(ok bool, field, ja, en string) {
		if !ok {
			fs = append(fs, fault.Invalid(field, fault.Text{Ja: ja, En: en}))
		}
	}
	add(slices.Contains(Methods(), s.Method), "method", "お支払い方法を選んでください。", "Choose a way to pay.")
	if s.Method == BankTransfer {
		n := utf8.RuneCountInString(s.Account)
		add(n <= maxAccount, "account", "振込先は400文字以内で入力してください。", "Enter the account in up to 400 characters.")
		add(!s.Active || strings.TrimSpace(s.Account) != "", "account", "振込先の口座を入力してください。",
			"Enter the account to pay to.")
		add(s.DeadlineDays >= 1 && s.DeadlineDays <= maxDeadline, "deadline_days", "お支払い期限は1日から90日の間で入力してください。",
			"Enter a deadline from 1 to 90 days.")
	}
	if s.Method == COD {
		add(len(s.Brackets) <= maxBrackets, "brackets", "手数料の区分は20件までです。", "There may be up to 20 fee brackets.")
		add(!s.Active || len(s.Brackets) > 0, "brackets", "手数料の区分を1件以上入力してください。", "Enter at least one fee bracket.")
		last := int64(0)
		for _, b := range s.Brackets {
			add(b.Below > last && b.Below <= maxYen && b.Fee >= 0 && b.Fee <= maxYen, "brackets",
				"手数料の区分は、金額の小さい順に、0円以上の手数料で入力してください。",
				"Enter the fee brackets from the lowest bound up, each with a fee of ¥0 or more.")
			last = b.Below
		}
	}
	return fs.Err()
}

// A State of a payment.
type State string

// The states.
const (
	Pending   State = "pending"    // nothing has come
	Paid      State = "paid"       //
	Void      State = "void"       // the order was cancelled before anything came
	RefundDue State = "refund_due" // the order was cancelled after it was paid
	Refunded  State = "refunded"   //
)

// Label names the state.
func (s State) Label(l i18n.Lang) string {
	switch s {
	case Paid:
		return l.Pick("入金済み", "Paid")
	case Void:
		return l.Pick("請求取消", "Void")
	case RefundDue:
		return l.Pick("要返金", "Refund due")
	case Refunded:
		return l.Pick("返金済み", "Refunded")
	}
	return l.Pick("未入金", "Not paid")
}

// An Act moves a payment.
type Act string

// The acts.
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
		Pending:   {Receive: Paid, Cancel: Void},
		Paid:      {Cancel: RefundDue, Unreceive: Pending},
		RefundDue: {Refund: Refunded},
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

// The faults that callers branch on.
var (
	ErrState = fault.Conflict(fault.Text{
		Ja: "お支払いの状態が変わっているため、この操作はできません。画面を読み込み直してください。",
		En: "The payment has moved on, so this cannot be done. Please reload the page.",
	})
	ErrNone = fault.NotFound(fault.Text{Ja: "お支払いが見つかりません。", En: "The payment cannot be found."})
)

// A Payment is how one order is paid. A time of 0 is none.
type Payment struct {
	Order   id.Order
	Version int64
	Method  Method
	State   State
	Amount  int64
	Account string // where to pay to, as the purchaser was told
	Due     int64  // milliseconds
	PaidAt  int64  // milliseconds
}
