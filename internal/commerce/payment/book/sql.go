package book

import "github.com/noren-shop/noren/internal/base/db"

const insert = `
	INSERT INTO money_entry (shop_id, order_id, kind, cause, no, at_ms, debit, credit, amount)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

const selectOf = `
	SELECT order_id, kind, cause, no, at_ms, debit, credit, amount
	FROM money_entry
	WHERE shop_id = $1 AND order_id = $2
	ORDER BY at_ms, kind, cause, no`

func scan(row db.Row) (e Entry, err error) {
	err = row.Scan(&e.Order, &e.Kind, &e.Cause, &e.No, &e.At, &e.Debit, &e.Credit, &e.Amount)
	return e, err
}
