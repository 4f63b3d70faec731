package billing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	sqlPlans = `
		SELECT code, from_day, name_ja, name_en, monthly, per_order, offered
		FROM billing_plan
		WHERE shop_id = $1
		ORDER BY code, from_day`
	sqlPutPlan = `
		INSERT INTO billing_plan (shop_id, code, from_day, name_ja, name_en, monthly, per_order, offered)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (shop_id, code, from_day) DO UPDATE
		SET name_ja = excluded.name_ja, name_en = excluded.name_en, monthly = excluded.monthly, per_order = excluded.per_order,
			offered = excluded.offered`
	sqlIssuer    = `SELECT name, address, phone, number, bank, version FROM billing_issuer WHERE shop_id = $1`
	sqlPutIssuer = `
		INSERT INTO billing_issuer (shop_id, name, address, phone, number, bank, version)
		VALUES ($1, $2, $3, $4, $5, $6, 1)
		ON CONFLICT (shop_id) DO UPDATE
		SET name = excluded.name, address = excluded.address, phone = excluded.phone, number = excluded.number, bank = excluded.bank,
			version = billing_issuer.version + 1
		WHERE billing_issuer.version = $7 + 0`
	sqlBegin = `
		INSERT INTO billing_account (shop_id, started_day, next_month, last_number, method, saved, holder, brand, last4, suspended_ms,
			suspended_by, reason, before, version)
		VALUES ($1, $2, $3, 0, 'transfer', '', '', '', '', 0, '', '', '', 1)
		ON CONFLICT (shop_id) DO NOTHING`
	sqlAccount = `
		SELECT started_day, next_month, last_number, method, saved, holder, brand, last4, suspended_ms, suspended_by, reason, before, version
		FROM billing_account
		WHERE shop_id = $1`
	sqlPutAccount = `
		UPDATE billing_account
		SET next_month = $3, last_number = $4, method = $5, saved = $6, holder = $7, brand = $8, last4 = $9, suspended_ms = $10,
			suspended_by = $11, reason = $12, before = $13, version = version + 1
		WHERE shop_id = $1 AND version = $2`
	sqlToClose = `
		SELECT shop_id
		FROM billing_account
		WHERE shop_id > $1 AND next_month <= $2
		ORDER BY shop_id
		LIMIT 500`
	sqlChoices   = `SELECT day, plan FROM billing_choice WHERE shop_id = $1 ORDER BY day`
	sqlPutChoice = `
		INSERT INTO billing_choice (shop_id, day, plan, at_ms)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (shop_id, day) DO UPDATE
		SET plan = excluded.plan, at_ms = excluded.at_ms`
	sqlInsertEntry = `
		INSERT INTO billing_entry (shop_id, id, cause, fact, subject, at_ms, debit, credit, amount, plan, from_day, until_day, document)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT DO NOTHING`
	entryColumns = `id, cause, fact, subject, at_ms, debit, credit, amount, plan, from_day, until_day, document`
	sqlCause     = `SELECT ` + entryColumns + ` FROM billing_entry WHERE shop_id = $1 AND cause = $2`
	sqlLoose     = `
		SELECT ` + entryColumns + `
		FROM billing_entry
		WHERE shop_id = $1 AND document = 0 AND at_ms < $2
		ORDER BY at_ms, id`
	sqlOf     = `SELECT ` + entryColumns + ` FROM billing_entry WHERE shop_id = $1 AND document = $2 ORDER BY at_ms, id`
	sqlAll    = `SELECT ` + entryColumns + ` FROM billing_entry WHERE shop_id = $1 ORDER BY at_ms, id LIMIT 100000`
	sqlAssign = `UPDATE billing_entry SET document = $3 WHERE shop_id = $1 AND id = $2 AND document = 0`

	docColumns = `id, number, code, kind, month, plan, made_ms, due_ms, total, tax, applied, paid, paid_ms, state, step, base_ms, next_ms, body`
	sqlInsert  = `
		INSERT INTO billing_document (shop_id, id, number, code, kind, month, plan, made_ms, due_ms, total, tax, applied, paid, paid_ms,
			state, step, base_ms, next_ms, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`
	sqlDocument  = `SELECT ` + docColumns + ` FROM billing_document WHERE shop_id = $1 AND id = $2`
	sqlDocuments = `SELECT ` + docColumns + ` FROM billing_document WHERE shop_id = $1 ORDER BY number DESC LIMIT 200`
	sqlOpen      = `SELECT ` + docColumns + ` FROM billing_document WHERE shop_id = $1 AND state = 'open' ORDER BY number`
	sqlUpdate    = `
		UPDATE billing_document
		SET applied = $3, paid = $4, paid_ms = $5, state = $6, step = $7, base_ms = $8, next_ms = $9, due_ms = $10
		WHERE shop_id = $1 AND id = $2`
	sqlDue = `
		SELECT shop_id, id
		FROM billing_document
		WHERE shop_id > 0 AND state = 'open' AND kind = 'invoice' AND next_ms > 0 AND next_ms <= $1
		ORDER BY next_ms
		LIMIT 500`
)

