package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/migrations"

	"pgregory.net/rapid"
)

const (
	putProduct = `INSERT INTO product (shop_id, id, handle, name, state, tax_class, price_min, price_max, search_text, version,
			made_ms, updated_ms)
		VALUES ($1, 1, 'tea', '茶', 'showing', 'reduced', 100, 100, '', 1, 0, 0)`
	putVariant = `INSERT INTO variant (shop_id, id, product_id, position, value1, price) VALUES ($1, $2, 1, 0, $2, 100)`
)

// who may do all that these tests do.
func who(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Staff, Role: actor.Owner, Account: 9}.With(actor.PlaceOrders, actor.SweepShops)}
}

// stock makes variants 11, 12, … with those counts in shop 1, and one variant 21 in shop 2.
func stock(t testing.TB, d *db.DB, counts ...int64) {
	t.Helper()
	for shop := range id.Shop(2) {
		write(t, d, who(shop+1), func(tx *db.Tx) error {
			if err := tx.Queue(putProduct, tx.Shop()); err != nil {
				return err
			}
			if shop == 1 {
				return tx.Queue(putVariant, tx.Shop(), 21)
			}
			for i, n := range counts {
				if err := tx.Queue(putVariant, tx.Shop(), 11+i); err != nil {
					return err
				}
				if err := inventory.New().Set(t.Context(), tx, id.Variant(11+i), n, inventory.Counted); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func write(t testing.TB, d *db.DB, s db.Scope, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), s, fn); err != nil {
		t.Fatal(err)
	}
}

// at checks the counts (on hand, held) of variants 11, 12, … and that they agree with the movements and holds.
func at(t rapid.TB, d *db.DB, want ...[2]int64) {
	t.Helper()
	ctx := context.Background()
	err := d.Read(ctx, who(1), func(r db.Reader) error {
		for i, w := range want {
			v := id.Variant(11 + i)
			l, err := inventory.New().Levels(ctx, r, []id.Variant{v})
			if err != nil {
				return err
			}
			if got := [2]int64{l[v].OnHand, l[v].Held}; got != w {
				t.Errorf("variant %d: on hand and held are %v, want %v", v, got, w)
			}
		}
		bad, err := inventory.New().Audit(ctx, r)
		if len(bad) > 0 {
			t.Errorf("counts that are not the sum of their movements and holds: %+v", bad)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func cart(n int) inventory.Ref  { return inventory.Ref{Kind: inventory.Cart, ID: int64(n)} }
func order(n int) inventory.Ref { return inventory.Ref{Kind: inventory.Order, ID: int64(n)} }

func lines(pairs ...int64) (out []inventory.Line) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, inventory.Line{Variant: id.Variant(pairs[i]), Quantity: pairs[i+1]})
	}
	return out
}

// race runs fn for callers 1 to n at once and counts who won and who came too late; anything else fails the test.
func later(tx *db.Tx) time.Time { return tx.Now().Add(time.Hour) }

func TestSoldOutNamesEachVariantAndMovesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 5, 1, 0)
		s := inventory.New()
		write(t, d, who(1), func(tx *db.Tx) error { return s.Hold(t.Context(), tx, cart(1), lines(11, 1, 12, 1), later(tx)) })
		write(t, d, who(1), func(tx *db.Tx) error { // the transaction goes on after it
			err := s.Hold(t.Context(), tx, cart(1), lines(11, 5, 12, 3, 13, 1, 99, 1), later(tx))
			out, _ := errors.AsType[*inventory.SoldOut](err)
			want := []inventory.Short{{Variant: 12, Wanted: 3, Left: 1}, {Variant: 13, Wanted: 1}, {Variant: 99, Wanted: 1}}
			if out == nil || !reflect.DeepEqual(out.Short, want) {
				t.Errorf("%v: %+v", err, out)
			}
			return nil
		})
		at(t, d, [2]int64{5, 1}, [2]int64{1, 1}, [2]int64{0, 0})
		write(t, d, who(1), func(tx *db.Tx) error {
			if err := s.Take(t.Context(), tx, cart(1), order(1), lines(11, 6)); !errors.Is(err, inventory.ErrSoldOut) {
				t.Errorf("six of five: %v", err)
			}
			return s.Take(t.Context(), tx, cart(1), order(1), lines(11, 5))
		})
		at(t, d, [2]int64{0, 0}, [2]int64{1, 0})
	})
}

