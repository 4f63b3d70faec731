package inventory_test

import (
	"errors"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/inventory"

	"pgregory.net/rapid"
)

func TestEveryHistoryKeepsTheBalance(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s, ctx := inventory.New(), t.Context()
	stock(t, d, 0, 0, 0)
	rapid.Check(t, func(rt *rapid.T) {
		write(t, d, who(1), func(tx *db.Tx) error { // a fresh start on the same store
			for c := range 3 {
				if err := errors.Join(s.Release(ctx, tx, cart(c+1)), s.Restore(ctx, tx, order(c+1))); err != nil {
					return err
				}
			}
			for v := range 3 {
				if err := s.Set(ctx, tx, id.Variant(11+v), 0, inventory.Counted); err != nil {
					return err
				}
			}
			return nil
		})
		m := newModel()
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			op := rapid.SampledFrom([]string{"set", "hold", "release", "take", "sell", "restore"}).Draw(rt, "op")
			who1 := rapid.IntRange(0, 2).Draw(rt, "who")
			var ls []inventory.Line
			for range rapid.IntRange(1, 4).Draw(rt, "lines") {
				ls = append(ls, lines(rapid.Int64Range(11, 13).Draw(rt, "variant"), rapid.Int64Range(1, 4).Draw(rt, "quantity"))...)
			}
			want := m.do(op, who1, ls)
			err := d.Write(ctx, who(1), func(tx *db.Tx) error {
				switch op {
				case "set":
					return s.Set(ctx, tx, ls[0].Variant, ls[0].Quantity*3, inventory.Counted)
				case "hold":
					return s.Hold(ctx, tx, cart(who1+1), ls, later(tx))
				case "release":
					return s.Release(ctx, tx, cart(who1+1))
				case "take":
					return s.Take(ctx, tx, cart(who1+1), order(who1+1), ls)
				case "sell":
					return s.Sell(ctx, tx, order(who1+1), ls)
				}
				return s.Restore(ctx, tx, order(who1+1))
			})
			if (err == nil) != want || (err != nil && !fault.Is(err, fault.KindConflict)) {
				rt.Fatalf("%s %d %v: %v, the model says %v", op, who1, ls, err, want)
			}
			at(rt, d, m.at(11), m.at(12), m.at(13))
		}
	})
}

type model struct {
	hand, held  map[id.Variant]int64
	holds, sold map[int]map[id.Variant]int64
}

func newModel() *model {
	m := &model{map[id.Variant]int64{}, map[id.Variant]int64{}, map[int]map[id.Variant]int64{}, map[int]map[id.Variant]int64{}}
	for i := range 3 {
		m.holds[i], m.sold[i] = map[id.Variant]int64{}, map[id.Variant]int64{}
	}
	return m
}

func (m *model) at(v id.Variant) [2]int64 { return [2]int64{m.hand[v], m.held[v]} }

func (m *model) do(op string, who int, ls []inventory.Line) bool {
	sum := map[id.Variant]int64{}
	for _, l := range ls {
		sum[l.Variant] += l.Quantity
	}
	free := func(v id.Variant) int64 { return m.hand[v] - m.held[v] }
	switch op {
	case "set":
		if ls[0].Quantity*3 < m.held[ls[0].Variant] {
			return false
		}
		m.hand[ls[0].Variant] = ls[0].Quantity * 3
	case "restore":
		for v, n := range m.sold[who] {
			m.hand[v] += n
		}
		m.sold[who] = map[id.Variant]int64{}
	case "sell":
		for v, n := range sum {
			if n > free(v) {
				return false
			}
		}
		m.sell(who, sum)
	case "hold", "take":
		for v, n := range sum {
			if n > free(v)+m.holds[who][v] {
				return false
			}
		}
		m.release(who)
		if op == "take" {
			m.sell(who, sum)
			return true
		}
		for v, n := range sum {
			m.held[v] += n
		}
		m.holds[who] = sum
	case "release":
		m.release(who)
	}
	return true
}

func (m *model) sell(who int, sum map[id.Variant]int64) {
	for v, n := range sum {
		m.hand[v] -= n
		m.sold[who][v] += n
	}
}

func (m *model) release(who int) {
	for v, n := range m.holds[who] {
		m.held[v] -= n
	}
	m.holds[who] = map[id.Variant]int64{}
}
