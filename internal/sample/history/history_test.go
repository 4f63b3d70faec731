package history_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/sample/goods"
	"github.com/noren-shop/noren/internal/sample/history"
	"github.com/noren-shop/noren/internal/sample/people"
)

var now = time.Date(2026, 11, 22, 14, 30, 0, 0, i18n.Zone())

func plan(t *testing.T, table *postal.Table, seed uint64, each int) ([]goods.Shop, [][]catalog.In, []history.Trade) {
	t.Helper()
	shops, err := goods.Shops(3, 66)
	if err != nil {
		t.Fatal(err)
	}
	src := history.New(people.New(table, seed), seed, now, each)
	trades := make([]history.Trade, len(shops))
	inputs := make([][]catalog.In, len(shops))
	for i, s := range shops {
		for k, p := range s.Products {
			in, err := s.In(p, int64(k))
			if err != nil {
				t.Fatal(err)
			}
			inputs[i] = append(inputs[i], in)
		}
		trades[i] = src.Plan(s, inputs[i], each)
	}
	return shops, inputs, trades
}

func table(t *testing.T) *postal.Table {
	t.Helper()
	p, err := postal.Open()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheSameSeedGivesTheSamePlan(t *testing.T) {
	t.Parallel()
	p := table(t)
	_, _, a := plan(t, p, 1, 120)
	_, _, b := plan(t, p, 1, 120)
	_, _, c := plan(t, p, 2, 120)
	if !reflect.DeepEqual(a, b) {
		t.Error("two plans of one seed differ")
	}
	if reflect.DeepEqual(a, c) {
		t.Error("plans of two seeds are the same")
	}
}

func TestTradeHasARhythm(t *testing.T) {
	t.Parallel()
	_, _, trades := plan(t, table(t), 1, 1200)
	early, late, evening, night, total := 0, 0, 0, 0, 0
	for _, tr := range trades {
		for _, o := range tr.Orders {
			total++
			switch age := now.Sub(o.Placed); {
			case age > 100*24*time.Hour:
				early++
			case age < 50*24*time.Hour:
				late++
			}
			switch h := o.Placed.Hour(); {
			case h >= 20 && h < 23:
				evening++
			case h >= 2 && h < 5:
				night++
			}
		}
	}
	if late < early*3/2 || evening < night*8 {
		t.Errorf("of %d orders %d are early, %d late, %d in the evening, %d at night", total, early, late, evening, night)
	}
}

func TestFatesFollowFromAge(t *testing.T) {
	t.Parallel()
	_, _, trades := plan(t, table(t), 1, 120)
	for i, tr := range trades {
		shipped, cancelled, waiting := 0, 0, 0
		for _, o := range tr.Orders {
			last := o.Placed
			for _, at := range []time.Time{o.Shipped, o.Delivered} {
				if !at.IsZero() && (at.Before(last) || at.After(now)) {
					t.Errorf("order of %v: step at %v", o.Placed, at)
				}
				if !at.IsZero() {
					last = at
				}
			}
			if len(o.Lines) == 0 || o.Placed.Before(tr.Opened) || o.Placed.After(now) {
				t.Errorf("order of %v: %d lines", o.Placed, len(o.Lines))
			}
			switch {
			case !o.Cancelled.IsZero():
				cancelled++
			case !o.Shipped.IsZero():
				shipped++
			default:
				waiting++
			}
			if o.Shipped.IsZero() && o.Cancelled.IsZero() && now.Sub(o.Placed) > 20*24*time.Hour {
				t.Errorf("order of %v waits for ever", o.Placed)
			}
		}
		if shipped < 90 || cancelled == 0 || waiting < 3 || waiting > 25 {
			t.Errorf("shop %d: %d shipped, %d cancelled, %d waiting", i, shipped, cancelled, waiting)
		}
	}
}

func TestStockEndsAsEachProductSays(t *testing.T) {
	t.Parallel()
	shops, inputs, trades := plan(t, table(t), 3, 200)
	for i, tr := range trades {
		left := tr.Stock
		for _, o := range tr.Orders {
			for _, l := range o.Lines {
				if left[l.Product][l.Variant] -= l.Quantity; left[l.Product][l.Variant] < 0 {
					t.Fatalf("%s runs short", inputs[i][l.Product].Name)
				}
			}
		}
		for _, o := range tr.Orders {
			for _, l := range o.Lines {
				if !o.Cancelled.IsZero() {
					left[l.Product][l.Variant] += l.Quantity
				}
			}
		}
		for k, p := range shops[i].Products {
			sum := int64(0)
			for _, n := range left[k] {
				sum += n
			}
			ok := map[string]bool{goods.Out: sum == 0, goods.Gone: sum == 0, goods.One: sum == 1,
				goods.Low: sum <= 3*int64(len(left[k])), goods.Plenty: sum > 0 || len(left[k]) < 3}[p.Stock]
			if !ok {
				t.Errorf("%s: %d left, but it is %q", p.Handle, sum, p.Stock)
			}
		}
	}
}
