package settlement

import "github.com/noren-shop/noren/internal/base/db"

const selectOurs = `
	SELECT c.id, c.order_id, c.captured, c.refunded,
		(SELECT CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) FROM settlement_row r
			WHERE r.shop_id = $1 AND r.charge_id = c.id AND r.kind = 'charge' AND NOT (r.provider = $2 AND r.day = $5)),
		(SELECT CAST(COALESCE(-SUM(r.amount), 0) AS BIGINT) FROM settlement_row r
			WHERE r.shop_id = $1 AND r.charge_id = c.id AND r.kind = 'refund' AND NOT (r.provider = $2 AND r.day = $5))
	FROM charge c
	WHERE c.shop_id = $1 AND c.provider = $2 AND (c.ref = $3 AND c.ref <> '' OR c.idem_key = $4)`

const selectDay = `
	SELECT provider, day, no, ref, kind, amount, fee, payout, charge_id, order_id, verdict, expected
	FROM settlement_row
	WHERE shop_id = $1 AND provider = $2 AND day = $3
	ORDER BY no`

const deleteDay = `
	DELETE FROM settlement_row
	WHERE shop_id = $1 AND provider = $2 AND day = $3`

const insertRow = `
	INSERT INTO settlement_row (shop_id, provider, day, no, ref, kind, amount, fee, payout, charge_id, order_id, verdict, expected)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

const putRun = `
	INSERT INTO settlement_run (shop_id, provider, day, lines, wrong, amount, fees, at_ms)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (shop_id, provider, day) DO UPDATE
	SET lines = excluded.lines, wrong = excluded.wrong, amount = excluded.amount, fees = excluded.fees, at_ms = excluded.at_ms
	WHERE settlement_run.shop_id = excluded.shop_id`

const selectRuns = `
	SELECT provider, day, lines, wrong, amount, fees, at_ms
	FROM settlement_run
	WHERE shop_id = $1
	ORDER BY day DESC, provider
	LIMIT $2 + 0`

const selectMissing = `
	SELECT c.id, c.order_id, c.provider, c.captured, c.secured_ms
	FROM charge c
	WHERE c.shop_id = $1 AND c.captured > 0 AND c.secured_ms < $2 AND NOT EXISTS (
		SELECT 1 FROM settlement_row r WHERE r.shop_id = $1 AND r.charge_id = c.id AND r.kind = 'charge')
	ORDER BY c.secured_ms, c.id
	LIMIT $3 + 0`

func scanOurs(row db.Row) (o Ours, err error) {
	err = row.Scan(&o.Charge, &o.Order, &o.Captured, &o.Refunded, &o.PaidOut, &o.Back)
	return o, err
}

func scanRow(row db.Row) (r Row, err error) {
	err = row.Scan(&r.Provider, &r.Settled.Day, &r.No, &r.Ref, &r.Kind, &r.Amount, &r.Fee, &r.Payout, &r.Charge, &r.Order, &r.Verdict,
		&r.Expected)
	return r, err
}

func scanRun(row db.Row) (r Run, err error) {
	err = row.Scan(&r.Provider, &r.Day, &r.Rows, &r.Wrong, &r.Amount, &r.Fees, &r.At)
	return r, err
}

func scanMissing(row db.Row) (m Missing, err error) {
	err = row.Scan(&m.Charge, &m.Order, &m.Provider, &m.Captured, &m.Secured)
	return m, err
}