func scanPlan(r db.Row) (p Plan, err error) {
	err = r.Scan(&p.Code, &p.From, &p.Name.Ja, &p.Name.En, &p.Monthly, &p.PerOrder, &p.Offered)
	return p, err
}

func scanIssuer(r db.Row) (i Issuer, err error) {
	err = r.Scan(&i.Name, &i.Address, &i.Phone, &i.Number, &i.Bank, &i.Version)
	return i, err
}

func scanAccount(r db.Row) (a Account, err error) {
	err = r.Scan(&a.Started, &a.NextMonth, &a.LastNumber, &a.Method, &a.Saved, &a.Holder, &a.Brand, &a.Last4, &a.Suspended,
		&a.SuspendedBy, &a.Reason, &a.Before, &a.Version)
	return a, err
}

func scanChoice(r db.Row) (c Choice, err error) {
	err = r.Scan(&c.Day, &c.Plan)
	return c, err
}

func scanShop(r db.Row) (s id.Shop, err error) {
	err = r.Scan(&s)
	return s, err
}

func scanEntry(r db.Row) (e Entry, err error) {
	err = r.Scan(&e.ID, &e.Cause, &e.Fact, &e.Subject, &e.At, &e.Debit, &e.Credit, &e.Amount, &e.Plan, &e.From, &e.Until, &e.Document)
	return e, err
}

func scanDocument(r db.Row) (d Document, err error) {
	var body string
	err = r.Scan(&d.ID, &d.Number, &d.Code, &d.Kind, &d.Month, &d.Plan, &d.Made, &d.Due, &d.Total, &d.Tax, &d.Applied, &d.Paid, &d.PaidAt,
		&d.State, &d.Step, &d.Base, &d.Next, &body)
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(body), &d.Body); err != nil {
		return d, fmt.Errorf("read invoice: %w", err)
	}
	return d, nil
}

func insertDocument(ctx context.Context, tx *db.Tx, d Document) error {
	body, err := json.Marshal(d.Body)
	if err != nil {
		return fmt.Errorf("write invoice: %w", err)
	}
	_, err = tx.Exec(ctx, sqlInsert, tx.Shop(), d.ID, d.Number, d.Code, string(d.Kind), d.Month, d.Plan, d.Made, d.Due, d.Total, d.Tax,
		d.Applied, d.Paid, d.PaidAt, string(d.State), d.Step, d.Base, d.Next, string(body))
	return err
}

func updateDocument(ctx context.Context, tx *db.Tx, d Document) error {
	_, err := tx.Exec(ctx, sqlUpdate, tx.Shop(), d.ID, d.Applied, d.Paid, d.PaidAt, string(d.State), d.Step, d.Base, d.Next, d.Due)
	return err
}

func selectDocument(ctx context.Context, r db.Reader, document int64) (Document, error) {
	d, err := db.One(ctx, r, scanDocument, sqlDocument, r.Shop(), document)
	if errors.Is(err, db.ErrNone) {
		return d, ErrNone
	}
	return d, err
}

// enter writes entries; one whose cause is known already is left out. n is how many were new.
func enter(ctx context.Context, tx *db.Tx, list ...Entry) (n int64, err error) {
	for _, e := range list {
		if e.At == 0 {
			e.At = tx.NowMS()
		}
		_, err := db.Insert(tx, func(v id.Fact) (int64, error) {
			got, err := tx.Exec(ctx, sqlInsertEntry, tx.Shop(), v, e.Cause, e.Fact, e.Subject, e.At, e.Debit, e.Credit, e.Amount, e.Plan,
				e.From, e.Until, e.Document)
			if err != nil || got > 0 {
				return got, err
			}
			if _, err := db.One(ctx, tx, scanEntry, sqlCause, tx.Shop(), e.Cause); err == nil {
				return 0, errKnown
			} else if !errors.Is(err, db.ErrNone) {
				return 0, err
			}
			return 0, nil
		})
		if errors.Is(err, errKnown) {
			continue
		}
		if err != nil {
			return n, fmt.Errorf("enter %s: %w", e.Cause, err)
		}
		n++
	}
	return n, nil
}

var errKnown = errors.New("known")
