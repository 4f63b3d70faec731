package tenant

import (
	"context"
	"errors"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/vault"
)

const (
	sqlInsertHost = `
		INSERT INTO shop_host (host, shop_id, main)
		VALUES ($1, $2, true)
		ON CONFLICT (host) DO NOTHING`
	sqlInsertAccount = `
		INSERT INTO shop_account (no, shop_id)
		VALUES ($1, $2)
		ON CONFLICT (no) DO NOTHING`
	sqlSelectHost = `SELECT shop_id FROM shop_host WHERE host = $1`
	sqlInsertShop = `
		INSERT INTO shop (shop_id, handle, name, tagline, about, sells, theme, hero, logo, state, rounding, delivery, payment_time,
			returns, legal_done, made_ms, opened_ms, version, account_no)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`
	columns = `shop_id, handle, name, tagline, about, sells, theme, hero, logo, state, rounding, delivery, payment_time, returns,
			legal_done, made_ms, opened_ms, version, account_no`
	sqlSelectShop  = `SELECT ` + columns + ` FROM shop WHERE shop_id = $1`
	sqlSelectShops = `SELECT ` + columns + ` FROM shop WHERE shop_id > 0 ORDER BY made_ms, shop_id LIMIT 1000`
	sqlUpdateShop  = `
		UPDATE shop
		SET name = $3, tagline = $4, about = $5, sells = $6, theme = $7, hero = $8, logo = $9, state = $10, rounding = $11,
			delivery = $12, payment_time = $13, returns = $14, legal_done = $15, opened_ms = $16, version = $17
		WHERE shop_id = $1 AND version = $2`
	sqlPutLegal = `
		INSERT INTO legal (shop_id, of_shop, owner, particulars, version)
		VALUES ($1, $2, $3, $4, 1)
		ON CONFLICT (shop_id, of_shop) DO UPDATE
		SET owner = excluded.owner, particulars = excluded.particulars, version = legal.version + 1`
	sqlSelectLegal = `
		SELECT owner, particulars, version
		FROM legal
		WHERE shop_id = $1 AND of_shop = $2`
)

func insertHost(ctx context.Context, tx *db.Tx, host string, shop id.Shop) (int64, error) {
	return tx.Exec(ctx, sqlInsertHost, host, shop)
}

// insertAccount takes an account number; 0 says that it is another's.
func insertAccount(ctx context.Context, tx *db.Tx, no string, shop id.Shop) (int64, error) {
	return tx.Exec(ctx, sqlInsertAccount, no, shop)
}

func selectHost(ctx context.Context, r db.Reader, host string) (shop id.Shop, ok bool, err error) {
	err = r.QueryRow(ctx, sqlSelectHost, host).Scan(&shop)
	if errors.Is(err, db.ErrNone) {
		return 0, false, nil
	}
	return shop, err == nil, err
}

func insertShop(ctx context.Context, tx *db.Tx, s Shop) error {
	_, err := tx.Exec(ctx, sqlInsertShop, s.ID, s.Handle, s.Name, s.Tagline, s.About, s.Sells, s.Theme, s.Hero, s.Logo,
		string(s.State), string(s.Rounding), s.Delivery, s.PaymentTime, s.Returns, s.LegalDone, s.Made, s.Opened, s.Version, s.Account)
	return err
}

func updateShop(ctx context.Context, tx *db.Tx, s Shop, version int64) (int64, error) {
	return tx.Exec(ctx, sqlUpdateShop, s.ID, version, s.Name, s.Tagline, s.About, s.Sells, s.Theme, s.Hero, s.Logo,
		string(s.State), string(s.Rounding), s.Delivery, s.PaymentTime, s.Returns, s.LegalDone, s.Opened, s.Version)
}

func scanShop(r db.Row) (s Shop, err error) {
	err = r.Scan(&s.ID, &s.Handle, &s.Name, &s.Tagline, &s.About, &s.Sells, &s.Theme, &s.Hero, &s.Logo, &s.State, &s.Rounding,
		&s.Delivery, &s.PaymentTime, &s.Returns, &s.LegalDone, &s.Made, &s.Opened, &s.Version, &s.Account)
	return s, err
}

func selectShop(ctx context.Context, r db.Reader) (Shop, error) {
	s, err := db.One(ctx, r, scanShop, sqlSelectShop, r.Shop())
	if errors.Is(err, db.ErrNone) {
		return Shop{}, errNoShop
	}
	return s, err
}

func selectShops(ctx context.Context, r db.Reader) ([]Shop, error) {
	return db.All(ctx, r, scanShop, sqlSelectShops)
}

func putLegal(ctx context.Context, tx *db.Tx, shop id.Shop, owner id.Account, sealed vault.Sealed) error {
	_, err := tx.Exec(ctx, sqlPutLegal, id.Platform, shop, owner, sealed)
	return err
}

type legalRow struct {
	owner   id.Account
	sealed  vault.Sealed
	version int64
}

func scanLegal(r db.Row) (l legalRow, err error) {
	err = r.Scan(&l.owner, &l.sealed, &l.version)
	return l, err
}

func selectLegal(ctx context.Context, r db.Reader, shop id.Shop) (legalRow, error) {
	return db.One(ctx, r, scanLegal, sqlSelectLegal, id.Platform, shop)
}
