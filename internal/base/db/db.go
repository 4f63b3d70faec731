// Package db is the only way to the database: SQLite for a service on one machine, PostgreSQL when it grows, one SQL for both.
//
// It guarantees that a transaction knows who acts, in which shop, and when; that on SQLite all writes pass one goroutine
// which commits many at once (synchronous=FULL, so a commit that returned survives a power cut); that on PostgreSQL every
// transaction is SERIALIZABLE, is run again on 40001, and sees only its shop's rows (row-level security, the second wall).
// It refuses transactions within transactions, and text joined into SQL: arguments are bound.
//
// A closure given to Read or Write may run more than once: it must set what it captures anew each time and do nothing
// outside the database. Use Tx.OnCommit for what follows a commit.
package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Schema is a store's tables: numbered migration files, and which tables belong to shops.
type Schema struct {
	Files      fs.FS
	ShopTables []string // every row names its shop in shop_id; the rest are global
}

// Config opens a store.
type Config struct {
	URL    string // "postgres://…", or a file's path (also "sqlite:PATH")
	Schema Schema
	Now    func() time.Time // the clock; nil is time.Now
	Log    *slog.Logger     // nil is slog.Default

	// Conns bounds PostgreSQL connections, or SQLite readers; 0 chooses.
	Conns int
	// Volatile gives up durability on SQLite: for throw-away stores of tests only.
	Volatile bool
	// Inject is asked before each commit; an error it returns stands for the database's (tests inject 40001).
	Inject func() error
	// Leave names queued statements that are left out, to see what they cost: for the bench's throw-away stores only.
	Leave func(sql string) bool
}

// Scope is who acts, where, for which request.
type Scope struct {
	Actor   actor.Actor
	Shop    id.Shop
	Request string
}

// A DB is an open store.
type DB struct {
	engine engine
	now    func() time.Time
	ids    *id.Source
	log    *slog.Logger
	inject func() error
	leave  func(sql string) bool
	people people

	mu      sync.Mutex
	wakes   map[string][]chan struct{}
	lanes   map[id.Shop]*lane
	written []func(id.Shop)
}

// engine is what the two kinds of store do differently.
type engine interface {
	begin(ctx context.Context, t txKind, shop id.Shop) (session, error)
	write(ctx context.Context, t txKind, shop id.Shop, run func(session) error) error
	retryable(err error) bool
	taken(err error) bool
	close()
	name() string
}

// across sees every shop's rows; locking takes locks instead of being SERIALIZABLE.
type txKind struct{ across, locking bool }

// session is one transaction's connection.
type session interface {
	exec(ctx context.Context, sql string, args []any) (int64, error)
	query(ctx context.Context, sql string, args []any) (rows, error)
	each(ctx context.Context, sql string, args [][]any, got func(i int, r rows) error) error
	queue(sql string, args []any) error
	end() // of a read
}

type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Open opens the store and brings its schema up to date.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	d := &DB{now: c.Now, ids: id.NewSource(), log: c.Log, inject: c.Inject, leave: c.Leave, wakes: map[string][]chan struct{}{},
		lanes: map[id.Shop]*lane{}, people: people{born: time.Now()}}
	var err error
	if IsPostgres(c.URL) {
		d.engine, err = openPostgres(ctx, c)
	} else {
		d.engine, err = openSQLite(ctx, c)
	}
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return d, nil
}

// IsPostgres says whether a store's URL names a PostgreSQL server.
func IsPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// Close waits for the running transactions and closes the store.
func (d *DB) Close() { d.engine.close() }

// Engine names the kind of store: "sqlite" or "postgres".
func (d *DB) Engine() string { return d.engine.name() }

// Now is the store's clock.
func (d *DB) Now() time.Time { return d.now() }

// Read runs fn on a snapshot of the shop's rows.
func (d *DB) Read(ctx context.Context, s Scope, fn func(Reader) error) error {
	return d.read(ctx, txKind{}, s, fn)
}

// Write runs fn in a transaction and commits it, or nothing of it.
func (d *DB) Write(ctx context.Context, s Scope, fn func(*Tx) error) error {
	return d.write(ctx, txKind{}, s, fn)
}

// WriteLocking is Write for a transaction that is right without SERIALIZABLE: it changes the rows
// that it decides by first, and every other by a statement that carries its own condition (on PostgreSQL it runs READ COMMITTED). Buyers of
// one piece then wait for one another in a queue instead of undoing one another. docs/decisions/0004 says who may use it.
func (d *DB) WriteLocking(ctx context.Context, s Scope, fn func(*Tx) error) error {
	return d.write(ctx, txKind{locking: true}, s, fn)
}

// IsTaken says that a statement met a key that is another row's. The transaction has failed with it.
func (d *DB) IsTaken(err error) bool { return d.engine.taken(err) }

