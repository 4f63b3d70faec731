package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/ledger/tree"
)

func head(t *testing.T, l *ledger.Log) tree.Head {
	t.Helper()
	c, err := l.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v, err := tree.Verifier(l.Key())
	if err != nil {
		t.Fatal(err)
	}
	h, err := tree.Open(c.Signed, v)
	if err != nil || h.Size != c.Size {
		t.Fatalf("checkpoint of %d: %v", c.Size, err)
	}
	return h
}

func TestEveryCheckpointContinuesTheLast(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		l, ctx := open(t, d), t.Context()
		var heads []tree.Head
		for round := range 9 {
			for shop := range 1 + round*round*4 { // past a tile's 256
				if _, err := l.Append(ctx, id.Shop(shop), []ledger.Entry{read(1, 1), read(1, 2)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Sequence(ctx); err != nil {
				t.Fatal(err)
			}
			heads = append(heads, head(t, l))
		}
		last := heads[len(heads)-1]
		for _, h := range heads[:len(heads)-1] {
			hashes, err := l.Prove(ctx, h.Size, last.Size)
			if err != nil {
				t.Fatal(err)
			}
			var proof tlog.TreeProof
			for _, x := range hashes {
				proof = append(proof, x)
			}
			if err := tlog.CheckTree(proof, last.Size, last.Root, h.Size, h.Root); err != nil {
				t.Errorf("%d to %d: %v", h.Size, last.Size, err)
			}
		}
		if err := l.Sequence(ctx); err != nil || head(t, l) != last {
			t.Errorf("an idle round signs anew: %v", err)
		}
	})
}

func TestOneNodeSequences(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		one := open(t, d)
		two, err := ledger.Open(t.Context(), ledger.Config{DB: d, Origin: "noren.example/ledger", Signer: newSigner("ledger"), Node: "two"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { two.Close() })
		if err := one.Sequence(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := two.Sequence(t.Context()); err == nil {
			t.Error("two nodes sequence at once")
		}
	})
}

func TestAChangedTreeIsNotSigned(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for _, restarted := range []bool{false, true} {
			l := open(t, d)
			if _, err := l.Append(ctx, 1, []ledger.Entry{read(1, 1)}); err != nil {
				t.Fatal(err)
			}
			if err := l.Sequence(ctx); err != nil {
				t.Fatal(err)
			}
			before := head(t, l)
			spoil(t, d)
			if _, err := l.Append(ctx, 2, []ledger.Entry{read(1, 1)}); err != nil {
				t.Fatal(err)
			}
			if restarted {
				l = open(t, d)
			}
			if err := l.Sequence(ctx); !errors.Is(err, ledger.ErrForked) {
				t.Fatalf("restarted %v: %v", restarted, err)
			}
			if head(t, l) != before {
				t.Error("signed all the same")
			}
			spoil(t, d) // a second time puts it right
		}
	})
}

// spoil flips a bit of the first leaf's hash, and that bit back the next time.
func spoil(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Write(t.Context(), db.Scope{}, func(tx *db.Tx) error {
		var data []byte
		if err := tx.QueryRow(t.Context(), `SELECT data FROM ledger_tile WHERE level = 0 AND n = 0`).Scan(&data); err != nil {
			return err
		}
		data[0] ^= 1
		_, err := tx.Exec(t.Context(), `UPDATE ledger_tile SET data = $1 WHERE level = 0 AND n = 0`, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// told is a witness that passes the sizes on which it is shown.
type told chan int64

func (w told) Cosign(_ context.Context, _ []byte, size int64, _ func(int64) ([][32]byte, error)) ([]byte, error) {
	w <- size
	return []byte("— told AAAA\n"), nil
}

func TestTheTreeIsNoMoreThanAPaceBehind(t *testing.T) {
	t.Parallel()
	w := make(told)
	l, err := ledger.Open(t.Context(), ledger.Config{DB: durable(t, "sqlite"), Origin: "noren.example/ledger", Signer: newSigner("ledger"),
		Pace: 20 * time.Millisecond, Witnesses: []ledger.Witness{w}, Report: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	for want := int64(1); want <= 5; want++ {
		if _, err := l.Append(t.Context(), 3, []ledger.Entry{read(1, want)}); err != nil {
			t.Fatal(err)
		}
		select {
		case size := <-w:
			if size != want {
				t.Fatalf("size %d, want %d", size, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("no checkpoint")
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	l.Close()
}
