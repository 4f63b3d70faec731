package checks

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const columns = `watcher, page, outcome, first_ms, last_ms, looks, status, took_ms, certificate_ms, headers, files, differences`

const (
	sqlKeep = `
		INSERT INTO page_check (shop_id, id, watcher, page, hour_ms, digest, outcome, first_ms, last_ms, looks, status, took_ms, certificate_ms,
			headers, files, differences)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (shop_id, watcher, page, hour_ms, digest) DO UPDATE
		SET last_ms = excluded.last_ms, took_ms = excluded.took_ms, looks = page_check.looks + 1`
	sqlHeard = `
		INSERT INTO page_watcher (shop_id, name, address, seq, heard_ms)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (shop_id, name) DO UPDATE
		SET address = excluded.address, seq = excluded.seq, heard_ms = excluded.heard_ms`
	sqlPosition = `SELECT COALESCE(MAX(seq), 0) FROM page_watcher WHERE shop_id = $1 AND name = $2`
	sqlHeardOf  = `SELECT COALESCE(MAX(heard_ms), 0) FROM page_watcher WHERE shop_id = $1 AND address = $2`
	sqlWatchers = `SELECT name, address, heard_ms FROM page_watcher WHERE shop_id = $1`
	sqlLatest   = `
		SELECT ` + columns + `
		FROM page_check c
		WHERE shop_id = $1 AND last_ms >= $2
			AND last_ms = (SELECT MAX(last_ms) FROM page_check d WHERE d.shop_id = c.shop_id AND d.page = c.page)
		ORDER BY page, watcher`
	sqlHours = `
		SELECT hour_ms, CAST(SUM(looks) AS BIGINT), CAST(SUM(CASE WHEN outcome = 'same' THEN 0 ELSE looks END) AS BIGINT)
		FROM page_check
		WHERE shop_id = $1 AND last_ms >= $2 AND hour_ms >= $2
		GROUP BY hour_ms`
	sqlTroubles = `
		SELECT ` + columns + `
		FROM page_check
		WHERE shop_id = $1 AND outcome <> 'same'
		ORDER BY last_ms DESC, id
		LIMIT $2 + 0`
	sqlForget = `DELETE FROM page_check WHERE shop_id = $1 AND last_ms < $2`
)

func position(ctx context.Context, r db.Reader, watcher string) (seq int64, err error) {
	err = r.QueryRow(ctx, sqlPosition, id.Platform, watcher).Scan(&seq)
	return seq, err
}

func heardOf(ctx context.Context, r db.Reader, address string) (time.Time, error) {
	var ms int64
	err := r.QueryRow(ctx, sqlHeardOf, id.Platform, address).Scan(&ms)
	return time.UnixMilli(ms), err
}
