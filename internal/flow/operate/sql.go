package operate

import "github.com/noren-shop/noren/internal/base/db"

const (
	sqlSums = `
		SELECT shop_id, (placed_ms + $2) / $3, COUNT(*), CAST(SUM(total) AS BIGINT)
		FROM purchase
		WHERE shop_id > 0 AND placed_ms >= $1 AND status <> 'cancelled'
		GROUP BY shop_id, (placed_ms + $2) / $3`
	sqlFacts   = `SELECT COUNT(*) FROM outbox WHERE shop_id >= 0 AND seq IS NULL`
	sqlJobs    = `SELECT COUNT(*) FROM job WHERE shop_id >= 0 AND due_ms <= $1`
	sqlFailing = `
		SELECT shop_id, kind, tries, due_ms, error
		FROM job
		WHERE shop_id >= 0 AND tries > 0
		ORDER BY tries DESC, due_ms
		LIMIT 20`
)

func scanSum(r db.Row) (s sum, err error) {
	err = r.Scan(&s.shop, &s.day, &s.orders, &s.sales)
	return s, err
}

func scanFailing(r db.Row) (f Failing, err error) {
	err = r.Scan(&f.Shop, &f.Kind, &f.Tries, &f.Due, &f.Error)
	return f, err
}
