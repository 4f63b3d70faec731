package ledger

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

// The names and marks of an export's files (docs/ledger-format.md).
const (
	exportMark  = "noren ledger export 1\n"
	segmentMark = "NORENSG1"
	leavesMark  = "NORENLF1"
	exportChunk = 1024
)

// Export writes the whole ledger, as of one moment, as the files that noren-verify reads. The folder must be empty or
// missing. It signs what is not signed yet, where this process may sequence.
func (l *Log) Export(ctx context.Context, dir string) error {
	if err := l.Sequence(ctx); err != nil && !errors.Is(err, errLeased) {
		return fmt.Errorf("export ledger: %w", err)
	}
	if names, err := os.ReadDir(dir); err == nil && len(names) > 0 {
		return fmt.Errorf("export ledger: %s is not empty", filepath.Base(dir))
	}
	if err := os.MkdirAll(filepath.Join(dir, "shops"), 0o700); err != nil {
		return fmt.Errorf("export ledger: %w", err)
	}
	err := l.c.DB.Across("an export is of all shops").Read(ctx, db.Scope{}, func(r db.Reader) error {
		x := exporter{r: r, dir: dir}
		if err := x.shops(ctx); err != nil {
			return err
		}
		if err := x.leaves(ctx); err != nil {
			return err
		}
		return x.checkpoint(ctx)
	})
	if err == nil {
		err = writeFile(filepath.Join(dir, "key.txt"), []byte(l.Key()+"\n"))
	}
	if err == nil {
		err = writeFile(filepath.Join(dir, "FORMAT"), []byte(exportMark))
	}
	if err != nil {
		return fmt.Errorf("export ledger: %w", err)
	}
	return nil
}

func writeFile(name string, data []byte) error { return os.WriteFile(name, data, 0o600) }

type exporter struct {
	r   db.Reader
	dir string
}

func (x *exporter) shops(ctx context.Context) error {
	for after := int64(-1); ; {
		shops, err := db.All(ctx, x.r, func(r db.Row) (int64, error) {
			var s int64
			err := r.Scan(&s)
			return s, err
		}, sqlShops, after, exportChunk)
		if err != nil {
			return err
		}
		for _, s := range shops {
			if err := x.segment(ctx, id.Shop(s)); err != nil {
				return fmt.Errorf("shop %d: %w", s, err)
			}
		}
		if len(shops) < exportChunk {
			return nil
		}
		after = shops[len(shops)-1]
	}
}

// segment writes what the store holds, right or wrong: it is the verifier who judges.
func (x *exporter) segment(ctx context.Context, shop id.Shop) error {
	name := filepath.Join(x.dir, "shops", strconv.FormatInt(int64(shop), 10)+".seg")
	return toFile(name, func(w *bufio.Writer) error {
		w.Write(binary.BigEndian.AppendUint64([]byte(segmentMark), uint64(shop)))
		rows, err := x.r.Query(ctx, sqlAllEntries, int64(shop))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var seq int64
			var hash, body []byte
			if err := rows.Scan(&seq, &hash, &body); err != nil {
				return err
			}
			if len(hash) != len(Hash{}) {
				return fmt.Errorf("entry %d: %d bytes of hash", seq, len(hash))
			}
			w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(body))))
			w.Write(hash)
			w.Write(body)
		}
		return rows.Err()
	})
}

func (x *exporter) leaves(ctx context.Context) error {
	return toFile(filepath.Join(x.dir, "leaves.bin"), func(w *bufio.Writer) error {
		w.WriteString(leavesMark)
		rows, err := x.r.Query(ctx, sqlAllLeaves)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			leaf, err := scanLeaf(rows)
			if err != nil {
				return err
			}
			b := binary.BigEndian.AppendUint64(nil, uint64(leaf.Shop))
			b = binary.BigEndian.AppendUint64(b, uint64(leaf.Seq))
			w.Write(append(b, leaf.Head[:]...))
		}
		return rows.Err()
	})
}

func (x *exporter) checkpoint(ctx context.Context) error {
	var c Checkpoint
	err := x.r.QueryRow(ctx, sqlLastCheckpoint).Scan(&c.Size, &c.At, &c.Signed)
	if errors.Is(err, db.ErrNone) {
		return nil // an empty ledger has none
	}
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(x.dir, "checkpoint.txt"), c.Signed)
}

// toFile writes through a buffer, whose Flush gives the first error of all writes.
func toFile(name string, fill func(*bufio.Writer) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	err = fill(w)
	if err == nil {
		err = w.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
