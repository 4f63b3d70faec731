package grant

import (
	"context"
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/secret"
)

func exec(ctx context.Context, tx *db.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}

func upsertClient(ctx context.Context, tx *db.Tx, c client) error {
	return exec(ctx, tx, `
		INSERT INTO app_client (client_id, app, release, developer, secret, redirects, scopes, modern, stopped, per_day)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (client_id) DO UPDATE
		SET release = excluded.release, secret = excluded.secret, redirects = excluded.redirects, scopes = excluded.scopes,
			modern = excluded.modern`,
		c.id, c.app, c.release, c.developer, c.secret, strings.Join(c.redirects, "\n"), strings.Join(c.scopes, " "), c.modern, c.stopped, c.perDay)
}

func scanClient(r db.Row) (c client, err error) {
	var redirects, scopes string
	err = r.Scan(&c.id, &c.app, &c.release, &c.developer, &c.secret, &redirects, &scopes, &c.modern, &c.stopped, &c.perDay)
	c.redirects, c.scopes = strings.Split(redirects, "\n"), strings.Fields(scopes)
	return c, err
}

func selectClient(ctx context.Context, r db.Reader, clientID string) (client, error) {
	return db.One(ctx, r, scanClient, `
		SELECT client_id, app, release, developer, secret, redirects, scopes, modern, stopped, per_day
		FROM app_client
		WHERE client_id = $1`, clientID)
}

func selectClientOf(ctx context.Context, r db.Reader, app int64) (client, error) {
	return db.One(ctx, r, scanClient, `
		SELECT client_id, app, release, developer, secret, redirects, scopes, modern, stopped, per_day
		FROM app_client
		WHERE app = $1`, app)
}

func setStopped(ctx context.Context, tx *db.Tx, app int64, stopped bool) (int64, error) {
	return tx.Exec(ctx, `UPDATE app_client SET stopped = $2 WHERE app = $1`, app, stopped)
}

func setPerDay(ctx context.Context, tx *db.Tx, app int64, persons int) (int64, error) {
	return tx.Exec(ctx, `UPDATE app_client SET per_day = $2 WHERE app = $1`, app, int64(persons))
}

func upsertGrant(ctx context.Context, tx *db.Tx, g grant) error {
	return exec(ctx, tx, `
		INSERT INTO app_grant (shop_id, app, release, account, scopes, since_ms)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (shop_id, app) DO UPDATE
		SET release = excluded.release, account = excluded.account, scopes = excluded.scopes`,
		g.shop, g.app, g.release, g.account, strings.Join(g.scopes, " "), tx.NowMS())
}

func selectGrant(ctx context.Context, r db.Reader, shop, app int64) (grant, error) {
	return db.One(ctx, r, func(r db.Row) (g grant, err error) {
		var scopes string
		err = r.Scan(&g.shop, &g.app, &g.release, &g.account, &scopes, &g.since)
		g.scopes = strings.Fields(scopes)
		return g, err
	}, `
		SELECT shop_id, app, release, account, scopes, since_ms
		FROM app_grant
		WHERE shop_id = $1 AND app = $2`, shop, app)
}

func deleteGrant(ctx context.Context, tx *db.Tx, shop, app int64) error {
	return exec(ctx, tx, `DELETE FROM app_grant WHERE shop_id = $1 AND app = $2`, shop, app)
}

func insertToken(ctx context.Context, tx *db.Tx, t token) error {
	return exec(ctx, tx, `
		INSERT INTO app_token (token, kind, family, shop_id, app, scopes, redirect, challenge, used, made_ms, expires_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE, $9, $10)`,
		t.digest, t.kind, t.family, t.shop, t.app, strings.Join(t.scopes, " "), t.redirect, t.challenge, tx.NowMS(), t.expires)
}

func selectToken(ctx context.Context, r db.Reader, digest secret.Digest) (token, error) {
	return db.One(ctx, r, func(r db.Row) (t token, err error) {
		var scopes string
		err = r.Scan(&t.digest, &t.kind, &t.family, &t.shop, &t.app, &scopes, &t.redirect, &t.challenge, &t.used, &t.made, &t.expires)
		t.scopes = strings.Fields(scopes)
		return t, err
	}, `
		SELECT token, kind, family, shop_id, app, scopes, redirect, challenge, used, made_ms, expires_ms
		FROM app_token
		WHERE token = $1`, digest)
}

// useToken marks a token as used, once.
func useToken(ctx context.Context, tx *db.Tx, digest secret.Digest, keepUntil int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE app_token
		SET used = TRUE, expires_ms = $2
		WHERE token = $1 AND NOT used`, digest, keepUntil)
}

// selectAccess finds an access token with its grant and its client; without either there is none.
func selectAccess(ctx context.Context, r db.Reader, digest secret.Digest) (t token, g grant, c client, err error) {
	_, err = db.One(ctx, r, func(r db.Row) (struct{}, error) {
		var tScopes, gScopes, cScopes string
		err := r.Scan(&t.shop, &t.app, &tScopes, &t.made, &t.expires, &g.release, &g.account, &gScopes, &cScopes, &c.stopped, &c.perDay)
		t.scopes, g.scopes, c.scopes = strings.Fields(tScopes), strings.Fields(gScopes), strings.Fields(cScopes)
		return struct{}{}, err
	}, `
		SELECT t.shop_id, t.app, t.scopes, t.made_ms, t.expires_ms, g.release, g.account, g.scopes, c.scopes, c.stopped, c.per_day
		FROM app_token t
		JOIN app_grant g ON g.shop_id = t.shop_id AND g.app = t.app
		JOIN app_client c ON c.app = t.app
		WHERE t.token = $1 AND t.kind = 'access'`, digest)
	return t, g, c, err
}

func deleteTokens(ctx context.Context, tx *db.Tx, shop, app int64) error {
	return exec(ctx, tx, `DELETE FROM app_token WHERE shop_id = $1 AND app = $2`, shop, app)
}

func deleteFamily(ctx context.Context, tx *db.Tx, family int64) error {
	return exec(ctx, tx, `DELETE FROM app_token WHERE family = $1`, family)
}

func deleteExpired(ctx context.Context, tx *db.Tx, now int64) error {
	return exec(ctx, tx, `DELETE FROM app_token WHERE expires_ms <> 0 AND expires_ms < $1`, now)
}
