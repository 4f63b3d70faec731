package db_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
)

func copied() db.Schema {
	return db.Schema{ShopTables: []string{"parent", "child"}, Files: fstest.MapFS{
		"0001_a.sql": {Data: []byte(`-- +goose Up
CREATE TABLE parent (shop_id BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, sealed BYTEA, yes BOOLEAN NOT NULL, PRIMARY KEY (shop_id, id));
`)},
		"0002_b.sql": {Data: []byte(`-- +goose Up
CREATE TABLE child (shop_id BIGINT NOT NULL, id BIGINT NOT NULL, parent_id BIGINT NOT NULL, PRIMARY KEY (shop_id, id),
	FOREIGN KEY (shop_id, parent_id) REFERENCES parent (shop_id, id));
INSERT INTO parent (shop_id, id, name, yes) VALUES (9, 9, 'from the migration', TRUE);
`)},
		"0003_c.sql": {Data: []byte(`-- +goose Up
ALTER TABLE parent ADD COLUMN added BIGINT NOT NULL DEFAULT 7;
`)}}}
}

type dumped struct {
	version int64
	tables  []db.Table
	rows    map[string][][]any
}

func dump(t *testing.T, d *db.DB) dumped {
	t.Helper()
	out := dumped{rows: map[string][][]any{}}
	err := d.Dump(t.Context(), func(v int64) error { out.version = v; return nil },
		func(tb db.Table) error { out.tables = append(out.tables, tb); return nil },
		func(row []any) error {
			name := out.tables[len(out.tables)-1].Name
			out.rows[name] = append(out.rows[name], append([]any(nil), row...))
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A store of either engine is copied into one of either engine, through the older schema that it may have.
func TestDumpLoadsIntoEitherEngine(t *testing.T) {
	t.Parallel()
	old, err := copied().Upto(2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := copied().Upto(4); err == nil {
		t.Error("took a newer schema's dump")
	}
	dbtest.EachWith(t, db.Config{Schema: old}, func(t *testing.T, from *db.DB) {
		err := from.Across("test").Write(t.Context(), db.Scope{}, func(tx *db.Tx) error {
			for _, p := range []struct {
				name   string
				sealed []byte
			}{{"茶", []byte{0, 255}}, {"", nil}} {
				n := tx.NewID()
				if _, err := tx.Exec(t.Context(), `INSERT INTO parent (shop_id, id, name, sealed, yes) VALUES (1, $1, $2, $3, $4)`,
					n, p.name, p.sealed, p.name == ""); err != nil {
					return err
				}
				if _, err := tx.Exec(t.Context(), `INSERT INTO child (shop_id, id, parent_id) VALUES (1, $1, $1)`, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := dump(t, from)
		if want.version != 2 || len(want.tables) != 2 || want.tables[0].Name != "parent" || len(want.rows["parent"]) != 3 {
			t.Fatalf("%+v", want)
		}
		dbtest.EachWith(t, db.Config{Schema: old}, func(t *testing.T, to *db.DB) {
			l, err := to.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n, err := to.Rows(t.Context()); err != nil || n != 0 {
				t.Errorf("%d rows, %v", n, err)
			}
			for _, tb := range want.tables {
				if err := l.Add(t.Context(), tb, want.rows[tb.Name]); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want.rows, dump(t, to).rows); diff != "" {
				t.Error(diff)
			}
			if err := l.Add(t.Context(), db.Table{Name: "parent", Columns: []string{"nothing"}}, nil); err == nil {
				t.Error("took a column that is not there")
			}
		})
	})
}
