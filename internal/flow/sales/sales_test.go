package sales_test

import (
	"context"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/sales"
)

func TestFiltersOnBothEngines(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		s, yes, no := sales.New(k.Vault.Client), true, false
		placed := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		at := k.Get(t, placed.Order).Placed
		err := k.DB.Read(t.Context(), k.Staff(), func(r db.Reader) error {
			for want, filters := range map[int64][]sales.Filter{
				1: {{}, {IDs: []int64{int64(placed.Order)}}, {From: at, Until: at + 1}, {UpdatedFrom: at, UpdatedUntil: at + 1}, {Paid: &no, Delivered: &no, Cancelled: &no},
					{Mails: map[order.MailKind]order.MailState{order.MailShipped: order.NotYet}}},
				0: {{IDs: []int64{}}, {Paid: &yes}, {Delivered: &yes}, {Cancelled: &yes}, {Customers: []int64{1}}, {Payments: []string{"x"}},
					{Mails: map[order.MailKind]order.MailState{order.MailPaid: order.Sent}}},
			} {
				for _, f := range filters {
					f.Limit = 5
					list, total, err := s.List(t.Context(), r, f)
					if err != nil {
						return err
					}
					if total != want || int64(len(list)) != want || want == 1 && (len(list[0].Sold) != 1 || list[0].Bought != 1 || list[0].Updated != at) {
						t.Errorf("%+v: %d of %d", f, len(list), total)
					}
				}
			}
			stat, err := s.Stat(t.Context(), r, r.Now())
			if stat.Today.Orders != 1 || stat.Month.Yen != k.Get(t, placed.Order).Total {
				t.Errorf("%+v", stat)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		k.Write(t, func(ctx context.Context, tx *db.Tx) error {
			o, err := k.Orders.Amend(ctx, tx, placed.Order, 1, func(a *order.Amendment) { a.Points, a.Slip = order.Fixed, "7" })
			if err != nil || o.Version != 2 {
				t.Errorf("version %d: %v", o.Version, err)
			}
			return err
		})
		err = k.DB.Write(t.Context(), k.Staff(), func(tx *db.Tx) error {
			_, err := k.Orders.Amend(t.Context(), tx, placed.Order, 2, func(a *order.Amendment) { a.Points = order.Assumed })
			return err
		})
		if err == nil {
			t.Error("fixed points were undone")
		}
	})
}
