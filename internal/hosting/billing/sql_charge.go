package billing

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/vault"
)

const (
	sqlRecipient    = `SELECT id, owner, particulars FROM billing_recipient WHERE shop_id = $1 AND of_shop = $2 AND month = $3`
	sqlPutRecipient = `
		INSERT INTO billing_recipient (shop_id, id, of_shop, month, owner, particulars)
		VALUES ($1, $2, $3, $4, $5, $6)`
	chargeColumns = `id, document, attempt, why, amount, saved, holder, state, ref, reason, made_ms, done_ms`
	sqlCharges    = `SELECT ` + chargeColumns + ` FROM billing_charge WHERE shop_id = $1 AND document = $2 ORDER BY attempt`
	sqlCharge     = `SELECT ` + chargeColumns + ` FROM billing_charge WHERE shop_id = $1 AND id = $2`
	sqlPutCharge  = `
		INSERT INTO billing_charge (shop_id, id, document, attempt, why, amount, saved, holder, state, ref, reason, made_ms, done_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', '', '', $9, 0)
		ON CONFLICT DO NOTHING`
	sqlDone = `
		UPDATE billing_charge
		SET state = $3, ref = $4, reason = $5, done_ms = $6
		WHERE shop_id = $1 AND id = $2 AND state = 'pending'`
	sqlPending = `SELECT shop_id, document FROM billing_charge WHERE shop_id > 0 AND state = 'pending' ORDER BY made_ms LIMIT 500`

	sqlPutSetup = `
		INSERT INTO billing_setup (shop_id, id, ref, state, made_ms)
		VALUES ($1, $2, '', 'open', $3)
		ON CONFLICT DO NOTHING`
	sqlSetup     = `SELECT id, ref, state, made_ms FROM billing_setup WHERE shop_id = $1 AND id = $2`
	sqlSetupRef  = `UPDATE billing_setup SET ref = $3 WHERE shop_id = $1 AND id = $2 AND state = 'open'`
	sqlSetupDone = `UPDATE billing_setup SET state = $3 WHERE shop_id = $1 AND id = $2 AND state = 'open'`
	sqlSetups    = `SELECT shop_id, id FROM billing_setup WHERE shop_id > 0 AND state = 'open' ORDER BY made_ms LIMIT 500`
)

type recipientRow struct {
	id     int64
	owner  id.Account
	sealed vault.Sealed
}

func scanRecipient(r db.Row) (v recipientRow, err error) {
	err = r.Scan(&v.id, &v.owner, &v.sealed)
	return v, err
}

func scanCharge(r db.Row) (c Charge, err error) {
	err = r.Scan(&c.ID, &c.Document, &c.Attempt, &c.Why, &c.Amount, &c.Saved, &c.Holder, &c.State, &c.Ref, &c.Reason, &c.Made, &c.Done)
	return c, err
}

func scanSetup(r db.Row) (s Setup, err error) {
	err = r.Scan(&s.ID, &s.Ref, &s.State, &s.Made)
	return s, err
}
