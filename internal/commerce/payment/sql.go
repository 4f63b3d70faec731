package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const selectSettings = `
	SELECT m.method, m.active, m.account, m.deadline_days, m.capture, m.inline, m.fee, m.grace_days, m.remind_days,
		m.cancel_days, m.version, m.made_ms, m.updated_ms, COALESCE(b.below, 0), COALESCE(b.fee, 0)
	FROM payment_method m
	LEFT JOIN payment_bracket b ON b.shop_id = m.shop_id AND b.method = m.method
	WHERE m.shop_id = $1
	ORDER BY m.method, b.below`

const insertSetting = `
	INSERT INTO payment_method (shop_id, method, active, account, deadline_days, capture, inline, fee, grace_days, remind_days,
		cancel_days, version, made_ms, updated_ms)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $12)
	ON CONFLICT DO NOTHING`

const updateSetting = `
	UPDATE payment_method
	SET active = $3, account = $4, deadline_days = $5, capture = $6, inline = $7, fee = $8, grace_days = $9,
		remind_days = $10, cancel_days = $11, version = version + 1, updated_ms = $12
	WHERE shop_id = $1 AND method = $2 AND version = $13`

const deleteBrackets = `
	DELETE FROM payment_bracket
	WHERE shop_id = $1 AND method = $2`

const insertBracket = `
	INSERT INTO payment_bracket (shop_id, method, below, fee)
	VALUES ($1, $2, $3, $4)`

const insertPayment = `
	INSERT INTO payment (shop_id, order_id, version, method, state, amount, account, due_ms, paid_ms, end_ms, remind_ms)
	VALUES ($1, $2, 1, $3, $4, $5, $6, $7, 0, $8, $9)`

const selectPayment = `
	SELECT order_id, version, method, state, amount, account, due_ms, paid_ms, back, end_ms, remind_ms
	FROM payment
	WHERE shop_id = $1 AND order_id = $2`

const updateMethod = `
	UPDATE payment
	SET method = $3, account = $4, due_ms = $5, end_ms = $6, remind_ms = $7, version = version + 1
	WHERE shop_id = $1 AND order_id = $2 AND version = $8`

const updatePayment = `
	UPDATE payment
	SET state = $3, paid_ms = $4, back = $5, due_ms = $6, end_ms = $7, remind_ms = $8, version = version + 1
	WHERE shop_id = $1 AND order_id = $2 AND version = $9`

const selectEnding = `
	SELECT order_id
	FROM payment
	WHERE shop_id = $1 AND state = $2 AND end_ms > 0 AND end_ms <= $3
	ORDER BY end_ms
	LIMIT $4 + 0`

const selectToRemind = `
	SELECT order_id
	FROM payment
	WHERE shop_id = $1 AND state = $2 AND remind_ms > 0 AND remind_ms <= $3
	ORDER BY remind_ms
	LIMIT $4 + 0`

const selectShopsDue = `
	SELECT DISTINCT shop_id
	FROM payment
	WHERE state = $1 AND (end_ms > 0 AND end_ms <= $2 OR remind_ms > 0 AND remind_ms <= $2)
	LIMIT $3 + 0`

const selectAccount = `
	SELECT COUNT(*)
	FROM provider_account
	WHERE shop_id = $1 AND active = 1`

const insertEvent = `
	INSERT INTO payment_event (shop_id, order_id, no, at_ms, state, amount, actor, account)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// A settingRow is a setting with one of its brackets; one without brackets has a bound of 0.
type settingRow struct {
	Setting
	Bracket
}

func scanSetting(row db.Row) (s settingRow, err error) {
	var active, inline int64
	err = row.Scan(&s.Method, &active, &s.Account, &s.DeadlineDays, &s.Capture, &inline, &s.Flat, &s.GraceDays, &s.RemindDays,
		&s.CancelDays, &s.Version, &s.Made, &s.Updated, &s.Below, &s.Bracket.Fee)
	s.Active, s.Inline = active != 0, inline != 0
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
	err = row.Scan(&p.Order, &p.Version, &p.Method, &p.State, &p.Amount, &p.Account, &p.Due, &p.PaidAt, &p.Back, &p.End, &p.Remind)
	return p, err
}

func scanOrder(row db.Row) (o id.Order, err error) { err = row.Scan(&o); return o, err }

func scanShop(row db.Row) (s id.Shop, err error) { err = row.Scan(&s); return s, err }

// put stores a payment as it now is, with its journal, or returns ErrState where somebody else was faster.
func put(ctx context.Context, tx *db.Tx, p Payment) (Payment, error) {
	n, err := tx.Exec(ctx, updatePayment, tx.Shop(), p.Order, string(p.State), p.PaidAt, p.Back, p.Due, p.End, p.Remind, p.Version)
	if err != nil {
		return p, fmt.Errorf("update payment: %w", err)
	}
	if n == 0 {
		return p, ErrState
	}
	p.Version++
	return p, journal(tx, p)
}

func journal(tx *db.Tx, p Payment) error {
	a := tx.Actor()
	err := tx.Queue(insertEvent, tx.Shop(), p.Order, p.Version, tx.NowMS(), string(p.State), p.Amount, string(a.Kind), a.Account)
	if err != nil {
		return fmt.Errorf("insert payment's event: %w", err)
	}
	return nil
}
