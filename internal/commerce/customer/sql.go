package customer

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	sqlInsert = `
		INSERT INTO member (shop_id, id, name, email, lang, made_ms)
		VALUES ($1, $2, $3, $4, $5, $6)`
	sqlSelect = `
		SELECT id, name, email, lang, made_ms
		FROM member
		WHERE shop_id = $1 AND id = $2`
)

func insert(ctx context.Context, tx *db.Tx, m Member) error {
	if _, err := tx.Exec(ctx, sqlInsert, tx.Shop(), m.ID, m.Name, m.Email, string(m.Lang), m.Made); err != nil {
		return fmt.Errorf("insert member: %w", err)
	}
	return nil
}

func scan(r db.Row) (m Member, err error) {
	err = r.Scan(&m.ID, &m.Name, &m.Email, &m.Lang, &m.Made)
	return m, err
}

func selectOne(ctx context.Context, r db.Reader, member id.Member) (Member, error) {
	return db.One(ctx, r, scan, sqlSelect, r.Shop(), member)
}
