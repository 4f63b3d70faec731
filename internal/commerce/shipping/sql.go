package shipping

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/postal"
)

const methodColumns = `id, carrier, name_ja, name_en, position, active, free_over, lead_days, wish_days, version`

const selectMethods = `
	SELECT ` + methodColumns + `
	FROM shipping_method
	WHERE shop_id = $1
	ORDER BY position, id`

const selectMethod = `
	SELECT ` + methodColumns + `
	FROM shipping_method
	WHERE shop_id = $1 AND id = $2`

const selectFees = `
	SELECT method_id, prefecture, fee
	FROM shipping_fee
	WHERE shop_id = $1`

const selectReaching = `
	SELECT m.id, m.carrier, m.name_ja, m.name_en, m.position, m.active, m.free_over, m.lead_days, m.wish_days, m.version, f.fee
	FROM shipping_method m
	JOIN shipping_fee f ON f.shop_id = m.shop_id AND f.method_id = m.id
	WHERE m.shop_id = $1 AND f.prefecture = $2
	ORDER BY m.position, m.id`

const insertMethod = `
	INSERT INTO shipping_method (shop_id, ` + methodColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)
	ON CONFLICT DO NOTHING`

const updateMethod = `
	UPDATE shipping_method
	SET carrier = $3, name_ja = $4, name_en = $5, position = $6, active = $7, free_over = $8, lead_days = $9, wish_days = $10,
		version = version + 1
	WHERE shop_id = $1 AND id = $2 AND version = $11`

const deleteFees = `
	DELETE FROM shipping_fee
	WHERE shop_id = $1 AND method_id = $2`

const insertFee = `
	INSERT INTO shipping_fee (shop_id, method_id, prefecture, fee)
	VALUES ($1, $2, $3, $4)`

func scanMethod(row db.Row) (Method, error) { return scanWith(row) }

// scanWith scans a method and what more the row has.
func scanWith(row db.Row, more ...any) (m Method, err error) {
	var active int64
	var free *int64
	err = row.Scan(append([]any{&m.ID, &m.Carrier, &m.Name.Ja, &m.Name.En, &m.Position, &active, &free, &m.LeadDays, &m.WishDays,
		&m.Version}, more...)...)
	m.Active = active != 0
	if free != nil {
		m.FreeOver = *free
	}
	return m, err
}

type feeRow struct {
	method          MethodID
	prefecture, fee int64
}

func scanFee(row db.Row) (f feeRow, err error) {
	err = row.Scan(&f.method, &f.prefecture, &f.fee)
	return f, err
}

func list(ctx context.Context, r db.Reader) ([]Method, error) {
	ms, err := db.All(ctx, r, scanMethod, selectMethods, r.Shop())
	if err != nil {
		return nil, fmt.Errorf("read shipping methods: %w", err)
	}
	return ms, fees(ctx, r, ms)
}

func get(ctx context.Context, r db.Reader, n MethodID) (Method, error) {
	m, err := db.One(ctx, r, scanMethod, selectMethod, r.Shop(), n)
	if errors.Is(err, db.ErrNone) {
		return Method{}, ErrNone
	}
	if err != nil {
		return Method{}, fmt.Errorf("read shipping method: %w", err)
	}
	ms := []Method{m}
	err = fees(ctx, r, ms)
	return ms[0], err
}

func reaching(ctx context.Context, r db.Reader, p postal.Prefecture) ([]Method, error) {
	ms, err := db.All(ctx, r, func(row db.Row) (Method, error) {
		var fee int64
		m, err := scanWith(row, &fee)
		m.Fees[p-1] = Fee{true, fee}
		return m, err
	}, selectReaching, r.Shop(), int64(p))
	if err != nil {
		return nil, fmt.Errorf("read shipping methods that reach a prefecture: %w", err)
	}
	return ms, nil
}

func fees(ctx context.Context, r db.Reader, ms []Method) error {
	rows, err := db.All(ctx, r, scanFee, selectFees, r.Shop())
	if err != nil {
		return fmt.Errorf("read shipping fees: %w", err)
	}
	at := map[MethodID]int{}
	for i, m := range ms {
		at[m.ID] = i
	}
	for _, f := range rows {
		if i, ok := at[f.method]; ok && f.prefecture >= 1 && f.prefecture <= int64(Prefectures) {
			ms[i].Fees[f.prefecture-1] = Fee{true, f.fee}
		}
	}
	return nil
}

func (m Method) columns(tx *db.Tx) []any {
	active := int64(0)
	if m.Active {
		active = 1
	}
	var free *int64
	if m.FreeOver > 0 {
		free = &m.FreeOver
	}
	return []any{tx.Shop(), m.ID, string(m.Carrier), m.Name.Ja, m.Name.En, m.Position, active, free, m.LeadDays, m.WishDays}
}

func putFees(tx *db.Tx, m Method) error {
	if err := tx.Queue(deleteFees, tx.Shop(), m.ID); err != nil {
		return fmt.Errorf("delete shipping fees: %w", err)
	}
	for i, f := range m.Fees {
		if !f.Reached {
			continue
		}
		if err := tx.Queue(insertFee, tx.Shop(), m.ID, i+1, f.Yen); err != nil {
			return fmt.Errorf("insert shipping fee: %w", err)
		}
	}
	return nil
}
