package sweep

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// Files deletes the files of pictures that nothing shows any more: no product, and not the shop itself.
type Files struct {
	DB       *db.DB
	Pictures *picture.Service
	Catalog  *catalog.Service
	Tenants  *tenant.Service
}

// Collect goes through every shop. A shop that fails does not keep the others from theirs.
func (f *Files) Collect(ctx context.Context) error {
	all := scope(id.Platform)
	all.Actor = all.Actor.With(actor.OperateShops)
	var list []tenant.Shop
	err := f.DB.Across("whose pictures are to be looked through").Read(ctx, all, func(r db.Reader) (err error) {
		list, err = f.Tenants.List(ctx, r)
		return err
	})
	if err != nil {
		return fmt.Errorf("list shops: %w", err)
	}
	var failed error
	for _, s := range list {
		one := scope(s.ID)
		one.Actor = one.Actor.With(actor.BrowseShop)
		if _, err := f.Pictures.Collect(ctx, f.DB, one, f.Catalog.FileDigests, f.own); err != nil {
			failed = errors.Join(failed, fmt.Errorf("collect pictures of shop %s: %w", id.String(s.ID), err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

// own are the shop's hero and logo. A picture's name is its digest, with width and ending for people.
func (f *Files) own(ctx context.Context, r db.Reader) (map[string]bool, error) {
	shop, err := f.Tenants.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, name := range []string{shop.Hero, shop.Logo} {
		if i := strings.IndexAny(name, "-."); i >= 0 {
			name = name[:i]
		}
		used[name] = true
	}
	return used, nil
}
