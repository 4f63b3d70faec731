// Package dbtest gives each test a fresh store of its own: SQLite always, PostgreSQL when NOREN_TEST_POSTGRES names a
// server (make test starts one).
//
// It guarantees that every seventh commit fails once with 40001, so that what is tested survives being run again. It
// refuses to skip: where PostgreSQL is not offered, the run's summary says so.
package dbtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/migrations"

	"github.com/jackc/pgx/v5"
)

// Env names the server that tests may make databases on.
const Env = "NOREN_TEST_POSTGRES"

// Each runs the test on every engine that is offered, each time on a fresh store with the main schema.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachWith(t, db.Config{Schema: migrations.Schema()}, test)
}

// EachWith is Each for a store of another schema, clock or fault.
func EachWith(t *testing.T, c db.Config, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t, c))
	})
	if os.Getenv(Env) != "" {
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			test(t, Postgres(t, c))
		})
	}
}

// Offered says whether a PostgreSQL server is.
func Offered() bool { return os.Getenv(Env) != "" }

// Long says whether this is the long run (make test-long), in which soaks last and sizes are large.
func Long() bool { return os.Getenv("NOREN_LONG") != "" }

// New is a fresh SQLite store with the main schema.
func New(t testing.TB) *db.DB {
	t.Helper()
	return SQLite(t, db.Config{Schema: migrations.Schema()})
}

// SQLite opens a fresh store in the test's own folder.
func SQLite(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	c.URL = filepath.Join(t.TempDir(), "noren.db")
	c.Volatile = true
	return open(t, c)
}

// Postgres opens a fresh database on the offered server.
func Postgres(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	c.URL = Database(t, c.Schema)
	if c.Conns == 0 {
		c.Conns = 8
	}
	return open(t, c)
}

func open(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	if c.Inject == nil {
		c.Inject = everySeventh()
	}
	d, err := db.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func everySeventh() func() error {
	var n atomic.Int64
	return func() error {
		if n.Add(1)%7 == 0 {
			return db.ErrSerialization
		}
		return nil
	}
}

// Database makes a database on the offered server, copied from a template that has the schema, and drops it at the
// test's end.
func Database(t testing.TB, s db.Schema) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server := os.Getenv(Env)
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	template, err := template(ctx, conn, server, s)
	if err != nil {
		t.Fatalf("make template: %v", err)
	}
	name := fmt.Sprintf("noren_test_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return at(server, name)
}

// template is a database with that schema; test binaries that start together make it once.
func template(ctx context.Context, conn *pgx.Conn, server string, s db.Schema) (string, error) {
	sum := sha256.New()
	if s.Files != nil {
		names, err := fs.Glob(s.Files, "*.sql")
		if err != nil {
			return "", err
		}
		for _, n := range names {
			b, err := fs.ReadFile(s.Files, n)
			if err != nil {
				return "", err
			}
			sum.Write(b)
		}
	}
	fmt.Fprint(sum, s.ShopTables)
	name := fmt.Sprintf("noren_template_%x", sum.Sum(nil)[:6])
	const lockKey = 20180107
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockKey); err != nil {
		return "", err
	}
	defer conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", lockKey) //nolint:errcheck // ends with the connection
	var n int
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_database WHERE datname = $1", name).Scan(&n); err != nil || n > 0 {
		return name, err
	}
	raw := name + "_new"
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+raw); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+raw); err != nil {
		return "", err
	}
	d, err := db.Open(ctx, db.Config{URL: at(server, raw), Schema: s, Conns: 1})
	if err != nil {
		return "", err
	}
	d.Close()
	_, err = conn.Exec(ctx, "ALTER DATABASE "+raw+" RENAME TO "+name)
	return name, err
}

func at(server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + database
	return u.String()
}
