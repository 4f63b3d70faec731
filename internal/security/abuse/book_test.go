package abuse_test

import (
	"fmt"
	"testing"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/abuse"
)

// On the provider's page a card's fingerprint is known only after it was declined.
func TestCardsThatAreKnownAfterwardsAreCounted(t *testing.T) {
	t.Parallel()
	k := newKit()
	b := abuse.NewBook(k.Guard)
	tested := 0
	for i := range 30 {
		key := fmt.Sprint("7-", i)
		a := abuse.Attempt{Act: abuse.Pay, Shop: 7, Address: "192.0.2.1", Device: "d"}
		if err := b.Ask(t.Context(), key, a); err != nil {
			if !fault.Is(err, fault.KindTooMany) {
				t.Fatal(err)
			}
			continue
		}
		tested++
		b.Tell(t.Context(), key, abuse.Attempt{Act: abuse.Pay, Shop: 7, Fingerprint: fmt.Sprint("card", i)}, abuse.Failed)
		b.Tell(t.Context(), key, abuse.Attempt{Act: abuse.Pay, Shop: 7}, abuse.Failed) // the notice comes twice
	}
	if tested > 5 || k.codes()[signal.CardTesting] == 0 {
		t.Errorf("%d cards were tested, raised %v", tested, k.codes())
	}
}

func TestOneCardAtManyShopsIsHeardOf(t *testing.T) {
	t.Parallel()
	k := newKit()
	b := abuse.NewBook(k.Guard)
	for i := range 4 { // asked on other nodes
		b.Tell(t.Context(), fmt.Sprint(i, "-1"), abuse.Attempt{Act: abuse.Pay, Shop: 7, Fingerprint: "stolen"}, abuse.Failed)
	}
	if k.codes()[signal.CardTesting] != 1 {
		t.Errorf("raised %v", k.codes())
	}
	if v := k.Ask(t.Context(), abuse.Attempt{Act: abuse.Pay, Shop: 8, Address: "192.0.2.9", Fingerprint: "stolen"}); v.Answer != abuse.StepUp {
		t.Errorf("where the card is known beforehand: %+v", v)
	}
}
