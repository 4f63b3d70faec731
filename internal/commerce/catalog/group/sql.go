package group

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

const (
	sqlList = `SELECT id, parent_id, name, state, explanation, meta, position, made_ms, updated_ms
		FROM product_group
		WHERE shop_id = $1
		ORDER BY position, id`
	sqlGet = `SELECT id, parent_id, name, state, explanation, meta, position, made_ms, updated_ms
		FROM product_group
		WHERE shop_id = $1 AND id = $2`
	sqlPut = `INSERT INTO product_group (shop_id, id, parent_id, name, state, explanation, meta, position, made_ms, updated_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
		ON CONFLICT DO NOTHING`
	sqlChange = `UPDATE product_group
		SET parent_id = $3, name = $4, state = $5, explanation = $6, meta = $7, position = $8, updated_ms = $9
		WHERE shop_id = $1 AND id = $2`
	sqlClear = `DELETE FROM group_product WHERE shop_id = $1 AND product_id = $2`
	sqlInto  = `INSERT INTO group_product (shop_id, product_id, group_id)
		SELECT p.shop_id, p.id, $3
		FROM product p
		WHERE p.shop_id = $1 AND p.id = $2`
)

func scan(r db.Row) (g Group, err error) {
	var meta string
	err = r.Scan(&g.ID, &g.Parent, &g.Name, &g.State, &g.Explanation, &meta, &g.Position, &g.MadeMS, &g.UpdatedMS)
	if err == nil {
		g.Meta, err = catalog.ReadMeta(meta)
	}
	return g, err
}
