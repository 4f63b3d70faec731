// Package charge keeps what a shop's orders are charged through payment providers, and decides what is to be done about it.
//
// It guarantees that what is wanted follows from the order, its charges and its refunds by one pure function (Case), so that
// news that is late, doubled or reordered cannot do harm; that of several charges of one order one is kept and the money of the
// others goes back; that every key for a provider is stored before it is used; and that what a card shows is sealed.
// It refuses to call a provider: a flow does, between transactions.
package charge

import (
	"encoding/json"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/security/vault"
)

// New is the state of a charge of which the provider may not know yet.
const New provider.State = "new"

// A Charge is one try to pay an order through a provider.
type Charge struct {
	ID       id.Charge
	Order    id.Order
	No       int64 // which try, from 1
	Provider provider.Name
	Means    provider.Means
	Key      string
	Ref      string // empty until it is known
	State    provider.State
	Accepted bool    // it pays the order
	Refused  Refusal // why Noren does not take it
	Amount   int64
	Captured int64
	Refunded int64
	Capture  payment.Capture
	Take     int64 // the sum that a capture was decided for
	TakeNo   int64
	Letting  bool // it was decided to let it go; somebody may be asking the provider at this moment
	Trouble  Trouble
	Reason   string // why the provider declined it: provider.NoFunds …
	ThreeDS  provider.ThreeDS
	Saved    id.Card // paid with this saved card
	Save     bool    // the member asked to keep the card
	Inline   bool
	Made     int64 // milliseconds, as all times
	Opened   int64
	Secured  int64
	Ended    int64
	Due      int64 // until when the purchaser can pay it
	Look     int64 // when to ask without news
	Version  int64
	slip     string // JSON of a provider.Slip; empty until it is known
	card     vault.Sealed
}

// Slip is what one needs at a convenience store's till; ok is false until it is known.
func (c Charge) Slip() (slip provider.Slip, ok bool) {
	if c.slip == "" {
		return slip, false
	}
	err := json.Unmarshal([]byte(c.slip), &slip)
	return slip, err == nil
}

// A Refusal says why Noren does not take a charge that the provider has secured.
type Refusal string

// The refusals.
const (
	NoThreeDS   Refusal = "three_ds" // EMV 3-D Secure was not passed, or not run
	WrongAmount Refusal = "amount"   // it is not what was asked for
)

// A Trouble is what the provider refused to do, for good.
type Trouble string

// The troubles.
const (
	NoCapture Trouble = "capture"
	NoVoid    Trouble = "void"
)

// Dead says that the charge holds no money and never will.
func (c Charge) Dead() bool { return c.State.Final() }

// Holds says that money was taken or is set aside.
func (c Charge) Holds() bool { return c.State == provider.Authorised || c.State == provider.Captured }

// Waits says that the purchaser may still pay it.
func (c Charge) Waits() bool { return c.State == New || c.State == provider.Open }

func (c Charge) takeKey() string { return c.Key + "-take-" + strconv.FormatInt(c.TakeNo, 10) }

func (c Charge) dropKey() string { return c.Key + "-drop" }

// Label names where the charge stands.
func (c Charge) Label(l i18n.Lang) string {
	switch c.State {
	case provider.Authorised:
		return l.Pick("与信確保済み", "Authorised")
	case provider.Captured:
		if c.Refunded >= c.Captured {
			return l.Pick("全額返金済み", "Refunded")
		}
		return l.Pick("売上確定", "Captured")
	case provider.Declined:
		return l.Pick("承認されませんでした", "Declined")
	case provider.Voided:
		return l.Pick("取消済み", "Voided")
	}
	return l.Pick("お手続き待ち", "Waiting for the purchaser")
}

// A Refund is money that goes back, or a note that it went.
type Refund struct {
	ID      id.Refund
	Order   id.Order
	Charge  id.Charge // 0: the order was not paid through a provider
	Amount  int64
	Key     string
	Ref     string
	State   RefundState
	Why     Why
	Actor   actor.Kind
	Account id.Account
	Made    int64
	Done    int64
	Version int64
}

// A RefundState of a refund.
type RefundState string

// The states. Owed and ByHand are those that no provider can do.
const (
	Less   RefundState = "less"    // so much less is taken
	Wanted RefundState = "wanted"  // the provider is to be asked
	Going  RefundState = "pending" // the provider works at it
	Done   RefundState = "done"    //
	Owed   RefundState = "owed"    // the shop pays it back by itself, and has not said yet that it did
	ByHand RefundState = "by_hand" // the shop says that it did
)

// Label names the state.
func (s RefundState) Label(l i18n.Lang) string {
	switch s {
	case Less:
		return l.Pick("請求額から減額", "Taken off the charge")
	case Done:
		return l.Pick("返金済み", "Refunded")
	case Owed:
		return l.Pick("要返金(銀行振込など)", "To be paid back by the shop")
	case ByHand:
		return l.Pick("ショップから返金済み", "Paid back by the shop")
	}
	return l.Pick("返金手続き中", "On its way")
}

func (s RefundState) open() bool { return s == Wanted || s == Going || s == Owed }

// A Why of a refund: a code, since the journal holds no personal data.
type Why string

// The reasons. The last four are Noren's.
const (
	Returned    Why = "returned"
	Damaged     Why = "damaged"
	Missing     Why = "missing"
	OtherWhy    Why = "other"
	WasCanceled Why = "cancelled" // the order was cancelled
	WasExtra    Why = "extra"     // the order was paid twice
	WasRefused  Why = "refused"   // see Refusal
	AtProvider  Why = "provider"  // somebody did it at the provider
)

// Whys lists those that staff choose from.
func Whys() []Why { return []Why{Returned, Damaged, Missing, OtherWhy} }

// Label names the reason.
func (w Why) Label() fault.Text {
	switch w {
	case Returned:
		return fault.Text{Ja: "返品", En: "Goods were returned"}
	case Damaged:
		return fault.Text{Ja: "破損・不良", En: "Damaged or faulty"}
	case Missing:
		return fault.Text{Ja: "欠品", En: "Something was missing"}
	case WasCanceled:
		return fault.Text{Ja: "注文のキャンセル", En: "The order was cancelled"}
	case WasExtra:
		return fault.Text{Ja: "二重のお支払い", En: "The order was paid twice"}
	case WasRefused:
		return fault.Text{Ja: "本人認証または金額の不一致", En: "3-D Secure or the amount did not hold"}
	case AtProvider:
		return fault.Text{Ja: "決済会社の画面での返金", En: "Refunded at the provider"}
	}
	return fault.Text{Ja: "その他", En: "Other"}
}

// Store names a chain of convenience stores, by the provider's code for it.
func Store(code string, l i18n.Lang) string {
	switch code {
	case "familymart":
		return l.Pick("ファミリーマート", "FamilyMart")
	case "lawson":
		return l.Pick("ローソン", "Lawson")
	case "ministop":
		return l.Pick("ミニストップ", "Ministop")
	case "seicomart":
		return l.Pick("セイコーマート", "Seicomart")
	case "seveneleven":
		return l.Pick("セブン-イレブン", "7-Eleven")
	case "":
		return l.Pick("コンビニエンスストア", "Convenience store")
	}
	return code
}
