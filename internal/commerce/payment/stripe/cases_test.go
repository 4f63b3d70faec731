package stripe_test

import (
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
