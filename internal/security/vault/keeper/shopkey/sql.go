package shopkey

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
)

func insertKey(ctx context.Context, tx *db.Tx, shop, no int64, public, wrapped []byte) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO shop_secret (shop_id, key_no, public_key, wrapped, created_ms)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (shop_id, key_no) DO NOTHING`, shop, no, public, wrapped, tx.NowMS())
}

func selectPublic(ctx context.Context, r db.Reader, shop int64) (no int64, public []byte, err error) {
	err = r.QueryRow(ctx, `
		SELECT key_no, public_key
		FROM shop_secret
		WHERE shop_id = $1
		ORDER BY key_no DESC
		LIMIT 1`, shop).Scan(&no, &public)
	return no, public, err
}

func selectWrapped(ctx context.Context, r db.Reader, shop, no int64) (wrapped []byte, err error) {
	err = r.QueryRow(ctx, `
		SELECT wrapped
		FROM shop_secret
		WHERE shop_id = $1 AND key_no = $2`, shop, no).Scan(&wrapped)
	return wrapped, err
}

type wrappedKey struct {
	shop, no int64
	wrapped  []byte
}

func selectAllWrapped(ctx context.Context, r db.Reader) ([]wrappedKey, error) {
	return db.All(ctx, r, func(row db.Row) (w wrappedKey, err error) {
		err = row.Scan(&w.shop, &w.no, &w.wrapped)
		return w, err
	}, `
		SELECT shop_id, key_no, wrapped
		FROM shop_secret
		ORDER BY shop_id, key_no`)
}

func updateWrapped(ctx context.Context, tx *db.Tx, shop, no int64, wrapped []byte) error {
	_, err := tx.Exec(ctx, `
		UPDATE shop_secret
		SET wrapped = $3
		WHERE shop_id = $1 AND key_no = $2`, shop, no, wrapped)
	return err
}

func selectErased(ctx context.Context, r db.Reader, into map[[32]byte]bool) error {
	rows, err := r.Query(ctx, `SELECT enc FROM erased`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d []byte
		if err := rows.Scan(&d); err != nil {
			return err
		}
		if len(d) == 32 {
			into[[32]byte(d)] = true
		}
	}
	return rows.Err()
}

func insertErased(tx *db.Tx, shop int64, digest []byte) error {
	return tx.Queue(`
		INSERT INTO erased (enc, shop_id, at_ms)
		VALUES ($1, $2, $3)
		ON CONFLICT (enc) DO NOTHING`, digest, shop, tx.NowMS())
}
