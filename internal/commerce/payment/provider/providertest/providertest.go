// Package providertest is what every provider.Provider must do, as tests that each implementation runs against its real peer.
//
// It guarantees that two providers which pass are interchangeable for the flows: one key is one charge, no more is taken or given back
// than there is, what is over stays over, and a forged notice is refused. It refuses to know any provider: a Side brings the
// hands that play the purchaser.
package providertest

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// A Play is what the purchaser does at the provider's page.
type Play string

// The plays. Every provider's test cards have them.
const (
	Frictionless    Play = "frictionless"     // pays; the issuer asks nothing
	Challenged      Play = "challenged"       // pays, and passes the issuer's challenge
	FailsChallenge  Play = "fails challenge"  // the issuer asks, and is not answered well
	NotTakingPart   Play = "not taking part"  // pays; the issuer does not take part in 3-D Secure
	LacksFunds      Play = "lacks funds"      //
	HasExpiredCard  Play = "has expired card" //
	LooksFraudulent Play = "looks fraudulent" //
)

// A Delivery is a notice as it arrived.
type Delivery struct {
	Header http.Header
	Body   []byte
}

// A Side is a fresh account at the provider, with nothing in it, and the hands of everyone but Noren.
type Side struct {
	Provider provider.Provider
	// Other is the same account with another notice secret, for notices that must not hold.
	Other provider.Provider
	// Pay plays the purchaser at the charge's page, to its end. It fails the test when the page does not behave; refused is
	// true where the page says that this charge cannot be paid any more.
	Pay func(t *testing.T, o provider.Opened, p Play) (refused bool)
	// Choose plays the purchaser who chooses a convenience store at the charge's page.
	Choose func(t *testing.T, o provider.Opened)
	// PaySlip pays at the till. Nil: the provider has no convenience stores.
	PaySlip func(t *testing.T, c provider.Charge)
	// Delivered are the notices that have arrived, in any order; it may wait a moment for the first.
	Delivered func(t *testing.T) []Delivery
	// Settle ends the provider's day and says which day was paid out.
	Settle func(t *testing.T) (day string)
	// Now is the provider's time.
	Now func() time.Time
	// Return is an address that Intent.Return may have.
	Return string
}

// Run runs all of it. Each test gets a fresh Side.
func Run(t *testing.T, fresh func(t *testing.T) Side) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, Side)
	}{
		{"OneKeyIsOneCharge", oneKey},
		{"ManyCallersOfOneKeyGetOneCharge", manyCallers},
		{"AnotherIntentUnderAKeyIsRefused", otherIntent},
		{"LookFindsByKeyWhatWasLost", lookByKey},
		{"LookOfNothingIsNotFound", lookNothing},
		{"CardIsCapturedAtOnce", capturedAtOnce},
		{"CardIsAuthorisedAndCapturedInPart", capturedInPart},
		{"NothingIsCapturedTwice", capturedTwice},
		{"VoidedIsNotCaptured", voidedIsNotCaptured},
		{"CapturedIsNotVoided", capturedIsNotVoided},
		{"VoidedPageCannotBePaid", voidedPage},
		{"RefundsArePartsAndNeverMore", refunds},
		{"WhatWasNotCapturedIsNotRefunded", refundOfNothing},
		{"DeclinesSayWhy", declines},
		{"EveryCardPaymentHasThreeDS", threeDS},
		{"SavedCardPaysAgainUntilForgotten", saved},
		{"SlipIsPaidLater", slip},
		{"NoticeLeadsToItsCharge", notice},
		{"ForgedNoticeIsRefused", forged},
		{"SettlementHasEveryYen", settlement},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, fresh(t))
		})
	}
}

// Intent is a card payment of that sum, captured at once.
func (s Side) Intent(key string, amount int64) provider.Intent {
	return provider.Intent{Key: key, Amount: amount, Means: provider.Card, Order: "1234567", Shop: "茶の丸山", Lang: i18n.Ja, Capture: true,
		Return: s.Return, Deadline: s.Now().Add(time.Hour).Truncate(time.Second)}
}

func (s Side) open(t *testing.T, in provider.Intent) provider.Opened {
	t.Helper()
	o, err := s.Provider.Open(t.Context(), in)
	if err != nil {
		t.Fatalf("open: %v", because(err))
	}
	if o.Ref == "" {
		t.Fatal("open: no reference")
	}
	return o
}

// paid opens and pays.
func (s Side) paid(t *testing.T, in provider.Intent) (provider.Opened, provider.Charge) {
	t.Helper()
	o := s.open(t, in)
	if s.Pay(t, o, Frictionless) {
		t.Fatal("the page does not take the payment")
	}
	return o, s.look(t, o.Ref)
}

func (s Side) look(t *testing.T, ref string) provider.Charge {
	t.Helper()
	c, err := s.Provider.Look(t.Context(), ref, "")
	if err != nil {
		t.Fatalf("look: %v", because(err))
	}
	return c
}

// because shows a fault's cause, too: this is a test.
func because(err error) error {
	fs, ok := fault.Of(err)
	if !ok || fs[0].Unwrap() == nil {
		return err
	}
	return fmt.Errorf("%w (%w)", err, fs[0].Unwrap())
}

// sums fails when a charge does not stand as it should.
func sums(t *testing.T, c provider.Charge, state provider.State, captured, refunded int64) {
	t.Helper()
	if c.State != state || c.Captured != captured || c.Refunded != refunded {
		t.Fatalf("charge is %s, captured %d, refunded %d; want %s, %d, %d (reason %q)",
			c.State, c.Captured, c.Refunded, state, captured, refunded, c.Reason)
	}
}

// refused fails unless err is a fault of that kind.
func refused(t *testing.T, what string, err error, k fault.Kind) {
	t.Helper()
	if !fault.Is(err, k) {
		t.Fatalf("%s: %v; want a fault of kind %d", what, err, k)
	}
}
