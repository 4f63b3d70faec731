package report_test

import (
	"context"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/report"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

// The clock begins on 2026-11-22, 19:00 in Japan.
func TestFiguresCountDaysOfJapanWithoutCancelledOrders(t *testing.T) {
	t.Parallel()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, c *vaulttest.Clock) {
		place := func() (yen int64) {
			p := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
			return k.Get(t, p.Order).Total
		}
		one := place()
		c.Add(4 * time.Hour) // 23:00, the same day
		place()
		c.Add(2 * time.Hour) // 01:00 of the next day
		gone := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		place()
		k.Write(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := k.Fulfil.Cancel(ctx, tx, fulfil.Ref{Order: gone.Order, Version: 1}, order.NoStock)
			return err
		})
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			f, err := report.Sales(ctx, r, 30)
			if err != nil {
				return err
			}
			last := f.Days[len(f.Days)-2:]
			if len(f.Days) != 30 || last[0].Orders != 2 || last[0].Yen != 2*one || last[1].Sum != (report.Sum{Orders: 1, Yen: one}) {
				t.Errorf("days: %d, %+v", len(f.Days), last)
			}
			if f.Today != last[1].Sum || f.Yesterday != (report.Sum{}) || f.Month.Orders != 3 || f.LastMonth.Orders != 0 {
				t.Errorf("%+v", f)
			}
			if at := time.UnixMilli(last[1].Start).UTC(); !at.Equal(time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)) {
				t.Errorf("today begins at %v", at)
			}
			return nil
		})
		c.Add(22 * time.Hour) // 23:00, a day later
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			f, err := report.Sales(ctx, r, 1)
			if err == nil && (len(f.Days) != 1 || f.Today.Orders != 1) {
				t.Errorf("%+v", f)
			}
			return err
		})
		c.Add(20 * 24 * time.Hour) // 13 December: the whole of November's first 13 days is compared
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			f, err := report.Sales(ctx, r, 1)
			if err == nil && (f.Month.Orders != 0 || f.LastMonth.Orders != 0) {
				t.Errorf("%+v", f)
			}
			return err
		})
		c.Add(10 * 24 * time.Hour) // 23 December, 23:00
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			f, err := report.Sales(ctx, r, 1)
			if err == nil && f.LastMonth.Orders != 3 {
				t.Errorf("%+v", f)
			}
			return err
		})
	})
}

func TestLowStockListsTheFewestFirst(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		k.Count(t, k.Cup, 5)
		k.Count(t, k.Tea, 0)
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			ls, err := report.LowStock(ctx, r, 8)
			if err != nil {
				return err
			}
			if len(ls) != 2 || ls[0].Name != "煎茶" || ls[0].Left != 0 || ls[1].NameEn != "Tea cup" || ls[1].Left != 5 {
				t.Errorf("%+v", ls)
			}
			return nil
		})
	})
}

func TestFiguresAreTheShopsOwnAndForStaffOnly(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		k.Count(t, k.Cup, 1)
		other := k.Staff()
		other.Shop = id.Shop(8)
		err := k.DB.Read(t.Context(), other, func(r db.Reader) error {
			f, err := report.Sales(t.Context(), r, 30)
			if err != nil || f.Month.Orders != 0 {
				t.Errorf("a neighbour sees %+v, %v", f.Month, err)
			}
			ls, err := report.LowStock(t.Context(), r, 8)
			if len(ls) != 0 {
				t.Errorf("a neighbour sees %+v", ls)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		err = k.DB.Read(t.Context(), flowtest.Visitor(), func(r db.Reader) error {
			_, err := report.Sales(t.Context(), r, 30)
			return err
		})
		if !fault.Is(err, fault.KindDenied) {
			t.Errorf("a visitor sees sales: %v", err)
		}
	})
}
