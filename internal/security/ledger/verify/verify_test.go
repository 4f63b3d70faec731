package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/ledger/tree"
	"github.com/noren-shop/noren/internal/security/ledger/verify"
)

const origin = "noren.example/ledger"

type signer struct{ key ed25519.PrivateKey }

func newSigner(seed string) signer {
	s := sha256.Sum256([]byte(seed))
	return signer{ed25519.NewKeyFromSeed(s[:])}
}

func (s signer) Public() ed25519.PublicKey           { return s.key.Public().(ed25519.PublicKey) }
func (s signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.key, message), nil }

// history is an exported ledger of three shops, the state it had half-way, and checkpoints from then and from the end.
type history struct {
	dir, older  string
	early, late []byte
}

func export(t *testing.T, d *db.DB) history {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Config{DB: d, Origin: origin, Signer: newSigner("ledger")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	h := history{dir: filepath.Join(t.TempDir(), "x"), older: filepath.Join(t.TempDir(), "y")}
	for round := range 6 {
		for shop := range id.Shop(3) {
			for i := range 3 {
				e := ledger.Entry{Kind: ledger.Read, ActorKind: ledger.ByStaff, Actor: 5, Purpose: "order-view", Credential: make([]byte, 16),
					Groups: []ledger.Group{ledger.Of(3, 5, int64(100*round+i+1))}}
				if _, err := l.Append(t.Context(), shop, []ledger.Entry{e}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := l.Sequence(t.Context()); err != nil {
			t.Fatal(err)
		}
		if round == 2 {
			h.early = checkpoint(t, l)
			if err := l.Export(t.Context(), h.older); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.late = checkpoint(t, l)
	if err := l.Export(t.Context(), h.dir); err != nil {
		t.Fatal(err)
	}
	return h
}

func checkpoint(t *testing.T, l *ledger.Log) []byte {
	t.Helper()
	c, err := l.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c.Signed
}

type rec struct{ hash, body []byte }

func segment(dir string, shop int) string {
	return filepath.Join(dir, "shops", fmt.Sprintf("%d.seg", shop))
}

func load(t *testing.T, dir string, shop int) []rec {
	t.Helper()
	b, err := os.ReadFile(segment(dir, shop))
	if err != nil {
		t.Fatal(err)
	}
	var out []rec
	for b = b[16:]; len(b) > 0; {
		n := binary.BigEndian.Uint32(b)
		out = append(out, rec{b[4:36], b[36 : 36+n]})
		b = b[36+n:]
	}
	return out
}

func save(t *testing.T, dir string, shop int, recs []rec) {
	t.Helper()
	b := binary.BigEndian.AppendUint64([]byte("NORENSG1"), uint64(shop))
	for _, r := range recs {
		b = binary.BigEndian.AppendUint32(b, uint32(len(r.body)))
		b = append(append(b, r.hash...), r.body...)
	}
	if err := os.WriteFile(segment(dir, shop), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// rechain gives records the numbers and hashes that a writer would give them.
func rechain(recs []rec) []rec {
	var prev ledger.Hash
	for i := range recs {
		binary.BigEndian.PutUint64(recs[i].body[9:], uint64(i+1))
		prev = ledger.ChainHash(prev, recs[i].body)
		recs[i].hash = bytes.Clone(prev[:])
	}
	return recs
}

// resign makes leaves and checkpoint anew from what the shops hold now, with the true key.
func resign(t *testing.T, dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "leaves.bin"))
	if err != nil {
		t.Fatal(err)
	}
	var hashes []tlog.Hash
	var n int64
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range at {
			out = append(out, hashes[i])
		}
		return out, nil
	})
	for l := b[8:]; len(l) > 0; l = l[48:] {
		shop, seq := binary.BigEndian.Uint64(l), binary.BigEndian.Uint64(l[8:])
		recs := load(t, dir, int(shop))
		seq = min(seq, uint64(len(recs)))
		copy(l[16:48], recs[seq-1].hash)
		leaf := tree.Leaf{Shop: int64(shop), Seq: int64(binary.BigEndian.Uint64(l[8:])), Head: [32]byte(l[16:48])}
		more, err := tlog.StoredHashesForRecordHash(n, leaf.Hash(), reader)
		if err != nil {
			t.Fatal(err)
		}
		hashes, n = append(hashes, more...), n+1
	}
	root, err := tlog.TreeHash(n, reader)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := tree.Sign(origin, tree.Head{Size: n, Root: root}, newSigner("ledger"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "leaves.bin"), b)
	write(t, filepath.Join(dir, "checkpoint.txt"), signed)
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir string, outside ...[]byte) *verify.Report {
	t.Helper()
	r, err := verify.Run(verify.Input{Dir: dir, Key: tree.Key(origin, newSigner("ledger").Public()), Checkpoints: outside})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnHonestLedgerIsSound(t *testing.T) {
	t.Parallel()
	dbtest.EachWith(t, db.Config{Schema: ledger.Schema()}, func(t *testing.T, d *db.DB) {
		h := export(t, d)
		r := run(t, h.dir, h.early, h.late)
		if !r.Sound() || r.Entries != 54 || r.Shops != 3 || r.Leaves != 18 || r.Uncovered != 0 || r.Outside != 2 {
			t.Errorf("%+v", r)
		}
	})
}

// TestEveryByteCounts changes each byte of each entry in turn.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	h := export(t, dbtest.SQLite(t, db.Config{Schema: ledger.Schema()}))
	clean := load(t, h.dir, 1)
	for i := range clean {
		for j := range clean[i].body {
			recs := slices.Clone(clean)
			recs[i].body = bytes.Clone(recs[i].body)
			recs[i].body[j] ^= 1
			save(t, h.dir, 1, recs)
			named := false
			for _, f := range run(t, h.dir).Findings {
				named = named || f.Shop == 1 && f.Seq <= int64(i+1) && int64(i+1) <= f.To
			}
			if !named {
				t.Fatalf("byte %d of entry %d: not named: %+v", j, i+1, run(t, h.dir).Findings)
			}
		}
	}
}

func TestEveryTamperingIsNamed(t *testing.T) {
	t.Parallel()
	flip := func(recs []rec, i int) []rec { recs[i].body[34] ^= 1; return recs }
	cases := map[string]struct {
		spoil    func(recs []rec) []rec
		kind     verify.Kind
		seq, end int64
	}{
		"change":             {func(r []rec) []rec { return flip(r, 7) }, verify.Changed, 8, 8},
		"change its hash":    {func(r []rec) []rec { r[7].hash[0] ^= 1; return r }, verify.Changed, 8, 8},
		"drop":               {func(r []rec) []rec { return slices.Delete(r, 4, 5) }, verify.Dropped, 5, 5},
		"drop three":         {func(r []rec) []rec { return slices.Delete(r, 4, 7) }, verify.Dropped, 5, 7},
		"drop the first":     {func(r []rec) []rec { return slices.Delete(r, 0, 1) }, verify.Dropped, 1, 1},
		"swap":               {func(r []rec) []rec { r[3], r[4] = r[4], r[3]; return r }, verify.Reordered, 4, 4},
		"repeat":             {func(r []rec) []rec { return slices.Insert(r, 9, r[2]) }, verify.Reordered, 3, 3},
		"cut the tail":       {func(r []rec) []rec { return r[:16] }, verify.Truncated, 17, 18},
		"cut everything":     {func([]rec) []rec { return nil }, verify.Truncated, 1, 18},
		"change and rechain": {func(r []rec) []rec { return rechain(flip(r, 7)) }, verify.Rewritten, 7, 9},
		"drop and rechain":   {func(r []rec) []rec { return rechain(slices.Delete(r, 4, 5)) }, verify.Rewritten, 4, 6},
		"swap and rechain":   {func(r []rec) []rec { r[3], r[4] = r[4], r[3]; return rechain(r) }, verify.Rewritten, 4, 6},
		"forge one in":       {func(r []rec) []rec { return rechain(slices.Insert(r, 12, rec{body: bytes.Clone(r[0].body)})) }, verify.Rewritten, 13, 15},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := export(t, dbtest.SQLite(t, db.Config{Schema: ledger.Schema()}))
			save(t, h.dir, 1, c.spoil(load(t, h.dir, 1)))
			r := run(t, h.dir)
			if len(r.Findings) != 1 {
				t.Fatalf("%d findings: %+v", len(r.Findings), r.Findings)
			}
			f := r.Findings[0]
			if f.Kind != c.kind || f.Shop != 1 || f.Seq != c.seq || f.To != c.end {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestOnlyAnOutsideCheckpointFindsAStolenKey(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		attack func(t *testing.T, h history) string
		kind   verify.Kind
	}{
		"roll back": {func(_ *testing.T, h history) string { return h.older }, verify.RolledBack},
		"rewrite and sign anew": {func(t *testing.T, h history) string {
			recs := load(t, h.dir, 2)
			recs[4].body[34] ^= 1
			save(t, h.dir, 2, rechain(recs))
			resign(t, h.dir)
			return h.dir
		}, verify.Resigned},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := export(t, dbtest.SQLite(t, db.Config{Schema: ledger.Schema()}))
			dir := c.attack(t, h)
			if r := run(t, dir); !r.Sound() || r.Outside != 0 {
				t.Errorf("found without an outside checkpoint, which cannot be: %+v", r.Findings)
			}
			r := run(t, dir, h.late)
			if len(r.Findings) != 1 || r.Findings[0].Kind != c.kind {
				t.Errorf("with an outside checkpoint: %+v", r.Findings)
			}
		})
	}
}

func TestTheTreeIsChecked(t *testing.T) {
	t.Parallel()
	other, err := tree.Sign(origin, tree.Head{Size: 18}, newSigner("thief"))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		file  string
		spoil func([]byte) []byte
		kind  verify.Kind
	}{
		"a leaf's shop":       {"leaves.bin", func(b []byte) []byte { b[8+7] ^= 1; return b }, verify.TreeBroken},
		"a leaf dropped":      {"leaves.bin", func(b []byte) []byte { return slices.Delete(b, 8+48, 8+96) }, verify.TreeBroken},
		"half a leaf":         {"leaves.bin", func(b []byte) []byte { return b[:len(b)-1] }, verify.Malformed},
		"another's signature": {"checkpoint.txt", func([]byte) []byte { return other }, verify.BadSign},
		"another size":        {"checkpoint.txt", func(b []byte) []byte { return bytes.Replace(b, []byte("\n18\n"), []byte("\n17\n"), 1) }, verify.BadSign},
		"a broken file":       {"shops/0.seg", func(b []byte) []byte { return b[:len(b)-3] }, verify.Malformed},
		"a strange file":      {"shops/x.seg", func([]byte) []byte { return nil }, verify.Malformed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := export(t, dbtest.SQLite(t, db.Config{Schema: ledger.Schema()}))
			path := filepath.Join(h.dir, filepath.FromSlash(c.file))
			b, _ := os.ReadFile(path)
			write(t, path, c.spoil(b))
			r := run(t, h.dir)
			if !slices.ContainsFunc(r.Findings, func(f verify.Finding) bool { return f.Kind == c.kind }) {
				t.Errorf("%+v", r.Findings)
			}
		})
	}
}

func TestForeignCheckpointsAreRefused(t *testing.T) {
	t.Parallel()
	h := export(t, dbtest.SQLite(t, db.Config{Schema: ledger.Schema()}))
	forged := []byte(strings.Replace(string(h.late), "\n18\n", "\n17\n", 1))
	if _, err := verify.Run(verify.Input{Dir: h.dir, Checkpoints: [][]byte{forged}}); err == nil {
		t.Error("an unsigned checkpoint was taken as a witness")
	}
}
