package order

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/statement"
)

const headColumns = `id, number, version, status, lang, guest_id, member_id, placed_ms, total, prefecture, payment_method, name`

const insertOrder = `
	INSERT INTO purchase (shop_id, id, number, version, status, lang, guest_id, placed_ms, total, statement, prefecture,
		payment_method, shipping_method, carrier, shipping_ja, shipping_en, wish_day, wish_slot, idempotency,
		name, furigana, company, postcode, address, phone, email, note, link, member_id, updated_ms)
	VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
		$19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)`

const insertLine = `
	INSERT INTO purchase_line (shop_id, order_id, no, product_id, variant_id, name, label, sku, unit_price, rate, quantity, id)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

const insertEvidence = `
	INSERT INTO purchase_evidence (shop_id, order_id, screen, sha256, bytes, shown_ms)
	VALUES ($1, $2, $3, $4, $5, $6)`

const selectEvidence = `
	SELECT screen, sha256, bytes, shown_ms
	FROM purchase_evidence
	WHERE shop_id = $1 AND order_id = $2`

const insertEvent = `
	INSERT INTO purchase_event (shop_id, order_id, no, id, kind, at_ms, actor, account, body, text)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

const selectEvents = `
	SELECT no, id, kind, at_ms, actor, account, body, text
	FROM purchase_event
	WHERE shop_id = $1 AND order_id = $2
	ORDER BY no`

const selectByKey = `
	SELECT ` + headColumns + `
	FROM purchase
	WHERE shop_id = $1 AND idempotency = $2`

const selectByNumber = `
	SELECT ` + headColumns + `
	FROM purchase
	WHERE shop_id = $1 AND number = $2`

const selectOrder = `
	SELECT ` + headColumns + `, statement, shipping_method, carrier, shipping_ja, shipping_en, wish_day, wish_slot,
		furigana, company, postcode, address, phone, email, note, link
	FROM purchase
	WHERE shop_id = $1 AND id = $2`

const soughtColumns = headColumns + `, furigana, phone, email`

const selectLines = `
	SELECT product_id, variant_id, name, label, sku, unit_price, rate, quantity
	FROM purchase_line
	WHERE shop_id = $1 AND order_id = $2
	ORDER BY no`

const updateStatus = `
	UPDATE purchase
	SET status = $3, version = version + 1, updated_ms = $5
	WHERE shop_id = $1 AND id = $2 AND version = $4`

const updatePayment = `
	UPDATE purchase
	SET payment_method = $3
	WHERE shop_id = $1 AND id = $2`

// updateNotes keeps points that are fixed as they are.
const updateNotes = `
	UPDATE purchase
	SET point_state = $3, slip = $4
	WHERE shop_id = $1 AND id = $2 AND (point_state = $3 OR point_state <> 'fixed')`

const selectNotes = `
	SELECT p.point_state, COALESCE((SELECT MAX(s.slip) FROM shipment s WHERE s.shop_id = p.shop_id AND s.order_id = p.id), p.slip)
	FROM purchase p
	WHERE p.shop_id = $1 AND p.id = $2`

const updateSlip = `
	UPDATE shipment
	SET slip = $3
	WHERE shop_id = $1 AND order_id = $2`

const insertMail = `
	INSERT INTO purchase_mail (shop_id, order_id, kind, state, sent_ms)
	VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT DO NOTHING`

const againMail = `
	INSERT INTO purchase_mail (shop_id, order_id, kind, state, sent_ms)
	VALUES ($1, $2, $3, $4, 0)
	ON CONFLICT (shop_id, order_id, kind) DO UPDATE
	SET state = excluded.state, sent_ms = 0
	WHERE purchase_mail.shop_id = excluded.shop_id`

const selectMails = `
	SELECT kind, state, sent_ms
	FROM purchase_mail
	WHERE shop_id = $1 AND order_id = $2
	ORDER BY kind`

const selectMail = `
	SELECT kind, state, sent_ms
	FROM purchase_mail
	WHERE shop_id = $1 AND order_id = $2 AND kind = $3`

const updateMail = `
	UPDATE purchase_mail
	SET state = $4, sent_ms = $5
	WHERE shop_id = $1 AND order_id = $2 AND kind = $3 AND state <> 'sent'`

