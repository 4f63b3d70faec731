package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Reader reads one shop's rows for one actor. *Tx is one too.
type Reader interface {
	// Now is the transaction's time.
	Now() time.Time
	// Shop is whose rows these are; id.Platform for none.
	Shop() id.Shop
	// Actor is who reads.
	Actor() actor.Actor
	// Scope is all three of who, where and which request.
	Scope() Scope
	// Allow returns a Denied fault unless the actor has the right.
	Allow(r actor.Right) error
	// Query runs a SELECT. Close the rows before the next statement.
	Query(ctx context.Context, sql string, args ...any) (*Rows, error)
	// QueryRow runs a SELECT for one row; Scan returns ErrNone where there is none.
	QueryRow(ctx context.Context, sql string, args ...any) Row
	// As is the same transaction for an actor with a flow's rights added.
	As(f actor.Flow) Reader
}

// ErrNone means that a query found no row.
var ErrNone = errors.New("no row")

// A Tx reads and writes.
type Tx struct {
	ses      session
	scope    Scope
	now      time.Time
	ids      *id.Source
	after    []func()
	topics   map[string]bool
	parent   *Tx
	lendable bool
	leave    func(sql string) bool
}

// Now is the transaction's time.
func (t *Tx) Now() time.Time { return t.now }

// NowMS is the transaction's time in milliseconds since 1970, as it is stored.
func (t *Tx) NowMS() int64 { return t.now.UnixMilli() }

// Shop is whose rows these are.
func (t *Tx) Shop() id.Shop { return t.scope.Shop }

// Actor is who acts.
func (t *Tx) Actor() actor.Actor { return t.scope.Actor }

// Scope is who acts, where, for which request.
func (t *Tx) Scope() Scope { return t.scope }

// Allow returns a Denied fault unless the actor has the right.
func (t *Tx) Allow(r actor.Right) error {
	if t.scope.Actor.May(r) {
		return nil
	}
	return fault.Denied(fault.Text{
		Ja: "この操作をする権限がありません。必要な場合は、ショップのオーナーにご相談ください。",
		En: "You do not have the right to do this. Ask the shop's owner if you need it.",
	}).Because(fmt.Errorf("%s %d lacks %q", t.scope.Actor.Kind, t.scope.Actor.Account, r))
}

// As is the same transaction for an actor to whom the flow lends its rights.
func (t *Tx) As(f actor.Flow) Reader { return t.Lend(f) }

// Lend is As for writers.
func (t *Tx) Lend(f actor.Flow) *Tx {
	c := *t
	c.scope.Actor = t.scope.Actor.With(f.Rights()...)
	c.parent = t.root()
	return &c
}

func (t *Tx) root() *Tx {
	if t.parent != nil {
		return t.parent
	}
	return t
}

// NewID makes an id. Insert it with ON CONFLICT DO NOTHING and draw again when no row was written: see Insert.
func (t *Tx) NewID() int64 { return t.ids.Next(t.now) }

// OnCommit runs f after the commit, once.
func (t *Tx) OnCommit(f func()) { r := t.root(); r.after = append(r.after, f) }

// Wake wakes those who wait for the topic, after the commit.
func (t *Tx) Wake(topic string) { t.root().topics[topic] = true }

// Query runs a SELECT.
func (t *Tx) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	r, err := t.ses.query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return &Rows{r}, nil
}

// QueryRow runs a SELECT, or a write with RETURNING, for one row.
func (t *Tx) QueryRow(ctx context.Context, sql string, args ...any) Row {
	r, err := t.ses.query(ctx, sql, args)
	return oneRow{r, err}
}

// Exec runs a statement and says how many rows it changed.
func (t *Tx) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	return t.ses.exec(ctx, sql, args)
}

