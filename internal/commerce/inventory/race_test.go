package inventory_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/migrations"
)

func race(t *testing.T, d *db.DB, n int, fn func(ctx context.Context, tx *db.Tx, i int) error) (won, late int) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			err := d.Write(t.Context(), who(1), func(tx *db.Tx) error { return fn(t.Context(), tx, i+1) })
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.Is(err, inventory.ErrSoldOut) && fault.Is(err, fault.KindConflict):
				late++
			default:
				t.Errorf("caller %d: %v", i+1, err)
			}
		})
	}
	wg.Wait()
	return won, late
}

func TestLastPieceGoesToOneBuyer(t *testing.T) {
	t.Parallel()
	s := inventory.New()
	for name, c := range map[string]struct {
		pieces int64
		buy    func(ctx context.Context, tx *db.Tx, i int) error
		end    [2]int64
	}{
		"held": {1, func(ctx context.Context, tx *db.Tx, i int) error {
			return s.Hold(ctx, tx, cart(i), lines(11, 1), later(tx))
		}, [2]int64{1, 1}},
		"sold": {7, func(ctx context.Context, tx *db.Tx, i int) error { return s.Sell(ctx, tx, order(i), lines(11, 1)) }, [2]int64{0, 0}},
		"taken without a hold": {3, func(ctx context.Context, tx *db.Tx, i int) error {
			return s.Take(ctx, tx, cart(i), order(i), lines(11, 1))
		}, [2]int64{0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				stock(t, d, c.pieces)
				if won, late := race(t, d, 100, c.buy); int64(won) != c.pieces || won+late != 100 {
					t.Errorf("%d won and %d were late, of 100 for %d pieces", won, late, c.pieces)
				}
				at(t, d, c.end)
			})
		})
	}
}

func TestBuyersOfTheSameThingsInAnyOrderDoNotBlockEachOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 40, 60)
		won, _ := race(t, d, 100, func(ctx context.Context, tx *db.Tx, i int) error {
			l := lines(11, 1, 12, 1)
			if i%2 == 0 {
				l = lines(12, 1, 11, 1)
			}
			return inventory.New().Sell(ctx, tx, order(i), l)
		})
		if won != 40 {
			t.Errorf("%d bought both, of 40", won)
		}
		at(t, d, [2]int64{0, 0}, [2]int64{20, 0})
	})
}

func TestSameVariantTwiceInOneCartIsAddedUp(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 3)
		s := inventory.New()
		err := d.Write(t.Context(), who(1), func(tx *db.Tx) error {
			return s.Hold(t.Context(), tx, cart(1), lines(11, 2, 11, 2), later(tx))
		})
		out, ok := errors.AsType[*inventory.SoldOut](err)
		if !ok || !reflect.DeepEqual(out.Short, []inventory.Short{{Variant: 11, Wanted: 4, Left: 3}}) {
			t.Fatalf("two and two of three: %v", err)
		}
		won, _ := race(t, d, 100, func(ctx context.Context, tx *db.Tx, i int) error {
			return s.Sell(ctx, tx, order(i), lines(11, 1, 11, 1))
		})
		if won != 1 {
			t.Errorf("%d bought two of three", won)
		}
		at(t, d, [2]int64{1, 0})
	})
}

func TestSweepWhileTakingSellsEachPieceOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 100)
		s := inventory.New()
		write(t, d, who(1), func(tx *db.Tx) error {
			for i := range 100 {
				if err := s.Hold(t.Context(), tx, cart(i+1), lines(11, 1), tx.Now()); err != nil { // over at once
					return err
				}
			}
			return nil
		})
		at(t, d, [2]int64{100, 100})
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := d.Write(t.Context(), who(1), func(tx *db.Tx) error {
					_, err := s.Sweep(t.Context(), tx, 5)
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
		won, late := race(t, d, 100, func(ctx context.Context, tx *db.Tx, i int) error {
			return s.Take(ctx, tx, cart(i), order(i), lines(11, 1))
		})
		close(stop)
		wg.Wait()
		if won != 100 {
			t.Errorf("%d took theirs, %d were refused", won, late)
		}
		at(t, d, [2]int64{0, 0})
	})
}

func TestAdjustingWhileSellingLosesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 10)
		s := inventory.New()
		var sold sync.Map
		race(t, d, 100, func(ctx context.Context, tx *db.Tx, i int) error {
			if i%4 == 0 {
				return s.Adjust(ctx, tx, 11, 2, inventory.Received)
			}
			err := s.Sell(ctx, tx, order(i), lines(11, 1))
			if err == nil {
				sold.Store(i, true)
			} else {
				sold.Delete(i)
			}
			return err
		})
		n := int64(0)
		sold.Range(func(any, any) bool { n++; return true })
		at(t, d, [2]int64{10 + 25*2 - n, 0})
	})
}

func TestOrderCancelledTwiceIsRestoredOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 10, 10)
		s := inventory.New()
		write(t, d, who(1), func(tx *db.Tx) error { return s.Sell(t.Context(), tx, order(1), lines(11, 3, 12, 4)) })
		write(t, d, who(1), func(tx *db.Tx) error { return s.Sell(t.Context(), tx, order(2), lines(11, 1)) })
		at(t, d, [2]int64{6, 0}, [2]int64{6, 0})
		if won, _ := race(t, d, 100, func(ctx context.Context, tx *db.Tx, _ int) error {
			return s.Restore(ctx, tx, order(1))
		}); won != 100 {
			t.Errorf("%d of 100 cancelled", won)
		}
		at(t, d, [2]int64{9, 0}, [2]int64{10, 0})
	})
}

func BenchmarkBuy(b *testing.B) {
	buy := func(b *testing.B, d *db.DB) {
		stock(b, d, slices.Repeat([]int64{inventory.MaxOnHand}, 10)...)
		s, ctx := inventory.New(), b.Context()
		var n atomic.Int64
		b.SetParallelism(8)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				i := int(n.Add(1))
				l := lines(int64(11+i%10), 1)
				err := d.Write(ctx, who(1), func(tx *db.Tx) error { return s.Hold(ctx, tx, cart(i), l, later(tx)) })
				if err == nil {
					err = d.Write(ctx, who(1), func(tx *db.Tx) error { return s.Take(ctx, tx, cart(i), order(i), l) })
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	never := func() error { return nil }
	b.Run("sqlite", func(b *testing.B) { buy(b, dbtest.SQLite(b, db.Config{Schema: migrations.Schema(), Inject: never})) })
	if dbtest.Offered() {
		b.Run("postgres", func(b *testing.B) { buy(b, dbtest.Postgres(b, db.Config{Schema: migrations.Schema(), Inject: never})) })
	}
}
