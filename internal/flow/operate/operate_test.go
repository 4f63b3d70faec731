package operate_test

import (
	"context"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/operate"
)

func TestOnlyAnOperatorSeesEveryShop(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := operate.New(k.DB, k.Tenant)
		if _, err := f.Overview(t.Context(), k.Staff()); !fault.Is(err, fault.KindDenied) {
			t.Errorf("an owner saw the service: %v", err)
		}
		k.Write(t, func(ctx context.Context, tx *db.Tx) error { return job.Add(ctx, tx, "test", 1, tx.Now()) })
		o, err := f.Overview(t.Context(), db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With()})
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Shops) != 1 || o.Shops[0].ID != flowtest.Shop || len(o.Days) != 30 || o.Jobs != 1 || o.Facts == 0 {
			t.Errorf("shops %d, days %d, jobs %d, facts %d", len(o.Shops), len(o.Days), o.Jobs, o.Facts)
		}
	})
}
