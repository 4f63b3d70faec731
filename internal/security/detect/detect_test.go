package detect_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/detect"
	"github.com/noren-shop/noren/migrations"
)

type kit struct {
	db      *db.DB
	ms      *atomic.Int64
	signals *signal.Recorder
	found   *detect.Service
	opened  *atomic.Int64
}

func operator() db.Scope {
	return db.Scope{Actor: actor.Actor{Kind: actor.Operator, Account: 42}.With(), Request: "test"}
}

func each(t *testing.T, test func(t *testing.T, k kit)) {
	t.Helper()
	var ms atomic.Int64
	ms.Store(1_800_000_000_000)
	dbtest.EachWith(t, db.Config{Schema: migrations.Schema(), Now: func() time.Time { return time.UnixMilli(ms.Load()) }}, func(t *testing.T, d *db.DB) {
		test(t, newKit(d, &ms))
	})
}

func newKit(d *db.DB, ms *atomic.Int64) kit {
	k := kit{db: d, ms: ms, opened: &atomic.Int64{}}
	k.found = detect.New(d, func(detect.Finding) { k.opened.Add(1) })
	k.signals = signal.New(signal.Config{DB: d, Log: slog.New(slog.DiscardHandler), Node: "test", After: k.found.Apply})
	k.signals.SetPepper(secret.NewPepper([]byte("a test's key")))
	return k
}

func (k kit) raise(t *testing.T, e signal.Event, times int) {
	t.Helper()
	for range times {
		k.signals.Raise(t.Context(), e)
	}
	if err := k.signals.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (k kit) list(t *testing.T, f detect.Filter) []detect.Finding {
	t.Helper()
	f.Number = 50
	list, _, err := k.found.List(t.Context(), operator(), f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

type vector struct {
	Name   string
	Events []struct {
		At          int64
		Code        signal.Code
		Times       int
		Shop        id.Shop
		About, Addr string
	}
	Want []struct {
		Rule  string
		Times int64
	}
}

func vectors(t *testing.T) (list []vector) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRulesFindWhatTheirVectorsSay(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			var ms atomic.Int64
			d := dbtest.SQLite(t, db.Config{Schema: migrations.Schema(), Now: func() time.Time { return time.UnixMilli(ms.Load()) }})
			k := newKit(d, &ms)
			for _, e := range v.Events {
				ms.Store(1_800_000_000_000 + e.At*1000)
				k.raise(t, signal.Event{Code: e.Code, Shop: e.Shop, About: e.About, Addr: e.Addr}, e.Times)
			}
			var got, want []string
			for _, f := range k.list(t, detect.Filter{}) {
				got = append(got, fmt.Sprint(f.Rule, f.Times))
			}
			for _, w := range v.Want {
				want = append(want, fmt.Sprint(w.Rule, w.Times))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) || int(k.opened.Load()) != len(want) {
				t.Errorf("found %v, want %v (told of %d)", got, want, k.opened.Load())
			}
		})
	}
}

func TestEveryRuleHasAVectorThatFiresIt(t *testing.T) {
	t.Parallel()
	fired := map[string]bool{}
	for _, v := range vectors(t) {
		for _, w := range v.Want {
			fired[w.Rule] = true
		}
	}
	for _, r := range detect.Rules() {
		if !fired[string(r.Code)] {
			t.Errorf("no vector fires %s", r.Code)
		}
		if r.Title.Ja == "" || r.Title.En == "" || r.Do.Ja == "" || r.Do.En == "" || r.Times < 1 || r.Window <= 0 || r.Gravity < signal.Low {
			t.Errorf("%s is not complete: %+v", r.Code, r)
		}
	}
}

func TestAFindingIsSeenClosedAndOpensAnew(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kit) {
		e := signal.Event{Code: signal.CardTesting, Shop: 7, About: "shop", Addr: "192.0.2.3"}
		k.raise(t, e, 3)
		f := k.list(t, detect.Filter{})[0]
		move := func(to detect.State, note string) error {
			return k.found.Move(t.Context(), operator(), 7, f.ID, to, note)
		}
		if err := move(detect.Seen, ""); err != nil {
			t.Fatal(err)
		}
		k.ms.Add(1000)
		k.raise(t, e, 2) // a finding that somebody looks at goes on counting
		if err := move(detect.Closed, ""); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("closed without a word: %v", err)
		}
		k.ms.Add(1000)
		if err := move(detect.Closed, "決済会社に連絡した"); err != nil {
			t.Fatal(err)
		}
		if err := move(detect.Closed, "もう一度"); !fault.Is(err, fault.KindConflict) {
			t.Errorf("closed twice: %v", err)
		}
		d, err := k.found.Get(t.Context(), operator(), 7, f.ID)
		if err != nil || d.Times != 5 || d.State != detect.Closed || len(d.Remarks) != 2 || d.Remarks[1].Account != 42 || len(d.Events) != 2 {
			t.Errorf("%+v, %v", d, err)
		}
		k.ms.Add(1000)
		k.raise(t, e, 1)
		if list := k.list(t, detect.Filter{}); len(list) != 1 || list[0].ID == f.ID || list[0].Times != 1 {
			t.Errorf("after the closing: %+v", list)
		}
		if done := k.list(t, detect.Filter{Done: detect.Closed}); len(done) != 1 {
			t.Errorf("closed: %+v", done)
		}
		if _, err := k.found.Get(t.Context(), operator(), 8, f.ID); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("another shop's: %v", err)
		}
		owner := db.Scope{Shop: 7, Actor: actor.Actor{Kind: actor.Staff, Role: actor.Owner}.With()}
		if _, _, err := k.found.List(t.Context(), owner, detect.Filter{Number: 5}); !fault.Is(err, fault.KindDenied) {
			t.Errorf("an owner saw findings of every shop: %v", err)
		}
		if err := k.found.Move(t.Context(), owner, 7, f.ID, detect.Seen, ""); !fault.Is(err, fault.KindDenied) {
			t.Errorf("an owner moved one: %v", err)
		}
	})
}

func TestManyNodesMakeOneFinding(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kit) {
		const nodes = 8
		var wg sync.WaitGroup
		for range nodes {
			wg.Go(func() {
				other := newKit(k.db, k.ms)
				for range 10 { // 80 failures, of which no node sees 50
					other.signals.Raise(t.Context(), signal.Event{Code: signal.LoginFailed, Addr: "203.0.113.4"})
					if err := other.signals.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if list := k.list(t, detect.Filter{}); len(list) != 1 || list[0].Times != nodes*10 {
			t.Errorf("found %+v", list)
		}
	})
}
