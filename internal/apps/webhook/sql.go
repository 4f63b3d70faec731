package webhook

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/security/vault"
)

const (
	sqlSecrets      = `SELECT no, sealed, made_ms, ends_ms FROM hook_secret WHERE shop_id = $1 AND app_id = $2 ORDER BY no DESC LIMIT 5`
	sqlInsertSecret = `INSERT INTO hook_secret (shop_id, app_id, no, sealed, made_ms, ends_ms) VALUES ($1, $2, $3, $4, $5, 0)`
	sqlEndSecrets   = `
		UPDATE hook_secret
		SET ends_ms = CASE WHEN no + 1 < $3 THEN made_ms ELSE $4 END
		WHERE shop_id = $1 AND app_id = $2 AND no < $3`

	hookColumns = `id, app_id, for_shop, event, url, made_ms`
	sqlHooks    = `SELECT ` + hookColumns + ` FROM hook_subscription WHERE shop_id = $1 AND app_id = $2 AND ended_ms = 0 ORDER BY id LIMIT 200`
	sqlHooksFor = `SELECT ` + hookColumns + ` FROM hook_subscription WHERE shop_id = $1 AND event = $2 AND app_id = $3 AND ended_ms = 0
		ORDER BY id LIMIT 200`
	sqlInsertHook = `
		INSERT INTO hook_subscription (shop_id, id, app_id, for_shop, event, url, made_ms, ended_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
		ON CONFLICT (shop_id, id) DO NOTHING`
	sqlEndHook = `UPDATE hook_subscription SET ended_ms = $4 WHERE shop_id = $1 AND app_id = $2 AND id = $3 AND ended_ms = 0`

	columns = `shop_id, id, app_id, subscription, kind, event, seq, url, body, state, tries, attempts, begun_ms, due_ms, made_ms, done_ms`
	sqlGet  = `SELECT ` + columns + ` FROM hook_delivery WHERE shop_id = $1 AND id = $2`
	sqlAdd  = `
		INSERT INTO hook_delivery (shop_id, id, app_id, subscription, kind, event, seq, url, body, state, tries, attempts, begun_ms,
			due_ms, made_ms, done_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', 0, 0, $10, $10, $10, 0)
		ON CONFLICT DO NOTHING`
	// A receiver that is slow has a few of its own tried at a time, whatever waits for it.
	sqlDue = `
		SELECT shop_id, id, app_id, due_ms
		FROM (
			SELECT shop_id, id, app_id, due_ms, ROW_NUMBER() OVER (PARTITION BY app_id ORDER BY due_ms, id) AS no
			FROM hook_delivery
			WHERE state = 'pending' AND due_ms <= $1) d
		WHERE no <= $2 + 0
		ORDER BY due_ms, id
		LIMIT 200`
	sqlClaim = `
		UPDATE hook_delivery
		SET due_ms = $4, tries = tries + 1, attempts = attempts + 1
		WHERE shop_id = $1 AND id = $2 AND state = 'pending' AND due_ms = $3`
	sqlAfter = `
		UPDATE hook_delivery
		SET state = $4, due_ms = $5, done_ms = $6
		WHERE shop_id = $1 AND id = $2 AND state = 'pending' AND due_ms = $3`
	sqlTried = `
		INSERT INTO hook_attempt (shop_id, delivery, no, at_ms, took_ms, status, error)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (shop_id, delivery, no) DO NOTHING`
	sqlAttempts = `SELECT no, at_ms, took_ms, status, error FROM hook_attempt WHERE shop_id = $1 AND delivery = $2 ORDER BY no DESC LIMIT 200`
	sqlOfApp    = `
		SELECT ` + columns + `
		FROM hook_delivery
		WHERE app_id = $1 AND ($2 = '' OR state = $2) AND id < $3
		ORDER BY id DESC
		LIMIT 100`
	sqlRange = `
		SELECT shop_id, id, app_id, due_ms
		FROM hook_delivery
		WHERE app_id = $1 AND ($2 = '' OR state = $2) AND state <> 'pending' AND made_ms >= $3 AND made_ms < $4 AND id > $5
		ORDER BY id
		LIMIT 500`
	sqlReplay = `
		UPDATE hook_delivery
		SET state = 'pending', tries = 0, begun_ms = $4, due_ms = $4, done_ms = 0
		WHERE shop_id = $1 AND id = $2 AND app_id = $3 AND state <> 'pending' AND done_ms >= $5`
	sqlCounts = `
		SELECT app_id, state, COUNT(*)
		FROM hook_delivery
		WHERE shop_id = $1 AND made_ms >= $2
		GROUP BY app_id, state`
	sqlForgetTries = `
		DELETE FROM hook_attempt
		WHERE shop_id >= 0 AND EXISTS (
			SELECT 1 FROM hook_delivery d
			WHERE d.shop_id = hook_attempt.shop_id AND d.id = hook_attempt.delivery AND d.state <> 'pending' AND d.done_ms < $1)`
	sqlForget = `DELETE FROM hook_delivery WHERE shop_id >= 0 AND state <> 'pending' AND done_ms < $1`
)

func selectSecrets(ctx context.Context, r db.Reader, app id.App) ([]Secret, error) {
	return db.All(ctx, r, func(row db.Row) (s Secret, err error) {
		err = row.Scan(&s.No, &s.sealed, &s.MadeMS, &s.EndsMS)
		return s, err
	}, sqlSecrets, id.Platform, app)
}

func insertSecret(ctx context.Context, tx *db.Tx, app id.App, no int64, sealed vault.Sealed) error {
	_, err := tx.Exec(ctx, sqlInsertSecret, id.Platform, app, no, sealed, tx.NowMS())
	return err
}

func endSecrets(ctx context.Context, tx *db.Tx, app id.App, newest, ends int64) error {
	_, err := tx.Exec(ctx, sqlEndSecrets, id.Platform, app, newest, ends)
	return err
}

func scanHook(r db.Row) (s Subscription, err error) {
	err = r.Scan(&s.ID, &s.App, &s.Shop, &s.Event, &s.URL, &s.MadeMS)
	return s, err
}

func selectHooks(ctx context.Context, r db.Reader, app id.App) ([]Subscription, error) {
	return db.All(ctx, r, scanHook, sqlHooks, id.Platform, app)
}

func selectHooksFor(ctx context.Context, r db.Reader, e outbox.Event, app id.App) ([]Subscription, error) {
	return db.All(ctx, r, scanHook, sqlHooksFor, id.Platform, string(e), app)
}

func scan(r db.Row) (d Delivery, err error) {
	err = r.Scan(&d.Shop, &d.ID, &d.App, &d.Hook, &d.Kind, &d.Event, &d.Seq, &d.URL, &d.Body, &d.State, &d.Tries, &d.Attempts, &d.BegunMS,
		&d.DueMS, &d.MadeMS, &d.DoneMS)
	return d, err
}

func scanDue(r db.Row) (d Due, err error) {
	err = r.Scan(&d.Shop, &d.ID, &d.App, &d.DueMS)
	return d, err
}

func insert(ctx context.Context, tx *db.Tx, d Delivery) (int64, error) {
	return tx.Exec(ctx, sqlAdd, tx.Shop(), d.ID, d.App, d.Hook, string(d.Kind), string(d.Event), d.Seq, d.URL, d.Body, tx.NowMS())
}
