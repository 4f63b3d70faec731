package switches

import (
	"time"

	"github.com/noren-shop/noren/internal/base/db"
)

const (
	columns = `name, of_shop, of_app, on_ms, until_ms, account, who, reason, renewals, off_ms, asker, asked_by`
	sqlOn   = `SELECT ` + columns + ` FROM safety_switch WHERE shop_id = 0`
	sqlGet  = sqlOn + ` AND name = $1 AND of_shop = $2 AND of_app = $3`

	sqlTurnOn = `
		INSERT INTO safety_switch (shop_id, name, of_shop, of_app, on_ms, until_ms, account, who, reason, renewals, off_ms, asker, asked_by)
		VALUES (0, $1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, '')
		ON CONFLICT (shop_id, name, of_shop, of_app) DO UPDATE
		SET on_ms = excluded.on_ms, until_ms = excluded.until_ms, account = excluded.account, who = excluded.who,
			reason = excluded.reason, renewals = excluded.renewals, off_ms = 0, asker = 0, asked_by = ''`
	sqlAsk = `
		UPDATE safety_switch
		SET off_ms = $4, asker = $5, asked_by = $6
		WHERE shop_id = 0 AND name = $1 AND of_shop = $2 AND of_app = $3`
	sqlLift = `DELETE FROM safety_switch WHERE shop_id = 0 AND name = $1 AND of_shop = $2 AND of_app = $3`
	sqlNote = `
		INSERT INTO safety_switch_change (shop_id, id, at_ms, name, of_shop, of_app, act, account, who, reason, until_ms)
		VALUES (0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (shop_id, id) DO NOTHING`
	sqlChanges = `
		SELECT at_ms, name, of_shop, of_app, act, account, who, reason, until_ms
		FROM safety_switch_change
		WHERE shop_id = 0
		ORDER BY at_ms DESC, id DESC
		LIMIT 100`
)

func scanSwitch(r db.Row) (w Switch, err error) {
	var on, until, off int64
	err = r.Scan(&w.Name, &w.Target.Shop, &w.Target.App, &on, &until, &w.Account, &w.Who, &w.Reason, &w.Renewals, &off, &w.Asker, &w.AskedBy)
	w.Since, w.Until, w.OffAt = at0(on), at0(until), at0(off)
	return w, err
}

func scanChange(r db.Row) (c Change, err error) {
	var at, until int64
	err = r.Scan(&at, &c.Name, &c.Target.Shop, &c.Target.App, &c.Act, &c.Account, &c.Who, &c.Reason, &until)
	c.At, c.Until = at0(at), at0(until)
	return c, err
}

// at0 is a stored time; 0 is none.
func at0(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