const insertShipment = `
	INSERT INTO shipment (shop_id, id, order_id, carrier, slip, shipped_ms)
	VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT DO NOTHING`

const selectShipments = `
	SELECT id, carrier, slip, shipped_ms
	FROM shipment
	WHERE shop_id = $1 AND order_id = $2
	ORDER BY shipped_ms, id`

func scanHead(row db.Row) (h Head, err error) {
	var lang string
	err = row.Scan(h.into(&lang)...)
	h.Lang = i18n.Lang(lang)
	return h, err
}

func (h *Head) into(lang *string) []any {
	return []any{&h.ID, &h.Number, &h.Version, &h.Status, lang, &h.Guest, &h.Member, &h.Placed, &h.Total, &h.Prefecture,
		&h.Payment, &h.name}
}

func scanOrder(row db.Row) (o Order, err error) {
	var lang, st string
	d, s := &o.Delivery, &o.sealed
	err = row.Scan(append(o.into(&lang), &st, &d.Method, &d.Carrier, &d.Name.Ja, &d.Name.En, &d.WishDay, &d.WishSlot,
		&s.furigana, &s.company, &s.postcode, &s.address, &s.phone, &s.email, &s.note, &s.link)...)
	if err != nil {
		return o, err
	}
	o.Lang = i18n.Lang(lang)
	s.name = o.name
	o.Statement, err = statement.Parse([]byte(st))
	return o, err
}

func scanSought(row db.Row) (f sought, err error) {
	var lang string
	err = row.Scan(append(f.into(&lang), &f.furigana, &f.phone, &f.email)...)
	f.Lang = i18n.Lang(lang)
	return f, err
}

func scanLine(row db.Row) (l Line, err error) {
	err = row.Scan(&l.Product, &l.Variant, &l.Name, &l.Label, &l.SKU, &l.UnitPrice, &l.Rate, &l.Quantity)
	return l, err
}

func scanMail(row db.Row) (m Mail, err error) {
	err = row.Scan(&m.Kind, &m.State, &m.Sent)
	return m, err
}

func scanShipment(row db.Row) (p Shipment, err error) {
	err = row.Scan(&p.ID, &p.Carrier, &p.Slip, &p.Shipped)
	return p, err
}

func scanEvent(row db.Row) (e Event, err error) {
	var body string
	err = row.Scan(&e.No, &e.id, &e.Act, &e.At, &e.Actor, &e.Account, &body, &e.text)
	e.Body = json.RawMessage(body)
	return e, err
}

func insert(tx *db.Tx, p Place) error {
	st := p.ready
	if st == "" {
		b, err := json.Marshal(p.Statement)
		if err != nil {
			return fmt.Errorf("write statement: %w", err)
		}
		st = string(b)
	}
	d, s := p.Delivery, p.Sealed
	err := tx.Queue(insertOrder, tx.Shop(), p.ID, p.Number, string(Placed), string(p.Lang), p.Guest, tx.NowMS(),
		p.Statement.ToPay, st, int64(p.Prefecture), p.Payment, d.Method, d.Carrier, d.Name.Ja, d.Name.En, d.WishDay, d.WishSlot,
		p.Idempotency[:], s.name, s.furigana, s.company, s.postcode, s.address, s.phone, s.email, s.note, s.link, p.Member, tx.NowMS())
	if err != nil {
		return fmt.Errorf("insert order: %w", err)
	}
	lines := make([][]any, len(p.Lines))
	for i, l := range p.Lines {
		lines[i] = []any{tx.Shop(), p.ID, i + 1, l.Product, l.Variant, l.Name, l.Label, l.SKU, l.UnitPrice, int64(l.Rate), l.Quantity, tx.NewID()}
	}
	if err := tx.QueueRows(insertLine, lines); err != nil {
		return fmt.Errorf("insert order's lines: %w", err)
	}
	ev := s.evidence
	if err := tx.Queue(insertEvidence, tx.Shop(), p.ID, s.screen, ev.SHA256[:], ev.Bytes, ev.Shown); err != nil {
		return fmt.Errorf("insert evidence: %w", err)
	}
	return nil
}

