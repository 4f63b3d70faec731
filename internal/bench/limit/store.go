package limit

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// rowStore writes the rows by an engine's quickest way.
type rowStore struct {
	commit commit
	end    func()

	mu    sync.Mutex
	known map[int64]bool // variants that have stock
}

func open(ctx context.Context, c Config) (store, error) {
	if db.IsPostgres(c.Store) {
		return openPostgres(ctx, c)
	}
	d, err := db.Open(ctx, db.Config{URL: filepath.Join(c.Dir, "limit.db"), Schema: migrations.Schema()})
	if err != nil {
		return nil, err
	}
	// There is no quicker way to a durable SQLite than the store's own: one writer that commits many at once.
	return &rowStore{end: d.Close, known: map[int64]bool{}, commit: func(ctx context.Context, todo []statement) error {
		return d.Write(ctx, db.Scope{Shop: id.Shop(todo[0].args[0].(int64))}, func(tx *db.Tx) error {
			for _, s := range todo {
				if err := tx.Queue(s.text, s.args...); err != nil {
					return err
				}
			}
			return nil
		})
	}}, nil
}

// openPostgres takes the service's database, whose tables are there, with statements that leave in one batch: one round
// trip, READ COMMITTED.
func openPostgres(ctx context.Context, c Config) (store, error) {
	pool, err := pgxpool.New(ctx, c.Store)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &rowStore{end: pool.Close, known: map[int64]bool{}, commit: func(ctx context.Context, todo []statement) error {
		b := &pgx.Batch{}
		for _, s := range todo {
			b.Queue(s.text, s.args...)
		}
		return pool.SendBatch(ctx, b).Close()
	}}, nil
}

func (s *rowStore) close() { s.end() }

func (s *rowStore) order(ctx context.Context, t *Template, n int64, variants []int64) error {
	if err := s.shelve(ctx, t, variants); err != nil {
		return err
	}
	return s.commit(ctx, t.rows(n, time.Now().UnixMilli(), variants))
}

func (s *rowStore) minimal(ctx context.Context, t *Template, n int64, variants []int64) error {
	if err := s.shelve(ctx, t, variants); err != nil {
		return err
	}
	return s.commit(ctx, t.least(n, time.Now().UnixMilli(), variants))
}

// shelve gives variants stock where they have none, once: on SQLite the limit's store begins empty.
func (s *rowStore) shelve(ctx context.Context, t *Template, variants []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(variants, func(v int64) bool { return !s.known[v] }) {
		return nil
	}
	for _, v := range variants {
		if err := s.commit(ctx, []statement{{putStock, []any{t.Shop, v}}}); err != nil {
			return err
		}
		s.known[v] = true
	}
	return nil
}
