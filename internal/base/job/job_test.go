package job_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/migrations"
)

const ring job.Kind = "ring the bell"

func add(t *testing.T, d *db.DB, shop id.Shop, ref int64, due time.Time) {
	t.Helper()
	err := d.Write(t.Context(), db.Scope{Shop: shop}, func(tx *db.Tx) error { return job.Add(t.Context(), tx, ring, ref, due) })
	if err != nil {
		t.Fatal(err)
	}
}

func runner(d *db.DB, node string, h job.Handler) *job.Runner {
	r := job.NewRunner(d, slog.New(slog.DiscardHandler), node)
	r.Handle(ring, h)
	return r
}

func TestManyNodesDoEachJobOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i := range 30 {
			add(t, d, id.Shop(i%3+1), int64(i), time.Now().Add(-time.Second))
		}
		var rung atomic.Int64
		var wg sync.WaitGroup
		for _, node := range []string{"a", "b", "c"} {
			wg.Go(func() {
				r := runner(d, node, func(context.Context, id.Shop, int64) error { rung.Add(1); return nil })
				for range 3 {
					if _, err := r.RunDue(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if rung.Load() != 30 {
			t.Errorf("30 jobs ran %d times", rung.Load())
		}
	})
}

func TestAFailedJobComesBackWithGrowingWaits(t *testing.T) {
	t.Parallel()
	var ms atomic.Int64
	ms.Store(1_800_000_000_000)
	now := func() time.Time { return time.UnixMilli(ms.Load()) }
	d := dbtest.SQLite(t, db.Config{Schema: migrations.Schema(), Now: now})
	add(t, d, 1, 7, now())
	fails := 3
	tried := 0
	r := runner(d, "a", func(_ context.Context, shop id.Shop, ref int64) error {
		if shop != 1 || ref != 7 {
			t.Errorf("ran job %d of shop %d", ref, shop)
		}
		if tried++; tried <= fails {
			return errors.New("away")
		}
		return nil
	})
	run := func() int {
		done, err := r.RunDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	for try, wait := range []int64{5_000, 10_000, 20_000} {
		if run() != 0 || tried != try+1 {
			t.Fatalf("try %d did not fail once", try+1)
		}
		ms.Add(wait - 1)
		if run(); tried != try+1 {
			t.Fatalf("try %d came before its wait", try+2)
		}
		ms.Add(1)
	}
	if run() != 1 || run() != 0 || tried != 4 {
		t.Errorf("the job was not done once: tried %d", tried)
	}
}

func TestTheSameJobIsOneAndMovesEarlierOnly(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	add(t, d, 1, 7, time.Now().Add(time.Hour))
	add(t, d, 1, 7, time.Now().Add(2*time.Hour))
	rung := 0
	r := runner(d, "a", func(context.Context, id.Shop, int64) error { rung++; return nil })
	r.RunDue(t.Context()) //nolint:errcheck // nothing is due
	add(t, d, 1, 7, time.Now().Add(-time.Second))
	if _, err := r.RunDue(t.Context()); err != nil || rung != 1 {
		t.Errorf("rang %d times, %v", rung, err)
	}
}

func TestWhatIsAddedWhileItsJobRunsIsDoneAfterwards(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, 1, 7, time.Now().Add(-time.Second))
		rung := 0
		r := runner(d, "a", func(context.Context, id.Shop, int64) error {
			if rung++; rung == 1 {
				add(t, d, 1, 7, time.Now().Add(-2*time.Second)) // even one that is due earlier
				add(t, d, 1, 7, time.Now())
			}
			return nil
		})
		for range 3 {
			if _, err := r.RunDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Millisecond) // the clock's next millisecond
		}
		if rung != 2 {
			t.Errorf("rang %d times", rung)
		}
	})
}
