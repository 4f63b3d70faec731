package charge

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const chargeColumns = `id, order_id, no, provider, means, idem_key, ref, state, accepted, refused, amount, captured, refunded, capture,
		take, take_no, letting, trouble, reason, three_ds, saved_card, save, inline, slip, card, made_ms, opened_ms,
		secured_ms, ended_ms, due_ms, look_ms, version`

const insertCharge = `
	INSERT INTO charge (shop_id, id, order_id, no, provider, means, idem_key, ref, state, accepted, refused, amount, captured, refunded,
		capture, take, take_no, letting, trouble, reason, three_ds, saved_card, save, inline, slip, made_ms,
		opened_ms, secured_ms, ended_ms, due_ms, look_ms, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, '', 'new', 0, '', $8, 0, 0, $9, 0, 0, 0, '', '', '', $10, $11, $12, '', $13, 0, 0, 0, $14, $15, 1)`

const selectCharges = `
	SELECT ` + chargeColumns + `
	FROM charge
	WHERE shop_id = $1 AND order_id = $2
	ORDER BY no`

const updateCharge = `
	UPDATE charge
	SET ref = $3, state = $4, accepted = $5, refused = $6, captured = $7, refunded = $8, take = $9, take_no = $10, trouble = $11,
		reason = $12, three_ds = $13, slip = $14, card = $15, opened_ms = $16, secured_ms = $17, ended_ms = $18, due_ms = $19,
		look_ms = $20, letting = $21, version = version + 1
	WHERE shop_id = $1 AND id = $2 AND version = $22`

const updateLook = `
	UPDATE charge
	SET look_ms = $3
	WHERE shop_id = $1 AND id = $2`

const selectByRef = `
	SELECT order_id
	FROM charge
	WHERE shop_id = $1 AND ref = $2 AND provider = $3`

const selectByKey = `
	SELECT order_id
	FROM charge
	WHERE shop_id = $1 AND idem_key = $2 AND provider = $3`

const selectToLook = `
	SELECT order_id
	FROM charge
	WHERE shop_id = $1 AND look_ms > 0 AND look_ms <= $2
	ORDER BY look_ms
	LIMIT $3 + 0`

const selectShopsToLook = `
	SELECT DISTINCT shop_id
	FROM charge
	WHERE look_ms > 0 AND look_ms <= $1
	LIMIT $2 + 0`

const putOffLook = `
	UPDATE charge
	SET look_ms = $3
	WHERE shop_id = $1 AND order_id = $2 AND look_ms > 0 AND look_ms < $3`

const refundColumns = `id, order_id, charge_id, amount, idem_key, ref, state, why, actor, account, made_ms, done_ms, version`

const insertRefund = `
	INSERT INTO refund (shop_id, id, order_id, charge_id, amount, idem_key, ref, state, why, form, actor, account, made_ms, done_ms, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)`

const selectRefunds = `
	SELECT ` + refundColumns + `
	FROM refund
	WHERE shop_id = $1 AND order_id = $2
	ORDER BY id`

const selectRefundByForm = `
	SELECT ` + refundColumns + `
	FROM refund
	WHERE shop_id = $1 AND form = $2`

const selectOwed = `
	SELECT ` + refundColumns + `
	FROM refund
	WHERE shop_id = $1 AND state = 'owed'
	ORDER BY id
	LIMIT $2 + 0`

const updateRefund = `
	UPDATE refund
	SET ref = $3, state = $4, done_ms = $5, version = version + 1
	WHERE shop_id = $1 AND id = $2 AND version = $6`

const setLink = `
	INSERT INTO pay_link (shop_id, order_id, token, expires_ms)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (shop_id, order_id) DO UPDATE
	SET token = excluded.token, expires_ms = excluded.expires_ms
	WHERE pay_link.shop_id = excluded.shop_id`

const selectLink = `
	SELECT order_id
	FROM pay_link
	WHERE shop_id = $1 AND token = $2 AND expires_ms > $3`

func scanCharge(row db.Row) (c Charge, err error) {
	var accepted, letting, save, inline int64
	err = row.Scan(&c.ID, &c.Order, &c.No, &c.Provider, &c.Means, &c.Key, &c.Ref, &c.State, &accepted, &c.Refused, &c.Amount,
		&c.Captured, &c.Refunded, &c.Capture, &c.Take, &c.TakeNo, &letting, &c.Trouble, &c.Reason, &c.ThreeDS, &c.Saved, &save, &inline,
		&c.slip, &c.card, &c.Made, &c.Opened, &c.Secured, &c.Ended, &c.Due, &c.Look, &c.Version)
	c.Accepted, c.Letting, c.Save, c.Inline = accepted != 0, letting != 0, save != 0, inline != 0
	return c, err
}

func scanRefund(row db.Row) (r Refund, err error) {
	err = row.Scan(&r.ID, &r.Order, &r.Charge, &r.Amount, &r.Key, &r.Ref, &r.State, &r.Why, &r.Actor, &r.Account, &r.Made, &r.Done,
		&r.Version)
	return r, err
}

func scanOrder(row db.Row) (o id.Order, err error) { err = row.Scan(&o); return o, err }

func scanShop(row db.Row) (s id.Shop, err error) { err = row.Scan(&s); return s, err }
