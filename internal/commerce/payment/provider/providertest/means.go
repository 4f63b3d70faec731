package providertest

import (
	"net/http"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

func declines(t *testing.T, s Side) {
	for play, reason := range map[Play]string{
		LacksFunds: provider.NoFunds, HasExpiredCard: provider.Expired, LooksFraudulent: provider.SuspectedFraud,
		FailsChallenge: provider.ThreeDSFailed,
	} {
		o := s.open(t, s.Intent("k "+string(play), 5000))
		s.Pay(t, o, play)
		c := s.look(t, o.Ref)
		// A page may let its purchaser try another card; then the charge is still open.
		if c.State != provider.Declined && c.State != provider.Open || c.Captured != 0 || c.Reason != reason {
			t.Errorf("%s: %s, captured %d, reason %q; want %q", play, c.State, c.Captured, c.Reason, reason)
		}
		if play == FailsChallenge && c.ThreeDS != provider.Failed {
			t.Errorf("%s: 3-D Secure is %q", play, c.ThreeDS)
		}
	}
}

func threeDS(t *testing.T, s Side) {
	for play, want := range map[Play]provider.ThreeDS{
		Frictionless: provider.Passed, Challenged: provider.Passed, NotTakingPart: provider.Attempted,
	} {
		o := s.open(t, s.Intent("k "+string(play), 5000))
		if s.Pay(t, o, play) {
			t.Fatalf("%s: the page does not take the payment", play)
		}
		if c := s.look(t, o.Ref); c.ThreeDS != want || c.State != provider.Captured {
			t.Errorf("%s: %s, 3-D Secure %q; want %q", play, c.State, c.ThreeDS, want)
		}
	}
}

func saved(t *testing.T, s Side) {
	in := s.Intent("k-1", 5000)
	in.Save = true
	_, first := s.paid(t, in)
	if first.Saved == "" || first.Holder == "" {
		t.Fatalf("the card was not kept: saved %q, holder %q", first.Saved, first.Holder)
	}
	in = s.Intent("k-2", 700)
	in.Saved, in.Holder = first.Saved, first.Holder
	o := s.open(t, in)
	if o.URL != "" { // 3-D Secure, on the issuer's page
		s.Pay(t, o, Frictionless)
	}
	c := s.look(t, o.Ref)
	sums(t, c, provider.Captured, 700, 0)
	if c.Card.Fingerprint != first.Card.Fingerprint {
		t.Error("the saved card has another fingerprint")
	}
	for range 2 { // forgotten stays forgotten
		if err := s.Provider.Forget(t.Context(), first.Saved); err != nil {
			t.Fatalf("forget: %v", because(err))
		}
	}
	in.Key = "k-3"
	o, err := s.Provider.Open(t.Context(), in)
	if err == nil {
		c = s.look(t, o.Ref)
		sums(t, c, provider.Declined, 0, 0)
		return
	}
	refused(t, "pay with a forgotten card", err, fault.KindConflict)
}

func slip(t *testing.T, s Side) {
	if s.PaySlip == nil {
		t.Skip("this provider has no convenience stores")
	}
	in := s.Intent("k", 5000)
	in.Means, in.Deadline = provider.Convenience, s.Now().Add(72*time.Hour)
	o := s.open(t, in)
	s.Choose(t, o)
	c := s.look(t, o.Ref)
	sums(t, c, provider.Open, 0, 0)
	if c.Slip.Number == "" && len(c.Slip.Numbers) == 0 || c.Slip.Until.Before(s.Now()) || c.Means != provider.Convenience {
		t.Fatalf("slip %+v of %s", c.Slip, c.Means)
	}
	s.PaySlip(t, c)
	sums(t, s.look(t, o.Ref), provider.Captured, 5000, 0)
}

// heard waits for the notices and gives those that hold, by their charge.
func heard(t *testing.T, s Side) (map[string]provider.Notice, []Delivery) {
	t.Helper()
	ds := s.Delivered(t)
	if len(ds) == 0 {
		t.Fatal("no notice came")
	}
	out := map[string]provider.Notice{}
	for _, d := range ds {
		n, err := s.Provider.Notice(d.Header.Get, d.Body, s.Now())
		if err != nil {
			t.Fatalf("a true notice is refused: %v", because(err))
		}
		if n.ID == "" || n.Kind == "" || n.At.IsZero() {
			t.Errorf("notice %+v", n)
		}
		if n.Ref != "" {
			out[n.Ref] = n
		}
	}
	return out, ds
}

func notice(t *testing.T, s Side) {
	o, _ := s.paid(t, s.Intent("k", 5000))
	byRef, _ := heard(t, s)
	for ref := range byRef {
		c := s.look(t, ref)
		if c.Key == "k" {
			return
		}
	}
	t.Errorf("no notice leads to %s: %v", o.Ref, byRef)
}

func forged(t *testing.T, s Side) {
	s.paid(t, s.Intent("k", 5000))
	_, ds := heard(t, s)
	d := ds[0]
	none := func(string) string { return "" }
	changed := append([]byte{}, d.Body...)
	changed[len(changed)/2] ^= 1
	for name, try := range map[string]func() error{
		"another body": func() error { _, err := s.Provider.Notice(d.Header.Get, changed, s.Now()); return err },
		"no signature": func() error { _, err := s.Provider.Notice(none, d.Body, s.Now()); return err },
		"a day later":  func() error { _, err := s.Provider.Notice(d.Header.Get, d.Body, s.Now().Add(24*time.Hour)); return err },
		"a day early": func() error {
			_, err := s.Provider.Notice(d.Header.Get, d.Body, s.Now().Add(-24*time.Hour))
			return err
		},
		"another secret": func() error { _, err := s.Other.Notice(d.Header.Get, d.Body, s.Now()); return err },
		"no body":        func() error { _, err := s.Provider.Notice(d.Header.Get, nil, s.Now()); return err },
		"another's header": func() error {
			h := http.Header{}
			for k := range d.Header {
				h.Set(k, "t=1,v1=00")
			}
			_, err := s.Provider.Notice(h.Get, d.Body, s.Now())
			return err
		},
	} {
		if err := try(); err == nil {
			t.Errorf("%s: the notice holds", name)
		} else {
			refused(t, name, err, fault.KindDenied)
		}
	}
}

func settlement(t *testing.T, s Side) {
	a, _ := s.paid(t, s.Intent("k-a", 5000))
	s.paid(t, s.Intent("k-b", 800))
	if _, err := s.Provider.Refund(t.Context(), a.Ref, 1200, "r"); err != nil {
		t.Fatalf("refund: %v", because(err))
	}
	s.open(t, s.Intent("k-never", 99))
	day := s.Settle(t)
	rows, err := s.Provider.Settled(t.Context(), day)
	if err != nil {
		t.Fatalf("settled: %v", because(err))
	}
	type line struct {
		key  string
		kind provider.SettledKind
	}
	got, fees := map[line]int64{}, int64(0)
	for _, r := range rows {
		key := r.Key
		if key == "" && r.Ref != "" {
			key = s.look(t, r.Ref).Key
		}
		got[line{key, r.Kind}] += r.Amount
		fees += r.Fee
		if r.Payout == "" || r.Day == "" {
			t.Errorf("row %+v", r)
		}
	}
	for l, want := range map[line]int64{
		{"k-a", provider.SettledCharge}: 5000, {"k-b", provider.SettledCharge}: 800, {"k-a", provider.SettledRefund}: -1200,
	} {
		if got[l] != want {
			t.Errorf("%v: %d; want %d", l, got[l], want)
		}
		delete(got, l)
	}
	if fees <= 0 {
		t.Errorf("fees %d", fees)
	}
	for l, sum := range got {
		if l.kind != provider.SettledOther {
			t.Errorf("%v: %d, which nobody paid", l, sum)
		}
	}
}
