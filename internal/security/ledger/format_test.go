package ledger_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/ledger/tree"
)

const formatPage = "../../../docs/ledger-format.md"

// update rewrites the vectors in the format's page; review reads them.
var update = flag.Bool("update", false, "rewrite docs/ledger-format.md's vectors")

type vector struct{ name, value string }

func vectors(t testing.TB) []vector {
	t.Helper()
	small := ledger.Entry{Shop: 0, Seq: 1, At: 1_795_305_600_000, Kind: ledger.Erase, ActorKind: ledger.ByVault, Purpose: "retention"}
	full := ledger.Entry{Shop: 7, Seq: 2, At: 1_795_305_600_001, Kind: ledger.Search, ActorKind: ledger.ByApp, Actor: 12, Release: 34,
		Connection: 0xfedcba9876543210, Purpose: "customer-search", Request: "r.1-A_z", Credential: bytes.Repeat([]byte{0xc5}, 32),
		Reason: bytes.Repeat([]byte{0x4e}, 16), Groups: []ledger.Group{ledger.Of(3, 1<<63|1, 1, 2, 300), ledger.Of(2, 8, 1<<53-1), ledger.Of(3, 4, 5)}}
	out := []vector{}
	var prev ledger.Hash
	for i, e := range []ledger.Entry{small, full} {
		b, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		prev = ledger.ChainHash(prev, b)
		name := []string{"small", "full"}[i]
		out = append(out, vector{"entry-" + name, hex.EncodeToString(b)}, vector{"hash-" + name, hex.EncodeToString(prev[:])})
	}
	leaf := tree.Leaf{Shop: 7, Seq: 2, Head: prev}.Hash()
	out = append(out, vector{"leaf-full", hex.EncodeToString(leaf[:])})
	s := newSigner("ledger")
	signed, err := tree.Sign("noren.example/ledger", tree.Head{Size: 1, Root: leaf}, s)
	if err != nil {
		t.Fatal(err)
	}
	return append(out, vector{"key", tree.Key("noren.example/ledger", s.Public())}, vector{"checkpoint", hex.EncodeToString(signed)})
}

func TestTheFormatIsAsWritten(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(formatPage)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	want.WriteString("`hash-full` follows `hash-small` for the sake of the vector; the leaf is of `entry-full`, the tree of that leaf alone.\n\n```\n")
	for _, v := range vectors(t) {
		want.WriteString(v.name + " " + v.value + "\n")
	}
	want.WriteString("```\n")
	head, tail, _ := strings.Cut(string(page), "## Vectors\n\n")
	if *update {
		if err := os.WriteFile(formatPage, []byte(head+"## Vectors\n\n"+want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if tail != want.String() {
		t.Errorf("the vectors have changed:\n%s", want.String())
	}
}

func TestOneEntryHasOneEncoding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		e := ledger.Entry{Shop: 1, Seq: 1, At: 1, Kind: ledger.Read, ActorKind: ledger.ByStaff, Purpose: "x", Credential: make([]byte, 16)}
		type part struct {
			Population uint8
			Mask       uint64
			Subject    int64
		}
		parts := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) part {
			return part{rapid.Uint8Range(1, 3).Draw(r, "p"), rapid.Uint64Range(1, 4).Draw(r, "m"), rapid.Int64Range(1, 1<<53-1).Draw(r, "s")}
		}), 1, 20).Draw(r, "parts")
		for _, p := range parts {
			e.Groups = append(e.Groups, ledger.Of(p.Population, p.Mask, p.Subject))
		}
		one, err := e.Encode()
		if err != nil {
			r.Fatal(err)
		}
		e.Groups = nil
		for _, p := range rapid.Permutation(parts).Draw(r, "order") {
			e.Groups = append(e.Groups, ledger.Of(p.Population, p.Mask, p.Subject))
		}
		two, err := e.Encode()
		if err != nil || !bytes.Equal(one, two) {
			r.Fatalf("the order of groups shows: %v", err)
		}
		back, err := ledger.Decode(one)
		if err != nil {
			r.Fatal(err)
		}
		for _, p := range parts {
			if back.Mask(ledger.Subject{Population: p.Population, ID: p.Subject})&p.Mask != p.Mask {
				r.Fatalf("%+v is lost", p)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, v := range vectors(f) {
		if strings.HasPrefix(v.name, "entry-") {
			b, err := hex.DecodeString(v.value)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ledger.Decode(b)
		if err != nil {
			return
		}
		again, err := e.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x decodes, but encodes as %x: %v", b, again, err)
		}
	})
}
