package abuse_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/abuse"
)

type kit struct {
	*abuse.Guard
	ms     atomic.Int64
	mu     sync.Mutex
	raised []signal.Event
}

func newKit() *kit {
	k := &kit{}
	k.ms.Store(1_800_000_000_000)
	k.Guard = abuse.New(func() time.Time { return time.UnixMilli(k.ms.Load()) }, func(_ context.Context, e signal.Event) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.raised = append(k.raised, e)
	})
	return k
}

func (k *kit) wait(d time.Duration) { k.ms.Add(d.Milliseconds()) }

func (k *kit) codes() map[signal.Code]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := map[signal.Code]int{}
	for _, e := range k.raised {
		n[e.Code]++
	}
	return n
}

// try is one attempt and its outcome.
func (k *kit) try(t *testing.T, a abuse.Attempt, o abuse.Outcome) abuse.Answer {
	t.Helper()
	v := k.Ask(t.Context(), a)
	k.Settle(v, o)
	return v.Answer
}

func TestAHundredCallersAtOnceGetFewTries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		attempt func(i int) abuse.Attempt
		most    int64
		code    signal.Code
	}{
		{"passwords from one address", func(int) abuse.Attempt { return abuse.Attempt{Act: abuse.LogIn, Address: "192.0.2.1"} }, 21, signal.LoginVelocity},
		{"one card", func(i int) abuse.Attempt {
			return abuse.Attempt{Act: abuse.Pay, Shop: 7, Address: fmt.Sprintf("198.18.%d.1", i), Fingerprint: "a"}
		}, 4, signal.CardTesting},
		{"many cards in one browser", func(i int) abuse.Attempt {
			return abuse.Attempt{Act: abuse.Pay, Shop: 7, Address: fmt.Sprintf("198.18.%d.1", i), Device: "d", Fingerprint: fmt.Sprint("card", i)}
		}, 5, signal.CardTesting},
		{"many cards from one address, no cookies", func(i int) abuse.Attempt {
			return abuse.Attempt{Act: abuse.Pay, Shop: 7, Address: "192.0.2.1", Fingerprint: fmt.Sprint("card", i)}
		}, 9, signal.CardTesting},
		{"registrations from one address", func(int) abuse.Attempt { return abuse.Attempt{Act: abuse.Register, Address: "2001:db8::1"} }, 31, signal.RegisterBurst},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := newKit()
			var taken atomic.Int64
			var wg sync.WaitGroup
			start := make(chan struct{})
			for i := range 100 {
				wg.Go(func() {
					<-start
					v := k.Ask(t.Context(), c.attempt(i))
					if v.Answer == abuse.Refuse {
						if !fault.Is(v.Err(), fault.KindTooMany) || v.Wait <= 0 {
							t.Errorf("refused with %v, wait %v", v.Err(), v.Wait)
						}
						return
					}
					taken.Add(1)
					k.Settle(v, abuse.Failed)
				})
			}
			close(start)
			wg.Wait()
			if n := taken.Load(); n > c.most || n < c.most/2 {
				t.Errorf("%d tries were taken, want at most %d", n, c.most)
			}
			if k.codes()[c.code] != 1 {
				t.Errorf("raised %v, want one %s", k.codes(), c.code)
			}
			for _, e := range k.raised {
				if s := fmt.Sprintf("%s %s", e.About, e.Note); strings.Contains(s, "192.0.2") || strings.Contains(s, "card1") {
					t.Errorf("an address or a fingerprint in %q", s)
				}
			}
		})
	}
}

func TestASteppedUpPersonMayTryOnceAMinute(t *testing.T) {
	t.Parallel()
	k := newKit()
	a := abuse.Attempt{Act: abuse.Pay, Shop: 7, Address: "192.0.2.1", Device: "d", Fingerprint: "a"}
	for range 3 {
		if got := k.try(t, a, abuse.Failed); got != abuse.Allow {
			t.Fatalf("answered %d", got)
		}
	}
	for i := range 3 {
		if got := k.try(t, a, abuse.Failed); got != abuse.StepUp {
			t.Errorf("try %d: answered %d, want a step-up", i+4, got)
		}
		if v := k.Ask(t.Context(), a); v.Answer != abuse.Refuse || i < 2 && v.Wait > time.Minute {
			t.Errorf("at once again: %+v", v)
		}
		k.wait(time.Minute)
	}
	if v := k.Ask(t.Context(), a); v.Answer != abuse.Refuse || !strings.Contains(v.Err().Error(), "minutes") {
		t.Errorf("after six declines: %+v", v)
	}
	other := a
	other.Fingerprint = "b"
	k.wait(time.Hour)
	if got := k.try(t, other, abuse.Succeeded); got == abuse.Refuse {
		t.Error("another card was refused an hour later")
	}
	k.wait(2 * time.Hour)
	if got := k.try(t, a, abuse.Succeeded); got != abuse.Allow {
		t.Errorf("the card was not forgiven: %d", got)
	}
}

