// Package provider is what Noren asks of a company that moves money for a shop: the trade's words, and nothing of any one company.
//
// It guarantees that what a provider says of a charge is one value, its whole truth at that moment, so that late, doubled and
// reordered news cannot do harm: news only says which charge to look at. It refuses card numbers, expiry dates and holders' names: no
// type here could carry them.
package provider

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/secret"
)

// A Name is a provider that Noren knows. It is stored.
type Name string

// The providers.
const (
	Stripe    Name = "stripe"
	Simulator Name = "simulator"
)

// Framed says whether the provider's card page may stand in a frame of a page of ours. Stripe's may not: its hosted page refuses
// frames, and its form for other people's pages is run by a script from elsewhere, which no page of ours loads.
func (n Name) Framed() bool { return n == Simulator }

// A Means is what the purchaser pays with.
type Means string

// The means that go through a provider.
const (
	Card        Means = "card"
	Convenience Means = "convenience" // a number, paid at a convenience store's till (コンビニ決済)
)

// A State of a charge, as the provider tells it. Sums say the rest: what was captured and given back.
type State string

// The states.
const (
	Open       State = "open"       // the purchaser has not finished: a page, a challenge, a number that is not paid
	Authorised State = "authorised" // the money is set aside and not taken
	Captured   State = "captured"   // some or all was taken; Refunded says what went back
	Declined   State = "declined"   // refused for good: this charge will not be paid
	Voided     State = "voided"     // let go before anything was taken, or run out
)

// Final says whether no purchaser's act changes the charge any more.
func (s State) Final() bool { return s == Declined || s == Voided }

// An Intent is what is to be paid. Everything in it may be said to the provider: no name, no mail address.
type Intent struct {
	Key      string // of idempotency: the same key and intent are the same charge, however often it is asked for
	Amount   int64  // yen
	Means    Means
	Order    string // the order's number, as people call it
	Shop     string // the shop's name on the page
	Lang     i18n.Lang
	Capture  bool      // take the money at once; else only set it aside (card)
	Return   string    // where the purchaser's browser comes back to; the provider may add to the query
	Deadline time.Time // convenience: until when the number can be paid; card: until when the page is open
	Saved    string    // a member's saved card at the provider, empty without; 3-D Secure is asked for all the same
	Save     bool      // keep the card for the member named by Holder
	Holder   string    // the provider's name for the member, empty the first time; only with Save or Saved
	// Recurring is a fee under a standing agreement. With Save the card is kept for it, with 3-D Secure; with Saved it is charged
	// while its holder is not there, so nothing can be asked of them: a provider that wants a challenge answers Open or Declined.
	Recurring bool
	Inline    bool // the provider's own frame in our page (at Return's origin), where the provider has it; else its hosted page
}

// An Opened is a charge that waits for its purchaser.
type Opened struct {
	Ref    string // the provider's name for the charge; never a card number
	URL    string // the hosted page to send the browser to; empty where nothing is left to do there
	Client string // Inline: the one-use secret for the provider's frame
}

// A Charge is everything that the provider knows of one charge, at one moment.
type Charge struct {
	Ref      string
	Key      string // of its Intent, where the provider keeps it
	State    State
	Means    Means
	Amount   int64 // what it was opened for
	Captured int64
	Refunded int64  // of what was captured, what went back or is certain to
	Reason   string // why the last try was declined: one of the codes below. On a hosted page the purchaser may try again: then State stays Open
	ThreeDS  ThreeDS
	Card     CardDisplay // class card_display
	Slip     Slip        // convenience
	Saved    string      // the card that Intent.Save kept
	Holder   string
	Refunds  []Refund
}

// Why a charge was declined, as far as a purchaser may know. An unknown code of the provider is Refused.
const (
	Refused        = "refused"         // the card company says no, without a reason
	NoFunds        = "no_funds"        //
	Expired        = "expired"         // the card is out of date
	ThreeDSFailed  = "3ds_failed"      // the challenge was not passed
	TooMany        = "too_many"        // the provider's own limits
	SuspectedFraud = "suspected_fraud" //
)

// ThreeDS is the result of EMV 3-D Secure.
type ThreeDS string

