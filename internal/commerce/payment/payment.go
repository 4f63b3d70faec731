// Package payment knows how a shop is paid: by card and at convenience stores through a provider (payment/charge), by bank
// transfer with a deadline, and on delivery with a fee by brackets.
//
// It guarantees that a payment moves only along its table of states, each move written to its journal, and that a fee
// comes from the shop's settings. It refuses card data: no type here could hold a card number.
package payment

import (
	"time"

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
	Card         Method = "card"          // at the provider's page or frame
	Convenience  Method = "convenience"   // a number of the provider's, at a convenience store's till
)

// Methods lists them.
func Methods() []Method { return []Method{Card, Convenience, BankTransfer, COD} }

// No is the number by which the public API knows the method.
func (m Method) No() int64 {
	switch m {
	case COD:
		return 1
	case BankTransfer:
		return 2
	case Card:
		return 3
	case Convenience:
		return 4
	}
	return 0
}

// Rails says whether the money goes through a provider: then the provider's word moves the payment, nobody's press.
func (m Method) Rails() bool { return m == Card || m == Convenience }

// Label names the method.
func (m Method) Label(l i18n.Lang) string {
	switch m {
	case COD:
		return l.Pick("代金引換", "Cash on delivery")
	case Card:
		return l.Pick("クレジットカード", "Card")
	case Convenience:
		return l.Pick("コンビニ払い(前払い)", "Convenience store (in advance)")
	}
	return l.Pick("銀行振込(前払い)", "Bank transfer (in advance)")
}

// BeforeDispatch says whether the money comes first, or at least is set aside.
func (m Method) BeforeDispatch() bool { return m != COD }

// A Capture says when the money of a card is taken.
type Capture string

// The two ways.
const (
	AtOnce     Capture = "at_once"
	AtDispatch Capture = "at_dispatch" // set aside first, taken when the order leaves
)

// A Setting is how a shop uses a method.
type Setting struct {
	Method       Method
	Active       bool
	Account      string    // bank transfer: the account, as shown to the purchaser
	DeadlineDays int64     // bank transfer, convenience store: days to pay, to the end of the last one
	Brackets     []Bracket // cash on delivery: lowest bound first
	Capture      Capture   // card
	Inline       bool      // card: the provider's page in a frame of ours, where it may stand in one (provider.Name.Framed)
	Flat         int64     // convenience store: the fee
	GraceDays    int64     // convenience store: days after the deadline in which money is still taken for the order
	RemindDays   int64     // bank transfer, convenience store: days before the deadline at which a letter goes; 0 is none
	CancelDays   int64     // bank transfer: days after the deadline when the order is cancelled; 0 is never
	Version      int64
	Made         int64 // milliseconds; 0 where it was set up before this was kept
	Updated      int64
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
	switch s.Method {
	case Convenience:
		if sum+s.Flat > maxConvenience {
			return 0, fault.Invalid("payment", fault.Text{
				Ja: "コンビニ払いは30万円までです。別のお支払い方法を選んでください。",
				En: "Up to ¥300,000 can be paid at a convenience store. Please choose another way to pay.",
			})
		}
		return s.Flat, nil
	case COD:
		return s.bracket(sum)
	}
	return 0, nil
}

// bracket is the fee for money on delivery.
func (s Setting) bracket(sum int64) (int64, error) {
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

// PageTime is how long an order waits for a card.
const PageTime = time.Hour

// Due is until when an order of that moment can be paid, in milliseconds: the end of the last day, or of the card's hour; 0
// where there is no deadline.
func (s Setting) Due(now time.Time) int64 {
	switch s.Method {
	case BankTransfer, Convenience:
		return lastDay(now, s.DeadlineDays)
	case Card:
		return now.Add(PageTime).UnixMilli()
	}
	return 0
}

// End is when an order that is not paid ends by itself; 0 is never.
func (s Setting) End(now time.Time) int64 {
	switch {
	case s.Method == Convenience:
		return lastDay(now, s.DeadlineDays+s.GraceDays)
	case s.Method == BankTransfer && s.CancelDays > 0:
		return lastDay(now, s.DeadlineDays+s.CancelDays)
	case s.Method == Card:
		return s.Due(now)
	}
	return 0
}

// Remind is when a letter goes to someone who has not paid; 0 is never.
func (s Setting) Remind(now time.Time) int64 {
	if s.RemindDays == 0 || s.Due(now) == 0 || s.Method == Card {
		return 0
	}
	return lastDay(now, s.DeadlineDays-s.RemindDays-1) + remindHour.Milliseconds()
}

// remindHour is the morning after a day's last second.
const remindHour = 9 * time.Hour

func lastDay(now time.Time, days int64) int64 {
	d := now.In(i18n.Zone())
	return time.Date(d.Year(), d.Month(), d.Day()+int(days), 23, 59, 59, 0, i18n.Zone()).UnixMilli()
}

const (
	maxBrackets = 20
	maxYen      = 99_999_999
	maxDeadline = 90
	maxAccount  = 400

	maxConvenience = 300_000 // what a till takes for one number
	maxGrace       = 14
	maxStoreDays   = 30
)

// The faults that callers branch on.
var (
	ErrState = fault.Conflict(fault.Text{
		Ja: "お支払いの状態が変わっているため、この操作はできません。画面を読み込み直してください。",
		En: "The payment has moved on, so this cannot be done. Please reload the page.",
	})
	ErrRails = fault.Conflict(fault.Text{
		Ja: "このお支払いは決済会社の通知で自動的に更新されます。手動では変更できません。",
		En: "This payment follows the payment provider and cannot be changed by hand.",
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
	Due     int64  // until when it can be paid; milliseconds
	PaidAt  int64  // milliseconds
	Back    int64  // of Amount, what was promised back while the order lives
	End     int64  // when the order ends by itself if nothing comes; milliseconds, 0 never
	Remind  int64  // when the next letter about it goes; milliseconds, 0 never
}

// Kept is what the shop is to keep of a living order.
func (p Payment) Kept() int64 { return p.Amount - p.Back }

// Overdue says that the time to pay is over, and nothing came.
func (p Payment) Overdue(now time.Time) bool {
	return p.State == Pending && p.Due > 0 && p.Due < now.UnixMilli()
}
