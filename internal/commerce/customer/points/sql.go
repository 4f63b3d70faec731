package points

import "github.com/noren-shop/noren/internal/base/db"

const selectAccount = `
	SELECT balance, version
	FROM point_account
	WHERE shop_id = $1 AND customer_id = $2`

const putAccount = `
	INSERT INTO point_account (shop_id, customer_id, balance, version)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (shop_id, customer_id) DO UPDATE
	SET balance = excluded.balance, version = excluded.version
	WHERE point_account.shop_id = excluded.shop_id AND point_account.version = $5`

const insertEntry = `
	INSERT INTO point_entry (shop_id, customer_id, no, debit, credit, amount, at_ms, actor, account, app_id)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

type account struct{ balance, version int64 }

func scan(row db.Row) (a account, err error) {
	err = row.Scan(&a.balance, &a.version)
	return a, err
}
