package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger/tree"
)

//go:embed migrations/*.sql
var files embed.FS

// Schema is the ledger's own store's: db.Config.Schema.
func Schema() db.Schema {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		sub = files // fs.Sub fails on a malformed name only
	}
	return db.Schema{Files: sub, ShopTables: []string{"ledger_head", "ledger_due", "ledger_entry", "ledger_mark"}}
}

// A Witness is told of every checkpoint. witness.Client is one.
type Witness interface {
	// Cosign hands a signed checkpoint over and returns the witness's signature line. prove gives the consistency proof
	// from the size that the witness knows.
	Cosign(ctx context.Context, signed []byte, size int64, prove func(old int64) ([][32]byte, error)) ([]byte, error)
}

// Config opens a ledger.
type Config struct {
	DB        *db.DB           // of its own, opened with Schema()
	Origin    string           // the checkpoints' first line and the key's name, such as "noren.example/ledger"
	Signer    tree.Signer      // from security/keys
	Now       func() time.Time // nil is the store's clock
	Node      string           // this process's name, for the sequencer's lease
	Pace      time.Duration    // the sequencer's; 0 is a second
	Witnesses []Witness
	Report    func(error) // told what the sequencer could not do, once a round; nil is nobody
}

const (
	maxAppend    = 1024 // entries in one Append
	maxBatch     = 4096 // entries in one commit
	maxBatchSize = 32 << 20
	maxHeads     = 4096 // shops whose heads are remembered
)

// ErrClosed means that the log is closed: nothing was written.
var ErrClosed = errors.New("ledger is closed")

// A Log is an open ledger.
type Log struct {
	c       Config
	queue   chan *request
	closing chan struct{}
	stopped chan struct{}
	stop    sync.Once
	heads   map[id.Shop]*head // the appender's alone
	round   sync.Mutex        // one sequencer round at a time in this process
	signed  tree.Head         // what this process signed or checked last; under round
	shown   int64             // the size that all witnesses have co-signed; under round
}

// Open starts the appender. The sequencer runs in Run, so that a reader of the ledger need not sign anything.
func Open(ctx context.Context, c Config) (*Log, error) {
	if c.DB == nil || c.Signer == nil {
		return nil, errors.New("open ledger: no store or no signer")
	}
	if err := tree.CheckName(c.Origin); err != nil {
		return nil, fmt.Errorf("open ledger: origin: %w", err)
	}
	if c.Now == nil {
		c.Now = c.DB.Now
	}
	if c.Pace == 0 {
		c.Pace = time.Second
	}
	if c.Node == "" {
		c.Node = "node"
	}
	if c.Report == nil {
		c.Report = func(error) {}
	}
	l := &Log{c: c, queue: make(chan *request, 256), closing: make(chan struct{}), stopped: make(chan struct{}),
		heads: map[id.Shop]*head{}}
	go l.loop(context.WithoutCancel(ctx)) // an append is not cut off by whoever opened the log
	return l, nil
}

// Close waits for the appends under way; later ones get ErrClosed. The store stays open: it is the caller's.
func (l *Log) Close() error {
	l.stop.Do(func() { close(l.closing) })
	<-l.stopped
	return nil
}

// A request is one Append that waits for the appender.
type request struct {
	shop   id.Shop
	bodies [][]byte  // encoded but for their sequence numbers
	terms  [][]int64 // what each is to be found by
	size   int
	first  int64
	err    error
	done   chan struct{}
}

// Append enters the entries of one shop, in their order and next to one another, and returns when they are durable. It
// sets their Shop, Seq and, where it is 0, At. Many callers share a commit. After an error, an ended ctx's too, the
// entries may or may not be in the ledger: nothing may be shown.
func (l *Log) Append(ctx context.Context, shop id.Shop, entries []Entry) (int64, error) {
	if len(entries) == 0 || len(entries) > maxAppend {
		return 0, fmt.Errorf("append to ledger: %d entries, not 1 to %d", len(entries), maxAppend)
	}
	r := &request{shop: shop, done: make(chan struct{})}
	now := l.c.Now().UnixMilli()
	for i := range entries {
		e := &entries[i]
		e.Shop, e.Seq = shop, 1 // the appender places the true number
		if e.At == 0 {
			e.At = now
		}
		body, err := e.Encode()
		if err != nil {
			return 0, fmt.Errorf("append to ledger: %w", err)
		}
		r.bodies, r.terms = append(r.bodies, body), append(r.terms, e.terms())
		r.size += len(body)
	}
	if r.size > maxBatchSize {
		return 0, fmt.Errorf("append to ledger: %d bytes, at most %d", r.size, maxBatchSize)
	}
	select {
	case l.queue <- r:
	case <-l.closing:
		return 0, ErrClosed
	case <-ctx.Done():
		return 0, fmt.Errorf("append to ledger: %w", ctx.Err())
	}
	select {
	case <-r.done:
	case <-l.stopped:
		select {
		case <-r.done:
		default:
			return 0, ErrClosed
		}
	case <-ctx.Done():
		return 0, fmt.Errorf("append to ledger: %w", ctx.Err())
	}
	if r.err != nil {
		return 0, fmt.Errorf("append to ledger: %w", r.err)
	}
	for i := range entries {
		entries[i].Seq = r.first + int64(i)
	}
	return r.first, nil
}
