package witness_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/ledger/tree"
	"github.com/noren-shop/noren/internal/security/ledger/witness"
)

const origin = "noren.example/ledger"

type signer struct{ key ed25519.PrivateKey }

func newSigner(seed string) signer {
	s := sha256.Sum256([]byte(seed))
	return signer{ed25519.NewKeyFromSeed(s[:])}
}

func (s signer) Public() ed25519.PublicKey           { return s.key.Public().(ed25519.PublicKey) }
func (s signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.key, message), nil }

// leaves is a tree in memory that can be told what its n-th leaf is.
type leaves struct {
	hashes []tlog.Hash
	n      int64
}

func (l *leaves) ReadHashes(at []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range at {
		out = append(out, l.hashes[i])
	}
	return out, nil
}

func (l *leaves) grow(t *testing.T, history string, to int64) []byte {
	t.Helper()
	for ; l.n < to; l.n++ {
		more, err := tlog.StoredHashes(l.n, []byte{byte(l.n), history[0]}, l)
		if err != nil {
			t.Fatal(err)
		}
		l.hashes = append(l.hashes, more...)
	}
	root, err := tlog.TreeHash(to, l)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := tree.Sign(origin, tree.Head{Size: to, Root: root}, newSigner("ledger"))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (l *leaves) prove(t *testing.T, old, now int64) []tlog.Hash {
	t.Helper()
	p, err := tlog.ProveTree(now, old, l)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func config(dir string) witness.Config {
	return witness.Config{Dir: dir, Ledger: tree.Key(origin, newSigner("ledger").Public()), Name: "witness.example/1",
		Signer: newSigner("witness")}
}

func open(t *testing.T, dir string) *witness.Witness {
	t.Helper()
	w, err := witness.Open(config(dir))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestAWitnessSignsOnlyWhatContinues(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := open(t, dir)
	var a, b leaves
	at5, fork9 := a.grow(t, "a", 5), b.grow(t, "b", 9)
	if _, err := w.Add(0, nil, at5); err != nil {
		t.Fatal(err)
	}
	at9 := a.grow(t, "a", 9)
	steps := []struct {
		name   string
		old    int64
		proof  []tlog.Hash
		signed []byte
		forked bool
	}{
		{"another history", 5, b.prove(t, 5, 9), fork9, true},
		{"no proof", 5, nil, at9, true},
		{"a smaller tree", 5, nil, a.grow(t, "a", 3), true},
		{"from another size", 4, a.prove(t, 4, 9), at9, false},
		{"as if new", 0, nil, at9, false},
	}
	for _, s := range steps {
		_, err := w.Add(s.old, s.proof, s.signed)
		if _, conflict := errors.AsType[*witness.ConflictError](err); errors.Is(err, witness.ErrForked) != s.forked || conflict == s.forked {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	w = open(t, dir) // after a crash
	if _, err := w.Add(0, nil, fork9); err == nil {
		t.Error("a restarted witness has forgotten")
	}
	line, err := w.Add(5, a.prove(t, 5, 9), at9)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tree.Verifier(w.Key())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(append(bytes.Clone(at9), line...), note.VerifierList(v)); err != nil {
		t.Errorf("the co-signature does not hold: %v", err)
	}
	kept, _ := filepath.Glob(filepath.Join(dir, "kept", "*.txt"))
	if len(kept) != 1 {
		t.Errorf("%d kept days", len(kept))
	}
	if last, err := os.ReadFile(kept[0]); err != nil || !bytes.Contains(last, line) {
		t.Errorf("the day's checkpoint is not the last: %v", err)
	}
}

// serve runs a witness on loopback until the test ends.
func serve(t *testing.T, w *witness.Witness) *witness.Client {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Serve(ctx, on) }()
	t.Cleanup(func() { cancel(); <-done })
	c := witness.NewClient("tcp", on.Addr().String())
	t.Cleanup(func() { c.Close() })
	return c
}

func TestALedgerIsWitnessedAndARollBackIsRefused(t *testing.T) {
	t.Parallel()
	w := open(t, t.TempDir())
	c := serve(t, w)
	ctx := t.Context()
	run := func(rounds int) (*ledger.Log, *[]error) {
		d := dbtest.SQLite(t, db.Config{Schema: ledger.Schema()})
		var told []error
		l, err := ledger.Open(ctx, ledger.Config{DB: d, Origin: origin, Signer: newSigner("ledger"), Witnesses: []ledger.Witness{c},
			Report: func(err error) { told = append(told, err) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		for range rounds {
			e := ledger.Entry{Kind: ledger.Erase, ActorKind: ledger.ByVault, Purpose: "retention"}
			if _, err := l.Append(ctx, 1, []ledger.Entry{e}); err != nil {
				t.Fatal(err)
			}
			if err := l.Sequence(ctx); err != nil {
				t.Fatal(err)
			}
		}
		return l, &told
	}
	l, told := run(5)
	p, err := l.Checkpoint(ctx)
	if err != nil || len(*told) > 0 || p.Size != 5 {
		t.Fatalf("size %d, reports %v: %v", p.Size, *told, err)
	}
	if last, err := c.Last(ctx); err != nil || !bytes.Equal(last, p.Signed) {
		t.Errorf("the witness knows another checkpoint: %v\n%s\n%s", err, last, p.Signed)
	}
	if _, told := run(3); len(*told) != 3 || !errors.Is((*told)[0], witness.ErrForked) {
		t.Errorf("a ledger that began anew under the same key: %v", *told)
	}
}

func TestALedgerGoesOnWithoutItsWitnessAndCatchesUp(t *testing.T) {
	t.Parallel()
	w := open(t, t.TempDir())
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := on.Addr().String()
	on.Close() // nobody listens yet
	c := witness.NewClient("tcp", address)
	var told int
	l, err := ledger.Open(t.Context(), ledger.Config{DB: dbtest.SQLite(t, db.Config{Schema: ledger.Schema()}), Origin: origin,
		Signer: newSigner("ledger"), Witnesses: []ledger.Witness{c}, Report: func(error) { told++ }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); c.Close() })
	if _, err := l.Append(t.Context(), 1, []ledger.Entry{{Kind: ledger.Erase, ActorKind: ledger.ByVault, Purpose: "retention"}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Sequence(t.Context()); err != nil || told != 1 {
		t.Fatalf("told %d times: %v", told, err)
	}
	if on, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Serve(ctx, on) }()
	t.Cleanup(func() { cancel(); <-done })
	if err := l.Sequence(t.Context()); err != nil || told != 1 {
		t.Fatalf("told %d times: %v", told, err)
	}
	if last, err := w.Last(); err != nil || last == nil {
		t.Errorf("not caught up: %v", err)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	c := serve(t, open(t, t.TempDir()))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	prove := func(int64) ([][32]byte, error) { return nil, nil }
	for _, bad := range []string{"", "\n\n", "x\n1\n\n— x AAAA\n", string(make([]byte, 60<<10))} {
		if _, err := c.Cosign(ctx, []byte(bad), 1, prove); err == nil {
			t.Errorf("co-signed %.20q", bad)
		}
	}
	if last, err := c.Last(ctx); err != nil || len(last) != 0 {
		t.Errorf("something was kept: %q %v", last, err)
	}
}
