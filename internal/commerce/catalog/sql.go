package catalog

import (
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

// What ScanProduct, ScanVariant and ScanImage read, for those who read products beside something else.
const (
	ProductColumns = `p.id, p.handle, p.name, p.name_en, p.kana, p.description, p.description_en, p.state, p.tax_class, p.position,
		p.price_min, p.price_max, p.version, p.made_ms, p.updated_ms, p.base_price, p.list_price, p.member_price, p.cost, p.few,
		p.min_quantity, p.max_quantity, p.sale_from_ms, p.sale_until_ms, p.unit, p.memo, p.summary, p.small_text, p.model, p.members,
		p.hide_sold_out, p.unlisted, p.uncounted`
	VariantColumns = `v.id, v.product_id, v.value1, v.value2, v.value3, v.price, v.model, v.jan, v.weight_g,
		v.follows, v.list_price, v.member_price, v.cost, v.few, v.made_ms, v.updated_ms`
)

const (
	sqlPut = `INSERT INTO product (shop_id, id, handle, name, name_en, kana, description, description_en, state, tax_class,
			position, price_min, price_max, search_text, version, made_ms, updated_ms, base_price, list_price, member_price, cost, few,
			min_quantity, max_quantity, sale_from_ms, sale_until_ms, unit, memo, summary, small_text, model, members,
			hide_sold_out, unlisted, uncounted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $15,
			$16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
		ON CONFLICT DO NOTHING`
	sqlChange = `UPDATE product
		SET handle = $4, name = $5, name_en = $6, kana = $7, description = $8, description_en = $9, state = $10, tax_class = $11,
			position = $12, price_min = $13, price_max = $14, search_text = $15, version = version + 1, updated_ms = $16,
			base_price = $17, list_price = $18, member_price = $19, cost = $20, few = $21, min_quantity = $22, max_quantity = $23,
			sale_from_ms = $24, sale_until_ms = $25, unit = $26, memo = $27, summary = $28, small_text = $29, model = $30,
			members = $31, hide_sold_out = $32, unlisted = $33, uncounted = $34
		WHERE shop_id = $1 AND id = $2 AND version = $3`
	sqlSetState = `UPDATE product
		SET state = $4, version = version + 1, updated_ms = $5
		WHERE shop_id = $1 AND id = $2 AND version = $3`
	sqlDelete = `DELETE FROM product
		WHERE shop_id = $1 AND id = $2 AND version = $3`
	sqlGet = `SELECT ` + ProductColumns + `
		FROM product p
		WHERE shop_id = $1 AND id = $2`
	sqlHasProduct = `SELECT id FROM product WHERE shop_id = $1 AND id = $2`
	sqlByHandle   = `SELECT id FROM product WHERE shop_id = $1 AND handle = $2`
	sqlTouch      = `UPDATE product
		SET updated_ms = $3, image_id = COALESCE((
			SELECT i.id FROM product_image i
			WHERE i.shop_id = $1 AND i.product_id = $2
			ORDER BY i.position, i.id
			LIMIT 1), 0)
		WHERE shop_id = $1 AND id = $2`
	sqlList = `SELECT p.id, p.handle, p.name, p.name_en, p.state, p.tax_class, p.position, p.price_min, p.price_max, p.updated_ms,
			(SELECT count(*) FROM variant v WHERE v.shop_id = p.shop_id AND v.product_id = p.id),
			COALESCE(i.id, 0), COALESCE(i.digest, ''), COALESCE(i.width, 0), COALESCE(i.height, 0),
			COALESCE(i.alt, ''), COALESCE(i.alt_en, ''), COALESCE(i.files, '')
		FROM product p
		LEFT JOIN product_image i ON i.shop_id = p.shop_id AND i.id = p.image_id
		WHERE `

	sqlOptions = `SELECT v.product_id, o.id, o.name, o.name_en, o.made_ms, o.updated_ms, v.id, v.name, v.name_en, v.made_ms, v.updated_ms
		FROM option_value v
		JOIN product_option o ON o.shop_id = v.shop_id AND o.id = v.option_id
		WHERE `
	sqlOptionsOrder = ` ORDER BY v.product_id, o.position, o.id, v.position, v.id`
	sqlPutOption    = `INSERT INTO product_option (shop_id, id, product_id, position, name, name_en, made_ms, updated_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
		ON CONFLICT DO NOTHING`
	sqlChangeOption = `UPDATE product_option
		SET position = $3, name = $4, name_en = $5, updated_ms = $6
		WHERE shop_id = $1 AND id = $2`
	sqlDeleteOption = `DELETE FROM product_option WHERE shop_id = $1 AND id = $2`
	sqlPutValue     = `INSERT INTO option_value (shop_id, id, product_id, option_id, position, name, name_en, made_ms, updated_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
		ON CONFLICT DO NOTHING`
	sqlChangeValue = `UPDATE option_value
		SET position = $3, name = $4, name_en = $5, updated_ms = $6
		WHERE shop_id = $1 AND id = $2`
	sqlDeleteValue = `DELETE FROM option_value WHERE shop_id = $1 AND id = $2`

	sqlVariants = `SELECT ` + VariantColumns + `
		FROM variant v
		WHERE v.shop_id = $1 AND v.product_id = $2
		ORDER BY v.position, v.id`
	sqlPutVariant = `INSERT INTO variant (shop_id, id, product_id, position, value1, value2, value3, price, model, jan, weight_g,
			follows, list_price, member_price, cost, few, made_ms, updated_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
		ON CONFLICT DO NOTHING`
	// Two variants may change places, so their choices are first set to what no variant has.
	sqlClearChoices = `UPDATE variant
		SET value1 = -id
		WHERE shop_id = $1 AND product_id = $2`
	sqlChangeVariant = `UPDATE variant
		SET position = $4, value1 = $5, value2 = $6, value3 = $7, price = $8, model = $9, jan = $10, weight_g = $11,
			follows = $12, list_price = $13, member_price = $14, cost = $15, few = $16, updated_ms = $17
		WHERE shop_id = $1 AND id = $2 AND product_id = $3`
	sqlDeleteVariant = `DELETE FROM variant WHERE shop_id = $1 AND id = $2`

	sqlImages = `SELECT id, digest, width, height, alt, alt_en, files, position
		FROM product_image
		WHERE shop_id = $1 AND product_id = $2
		ORDER BY position, id`
	sqlImageIDs = `SELECT id
		FROM product_image
		WHERE shop_id = $1 AND product_id = $2
		ORDER BY position, id`
	sqlPutImage = `INSERT INTO product_image (shop_id, id, product_id, position, digest, width, height, alt, alt_en, files)
		VALUES ($1, $2, $3, (SELECT COALESCE(MAX(i.position) + 1, 0) FROM product_image i WHERE i.shop_id = $1 AND i.product_id = $3),
			$4, $5, $6, $7, $8, $9)
		ON CONFLICT DO NOTHING`
	sqlDescribeImage = `UPDATE product_image
		SET alt = $4, alt_en = $5
		WHERE shop_id = $1 AND product_id = $2 AND id = $3`
	sqlPlaceImage = `UPDATE product_image
		SET position = $4
		WHERE shop_id = $1 AND product_id = $2 AND id = $3`
	sqlClearPlace  = `DELETE FROM product_image WHERE shop_id = $1 AND product_id = $2 AND position = $3`
	sqlDeleteImage = `DELETE FROM product_image WHERE shop_id = $1 AND product_id = $2 AND id = $3`
	sqlAllFiles    = `SELECT files FROM product_image WHERE shop_id = $1`

	sqlCategories = `SELECT id, parent_id, slug, name, name_en, position, state, explanation, meta, made_ms, updated_ms
		FROM category
		WHERE shop_id = $1
		ORDER BY position, id`
	sqlPutCategory = `INSERT INTO category (shop_id, id, parent_id, slug, name, name_en, position, state, explanation, meta,
			made_ms, updated_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
		ON CONFLICT DO NOTHING`
	sqlChangeCategory = `UPDATE category
		SET parent_id = $3, slug = $4, name = $5, name_en = $6, position = $7, state = $8, explanation = $9, meta = $10, updated_ms = $11
		WHERE shop_id = $1 AND id = $2`
	sqlLiftCategories = `UPDATE category
		SET parent_id = (SELECT c.parent_id FROM category c WHERE c.shop_id = $1 AND c.id = $2)
		WHERE shop_id = $1 AND parent_id = $2`
	sqlDeleteCategory    = `DELETE FROM category WHERE shop_id = $1 AND id = $2`
	sqlProductCategories = `SELECT category_id
		FROM product_category
		WHERE shop_id = $1 AND product_id = $2
		ORDER BY category_id`
	sqlClearCategories = `DELETE FROM product_category WHERE shop_id = $1 AND product_id = $2`
	sqlPutIntoCategory = `INSERT INTO product_category (shop_id, product_id, category_id)
		VALUES ($1, $2, $3)`

	sqlPicks = `SELECT product_id
		FROM product_pick
		WHERE shop_id = $1 AND list = $2
		ORDER BY position, product_id`
	sqlPicked = `SELECT list, product_id, position, made_ms, updated_ms
		FROM product_pick
		WHERE shop_id = $1 AND product_id = $2 AND list = $3`
	sqlMade = `SELECT product_id, made_ms
		FROM product_pick
		WHERE shop_id = $1 AND list = $2`
	sqlClearPicks = `DELETE FROM product_pick WHERE shop_id = $1 AND list = $2`
	sqlUnpick     = `DELETE FROM product_pick WHERE shop_id = $1 AND list = $2 AND product_id = $3`
	sqlPutPick    = `INSERT INTO product_pick (shop_id, list, product_id, position, made_ms, updated_ms)
		SELECT p.shop_id, $2, p.id, $4, $5, $6
		FROM product p
		WHERE p.shop_id = $1 AND p.id = $3
		ON CONFLICT (shop_id, list, product_id) DO UPDATE SET position = excluded.position, updated_ms = excluded.updated_ms`

	sqlRaise = `INSERT INTO catalog_version (shop_id, version)
		VALUES ($1, 1)
		ON CONFLICT (shop_id) DO UPDATE SET version = catalog_version.version + 1`
	sqlVersion = `SELECT version FROM catalog_version WHERE shop_id = $1`
)

// listWhere are the admin list's filters; the newest come first.
func listWhere(shop id.Shop, q Query) *db.Where {
	w := db.NewWhere("p.shop_id = ?", shop)
	if q.State != "" {
		w.And("p.state = ?", string(q.State))
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
		w.And(`p.search_text LIKE ? ESCAPE '\'`, Like(q.Text))
	}
	if !q.After.IsZero() {
		w.And("p.id < ?", q.After.ID)
	}
	return w
}

const sqlListOrder = ` ORDER BY p.id DESC LIMIT `

// ScanProduct reads ProductColumns.
func ScanProduct(r db.Row) (p Product, err error) {
	err = r.Scan(productFields(&p)...)
	return p, err
}

func productFields(p *Product) []any {
	t := &p.Terms
	return []any{&p.ID, &p.Handle, &p.Name, &p.NameEn, &p.Kana, &p.Description, &p.DescriptionEn, &p.State, &p.Tax, &p.Position,
		&p.PriceMin, &p.PriceMax, &p.Version, &p.MadeMS, &p.UpdatedMS, &t.Base, &t.ListPrice, &t.MemberPrice, &t.Cost, &t.Few,
		&t.MinQuantity, &t.MaxQuantity, &t.SaleFrom, &t.SaleUntil, &t.Unit, &t.Memo, &t.Summary, &t.SmallText, &t.Model, &t.Members,
		&t.HideSoldOut, &t.Unlisted, &t.Uncounted}
}

// stored are the terms as columns, in the order of the statements.
func (t Terms) stored() []any {
	return []any{t.Base, t.ListPrice, t.MemberPrice, t.Cost, t.Few, t.MinQuantity, t.MaxQuantity, t.SaleFrom, t.SaleUntil,
		t.Unit, t.Memo, t.Summary, t.SmallText, t.Model, string(t.Members), t.HideSoldOut, t.Unlisted, t.Uncounted}
}

func scanRow(r db.Row) (v Row, err error) {
	var files string
	i := &v.Image
	err = r.Scan(&v.ID, &v.Handle, &v.Name, &v.NameEn, &v.State, &v.Tax, &v.Position, &v.PriceMin, &v.PriceMax, &v.UpdatedMS,
		&v.Variants, &i.ID, &i.Digest, &i.Width, &i.Height, &i.Alt, &i.AltEn, &files)
	if err == nil {
		i.Files, err = ReadFiles(files)
	}
	return v, err
}

type optionValue struct {
	product id.Product
	option  Option
	value   Value
}

func scanOptionValue(r db.Row) (v optionValue, err error) {
	o, c := &v.option, &v.value
	err = r.Scan(&v.product, &o.ID, &o.Name, &o.NameEn, &o.MadeMS, &o.UpdatedMS, &c.ID, &c.Name, &c.NameEn, &c.MadeMS, &c.UpdatedMS)
	return v, err
}

// ScanVariant reads VariantColumns, and whatever columns come after them.
func ScanVariant(r db.Row, more ...any) (v Variant, err error) {
	err = r.Scan(append([]any{&v.ID, &v.Product, &v.Values[0], &v.Values[1], &v.Values[2], &v.Price, &v.Model, &v.JAN, &v.WeightG,
		&v.Follows, &v.ListPrice, &v.MemberPrice, &v.Cost, &v.Few, &v.MadeMS, &v.UpdatedMS}, more...)...)
	return v, err
}

func scanVariant(r db.Row) (Variant, error) { return ScanVariant(r) }

func scanImage(r db.Row) (i Image, err error) {
	var files string
	if err = r.Scan(&i.ID, &i.Digest, &i.Width, &i.Height, &i.Alt, &i.AltEn, &files, &i.Position); err == nil {
		i.Files, err = ReadFiles(files)
	}
	return i, err
}

func scanCategory(r db.Row) (c Category, err error) {
	var meta string
	err = r.Scan(&c.ID, &c.Parent, &c.Slug, &c.Name, &c.NameEn, &c.Position, &c.State, &c.Explanation, &meta, &c.MadeMS, &c.UpdatedMS)
	if err == nil {
		c.Meta, err = ReadMeta(meta)
	}
	return c, err
}

func scanID[T ~int64](r db.Row) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

func scanText(r db.Row) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}
