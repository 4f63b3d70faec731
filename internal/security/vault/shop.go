package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// A ShopKey is what everyone may know of a shop's key: enough to seal.
type ShopKey struct {
	Shop   id.Shop
	No     int64
	Public []byte
}

// CreateShop has the vault make the shop's key (once: asked again it gives the same). Store it with SaveShopKey in the
// transaction that makes the shop. The platform, shop 0, needs one too.
func (c *Client) CreateShop(ctx context.Context, shop id.Shop) (ShopKey, error) {
	k, err := ask[wire.ShopKey](ctx, c, wire.OpCreateShop, wire.ShopKey{Shop: int64(shop)})
	if err != nil {
		return ShopKey{}, fmt.Errorf("create shop's key: %w", err)
	}
	return ShopKey{Shop: id.Shop(k.Shop), No: k.No, Public: k.Public}, nil
}

// SaveShopKey stores a shop's public key in the transaction's shop. Storing it again changes nothing.
func SaveShopKey(ctx context.Context, tx *db.Tx, k ShopKey) error {
	if k.Shop != tx.Shop() {
		return fmt.Errorf("save shop's key: another shop")
	}
	return insertShopKey(ctx, tx, k)
}

// ErrNoShopKey means that SaveShopKey has not been called for the shop.
var ErrNoShopKey = errors.New("shop has no key")

// shopKey gives the key that new records are sealed to.
func (c *Client) shopKey(ctx context.Context, r db.Reader) (ShopKey, error) {
	c.mu.Lock()
	k, ok := c.keys[r.Shop()]
	c.mu.Unlock()
	if ok {
		return k, nil
	}
	k, err := selectShopKey(ctx, r)
	if errors.Is(err, db.ErrNone) {
		return ShopKey{}, ErrNoShopKey
	}
	if err != nil {
		return ShopKey{}, fmt.Errorf("read shop's key: %w", err)
	}
	c.keep(k) // also when the transaction rolls back: the vault has the key
	return k, nil
}

func (c *Client) keep(k ShopKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) > 10_000 {
		clear(c.keys)
	}
	c.keys[k.Shop] = k
}
