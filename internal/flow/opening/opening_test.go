package opening_test

import (
	"context"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/opening"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

func TestAShopWithoutAWayToPayOrDeliverStaysShut(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := opening.New(k.Tenant, k.Shipping, k.Payment)
		set := func(to tenant.State) error {
			return k.DB.Write(t.Context(), k.Staff(), func(tx *db.Tx) error {
				_, err := f.SetState(t.Context(), tx, to)
				return err
			})
		}
		if err := set(tenant.Paused); err != nil {
			t.Fatal(err)
		}
		k.Write(t, func(ctx context.Context, tx *db.Tx) error {
			k.Method.Active = false
			m, err := k.Shipping.Change(ctx, tx, k.Method)
			if err != nil {
				return err
			}
			k.Method = m
			all, err := k.Payment.Settings(ctx, tx)
			if err != nil {
				return err
			}
			for _, s := range all {
				s.Active = false
				if _, err := k.Payment.Configure(ctx, tx, s); err != nil {
					return err
				}
			}
			return nil
		})
		err := set(tenant.Open)
		if !fault.Is(err, fault.KindConflict) || !strings.Contains(err.Error(), "delivery method") || !strings.Contains(err.Error(), "way to pay") {
			t.Errorf("got %v", err)
		}
		k.Write(t, func(ctx context.Context, tx *db.Tx) error {
			m, err := k.Shipping.Get(ctx, tx, k.Method.ID)
			if err != nil {
				return err
			}
			m.Active = true
			if _, err = k.Shipping.Change(ctx, tx, m); err != nil {
				return err
			}
			all, err := k.Payment.Settings(ctx, tx)
			if err != nil {
				return err
			}
			for _, s := range all {
				if s.Method == payment.BankTransfer {
					s.Active = true
					_, err = k.Payment.Configure(ctx, tx, s)
				}
			}
			return err
		})
		if err := set(tenant.Open); err != nil {
			t.Errorf("a complete shop did not open: %v", err)
		}
	})
}
