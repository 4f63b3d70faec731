package db

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

type dialect struct {
	goose goose.Dialect
	tag   string
}

var (
	sqliteDialect = dialect{goose.DialectSQLite3, "sqlite"}
	pgDialect     = dialect{goose.DialectPostgres, "postgres"}
)

// migrate brings the schema up to date. Nodes that start together wait for one another.
func migrate(ctx context.Context, db *sql.DB, s Schema, d dialect) error {
	if s.Files == nil {
		return nil
	}
	files, err := forEngine(s.Files, d.tag)
	if err != nil {
		return err
	}
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d == pgDialect {
		locker, err := lock.NewPostgresTableLocker()
		if err != nil {
			return fmt.Errorf("make migration lock: %w", err)
		}
		opts = append(opts, goose.WithLocker(locker))
	}
	p, err := goose.NewProvider(d.goose, db, files, opts...)
	if err != nil {
		if errors.Is(err, goose.ErrNoMigrations) {
			return nil
		}
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// forEngine leaves the blocks out that are marked for the other engine:
//
//	-- +only postgres
//	…
//	-- +end
func forEngine(files fs.FS, tag string) (fs.FS, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		src, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var b strings.Builder
		skip := false
		for lines := bufio.NewScanner(strings.NewReader(string(src))); lines.Scan(); {
			line := lines.Text()
			if only, ok := strings.CutPrefix(line, "-- +only "); ok {
				skip = strings.TrimSpace(only) != tag
				continue
			}
			if strings.TrimSpace(line) == "-- +end" {
				skip = false
				continue
			}
			if !skip {
				b.WriteString(line + "\n")
			}
		}
		out[name] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return out, nil
}
