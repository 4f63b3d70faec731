package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing/fstest"

	"github.com/noren-shop/noren/internal/base/fault"
)

// A Table is one of a store's, for copying: the same on both engines.
type Table struct {
	Name    string
	Columns []string
	truths  []bool // of the columns: SQLite keeps truth as a number
}

// Upto is the schema as it was after that migration: a backup is read into the tables that it was made of, which are then
// brought up to date.
func (s Schema) Upto(version int64) (Schema, error) {
	out := fstest.MapFS{}
	names, err := fs.Glob(s.Files, "*.sql")
	if err != nil {
		return s, err
	}
	newest := int64(0)
	for _, name := range names {
		no, err := strconv.ParseInt(strings.SplitN(path.Base(name), "_", 2)[0], 10, 64)
		if err != nil {
			return s, fmt.Errorf("read migration's number: %w", err)
		}
		newest = max(newest, no)
		if no > version {
			continue
		}
		b, err := fs.ReadFile(s.Files, name)
		if err != nil {
			return s, err
		}
		out[name] = &fstest.MapFile{Data: b}
	}
	if version > newest {
		return s, ErrNewer
	}
	return Schema{Files: out}, nil // without policies: the newest schema brings them
}

// ErrNewer means that a backup is of a newer Noren.
var ErrNewer = fault.Conflict(fault.Text{
	Ja: "このバックアップは、新しいバージョンの Noren で作られています。同じか、より新しいバージョンで復元してください。",
	En: "This backup was made by a newer version of Noren. Restore it with the same version or a newer one."})

// Dump gives all rows of all tables in one snapshot, while others write: first the number of the last migration, then each
// table in the order in which they were made (so that what is referred to comes first), then its rows. Values are nil,
// int64, string, []byte and bool on either engine.
func (d *DB) Dump(ctx context.Context, version func(int64) error, table func(Table) error, row func([]any) error) error {
	return d.Across("a backup is of all shops").Read(ctx, Scope{Request: "dump"}, func(r Reader) error {
		var v int64
		if err := r.QueryRow(ctx, sqlVersion).Scan(&v); err != nil {
			return fmt.Errorf("read schema's version: %w", err)
		}
		if err := version(v); err != nil {
			return err
		}
		tables, err := d.tables(ctx, r)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := table(t); err != nil {
				return err
			}
			if err := dumpTable(ctx, r, t, row); err != nil {
				return fmt.Errorf("dump %s: %w", t.Name, err)
			}
		}
		return nil
	})
}

func dumpTable(ctx context.Context, r Reader, t Table, row func([]any) error) error {
	rows, err := r.Query(ctx, fmt.Sprintf(sqlDump, quoted(t.Columns), quote(t.Name)))
	if err != nil {
		return err
	}
	defer rows.Close()
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			if n, is := v.(int64); is && t.truths[i] {
				values[i] = n != 0
			}
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// tables lists them as the engine knows them, without the migrations' own.
func (d *DB) tables(ctx context.Context, r Reader) ([]Table, error) {
	text := sqlTablesSQLite
	if d.Engine() == "postgres" {
		text = sqlTablesPostgres
	}
	type column struct {
		table, name string
		truth       bool
	}
	columns, err := All(ctx, r, func(row Row) (c column, err error) {
		err = row.Scan(&c.table, &c.name, &c.truth)
		return c, err
	}, text)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	var out []Table
	for _, c := range columns {
		if len(out) == 0 || out[len(out)-1].Name != c.table {
			out = append(out, Table{Name: c.table})
		}
		t := &out[len(out)-1]
		t.Columns, t.truths = append(t.Columns, c.name), append(t.truths, c.truth)
	}
	return out, nil
}

// Rows counts the rows of all tables, up to some: 0 is a store that nothing has been written to but its schema.
func (d *DB) Rows(ctx context.Context) (n int64, err error) {
	fresh := map[string]bool{"ledger_tree": true} // a row that the migration makes
	err = d.Across("a restore wants an empty store").Read(ctx, Scope{Request: "restore"}, func(r Reader) error {
		n = 0
		tables, err := d.tables(ctx, r)
		if err != nil {
			return err
		}
		for _, t := range tables {
			var some int64
			if err := r.QueryRow(ctx, fmt.Sprintf(sqlSome, quote(t.Name))).Scan(&some); err != nil {
				return err
			}
			if !fresh[t.Name] {
				n += some
			}
		}
		return nil
	})
	return n, err
}

// A Loader fills a store's tables with what Dump gave.
type Loader struct {
	d      *DB
	tables map[string]Table
}

// Load begins to fill a store, and empties what its migrations had put in.
func (d *DB) Load(ctx context.Context) (*Loader, error) {
	l := &Loader{d: d, tables: map[string]Table{}}
	err := d.Across("a restore is of all shops").Write(ctx, Scope{Request: "restore"}, func(tx *Tx) error {
		clear(l.tables)
		all, err := d.tables(ctx, tx)
		if err != nil {
			return err
		}
		for i := len(all) - 1; i >= 0; i-- {
			if _, err := tx.Exec(ctx, fmt.Sprintf(sqlEmpty, quote(all[i].Name))); err != nil {
				return err
			}
			l.tables[all[i].Name] = all[i]
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("empty tables: %w", err)
	}
	return l, nil
}

// Add writes rows into a table in one transaction.
func (l *Loader) Add(ctx context.Context, t Table, rows [][]any) error {
	known := map[string]bool{}
	for _, c := range l.tables[t.Name].Columns {
		known[c] = true
	}
	marks := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		if !known[c] {
			return fmt.Errorf("load %s: %w", t.Name, errors.New("the store has no such column"))
		}
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	text := fmt.Sprintf(sqlLoad, quote(t.Name), quoted(t.Columns), strings.Join(marks, ", "))
	err := l.d.Across("a restore is of all shops").Write(ctx, Scope{Request: "restore"}, func(tx *Tx) error {
		for _, row := range rows {
			if len(row) != len(t.Columns) {
				return errors.New("a row has another length")
			}
			if err := tx.Queue(text, row...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load %s: %w", t.Name, err)
	}
	return nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quote(n)
	}
	return strings.Join(out, ", ")
}
