package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/security/ledger"
)

type signer struct{ key ed25519.PrivateKey }

func (s signer) Public() ed25519.PublicKey           { return s.key.Public().(ed25519.PublicKey) }
func (s signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.key, message), nil }

func TestTheProgramSaysWhatItFound(t *testing.T) {
	t.Parallel()
	seed := sha256.Sum256([]byte("key"))
	l, err := ledger.Open(t.Context(), ledger.Config{DB: dbtest.SQLite(t, db.Config{Schema: ledger.Schema()}), Origin: "noren.example/ledger",
		Signer: signer{ed25519.NewKeyFromSeed(seed[:])}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	for range 3 {
		if _, err := l.Append(t.Context(), 8, []ledger.Entry{{Kind: ledger.Erase, ActorKind: ledger.ByVault, Purpose: "retention"}}); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "export")
	if err := l.Export(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	spoilt := filepath.Join(t.TempDir(), "spoilt")
	if err := os.CopyFS(spoilt, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	segment := filepath.Join(spoilt, "shops", "8.seg")
	b, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	b[16+36+34] ^= 1 // the first entry's actor
	if err := os.WriteFile(segment, b, 0o600); err != nil {
		t.Fatal(err)
	}
	point := filepath.Join(dir, "checkpoint.txt")
	cases := map[string]struct {
		args []string
		code int
		says string
	}{
		"sound":       {[]string{"-checkpoint", point, "-key", l.Key(), dir}, exitSound, "Compared with 1 checkpoints"},
		"alone":       {[]string{dir}, exitSound, "stolen key"},
		"own key":     {[]string{dir}, exitSound, "the key came with the files"},
		"tampered":    {[]string{"-key", l.Key(), spoilt}, exitTampered, "shop 8, entry 1"},
		"in Japanese": {[]string{"-lang", "ja", spoilt}, exitTampered, "ショップ8の記録1"},
		"no folder":   {[]string{filepath.Join(dir, "none")}, exitUsage, "read export"},
		"no argument": {nil, exitUsage, "noren-verify [-checkpoint"},
		"not a point": {[]string{"-checkpoint", segment, dir}, exitUsage, "of no use"},
		"wrong key":   {[]string{"-key", "x", dir}, exitUsage, "read key"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if code := run(c.args, &out, &out); code != c.code || !strings.Contains(out.String(), c.says) {
				t.Errorf("exit %d:\n%s", code, out.String())
			}
		})
	}
}
