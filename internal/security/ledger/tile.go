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
	ctx   context.Context //nolint:containedctx // tlog's interface has no place for it; lives for one transaction
	r     db.Reader
	rows  map[[2]int64][]byte
	fresh map[int64]tlog.Hash
}

func newTiles(ctx context.Context, r db.Reader) *tiles {
	return &tiles{ctx: ctx, r: r, rows: map[[2]int64][]byte{}, fresh: map[int64]tlog.Hash{}}
}

// ReadHashes makes tiles a tlog.HashReader.
func (t *tiles) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if h, ok := t.fresh[x]; ok {
			out[i] = h
			continue
		}
		tile := tlog.TileForIndex(tileHeight, x)
		data, err := t.row(int64(tile.L), tile.N)
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

func (t *tiles) row(level, n int64) ([]byte, error) {
	if data, ok := t.rows[[2]int64{level, n}]; ok {
		return data, nil
	}
	var data []byte
	if err := t.r.QueryRow(t.ctx, sqlTile, level, n).Scan(&data); err != nil && !errors.Is(err, db.ErrNone) {
		return nil, fmt.Errorf("read tile: %w", err)
	}
	t.rows[[2]int64{level, n}] = data
	return data, nil
}

// add puts one leaf behind n others.
func (t *tiles) add(n int64, leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(n, leaf, t)
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
func (t *tiles) put(tx *db.Tx, from, to int64) error {
	for _, tile := range tlog.NewTiles(tileHeight, from, to) {
		data, err := tlog.ReadTileData(tile, t)
		if err != nil {
			return fmt.Errorf("make tile: %w", err)
		}
		if err := tx.Queue(sqlPutTile, int64(tile.L), tile.N, data); err != nil {
			return fmt.Errorf("store tile: %w", err)
		}
	}
	return nil
}
