package providertest

import (
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

func oneKey(t *testing.T, s Side) {
	in := s.Intent("key-1", 3300)
	first, again := s.open(t, in), s.open(t, in)
	if first != again {
		t.Fatalf("the second open gives %+v, the first gave %+v", again, first)
	}
	if s.Pay(t, first, Frictionless) {
		t.Fatal("the page does not take the payment")
	}
	if after := s.open(t, in); after.Ref != first.Ref {
		t.Fatalf("after the payment the key opens %q, not %q", after.Ref, first.Ref)
	}
	c := s.look(t, first.Ref)
	sums(t, c, provider.Captured, 3300, 0)
	if c.Key != in.Key || c.Amount != 3300 || c.Means != provider.Card || c.Ref != first.Ref {
		t.Errorf("charge %+v", c)
	}
}

func manyCallers(t *testing.T, s Side) {
	in := s.Intent("key-many", 1000)
	var wg sync.WaitGroup
	var mu sync.Mutex
	refs := map[string]bool{}
	for range 10 {
		wg.Go(func() {
			o, err := s.Provider.Open(t.Context(), in)
			if fault.Is(err, fault.KindUnavailable) {
				return // another caller with the key is under way: look, or call again
			}
			if err != nil {
				t.Errorf("open: %v", because(err))
				return
			}
			mu.Lock()
			defer mu.Unlock()
			refs[o.Ref] = true
		})
	}
	wg.Wait()
	if refs[s.open(t, in).Ref] = true; len(refs) != 1 {
		t.Errorf("one key made %d charges", len(refs))
	}
}

func otherIntent(t *testing.T, s Side) {
	s.open(t, s.Intent("key-2", 3300))
	_, err := s.Provider.Open(t.Context(), s.Intent("key-2", 3301))
	refused(t, "another sum under the same key", err, fault.KindConflict)
}

func lookByKey(t *testing.T, s Side) {
	o := s.open(t, s.Intent("key-lost", 500))
	c, err := s.Provider.Look(t.Context(), "", "key-lost")
	if err != nil {
		t.Fatalf("look by key: %v", because(err))
	}
	if c.Ref != o.Ref || c.State != provider.Open || c.Amount != 500 {
		t.Errorf("found %+v; want %s, open, 500", c, o.Ref)
	}
}

func lookNothing(t *testing.T, s Side) {
	_, err := s.Provider.Look(t.Context(), "", "no-such-key")
	refused(t, "look for an unknown key", err, fault.KindNotFound)
	_, err = s.Provider.Look(t.Context(), "no_such_ref", "")
	refused(t, "look for an unknown reference", err, fault.KindNotFound)
}

func capturedAtOnce(t *testing.T, s Side) {
	o := s.open(t, s.Intent("k", 12000))
	sums(t, s.look(t, o.Ref), provider.Open, 0, 0)
	if o.URL == "" {
		t.Fatal("a hosted charge has no page")
	}
	if s.Pay(t, o, Challenged) {
		t.Fatal("the page does not take the payment")
	}
	c := s.look(t, o.Ref)
	sums(t, c, provider.Captured, 12000, 0)
	if len(c.Card.Last4) != 4 || c.Card.Brand == "" || c.Card.Fingerprint == "" {
		t.Errorf("card %+v", c.Card)
	}
}

// authorised opens a charge that is captured later, and pays it.
func authorised(t *testing.T, s Side, key string, amount int64) provider.Opened {
	t.Helper()
	in := s.Intent(key, amount)
	in.Capture = false
	o, c := s.paid(t, in)
	sums(t, c, provider.Authorised, 0, 0)
	return o
}

func capturedInPart(t *testing.T, s Side) {
	o := authorised(t, s, "k", 5000)
	_, err := s.Provider.Capture(t.Context(), o.Ref, 5001, "k-over")
	refused(t, "capture more than was set aside", err, fault.KindConflict)
	for range 2 { // the answer was lost: the same key takes once
		c, err := s.Provider.Capture(t.Context(), o.Ref, 4200, "k-capture")
		if err != nil {
			t.Fatalf("capture: %v", because(err))
		}
		sums(t, c, provider.Captured, 4200, 0)
	}
	sums(t, s.look(t, o.Ref), provider.Captured, 4200, 0)
}

func capturedTwice(t *testing.T, s Side) {
	o := authorised(t, s, "k", 5000)
	if _, err := s.Provider.Capture(t.Context(), o.Ref, 2000, "k-1"); err != nil {
		t.Fatalf("capture: %v", because(err))
	}
	_, err := s.Provider.Capture(t.Context(), o.Ref, 3000, "k-2")
	refused(t, "a second capture", err, fault.KindConflict)
	sums(t, s.look(t, o.Ref), provider.Captured, 2000, 0)
}

func voidedIsNotCaptured(t *testing.T, s Side) {
	o := authorised(t, s, "k", 5000)
	for _, key := range []string{"k-void", "k-void", "k-void-again"} { // voided stays voided, whoever asks
		c, err := s.Provider.Void(t.Context(), o.Ref, key)
		if err != nil {
			t.Fatalf("void: %v", because(err))
		}
		sums(t, c, provider.Voided, 0, 0)
	}
	_, err := s.Provider.Capture(t.Context(), o.Ref, 5000, "k-capture")
	refused(t, "capture after void", err, fault.KindConflict)
	sums(t, s.look(t, o.Ref), provider.Voided, 0, 0)
}

func capturedIsNotVoided(t *testing.T, s Side) {
	o, _ := s.paid(t, s.Intent("k", 5000))
	_, err := s.Provider.Void(t.Context(), o.Ref, "k-void")
	refused(t, "void after capture", err, fault.KindConflict)
	sums(t, s.look(t, o.Ref), provider.Captured, 5000, 0)
}

func voidedPage(t *testing.T, s Side) {
	o := s.open(t, s.Intent("k", 5000))
	c, err := s.Provider.Void(t.Context(), o.Ref, "k-void")
	if err != nil {
		t.Fatalf("void an open charge: %v", because(err))
	}
	sums(t, c, provider.Voided, 0, 0)
	if !s.Pay(t, o, Frictionless) {
		t.Error("the page of a voided charge takes a payment")
	}
	sums(t, s.look(t, o.Ref), provider.Voided, 0, 0)
}

func refunds(t *testing.T, s Side) {
	o, _ := s.paid(t, s.Intent("k", 5000))
	give := func(amount int64, key string, total int64) {
		t.Helper()
		c, err := s.Provider.Refund(t.Context(), o.Ref, amount, key)
		if err != nil {
			t.Fatalf("refund %d: %v", amount, because(err))
		}
		sums(t, c, provider.Captured, 5000, total)
	}
	give(1000, "r1", 1000)
	give(1000, "r1", 1000) // the answer was lost
	give(1000, "r2", 2000) // the same sum once more is another refund
	_, err := s.Provider.Refund(t.Context(), o.Ref, 3001, "r3")
	refused(t, "refund more than is left", err, fault.KindConflict)
	give(3000, "r4", 5000)
	_, err = s.Provider.Refund(t.Context(), o.Ref, 1, "r5")
	refused(t, "refund when nothing is left", err, fault.KindConflict)
	c := s.look(t, o.Ref)
	sums(t, c, provider.Captured, 5000, 5000)
	got := map[string]int64{}
	for _, r := range c.Refunds {
		if r.State != provider.RefundFailed {
			got[r.Key] += r.Amount
		}
		if r.Ref == "" {
			t.Errorf("a refund without a name: %+v", r)
		}
	}
	if len(got) != 3 || got["r1"] != 1000 || got["r2"] != 1000 || got["r4"] != 3000 {
		t.Errorf("refunds by key: %v", got)
	}
}

func refundOfNothing(t *testing.T, s Side) {
	open := s.open(t, s.Intent("k-open", 5000))
	_, err := s.Provider.Refund(t.Context(), open.Ref, 1, "r-open")
	refused(t, "refund an open charge", err, fault.KindConflict)
	held := authorised(t, s, "k-held", 5000)
	_, err = s.Provider.Refund(t.Context(), held.Ref, 1, "r-held")
	refused(t, "refund a charge that was not captured", err, fault.KindConflict)
	sums(t, s.look(t, held.Ref), provider.Authorised, 0, 0)
}
