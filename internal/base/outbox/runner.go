package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/lease"
)

const (
	leaseTime = 10 * time.Second
	pollTime  = time.Second // another node's commits wake nobody here
	firstWait = time.Second
	maxWait   = 5 * time.Minute
	workers   = 4 // shops that one follower serves at once
)

// A Runner numbers facts and feeds followers, on whichever node holds the lease.
type Runner struct {
	db        *db.DB
	log       *slog.Logger
	leases    *lease.Keeper
	followers []*following
}

// following is a follower and the shops it waits with after a failure.
type following struct {
	Follower
	mu    sync.Mutex
	later map[id.Shop]delay
}

type delay struct {
	until time.Time
	wait  time.Duration
}

// NewRunner makes a runner; node names this process.
func NewRunner(d *db.DB, log *slog.Logger, node string) *Runner {
	return &Runner{db: d, log: log, leases: lease.New(d, node)}
}

// Follow adds a follower. Names are for ever: the position is kept under them.
func (r *Runner) Follow(f Follower) {
	r.followers = append(r.followers, &following{Follower: f, later: map[id.Shop]delay{}})
}

// Run works until the context ends. It gives way to people's writes.
func (r *Runner) Run(ctx context.Context) {
	ctx = db.Behind(ctx)
	woken := r.db.Woken(topic)
	for {
		r.db.GiveWay(ctx)
		if err := r.pass(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("outbox", "err", err)
		}
		select {
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			if err := r.leases.Release(ctx, topic); err != nil {
				r.log.Warn("outbox: release lease", "err", err)
			}
			return
		case <-woken:
		case <-time.After(pollTime):
		}
	}
}

// pass numbers what waits and feeds each follower once, if this node holds the lease.
func (r *Runner) pass(ctx context.Context) error {
	held, err := r.leases.Take(ctx, topic, leaseTime)
	if err != nil || !held {
		return err
	}
	if err := r.number(ctx); err != nil {
		return fmt.Errorf("number facts: %w", err)
	}
	var wg sync.WaitGroup
	errs := make([]error, len(r.followers))
	for i, f := range r.followers {
		wg.Go(func() { errs[i] = r.feed(ctx, f) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Drain works until nothing waits, or a follower fails; for tests and commands.
func (r *Runner) Drain(ctx context.Context) error {
	if err := r.number(ctx); err != nil {
		return err
	}
	for _, f := range r.followers {
		if err := r.feed(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// Skip moves a follower past everything that has happened so far, in all shops: for one that begins today, or whose past
// was made up (sample shops). What happens meanwhile it may see or not.
func (r *Runner) Skip(ctx context.Context, name string) error {
	if err := r.number(ctx); err != nil {
		return fmt.Errorf("number facts: %w", err)
	}
	for {
		shops, err := r.shops(ctx, sqlBehindShops, name)
		if err != nil || len(shops) == 0 {
			return err
		}
		for _, s := range shops {
			err := r.db.Write(ctx, scope(s), func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, sqlSkip, s, name)
				return err
			})
			if err != nil {
				return fmt.Errorf("skip facts: %w", err)
			}
		}
	}
}

// number gives each committed fact its shop's next number.
func (r *Runner) number(ctx context.Context) error {
	for {
		shops, err := r.shops(ctx, sqlWaitingShops)
		if err != nil || len(shops) == 0 {
			return err
		}
		for _, s := range shops {
			if err := r.numberShop(ctx, s); err != nil {
				return err
			}
		}
	}
}

func (r *Runner) numberShop(ctx context.Context, shop id.Shop) error {
	return r.db.Write(ctx, scope(shop), func(tx *db.Tx) error {
		var head int64
		if err := tx.QueryRow(ctx, sqlHead, shop).Scan(&head); err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		n, err := tx.Exec(ctx, sqlNumber, shop, head)
		if err != nil || n == 0 {
			return err
		}
		return tx.Queue(sqlPutHead, shop, head+n)
	})
}

func (r *Runner) shops(ctx context.Context, sql string, args ...any) (shops []id.Shop, err error) {
	err = r.db.Across("facts of all shops are numbered and followed").Read(ctx, db.Scope{}, func(rd db.Reader) error {
		shops, err = db.All(ctx, rd, scanID[id.Shop], sql, args...)
		return err
	})
	return shops, err
}

func (r *Runner) feed(ctx context.Context, f *following) error {
	for {
		shops, err := r.shops(ctx, sqlBehindShops, f.Name)
		if err != nil {
			return err
		}
		ready := f.ready(shops, r.db.Now())
		if len(ready) == 0 {
			return nil
		}
		var wg sync.WaitGroup
		slots := make(chan struct{}, workers)
		for _, s := range ready {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				f.after(s, r.db.Now(), r.feedShop(ctx, f, s), r.log)
			})
		}
		wg.Wait()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// ready leaves out the shops whose last fact failed a moment ago.
func (f *following) ready(shops []id.Shop, now time.Time) []id.Shop {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []id.Shop
	for _, s := range shops {
		if d, waits := f.later[s]; !waits || !now.Before(d.until) {
			out = append(out, s)
		}
	}
	return out
}

func (f *following) after(s id.Shop, now time.Time, err error, log *slog.Logger) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		delete(f.later, s)
		return
	}
	wait := min(maxWait, max(firstWait, 2*f.later[s].wait))
	f.later[s] = delay{now.Add(wait), wait}
	log.Warn("follower will try again", "follower", f.Name, "shop", int64(s), "in", wait, "err", err)
}

// feedShop hands one follower a slice of one shop's facts and keeps how far it came.
func (r *Runner) feedShop(ctx context.Context, f *following, shop id.Shop) error {
	var facts []Fact
	err := r.db.Read(ctx, scope(shop), func(rd db.Reader) error {
		var pos int64
		err := rd.QueryRow(ctx, sqlPosition, shop, f.Name).Scan(&pos)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		facts, err = Facts(ctx, rd, pos)
		return err
	})
	if err != nil || len(facts) == 0 {
		return err
	}
	var reached int64
	var failed error
	for _, fact := range facts {
		if f.wants(fact.Event) {
			if failed = f.Handle(ctx, fact); failed != nil {
				failed = fmt.Errorf("%s %d: %w", fact.Event, fact.Seq, failed)
				break
			}
		}
		reached = fact.Seq
	}
	if reached == 0 {
		return failed
	}
	err = r.db.Write(ctx, scope(shop), func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlPutPosition, shop, f.Name, reached)
		return err
	})
	return errors.Join(failed, err)
}
