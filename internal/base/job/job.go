// Package job does work later, once more after a failure, and on a schedule.
//
// It guarantees that a job stored in a transaction runs after its commit and its due time, at least once; that one node
// at a time runs it (a lease by a guarded UPDATE, per shop and id); and that a failure is tried again with growing waits.
// It refuses personal data: a job is a kind and a reference.
package job

import (
	"context"
	"fmt"
	"log/slog"
	"math/bits"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/lease"
	"github.com/noren-shop/noren/internal/base/pan"
)

// A Kind names what a job does: "send order mail". Kinds are for ever.
type Kind string

// A Handler does one job's work. An error brings the job back later.
type Handler func(ctx context.Context, shop id.Shop, ref int64) error

// Add stores a job with the transaction. The same kind and reference is one job: adding it again moves it to the earlier
// due time, or, while it runs, makes it run once more: work that is added is begun after it was added.
func Add(ctx context.Context, tx *db.Tx, k Kind, ref int64, due time.Time) error {
	tx.Wake(topic)
	_, err := tx.Exec(ctx, sqlAdd, tx.Shop(), tx.NewID(), string(k), ref, due.UnixMilli())
	return err
}

const (
	topic     = "job"
	leaseTime = time.Minute // a job that takes longer may be started twice
	pollTime  = time.Second
	workers   = 4
	firstWait = 5 * time.Second
	maxWait   = time.Hour
)

// A Runner runs due jobs and the schedule.
type Runner struct {
	db       *db.DB
	log      *slog.Logger
	leases   *lease.Keeper
	handlers map[Kind]Handler
	schedule []scheduled
}

type scheduled struct {
	name  string
	every time.Duration
	work  func(ctx context.Context) error
	next  time.Time
}

// NewRunner makes a runner; node names this process.
func NewRunner(d *db.DB, log *slog.Logger, node string) *Runner {
	return &Runner{db: d, log: log, leases: lease.New(d, node), handlers: map[Kind]Handler{}}
}

// Handle says what does a kind's work.
func (r *Runner) Handle(k Kind, h Handler) { r.handlers[k] = h }

// Every does work again and again, on one node at a time.
func (r *Runner) Every(name string, d time.Duration, work func(ctx context.Context) error) {
	r.schedule = append(r.schedule, scheduled{name: name, every: d, work: work})
}

// Run works until the context ends. It gives way to people's writes.
func (r *Runner) Run(ctx context.Context) {
	ctx = db.Behind(ctx)
	woken := r.db.Woken(topic)
	for ctx.Err() == nil {
		if _, err := r.RunDue(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("jobs", "err", err)
		}
		r.runSchedule(ctx)
		select {
		case <-ctx.Done():
		case <-woken:
		case <-time.After(pollTime):
		}
	}
}

func (r *Runner) runSchedule(ctx context.Context) {
	for i := range r.schedule {
		s := &r.schedule[i]
		if r.db.Now().Before(s.next) {
			continue
		}
		s.next = r.db.Now().Add(s.every)
		held, err := r.leases.Take(ctx, "every "+s.name, s.every*9/10)
		if err == nil && held {
			err = s.work(ctx)
		}
		if err != nil && ctx.Err() == nil {
			r.log.Error("scheduled work", "work", s.name, "err", err)
		}
	}
}

// RunDue runs what is due once and says how many jobs it did.
func (r *Runner) RunDue(ctx context.Context) (done int, err error) {
	var due []row
	err = r.db.Across("due jobs of all shops").Read(ctx, db.Scope{}, func(rd db.Reader) error {
		due, err = db.All(ctx, rd, scan, sqlDue, rd.Now().UnixMilli())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find due jobs: %w", err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan struct{}, workers)
	for _, j := range due {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			ok, e := r.runOne(ctx, j)
			mu.Lock()
			defer mu.Unlock()
			if ok {
				done++
			}
			if e != nil {
				err = e
			}
		})
	}
	wg.Wait()
	return done, err
}

func (r *Runner) runOne(ctx context.Context, j row) (done bool, err error) {
	r.db.GiveWay(ctx)
	scope := db.Scope{Shop: j.shop, Request: "job"}
	var mine bool
	err = r.db.Write(ctx, scope, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlClaim, j.shop, j.id, tx.Now().Add(leaseTime).UnixMilli(), tx.NowMS(), j.due)
		mine = n > 0
		return err
	})
	if err != nil || !mine {
		return false, err
	}
	h := r.handlers[j.kind]
	if h == nil {
		err = fmt.Errorf("no handler for %q", j.kind)
	} else {
		err = h(ctx, j.shop, j.ref)
	}
	if ctx.Err() != nil {
		return false, nil // stopped: the lease ends and another node does it
	}
	return err == nil, r.db.Write(ctx, scope, func(tx *db.Tx) error {
		if err == nil {
			n, e := tx.Exec(ctx, sqlDone, j.shop, j.id, j.due)
			if e != nil || n > 0 {
				return e
			}
			tx.Wake(topic) // it was added again while it ran
			_, e = tx.Exec(ctx, sqlAgain, j.shop, j.id)
			return e
		}
		wait := min(maxWait, firstWait<<min(j.tries, int64(bits.Len64(uint64(maxWait/firstWait)))))
		r.log.Warn("job will be tried again", "kind", string(j.kind), "shop", int64(j.shop), "in", wait, "err", err)
		_, e := tx.Exec(ctx, sqlLater, j.shop, j.id, tx.Now().Add(wait).UnixMilli(), pan.Redact(err.Error()))
		return e
	})
}
