package people_test

import (
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/customer/points"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/people"
)

func TestGuestsAndTheirPointsOnBothEngines(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		s, p, yes := people.New(k.Vault.Client), points.New(), true
		guest := int64(k.Get(t, k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1}).Order).Guest)
		for _, x := range []struct{ delta, want int64 }{{100, 100}, {-100, 0}, {7, 7}} {
			err := k.DB.Write(t.Context(), k.Staff(), func(tx *db.Tx) error {
				got, err := p.Add(t.Context(), tx, guest, x.delta)
				if got != x.want {
					t.Errorf("%d: %d, want %d", x.delta, got, x.want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		err := k.DB.Write(t.Context(), k.Staff(), func(tx *db.Tx) error {
			_, err := p.Add(t.Context(), tx, guest, -8)
			return err
		})
		if err != points.ErrRange {
			t.Errorf("below zero: %v", err)
		}
		err = k.DB.Read(t.Context(), k.Staff(), func(r db.Reader) error {
			list, total, err := s.List(t.Context(), r, people.Filter{Limit: 5})
			if err != nil || total != 1 || list[0].ID != guest || list[0].Points != 7 || list[0].Bought != 1 {
				t.Errorf("%d: %v", total, err)
			}
			_, members, err := s.List(t.Context(), r, people.Filter{Limit: 5, Member: &yes, From: 1, Until: 2, IDs: []int64{1}})
			if members != 0 {
				t.Errorf("%d members", members)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