func repay(ctx context.Context, tx *db.Tx, n id.Order, method string) error {
	if _, err := tx.Exec(ctx, updatePayment, tx.Shop(), n, method); err != nil {
		return fmt.Errorf("update order's payment: %w", err)
	}
	return nil
}

func byKey(ctx context.Context, r db.Reader, d secret.Digest) (Head, error) {
	h, err := db.One(ctx, r, scanHead, selectByKey, r.Shop(), d[:])
	return h, none(err, "read order by its key")
}

func get(ctx context.Context, r db.Reader, n id.Order) (Order, error) {
	o, err := db.One(ctx, r, scanOrder, selectOrder, r.Shop(), n)
	if err != nil {
		return o, none(err, "read order")
	}
	if o.Lines, err = db.All(ctx, r, scanLine, selectLines, r.Shop(), n); err != nil {
		return o, fmt.Errorf("read order's lines: %w", err)
	}
	return o, nil
}

func none(err error, doing string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, db.ErrNone) {
		return ErrNone
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// where is the filter's condition, without its place in the list.
func (f Filter) where(shop id.Shop) *db.Where {
	w := db.NewWhere("shop_id = ?", shop)
	if f.member != 0 {
		w.And("member_id = ?", f.member)
	}
	if len(f.Statuses) > 0 {
		texts := make([]string, len(f.Statuses))
		for i, s := range f.Statuses {
			texts[i] = string(s)
		}
		db.In(w, "status", texts)
	}
	switch f.Queue {
	case ToPay:
		w.And("status = ? AND payment_method <> ?", string(Placed), codMethod)
	case ToShip:
		w.And("(status = ? OR (status = ? AND payment_method = ?))", string(Paid), string(Placed), codMethod)
	}
	if f.Number != "" {
		w.And("number = ?", f.Number)
	}
	if f.FromMS > 0 {
		w.And("placed_ms >= ?", f.FromMS)
	}
	if f.UntilMS > 0 {
		w.And("placed_ms < ?", f.UntilMS)
	}
	if f.MinTotal > 0 {
		w.And("total >= ?", f.MinTotal)
	}
	if f.MaxTotal > 0 {
		w.And("total <= ?", f.MaxTotal)
	}
	return w
}

func list(ctx context.Context, r db.Reader, f Filter) ([]Head, error) {
	w := f.where(r.Shop())
	if !f.After.IsZero() {
		w.And("(placed_ms < ? OR (placed_ms = ? AND id < ?))", f.After.Key, f.After.Key, f.After.ID)
	}
	limit := w.Arg(f.limit() + 1)
	hs, err := db.All(ctx, r, scanHead, `
		SELECT `+headColumns+`
		FROM purchase
		WHERE `+w.Text()+`
		ORDER BY placed_ms DESC, id DESC
		LIMIT `+limit+` + 0`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	return hs, nil
}

func count(ctx context.Context, r db.Reader, f Filter, most int64) (n int64, err error) {
	w := f.where(r.Shop())
	limit := w.Arg(most) + " + 0" // a bare one makes SQLite plan anew each time
	err = r.QueryRow(ctx, `
		SELECT COUNT(*)
		FROM (SELECT id FROM purchase WHERE `+w.Text()+` LIMIT `+limit+` + 0) AS found`, w.Args()...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count orders: %w", err)
	}
	return n, nil
}

func (f Filter) limit() int {
	if f.Limit < 1 || f.Limit > page.MaxLimit {
		return page.DefaultLimit
	}
	return f.Limit
}

// newest are the orders placed before one, with what they are searched by; of these alone, where some are named.
func newest(ctx context.Context, r db.Reader, after page.Cursor, limit int, of ...int64) ([]sought, error) {
	w := db.NewWhere("shop_id = ?", r.Shop())
	if len(of) > 0 {
		db.In(w, "id", of)
	}
	if !after.IsZero() {
		w.And("(placed_ms < ? OR (placed_ms = ? AND id < ?))", after.Key, after.Key, after.ID)
	}
	most := w.Arg(limit)
	list, err := db.All(ctx, r, scanSought, `
		SELECT `+soughtColumns+`
		FROM purchase
		WHERE `+w.Text()+`
		ORDER BY placed_ms DESC, id DESC
		LIMIT `+most+` + 0`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read orders to search: %w", err)
	}
	return list, nil
}
