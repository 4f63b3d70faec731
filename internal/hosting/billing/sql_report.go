package billing

import "github.com/noren-shop/noren/internal/base/db"

const (
	sqlReport = `
		SELECT month, plan,
			CAST(SUM(CASE WHEN kind = 'invoice' THEN 1 ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN kind = 'invoice' THEN total ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN kind = 'invoice' THEN tax ELSE -tax END) AS BIGINT),
			CAST(SUM(CASE WHEN kind = 'invoice' THEN paid ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN kind = 'invoice' AND state = 'open' AND (due_ms < $1 OR step > 0) THEN total - applied - paid ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN kind = 'credit' THEN total ELSE 0 END) AS BIGINT)
		FROM billing_document
		WHERE shop_id > 0 AND month >= $2
		GROUP BY month, plan
		ORDER BY month DESC, plan`
	sqlDebtors = `
		SELECT shop_id, id, number, code, kind, month, plan, made_ms, due_ms, total, tax, applied, paid, paid_ms, state, step, base_ms, next_ms
		FROM billing_document
		WHERE shop_id > 0 AND state = 'open' AND kind = 'invoice'
		ORDER BY due_ms, shop_id, id
		LIMIT 500`
	sqlSuspended = `
		SELECT shop_id, suspended_ms, suspended_by, reason
		FROM billing_account
		WHERE shop_id > 0 AND suspended_ms > 0
		ORDER BY suspended_ms
		LIMIT 500`
)

func scanRow(r db.Row) (v Row, err error) {
	err = r.Scan(&v.Month, &v.Plan, &v.Invoices, &v.Invoiced, &v.Tax, &v.Paid, &v.Overdue, &v.Credit)
	return v, err
}

func scanDebtor(r db.Row) (v Debtor, err error) {
	err = r.Scan(&v.Shop, &v.ID, &v.Number, &v.Code, &v.Kind, &v.Month, &v.Plan, &v.Made, &v.Due, &v.Total, &v.Tax, &v.Applied, &v.Paid,
		&v.PaidAt, &v.State, &v.Step, &v.Base, &v.Next)
	return v, err
}

func scanSuspension(r db.Row) (v Suspension, err error) {
	err = r.Scan(&v.Shop, &v.Since, &v.By, &v.Reason)
	return v, err
}
