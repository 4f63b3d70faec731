package switches

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
)

// The times of a set.
const (
	Refresh   = time.Second      // between two reads of the store
	staleTime = 5 * time.Second  // without a read: said
	readTime  = 2 * time.Second  // for one read
	AloneTime = 10 * time.Minute // between one person's asking and the lifting
)

const topic = "switches"

type at struct {
	name Name
	to   Target
}

// A Set is one node's view of the switches.
type Set struct {
	db    *db.DB
	raise signal.Raise
	log   *slog.Logger
	on    atomic.Pointer[map[at]Switch]

	mu    sync.Mutex
	read  time.Time // the last that succeeded, by the process's own clock
	stale bool
}

// New makes a set in which nothing is on until Load.
func New(d *db.DB, raise signal.Raise, log *slog.Logger) *Set {
	s := &Set{db: d, raise: raise, log: log, read: time.Now()}
	s.on.Store(&map[at]Switch{})
	return s
}

// Load reads the store. When it cannot, the last state stays.
func (s *Set) Load(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, readTime)
	defer stop()
	var list []Switch
	err := s.db.Read(ctx, db.Scope{Request: "switches"}, func(r db.Reader) (err error) {
		list, err = db.All(ctx, r, scanSwitch, sqlOn)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if !s.stale && time.Since(s.read) >= staleTime {
			s.stale = true
			s.log.Error("the switches cannot be read; the last state stays in force", "err", err)
			s.raise(context.WithoutCancel(ctx), signal.Event{Code: signal.SwitchStale, Where: "switches", About: "store"})
		}
		return fmt.Errorf("read switches: %w", err)
	}
	now := make(map[at]Switch, len(list))
	for _, w := range list {
		now[at{w.Name, w.Target}] = w
	}
	s.on.Store(&now)
	s.read, s.stale = time.Now(), false
	return nil
}

// Run keeps the set fresh until the context ends.
func (s *Set) Run(ctx context.Context) {
	woken := s.db.Woken(topic)
	for ctx.Err() == nil {
		_ = s.Load(ctx) // Load says it, once
		select {
		case <-ctx.Done():
		case <-woken:
		case <-time.After(Refresh):
		}
	}
}

// On says whether a switch is on for a shop: for the platform or for this shop. It looks into memory only.
func (s *Set) On(n Name, shop id.Shop) (Switch, bool) {
	on := *s.on.Load()
	if len(on) == 0 {
		return Switch{}, false
	}
	now := s.db.Now()
	for _, to := range []Target{{}, {Shop: shop}} {
		if w, ok := on[at{n, to}]; ok && w.on(now) {
			return w, true
		}
	}
	return Switch{}, false
}

// Stopped says whether an app is stopped.
func (s *Set) Stopped(app int64) (Switch, bool) {
	w, ok := (*s.on.Load())[at{StopApp, Target{App: app}}]
	return w, ok && w.on(s.db.Now())
}

// List gives the switches that are on, as this node knows them.
func (s *Set) List() []Switch {
	now := s.db.Now()
	list := slices.DeleteFunc(slices.Collect(maps.Values(*s.on.Load())), func(w Switch) bool { return !w.on(now) })
	slices.SortFunc(list, func(a, b Switch) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(fmt.Sprint(a.Name, a.Target), fmt.Sprint(b.Name, b.Target))
	})
	return list
}
