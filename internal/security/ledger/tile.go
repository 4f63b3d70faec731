package ledger

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noren-shop/noren/internal/base/db"
)

// tileHeight is that of C2SP tiles: 256 hashes.
const tileHeight = 8

// tiles reads the tree's hashes from their rows; fresh ones, not yet stored, lie over them.
type tiles struct {
	r     db.Reader
	rows  map[[2]int64][]byte
	fresh map[int64]tlog.Hash
}

func newTiles(r db.Reader) *tiles {
	return &tiles{r: r, rows: map[[2]int64][]byte{}, fresh: map[int64]tlog.Hash{}}
}

// reader makes tiles what tlog reads.
func (t *tiles) reader(ctx context.Context) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return t.read(ctx, indexes) })
}

func (t *tiles) read(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if h, ok := t.fresh[x]; ok {
			out[i] = h
			continue
		}
		tile := tlog.TileForIndex(tileHeight, x)
		data, err := t.row(ctx, int64(tile.L), tile.N)
		if err != nil {
			return nil, err
		}
		tile.W = len(data) / tlog.HashSize
		if out[i], err = tlog.HashFromTile(tile, data, x); err != nil {
			return nil, fmt.Errorf("read tile: %w", err)
		}
	}
	return out, nil
}

func (t *tiles) row(ctx context.Context, level, n int64) ([]byte, error) {
	if data, ok := t.rows[[2]int64{level, n}]; ok {
		return data, nil
	}
	var data []byte
	if err := t.r.QueryRow(ctx, sqlTile, level, n).Scan(&data); err != nil && !errors.Is(err, db.ErrNone) {
		return nil, fmt.Errorf("read tile: %w", err)
	}
	t.rows[[2]int64{level, n}] = data
	return data, nil
}

// add puts one leaf behind n others.
func (t *tiles) add(ctx context.Context, n int64, leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(n, leaf, t.reader(ctx))
	if err != nil {
		return fmt.Errorf("hash tree: %w", err)
	}
	at := tlog.StoredHashIndex(0, n)
	for i, h := range hashes {
		t.fresh[at+int64(i)] = h
	}
	return nil
}

// put stores the tiles that have grown.
func (t *tiles) put(ctx context.Context, tx *db.Tx, from, to int64) error {
	for _, tile := range tlog.NewTiles(tileHeight, from, to) {
		data, err := tlog.ReadTileData(tile, t.reader(ctx))
		if err != nil {
			return fmt.Errorf("make tile: %w", err)
		}
		if err := tx.Queue(sqlPutTile, int64(tile.L), tile.N, data); err != nil {
			return fmt.Errorf("store tile: %w", err)
		}
	}
	return nil
}
