package cart

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

const insertCart = `
	INSERT INTO cart (shop_id, id, secret, lang, version, updated_ms)
	VALUES ($1, $2, $3, $4, 1, $5)
	ON CONFLICT DO NOTHING`

const selectCart = `
	SELECT id, lang, version, updated_ms
	FROM cart
	WHERE shop_id = $1 AND secret = $2`

const selectLines = `
	SELECT variant_id, quantity
	FROM cart_line
	WHERE shop_id = $1 AND cart_id = $2
	ORDER BY added_ms, variant_id`

const touchCart = `
	UPDATE cart
	SET version = version + 1, updated_ms = $3
	WHERE shop_id = $1 AND id = $2`

const putLine = `
	INSERT INTO cart_line (shop_id, cart_id, variant_id, quantity, added_ms)
	VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (shop_id, cart_id, variant_id) DO UPDATE SET quantity = excluded.quantity`

const deleteLine = `
	DELETE FROM cart_line
	WHERE shop_id = $1 AND cart_id = $2 AND variant_id = $3`

const deleteLines = `
	DELETE FROM cart_line
	WHERE shop_id = $1 AND cart_id = $2`

const deleteCart = `
	DELETE FROM cart
	WHERE shop_id = $1 AND id = $2`

const selectStaleShops = `
	SELECT DISTINCT shop_id
	FROM cart
	WHERE updated_ms < $1
	LIMIT $2 + 0`

const selectStale = `
	SELECT id
	FROM cart
	WHERE shop_id = $1 AND updated_ms < $2
	ORDER BY updated_ms, id
	LIMIT $3 + 0`

func find(ctx context.Context, r db.Reader, d secret.Digest) (Cart, error) {
	var c Cart
	var lang string
	err := r.QueryRow(ctx, selectCart, r.Shop(), d[:]).Scan(&c.ID, &lang, &c.Version, &c.Updated)
	if errors.Is(err, db.ErrNone) {
		return Cart{}, ErrNone
	}
	if err != nil {
		return Cart{}, fmt.Errorf("read cart: %w", err)
	}
	c.Lang = i18n.Lang(lang)
	c.Lines, err = db.All(ctx, r, scanLine, selectLines, r.Shop(), c.ID)
	if err != nil {
		return Cart{}, fmt.Errorf("read cart's lines: %w", err)
	}
	return c, nil
}

func scanLine(row db.Row) (l Line, err error) {
	err = row.Scan(&l.Variant, &l.Quantity)
	return l, err
}

func create(ctx context.Context, tx *db.Tx, lang i18n.Lang) (Cart, error) {
	tok := secret.NewToken()
	d := tok.Digest()
	n, err := db.Insert(tx, func(n id.Cart) (int64, error) {
		return tx.Exec(ctx, insertCart, tx.Shop(), n, d[:], string(lang), tx.NowMS())
	})
	if err != nil {
		return Cart{}, fmt.Errorf("insert cart: %w", err)
	}
	return Cart{ID: n, Lang: lang, Version: 1, Updated: tx.NowMS(), Token: tok}, nil
}

func scanID(row db.Row) (n id.Cart, err error) {
	err = row.Scan(&n)
	return n, err
}
