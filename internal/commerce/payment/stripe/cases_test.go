package stripe_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/provider/providertest"
)

func side(t *testing.T) (*model, provider.Provider, providertest.Side) {
	t.Helper()
	m, base := newModel(t, time.Now)
	s := providertest.Side{Now: time.Now, Return: "https://shop.example/paid"}
	return m, clientOf(t, base, testSecret, time.Now), s
}

// Shapes that the shared suite does not send: the frame in our page, English, saving there.
func TestFrameInOurPage(t *testing.T) {
	t.Parallel()
	m, p, s := side(t)
	in := s.Intent("k", 900)
	in.Inline, in.Save, in.Lang, in.Capture = true, true, i18n.En, false
	o, err := p.Open(t.Context(), in)
	if err != nil || !strings.HasPrefix(o.Ref, "pi_") || !strings.Contains(o.Client, "_secret_") || o.URL != "" {
		t.Fatalf("%+v, %v", o, err)
	}
	if pi := m.objects[o.Ref]; pi["customer"] == nil || pi["setup_future_usage"] != "on_session" || pi["capture_method"] != "manual" {
		t.Errorf("intent %v", pi)
	}
	again, err := p.Open(t.Context(), in)
	if err != nil || again != o {
		t.Errorf("again %+v, %v", again, err)
	}
	found, err := p.Look(t.Context(), "", "k")
	if err != nil || found.Ref != o.Ref {
		t.Errorf("by key %+v, %v", found, err)
	}
	in = s.Intent("slip", 900)
	in.Inline, in.Means = true, provider.Convenience
	if o, err = p.Open(t.Context(), in); err != nil || o.Client == "" {
		t.Errorf("konbini in the frame: %+v, %v", o, err)
	}
}

// A konbini page's days are counted from now, so the same payment asked for tomorrow has other parameters at Stripe.
func TestTheSameSlipOnAnotherDayIsTheSameCharge(t *testing.T) {
	t.Parallel()
	m, base := newModel(t, time.Now)
	today := clientOf(t, base, testSecret, time.Now)
	tomorrow := clientOf(t, base, testSecret, func() time.Time { return time.Now().Add(24*time.Hour - time.Minute) })
	s := providertest.Side{Now: time.Now, Return: "https://shop.example/paid"}
	in := s.Intent("k", 900)
	in.Means, in.Deadline = provider.Convenience, time.Now().Add(72*time.Hour+time.Minute/2)
	first, err := today.Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	second, err := tomorrow.Open(t.Context(), in)
	if err != nil || second != first {
		t.Errorf("%+v, %v; want %+v", second, err, first)
	}
	in.Amount++
	if _, err := tomorrow.Open(t.Context(), in); !fault.Is(err, fault.KindConflict) {
		t.Errorf("another sum: %v", err)
	}
	if n := len(m.order); n != 1 {
		t.Errorf("%d objects", n)
	}
}

// What was done longer ago than Stripe remembers keys is known by the metadata.
func TestKeysThatStripeForgotStillWorkOnce(t *testing.T) {
	t.Parallel()
	m, p, s := side(t)
	in := s.Intent("k", 900)
	in.Capture = false
	o, err := p.Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	m.pay(t, o, providertest.Frictionless)
	for range 2 {
		c, err := p.Capture(t.Context(), o.Ref, 700, "c")
		if err != nil || c.Captured != 700 {
			t.Fatalf("capture %+v, %v", c, err)
		}
		c, err = p.Refund(t.Context(), o.Ref, 300, "r")
		if err != nil || c.Captured != 700 || c.Refunded != 300 || len(c.Refunds) != 1 {
			t.Fatalf("refund %+v, %v", c, err)
		}
		m.mu.Lock()
		clear(m.answered)
		m.mu.Unlock()
	}
	if _, err := p.Refund(t.Context(), o.Ref, 401, "r2"); !fault.Is(err, fault.KindConflict) {
		t.Errorf("more than is left of a part that was captured: %v", err)
	}
}

// The purchaser pays in the moment between Void's look and its act.
func TestVoidThatComesTooLateTakesNothingBack(t *testing.T) {
	t.Parallel()
	m, p, s := side(t)
	o, err := p.Open(t.Context(), s.Intent("k", 900))
	if err != nil {
		t.Fatal(err)
	}
	m.before = func(_, path string) {
		if strings.HasSuffix(path, "/expire") {
			m.before = nil
			m.pay(t, o, providertest.Frictionless)
		}
	}
	if _, err := p.Void(t.Context(), o.Ref, "v"); !fault.Is(err, fault.KindConflict) {
		t.Errorf("void: %v", err)
	}
	if c, err := p.Look(t.Context(), o.Ref, ""); err != nil || c.State != provider.Captured {
		t.Errorf("%+v, %v", c, err)
	}
}

