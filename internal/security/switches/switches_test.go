package switches_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/migrations"
)

func operator(account id.Account) db.Scope {
	return db.Scope{Actor: actor.Actor{Kind: actor.Operator, Account: account}.With(), Request: "test"}
}

func newSet(d *db.DB, raise signal.Raise) *switches.Set {
	return switches.New(d, raise, slog.New(slog.DiscardHandler))
}

func clocked(t *testing.T, test func(t *testing.T, d *db.DB, move func(time.Duration))) {
	t.Helper()
	var ms atomic.Int64
	ms.Store(1_800_000_000_000)
	c := db.Config{Schema: migrations.Schema(), Now: func() time.Time { return time.UnixMilli(ms.Load()) }}
	dbtest.EachWith(t, c, func(t *testing.T, d *db.DB) { test(t, d, func(by time.Duration) { ms.Add(by.Milliseconds()) }) })
}

func turnOn(t *testing.T, s *switches.Set, in switches.In) {
	t.Helper()
	if in.Reason == "" {
		in.Reason = "試験"
	}
	if err := s.TurnOn(t.Context(), operator(1), in); err != nil {
		t.Fatal(err)
	}
}

func TestASwitchReachesAsFarAsItsTarget(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, d *db.DB, _ func(time.Duration)) {
		s := newSet(d, signal.Nowhere)
		turnOn(t, s, switches.In{Name: switches.ShopReadOnly, Target: switches.Target{Shop: 7}})
		turnOn(t, s, switches.In{Name: switches.CloseCardSignups, Renewals: switches.RenewalsStop})
		turnOn(t, s, switches.In{Name: switches.StopApp, Target: switches.Target{App: 99}})
		for _, c := range []struct {
			name switches.Name
			shop id.Shop
			on   bool
		}{{switches.ShopReadOnly, 7, true}, {switches.ShopReadOnly, 8, false}, {switches.ShopReadOnly, 0, false},
			{switches.CloseCardSignups, 8, true}, {switches.CloseCardSignups, 0, true}, {switches.FreezeExports, 7, false}} {
			if _, on := s.On(c.name, c.shop); on != c.on {
				t.Errorf("%s at shop %d: on %v", c.name, c.shop, on)
			}
		}
		if w, _ := s.On(switches.CloseCardSignups, 7); w.Renewals != switches.RenewalsStop || !fault.Is(w.Refusal(), fault.KindUnavailable) {
			t.Errorf("renewals %s, refusal %v", w.Renewals, w.Refusal())
		}
		if _, on := s.Stopped(99); !on {
			t.Error("the app runs on")
		}
		if _, on := s.Stopped(98); on {
			t.Error("another app was stopped")
		}
	})
}

func TestWhatMakesNoSwitchIsRefused(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, d *db.DB, _ func(time.Duration)) {
		s := newSet(d, signal.Nowhere)
		for name, in := range map[string]switches.In{
			"unknown name":     {Name: "open-everything", Reason: "x"},
			"no reason":        {Name: switches.FreezeExports, Reason: "  "},
			"past end":         {Name: switches.FreezeExports, Reason: "x", Until: d.Now()},
			"app without id":   {Name: switches.StopApp, Reason: "x"},
			"shop with an app": {Name: switches.ShopReadOnly, Reason: "x", Target: switches.Target{App: 5}},
			"odd renewals":     {Name: switches.CloseCardSignups, Reason: "x", Renewals: "perhaps"},
		} {
			if err := s.TurnOn(t.Context(), operator(1), in); !fault.Is(err, fault.KindInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		in := switches.In{Name: switches.FreezeExports, Reason: "x"}
		owner := db.Scope{Actor: actor.Actor{Kind: actor.Staff, Role: actor.Owner, Account: 3}.With()}
		if err := s.TurnOn(t.Context(), owner, in); !fault.Is(err, fault.KindDenied) {
			t.Errorf("an owner set a switch: %v", err)
		}
		if _, err := s.TurnOff(t.Context(), operator(1), switches.FreezeExports, switches.Target{}, "operator", "x"); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("lifted what is not on: %v", err)
		}
	})
}

