package wallet

import "github.com/noren-shop/noren/internal/base/db"

const columns = `id, member_id, provider, token, holder, display, agreed_ms, used_ms, gone_ms`

const selectOf = `
	SELECT ` + columns + `
	FROM saved_card
	WHERE shop_id = $1 AND member_id = $2 AND gone_ms = 0
	ORDER BY id DESC`

const selectOne = `
	SELECT ` + columns + `
	FROM saved_card
	WHERE shop_id = $1 AND id = $2`

const countToken = `
	SELECT COUNT(*)
	FROM saved_card
	WHERE shop_id = $1 AND provider = $2 AND token = $3`

const insert = `
	INSERT INTO saved_card (shop_id, id, member_id, provider, token, holder, agreed_ms, used_ms, gone_ms)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0)
	ON CONFLICT DO NOTHING`

const setDisplay = `
	UPDATE saved_card
	SET display = $3
	WHERE shop_id = $1 AND id = $2`

const markGone = `
	UPDATE saved_card
	SET gone_ms = $3
	WHERE shop_id = $1 AND id = $2 AND member_id = $4 AND gone_ms = 0`

const deleteGone = `
	DELETE FROM saved_card
	WHERE shop_id = $1 AND id = $2 AND gone_ms > 0`

func scan(row db.Row) (c Card, err error) {
	err = row.Scan(&c.ID, &c.Member, &c.Provider, &c.Token, &c.Holder, &c.display, &c.Agreed, &c.Used, &c.Gone)
	return c, err
}
