package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/id"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	defaultReaders = 8
	maxBatch       = 64 // transactions in one commit
	// A batch gathers for some times as long as a commit takes, within these bounds: on a slow disk, fewer commits.
	batchTime    = 8 * time.Millisecond
	maxBatchTime = 40 * time.Millisecond
	batchCommits = 4
	// carefulBatches is for how many batches each transaction gets a savepoint after one has failed halfway.
	carefulBatches = 16
)

// sqliteStore has one writer connection, owned by one goroutine, and a pool of readers.
type sqliteStore struct {
	pool    *sql.DB
	writer  *liteConn
	work    chan *liteWork
	readers chan *liteConn
	all     []*liteConn
	stop    sync.Once
	stopped chan struct{}
	closing chan struct{}

	// The writer's own.
	commitTime time.Duration // of late
	careful    int           // batches
}

// A liteWork is one transaction that waits for the writer.
type liteWork struct {
	ctx  context.Context
	run  func(session) error
	err  error
	panc any
	done chan struct{}
}

func openSQLite(ctx context.Context, c Config) (*sqliteStore, error) {
	path := strings.TrimPrefix(c.URL, "sqlite:")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make store's folder: %w", err)
	}
	sync := "FULL"
	if c.Volatile {
		sync = "OFF"
	}
	q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(" + sync + ")", "busy_timeout(5000)", "foreign_keys(1)",
		"cache_size(-32768)", "temp_store(MEMORY)", "trusted_schema(0)",
		"wal_autocheckpoint(4000)"}}
	pool, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, pool, c.Schema, sqliteDialect); err != nil {
		pool.Close()
		return nil, err
	}
	n := c.Conns
	if n == 0 {
		n = defaultReaders
	}
	s := &sqliteStore{pool: pool, work: make(chan *liteWork, 1024), readers: make(chan *liteConn, n),
		stopped: make(chan struct{}), closing: make(chan struct{})}
	for i := range n + 1 {
		conn, err := pool.Conn(ctx)
		if err != nil {
			pool.Close()
			return nil, fmt.Errorf("connect: %w", err)
		}
		lc := &liteConn{conn: conn, stmts: map[string]*sql.Stmt{}}
		s.all = append(s.all, lc)
		if i == 0 {
			s.writer = lc
			continue
		}
		if _, err := conn.ExecContext(ctx, sqlQueryOnly); err != nil {
			pool.Close()
			return nil, err
		}
		s.readers <- lc
	}
	go s.loop()
	return s, nil
}

func (s *sqliteStore) name() string { return "sqlite" }

func (s *sqliteStore) close() {
	s.stop.Do(func() {
		close(s.closing)
		<-s.stopped
		for range cap(s.readers) {
			<-s.readers
		}
		for _, c := range s.all {
			c.close()
		}
		s.pool.Close()
	})
}

func (s *sqliteStore) retryable(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

func (s *sqliteStore) taken(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func (s *sqliteStore) begin(ctx context.Context, _ txKind, _ id.Shop) (session, error) {
	select {
	case c := <-s.readers:
		if _, err := c.exec(context.WithoutCancel(ctx), sqlBegin, nil); err != nil {
			s.readers <- c
			return nil, err
		}
		return liteReader{c, s}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *sqliteStore) write(ctx context.Context, _ txKind, _ id.Shop, run func(session) error) error {
	w := &liteWork{ctx: ctx, run: run, done: make(chan struct{})}
	select {
	case s.work <- w:
	case <-s.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-w.done:
	case <-s.stopped:
		select {
		case <-w.done:
		default:
			return errClosed
		}
	}
	if w.panc != nil {
		panic(w.panc)
	}
	return w.err
}

var errClosed = errors.New("store is closed")

// A liteConn is a connection with its prepared statements.
type liteConn struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

const maxStatements = 1000 // lists with filters make many texts; past this the cache starts anew

func (c *liteConn) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if st, ok := c.stmts[text]; ok {
		return st, nil
	}
	if len(c.stmts) >= maxStatements {
		for _, st := range c.stmts {
			st.Close()
		}
		clear(c.stmts)
	}
	st, err := c.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	c.stmts[text] = st
	return st, nil
}

func (c *liteConn) exec(ctx context.Context, text string, args []any) (int64, error) {
	st, err := c.prepare(ctx, text)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *liteConn) query(ctx context.Context, text string, args []any) (rows, error) {
	st, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	r, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	return liteRows{r}, nil
}

func (c *liteConn) close() {
	for _, st := range c.stmts {
		st.Close()
	}
	c.conn.Close()
}

type liteRows struct{ *sql.Rows }

func (r liteRows) Close() { r.Rows.Close() }

// A liteTx is the writer for one transaction. A statement is not interrupted when its caller goes away, since SQLite
// would then roll back everybody's; the caller is asked between statements.
type liteTx struct {
	conn  *liteConn
	ctx   context.Context //nolint:containedctx // the caller's, asked between statements
	wrote bool            // perhaps
	hurt  bool            // a statement failed, whatever was made of it
}

func (t *liteTx) note(err error) error {
	t.hurt = t.hurt || err != nil
	return err
}

// liteTxRows are rows whose failure the transaction notes.
type liteTxRows struct {
	rows
	tx *liteTx
}

func (r liteTxRows) Err() error { return r.tx.note(r.rows.Err()) }

func (t *liteTx) exec(ctx context.Context, text string, args []any) (int64, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	t.wrote = true
	n, err := t.conn.exec(context.WithoutCancel(ctx), text, args)
	return n, t.note(err)
}

func (t *liteTx) query(ctx context.Context, text string, args []any) (rows, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	t.wrote = t.wrote || !strings.HasPrefix(strings.TrimLeft(text, " \n\t"), "SELECT ")
	r, err := t.conn.query(context.WithoutCancel(ctx), text, args)
	if err != nil {
		return nil, t.note(err)
	}
	return liteTxRows{r, t}, nil
}

func (t *liteTx) queue(text string, args []any) error {
	_, err := t.exec(t.ctx, text, args)
	return err
}

func (t *liteTx) each(ctx context.Context, text string, args [][]any, got func(int, rows) error) error {
	for i, a := range args {
		r, err := t.query(ctx, text, a)
		if err != nil {
			return err
		}
		err = got(i, r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *liteTx) end() {}

// A liteReader is a reader for one snapshot.
type liteReader struct {
	conn  *liteConn
	store *sqliteStore
}

func (r liteReader) exec(context.Context, string, []any) (int64, error) { return 0, errReadOnly }

func (r liteReader) query(ctx context.Context, text string, args []any) (rows, error) {
	return r.conn.query(ctx, text, args)
}

func (r liteReader) each(context.Context, string, [][]any, func(int, rows) error) error {
	return errReadOnly
}

func (r liteReader) queue(string, []any) error { return errReadOnly }

func (r liteReader) end() {
	r.conn.exec(context.Background(), sqlRollback, nil) //nolint:errcheck // a read has nothing to lose
	r.store.readers <- r.conn
}

var errReadOnly = errors.New("write within a read")