func TestLiftingTakesTwoPersonsOrADelay(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, d *db.DB, move func(time.Duration)) {
		s := newSet(d, signal.Nowhere)
		in := switches.In{Name: switches.FreezeExports, Target: switches.Target{Shop: 7}}
		off := func(who id.Account) bool {
			lifted, err := s.TurnOff(t.Context(), operator(who), in.Name, in.Target, "operator", "誤報")
			if err != nil {
				t.Fatal(err)
			}
			return lifted
		}
		is := func(want bool, when string) {
			t.Helper()
			if _, on := s.On(in.Name, 7); on != want {
				t.Errorf("%s: on %v", when, on)
			}
		}
		turnOn(t, s, in)
		for range 2 { // asking twice is still one person
			if off(1) {
				t.Error("one person lifted it at once")
			}
		}
		is(true, "asked by one")
		if !off(2) {
			t.Error("two persons did not lift it")
		}
		is(false, "two persons")

		turnOn(t, s, in)
		off(1)
		move(switches.AloneTime - time.Second)
		is(true, "before the delay")
		if err := s.Keep(t.Context(), operator(2), in.Name, in.Target, "operator"); err != nil {
			t.Fatal(err)
		}
		move(time.Hour)
		is(true, "kept")
		off(1)
		move(switches.AloneTime)
		is(false, "after the delay")
		if err := s.End(t.Context()); err != nil {
			t.Fatal(err)
		}
		changes, err := s.Changes(t.Context(), operator(1))
		var acts []switches.Act
		for _, c := range changes {
			acts = append(acts, c.Act)
		}
		want := map[switches.Act]int{switches.ActOn: 2, switches.ActAsk: 3, switches.ActOff: 2, switches.ActKeep: 1}
		got := map[switches.Act]int{}
		for _, a := range acts {
			got[a]++
		}
		for a, n := range want {
			if got[a] != n {
				t.Errorf("history %v, %v: %s %d times, want %d", acts, err, a, got[a], n)
			}
		}
		if changes[0].Act != switches.ActOff || changes[0].Account != 1 {
			t.Errorf("the last change is %+v", changes[0])
		}
	})
}

func TestSettingAnewIsNoWayAroundTheSecondPerson(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, d *db.DB, move func(time.Duration)) {
		s := newSet(d, signal.Nowhere)
		in := switches.In{Name: switches.CloseCardSignups, Renewals: switches.RenewalsStop, Until: d.Now().Add(time.Hour), Reason: "漏えいの疑い"}
		turnOn(t, s, in)
		for name, change := range map[string]func(*switches.In){
			"shorter":      func(in *switches.In) { in.Until = d.Now().Add(time.Second) },
			"renewals on":  func(in *switches.In) { in.Renewals = switches.RenewalsGoOn },
			"both, hidden": func(in *switches.In) { in.Until, in.Renewals = time.Time{}, "" },
		} {
			weak := in
			change(&weak)
			if err := s.TurnOn(t.Context(), operator(1), weak); !fault.Is(err, fault.KindConflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		in.Until = time.Time{}
		turnOn(t, s, in)
		move(2 * time.Hour)
		if _, on := s.On(in.Name, 3); !on {
			t.Error("an endless switch ended")
		}
	})
}

func TestASwitchEndsByItself(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, d *db.DB, move func(time.Duration)) {
		s := newSet(d, signal.Nowhere)
		turnOn(t, s, switches.In{Name: switches.NoNewSessions, Until: d.Now().Add(time.Minute)})
		move(time.Minute)
		if _, on := s.On(switches.NoNewSessions, 1); on || len(s.List()) != 0 {
			t.Error("on after its end")
		}
		if err := s.End(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c, err := s.Changes(t.Context(), operator(1)); err != nil || len(c) != 2 || c[0].Act != switches.ActEnded {
			t.Errorf("history %+v, %v", c, err)
		}
	})
}

// TestAFlipReachesTheOtherNode opens one store twice, as two processes do, and measures.
func TestAFlipReachesTheOtherNode(t *testing.T) {
	t.Parallel()
	urls := map[string]string{"sqlite": filepath.Join(t.TempDir(), "noren.db")}
	if dbtest.Offered() {
		urls["postgres"] = dbtest.Database(t, migrations.Schema())
	}
	for engine, url := range urls {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			open := func() *db.DB {
				d, err := db.Open(t.Context(), db.Config{URL: url, Schema: migrations.Schema(), Volatile: true, Conns: 2})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(d.Close)
				return d
			}
			here, there := newSet(open(), signal.Nowhere), newSet(open(), signal.Nowhere)
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() { there.Run(ctx) })
			t.Cleanup(func() { stop(); wg.Wait() })
			turnOn(t, here, switches.In{Name: switches.CloseCardSignups})
			began := time.Now()
			for {
				if _, on := there.On(switches.CloseCardSignups, 5); on {
					break
				}
				if time.Since(began) > 5*time.Second {
					t.Fatal("not in force on the other node after 5 s")
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Logf("in force after %v", time.Since(began))
		})
	}
}

func TestAStoreThatIsAwayLeavesTheLastState(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	var raised []signal.Code
	s := newSet(d, func(_ context.Context, e signal.Event) { raised = append(raised, e.Code) })
	turnOn(t, s, switches.In{Name: switches.CloseCardSignups})
	gone, stop := context.WithCancel(t.Context())
	stop()
	began := time.Now()
	for s.Load(gone) != nil && time.Since(began) < 7*time.Second && len(raised) < 2 {
		time.Sleep(50 * time.Millisecond)
	}
	if _, on := s.On(switches.CloseCardSignups, 1); !on {
		t.Error("the switch is off because the store is away")
	}
	if len(raised) != 2 || raised[1] != signal.SwitchStale {
		t.Errorf("raised %v", raised)
	}
	for range 3 {
		_ = s.Load(gone)
	}
	if err := s.Load(t.Context()); err != nil || len(raised) != 2 {
		t.Errorf("%v; raised again: %v", err, raised)
	}
}
