package gateway

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const selectAll = `
	SELECT name, active, endpoint, public_key, api_key, notice_key, token, version
	FROM provider_account
	WHERE shop_id = $1
	ORDER BY name`

const rest = `
	UPDATE provider_account
	SET active = 0
	WHERE shop_id = $1 AND name <> $2`

const insert = `
	INSERT INTO provider_account (shop_id, name, active, endpoint, public_key, api_key, notice_key, token, version, changed_ms)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)
	ON CONFLICT DO NOTHING`

const update = `
	UPDATE provider_account
	SET active = $3, endpoint = $4, public_key = $5, api_key = $6, notice_key = $7, changed_ms = $8, version = version + 1
	WHERE shop_id = $1 AND name = $2 AND version = $9`

const heard = `
	INSERT INTO notice_seen (shop_id, provider, notice, ref, kind, sent_ms, seen_ms, times)
	VALUES ($1, $2, $3, $4, $5, $6, $7, 1)
	ON CONFLICT (shop_id, provider, notice) DO UPDATE
	SET times = notice_seen.times + 1
	WHERE notice_seen.shop_id = excluded.shop_id
	RETURNING times`

const selectHeard = `
	SELECT provider, notice, ref, kind, sent_ms, seen_ms, times
	FROM notice_seen
	WHERE shop_id = $1
	ORDER BY seen_ms DESC, provider, notice
	LIMIT $2 + 0`

const selectShops = `
	SELECT DISTINCT shop_id
	FROM provider_account
	ORDER BY shop_id`

func scan(row db.Row) (a Account, err error) {
	var active int64
	err = row.Scan(&a.Name, &active, &a.Endpoint, &a.Public, &a.Key, &a.Notices, &a.Token, &a.Version)
	a.Active = active != 0
	return a, err
}

func scanHeard(row db.Row) (h Heard, err error) {
	err = row.Scan(&h.Provider, &h.ID, &h.Ref, &h.Kind, &h.Sent, &h.At, &h.Times)
	return h, err
}

func scanShop(row db.Row) (s id.Shop, err error) { err = row.Scan(&s); return s, err }
