package signal

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

// The bounds of a recorder.
const (
	Batch      = 100 * time.Millisecond // how long an event waits for others; what kill -9 can lose
	maxWaiting = 4096                   // different events that wait; more are counted only
	wakeAt     = 256                    // so many do not wait for the batch's time
	maxText    = 200                    // bytes of place, about and note
	chunk      = 500                    // rows of one statement
	retryTime  = time.Second            // after a store that did not take a batch
	endTime    = 5 * time.Second        // for the last batch
	Kept       = 400 * 24 * time.Hour   // how long events are kept
)

// Config makes a Recorder.
type Config struct {
	DB   *db.DB // a handle whose transactions are the recorder's own
	Log  *slog.Logger
	Node string
	// After runs in the transaction that stores a batch: the rules.
	After func(ctx context.Context, tx *db.Tx, batch []Stored) error
	// Count is told of every event at once: the metrics.
	Count func(Code)
}

// Stored is one row: so many equal events.
type Stored struct {
	Shop       id.Shop
	Code       Code
	Times      int64
	FirstMS    int64
	LastMS     int64
	Kind       actor.Kind
	Account    id.Account
	Member     id.Member
	Credential string // a digest's first digits
	Where      string
	About      string
	Note       string
	Addr, Net  string // keyed digests of the address and of its /24 or /48
}

// key is what equal events have in common.
type key struct {
	shop                                id.Shop
	code                                Code
	kind                                actor.Kind
	account                             id.Account
	member                              id.Member
	credential, where, about, note, adr string
}

type waiting struct {
	key
	times, first, last int64
}

// A Recorder stores events.
type Recorder struct {
	cfg  Config
	wake chan struct{}
	turn sync.Mutex // one batch is written at a time

	mu      sync.Mutex
	pepper  secret.Pepper
	at      map[key]int
	queue   []waiting
	dropped int64
}

// New makes a recorder. Its Run stores what is raised.
func New(c Config) *Recorder {
	return &Recorder{cfg: c, wake: make(chan struct{}, 1), at: map[key]int{}}
}

// SetPepper gives the key of the addresses' digests, once the vault answers. Until then none are kept.
func (r *Recorder) SetPepper(p secret.Pepper) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pepper = p
}

// Pepper is the key that was set.
func (r *Recorder) Pepper() secret.Pepper {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pepper
}

// Raise takes an event and returns at once.
func (r *Recorder) Raise(_ context.Context, e Event) {
	if r.cfg.Count != nil {
		r.cfg.Count(e.Code)
	}
	k := key{e.Shop, e.Code, e.Actor.Kind, e.Actor.Account, e.Actor.Member, digest(e.Actor.Credential), cut(e.Where), cut(e.About), cut(e.Note), cut(e.Addr)}
	now := r.cfg.DB.Now().UnixMilli()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(waiting{k, 1, now, now})
	if len(r.queue) >= wakeAt {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

func (r *Recorder) add(w waiting) {
	if i, ok := r.at[w.key]; ok {
		q := &r.queue[i]
		q.times, q.first, q.last = q.times+w.times, min(q.first, w.first), max(q.last, w.last)
		return
	}
	if len(r.queue) >= maxWaiting {
		r.dropped += w.times
		return
	}
	r.at[w.key] = len(r.queue)
	r.queue = append(r.queue, w)
}

func digest(t secret.Token) string {
	if t.IsZero() {
		return ""
	}
	d := t.Digest()
	return hex.EncodeToString(d[:8])
}

// cut bounds a text without leaving half a character.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	i := maxText
	for i > 0 && s[i]&0xC0 == 0x80 {
		i--
	}
	return s[:i]
}

// Run stores batches until the context ends, and what is left then.
func (r *Recorder) Run(ctx context.Context) {
	wait := Batch
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-time.After(wait):
		}
		wait = Batch
		if err := r.Flush(ctx); err != nil && ctx.Err() == nil {
			r.cfg.Log.Error("store security events", "err", err)
			wait = retryTime
		}
	}
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer stop()
	if err := r.Flush(last); err != nil {
		r.cfg.Log.Error("store the last security events", "err", err)
	}
}

// Flush stores what waits. What could not be stored waits on.
func (r *Recorder) Flush(ctx context.Context) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	batch, lost, pepper := r.take()
	if len(batch) == 0 {
		return nil
	}
	rows := make([]Stored, len(batch))
	for i, w := range batch {
		rows[i] = w.stored(pepper)
	}
	err := r.store(ctx, rows)
	if err == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	newer := r.queue
	r.queue, r.at = nil, map[key]int{}
	r.dropped += lost
	for _, w := range append(batch[:len(batch)-extra(lost)], newer...) {
		r.add(w)
	}
	return fmt.Errorf("store %d security events: %w", len(batch), err)
}

// take empties the queue; when events were dropped, the last of the batch says so.
func (r *Recorder) take() (batch []waiting, lost int64, p secret.Pepper) {
	r.mu.Lock()
	defer r.mu.Unlock()
	batch, lost, p = r.queue, r.dropped, r.pepper
	r.queue, r.at, r.dropped = nil, map[key]int{}, 0
	if lost > 0 {
		now := r.cfg.DB.Now().UnixMilli()
		batch = append(batch, waiting{key{code: EventsDropped, where: "signal", about: r.cfg.Node}, lost, now, now})
	}
	return batch, lost, p
}

func extra(lost int64) int {
	if lost > 0 {
		return 1
	}
	return 0
}

func (w waiting) stored(p secret.Pepper) Stored {
	return Stored{Shop: w.shop, Code: w.code, Times: w.times, FirstMS: w.first, LastMS: w.last, Kind: w.kind, Account: w.account,
		Member: w.member, Credential: w.credential, Where: w.where, About: w.about, Note: w.note,
		Addr: p.Digest("address", w.adr), Net: p.Digest("network", Network(w.adr))}
}

// Network is the /24 or /48 of an address; "" for what is none. It is personal data as the address is: for counting only.
func Network(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	net, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return net.String()
}

func (r *Recorder) store(ctx context.Context, rows []Stored) error {
	wide := r.cfg.DB.Across("security events of every shop, in one batch")
	return wide.Write(ctx, db.Scope{Request: "signal"}, func(tx *db.Tx) error {
		args := make([][]any, len(rows))
		for i, s := range rows {
			args[i] = []any{s.Shop, tx.NewID(), s.FirstMS, s.LastMS, string(s.Code), s.Times, string(s.Kind), s.Account, s.Member, s.Credential, s.Where,
				s.About, s.Note, s.Addr, s.Net, r.cfg.Node}
		}
		for len(args) > 0 {
			n := min(chunk, len(args))
			if err := tx.QueueRows(sqlAdd, args[:n]); err != nil {
				return err
			}
			args = args[n:]
		}
		if r.cfg.After == nil {
			return nil
		}
		return r.cfg.After(ctx, tx, rows)
	})
}

// Forget deletes events that are older than Kept.
func (r *Recorder) Forget(ctx context.Context) error {
	return r.cfg.DB.Across("security events of every shop grow old").Write(ctx, db.Scope{Request: "signal"}, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlForget, tx.Now().Add(-Kept).UnixMilli())
		return err
	})
}