func TestAFamilyBehindOneAddressIsNotStopped(t *testing.T) {
	t.Parallel()
	k := newKit()
	for hour := range 24 {
		for who := range 5 {
			at := abuse.Attempt{Shop: 7, Address: "192.0.2.1", Device: fmt.Sprint("phone", who), Account: fmt.Sprint("member-", who),
				Fingerprint: fmt.Sprint("card", who)}
			for _, act := range []abuse.Act{abuse.Register, abuse.LogIn, abuse.Reset, abuse.Change, abuse.Pay} {
				at.Act = act
				for n, o := range []abuse.Outcome{abuse.Failed, abuse.Succeeded} { // everybody mistypes once, and a card is declined
					if got := k.try(t, at, o); got != abuse.Allow {
						t.Errorf("hour %d, person %d, %s, try %d: answered %d", hour, who, act, n, got)
					}
				}
				k.wait(20 * time.Second)
			}
		}
		k.wait(50 * time.Minute)
	}
	if len(k.raised) != 0 {
		t.Errorf("raised %v", k.codes())
	}
}

// TestASaleDayIsNotStopped lets 6,000 people buy in an hour at one shop, a third of them from 20 addresses that a mobile
// carrier shares; one card in twelve is declined, one password in ten mistyped.
func TestASaleDayIsNotStopped(t *testing.T) {
	t.Parallel()
	k := newKit()
	slowed := 0
	outcome := func(bad bool) abuse.Outcome {
		if bad {
			return abuse.Failed
		}
		return abuse.Succeeded
	}
	for i := range 6_000 {
		k.wait(600 * time.Millisecond)
		at := abuse.Attempt{Shop: 7, Address: fmt.Sprintf("10.%d.%d.%d", i%7, i%31, i%251), Device: fmt.Sprint("d", i), Fingerprint: fmt.Sprint("c", i)}
		if i%3 == 0 {
			at.Address = fmt.Sprintf("203.0.113.%d", i/7%20)
		}
		for _, step := range []struct {
			act abuse.Act
			bad bool
		}{{abuse.LogIn, i%10 == 0}, {abuse.LogIn, false}, {abuse.Pay, i/3%12 == 0}} {
			at.Act = step.act
			switch k.try(t, at, outcome(step.bad)) {
			case abuse.Refuse:
				t.Errorf("buyer %d, %s: refused", i, step.act)
			case abuse.StepUp:
				slowed++
			}
		}
		if i%10 == 0 { // who registers
			at.Act = abuse.Register
			if k.try(t, at, abuse.Succeeded) == abuse.Refuse {
				t.Errorf("buyer %d could not register", i)
			}
		}
	}
	if slowed > 0 || len(k.raised) != 0 {
		t.Errorf("%d were slowed down, raised %v", slowed, k.codes())
	}
}

func TestAnAttackOnAShopSlowsItDownAndClosesNothing(t *testing.T) {
	t.Parallel()
	k := newKit()
	tested, buyers := 0, 0
	for i := range 2_000 { // a botnet: every try from another network, with another card
		k.wait(200 * time.Millisecond)
		a := abuse.Attempt{Act: abuse.Pay, Shop: 7, Address: fmt.Sprintf("%d.%d.3.4", 11+i/200, i%200), Fingerprint: fmt.Sprint("stolen", i)}
		if k.try(t, a, abuse.Failed) == abuse.Allow {
			tested++
		}
		if i%100 == 99 { // and an honest buyer now and then
			b := abuse.Attempt{Act: abuse.Pay, Shop: 7, Address: fmt.Sprintf("192.0.2.%d", i/100), Device: fmt.Sprint("d", i), Fingerprint: fmt.Sprint("c", i)}
			if k.try(t, b, abuse.Succeeded) != abuse.Refuse {
				buyers++
			}
		}
	}
	if tested > 60 || buyers != 20 {
		t.Errorf("%d cards were tested without a challenge; %d of 20 buyers got through", tested, buyers)
	}
	if other := k.Ask(t.Context(), abuse.Attempt{Act: abuse.Pay, Shop: 8, Address: "192.0.2.50", Fingerprint: "x"}); other.Answer != abuse.Allow {
		t.Errorf("another shop answered %d", other.Answer)
	}
	if n := k.codes()[signal.CardTesting]; n == 0 || n > 10 {
		t.Errorf("raised %d times", n)
	}
}

func TestWhatWasNotTriedDoesNotCount(t *testing.T) {
	t.Parallel()
	k := newKit()
	a := abuse.Attempt{Act: abuse.Pay, Shop: 7, Address: "192.0.2.1", Device: "d", Fingerprint: "a"}
	for i := range 50 {
		v := k.Ask(t.Context(), a)
		if v.Answer != abuse.Allow {
			t.Fatalf("try %d answered %d", i, v.Answer)
		}
		k.Settle(v, abuse.Undone) // the provider was away
		k.Settle(v, abuse.Failed) // a second settlement changes nothing
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	k := newKit()
	for i := range 210_000 {
		if i%1000 == 0 {
			k.wait(time.Second)
		}
		k.Settle(k.Ask(t.Context(), abuse.Attempt{Act: abuse.Register, Address: fmt.Sprintf("2001:db8:%x:%x::1", i>>16, i&0xffff)}), abuse.Succeeded)
	}
	if n := k.Size(); n > 200_000 {
		t.Errorf("%d counts are kept", n)
	}
}

func BenchmarkAsk(b *testing.B) {
	k := newKit()
	for i := 0; b.Loop(); i++ {
		k.Settle(k.Ask(b.Context(), abuse.Attempt{Act: abuse.Pay, Shop: 7, Address: fmt.Sprintf("10.0.%d.%d", i>>8&255, i&255), Device: "d",
			Fingerprint: "c"}), abuse.Succeeded)
	}
}
