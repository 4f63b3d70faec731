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
		SET due_ms = CASE
			WHEN job.lease_ms = 0 THEN excluded.due_ms
			WHEN excluded.due_ms > job.due_ms THEN excluded.due_ms
			ELSE job.due_ms + 1 END
		WHERE excluded.due_ms < job.due_ms OR job.lease_ms <> 0`
	sqlDue = `
		SELECT shop_id, id, kind, ref, tries, due_ms
		FROM job
		WHERE due_ms <= $1 AND lease_ms <= $1
		ORDER BY due_ms
		LIMIT 100`
	sqlClaim = `
		UPDATE job
		SET lease_ms = $3
		WHERE shop_id = $1 AND id = $2 AND lease_ms <= $4 AND due_ms = $5`
	sqlDone = `
		DELETE FROM job
		WHERE shop_id = $1 AND id = $2 AND due_ms = $3`
	sqlAgain = `
		UPDATE job
		SET lease_ms = 0, tries = 0
		WHERE shop_id = $1 AND id = $2`
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
	due   int64
}

func scan(r db.Row) (j row, err error) {
	err = r.Scan(&j.shop, &j.id, &j.kind, &j.ref, &j.tries, &j.due)
	return j, err
}
