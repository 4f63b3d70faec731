package sale

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

const selectItems = `
	SELECT v.id, p.id, p.handle, p.name, p.name_en, v.model, v.price, p.tax_class, p.image_id, p.state,
		p.base_price IS NOT NULL OR NOT v.follows, COALESCE(v.member_price, p.member_price, v.price), p.members,
		p.min_quantity, p.max_quantity, p.sale_from_ms, p.sale_until_ms, p.uncounted,
		COALESCE(a.name, ''), COALESCE(a.name_en, ''), COALESCE(b.name, ''), COALESCE(b.name_en, ''),
		COALESCE(c.name, ''), COALESCE(c.name_en, '')
	FROM variant v
	JOIN product p ON p.shop_id = v.shop_id AND p.id = v.product_id
	LEFT JOIN option_value a ON a.shop_id = v.shop_id AND a.id = v.value1
	LEFT JOIN option_value b ON b.shop_id = v.shop_id AND b.id = v.value2
	LEFT JOIN option_value c ON c.shop_id = v.shop_id AND c.id = v.value3
	WHERE `

type label struct{ ja, en string }

type itemRow struct {
	item         Item
	name, nameEn string
	state        catalog.State
	terms        catalog.Terms
	priced       bool
	member       int64 // the price for members
	values       [catalog.MaxAxes]label
}

func scanItem(row db.Row) (i itemRow, err error) {
	it, v := &i.item, &i.values
	err = row.Scan(&it.Variant, &it.Product, &it.Handle, &i.name, &i.nameEn, &it.Model, &it.Price, &it.Class, &it.Image, &i.state, &i.priced, &i.member,
		&i.terms.Members, &it.Least, &it.Most, &i.terms.SaleFrom, &it.Until, &it.Uncounted,
		&v[0].ja, &v[0].en, &v[1].ja, &v[1].en, &v[2].ja, &v[2].en)
	return i, err
}

func items(ctx context.Context, r db.Reader, ids []id.Variant) ([]itemRow, error) {
	w := db.In(db.NewWhere("v.shop_id = ?", r.Shop()), "v.id", ids)
	return db.All(ctx, r, scanItem, selectItems+w.Text(), w.Args()...)
}
