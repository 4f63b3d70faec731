package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const selectSettings = `
	SELECT m.method, m.active, m.account, m.deadline_days, m.version, COALESCE(b.below, 0), COALESCE(b.fee, 0)
	FROM payment_method m
	LEFT JOIN payment_bracket b ON b.shop_id = m.shop_id AND b.method = m.method
	WHERE m.shop_id = $1
	ORDER BY m.method, b.below`

const insertSetting = `
	INSERT INTO payment_method (shop_id, method, active, account, deadline_days, version)
	VALUES ($1, $2, $3, $4, $5, 1)
	ON CONFLICT DO NOTHING`

const updateSetting = `
	UPDATE payment_method
	SET active = $3, account = $4, deadline_days = $5, version = version + 1
	WHERE shop_id = $1 AND method = $2 AND version = $6`

const deleteBrackets = `
	DELETE FROM payment_bracket
	WHERE shop_id = $1 AND method = $2`

const insertBracket = `
	INSERT INTO payment_bracket (shop_id, method, below, fee)
	VALUES ($1, $2, $3, $4)`

const insertPayment = `
	INSERT INTO payment (shop_id, order_id, version, method, state, amount, account, due_ms, paid_ms)
	VALUES ($1, $2, 1, $3, $4, $5, $6, $7, 0)`

const selectPayment = `
	SELECT order_id, version, method, state, amount, account, due_ms, paid_ms
	FROM payment
	WHERE shop_id = $1 AND order_id = $2`

const updatePayment = `
	UPDATE payment
	SET state = $3, paid_ms = $4, version = version + 1
	WHERE shop_id = $1 AND order_id = $2 AND version = $5`

const insertEvent = `
	INSERT INTO payment_event (shop_id, order_id, no, at_ms, state, amount, actor, account)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// A settingRow is a setting with one of its brackets; one without brackets has a bound of 0.
type settingRow struct {
	Setting
	Bracket
}

func scanSetting(row db.Row) (s settingRow, err error) {
	var active int64
	err = row.Scan(&s.Method, &active, &s.Account, &s.DeadlineDays, &s.Version, &s.Below, &s.Bracket.Fee)
	s.Active = active != 0
	return s, err
}

func settings(ctx context.Context, r db.Reader) ([]Setting, error) {
	rows, err := db.All(ctx, r, scanSetting, selectSettings, r.Shop())
	if err != nil {
		return nil, fmt.Errorf("read payment methods: %w", err)
	}
	var ss []Setting
	for _, row := range rows {
		if n := len(ss); n == 0 || ss[n-1].Method != row.Method {
			ss = append(ss, row.Setting)
		}
		if last := &ss[len(ss)-1]; row.Below > 0 {
			last.Brackets = append(last.Brackets, row.Bracket)
		}
	}
	return ss, nil
}

func get(ctx context.Context, r db.Reader, o id.Order) (Payment, error) {
	p, err := db.One(ctx, r, scanPayment, selectPayment, r.Shop(), o)
	if errors.Is(err, db.ErrNone) {
		return Payment{}, ErrNone
	}
	if err != nil {
		return Payment{}, fmt.Errorf("read payment: %w", err)
	}
	return p, nil
}

func scanPayment(row db.Row) (p Payment, err error) {
	err = row.Scan(&p.Order, &p.Version, &p.Method, &p.State, &p.Amount, &p.Account, &p.Due, &p.PaidAt)
	return p, err
}

func journal(tx *db.Tx, p Payment) error {
	a := tx.Actor()
	err := tx.Queue(insertEvent, tx.Shop(), p.Order, p.Version, tx.NowMS(), string(p.State), p.Amount, string(a.Kind), a.Account)
	if err != nil {
		return fmt.Errorf("insert payment's event: %w", err)
	}
	return nil
}
