package keeper

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
)

func insertReason(ctx context.Context, tx *db.Tx, shop int64, digest, wrapped []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO reason (shop_id, digest, wrapped, at_ms)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (shop_id, digest) DO NOTHING`, shop, digest, wrapped, tx.NowMS())
	return err
}
