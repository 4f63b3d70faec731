package shelf

import (
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

const (
	sqlMost = `COALESCE((
				SELECT MAX(s.on_hand - s.held) FROM variant v
				JOIN stock s ON s.shop_id = v.shop_id AND s.variant_id = v.id
				WHERE v.shop_id = p.shop_id AND v.product_id = p.id), 0)`

	// What lists show of what is showing, at a moment that the statement names twice.
	sqlListed = `p.members <> 'see' AND NOT p.unlisted AND (p.base_price IS NOT NULL OR p.price_max > 0)
			AND (NOT p.hide_sold_out OR p.uncounted OR ` + sqlMost + ` > 0)
			AND p.sale_from_ms <= `
	sqlUntil = ` AND (p.sale_until_ms = 0 OR p.sale_until_ms > `

	sqlCard = `SELECT p.id, p.handle, p.name, p.name_en, p.tax_class, p.position, p.price_min, p.price_max,
			CASE WHEN p.uncounted THEN 1 ELSE ` + sqlMost + ` END,
			COALESCE(i.id, 0), COALESCE(i.digest, ''), COALESCE(i.width, 0), COALESCE(i.height, 0),
			COALESCE(i.alt, ''), COALESCE(i.alt_en, ''), COALESCE(i.files, '')
		FROM product p
		LEFT JOIN product_image i ON i.shop_id = p.shop_id AND i.id = p.image_id
		`
	sqlPicks = sqlCard + `JOIN product_pick k ON k.shop_id = p.shop_id AND k.product_id = p.id
		WHERE p.shop_id = $1 AND p.state = 'showing' AND k.list = $2 AND ` + sqlListed + `$4` + sqlUntil + `$4)
		ORDER BY k.position, p.id
		LIMIT $3 + 0` // see listSQL

	sqlProduct = `SELECT ` + catalog.ProductColumns + `
		FROM product p
		WHERE p.shop_id = $1 AND p.handle = $2 AND p.state = 'showing'`
	sqlVariants = `SELECT ` + catalog.VariantColumns + `,
			COALESCE(s.on_hand - s.held, 0)
		FROM variant v
		LEFT JOIN stock s ON s.shop_id = v.shop_id AND s.variant_id = v.id
		WHERE v.shop_id = $1 AND v.product_id = $2
		ORDER BY v.position, v.id`
	sqlImages = `SELECT id, digest, width, height, alt, alt_en, files
		FROM product_image
		WHERE shop_id = $1 AND product_id = $2
		ORDER BY position, id`
	sqlImagesByID = `SELECT id, digest, width, height, alt, alt_en, files
		FROM product_image
		WHERE `
	sqlCategories = `SELECT category_id
		FROM product_category
		WHERE shop_id = $1 AND product_id = $2
		ORDER BY category_id`
	// The two versions only grow, so their sum grows with either. The numbers of sales that have begun and ended grow with
	// time, and with a change of a product, with which a version grows too: it weighs more than all of them.
	sqlVersion = `SELECT
		(COALESCE((SELECT version FROM catalog_version WHERE shop_id = $1), 0) +
		COALESCE((SELECT version FROM stock_version WHERE shop_id = $1), 0)) * 4194304 +
		(SELECT count(*) FROM product WHERE shop_id = $1 AND sale_from_ms > 0 AND sale_from_ms <= $2) +
		(SELECT count(*) FROM product WHERE shop_id = $1 AND sale_until_ms > 0 AND sale_until_ms <= $2)`
)

// order is the list's order, and what lies beyond a cursor in it.
func (k Sort) order() (by, beyond string) {
	switch k {
	case Newest:
		return ` ORDER BY p.id DESC`, "p.id < ?"
	case PriceLow:
		return ` ORDER BY p.price_min, p.id DESC`, "(p.price_min > ? OR (p.price_min = ? AND p.id < ?))"
	case PriceHigh:
		return ` ORDER BY p.price_min DESC, p.id DESC`, "(p.price_min, p.id) < (?, ?)"
	}
	return ` ORDER BY p.position, p.id DESC`, "(p.position > ? OR (p.position = ? AND p.id < ?))"
}

func listSQL(shop id.Shop, now int64, q Query) (string, []any) {
	w := db.NewWhere("p.shop_id = ? AND p.state = 'showing'", shop)
	w.And(sqlListed+"?"+sqlUntil+"?)", now, now)
	if q.Group != 0 {
		w.And(`p.id IN (
			SELECT g.product_id FROM group_product g
			WHERE g.shop_id = ? AND g.group_id = ?)`, shop, q.Group)
	}
	if len(q.Categories) > 0 {
		args := []any{shop}
		for _, c := range q.Categories {
			args = append(args, c)
		}
		w.And(`p.id IN (
			SELECT pc.product_id FROM product_category pc
			WHERE pc.shop_id = ? AND pc.category_id IN (`+strings.TrimSuffix(strings.Repeat("?,", len(q.Categories)), ",")+"))", args...)
	}
	if q.Text != "" {
		w.And(`p.search_text LIKE ? ESCAPE '\'`, catalog.Like(q.Text))
	}
	by, beyond := q.Sort.order()
	if !q.After.IsZero() {
		key, n := q.After.Key, q.After.ID
		w.And(beyond, map[int][]any{1: {n}, 2: {key, n}, 3: {key, key, n}}[strings.Count(beyond, "?")]...)
	}
	// SQLite looks at a bare bound LIMIT when it plans, and so plans anew each time; not at a sum.
	limit := w.Arg(q.Limit+1) + " + 0"
	return sqlCard + "WHERE " + w.Text() + by + " LIMIT " + limit, w.Args()
}

func scanCard(r db.Row) (c Card, err error) {
	var files string
	var left int64
	i := &c.Image
	err = r.Scan(&c.ID, &c.Handle, &c.Name, &c.NameEn, &c.Tax, &c.Position, &c.PriceMin, &c.PriceMax, &left,
		&i.ID, &i.Digest, &i.Width, &i.Height, &i.Alt, &i.AltEn, &files)
	c.SoldOut = left <= 0
	if err == nil {
		i.Files, err = catalog.ReadFiles(files)
	}
	return c, err
}

type variant struct {
	variant catalog.Variant
	left    int64
}

func scanVariant(r db.Row) (v variant, err error) {
	v.variant, err = catalog.ScanVariant(r, &v.left)
	return v, err
}

func scanImage(r db.Row) (i catalog.Image, err error) {
	var files string
	if err = r.Scan(&i.ID, &i.Digest, &i.Width, &i.Height, &i.Alt, &i.AltEn, &files); err == nil {
		i.Files, err = catalog.ReadFiles(files)
	}
	return i, err
}

func scanCategory(r db.Row) (c id.Category, err error) {
	err = r.Scan(&c)
	return c, err
}

func scanInt(r db.Row) (n int64, err error) {
	err = r.Scan(&n)
	return n, err
}