func TestHoldFollowsTheCart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 5, 5)
		s := inventory.New()
		for _, c := range []struct {
			lines []inventory.Line
			end   [2][2]int64
		}{
			{lines(11, 2, 12, 1), [2][2]int64{{5, 2}, {5, 1}}},
			{lines(11, 5), [2][2]int64{{5, 5}, {5, 0}}},
			{lines(11, 1, 12, 5), [2][2]int64{{5, 1}, {5, 5}}},
			{nil, [2][2]int64{{5, 0}, {5, 0}}},
		} {
			write(t, d, who(1), func(tx *db.Tx) error { return s.Hold(t.Context(), tx, cart(1), c.lines, later(tx)) })
			at(t, d, c.end[0], c.end[1])
		}
		write(t, d, who(1), func(tx *db.Tx) error { return s.Hold(t.Context(), tx, cart(1), lines(11, 2), later(tx)) })
		write(t, d, who(1), func(tx *db.Tx) error { return s.Release(t.Context(), tx, cart(1)) })
		write(t, d, who(1), func(tx *db.Tx) error { return s.Release(t.Context(), tx, cart(1)) })
		at(t, d, [2]int64{5, 0}, [2]int64{5, 0})
		err := d.Write(t.Context(), who(1), func(tx *db.Tx) error { return s.Extend(t.Context(), tx, cart(1), later(tx)) })
		if !errors.Is(err, inventory.ErrHoldOver) {
			t.Errorf("extending what is over: %v", err)
		}
	})
}

func TestHoldsEndByThemselves(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	for _, d := range stores(t, clock) {
		s, ctx := inventory.New(), t.Context()
		stock(t, d, 5)
		base := clock()
		write(t, d, who(1), func(tx *db.Tx) error {
			return errors.Join(s.Hold(ctx, tx, cart(1), lines(11, 1), base.Add(time.Minute)),
				s.Hold(ctx, tx, cart(2), lines(11, 2), base.Add(time.Minute)),
				s.Extend(ctx, tx, cart(2), base.Add(time.Hour)))
		})
		ended, due := -1, []id.Shop{}
		sweep := func() {
			t.Helper()
			write(t, d, who(1), func(tx *db.Tx) (err error) { ended, err = s.Sweep(ctx, tx, 100); return err })
			err := d.Across("test").Read(ctx, who(0), func(r db.Reader) (err error) { due, err = s.ShopsDue(ctx, r, 10); return err })
			if err != nil {
				t.Fatal(err)
			}
		}
		if sweep(); ended != 0 || len(due) != 0 {
			t.Errorf("before its time: %d ended, shops due %v", ended, due)
		}
		mu.Lock()
		now = now.Add(2 * time.Minute)
		mu.Unlock()
		if sweep(); ended != 1 || len(due) != 0 {
			t.Errorf("after it: %d ended, shops due after the sweep %v", ended, due)
		}
		at(t, d, [2]int64{5, 2})
	}
}

// stores are one of each engine that is offered, with a clock that the test sets.
func stores(t *testing.T, clock func() time.Time) (out []*db.DB) {
	c := db.Config{Schema: migrations.Schema(), Now: clock}
	out = append(out, dbtest.SQLite(t, c))
	if dbtest.Offered() {
		out = append(out, dbtest.Postgres(t, c))
	}
	return out
}

