package checkout

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
)

// What a quote follows from has versions that only grow: the cart, the shop, its catalogue, its ways to send and to pay.
// None of the last two is ever deleted, so the sum of their versions only grows, too.
const lockCart = `
	UPDATE cart
	SET updated_ms = $3
	WHERE shop_id = $1 AND secret = $2
	RETURNING id, version,
		(SELECT s.version FROM shop s WHERE s.shop_id = $1),
		COALESCE((SELECT v.version FROM catalog_version v WHERE v.shop_id = $1), 0),
		(SELECT CAST(COALESCE(SUM(m.version), 0) AS BIGINT) FROM shipping_method m WHERE m.shop_id = $1),
		(SELECT CAST(COALESCE(SUM(p.version), 0) AS BIGINT) FROM payment_method p WHERE p.shop_id = $1)`

// A stamp names one state of everything that a quote follows from, but for the day.
type stamp struct {
	cart                                      id.Cart
	version, shop, catalog, shipping, payment int64
}

// lock takes the cart for the rest of the transaction, so that nobody else changes, confirms or places it meanwhile, and
// reads the stamp.
func lock(ctx context.Context, tx *db.Tx, tok secret.Token) (s stamp, err error) {
	if tok.IsZero() {
		return s, ErrEmpty
	}
	d := tok.Digest()
	err = tx.QueryRow(ctx, lockCart, tx.Shop(), d[:], tx.NowMS()).Scan(&s.cart, &s.version, &s.shop, &s.catalog, &s.shipping, &s.payment)
	if errors.Is(err, db.ErrNone) {
		return s, empty(cart.ErrNone)
	}
	if err != nil {
		return s, fmt.Errorf("lock cart: %w", err)
	}
	return s, nil
}
