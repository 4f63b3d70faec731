package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"filippo.io/age"

	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/db"
)

// Save writes a backup to out, for those recipients, while the service works.
func Save(ctx context.Context, s Sources, out io.Writer, to []age.Recipient, tell Progress) error {
	err := seal(out, to, func(w *writer) error {
		if err := w.json(nameManifest, Manifest{Format: format, Made: s.Now().UTC(), Engine: s.Shops.Engine(), Note: note}); err != nil {
			return err
		}
		if err := saveStore(ctx, w, s.Shops, partShops, tell); err != nil {
			return err
		}
		if err := saveMedia(ctx, w, s.Media, tell); err != nil {
			return err
		}
		// Younger than the shops: a shop's key is made before the shop.
		if err := saveStore(ctx, w, s.Vault, partVault, tell); err != nil {
			return err
		}
		return saveStore(ctx, w, s.Ledger, partLedger, tell)
	})
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// A saver writes one store's rows in chunks.
type saver struct {
	w     *writer
	part  string
	tell  Progress
	table db.Table
	chunk []byte
	rows  int // in the chunk
	no    int // of the chunk
	all   int64
}

func saveStore(ctx context.Context, w *writer, d *db.DB, part string, tell Progress) error {
	s := &saver{w: w, part: part, tell: tell}
	err := d.Dump(ctx, func(v int64) error { return w.json(part+suffixHead, head{v}) }, s.begin, s.row)
	if err == nil {
		err = s.flush()
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", part, err)
	}
	tell(part, s.all)
	return nil
}

func (s *saver) begin(t db.Table) error {
	if err := s.flush(); err != nil {
		return err
	}
	s.table, s.no, s.chunk = t, 0, startChunk(t)
	return nil
}

func (s *saver) row(values []any) (err error) {
	if s.chunk, err = appendRow(s.chunk, values); err != nil {
		return fmt.Errorf("%s: %w", s.table.Name, err)
	}
	s.rows++
	if s.all++; s.all%50_000 == 0 {
		s.tell(s.part, s.all)
	}
	if len(s.chunk) >= chunkSize {
		return s.flush()
	}
	return nil
}

func (s *saver) flush() error {
	if s.rows == 0 {
		return nil
	}
	part := s.part
	if part == partShops && s.table.Name == recordKeys {
		part = partRecordKeys
	}
	err := s.w.put(fmt.Sprintf("%s/%s/%06d%s", part, s.table.Name, s.no, suffixRows), s.chunk)
	s.no, s.rows, s.chunk = s.no+1, 0, startChunk(s.table)
	return err
}

// saveMedia copies the blobs. One that goes away meanwhile was no longer shown.
func saveMedia(ctx context.Context, w *writer, dir string, tell Progress) error {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open media: %w", err)
	}
	defer root.Close()
	n := int64(0)
	err = fs.WalkDir(root.FS(), ".", func(p string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil || !e.Type().IsRegular() {
			return err
		}
		d, err := blob.ParseDigest(e.Name())
		if err != nil {
			return nil // not finished yet
		}
		b, err := root.ReadFile(p)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		shop, _, _ := strings.Cut(p, "/")
		n++
		return w.put(path.Join(partMedia, shop, string(d)), b)
	})
	if err != nil {
		return fmt.Errorf("save media: %w", err)
	}
	tell(partMedia, n)
	return nil
}
