// Package stripe is provider.Provider at Stripe, by its public HTTP API and nothing else of theirs.
//
// It guarantees that every card payment asks for 3-D Secure, that each request which moves money carries the caller's key, and that of
// what Stripe answers only the fields that provider's words have are ever decoded: names, addresses and mail that a purchaser types at
// Stripe's page are not taken in. It refuses to send anything of a person's, and never sees a card number: the purchaser types it
// at Stripe's page or into Stripe's frame.
//
// A hosted charge's reference is its Checkout Session (cs_…); an inline or saved card's is its PaymentIntent (pi_…). Look takes both.
package stripe

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// Version is the API version that every request names: the one whose shapes the tests check against.
const Version = "2026-08-26.dahlia"

// Endpoint is Stripe's own address.
const Endpoint = "https://api.stripe.com"

// Metadata keys: how our words come back from Stripe.
const (
	metaKey     = "noren_key"     // on sessions, intents, refunds (and by Stripe's copying, charges): the Intent's key
	metaWay     = "noren_way"     // how the purchaser pays: hosted, saved, inline
	metaOrder   = "noren_order"   //
	metaRefund  = "noren_refund"  // on refunds: the refund's own key
	metaCapture = "noren_capture" // on intents: the capture's key
)

const (
	hosted = "hosted"
	saved  = "saved"
	inline = "inline"
)

// A Client is one account at Stripe.
type Client struct {
	account provider.Account
	http    *http.Client
	base    string
	now     func() time.Time
}

// New makes a client for the account. The HTTP client is egress's, configured for Base(account).
func New(account provider.Account, c *http.Client, now func() time.Time) (*Client, error) {
	if account.Name != provider.Stripe || account.Key.Len() == 0 {
		return nil, fmt.Errorf("make stripe client: an account of %q with a key of %d bytes", account.Name, account.Key.Len())
	}
	return &Client{account: account, http: c, base: Base(account), now: now}, nil
}

// Base is the address that an account's requests go to, for egress.Configured.
func Base(account provider.Account) string {
	if account.Endpoint == "" {
		return Endpoint
	}
	return strings.TrimSuffix(account.Endpoint, "/")
}

// Events are the notices that Noren wants, for the webhook endpoint's settings at Stripe.
func Events() []string {
	return []string{
		"checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed",
		"checkout.session.expired", "payment_intent.succeeded", "payment_intent.amount_capturable_updated",
		"payment_intent.payment_failed", "payment_intent.requires_action", "payment_intent.canceled",
		"charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed",
		"charge.dispute.created", "charge.dispute.closed",
	}
}
