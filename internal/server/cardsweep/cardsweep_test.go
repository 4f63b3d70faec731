package cardsweep_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/server/backup"
	"github.com/noren-shop/noren/internal/server/cardsweep"
)

const card = "4242424242424242" // the trade's test number

// sweep is one that notes what it is told.
func sweep() (s *cardsweep.Sweep, found, skipped *[]string) {
	found, skipped = &[]string{}, &[]string{}
	return &cardsweep.Sweep{
		Found:    func(h cardsweep.Hit) { *found = append(*found, h.Place) },
		Skipped:  func(place, why string) { *skipped = append(*skipped, place+": "+why) },
		Progress: func(string) {},
	}, found, skipped
}

func TestASweepFindsWhatIsPlantedInAStoreAndItsBackup(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		clean, found, skipped := sweep()
		if err := clean.Store(t.Context(), "shops", d); err != nil || len(*found)+len(*skipped) > 0 {
			t.Fatalf("an empty store: %v, %v, %v", err, *found, *skipped)
		}
		err := d.Across("a test").Write(t.Context(), db.Scope{Request: "test"}, func(tx *db.Tx) error {
			for _, q := range []string{
				`INSERT INTO lease (name, holder, until_ms) VALUES ('x', 'a.` + card + `.example', 11)`,
				`INSERT INTO outbox (shop_id, id, at_ms, event, subject, body) VALUES (11, 12, 13, 'x', ` + card + `, '{"a":"4242 4242 4242 4242"}')`,
				`INSERT INTO outbox (shop_id, id, at_ms, event, subject, body) VALUES (11, 14, 13, '42424242', 5, '42424242')`,
			} {
				if _, err := tx.Exec(t.Context(), q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		s, found, _ := sweep()
		if err := s.Store(t.Context(), "shops", d); err != nil {
			t.Fatal(err)
		}
		wants(t, *found, "shops lease.holder", "shops outbox.subject shop_id=11, id=12", "shops outbox.body shop_id=11, id=12", "shops outbox.body shop_id=11, id=14")

		var b bytes.Buffer
		who, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		src := backup.Sources{Shops: d, Vault: d, Ledger: d, Media: t.TempDir(), Now: time.Now}
		if err := backup.Save(t.Context(), src, &b, []age.Recipient{who.Recipient()}, func(string, int64) {}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "noren.age")
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		s, found, skipped = sweep()
		if err := s.Path(t.Context(), file); err != nil || len(*found) > 0 || len(*skipped) != 1 || s.Left != 1 {
			t.Errorf("a backup without its key: %v, found %v, left out %v", err, *found, *skipped)
		}
		s, found, _ = sweep()
		s.Identities = []age.Identity{who}
		if err := s.Path(t.Context(), file); err != nil || s.Left > 0 {
			t.Errorf("a backup: %v", err)
		}
		if len(*found) != 12 { // three stores, four places each
			t.Errorf("in the backup: %v", *found)
		}
	})
}

func TestASweepFindsWhatLiesInFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(strings.Repeat("a line\n", 50_000) + card + "\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"log/noren.log":          "ok\ncvv=123\n",
		"log/noren.log.1.gz":     packed.String(),
		"core":                   strings.Repeat("\x00\x7f\xff", 100_000) + "4242-4242-4242-4242\x00",
		"media/" + card + ".png": "x",
		"clean.csv":              "4901234567894,急須,5200\n261122-483920,090-1234-5678\n",
	} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, found, skipped := sweep()
	if err := s.Path(t.Context(), dir); err != nil || len(*skipped) > 0 || s.Files != 5 {
		t.Errorf("%v, left out %v, %d files", err, *skipped, s.Files)
	}
	wants(t, *found, "noren.log, byte 7", "noren.log.1.gz (unpacked), byte 350000", "core, byte 300000", "the name of a file in")
	if runtime.GOOS != "windows" && os.Getuid() != 0 {
		if err := os.Chmod(filepath.Join(dir, "core"), 0); err != nil {
			t.Fatal(err)
		}
		s, _, skipped = sweep()
		if err := s.Path(t.Context(), dir); err != nil || s.Left != 1 || len(*skipped) != 1 {
			t.Errorf("an unreadable file: %v, %v", err, *skipped)
		}
	}
}

// wants compares the places, in any order, and that none of them tells the number.
func wants(t *testing.T, found []string, places ...string) {
	t.Helper()
	if len(found) != len(places) {
		t.Errorf("found %d places %q, want %d", len(found), found, len(places))
	}
	all := strings.Join(found, "\n")
	for _, p := range places {
		if !strings.Contains(all, p) {
			t.Errorf("did not find %q in\n%s", p, all)
		}
	}
	if strings.Contains(all, card) {
		t.Errorf("the number is told:\n%s", all)
	}
}
