package account

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	sqlInsert = `
		INSERT INTO account (shop_id, id, population, name, email, lang, made_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	sqlSelect = `
		SELECT id, population, name, email, lang, made_ms
		FROM account
		WHERE shop_id = $1 AND id = $2`
)

func insert(ctx context.Context, tx *db.Tx, a Account) error {
	_, err := tx.Exec(ctx, sqlInsert, id.Platform, a.ID, int64(a.Population), a.Name, a.Email, string(a.Lang), a.Made)
	return err
}

func scan(r db.Row) (a Account, err error) {
	err = r.Scan(&a.ID, &a.Population, &a.Name, &a.Email, &a.Lang, &a.Made)
	return a, err
}

func selectOne(ctx context.Context, r db.Reader, account id.Account) (Account, error) {
	return db.One(ctx, r, scan, sqlSelect, id.Platform, account)
}
