package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/id"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

const defaultConns = 16

// pgStore is a pool of connections, each of which acts as noren_app.
type pgStore struct {
	pool *pgxpool.Pool
}

func openPostgres(ctx context.Context, c Config) (*pgStore, error) {
	cfg, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, errors.New("the store's URL is not one that PostgreSQL understands") // pgx's error could show the password
	}
	if err := migratePostgres(ctx, cfg.ConnConfig, c.Schema); err != nil {
		return nil, err
	}
	cfg.MaxConns = int32(c.Conns)
	if c.Conns == 0 {
		cfg.MaxConns = defaultConns
	}
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, pgRole)
		return err
	}
	cfg.ConnConfig.OnNotice = func(c *pgconn.PgConn, n *pgconn.Notice) { c.CustomData()[lastNotice] = n.Code }
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &pgStore{pool}, nil
}

func migratePostgres(ctx context.Context, cfg *pgx.ConnConfig, schema Schema) error {
	db := stdlib.OpenDB(*cfg.Copy())
	defer db.Close()
	if err := migrate(ctx, db, schema, pgDialect); err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg.Copy())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return secure(ctx, conn, schema.ShopTables)
}

// secure makes the two roles and gives each shop table its policies: a transaction sees its own shop's rows, or, as
// noren_across, all. Nodes that start together may meet here, so what fails is tried again.
func secure(ctx context.Context, conn *pgx.Conn, tables []string) error {
	var err error
	for range 8 {
		if err = secureOnce(ctx, conn, tables); err == nil {
			return nil
		}
	}
	return fmt.Errorf("set up row-level security (the role that Noren logs in as must own the tables, and may create roles "+
		"or be a member of noren_app and noren_across): %w", err)
}

func secureOnce(ctx context.Context, conn *pgx.Conn, tables []string) error {
	var roles int
	if err := conn.QueryRow(ctx, pgHasRoles).Scan(&roles); err != nil || roles < 2 {
		if _, err := conn.PgConn().Exec(ctx, pgMakeRoles).ReadAll(); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, pgJoinRoles); err != nil {
			return err
		}
	}
	if _, err := conn.PgConn().Exec(ctx, pgGrantTables).ReadAll(); err != nil {
		return err
	}
	for _, t := range tables {
		var n int
		if err := conn.QueryRow(ctx, pgHasPolicy, t).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		if _, err := conn.PgConn().Exec(ctx, fmt.Sprintf(pgPolicy, pgx.Identifier{t}.Sanitize())).ReadAll(); err != nil {
			return err
		}
	}
	return nil
}

func (s *pgStore) name() string { return "postgres" }
func (s *pgStore) close()       { s.pool.Close() }

// lastNotice is where a connection keeps the code of the last notice that it was sent.
const lastNotice = "noren: last notice"

// foundAtCommit gives a failure that Citus finds at COMMIT its meaning: it arrives as XX000, the real code in a notice before
// it. With another code, or none, the outcome is unknown; the caller's idempotency key decides.
func (t *pgTx) foundAtCommit(err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if ok && e.Code == "XX000" && t.conn.Conn().PgConn().CustomData()[lastNotice] == "40001" {
		return fmt.Errorf("%w: %w", ErrSerialization, err)
	}
	return err
}

// retryable knows a lost race: serialization failure and deadlock.
func (s *pgStore) retryable(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

func (s *pgStore) taken(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "23505"
}

func (s *pgStore) open(ctx context.Context, begin string, k txKind, shop id.Shop) (*pgTx, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("acquire connection: %w", err)
	}
	text := fmt.Sprintf(begin, int64(shop))
	if k.across {
		text += pgAcross
	}
	if _, err := conn.Conn().PgConn().Exec(ctx, text).ReadAll(); err != nil {
		s.discard(conn)
		return nil, fmt.Errorf("begin: %w", err)
	}
	return &pgTx{conn: conn, store: s, batch: &pgx.Batch{}}, nil
}

// discard ends a connection whose state is not known.
func (s *pgStore) discard(conn *pgxpool.Conn) {
	conn.Hijack().Close(context.Background()) //nolint:errcheck // it is being thrown away
}

func (s *pgStore) begin(ctx context.Context, k txKind, shop id.Shop) (session, error) {
	return &pgRead{store: s, kind: k, shop: shop}, nil
}

