package inventory

import (
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	// Every change of stock is this statement: pieces come or go ($3), holds come or go ($4), and it finds no row where
	// that would promise what is not there or end a hold that is not.
	sqlMove = `UPDATE stock
		SET on_hand = on_hand + $3, held = held + $4
		WHERE shop_id = $1 AND variant_id = $2 AND on_hand + $3 >= held + $4 AND held + $4 >= 0
		RETURNING variant_id, on_hand, held`
	sqlOpen = `INSERT INTO stock (shop_id, variant_id, on_hand, held)
		SELECT v.shop_id, v.id, 0, 0
		FROM variant v
		WHERE v.shop_id = $1 AND v.id = $2
		ON CONFLICT DO NOTHING`
	sqlLevel = `SELECT variant_id, on_hand, held
		FROM stock
		WHERE shop_id = $1 AND variant_id = $2`
	sqlLevels = `SELECT variant_id, on_hand, held
		FROM stock
		WHERE shop_id = $1 AND `

	sqlPutMovement = `INSERT INTO stock_movement (shop_id, id, variant_id, delta, reason, ref_kind, ref, at_ms, actor_kind, account_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	sqlMovements = `SELECT id, variant_id, delta, reason, ref_kind, ref, at_ms, actor_kind, account_id
		FROM stock_movement
		WHERE shop_id = $1 AND `
	sqlMovementOrder = ` ORDER BY at_ms DESC, id DESC LIMIT `
	sqlTaken         = `SELECT variant_id, CAST(-SUM(delta) AS BIGINT)
		FROM stock_movement
		WHERE shop_id = $1 AND ref = $2 AND ref_kind = $3 AND ref > 0
		GROUP BY variant_id
		HAVING SUM(delta) < 0
		ORDER BY variant_id`

	sqlHolds = `SELECT variant_id, quantity
		FROM stock_hold
		WHERE shop_id = $1 AND ref = $2 AND ref_kind = $3
		ORDER BY variant_id`
	// Whoever changes a record's holds takes them away first, so that nobody else ends them meanwhile.
	sqlTakeHolds = `DELETE FROM stock_hold
		WHERE shop_id = $1 AND ref = $2 AND ref_kind = $3
		RETURNING variant_id, quantity, until_ms`
	sqlPutHold = `INSERT INTO stock_hold (shop_id, ref_kind, ref, variant_id, quantity, until_ms)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (shop_id, ref, ref_kind, variant_id) DO UPDATE SET quantity = excluded.quantity, until_ms = excluded.until_ms`
	sqlExtendHold = `UPDATE stock_hold
		SET until_ms = $4
		WHERE shop_id = $1 AND ref = $2 AND ref_kind = $3`
	sqlTakeExpired = `DELETE FROM stock_hold
		WHERE shop_id = $1 AND (ref, ref_kind, variant_id) IN (
			SELECT h.ref, h.ref_kind, h.variant_id
			FROM stock_hold h
			WHERE h.shop_id = $1 AND h.until_ms <= $2
			ORDER BY h.until_ms, h.ref, h.ref_kind, h.variant_id
			LIMIT $3 + 0)
		RETURNING ref_kind, ref, variant_id, quantity`
	sqlShopsDue = `SELECT DISTINCT shop_id
		FROM stock_hold
		WHERE until_ms <= $1
		LIMIT $2 + 0`

	sqlRaise = `INSERT INTO stock_version (shop_id, version)
		VALUES ($1, 1)
		ON CONFLICT (shop_id) DO UPDATE SET version = stock_version.version + 1`
	sqlVersion = `SELECT version FROM stock_version WHERE shop_id = $1`

	sqlAudit = `SELECT s.variant_id, s.on_hand, s.held
		FROM stock s
		WHERE s.shop_id = $1 AND (
			s.on_hand <> (SELECT COALESCE(SUM(m.delta), 0) FROM stock_movement m WHERE m.shop_id = $1 AND m.variant_id = s.variant_id)
			OR s.held <> (SELECT COALESCE(SUM(h.quantity), 0) FROM stock_hold h WHERE h.shop_id = $1 AND h.variant_id = s.variant_id))
		ORDER BY s.variant_id`
)

func levelsWhere(shop id.Shop, variants []id.Variant) *db.Where {
	return db.In(db.NewWhere("shop_id = ?", shop), "variant_id", variants)
}

func scanLevel(r db.Row) (l Level, err error) {
	err = r.Scan(&l.Variant, &l.OnHand, &l.Held)
	return l, err
}

func scanLine(r db.Row) (l Line, err error) {
	err = r.Scan(&l.Variant, &l.Quantity)
	return l, err
}

// A kept is a hold that was taken away, to be put back.
type kept struct {
	Line
	until int64
}

func scanKept(r db.Row) (k kept, err error) {
	err = r.Scan(&k.Variant, &k.Quantity, &k.until)
	return k, err
}

func scanMovement(r db.Row) (m Movement, err error) {
	err = r.Scan(&m.ID, &m.Variant, &m.Delta, &m.Reason, &m.Ref.Kind, &m.Ref.ID, &m.AtMS, &m.Kind, &m.Account)
	return m, err
}

type hold struct {
	ref  Ref
	line Line
}

func scanHold(r db.Row) (h hold, err error) {
	err = r.Scan(&h.ref.Kind, &h.ref.ID, &h.line.Variant, &h.line.Quantity)
	return h, err
}

func scanInt[T ~int64](r db.Row) (n T, err error) {
	err = r.Scan(&n)
	return n, err
}
