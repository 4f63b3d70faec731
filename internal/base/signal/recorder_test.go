package signal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
)

type row struct {
	shop, times, account int64
	code, addr, net      string
	credential, note     string
}

func stored(t *testing.T, d *db.DB) []row {
	t.Helper()
	var out []row
	err := d.Across("test").Read(t.Context(), db.Scope{}, func(r db.Reader) (err error) {
		out, err = db.All(t.Context(), r, func(r db.Row) (x row, err error) {
			err = r.Scan(&x.shop, &x.times, &x.account, &x.code, &x.addr, &x.net, &x.credential, &x.note)
			return x, err
		}, "SELECT shop_id, times, account, code, addr, net, credential, note FROM security_event WHERE shop_id >= 0 ORDER BY code, shop_id, id")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func recorder(d *db.DB, c signal.Config) *signal.Recorder {
	c.DB, c.Log, c.Node = d, slog.New(slog.DiscardHandler), "test"
	return signal.New(c)
}

func TestAFloodOfEqualEventsIsOneRowThatCountsThem(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var counted atomic.Int64
		r := recorder(d, signal.Config{Count: func(signal.Code) { counted.Add(1) }})
		r.SetPepper(secret.NewPepper([]byte("a test's key")))
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				for range 50 {
					r.Raise(t.Context(), signal.Event{Code: signal.LoginFailed, Shop: 7, Addr: "192.0.2.9"})
				}
			})
		}
		token := secret.NewToken()
		r.Raise(t.Context(), signal.Event{Code: signal.RightDenied, Shop: 8, Actor: actor.Actor{Kind: actor.Staff, Account: 5, Credential: token}})
		wg.Wait()
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := stored(t, d)
		if len(got) != 2 || got[0].code != "access.denied" || got[0].account != 5 || got[1].times != 5_000 || got[1].shop != 7 || counted.Load() != 5_001 {
			t.Fatalf("%+v, counted %d", got, counted.Load())
		}
		if got[1].addr == "" || got[1].net == "" || got[1].addr == got[1].net {
			t.Errorf("the address's digests are %q and %q", got[1].addr, got[1].net)
		}
		for _, x := range got {
			if s := fmt.Sprint(x); contains(s, "192.0.2") || contains(s, token.Reveal()) {
				t.Errorf("an address or a token was stored: %s", s)
			}
		}
	})
}

func contains(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return true
		}
	}
	return false
}

func TestWhatIsTooManyIsSaid(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	r := recorder(d, signal.Config{})
	for i := range 6_000 {
		r.Raise(t.Context(), signal.Event{Code: signal.SessionUnknown, About: fmt.Sprint(i)})
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	sums := map[string]int64{}
	for _, x := range stored(t, d) {
		sums[x.code] += x.times
	}
	if sums["session.unknown"] != 4_096 || sums["signal.dropped"] != 6_000-4_096 {
		t.Errorf("stored %v", sums)
	}
}

func TestADenialIsHeardThoughItsTransactionRollsBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := recorder(d, signal.Config{})
		denied := errors.New("denied")
		err := d.Write(t.Context(), db.Scope{Shop: 3}, func(tx *db.Tx) error {
			r.Raise(t.Context(), signal.Event{Code: signal.RightDenied, Shop: 3})
			return denied
		})
		if !errors.Is(err, denied) {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		end()
		r.Run(ctx) // ends at once, and stores what is left
		if got := stored(t, d); len(got) != 1 || got[0].shop != 3 {
			t.Errorf("stored %+v", got)
		}
	})
}

func TestABatchThatWasNotStoredWaitsOn(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	away := true
	r := recorder(d, signal.Config{After: func(context.Context, *db.Tx, []signal.Stored) error {
		if away {
			return errors.New("away")
		}
		return nil
	}})
	for range 5_000 {
		r.Raise(t.Context(), signal.Event{Code: signal.LoginFailed})
	}
	if err := r.Flush(t.Context()); err == nil {
		t.Fatal("a store that is away took it")
	}
	r.Raise(t.Context(), signal.Event{Code: signal.LoginFailed})
	away = false
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, d); len(got) != 1 || got[0].times != 5_001 {
		t.Errorf("stored %+v", got)
	}
}

func TestNetworkOfAnAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24",
		"2001:db8:1:2::5": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48", "": "", "not one": ""} {
		if got := signal.Network(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
