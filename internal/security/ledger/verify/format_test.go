package verify

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/security/ledger"
)

// vectors are those of the format's page.
func vectors(t testing.TB) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../../../docs/ledger-format.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	_, list, _ := strings.Cut(string(page), "## Vectors\n")
	for line := range strings.Lines(list) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			out[name] = value
		}
	}
	return out
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil || len(b) == 0 {
		t.Fatalf("%q: %v", s, err)
	}
	return b
}

func TestTheVectorsHold(t *testing.T) {
	t.Parallel()
	v := vectors(t)
	var prev hash
	for name, want := range map[string][2]int64{"small": {0, 1}, "full": {7, 2}} {
		if shop, seq, err := place(unhex(t, v["entry-"+name])); err != nil || shop != want[0] || seq != want[1] {
			t.Errorf("%s: shop %d, number %d: %v", name, shop, seq, err)
		}
	}
	for _, name := range []string{"small", "full"} {
		if prev = linkOf(prev, unhex(t, v["entry-"+name])); hex.EncodeToString(prev[:]) != v["hash-"+name] {
			t.Errorf("%s: hash %x", name, prev)
		}
	}
	l := leaf{shop: 7, seq: 2, head: prev}
	k, err := parseKey(v["key"])
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.open(unhex(t, v["checkpoint"]))
	if err != nil || p.size != 1 || p.root != l.hash() || roots([]leaf{l}, map[int64]bool{1: true})[1] != p.root {
		t.Errorf("checkpoint %+v: %v", p, err)
	}
}

// FuzzPlace holds the two decoders, which share no code, against each other.
func FuzzPlace(f *testing.F) {
	v := vectors(f)
	f.Add(unhex(f, v["entry-small"]))
	f.Add(unhex(f, v["entry-full"]))
	f.Fuzz(func(t *testing.T, b []byte) {
		shop, seq, err := place(b)
		e, other := ledger.Decode(b)
		if (err == nil) != (other == nil) || err == nil && (int64(e.Shop) != shop || e.Seq != seq) {
			t.Errorf("%x: the verifier says %v, the ledger %v", b, err, other)
		}
	})
}

func FuzzOpen(f *testing.F) {
	v := vectors(f)
	k, err := parseKey(v["key"])
	if err != nil {
		f.Fatal(err)
	}
	good := unhex(f, v["checkpoint"])
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := k.open(b); err == nil && p.size != 1 {
			t.Errorf("signed by nobody: %q", b)
		}
	})
}
