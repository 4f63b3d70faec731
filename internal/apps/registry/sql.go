package registry

import (
	"context"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	columns = `id, developer, client_id, name, name_en, about, about_en, home, manner, state, redirects, release_no, install_hook,
			uninstall_hook, made_ms, version`
	sqlSelectApp      = `SELECT ` + columns + ` FROM app WHERE shop_id = $1 AND id = $2`
	sqlSelectByClient = `SELECT ` + columns + ` FROM app WHERE shop_id = $1 AND client_id = $2`
	sqlSelectOwn      = `SELECT ` + columns + ` FROM app WHERE shop_id = $1 AND developer = $2 ORDER BY id DESC LIMIT 200`
	sqlSelectByState  = `SELECT ` + columns + ` FROM app WHERE shop_id = $1 AND state = $2 ORDER BY id DESC LIMIT 500`
	sqlInsertApp      = `
		INSERT INTO app (shop_id, id, developer, client_id, name, name_en, about, about_en, home, manner, state, redirects, release_no,
			install_hook, uninstall_hook, made_ms, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
	sqlUpdateApp = `
		UPDATE app
		SET name = $4, name_en = $5, about = $6, about_en = $7, home = $8, manner = $9, state = $10, redirects = $11, release_no = $12,
			install_hook = $13, uninstall_hook = $14, version = version + 1
		WHERE shop_id = $1 AND id = $2 AND version = $3`
	sqlInsertRelease = `
		INSERT INTO app_release (shop_id, app_id, no, scopes, notes, made_ms)
		VALUES ($1, $2, $3, $4, $5, $6)`
	sqlSelectRelease = `
		SELECT app_id, no, scopes, notes, made_ms
		FROM app_release
		WHERE shop_id = $1 AND app_id = $2 AND no = $3`
	sqlSelectReleases = `
		SELECT app_id, no, scopes, notes, made_ms
		FROM app_release
		WHERE shop_id = $1 AND app_id = $2
		ORDER BY no DESC
		LIMIT 200`
	sqlUpsertInstallation = `
		INSERT INTO installation (shop_id, app_id, release_no, scopes, account, since_ms, ended_ms, reason)
		VALUES ($1, $2, $3, $4, $5, $6, 0, '')
		ON CONFLICT (shop_id, app_id) DO UPDATE
		SET release_no = excluded.release_no, scopes = excluded.scopes, account = excluded.account, since_ms = excluded.since_ms,
			ended_ms = 0, reason = ''`
	sqlEndInstallation = `
		UPDATE installation
		SET ended_ms = $3, reason = $4
		WHERE shop_id = $1 AND app_id = $2`
	sqlSelectInstallation = `
		SELECT app_id, release_no, scopes, account, since_ms, ended_ms, reason
		FROM installation
		WHERE shop_id = $1 AND app_id = $2`
	sqlSelectInstallations = `
		SELECT app_id, release_no, scopes, account, since_ms, ended_ms, reason
		FROM installation
		WHERE shop_id = $1
		ORDER BY since_ms DESC, app_id
		LIMIT 500`
)

func scanApp(r db.Row) (a App, err error) {
	var redirects string
	err = r.Scan(&a.ID, &a.Developer, &a.ClientID, &a.Name, &a.NameEn, &a.About, &a.AboutEn, &a.Home, &a.Manner, &a.State, &redirects,
		&a.Release, &a.InstallHook, &a.UninstallHook, &a.MadeMS, &a.Version)
	a.Redirects = strings.Split(redirects, "\n")
	return a, err
}

func selectApp(ctx context.Context, r db.Reader, app id.App) (App, error) {
	return db.One(ctx, r, scanApp, sqlSelectApp, id.Platform, app)
}

func selectByClient(ctx context.Context, r db.Reader, clientID string) (App, error) {
	return db.One(ctx, r, scanApp, sqlSelectByClient, id.Platform, clientID)
}

func selectOwn(ctx context.Context, r db.Reader, developer id.Account) ([]App, error) {
	return db.All(ctx, r, scanApp, sqlSelectOwn, id.Platform, developer)
}

func selectByState(ctx context.Context, r db.Reader, state State) ([]App, error) {
	return db.All(ctx, r, scanApp, sqlSelectByState, id.Platform, string(state))
}

func insertApp(ctx context.Context, tx *db.Tx, a App) error {
	_, err := tx.Exec(ctx, sqlInsertApp, id.Platform, a.ID, a.Developer, a.ClientID, a.Name, a.NameEn, a.About, a.AboutEn, a.Home,
		string(a.Manner), string(a.State), strings.Join(a.Redirects, "\n"), a.Release, a.InstallHook, a.UninstallHook, a.MadeMS, a.Version)
	return err
}

func updateApp(ctx context.Context, tx *db.Tx, a App, version int64) (int64, error) {
	return tx.Exec(ctx, sqlUpdateApp, id.Platform, a.ID, version, a.Name, a.NameEn, a.About, a.AboutEn, a.Home, string(a.Manner),
		string(a.State), strings.Join(a.Redirects, "\n"), a.Release, a.InstallHook, a.UninstallHook)
}

func scanRelease(r db.Row) (rel Release, err error) {
	var list string
	err = r.Scan(&rel.App, &rel.No, &list, &rel.Notes, &rel.MadeMS)
	rel.Scopes = scopes(list)
	return rel, err
}

func scopes(list string) []actor.Scope {
	var out []actor.Scope
	for _, s := range strings.Fields(list) {
		out = append(out, actor.Scope(s))
	}
	return out
}

func insertRelease(ctx context.Context, tx *db.Tx, rel Release) error {
	_, err := tx.Exec(ctx, sqlInsertRelease, id.Platform, rel.App, rel.No, strings.Join(texts(rel.Scopes), " "), rel.Notes, tx.NowMS())
	return err
}

func selectRelease(ctx context.Context, r db.Reader, app id.App, no id.Release) (Release, error) {
	return db.One(ctx, r, scanRelease, sqlSelectRelease, id.Platform, app, no)
}

func selectReleases(ctx context.Context, r db.Reader, app id.App) ([]Release, error) {
	return db.All(ctx, r, scanRelease, sqlSelectReleases, id.Platform, app)
}

func upsertInstallation(ctx context.Context, tx *db.Tx, in Installation) error {
	_, err := tx.Exec(ctx, sqlUpsertInstallation, tx.Shop(), in.App, in.Release, strings.Join(texts(in.Scopes), " "), in.Account, in.SinceMS)
	return err
}

func endInstallation(ctx context.Context, tx *db.Tx, app id.App, why Reason) error {
	_, err := tx.Exec(ctx, sqlEndInstallation, tx.Shop(), app, tx.NowMS(), string(why))
	return err
}

func scanInstallation(r db.Row) (in Installation, err error) {
	var list string
	err = r.Scan(&in.App, &in.Release, &list, &in.Account, &in.SinceMS, &in.EndedMS, &in.Reason)
	in.Scopes = scopes(list)
	return in, err
}

func selectInstallation(ctx context.Context, r db.Reader, app id.App) (Installation, error) {
	return db.One(ctx, r, scanInstallation, sqlSelectInstallation, r.Shop(), app)
}

func selectInstallations(ctx context.Context, r db.Reader) ([]Installation, error) {
	return db.All(ctx, r, scanInstallation, sqlSelectInstallations, r.Shop())
}
