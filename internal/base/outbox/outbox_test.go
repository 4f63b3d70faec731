package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
)

const happened outbox.Event = "thing.happened"

func publish(t *testing.T, d *db.DB, shop id.Shop, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			err := d.Write(t.Context(), db.Scope{Shop: shop}, func(tx *db.Tx) error {
				return outbox.Publish(tx, happened, int64(i), map[string]int{"n": i})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestFollowersGetEveryFactInOrderWithoutGaps(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		got := map[id.Shop][]int64{}
		subjects := map[id.Shop]map[int64]bool{1: {}, 2: {}}
		var mu sync.Mutex
		r := outbox.NewRunner(d, quiet(), "node")
		r.Follow(outbox.Follower{Name: "a", Handle: func(_ context.Context, f outbox.Fact) error {
			mu.Lock()
			defer mu.Unlock()
			got[f.Shop] = append(got[f.Shop], f.Seq)
			subjects[f.Shop][f.Subject] = true
			return nil
		}})
		for range 3 {
			publish(t, d, 1, 30)
			publish(t, d, 2, 10)
			if err := r.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for shop, want := range map[id.Shop]int{1: 90, 2: 30} {
			if len(got[shop]) != want {
				t.Fatalf("shop %d: %d facts, want %d", shop, len(got[shop]), want)
			}
			for i, seq := range got[shop] {
				if seq != int64(i+1) {
					t.Fatalf("shop %d: fact %d has number %d", shop, i+1, seq)
				}
			}
		}
		if len(subjects[1]) != 30 || len(subjects[2]) != 10 {
			t.Error("a fact's subject was lost")
		}
	})
}

func TestAFailingFactComesAgainAndHoldsUpOnlyItsShop(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var mu sync.Mutex
		failures, other := 0, 0
		r := outbox.NewRunner(d, quiet(), "node")
		r.Follow(outbox.Follower{Name: "a", Events: []outbox.Event{happened}, Handle: func(_ context.Context, f outbox.Fact) error {
			mu.Lock()
			defer mu.Unlock()
			if f.Shop == 2 {
				other++
			} else if f.Seq == 2 && failures == 0 {
				failures++
				return errors.New("away")
			} else if f.Seq == 3 {
				cancel()
			}
			return nil
		}})
		publish(t, d, 1, 3)
		publish(t, d, 2, 3)
		r.Run(ctx)
		if failures != 1 || other != 3 || !errors.Is(ctx.Err(), context.Canceled) {
			t.Errorf("failures %d, other shop's facts %d, %v", failures, other, ctx.Err())
		}
	})
}

func TestASkippedFactIsNeverSeenAndTheNextOneIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex // shops are served side by side
		got := map[id.Shop][]int64{}
		all := 0
		r := outbox.NewRunner(d, quiet(), "node")
		r.Follow(outbox.Follower{Name: "new", Handle: func(_ context.Context, f outbox.Fact) error {
			mu.Lock()
			defer mu.Unlock()
			got[f.Shop] = append(got[f.Shop], f.Seq)
			return nil
		}})
		r.Follow(outbox.Follower{Name: "old", Handle: func(context.Context, outbox.Fact) error {
			mu.Lock()
			defer mu.Unlock()
			all++
			return nil
		}})
		publish(t, d, 1, 5)
		publish(t, d, 2, 3)
		if err := r.Skip(t.Context(), "new"); err != nil {
			t.Fatal(err)
		}
		publish(t, d, 1, 1)
		if err := r.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(got[2]) != 0 || len(got[1]) != 1 || got[1][0] != 6 || all != 9 {
			t.Errorf("saw %v, and another follower %d facts", got, all)
		}
	})
}

func TestAFactOfARolledBackTransactionNeverHappened(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		d.Write(t.Context(), db.Scope{Shop: 1}, func(tx *db.Tx) error { //nolint:errcheck // it fails on purpose
			if err := outbox.Publish(tx, happened, 1, nil); err != nil {
				return err
			}
			return errors.New("no")
		})
		r := outbox.NewRunner(d, quiet(), "node")
		r.Follow(outbox.Follower{Name: "a", Handle: func(context.Context, outbox.Fact) error {
			t.Error("followed a fact that never happened")
			return nil
		}})
		if err := r.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAFactWithACardNumberIsNotStored(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, body := range []any{map[string]string{"note": "4242 4242 4242 4242"}, map[string]int64{"n": 4242424242424242}} {
			err := d.Write(t.Context(), db.Scope{Shop: 1}, func(tx *db.Tx) error { return outbox.Publish(tx, happened, 7, body) })
			if !errors.Is(err, outbox.ErrCard) {
				t.Errorf("%v", err)
			}
		}
		err := d.Read(t.Context(), db.Scope{Shop: 1}, func(r db.Reader) error {
			facts, err := outbox.Facts(t.Context(), r, 0)
			if len(facts) > 0 {
				t.Error("it was stored")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
