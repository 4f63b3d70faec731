package sheet

import (
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/kana"
	"github.com/noren-shop/noren/internal/commerce/inventory"
)

const (
	sqlList = `SELECT v.id, COALESCE(s.on_hand, 0), COALESCE(s.held, 0), p.id, v.position
		FROM product p
		JOIN variant v ON v.shop_id = p.shop_id AND v.product_id = p.id
		LEFT JOIN stock s ON s.shop_id = v.shop_id AND s.variant_id = v.id
		WHERE `
	sqlOrder  = ` ORDER BY p.id DESC, v.position, v.id LIMIT `
	sqlTotals = `SELECT v.product_id, CAST(SUM(COALESCE(s.on_hand, 0)) AS BIGINT), CAST(SUM(COALESCE(s.held, 0)) AS BIGINT)
		FROM variant v
		LEFT JOIN stock s ON s.shop_id = v.shop_id AND s.variant_id = v.id
		WHERE `
	sqlTotalsGroup = ` GROUP BY v.product_id`
)

func listWhere(shop id.Shop, q Query) *db.Where {
	w := db.NewWhere("p.shop_id = ?", shop)
	switch q.Filter {
	case Low:
		w.And("s.on_hand - s.held BETWEEN 1 AND ?", inventory.FewLeft)
	case SoldOut:
		w.And("COALESCE(s.on_hand - s.held, 0) = 0")
	}
	if q.Text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(kana.Fold(q.Text)) + "%"
		w.And(`p.search_text LIKE ? ESCAPE '\'`, like)
	}
	if q.Product != 0 {
		w.And("p.id = ?", q.Product)
	}
	if !q.After.IsZero() {
		w.And("(p.id < ? OR (p.id = ? AND v.position > ?))", q.After.Key, q.After.Key, q.After.ID)
	}
	return w
}

func scanRow(r db.Row) (v Row, err error) {
	err = r.Scan(&v.Variant, &v.OnHand, &v.Held, &v.Product, &v.position)
	return v, err
}

func scanTotal(r db.Row) (v Row, err error) {
	err = r.Scan(&v.Product, &v.OnHand, &v.Held)
	return v, err
}
