package stripe_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/provider/providertest"
	"github.com/noren-shop/noren/internal/commerce/payment/stripe"
)

const (
	testKey    = "sk_test_123"
	testSecret = "whsec_test_not_a_secret"
)

func clientOf(t *testing.T, base, notices string, now func() time.Time) *stripe.Client {
	t.Helper()
	a := provider.Account{Name: provider.Stripe, Endpoint: base, Key: secret.NewText(testKey), Notices: secret.NewText(notices)}
	hc, err := egress.Configured([]string{stripe.Base(a)}, egress.Limits{}, egress.Net{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := stripe.New(a, hc, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sign(key string, at time.Time, body []byte) string {
	stamp := fmt.Sprint(at.Unix())
	return "t=" + stamp + ",v1=" + hex.EncodeToString(secret.NewText(key).Sign([]byte(stamp), []byte("."), body)) + ",v0=00"
}

// The whole of what a provider must do, on the model, with every request checked by stripe-mock.
func TestStripeDoesWhatEveryProviderMust(t *testing.T) {
	t.Parallel()
	stripeMock(t)
	providertest.Run(t, func(t *testing.T) providertest.Side {
		m, base := newModel(t, time.Now)
		return providertest.Side{
			Provider: clientOf(t, base, testSecret, time.Now), Other: clientOf(t, base, "whsec_another", time.Now),
			Pay: m.pay, Choose: m.choose, PaySlip: m.paySlip, Settle: m.settle, Now: time.Now, Return: "https://shop.example/paid",
			Delivered: func(*testing.T) (out []providertest.Delivery) {
				m.mu.Lock()
				defer m.mu.Unlock()
				for _, e := range m.events {
					body := encode(e)
					out = append(out, providertest.Delivery{Header: http.Header{"Stripe-Signature": {sign(testSecret, time.Now(), body)}}, Body: body})
				}
				return out
			},
		}
	})
}

// begun gives a page's payment, which Stripe makes when the purchaser first tries.
func (m *model) begun(s object) object {
	if id, ok := s["payment_intent"].(string); ok {
		return m.objects[id]
	}
	f := s["form"].(url.Values)
	form := func(name string) string { return strings.Join(f[name], "") }
	pi := m.intent(object{}, s["amount_total"].(int64), form("payment_method_types[0]"), form("payment_intent_data[capture_method]"),
		nested(f, "payment_intent_data[metadata]"))
	s["payment_intent"] = pi["id"]
	if form("payment_intent_data[setup_future_usage]") != "" {
		pi["setup_future_usage"] = "on_session"
		cus := m.add("cus", object{"object": "customer"})
		pm := m.add("pm", object{"object": "payment_method", "customer": cus["id"]})
		pi["customer"], pi["payment_method"] = cus["id"], pm["id"]
	}
	return pi
}

func (m *model) pay(t *testing.T, o provider.Opened, p providertest.Play) bool {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.objects[o.Ref]
	if s["status"] != "open" {
		return true
	}
	pi := m.begun(s)
	if three := s["form"].(url.Values)["payment_method_options[card][request_three_d_secure]"]; len(three) != 1 || three[0] != "any" {
		t.Errorf("3-D Secure was not asked for: %v", three)
	}
	fail := map[providertest.Play]object{
		providertest.LacksFunds:      {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"},
		providertest.HasExpiredCard:  {"type": "card_error", "code": "expired_card", "decline_code": "expired_card"},
		providertest.LooksFraudulent: {"type": "card_error", "code": "card_declined", "decline_code": "fraudulent"},
		providertest.FailsChallenge:  {"type": "invalid_request_error", "code": "payment_intent_authentication_failure"},
	}[p]
	if fail != nil {
		pi["last_payment_error"] = fail
		result := any("authenticated")
		if p == providertest.FailsChallenge {
			result = "failed"
		}
		pi["latest_charge"] = m.charge(pi, result)["id"]
		return false
	}
	s["status"] = "complete"
	result := "authenticated"
	if p == providertest.NotTakingPart {
		result = "attempt_acknowledged"
	}
	m.succeed(pi, result)
	return false
}

func (m *model) choose(_ *testing.T, o provider.Opened) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.objects[o.Ref]
	pi := m.begun(s)
	s["status"], pi["status"] = "complete", "requires_action"
	pi["next_action"] = object{"type": "konbini_display_details", "konbini_display_details": object{
		"expires_at": m.now().Add(72 * time.Hour).Unix(), "hosted_voucher_url": "https://payments.stripe.test/konbini/voucher/test",
		"stores": object{"familymart": object{"confirmation_number": "400008", "payment_code": "113-0000-113"},
			"lawson": object{"confirmation_number": "400008", "payment_code": "0000"}, "ministop": nil, "seicomart": nil}}}
}

func (m *model) paySlip(_ *testing.T, c provider.Charge) {
	m.mu.Lock()
	defer m.mu.Unlock()
	pi := m.objects[m.objects[c.Ref]["payment_intent"].(string)]
	ch := m.add("ch", object{"object": "charge", "payment_intent": pi["id"], "metadata": metaOf(pi), "payment_method_details": object{"type": "konbini"}})
	pi["latest_charge"], pi["next_action"] = ch["id"], nil
	m.take(pi, pi["amount"].(int64))
}

func (m *model) settle(*testing.T) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	day := m.now().In(time.FixedZone("JST", 9*3600)).AddDate(0, 0, 4)
	date := day.Format("2006-01-02")
	midnight, _ := time.Parse("2006-01-02", date) // Stripe gives the date at midnight UTC
	m.last++
	po := object{"object": "payout", "id": fmt.Sprintf("po_test%d", m.last), "automatic": true, "status": "paid", "arrival_date": midnight.Unix()}
	m.payouts = append(m.payouts, po)
	m.row("payout", "payout", -1, nil)
	for _, r := range m.rows {
		r["payout"] = po["id"]
	}
	return date
}