// The results.
const (
	NotTried      ThreeDS = ""              // not reached yet, or not a card
	Passed        ThreeDS = "passed"        // with a challenge, or without one
	Attempted     ThreeDS = "attempted"     // the issuer does not take part: liability is shifted all the same
	Failed        ThreeDS = "failed"        //
	NotCompatible ThreeDS = "not_available" // the provider did not run it: Noren does not take such a card payment
)

// CardDisplay is what may be shown of a card.
type CardDisplay struct {
	Brand       string // visa, mastercard, jcb, amex, diners …
	Last4       string
	Expires     string // 2027-04, as the provider gives it for display; empty where it does not
	Fingerprint string // the provider's stable name for the number; kept only under a key of ours
}

// A Slip is what one needs at a convenience store's till.
type Slip struct {
	Store   string // the one that the purchaser chose; empty where Numbers leaves the choice
	Number  string // the payment number; shown with its store's name for it
	Numbers []SlipNumber
	Until   time.Time
	Details string // the provider's page with how to pay, at its own origin
}

// A SlipNumber is what one chain of stores asks for at its till.
type SlipNumber struct {
	Store   string // familymart, lawson, ministop, seicomart …
	Number  string
	Confirm string // a second number, where the chain asks for one
}

// A Refund is money that went back, or will.
type Refund struct {
	Ref    string
	Key    string
	Amount int64
	State  RefundState
}

// A RefundState of a refund.
type RefundState string

// The states.
const (
	RefundPending RefundState = "pending"
	RefundDone    RefundState = "done"
	RefundFailed  RefundState = "failed" // the provider could not: the shop pays it back another way
)

// A Notice is news, proved to come from the provider. It is never believed for more than which charge to look at.
type Notice struct {
	ID   string // the provider's, to know one that comes twice
	Ref  string // a name of the charge that Look understands, maybe another than Opened's; empty for news that is not about one
	Key  string // of the charge's Intent, where the news has it; else Look's Charge has
	Kind string // for the log
	At   time.Time
}

// ErrForged is a notice whose signature does not hold, or is too old.
var ErrForged = fault.Denied(fault.Text{Ja: "通知の署名を確認できません。", En: "The notice's signature does not hold."})

// A Settled is one row of what the provider paid out.
type Settled struct {
	Ref    string // a name of the charge that Look understands; empty for what is not about one
	Key    string // of its Intent, where the provider keeps it
	Kind   SettledKind
	Amount int64  // yen, positive to the shop, so a refund's is negative; before the fee
	Fee    int64  // what the provider kept
	Day    string // 2026-11-22, of the row
	Payout string // the transfer it came with
}

// A SettledKind says what a row is for.
type SettledKind string

// The kinds.
const (
	SettledCharge     SettledKind = "charge"
	SettledRefund     SettledKind = "refund"
	SettledChargeback SettledKind = "chargeback"
	SettledOther      SettledKind = "other"
)

// A Provider moves money with one shop's (or the platform's) own account at it. Every method may be called again with the same key
// and does its work once. A call that did not get an answer is fault.Unavailable: look, or call again. A refusal that will stay one is fault.Conflict.
type Provider interface {
	// Open begins a charge.
	Open(ctx context.Context, in Intent) (Opened, error)
	// Look is the whole truth about a charge. It also finds one by its Intent's key where ref is empty: an Open whose answer was lost.
	Look(ctx context.Context, ref, key string) (Charge, error)
	// Capture takes what was set aside, or a part; the rest is let go.
	Capture(ctx context.Context, ref string, amount int64, key string) (Charge, error)
	// Void lets go of a charge that nothing was taken from, open or authorised. One that was captured meanwhile is fault.Conflict.
	Void(ctx context.Context, ref, key string) (Charge, error)
	// Refund gives back a part of what was captured.
	Refund(ctx context.Context, ref string, amount int64, key string) (Charge, error)
	// Notice checks news against the account's notice secret. The header function gives a request's header by name.
	Notice(header func(name string) string, body []byte, now time.Time) (Notice, error)
	// Settled lists what was paid out on a day (JST).
	Settled(ctx context.Context, day string) ([]Settled, error)
	// Forget removes a saved card.
	Forget(ctx context.Context, saved string) error
}

// An Account is a shop's account at a provider. The secrets are vault.Credentials at rest.
type Account struct {
	Name     Name
	Endpoint string      // the API's base address; empty is the provider's own
	Public   string      // the publishable key, for Inline
	Key      secret.Text // the API's secret key
	Notices  secret.Text // what notices are signed with
}
