package sample

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/sample/goods"
)

// maxFind bounds the shops that Find looks for.
const maxFind = 1000

// Find gives the sample shops that a kept store has, as Seed told of them; none in an empty store. Passwords are those
// of the sowing: whoever has changed theirs knows it.
func Find(ctx context.Context, d *db.DB, domain string) (Result, error) {
	all, err := goods.Shops(maxFind, maxFind)
	if err != nil {
		return Result{}, err
	}
	var res Result
	err = d.Read(ctx, db.Scope{Request: "sample"}, func(r db.Reader) error {
		res = Result{}
		for _, g := range all {
			shop, ok, err := tenant.Host(ctx, r, g.Handle+"."+domain)
			if err != nil {
				return fmt.Errorf("find sample shops: %w", err)
			}
			if !ok {
				break
			}
			res.Operator = Login{OperatorEmail, Password}
			res.Shops = append(res.Shops, told(g, shop))
		}
		return nil
	})
	return res, err
}
