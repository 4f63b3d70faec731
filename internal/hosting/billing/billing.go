// Package billing is what shops owe the operator of the service: plans, fees per order, invoices and how they are paid.
//
// It guarantees books that add up: every sum is an entry from one account to another, entered once per cause, so that a fact that
// comes twice or an act that is killed and done again changes nothing; a month's invoice is made once, from all that was not
// invoiced before; a day bears its exact share of a monthly price. What is printed is stored with the invoice and never
// computed again. It refuses card numbers (a provider's token stands for the card) and to change what was issued: a credit
// note corrects it.
package billing

import (
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/statement"
)

// A Method is how an owner pays.
type Method string

// The methods. Without a card an owner pays by transfer.
const (
	Transfer Method = "transfer"
	Card     Method = "card"
)

// A CardOnFile is a card at the provider: its token, and what may be shown of it.
type CardOnFile struct{ Saved, Holder, Brand, Last4 string }

// An Account is a shop's standing.
type Account struct {
	Started    Day
	NextMonth  Month // the first that is not closed
	LastNumber int64
	Method     Method
	CardOnFile
	Suspended   int64  // ms; 0 is not
	SuspendedBy string // Unpaid, or ByHand
	Reason      string // by hand: the operator's words
	Before      string // the shop's state before
	Version     int64
}

// Who suspended a shop.
const (
	Unpaid = "unpaid"
	ByHand = "hand"
)

// HasCard says whether a card can be charged.
func (a Account) HasCard() bool { return a.Method == Card && a.Saved != "" }

// The accounts of the books.
const (
	Unbilled   = "unbilled"   // delivered and not invoiced
	Fees       = "fees"       // what the operator earned, tax included
	Receivable = "receivable" // invoiced and not paid
	ByCard     = "card"       // came by card
	ByTransfer = "transfer"   // came to the bank
)

// An Entry moves an amount from Credit to Debit.
type Entry struct {
	ID            int64
	Cause         string // entered once: "paid:123", "cancelled:123", "plan:202611:1"
	Fact          int64  // the outbox' number, where a fact caused it
	Subject       int64  // the order
	At            int64
	Debit, Credit string
	Amount        int64
	Plan          string
	From, Until   Day
	Document      int64 // the invoice or credit note that it stands on; 0 is none yet
}

// A Kind of document.
type Kind string

// The kinds.
const (
	Invoice    Kind = "invoice"
	CreditNote Kind = "credit"
)

// A State of an invoice. A credit note is Paid when all of it was set off.
type State string

// The states.
const (
	Open State = "open"
	Paid State = "paid"
)

// A Document is an invoice or a credit note.
type Document struct {
	ID      int64
	Number  int64  // the shop's, from 1, without gaps
	Code    string // what people call it
	Kind    Kind
	Month   Month
	Plan    string // at the month's end, for the report
	Made    int64
	Due     int64
	Total   int64
	Tax     int64
	Applied int64 // of credit: to this invoice, or of this note
	Paid    int64
	PaidAt  int64
	State   State
	Step    int64 // which of Steps comes next
	Base    int64 // when the steps began; 0 is not yet
	Next    int64 // when something is to be done; 0 is never
	Body    Body
}

// ToPay is what is still open.
func (d Document) ToPay() int64 { return d.Total - d.Applied - d.Paid }

// Overdue says whether an invoice should have been paid by now.
func (d Document) Overdue(now int64) bool {
	return d.Kind == Invoice && d.State == Open && (now > d.Due || d.Step > 0)
}

// A Body is what is printed.
type Body struct {
	Issuer    Issuer              `json:"issuer"`
	Statement statement.Statement `json:"statement"` // with Japanese names
	English   []string            `json:"english"`   // the lines' names, in the same order
	From      Day                 `json:"from"`
	Until     Day                 `json:"until"` // the last day
	Due       int64               `json:"due"`   // as printed
	Method    Method              `json:"method"`
	Corrects  []string            `json:"corrects,omitempty"` // a credit note: the invoices' codes
	Note      string              `json:"note,omitempty"`     // a credit note by hand: why
}

// Steps are the days after which an unpaid invoice is tried again or reminded of; after the last one the shop is suspended.
func Steps() []int64 { return []int64{0, 3, 7, 14} }

// A Charge is one attempt at a card.
type Charge struct {
	ID            int64
	Document      int64
	Attempt       int64
	Why           Why
	Amount        int64
	Saved, Holder string
	State         ChargeState
	Ref, Reason   string
	Made, Done    int64
}

// Why a card is charged.
type Why string

// The reasons: the schedule's turn, or the owner's press of a button, which leaves the schedule as it is.
const (
	Scheduled Why = "scheduled"
	Asked     Why = "asked"
)

// A ChargeState of an attempt.
type ChargeState string

// The states.
const (
	Pending  ChargeState = "pending" // the provider was asked, or will be
	Captured ChargeState = "captured"
	Declined ChargeState = "declined"
)

// The facts. Their subject is the document, or the shop.
const (
	WasIssued    outbox.Event = "bill.issued"
	WasPaid      outbox.Event = "bill.paid"
	WasDeclined  outbox.Event = "bill.declined"
	WasReminded  outbox.Event = "bill.reminded"
	WasSuspended outbox.Event = "bill.suspended"
	WasResumed   outbox.Event = "bill.resumed"
)

// A Fact is the body of each.
type Fact struct {
	Code  string `json:"code,omitempty"`
	Total int64  `json:"total,omitempty"`
	Step  int64  `json:"step,omitempty"`
	Next  int64  `json:"next,omitempty"`
	By    string `json:"by,omitempty"`
}

// The faults that callers branch on.
var (
	ErrNone = fault.NotFound(fault.Text{Ja: "請求書が見つかりません。", En: "There is no such invoice."})
	ErrBusy = fault.Conflict(fault.Text{Ja: "いまカードでのお支払いを処理しています。少し待ってから、画面を読み込み直してください。",
		En: "A card payment is under way. Please wait a moment and reload the page."})
	ErrSettled = fault.Conflict(fault.Text{Ja: "この請求書は支払い済みです。", En: "This invoice has been paid."})
	ErrChanged = fault.Conflict(fault.Text{Ja: "ほかの人が先に変更しました。画面を読み込み直してください。",
		En: "Someone else has changed this. Please reload the page."})
	ErrPlan = fault.Invalid("plan", fault.Text{Ja: "このプランは選べません。別のプランを選んでください。", En: "This plan cannot be chosen. Please choose another."})
	ErrAsks = fault.TooMany(fault.Text{Ja: "カードでのお支払いを何度も試しています。明日もう一度お試しいただくか、別のカードを登録してください。",
		En: "This card was tried several times. Please try again tomorrow, or register another card."})
)

// codeOf is a document's name: opaque for the shop, numbered within it, so that no owner learns how many others there are.
func codeOf(shop id.Shop, number int64) string {
	return "NB-" + base36(int64(shop)) + "-" + pad(number)
}
