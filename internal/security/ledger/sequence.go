package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/security/ledger/tree"
)

const (
	maxDue      = 8192 // heads in one transaction
	leaseRounds = 10   // paces after which another node may take the lease
)

// errLeased means that another node sequences.
var errLeased = errors.New("another node holds the sequencer's lease")

// ErrForked means that the stored tree does not continue what was signed: it is not signed again. Something has changed
// the store behind the ledger's back; noren-verify says where.
var ErrForked = errors.New("the tree does not continue the last signed checkpoint")

// Run sequences until ctx ends: every pace, the heads that have moved enter the tree and a checkpoint is signed.
func (l *Log) Run(ctx context.Context) error {
	tick := time.NewTicker(l.c.Pace)
	defer tick.Stop()
	for {
		if err := l.Sequence(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, errLeased) {
			l.c.Report(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Sequence runs one round now: the tree then holds every head that was durable when it began, and is signed. What a
// witness could not do is reported, not an error: the ledger goes on.
func (l *Log) Sequence(ctx context.Context) error {
	l.round.Lock()
	defer l.round.Unlock()
	if err := l.lease(ctx); err != nil {
		return fmt.Errorf("sequence ledger: %w", err)
	}
	for {
		n, err := l.grow(ctx)
		if err != nil {
			return fmt.Errorf("sequence ledger: %w", err)
		}
		if n < maxDue {
			break
		}
	}
	if err := l.sign(ctx); err != nil {
		return fmt.Errorf("sequence ledger: %w", err)
	}
	return nil
}

func (l *Log) lease(ctx context.Context) error {
	return l.c.DB.Write(ctx, db.Scope{}, func(tx *db.Tx) error {
		now := l.c.Now()
		until := now.Add(leaseRounds * l.c.Pace).UnixMilli()
		n, err := tx.Exec(ctx, sqlLease, l.c.Node, until, now.UnixMilli())
		if err == nil && n == 0 {
			return errLeased
		}
		return err
	})
}

// grow moves the due heads into the tree: one leaf for each shop. It says how many heads it found.
func (l *Log) grow(ctx context.Context) (int, error) {
	found := 0
	err := l.c.DB.Across("the tree is over all shops").Write(ctx, db.Scope{}, func(tx *db.Tx) error {
		all, err := db.All(ctx, tx, scanLeaf, sqlDue, maxDue)
		found = len(all)
		if err != nil || found == 0 {
			return err
		}
		var size int64
		if err := tx.QueryRow(ctx, sqlTreeSize).Scan(&size); err != nil {
			return err
		}
		t, n := newTiles(tx), size
		for i, leaf := range all {
			if i+1 < len(all) && all[i+1].Shop == leaf.Shop {
				continue // a later head of the shop's stands for this one too
			}
			if err := t.add(ctx, n, leaf.Hash()); err != nil {
				return err
			}
			if err := tx.Queue(sqlInsertLeaf, n, leaf.Shop, leaf.Seq, leaf.Head[:]); err != nil {
				return err
			}
			if err := tx.Queue(sqlDone, leaf.Shop, leaf.Seq); err != nil {
				return err
			}
			n++
		}
		if err := t.put(ctx, tx, size, n); err != nil {
			return err
		}
		if rows, err := tx.Exec(ctx, sqlGrowTree, size, n); err != nil || rows != 1 {
			return fmt.Errorf("grow tree: %d rows: %w", rows, errors.Join(err))
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("grow tree: %w", err)
	}
	return found, nil
}

func scanLeaf(r db.Row) (tree.Leaf, error) {
	var leaf tree.Leaf
	var hash []byte
	if err := r.Scan(&leaf.Shop, &leaf.Seq, &hash); err != nil {
		return tree.Leaf{}, err
	}
	if len(hash) != len(leaf.Head) {
		return tree.Leaf{}, fmt.Errorf("read head of shop %d: %d bytes of hash", leaf.Shop, len(hash))
	}
	leaf.Head = [len(leaf.Head)]byte(hash)
	return leaf, nil
}

// A Checkpoint is a signed statement of the whole ledger at a moment.
type Checkpoint struct {
	Size   int64  // leaves
	At     int64  // milliseconds
	Signed []byte // C2SP tlog-checkpoint, with the witnesses' signatures
}

// Checkpoint is the last one. Kept elsewhere, it convicts every later change of what it covers. Its Size is 0 when
// nothing has been signed yet.
func (l *Log) Checkpoint(ctx context.Context) (Checkpoint, error) {
	var c Checkpoint
	err := l.c.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		c = Checkpoint{}
		err := r.QueryRow(ctx, sqlLastCheckpoint).Scan(&c.Size, &c.At, &c.Signed)
		if errors.Is(err, db.ErrNone) {
			return nil
		}
		return err
	})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	return c, nil
}

// Key is what verifiers and witnesses know this ledger by.
func (l *Log) Key() string { return tree.Key(l.c.Origin, l.c.Signer.Public()) }

// sign signs the tree when it has grown since the last checkpoint, stores that, and then shows it to the witnesses; one
// that was away is shown the last checkpoint again in the next round.
func (l *Log) sign(ctx context.Context) error {
	last, err := l.Checkpoint(ctx)
	if err != nil {
		return err
	}
	now, err := l.next(ctx, last)
	if err != nil || now.Size == 0 {
		return err
	}
	if now.Size > last.Size {
		last = Checkpoint{Size: now.Size, At: l.c.Now().UnixMilli()}
		if last.Signed, err = tree.Sign(l.c.Origin, now, l.c.Signer); err != nil {
			return err
		}
		if err := l.keep(ctx, last); err != nil {
			return err
		}
	}
	l.signed = now
	if len(l.c.Witnesses) == 0 || l.shown == now.Size {
		return nil
	}
	lines, all := l.cosignatures(ctx, last)
	if all {
		l.shown = now.Size
	}
	if len(lines) == 0 {
		return nil
	}
	last.Signed = append(last.Signed, lines...)
	return l.keep(ctx, last)
}

func (l *Log) keep(ctx context.Context, c Checkpoint) error {
	err := l.c.DB.Write(ctx, db.Scope{}, func(tx *db.Tx) error {
		if err := tx.Queue(sqlPutCheckpoint, c.Size, c.At, c.Signed); err != nil {
			return err
		}
		return tx.Queue(sqlThinCheckpoints, c.Size, c.At-c.At%hourMS)
	})
	if err != nil {
		return fmt.Errorf("store checkpoint: %w", err)
	}
	return nil
}

// cosignatures are the lines of the witnesses that have not signed yet; all says that none is missing.
func (l *Log) cosignatures(ctx context.Context, c Checkpoint) (lines []byte, all bool) {
	all = true
	for i, w := range l.c.Witnesses {
		prove := func(old int64) ([][32]byte, error) { return l.Prove(ctx, old, c.Size) }
		line, err := w.Cosign(ctx, c.Signed, c.Size, prove)
		if err != nil {
			all = false
			l.c.Report(fmt.Errorf("witness %d: %w", i+1, err))
			continue
		}
		if name := bytes.Fields(line); len(name) > 1 && bytes.Contains(c.Signed, append([]byte("\n— "), append(name[1], ' ')...)) {
			continue // it had signed before
		}
		lines = append(lines, line...)
	}
	return lines, all
}

// next is the tree's head now, once it is shown to continue the last one that was signed.
func (l *Log) next(ctx context.Context, last Checkpoint) (tree.Head, error) {
	old := l.signed
	if last.Size > old.Size {
		v, err := note.NewVerifier(l.Key())
		if err != nil {
			return tree.Head{}, fmt.Errorf("read own key: %w", err)
		}
		if old, err = tree.Open(last.Signed, v); err != nil {
			return tree.Head{}, fmt.Errorf("%w: %w", ErrForked, err)
		}
	}
	var now tree.Head
	err := l.c.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		now = tree.Head{}
		if err := r.QueryRow(ctx, sqlTreeSize).Scan(&now.Size); err != nil || now.Size == 0 {
			return err
		}
		t := newTiles(r).reader(ctx)
		var err error
		if now.Root, err = tlog.TreeHash(now.Size, t); err != nil || old.Size == 0 {
			return err
		}
		if now.Size < old.Size {
			return ErrForked
		}
		proof, err := tlog.ProveTree(now.Size, old.Size, t)
		if err != nil {
			return err
		}
		if tlog.CheckTree(proof, now.Size, now.Root, old.Size, old.Root) != nil {
			return ErrForked
		}
		return nil
	})
	if err == nil && now.Size < old.Size {
		err = ErrForked
	}
	return now, err
}

// Prove gives the proof that the tree of the one size continues that of the other.
func (l *Log) Prove(ctx context.Context, old, size int64) ([][32]byte, error) {
	var out [][32]byte
	err := l.c.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		out = nil
		proof, err := tlog.ProveTree(size, old, newTiles(r).reader(ctx))
		for _, h := range proof {
			out = append(out, h)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("prove tree: %w", err)
	}
	return out, nil
}
