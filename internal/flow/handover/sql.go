package handover

import "github.com/noren-shop/noren/internal/base/db"

const (
	sqlExpire = `DELETE FROM handover
		WHERE shop_id = $1 AND expires_ms <= $2`
	sqlPut = `INSERT INTO handover (shop_id, digest, cover, expires_ms)
		VALUES ($1, $2, $3, $4)`
	sqlTake = `DELETE FROM handover
		WHERE shop_id = $1 AND digest = $2
		RETURNING cover, expires_ms`
)

type row struct {
	cover   []byte
	expires int64
}

func scan(r db.Row) (out row, err error) {
	err = r.Scan(&out.cover, &out.expires)
	return out, err
}
