package register

import (
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

const (
	sqlProducts = `SELECT ` + catalog.ProductColumns + `
		FROM product p
		WHERE `
	sqlCount = `SELECT count(*) FROM product p WHERE `

	counts = `
		FROM product p
		JOIN variant v ON v.shop_id = p.shop_id AND v.product_id = p.id
		LEFT JOIN stock s ON s.shop_id = v.shop_id AND s.variant_id = v.id
		WHERE `
	sqlStock      = `SELECT ` + catalog.VariantColumns + `, COALESCE(s.on_hand, 0)` + counts
	sqlCountStock = `SELECT count(*)` + counts
	sqlStockOrder = ` ORDER BY p.made_ms DESC, p.id DESC, v.position, v.id LIMIT `

	sqlVariants = `SELECT ` + catalog.VariantColumns + `, COALESCE(s.on_hand, 0)
		FROM variant v
		LEFT JOIN stock s ON s.shop_id = v.shop_id AND s.variant_id = v.id
		WHERE `
	sqlVariantsOrder = ` ORDER BY v.product_id, v.position, v.id`
	sqlImages        = `SELECT i.product_id, i.id, i.digest, i.width, i.height, i.alt, i.alt_en, i.files, i.position
		FROM product_image i
		WHERE `
	sqlImagesOrder = ` ORDER BY i.product_id, i.position, i.id`
	sqlCategories  = `SELECT c.product_id, c.category_id
		FROM product_category c
		WHERE `
	sqlCategoriesOrder = ` ORDER BY c.product_id, c.category_id`
	sqlGroups          = `SELECT g.product_id, g.group_id
		FROM group_product g
		WHERE `
	sqlGroupsOrder = ` ORDER BY g.product_id, g.group_id`
	sqlPicks       = `SELECT k.list, k.product_id, k.position, k.made_ms, k.updated_ms
		FROM product_pick k
		WHERE `
	sqlPicksOrder = ` ORDER BY k.product_id, k.list`

	// A product's stock in all, and whether one of its variants has sold out lately.
	productStock = `NOT p.uncounted AND COALESCE((
		SELECT SUM(s.on_hand) FROM variant v
		JOIN stock s ON s.shop_id = v.shop_id AND s.variant_id = v.id
		WHERE v.shop_id = p.shop_id AND v.product_id = p.id), 0) <= ?`
	productZero = `(NOT p.uncounted AND EXISTS (
		SELECT 1 FROM variant v
		JOIN stock s ON s.shop_id = v.shop_id AND s.variant_id = v.id AND s.on_hand = 0
		JOIN stock_movement m ON m.shop_id = v.shop_id AND m.variant_id = v.id AND m.delta < 0 AND m.at_ms >= ?
		WHERE v.shop_id = p.shop_id AND v.product_id = p.id))`
	variantStock = `NOT p.uncounted AND COALESCE(s.on_hand, 0) <= ?`
	variantZero  = `(NOT p.uncounted AND COALESCE(s.on_hand, 0) = 0 AND EXISTS (
		SELECT 1 FROM stock_movement m
		WHERE m.shop_id = v.shop_id AND m.variant_id = v.id AND m.delta < 0 AND m.at_ms >= ?))`
)

func (q Query) where(shop id.Shop, stock, zero string) *db.Where {
	w := db.NewWhere("p.shop_id = ?", shop)
	if len(q.IDs) > 0 {
		db.In(w, "p.id", q.IDs)
	}
	for _, in := range q.Within {
		w.And(`p.id IN (
			SELECT pc.product_id FROM product_category pc
			WHERE pc.shop_id = ? AND pc.category_id IN (`+marks(len(in))+`))`, args(shop, in)...)
	}
	if len(q.Groups) > 0 {
		w.And(`p.id IN (
			SELECT gp.product_id FROM group_product gp
			WHERE gp.shop_id = ? AND gp.group_id IN (`+marks(len(q.Groups))+`))`, args(shop, q.Groups)...)
	}
	if q.Name != "" {
		w.And(`p.name LIKE ? ESCAPE '\'`, part(q.Name))
	}
	if q.Model != "" {
		w.And(`(p.model LIKE ? ESCAPE '\' OR p.id IN (
			SELECT m.product_id FROM variant m
			WHERE m.shop_id = ? AND m.model LIKE ? ESCAPE '\'))`, part(q.Model), shop, part(q.Model))
	}
	if q.JAN != "" {
		w.And(`p.id IN (
			SELECT j.product_id FROM variant j
			WHERE j.shop_id = ? AND j.jan = ?)`, shop, q.JAN)
	}
	switch {
	case q.Display == nil:
	case q.Display.Hidden:
		w.And("p.state <> 'showing'")
	default:
		w.And("p.state = 'showing' AND p.members = ?", string(q.Display.Members))
	}
	if q.MostStock != nil {
		w.And(stock, *q.MostStock)
	}
	if q.Counted != nil {
		w.And("p.uncounted = ?", !*q.Counted)
	}
	if q.RecentZero != nil {
		if !*q.RecentZero {
			zero = "NOT " + zero
		}
		w.And(zero, q.Since)
	}
	for _, r := range []struct {
		column string
		Range
	}{{"p.made_ms", q.Made}, {"p.updated_ms", q.Updated}, {"p.base_price", q.Base}, {"p.list_price", q.List}, {"p.member_price", q.Member}} {
		if r.Min != nil {
			w.And(r.column+" >= ?", *r.Min)
		}
		if r.Max != nil {
			w.And(r.column+" <= ?", *r.Max)
		}
	}
	return w
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

func args[T any](shop id.Shop, list []T) []any {
	out := []any{shop}
	for _, v := range list {
		out = append(out, v)
	}
	return out
}

// part is a LIKE pattern for a part of a text as it stands.
func part(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s) + "%"
}

func (q Query) order() string {
	var by []string
	for _, o := range q.Sort {
		way := ""
		if o.Down {
			way = " DESC"
		}
		if o.Key == ByBase || o.Key == ByList || o.Key == ByMember {
			by = append(by, string(o.Key)+" IS NULL")
		}
		by = append(by, string(o.Key)+way)
	}
	if len(by) == 0 {
		by = append(by, "p.made_ms DESC")
	}
	return ` ORDER BY ` + strings.Join(by, ", ") + `, p.id DESC`
}

func scanInt(r db.Row) (n int64, err error) {
	err = r.Scan(&n)
	return n, err
}

type counted struct {
	variant catalog.Variant
	onHand  int64
}

func scanCounted(r db.Row) (v counted, err error) {
	v.variant, err = catalog.ScanVariant(r, &v.onHand)
	return v, err
}

type owned[T any] struct {
	product id.Product
	thing   T
}

func scanOwned[T ~int64](r db.Row) (v owned[T], err error) {
	err = r.Scan(&v.product, &v.thing)
	return v, err
}

func scanImage(r db.Row) (v owned[catalog.Image], err error) {
	var files string
	i := &v.thing
	err = r.Scan(&v.product, &i.ID, &i.Digest, &i.Width, &i.Height, &i.Alt, &i.AltEn, &files, &i.Position)
	if err == nil {
		i.Files, err = catalog.ReadFiles(files)
	}
	return v, err
}