func (s *pgStore) write(ctx context.Context, k txKind, shop id.Shop, run func(session) error) (err error) {
	begin := pgBeginWrite
	if k.locking {
		begin = pgBeginLock
	}
	t, err := s.open(ctx, begin, k, shop)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			t.end()
		}
	}()
	if err := run(t); err != nil {
		return err
	}
	t.batch.Queue(sqlCommit)
	delete(t.conn.Conn().PgConn().CustomData(), lastNotice)
	if err := t.flush(ctx); err != nil {
		return t.foundAtCommit(err)
	}
	// COMMIT of a transaction that has failed answers ROLLBACK, without an error.
	if t.last != "COMMIT" {
		return errors.New("commit: the database rolled back")
	}
	committed = true
	t.conn.Release()
	return nil
}

// A pgTx is one connection's transaction, with the statements that wait to be sent.
type pgTx struct {
	conn  *pgxpool.Conn
	store *pgStore
	batch *pgx.Batch
	last  string // command tag of the last batched statement
}

func (t *pgTx) flush(ctx context.Context) error {
	n := t.batch.Len()
	if n == 0 {
		return nil
	}
	batch := t.batch
	t.batch = &pgx.Batch{} // the results still read from the old one
	res := t.conn.SendBatch(ctx, batch)
	for range n {
		tag, err := res.Exec()
		if err != nil {
			res.Close()
			return err
		}
		t.last = tag.String()
	}
	return res.Close()
}

// send sends what is queued with one more statement, in one round trip, and reads up to that statement's result.
func (t *pgTx) send(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	batch, n := t.batch, t.batch.Len()
	t.batch = &pgx.Batch{}
	batch.Queue(sql, args...)
	res := t.conn.SendBatch(ctx, batch)
	for range n {
		if _, err := res.Exec(); err != nil {
			res.Close() //nolint:errcheck // it says the same
			return nil, err
		}
	}
	return res, nil
}

func (t *pgTx) exec(ctx context.Context, sql string, args []any) (int64, error) {
	if t.batch.Len() == 0 {
		tag, err := t.conn.Exec(ctx, sql, args...)
		return tag.RowsAffected(), err
	}
	res, err := t.send(ctx, sql, args)
	if err != nil {
		return 0, err
	}
	tag, err := res.Exec()
	if closed := res.Close(); err == nil {
		err = closed
	}
	return tag.RowsAffected(), err
}

func (t *pgTx) query(ctx context.Context, sql string, args []any) (rows, error) {
	if t.batch.Len() == 0 {
		return t.conn.Query(ctx, sql, args...)
	}
	res, err := t.send(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	r, err := res.Query()
	if err != nil {
		res.Close() //nolint:errcheck // it says the same
		return nil, err
	}
	return pgRows{r, res}, nil
}

// pgRows are the rows of a batch's last statement: the connection is free when both are closed.
type pgRows struct {
	pgx.Rows
	batch pgx.BatchResults
}

func (r pgRows) Close() {
	r.Rows.Close()
	r.batch.Close() //nolint:errcheck // Err says it
}

func (t *pgTx) queue(sql string, args []any) error {
	t.batch.Queue(sql, args...)
	return nil
}

func (t *pgTx) each(ctx context.Context, sql string, args [][]any, got func(int, rows) error) error {
	batch, n := t.batch, t.batch.Len()
	t.batch = &pgx.Batch{}
	for _, a := range args {
		batch.Queue(sql, a...)
	}
	res := t.conn.SendBatch(ctx, batch)
	defer res.Close()
	for range n {
		if _, err := res.Exec(); err != nil {
			return err
		}
	}
	for i := range args {
		r, err := res.Query()
		if err != nil {
			return err
		}
		err = got(i, r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return res.Close()
}

func (t *pgTx) end() {
	if _, err := t.conn.Exec(context.Background(), sqlRollback); err != nil {
		t.store.discard(t.conn)
		return
	}
	t.conn.Release()
}

// A pgRead is a read that begins with its first query: one that needs none costs nothing.
type pgRead struct {
	store *pgStore
	kind  txKind
	shop  id.Shop
	tx    *pgTx
}

func (r *pgRead) query(ctx context.Context, sql string, args []any) (rows, error) {
	if r.tx == nil {
		tx, err := r.store.open(ctx, pgBeginRead, r.kind, r.shop)
		if err != nil {
			return nil, err
		}
		r.tx = tx
	}
	return r.tx.query(ctx, sql, args)
}

func (r *pgRead) exec(context.Context, string, []any) (int64, error) { return 0, errReadOnly }

func (r *pgRead) queue(string, []any) error { return errReadOnly }

func (r *pgRead) each(context.Context, string, [][]any, func(int, rows) error) error {
	return errReadOnly
}

func (r *pgRead) end() {
	if r.tx != nil {
		r.tx.end()
	}
}
