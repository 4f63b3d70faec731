package sales

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/security/vault"
)

const saleColumns = `p.id, p.number, p.version, p.status, p.lang, p.guest_id, p.member_id, p.placed_ms, p.total, p.prefecture, p.payment_method,
	p.statement, p.shipping_method, p.carrier, p.shipping_ja, p.shipping_en, p.wish_day, p.wish_slot, p.updated_ms, p.point_state, p.slip,
	COALESCE(y.paid_ms, 0), p.name, p.furigana, p.company, p.postcode, p.address, p.phone, p.email, p.note`

const saleTables = `
	FROM purchase p
	LEFT JOIN payment y ON y.shop_id = p.shop_id AND y.order_id = p.id
	WHERE `

const newestFirst = `
	ORDER BY p.placed_ms DESC, p.id DESC
	LIMIT `

const mailState = `COALESCE((SELECT m.state FROM purchase_mail m
	WHERE m.shop_id = p.shop_id AND m.order_id = p.id AND m.kind = ?), 'not_yet') = ?`

const selectStat = `
	SELECT COUNT(*), CAST(COALESCE(SUM(total), 0) AS BIGINT)
	FROM purchase
	WHERE shop_id = $1 AND placed_ms >= $2 AND placed_ms < $3 AND status <> 'cancelled'`

func scanSale(row db.Row) (s Sale, err error) {
	var lang, st string
	d, e := &s.Delivery, &s.sealed
	err = row.Scan(&s.ID, &s.Number, &s.Version, &s.Status, &lang, &s.Guest, &s.Member, &s.Placed, &s.Total, &s.Prefecture, &s.Payment,
		&st, &d.Method, &d.Carrier, &d.Name.Ja, &d.Name.En, &d.WishDay, &d.WishSlot, &s.Updated, &s.Points, &s.Slip, &s.PaidAt,
		&e.name, &e.furigana, &e.company, &e.postcode, &e.address, &e.phone, &e.email, &e.note)
	if err != nil {
		return s, err
	}
	s.Lang = i18n.Lang(lang)
	s.Statement, err = statement.Parse([]byte(st))
	return s, err
}

// where is the filter without its persons.
func (f Filter) where(shop id.Shop) *db.Where {
	w := db.NewWhere("p.shop_id = ?", shop)
	if f.IDs != nil {
		db.In(w, "p.id", f.IDs)
	}
	if f.Customers != nil {
		or(w, "p.guest_id", "p.member_id", f.Customers)
	}
	if f.Payments != nil {
		db.In(w, "p.payment_method", f.Payments)
	}
	for _, b := range []struct {
		text string
		ms   int64
	}{{"p.placed_ms >= ?", f.From}, {"p.placed_ms < ?", f.Until}, {"p.updated_ms >= ?", f.UpdatedFrom}, {"p.updated_ms < ?", f.UpdatedUntil}} {
		if b.ms != 0 {
			w.And(b.text, b.ms)
		}
	}
	flag(w, f.Paid, "COALESCE(y.paid_ms, 0) > 0")
	flag(w, f.Delivered, "p.status IN ('shipped', 'delivered')")
	flag(w, f.Cancelled, "p.status = 'cancelled'")
	for kind, state := range f.Mails {
		w.And(mailState, string(kind), string(state))
	}
	return w
}

func flag(w *db.Where, is *bool, text string) {
	switch {
	case is == nil:
	case *is:
		w.And(text)
	default:
		w.And("NOT (" + text + ")")
	}
}

// or adds that one of two columns is among the values.
func or(w *db.Where, a, b string, values []int64) {
	text, args := "", []any{}
	for i, column := range []string{a, b} {
		if i > 0 {
			text += " OR "
		}
		text += column + " IN ("
		for j, v := range values {
			if j > 0 {
				text += ","
			}
			text += "?"
			args = append(args, v)
		}
		text += ")"
	}
	w.And("("+text+")", args...)
}

func list(ctx context.Context, r db.Reader, w *db.Where, limit, offset int) ([]Sale, error) {
	most, from := w.Arg(limit), w.Arg(offset)
	out, err := db.All(ctx, r, scanSale, "SELECT "+saleColumns+saleTables+w.Text()+newestFirst+most+" + 0 OFFSET "+from+" + 0", w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list sales: %w", err)
	}
	return out, nil
}

