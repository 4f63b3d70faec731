// Package cardsweep looks through a service's stores, media, backups, logs and any other file for card numbers and security
// codes, to show that there are none.
//
// It guarantees that every text, number and blob of every table is looked at, and every byte of every file; that a place
// which could not be looked at is counted and named, never passed over; and that no number is ever written, only where it
// stands. It refuses to change anything. What is sealed is ciphertext and tells nothing: it was refused on its way in.
package cardsweep

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/age"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/pan"
	"github.com/noren-shop/noren/internal/server/backup"
)

// A Hit is a place where something was found.
type Hit struct {
	Place string // a file and its offset, or a table's column and the row's key
	Kind  pan.Kind
	Brand pan.Brand
}

// A Sweep is under way. Its counts are of what was looked at so far.
type Sweep struct {
	Rows, Values, Blobs, Files, Bytes int64
	Hits                              int64
	Left                              int64 // places that could not be looked at

	Identities []age.Identity          // open backups
	Found      func(Hit)               // is told of each hit
	Skipped    func(place, why string) // is told of each place that could not be looked at
	Progress   func(place string)      // is told what is looked at next, and of every 100,000th row
}

// Store looks at every value of every table.
func (s *Sweep) Store(ctx context.Context, name string, d *db.DB) error {
	var table db.Table
	begin := func(t db.Table) error {
		table = t
		s.Progress(name + " " + t.Name)
		return ctx.Err()
	}
	n := int64(0)
	err := d.Dump(ctx, func(int64) error { return nil }, begin, func(values []any) error {
		n++
		s.row(name+" "+table.Name, n, table.Columns, values)
		return nil
	})
	if err != nil {
		return fmt.Errorf("sweep %s: %w", name, err)
	}
	return nil
}

// row looks at each value, and at neighbours that are one number together.
func (s *Sweep) row(table string, n int64, columns []string, values []any) {
	if s.Rows++; s.Rows%100_000 == 0 {
		s.Progress(fmt.Sprintf("%s, %d", table, s.Rows))
	}
	fields := make([]pan.Field, 0, len(values))
	found := false
	for i, v := range values {
		s.Values++
		text := ""
		switch v := v.(type) {
		case string:
			text = v
		case []byte:
			text = string(v)
			s.Blobs++
		case int64:
			text = strconv.FormatInt(v, 10)
		}
		s.Bytes += int64(len(text))
		for _, m := range pan.Find(text) {
			s.hit(table+"."+columns[i]+" "+key(n, columns, values), m)
			found = true
		}
		if _, is := v.(string); is {
			fields = append(fields, pan.Field{Name: columns[i], Value: text})
		}
	}
	if h, is := pan.FindFields(fields); is && !found {
		s.hit(table+"."+fields[h.Field].Name+" "+key(n, columns, values), pan.Match{Kind: h.Kind})
	}
}

func (s *Sweep) hit(place string, m pan.Match) {
	s.Hits++
	s.Found(Hit{place, m.Kind, m.Brand})
}

// key names a row by its ids, or by its place in the table.
func key(n int64, columns []string, values []any) string {
	var parts []string
	for i, c := range columns[:min(4, len(columns))] {
		v, is := values[i].(int64)
		if is && (c == "id" || strings.HasSuffix(c, "_id")) && !pan.Has(strconv.FormatInt(v, 10)) {
			parts = append(parts, c+"="+strconv.FormatInt(v, 10))
		}
	}
	if len(parts) == 0 {
		parts = []string{"row " + strconv.FormatInt(n, 10)}
	}
	return strings.Join(parts, ", ")
}

// Path looks at a file, or at every file below a folder.
func (s *Sweep) Path(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return s.file(ctx, path)
	}
	s.Progress(path)
	return filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.skip(p, err)
			return nil
		}
		for _, m := range pan.Find(e.Name()) {
			s.hit("the name of a file in "+pan.Redact(filepath.Dir(p)), m)
		}
		if !e.Type().IsRegular() {
			return nil
		}
		return s.file(ctx, p)
	})
}

func (s *Sweep) skip(place string, why error) {
	s.Left++
	s.Skipped(pan.Redact(place), pan.Redact(why.Error()))
}

// ageHead begins a backup.
const ageHead = "age-encryption.org/v1"

// file looks at one: a backup by its entries, a packed log by what is in it, anything else as it is.
func (s *Sweep) file(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		s.skip(path, err)
		return nil
	}
	defer f.Close()
	s.Files++
	in := bufio.NewReaderSize(f, 64<<10)
	head, _ := in.Peek(len(ageHead)) //nolint:errcheck // a short file; reading meets the error
	switch {
	case string(head) == ageHead:
		return s.backup(ctx, path)
	case len(head) > 2 && head[0] == 0x1f && head[1] == 0x8b:
		z, err := gzip.NewReader(in)
		if err != nil {
			s.skip(path, err)
			return nil
		}
		return s.stream(ctx, path+" (unpacked)", z)
	}
	return s.stream(ctx, path, in)
}

func (s *Sweep) stream(ctx context.Context, place string, r io.Reader) error {
	place = pan.Redact(place)
	found := pan.NewStream(func(at int64, m pan.Match) error {
		s.hit(fmt.Sprintf("%s, byte %d", place, at), m)
		return nil
	})
	n, err := io.Copy(found, withContext{ctx, r})
	s.Bytes += n
	if err = errors.Join(err, found.Close()); ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		s.skip(place, err)
	}
	return nil
}

// withContext ends with its context.
type withContext struct {
	ctx context.Context //nolint:containedctx // a reader has no other way to hear of it
	r   io.Reader
}

// Read reads on.
func (w withContext) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

var errSealed = errors.New("encrypted: its identity or passphrase is needed to look into it")

func (s *Sweep) backup(ctx context.Context, path string) error {
	if len(s.Identities) == 0 {
		s.skip(path, errSealed)
		return nil
	}
	s.Progress(path)
	rows := map[string]int64{}
	err := backup.Each(ctx, func() (backup.Reader, error) { return os.Open(path) }, s.Identities, backup.Visitor{
		Row: func(table string, columns []string, values []any) {
			rows[table]++
			s.row(path+" "+table, rows[table], columns, values)
		},
		File: func(name string, body io.Reader) error { return s.stream(ctx, path+" "+name, body) },
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		s.skip(path, err)
	}
	return nil
}
