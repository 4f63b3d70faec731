package ledger_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/security/ledger"
)

// signer is a fixed key; true ones come from security/keys.
type signer struct{ key ed25519.PrivateKey }

func newSigner(seed string) signer {
	s := sha256.Sum256([]byte(seed))
	return signer{ed25519.NewKeyFromSeed(s[:])}
}

func (s signer) Public() ed25519.PublicKey           { return s.key.Public().(ed25519.PublicKey) }
func (s signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.key, message), nil }

// open opens a ledger on a store.
func open(t testing.TB, d *db.DB, with ...ledger.Witness) *ledger.Log {
	t.Helper()
	l, err := ledger.Open(t.Context(), ledger.Config{DB: d, Origin: "noren.example/ledger", Signer: newSigner("ledger"), Node: t.Name(),
		Witnesses: with})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	dbtest.EachWith(t, db.Config{Schema: ledger.Schema()}, test)
}

// durable is a SQLite store that is synchronous=FULL, or the offered PostgreSQL.
func durable(b testing.TB, engine string) *db.DB {
	b.Helper()
	url := filepath.Join(b.TempDir(), "ledger.db")
	if engine == "postgres" {
		if os.Getenv(dbtest.Env) == "" {
			b.Skip("no PostgreSQL offered")
		}
		url = dbtest.Database(b, ledger.Schema())
	}
	d, err := db.Open(b.Context(), db.Config{URL: url, Schema: ledger.Schema()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(d.Close)
	return d
}

func read(by int64, subjects ...int64) ledger.Entry {
	digest := sha256.Sum256([]byte{byte(by)})
	return ledger.Entry{Kind: ledger.Read, ActorKind: ledger.ByStaff, Actor: by, Purpose: "order-view", Request: "r-1",
		Connection: 7, Credential: digest[:], Groups: []ledger.Group{ledger.Of(3, 0b101, subjects...)}}
}
