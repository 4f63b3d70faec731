package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	putHead  = `INSERT INTO outbox_head (shop_id, seq) VALUES ($1, $2)`
	addHead  = `UPDATE outbox_head SET seq = seq + 1 WHERE shop_id = $1 AND seq < $2`
	readHead = `SELECT seq FROM outbox_head WHERE shop_id = $1`
	allHeads = `SELECT count(*) FROM outbox_head WHERE shop_id > 0`
)

func shop(n id.Shop) db.Scope { return db.Scope{Shop: n} }

func TestHundredWritersCountExactly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if err := d.Write(ctx, shop(1), func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, putHead, 1, 0)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 100 {
			wg.Go(func() {
				var n int64
				err := d.Write(ctx, shop(1), func(tx *db.Tx) (err error) {
					n, err = tx.Exec(ctx, addHead, 1, 30)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				won += int(n)
				mu.Unlock()
			})
		}
		wg.Wait()
		var seq int64
		err := d.Read(ctx, shop(1), func(r db.Reader) error { return r.QueryRow(ctx, readHead, 1).Scan(&seq) })
		if err != nil || seq != 30 || won != 30 {
			t.Fatalf("seq %d, %d callers won, err %v; want 30 and 30", seq, won, err)
		}
	})
}

func TestEveryoneGetsTheirTurnAtAHotRow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if err := d.Write(ctx, shop(1), func(tx *db.Tx) error { return tx.Queue(putHead, 1, 0) }); err != nil {
			t.Fatal(err)
		}
		const callers, each = 64, 10
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range each {
					err := d.Write(ctx, shop(1), func(tx *db.Tx) error {
						var seq int64
						if err := tx.QueryRow(ctx, readHead, 1).Scan(&seq); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, addHead, 1, 1<<40)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var seq int64
		err := d.Read(ctx, shop(1), func(r db.Reader) error { return r.QueryRow(ctx, readHead, 1).Scan(&seq) })
		if err != nil || seq != callers*each {
			t.Fatalf("%d, want %d, %v", seq, callers*each, err)
		}
	})
}

func TestFailedTransactionLeavesNothing(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				err := d.Write(ctx, shop(id.Shop(i+1)), func(tx *db.Tx) error {
					if err := tx.Queue(putHead, i+1, 7); err != nil {
						return err
					}
					if i%2 == 0 {
						return boom
					}
					return nil
				})
				if i%2 == 0 != errors.Is(err, boom) {
					t.Errorf("writer %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		var n int
		err := d.Across("test").Read(ctx, shop(0), func(r db.Reader) error { return r.QueryRow(ctx, allHeads).Scan(&n) })
		if err != nil || n != 20 {
			t.Fatalf("%d rows, err %v; want the 20 that did not fail", n, err)
		}
	})
}

func TestPanicReachesItsCallerAndNobodyElse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			d.Write(ctx, shop(1), func(*db.Tx) error { panic("in a closure") }) //nolint:errcheck // it panics
		}()
		if err := d.Write(ctx, shop(1), func(tx *db.Tx) error { return tx.Queue(putHead, 1, 1) }); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStatementThatFailsIsReported(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		double := func(tx *db.Tx) error {
			if err := tx.Queue(putHead, 1, 1); err != nil {
				return err
			}
			return tx.Queue(putHead, 1, 2)
		}
		if err := d.Write(ctx, shop(1), double); err == nil {
			t.Fatal("a second row with the same key was accepted")
		}
		err := d.Read(ctx, shop(1), func(r db.Reader) error {
			var n int64
			return r.QueryRow(ctx, readHead, 1).Scan(&n)
		})
		if !errors.Is(err, db.ErrNone) {
			t.Fatalf("half of a failed batch stayed: %v", err)
		}
	})
}

func TestRowLevelSecurityIsASecondWall(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if d.Engine() != "postgres" {
			return // SQLite has only the first wall: every statement names shop_id
		}
		ctx := t.Context()
		if err := d.Write(ctx, shop(1), func(tx *db.Tx) error { return tx.Queue(putHead, 1, 5) }); err != nil {
			t.Fatal(err)
		}
		err := d.Read(ctx, shop(2), func(r db.Reader) error {
			var n int64
			return r.QueryRow(ctx, readHead, 1).Scan(&n)
		})
		if !errors.Is(err, db.ErrNone) {
			t.Errorf("shop 2 reads shop 1's row: %v", err)
		}
		if err := d.Write(ctx, shop(2), func(tx *db.Tx) error { return tx.Queue(putHead, 3, 5) }); err == nil {
			t.Error("shop 2 wrote a row of shop 3")
		}
	})
}

func TestCallerWhoLeavesWritesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.Write(ctx, shop(1), func(tx *db.Tx) error { return tx.Queue(putHead, 1, 1) }); err == nil {
			t.Error("wrote for a caller who had left")
		}
	})
}

func TestAllowAsksTheActorAndFlowsLend(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	scope := db.Scope{Shop: 1, Actor: actor.Actor{Kind: actor.Visitor}.With()}
	err := d.Write(t.Context(), scope, func(tx *db.Tx) error {
		if err := tx.Allow(actor.PlaceOrders); !fault.Is(err, fault.KindDenied) {
			t.Errorf("a visitor was allowed: %v", err)
		}
		lent := tx.Lend(actor.Checkout)
		lent.OnCommit(func() {})
		return lent.Allow(actor.PlaceOrders)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCommitWakesAndRunsHooksOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		woken, ran := d.Woken("topic"), 0
		for i := range 20 {
			err := d.Write(t.Context(), shop(1), func(tx *db.Tx) error {
				tx.Lend(actor.Checkout).Wake("topic")
				tx.Lend(actor.Checkout).OnCommit(func() { ran++ })
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			select {
			case <-woken:
			case <-time.After(5 * time.Second):
				t.Fatalf("commit %d woke nobody", i)
			}
		}
		if ran != 20 {
			t.Errorf("hooks ran %d times for 20 commits", ran)
		}
	})
}

func TestWhereBindsItsArguments(t *testing.T) {
	t.Parallel()
	w := db.NewWhere("shop_id = ?", 1).And("state = ?", "open")
	db.In(w, "id", []int64{4, 5})
	w.And("a < ? AND b < ?", 6, 7)
	limit := w.Arg(8)
	got := fmt.Sprint(w.Text(), w.Args(), limit)
	want := "shop_id = $1 AND state = $2 AND id IN ($3,$4) AND a < $5 AND b < $6[1 open 4 5 6 7 8]$7"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if none := db.In(db.NewWhere("shop_id = ?", 1), "id", []int64(nil)); none.Text() != "shop_id = $1 AND 1 = 0" {
		t.Error(none.Text())
	}
}

func BenchmarkWrite(b *testing.B) {
	d := dbtest.New(b)
	ctx := b.Context()
	if err := d.Write(ctx, shop(1), func(tx *db.Tx) error { return tx.Queue(putHead, 1, 0) }); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := d.Write(ctx, shop(1), func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, addHead, 1, 1<<40)
				return err
			}); err != nil {
				b.Error(err)
			}
		}
	})
}
