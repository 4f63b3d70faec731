package lease_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/lease"
	"github.com/noren-shop/noren/migrations"
)

func TestOneNodeHoldsUntilItReleases(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, b := lease.New(d, "a"), lease.New(d, "b")
		take := func(k *lease.Keeper) bool {
			held, err := k.Take(t.Context(), "work", 10*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			return held
		}
		if !take(a) || take(b) || !take(a) {
			t.Error("two hold, or the holder could not keep it")
		}
		if err := a.Release(t.Context(), "work"); err != nil {
			t.Fatal(err)
		}
		if !take(b) || take(a) {
			t.Error("a released lease was not free")
		}
	})
}

func TestADeadHoldersLeaseEnds(t *testing.T) {
	t.Parallel()
	var ms atomic.Int64
	ms.Store(1_800_000_000_000)
	d := dbtest.SQLite(t, db.Config{Schema: migrations.Schema(), Now: func() time.Time { return time.UnixMilli(ms.Load()) }})
	a, b := lease.New(d, "a"), lease.New(d, "b")
	if held, err := a.Take(t.Context(), "work", 10*time.Second); err != nil || !held {
		t.Fatal(held, err)
	}
	ms.Add(9_000)
	if held, _ := b.Take(t.Context(), "work", 10*time.Second); held {
		t.Error("taken before its end")
	}
	ms.Add(2_000)
	if held, err := b.Take(t.Context(), "work", 10*time.Second); err != nil || !held {
		t.Errorf("not free after its end: %v %v", held, err)
	}
}