func TestStaffCannotTakeWhatIsHeld(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 5)
		s, ctx := inventory.New(), t.Context()
		write(t, d, who(1), func(tx *db.Tx) error { return s.Hold(ctx, tx, cart(1), lines(11, 3), later(tx)) })
		for name, c := range map[string]struct {
			act  func(tx *db.Tx) error
			kind fault.Kind
		}{
			"below what is held":  {func(tx *db.Tx) error { return s.Set(ctx, tx, 11, 2, inventory.Counted) }, fault.KindConflict},
			"away what is held":   {func(tx *db.Tx) error { return s.Adjust(ctx, tx, 11, -3, inventory.Damaged) }, fault.KindConflict},
			"below zero":          {func(tx *db.Tx) error { return s.Adjust(ctx, tx, 11, -6, inventory.Damaged) }, fault.KindInvalid},
			"negative":            {func(tx *db.Tx) error { return s.Set(ctx, tx, 11, -1, inventory.Counted) }, fault.KindInvalid},
			"too many":            {func(tx *db.Tx) error { return s.Adjust(ctx, tx, 11, inventory.MaxOnHand, inventory.Received) }, fault.KindInvalid},
			"an order's reason":   {func(tx *db.Tx) error { return s.Adjust(ctx, tx, 11, -1, inventory.Sold) }, fault.KindInvalid},
			"no quantity":         {func(tx *db.Tx) error { return s.Sell(ctx, tx, order(1), lines(11, 0)) }, fault.KindInvalid},
			"a negative quantity": {func(tx *db.Tx) error { return s.Sell(ctx, tx, order(1), lines(11, -1)) }, fault.KindInvalid},
			"2^31":                {func(tx *db.Tx) error { return s.Sell(ctx, tx, order(1), lines(11, 1<<31)) }, fault.KindInvalid},
			"a sum that is":       {func(tx *db.Tx) error { return s.Sell(ctx, tx, order(1), lines(11, 9999, 11, 1)) }, fault.KindInvalid},
		} {
			if err := d.Write(ctx, who(1), c.act); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		write(t, d, who(1), func(tx *db.Tx) error { return s.Set(ctx, tx, 11, 3, inventory.Counted) })
		at(t, d, [2]int64{3, 3})
	})
}

func TestMovementsTellTheStory(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 10)
		s, ctx := inventory.New(), t.Context()
		for i := range 4 {
			write(t, d, who(1), func(tx *db.Tx) error { return s.Sell(ctx, tx, order(i+1), lines(11, 1)) })
		}
		write(t, d, who(1), func(tx *db.Tx) error { return s.Restore(ctx, tx, order(2)) })
		write(t, d, who(1), func(tx *db.Tx) error { return s.Set(ctx, tx, 11, 7, inventory.Counted) }) // as it is
		var all []inventory.Movement
		after := page.Cursor{}
		for range 10 {
			var rows []inventory.Movement
			if err := d.Read(ctx, who(1), func(r db.Reader) (err error) {
				rows, after, err = s.Movements(ctx, r, 11, after, 2)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if all = append(all, rows...); after.IsZero() {
				break
			}
		}
		sum := int64(0)
		reasons := map[inventory.Reason]int{}
		for _, m := range all {
			sum += m.Delta
			reasons[m.Reason]++
			if m.Account != 9 || m.Kind != actor.Staff {
				t.Errorf("nobody did %+v", m)
			}
		}
		if sum != 7 || len(all) != 6 || fmt.Sprint(reasons) != "map[counted:1 restored:1 sold:4]" {
			t.Errorf("sum %d of %v", sum, reasons)
		}
	})
}

func TestShopperSeesTheLastPiecesGo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 8)
		s, ctx := inventory.New(), t.Context()
		version := func() (v int64) {
			if err := d.Read(ctx, who(1), func(r db.Reader) (err error) { v, err = s.Version(ctx, r); return err }); err != nil {
				t.Fatal(err)
			}
			return v
		}
		last := version()
		for i, changes := range []bool{false, false, true, true, true, true, true, true} {
			write(t, d, who(1), func(tx *db.Tx) error { return s.Hold(ctx, tx, cart(i+1), lines(11, 1), later(tx)) })
			now := version()
			if (now > last) != changes {
				t.Errorf("with %d left: version %d after %d", 7-i, now, last)
			}
			last = now
		}
	})
}

func TestNeighbourSeesAndMovesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stock(t, d, 5)
		s, ctx := inventory.New(), t.Context()
		write(t, d, who(1), func(tx *db.Tx) error {
			return errors.Join(s.Hold(ctx, tx, cart(1), lines(11, 1), tx.Now()), s.Sell(ctx, tx, order(1), lines(11, 1)))
		})
		if err := d.Write(ctx, who(2), func(tx *db.Tx) error {
			return s.Set(ctx, tx, 11, 7, inventory.Counted)
		}); !errors.Is(err, inventory.ErrMissing) {
			t.Errorf("set by a neighbour: %v", err)
		}
		for name, act := range map[string]func(tx *db.Tx) error{
			"hold": func(tx *db.Tx) error { return s.Hold(ctx, tx, cart(2), lines(11, 1), later(tx)) },
			"sell": func(tx *db.Tx) error { return s.Sell(ctx, tx, order(2), lines(11, 1)) },
			"take": func(tx *db.Tx) error { return s.Take(ctx, tx, cart(1), order(2), lines(11, 1)) },
		} {
			if err := d.Write(ctx, who(2), act); !errors.Is(err, inventory.ErrSoldOut) {
				t.Errorf("%s by a neighbour: %v", name, err)
			}
		}
		write(t, d, who(2), func(tx *db.Tx) error {
			n, err := s.Sweep(ctx, tx, 10)
			levels, err2 := s.Levels(ctx, tx, []id.Variant{11})
			moves, _, err3 := s.Movements(ctx, tx, 11, page.Cursor{}, 0)
			if n != 0 || len(levels) != 0 || len(moves) != 0 {
				t.Errorf("a neighbour swept %d and sees %v, %v", n, levels, moves)
			}
			return errors.Join(err, err2, err3, s.Release(ctx, tx, cart(1)), s.Restore(ctx, tx, order(1)))
		})
		at(t, d, [2]int64{4, 1})
	})
}

func TestWithoutTheRightNothingMoves(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	stock(t, d, 5)
	s, ctx := inventory.New(), t.Context()
	nobody := db.Scope{Shop: 1, Actor: actor.Actor{Kind: actor.Visitor}.With()}
	for name, act := range map[string]func(tx *db.Tx) error{
		"levels":    func(tx *db.Tx) error { _, err := s.Levels(ctx, tx, nil); return err },
		"set":       func(tx *db.Tx) error { return s.Set(ctx, tx, 11, 1, inventory.Counted) },
		"adjust":    func(tx *db.Tx) error { return s.Adjust(ctx, tx, 11, 1, inventory.Counted) },
		"hold":      func(tx *db.Tx) error { return s.Hold(ctx, tx, cart(1), nil, tx.Now()) },
		"extend":    func(tx *db.Tx) error { return s.Extend(ctx, tx, cart(1), tx.Now()) },
		"release":   func(tx *db.Tx) error { return s.Release(ctx, tx, cart(1)) },
		"take":      func(tx *db.Tx) error { return s.Take(ctx, tx, cart(1), order(1), nil) },
		"sell":      func(tx *db.Tx) error { return s.Sell(ctx, tx, order(1), nil) },
		"restore":   func(tx *db.Tx) error { return s.Restore(ctx, tx, order(1)) },
		"sweep":     func(tx *db.Tx) error { _, err := s.Sweep(ctx, tx, 1); return err },
		"shops due": func(tx *db.Tx) error { _, err := s.ShopsDue(ctx, tx, 1); return err },
		"movements": func(tx *db.Tx) error { _, _, err := s.Movements(ctx, tx, 11, page.Cursor{}, 0); return err },
		"audit":     func(tx *db.Tx) error { _, err := s.Audit(ctx, tx); return err },
	} {
		if err := d.Write(ctx, nobody, act); !fault.Is(err, fault.KindDenied) {
			t.Errorf("%s by a visitor: %v", name, err)
		}
	}
	scope := db.Scope{Shop: 1}
	if err := d.Read(ctx, scope, func(r db.Reader) error { _, err := s.Left(ctx, r, nil); return err }); !fault.Is(err, fault.KindDenied) {
		t.Errorf("left by nobody: %v", err)
	}
	if err := d.Read(ctx, scope, func(r db.Reader) error { _, err := s.Version(ctx, r); return err }); !fault.Is(err, fault.KindDenied) {
		t.Errorf("version by nobody: %v", err)
	}
}

// model is the plainest stock that could be right.
// BenchmarkBuy holds and takes one piece of one of ten variants, for callers that come at once.