// Across opens transactions that see every shop's rows, for the few rooms whose work spans shops; house_test lists them,
// and reason says why to a reader. Whatever is done for one shop goes back through Read and Write.
func (d *DB) Across(reason string) Wide { return Wide{d, reason} }

// A Wide opens transactions over all shops.
type Wide struct {
	db     *DB
	reason string
}

// Read runs fn on a snapshot of all shops' rows.
func (w Wide) Read(ctx context.Context, s Scope, fn func(Reader) error) error {
	return w.db.read(ctx, txKind{across: true}, s, fn)
}

// Write runs fn in a transaction over all shops' rows.
func (w Wide) Write(ctx context.Context, s Scope, fn func(*Tx) error) error {
	return w.db.write(ctx, txKind{across: true}, s, fn)
}

func (d *DB) read(ctx context.Context, k txKind, s Scope, fn func(Reader) error) error {
	return d.retry(ctx, s.Shop, func() error {
		ses, err := d.engine.begin(ctx, k, s.Shop)
		if err != nil {
			return err
		}
		defer ses.end()
		return fn(d.tx(ses, s))
	})
}

func (d *DB) write(ctx context.Context, k txKind, s Scope, fn func(*Tx) error) error {
	defer d.people.enter(ctx)()
	var done *Tx
	err := d.retry(ctx, s.Shop, func() error {
		return d.engine.write(ctx, k, s.Shop, func(ses session) error {
			tx := d.tx(ses, s)
			if err := fn(tx); err != nil {
				return err
			}
			if d.inject != nil {
				if err := d.inject(); err != nil {
					return err
				}
			}
			done = tx
			return nil
		})
	})
	if err != nil {
		return err
	}
	d.tell(s.Shop)
	for topic := range done.topics {
		d.wake(topic)
	}
	for _, f := range done.after {
		f()
	}
	return nil
}

func (d *DB) tx(ses session, s Scope) *Tx {
	return &Tx{ses: ses, scope: s, leave: d.leave, now: d.now(), ids: d.ids, topics: map[string]bool{}, lendable: true}
}

// maxTries bounds how often a transaction that lost a race is run again; the waits between grow to some 10 ms.
const (
	maxTries  = 40
	maxGrowth = 6
)

// ErrSerialization is 40001 where it does not come as such: found at COMMIT, or injected by tests.
var ErrSerialization = errors.New("could not serialize access (40001)")

// freeTries is how often a transaction may lose before it queues.
const freeTries = 3

// A lane is where a shop's transactions queue that have lost often: when a hundred buyers want one piece, they would
// otherwise go on losing to one another until all give up. One goes at a time, against newcomers only.
type lane struct {
	turn  chan struct{}
	users int
}

// queue waits for the shop's lane and returns what leaves it.
func (d *DB) queue(ctx context.Context, shop id.Shop) (leave func(), err error) {
	d.mu.Lock()
	l := d.lanes[shop]
	if l == nil {
		l = &lane{turn: make(chan struct{}, 1)}
		d.lanes[shop] = l
	}
	l.users++
	d.mu.Unlock()
	gone := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(d.lanes, shop)
		}
	}
	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, ctx.Err()
	}
}

func (d *DB) retry(ctx context.Context, shop id.Shop, run func() error) error {
	for try := 1; ; try++ {
		if try == freeTries+1 {
			leave, err := d.queue(ctx, shop)
			if err != nil {
				return err
			}
			defer leave()
		}
		err := run()
		if err == nil || !(errors.Is(err, ErrSerialization) || d.engine.retryable(err)) {
			return err
		}
		if try == maxTries {
			return fault.Unavailable(fault.Text{
				Ja: "ただいま混み合っています。少し待ってから、もう一度お試しください。",
				En: "The shop is very busy just now. Please wait a moment and try again.",
			}).Because(err)
		}
		// The wait differs between callers that lost to one another: an id's low bits are a random permutation.
		jitter := 0.5 + float64(d.ids.Next(d.now())&1023)/1023
		wait := time.Duration(math.Pow(1.5, float64(min(try, maxGrowth))) * jitter * float64(time.Millisecond))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// OnWrite calls f after every commit of this process with the transaction's shop: what is kept in memory of its rows may be
// old. f must be quick.
func (d *DB) OnWrite(f func(id.Shop)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.written = append(d.written, f)
}

func (d *DB) tell(shop id.Shop) {
	d.mu.Lock()
	all := d.written
	d.mu.Unlock()
	for _, f := range all {
		f(shop)
	}
}

// Woken returns a channel that gets a value after a commit that called Tx.Wake with the topic.
func (d *DB) Woken(topic string) <-chan struct{} {
	c := make(chan struct{}, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wakes[topic] = append(d.wakes[topic], c)
	return c
}

func (d *DB) wake(topic string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.wakes[topic] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
