package limit

import (
	"context"
	"encoding/binary"
	"strconv"
)

// A Template is an order as rows, read from a real one.
type Template struct {
	Shop                                                          int64
	Statement                                                     string
	Name, Furigana, Postcode, Address, Phone, Email, Link, Screen []byte
	Method, Total, Product, Price                                 int64
	Label                                                         string
}

// SelectTemplate reads one: the newest order of a shop. Scan it with Template.Into.
const SelectTemplate = `
	SELECT p.shop_id, p.statement, p.name, p.furigana, p.postcode, p.address, p.phone, p.email, p.link, e.screen, p.shipping_method,
		p.total, l.product_id, l.unit_price, l.name
	FROM purchase p
	JOIN purchase_evidence e ON e.shop_id = p.shop_id AND e.order_id = p.id
	JOIN purchase_line l ON l.shop_id = p.shop_id AND l.order_id = p.id AND l.no = 1
	WHERE p.shop_id = $1
	ORDER BY p.placed_ms DESC, p.id DESC
	LIMIT 1`

// Into is where its columns go.
func (t *Template) Into() []any {
	return []any{&t.Shop, &t.Statement, &t.Name, &t.Furigana, &t.Postcode, &t.Address, &t.Phone, &t.Email, &t.Link, &t.Screen,
		&t.Method, &t.Total, &t.Product, &t.Price, &t.Label}
}

const (
	putStock = `INSERT INTO stock (shop_id, variant_id, on_hand, held)
		VALUES ($1, $2, 1000000000, 0)
		ON CONFLICT DO NOTHING`
	putOrder = `INSERT INTO purchase (shop_id, id, number, version, status, lang, guest_id, placed_ms, total, statement, prefecture,
		payment_method, shipping_method, carrier, shipping_ja, shipping_en, wish_day, wish_slot, idempotency,
		name, furigana, company, postcode, address, phone, email, note, link)
		VALUES ($1, $2, $3, 1, 'placed', 'ja', $2, $4, $5, $6, 13, 'cod', $7, 'yamato', '宅急便', 'Parcel', '', '', $8,
		$9, $10, NULL, $11, $12, $13, $14, NULL, $15)`
	putLine = `INSERT INTO purchase_line (shop_id, order_id, no, product_id, variant_id, name, label, sku, unit_price, rate, quantity)
		VALUES ($1, $2, $3, $4, $5, $6, '', '', $7, 10, 1)`
	putEvidence = `INSERT INTO purchase_evidence (shop_id, order_id, screen, sha256, bytes, shown_ms) VALUES ($1, $2, $3, $4, $5, $6)`
	putEvent    = `INSERT INTO purchase_event (shop_id, order_id, no, id, kind, at_ms, actor, account, body, text)
		VALUES ($1, $2, 1, $2, 'open', $3, 'visitor', 0, '{}', NULL)`
	putMail    = `INSERT INTO purchase_mail (shop_id, order_id, kind, state, sent_ms) VALUES ($1, $2, $3, 'not_yet', 0)`
	putPayment = `INSERT INTO payment (shop_id, order_id, version, method, state, amount, account, due_ms, paid_ms)
		VALUES ($1, $2, 1, 'cod', 'pending', $3, '', 0, 0)`
	putPaid = `INSERT INTO payment_event (shop_id, order_id, no, at_ms, state, amount, actor, account)
		VALUES ($1, $2, 1, $3, 'pending', $4, 'visitor', 0)`
	putMovement = `INSERT INTO stock_movement (shop_id, id, variant_id, delta, reason, ref_kind, ref, at_ms, actor_kind, account_id)
		VALUES ($1, $2, $3, -1, 'sold', 'order', $4, $5, 'visitor', 0)`
	takeStock = `UPDATE stock SET on_hand = on_hand - 1 WHERE shop_id = $1 AND variant_id = $2 AND on_hand > held`
)

// A statement is one with its arguments.
type statement struct {
	text string
	args []any
}

// rows are an order's.
func (t *Template) rows(n, now int64, variants []int64) []statement {
	key := make([]byte, 32)
	binary.BigEndian.PutUint64(key, uint64(n))
	out := []statement{
		{putOrder, []any{t.Shop, n, strconv.FormatInt(n, 10), now, t.Total, t.Statement, t.Method, key, t.Name, t.Furigana, t.Postcode,
			t.Address, t.Phone, t.Email, t.Link}},
		{putEvidence, []any{t.Shop, n, t.Screen, key, int64(len(t.Screen)), now}},
		{putMail, []any{t.Shop, n, "placed"}},
		{putMail, []any{t.Shop, n, "notice"}},
		{putEvent, []any{t.Shop, n, now}},
		{putPayment, []any{t.Shop, n, t.Total}},
		{putPaid, []any{t.Shop, n, now, t.Total}},
	}
	for i, v := range variants {
		out = append(out, statement{putLine, []any{t.Shop, n, int64(i + 1), t.Product, v, t.Label, t.Price}},
			statement{putMovement, []any{t.Shop, n*8 + int64(i), v, n, now}})
	}
	return append(out, t.stock(variants)...)
}

func (t *Template) stock(variants []int64) (out []statement) {
	for _, v := range variants {
		out = append(out, statement{takeStock, []any{t.Shop, v}})
	}
	return out
}

// least is the smallest order that can be called one: its row, a row for each line, the stock.
func (t *Template) least(n, now int64, variants []int64) []statement {
	all := t.rows(n, now, variants)
	out := all[:1:1]
	for _, s := range all {
		if s.text == putLine || s.text == takeStock {
			out = append(out, s)
		}
	}
	return out
}

// commit runs statements in one transaction.
type commit func(ctx context.Context, todo []statement) error
