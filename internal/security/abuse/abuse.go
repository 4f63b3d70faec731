// Package abuse counts what is tried where log-ins are abused and cards are tested: at registration, log-in, reset, change of
// an account, and payment, by address, network, browser, account, card and shop.
//
// It guarantees an answer from memory without waiting: allow, step up, or refuse for a while; that parallel callers are
// counted before their outcome is known; and that it holds no address, only digests under a key of the process. A whole shop or network is
// never refused, only slowed down, so that an attack on a shop does not close it. It refuses outside services, and to know what a
// card's number is.
//
// The counts are each node's own and are lost when it ends: an attacker spread over n nodes has n times the tries, which are still
// few. What all nodes see together stands in the findings, which are counted in the store.
package abuse

import (
	"context"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
)

// Act is what is tried.
type Act string

// The acts.
const (
	LogIn    Act = "log in"
	Register Act = "register"
	Reset    Act = "reset"
	Change   Act = "change" // of what proves or tells who somebody is
	Pay      Act = "pay"    // with a card, or saving one
)

// An Attempt is one try. What is not known stays empty and is not counted by.
type Attempt struct {
	Act         Act
	Shop        id.Shop
	Address     string // the network address
	Device      string // the browser's own cookie, if it brought one
	Account     string // who tries, where that is known: kind and number
	Fingerprint string // a card's keyed fingerprint, as the provider gives it; never a number
	Where       string // the route or flow, for events
}

// Answer is what the guard says.
type Answer int

// The answers.
const (
	Allow  Answer = iota
	StepUp        // go on only with more proof: for a card, a 3-D Secure challenge whatever the risk says
	Refuse        // not now
)

// A Verdict is the answer with its reason.
type Verdict struct {
	Answer Answer
	Wait   time.Duration // of a refusal: when the next try may be taken
	Code   signal.Code   // what was found; empty for Allow
	ticket *ticket
}

// Err is the fault to show for a refusal, nil otherwise.
func (v Verdict) Err() error {
	if v.Answer != Refuse {
		return nil
	}
	n := max(1, int((v.Wait+time.Second-1)/time.Second))
	ja, en := fmt.Sprintf("%d秒", n), fmt.Sprintf("%d seconds", n)
	if n == 1 {
		en = "a second"
	}
	if n > 90 {
		n = (n + 59) / 60
		ja, en = fmt.Sprintf("約%d分", n), fmt.Sprintf("about %d minutes", n)
	}
	if v.Code == signal.CardTesting {
		return fault.TooMany(fault.Text{
			Ja: "カードでのお支払いを続けて試されたため、一時的にお受けできません。" + ja + "ほど待つか、ほかのお支払い方法をお選びください。請求は行われていません。",
			En: "Card payments were tried too often, so this one was not taken. Wait " + en + ", or choose another way to pay. Nothing was charged."})
	}
	return fault.TooMany(fault.Text{
		Ja: "短い時間に何度も試されたため、一時的にお受けできません。" + ja + "ほど待ってから、もう一度お試しください。",
		En: "This was tried too often in a short time. Wait " + en + ", then try again."})
}

// Ask is what flows take: Guard.Ask is one. Every verdict that is not a refusal is settled by Guard.Settle.
type Ask func(ctx context.Context, a Attempt) Verdict

// Outcome is how a try went.
type Outcome int

// The outcomes.
const (
	Failed    Outcome = iota // a wrong password, a declined card
	Succeeded                //
	Undone                   // it was not tried after all: our own error, a provider that was away
)

// Settle is what flows take to tell how a try went: Guard.Settle is one.
type Settle func(v Verdict, o Outcome)