// The same with a charge that is only authorised: Void goes on and cancels it.
func TestVoidOfAPageThatWasJustUsedCancelsTheHold(t *testing.T) {
	t.Parallel()
	m, p, s := side(t)
	in := s.Intent("k", 900)
	in.Capture = false
	o, err := p.Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	m.before = func(_, path string) {
		if strings.HasSuffix(path, "/expire") {
			m.before = nil
			m.pay(t, o, providertest.Challenged)
		}
	}
	if c, err := p.Void(t.Context(), o.Ref, "v"); err != nil || c.State != provider.Voided {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestBadIntentsAreNotSent(t *testing.T) {
	t.Parallel()
	p := clientOf(t, "http://127.0.0.1:1", testSecret, time.Now)
	s := providertest.Side{Now: time.Now}
	for name, change := range map[string]func(*provider.Intent){
		"no key":                          func(in *provider.Intent) { in.Key = "" },
		"no sum":                          func(in *provider.Intent) { in.Amount = 0 },
		"negative":                        func(in *provider.Intent) { in.Amount = -1 },
		"no means":                        func(in *provider.Intent) { in.Means = "" },
		"a saved card without its holder": func(in *provider.Intent) { in.Saved = "pm_1" },
	} {
		in := s.Intent("k", 100)
		change(&in)
		if _, err := p.Open(t.Context(), in); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPagesStayOpenWithinStripesBounds(t *testing.T) {
	t.Parallel()
	m, p, s := side(t)
	for name, c := range map[string]struct{ ask, from, to time.Duration }{
		"a few minutes":                {5 * time.Minute, 30 * time.Minute, 32 * time.Minute},
		"half an hour":                 {30 * time.Minute, 30 * time.Minute, 32 * time.Minute},
		"two hours":                    {2 * time.Hour, 119 * time.Minute, 2 * time.Hour},
		"a payment link of three days": {72 * time.Hour, 0, 0}, // Stripe's own 24 hours
	} {
		in := s.Intent(name, 900)
		in.Deadline = time.Now().Add(c.ask)
		o, err := p.Open(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		form := m.objects[o.Ref]["form"].(url.Values)
		if c.to == 0 {
			if form.Has("expires_at") {
				t.Errorf("%s: %s", name, form.Get("expires_at"))
			}
			continue
		}
		if left := time.Until(time.Unix(num(form, "expires_at"), 0)); left < c.from-2*time.Second || left > c.to {
			t.Errorf("%s: open for %v", name, left)
		}
		later := clientLater(t, m, 90*time.Second)
		again, err := later.Open(t.Context(), in)
		if err != nil || again != o {
			t.Errorf("%s, asked again: %+v, %v", name, again, err)
		}
	}
}

func clientLater(t *testing.T, m *model, by time.Duration) provider.Provider {
	t.Helper()
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	return clientOf(t, s.URL, testSecret, func() time.Time { return time.Now().Add(by) })
}

// Stripe does not say what is in a payout that someone made by hand, and disputes come without our metadata.
func TestRowsThatAreNotOurs(t *testing.T) {
	t.Parallel()
	m, p, s := side(t)
	o, err := p.Open(t.Context(), s.Intent("k", 900))
	if err != nil {
		t.Fatal(err)
	}
	m.pay(t, o, providertest.Frictionless)
	pi := m.objects[m.objects[o.Ref]["payment_intent"].(string)]
	m.row("adjustment", "dispute", -900, object{"object": "dispute", "id": "du_test", "payment_intent": pi["id"]})
	m.row("stripe_fee", "fee", -10, nil)
	day := m.settle(t)
	m.payouts = append(m.payouts, object{"object": "payout", "id": "po_hand", "automatic": false, "status": "paid", "amount": 5000,
		"arrival_date": m.payouts[0]["arrival_date"]})
	rows, err := p.Settled(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	got := map[provider.SettledKind]int64{}
	for _, r := range rows {
		got[r.Kind] += r.Amount
		if r.Kind == provider.SettledChargeback {
			c, err := p.Look(t.Context(), r.Ref, "")
			if err != nil || c.Key != "k" || c.Ref != o.Ref {
				t.Errorf("the dispute's charge: %+v, %v", c, err)
			}
		}
	}
	if got[provider.SettledCharge] != 900 || got[provider.SettledChargeback] != -900 || got[provider.SettledOther] != 5000-10 {
		t.Errorf("rows %v", got)
	}
}

// A fee under a standing agreement: the card is kept for it with 3-D Secure, and charged later while its holder is away. stripe-mock
// checks the shape of both requests.
func TestRecurringFeesAreChargedWithoutTheirHolder(t *testing.T) {
	t.Parallel()
	m, p, s := side(t)
	in := s.Intent("register", 100)
	in.Save, in.Recurring = true, true
	o, err := p.Open(t.Context(), in)
	if err != nil || !strings.HasPrefix(o.URL, "https://") {
		t.Fatalf("register: %+v, %v", o, err)
	}
	form := m.objects[o.Ref]["form"].(url.Values)
	for name, want := range map[string]string{"payment_intent_data[setup_future_usage]": "off_session",
		"payment_method_options[card][request_three_d_secure]": "any", "customer_creation": "always"} {
		if got := form.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	m.objects["pm_kept"] = object{"object": "payment_method", "id": "pm_kept", "customer": "cus_owner"}
	fee := s.Intent("fee", 1254)
	fee.Recurring, fee.Capture, fee.Saved, fee.Holder = true, true, "pm_kept", "cus_owner"
	if o, err = p.Open(t.Context(), fee); err != nil || !strings.HasPrefix(o.Ref, "pi_") || o.URL != "" {
		t.Fatalf("charge: %+v, %v", o, err)
	}
	form = m.objects[o.Ref]["form"].(url.Values)
	for name, want := range map[string]string{"off_session": "true", "confirm": "true", "customer": "cus_owner", "payment_method": "pm_kept",
		"payment_method_options[card][request_three_d_secure]": "automatic", "capture_method": "automatic", "return_url": ""} {
		if got := form.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}
