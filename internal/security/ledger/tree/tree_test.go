package tree_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/noren-shop/noren/internal/security/ledger/tree"
)

type signer struct{ key ed25519.PrivateKey }

func newSigner(seed string) signer {
	s := sha256.Sum256([]byte(seed))
	return signer{ed25519.NewKeyFromSeed(s[:])}
}

func (s signer) Public() ed25519.PublicKey           { return s.key.Public().(ed25519.PublicKey) }
func (s signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.key, message), nil }

func TestOnlyTheKeysOwnCheckpointsOpen(t *testing.T) {
	t.Parallel()
	s := newSigner("a")
	v, err := tree.Verifier(tree.Key("one", s.Public()))
	if err != nil {
		t.Fatal(err)
	}
	want := tree.Head{Size: 7, Root: [32]byte{1}}
	good, err := tree.Sign("one", want, s)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := tree.Open(good, v); err != nil || h != want {
		t.Fatalf("%+v: %v", h, err)
	}
	stranger, err := tree.Sign("one", want, newSigner("b"))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"nothing": nil, "another key": stranger, "another size": bytes.Replace(good, []byte("\n7\n"), []byte("\n8\n"), 1),
		"no signature": good[:bytes.Index(good, []byte("\n\n"))+2], "too long": bytes.Repeat(good, 1000)} {
		if _, err := tree.Open(bad, v); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestACosignatureIsOfItsTimeAndText(t *testing.T) {
	t.Parallel()
	s, w := newSigner("a"), newSigner("w")
	signed, err := tree.Sign("one", tree.Head{Size: 7}, s)
	if err != nil {
		t.Fatal(err)
	}
	text, err := tree.TextOf(signed)
	if err != nil {
		t.Fatal(err)
	}
	line, err := tree.Cosign(text, "witness", 1_795_305_600, w)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tree.Verifier(tree.CosignerKey("witness", w.Public()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(append(bytes.Clone(signed), line...), note.VerifierList(v)); err != nil {
		t.Errorf("a true co-signature: %v", err)
	}
	other, err := tree.Sign("one", tree.Head{Size: 8}, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(append(other, line...), note.VerifierList(v)); err == nil {
		t.Error("a co-signature holds for another checkpoint")
	}
}

func TestStrangeKeysAndTextsAreRefused(t *testing.T) {
	t.Parallel()
	good := tree.Key("one", newSigner("a").Public())
	for _, bad := range []string{"", "one", "one+00000000+AAAA", strings.Replace(good, "one", "two", 1), good + "A", "a b" + good[3:]} {
		if _, err := tree.Verifier(bad); err == nil {
			t.Errorf("key %q was read", bad)
		}
	}
	text := tree.Text("one", tree.Head{Size: 7})
	if _, _, err := tree.ParseText(text); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", text + "extension\n", strings.Replace(text, "7", "07", 1), strings.Replace(text, "7", "-7", 1), text[:len(text)-3]} {
		if _, _, err := tree.ParseText(bad); err == nil {
			t.Errorf("text %q was read", bad)
		}
	}
}
