package checks_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/base/talk"
	"github.com/noren-shop/noren/internal/security/pages"
	"github.com/noren-shop/noren/internal/security/pages/checks"
)

// said is a watcher that says what the test gives it.
func said(t *testing.T, rounds []pages.Round) (address string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "nc") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = talk.Serve(ctx, l, func(_ context.Context, ask []byte) []byte {
			out := "ok watcher-1\n"
			number, is := strings.CutPrefix(strings.TrimSpace(string(ask)), "since ")
			since, _ := strconv.ParseInt(number, 10, 64)
			for n, r := range rounds {
				if b, err := json.Marshal(r); is && err == nil && r.Seq > since && int64(n) < since+7 {
					out += string(b) + "\n"
				}
			}
			return []byte(out)
		})
	})
	t.Cleanup(func() { cancel(); wg.Wait(); os.RemoveAll(dir) })
	return "unix:" + l.Addr().String()
}

func round(seq int64, at time.Time, d ...pages.Difference) pages.Round {
	res := pages.Result{Page: "account /s/{shop}/checkout", Outcome: pages.Same, Status: 200, Files: map[string]string{"/assets/a.js": "aa"}, Differences: d}
	if len(d) > 0 {
		res.Outcome = pages.Changed
	}
	return pages.Round{Seq: seq, AtMS: at.UnixMilli(), Pages: []pages.Result{res}}
}

func TestEveryLookIsKeptOnceAndEachDifferenceRaised(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := d.Now().Truncate(time.Hour)
		bad := pages.Difference{Code: pages.ScriptChanged, What: "https://evil.example/x.js", Note: "not in the inventory"}
		var rounds []pages.Round
		for n := range int64(20) {
			at := now.Add(time.Duration(n-19) * 10 * time.Minute)
			if n == 14 || n == 15 {
				rounds = append(rounds, round(n+1, at, bad))
				continue
			}
			rounds = append(rounds, round(n+1, at))
		}
		var raised []signal.Event
		s := checks.New(checks.Config{DB: d, Watchers: []string{said(t, rounds)}, Log: slog.New(slog.DiscardHandler),
			Raise: func(_ context.Context, e signal.Event) { raised = append(raised, e) }})
		for range 3 {
			if err := s.Hear(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(raised) != 1 || raised[0].Code != pages.ScriptChanged || !strings.HasSuffix(raised[0].About, bad.What) {
			t.Errorf("raised %v", raised)
		}
		looks, differ, state := look(t, d, s)
		if looks != 20 || differ != 2 || len(state.Troubles) != 1 || len(state.Latest) != 1 || state.Latest[0].Outcome != pages.Same {
			t.Errorf("%d looks, %d of them different: %+v", looks, differ, state)
		}
		if err := s.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if again, _, _ := look(t, d, s); again != 20 {
			t.Errorf("%d looks after forgetting what is old", again)
		}
		stranger := db.Scope{Actor: actor.Actor{Kind: actor.Visitor}.With(), Request: "test"}
		err := d.Read(t.Context(), stranger, func(r db.Reader) error { _, err := s.State(t.Context(), r); return err })
		if !fault.Is(err, fault.KindDenied) {
			t.Errorf("a visitor reads it: %v", err)
		}
	})
}

func look(t *testing.T, d *db.DB, s *checks.Service) (looks, differ int64, state checks.State) {
	t.Helper()
	who := db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With(), Request: "test"}
	if err := d.Read(t.Context(), who, func(r db.Reader) (err error) { state, err = s.State(t.Context(), r); return err }); err != nil {
		t.Fatal(err)
	}
	for _, h := range state.Hours {
		looks, differ = looks+h.Looks, differ+h.Differ
	}
	return looks, differ, state
}