// Queue runs a statement whose outcome nobody waits for, together with the next one or the commit: one round trip for
// many. An error shows there, and rolls everything back.
func (t *Tx) Queue(sql string, args ...any) error {
	if t.leave != nil && t.leave(sql) {
		return nil
	}
	return t.ses.queue(sql, args)
}

// QueueRows is Queue of an INSERT of many rows as one statement. sql is the INSERT of one row, "… VALUES ($1, $2, …) …",
// with nothing but its arguments in the brackets.
func (t *Tx) QueueRows(sql string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	text, args := many(sql, rows)
	return t.Queue(text, args...)
}

func many(sql string, rows [][]any) (string, []any) {
	if len(rows) == 1 {
		return sql, rows[0]
	}
	at := strings.Index(sql, "VALUES (")
	end := at + strings.IndexByte(sql[at:], ')')
	var text strings.Builder
	text.Grow(len(sql) + len(rows)*len(rows[0])*5)
	text.WriteString(sql[:end])
	args := append(make([]any, 0, len(rows)*len(rows[0])), rows[0]...)
	for _, row := range rows[1:] {
		sep := "), ("
		for _, v := range row {
			args = append(args, v)
			text.WriteString(sep)
			text.WriteByte('$')
			text.WriteString(strconv.Itoa(len(args)))
			sep = ", "
		}
	}
	text.WriteString(sql[end:])
	return text.String(), args
}

// Each runs one statement with RETURNING once per arguments, in one round trip, after what is queued. found says which of
// them gave a row.
func Each[T any](ctx context.Context, tx *Tx, scan func(Row) (T, error), sql string, args [][]any) (got []T, found []bool, err error) {
	got, found = make([]T, len(args)), make([]bool, len(args))
	err = tx.ses.each(ctx, sql, args, func(i int, r rows) error {
		v, err := scan(oneRow{r, nil})
		if errors.Is(err, ErrNone) {
			return nil
		}
		got[i], found[i] = v, true
		return err
	})
	return got, found, err
}

// A Row is one row to be scanned.
type Row interface{ Scan(dest ...any) error }

// Rows are a query's rows.
type Rows struct{ r rows }

// Next moves to the next row.
func (r *Rows) Next() bool { return r.r.Next() }

// Scan copies the row's columns.
func (r *Rows) Scan(dest ...any) error { return r.r.Scan(dest...) }

// Err is what ended the rows early.
func (r *Rows) Err() error { return r.r.Err() }

// Close ends the query.
func (r *Rows) Close() { r.r.Close() }

type oneRow struct {
	r   rows
	err error
}

func (o oneRow) Scan(dest ...any) error {
	if o.err != nil {
		return o.err
	}
	defer o.r.Close()
	if !o.r.Next() {
		if err := o.r.Err(); err != nil {
			return err
		}
		return ErrNone
	}
	if err := o.r.Scan(dest...); err != nil {
		return err
	}
	o.r.Close()
	return o.r.Err()
}

// All collects a query's rows through a type's one scan function.
func All[T any](ctx context.Context, r Reader, scan func(Row) (T, error), sql string, args ...any) ([]T, error) {
	rs, err := r.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	var out []T
	for rs.Next() {
		v, err := scan(rs)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rs.Err()
}

// One reads a query's one row through a type's scan function; ErrNone where there is none.
func One[T any](ctx context.Context, r Reader, scan func(Row) (T, error), sql string, args ...any) (T, error) {
	return scan(r.QueryRow(ctx, sql, args...))
}

// maxDraws bounds the draws of an id. With 4 million ids a second, a second draw is rare and a fourth a broken clock.
const maxDraws = 8

// Insert draws ids until insert, which must say ON CONFLICT DO NOTHING, has written a row under one.
func Insert[T ~int64](tx *Tx, insert func(T) (int64, error)) (T, error) {
	for range maxDraws {
		v := T(tx.NewID())
		n, err := insert(v)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			return v, nil
		}
	}
	return 0, errors.New("no free id: is the clock right?")
}
