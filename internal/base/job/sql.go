package job

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	sqlAdd = `
		INSERT INTO job (shop_id, id, kind, ref, due_ms)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (shop_id, kind, ref) DO UPDATE
		SET due_ms = excluded.due_ms, lease_ms = 0
		WHERE excluded.due_ms < job.due_ms`
	sqlDue = `
		SELECT shop_id, id, kind, ref, tries
		FROM job
		WHERE due_ms <= $1 AND lease_ms <= $1
		ORDER BY due_ms
		LIMIT 100`
	sqlClaim = `
		UPDATE job
		SET lease_ms = $3
		WHERE shop_id = $1 AND id = $2 AND lease_ms <= $4 AND due_ms <= $4`
	sqlDone  = `DELETE FROM job WHERE shop_id = $1 AND id = $2`
	sqlLater = `
		UPDATE job
		SET due_ms = $3, lease_ms = 0, tries = tries + 1, error = $4
		WHERE shop_id = $1 AND id = $2`
)

type row struct {
	shop  id.Shop
	id    id.Job
	kind  Kind
	ref   int64
	tries int64
}

func scan(r db.Row) (j row, err error) {
	err = r.Scan(&j.shop, &j.id, &j.kind, &j.ref, &j.tries)
	return j, err
}