func count(ctx context.Context, r db.Reader, w *db.Where) (n int64, err error) {
	if err = r.QueryRow(ctx, "SELECT COUNT(*)"+saleTables+w.Text(), w.Args()...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count sales: %w", err)
	}
	return n, nil
}

// fill reads what belongs to sales: lines, letters, parcels, how much the purchasers have bought, their points.
func fill(ctx context.Context, r db.Reader, list []Sale) error {
	at, of, who := map[id.Order]*Sale{}, []int64{}, []int64{}
	for i := range list {
		at[list[i].ID] = &list[i]
		of, who = append(of, int64(list[i].ID)), append(who, list[i].Customer())
		list[i].Bought = 1
	}
	for _, part := range []struct {
		what, columns, tables, order string
		scan                         func(db.Row) error
	}{
		{"lines", "SELECT order_id, id, product_id, variant_id, name, label, sku, unit_price, rate, quantity", " FROM purchase_line", "no", func(row db.Row) error {
			var n id.Order
			var l Line
			err := row.Scan(&n, &l.ID, &l.Product, &l.Variant, &l.Name, &l.Label, &l.SKU, &l.UnitPrice, &l.Rate, &l.Quantity)
			if s := at[n]; s != nil {
				s.Sold = append(s.Sold, l)
			}
			return err
		}},
		{"letters", "SELECT order_id, kind, state, sent_ms", " FROM purchase_mail", "kind", func(row db.Row) error {
			var n id.Order
			var m order.Mail
			err := row.Scan(&n, &m.Kind, &m.State, &m.Sent)
			if s := at[n]; s != nil {
				s.Mails[m.Kind] = m
			}
			return err
		}},
		{"parcels", "SELECT order_id, carrier, slip", " FROM shipment", "shipped_ms, id", func(row db.Row) error {
			var n id.Order
			var carrier, slip string
			err := row.Scan(&n, &carrier, &slip)
			if s := at[n]; s != nil {
				s.Carrier, s.Slip = carrier, slip
			}
			return err
		}},
	} {
		w := db.NewWhere("shop_id = ?", r.Shop())
		db.In(w, "order_id", of)
		if err := each(ctx, r, part.scan, part.columns+part.tables+" WHERE "+w.Text()+" ORDER BY order_id, "+part.order, w.Args()); err != nil {
			return fmt.Errorf("read sales' %s: %w", part.what, err)
		}
	}
	return counted(ctx, r, list, who)
}

func counted(ctx context.Context, r db.Reader, list []Sale, who []int64) error {
	bought, points := map[int64]int64{}, map[int64]int64{}
	into := func(m map[int64]int64) func(db.Row) error {
		return func(row db.Row) error {
			var k, v int64
			err := row.Scan(&k, &v)
			m[k] = v
			return err
		}
	}
	w := db.NewWhere("shop_id = ?", r.Shop())
	db.In(w, "member_id", who)
	err := each(ctx, r, into(bought), "SELECT member_id, COUNT(*) FROM purchase WHERE "+w.Text()+" GROUP BY member_id", w.Args())
	if err != nil {
		return fmt.Errorf("count what was bought: %w", err)
	}
	w = db.NewWhere("shop_id = ?", r.Shop())
	db.In(w, "customer_id", who)
	if err := each(ctx, r, into(points), "SELECT customer_id, balance FROM point_account WHERE "+w.Text(), w.Args()); err != nil {
		return fmt.Errorf("read points: %w", err)
	}
	for i := range list {
		if n := bought[list[i].Customer()]; list[i].Member != 0 && n > 0 {
			list[i].Bought = n
		}
		list[i].Balance = points[list[i].Customer()]
	}
	return nil
}

func each(ctx context.Context, r db.Reader, scan func(db.Row) error, text string, args []any) error {
	_, err := db.All(ctx, r, func(row db.Row) (struct{}, error) { return struct{}{}, scan(row) }, text, args...)
	return err
}

// sealed is what an order keeps of its purchaser.
type sealed struct {
	name, furigana, company, postcode, address, phone, email, note vault.Sealed
}
