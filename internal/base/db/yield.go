package db

import (
	"context"
	"sync/atomic"
	"time"
)

// What follows an order (numbers, letters, reports) gives way to the people whose orders make it: its writes wait while
// people's writes are under way in this process, but never longer than a patience, so that it goes on however busy it is.
const (
	lull         = 3 * time.Millisecond // without people's writes is calm
	glance       = time.Millisecond
	stepPatience = 20 * time.Millisecond  // for one write
	workPatience = 100 * time.Millisecond // for a piece of work: a job, a round of facts
)

type behindKey struct{}

// Behind marks work that gives way: each of its writes waits for a lull in people's writes, for at most 20 ms.
func Behind(ctx context.Context) context.Context { return context.WithValue(ctx, behindKey{}, true) }

func isBehind(ctx context.Context) bool { return ctx.Value(behindKey{}) != nil }

// GiveWay waits before a piece of work that is marked by Behind until there is a lull in people's writes, for at most
// 100 ms or until the context ends. Other work does not wait.
func (d *DB) GiveWay(ctx context.Context) { d.people.wait(ctx, workPatience) }

// people counts the writes that people wait for.
type people struct {
	busy atomic.Int64 // under way
	last atomic.Int64 // when one ended, in nanoseconds since the store was opened
	born time.Time    // monotonic, whatever the store's clock says
}

// enter counts a write; call what it returns at its end.
func (p *people) enter(ctx context.Context) (leave func()) {
	if isBehind(ctx) {
		p.wait(ctx, stepPatience)
		return func() {}
	}
	p.busy.Add(1)
	return func() {
		p.last.Store(int64(time.Since(p.born)))
		p.busy.Add(-1)
	}
}

func (p *people) calm() bool {
	return p.busy.Load() == 0 && (p.last.Load() == 0 || time.Since(p.born)-time.Duration(p.last.Load()) >= lull)
}

func (p *people) wait(ctx context.Context, most time.Duration) {
	if !isBehind(ctx) || p.calm() {
		return
	}
	end := time.NewTimer(most)
	defer end.Stop()
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for !p.calm() {
		select {
		case <-tick.C:
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
