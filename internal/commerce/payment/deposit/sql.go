package deposit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/payment/bankfile"
)

const columns = `d.id, d.import_id, d.row_key, d.no, d.version, d.day, d.amount, d.payer, d.state, d.verdict`

const insertImport = `
	INSERT INTO bank_import (shop_id, id, at_ms, account, kind, columns, rows, fresh)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT DO NOTHING`

const selectImports = `
	SELECT id, at_ms, account, kind, columns, rows, fresh
	FROM bank_import
	WHERE shop_id = $1
	ORDER BY at_ms DESC, id DESC
	LIMIT $2 + 0`

const insertDeposit = `
	INSERT INTO deposit (shop_id, id, import_id, row_key, no, version, day, amount, payer, state, verdict)
	VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10)`

const selectDeposit = `
	SELECT ` + columns + `
	FROM deposit d
	WHERE d.shop_id = $1 AND d.id = $2`

const updateDeposit = `
	UPDATE deposit
	SET state = $3, verdict = $4, version = version + 1
	WHERE shop_id = $1 AND id = $2 AND version = $5`

const countState = `
	SELECT COUNT(*)
	FROM (SELECT id FROM deposit WHERE shop_id = $1 AND state = $2 LIMIT $3 + 0) AS found`

const insertOrder = `
	INSERT INTO deposit_order (shop_id, deposit_id, order_id)
	VALUES ($1, $2, $3)`

const deleteOrders = `
	DELETE FROM deposit_order
	WHERE shop_id = $1 AND deposit_id = $2`

const selectPaying = `
	SELECT ` + columns + `
	FROM deposit_order o
	JOIN deposit d ON d.shop_id = o.shop_id AND d.id = o.deposit_id
	WHERE o.shop_id = $1 AND o.order_id = $2 AND d.state = 'applied'
	ORDER BY d.day, d.id`

const insertEvent = `
	INSERT INTO deposit_event (shop_id, deposit_id, no, at_ms, act, account, orders)
	VALUES ($1, $2, $3, $4, $5, $6, $7)`

const selectEvents = `
	SELECT no, at_ms, act, account, orders
	FROM deposit_event
	WHERE shop_id = $1 AND deposit_id = $2
	ORDER BY no`

func scan(row db.Row) (d Deposit, err error) {
	var key []byte
	err = row.Scan(&d.ID, &d.Import, &key, &d.no, &d.Version, &d.Day, &d.Amount, &d.payer, &d.State, &d.Verdict)
	copy(d.key[:], key)
	return d, err
}

func scanFile(row db.Row) (f File, err error) {
	var c string
	err = row.Scan(&f.ID, &f.At, &f.Account, &f.Kind, &c, &f.Rows, &f.Fresh)
	f.Columns = bankfile.ParseColumns(c)
	return f, err
}

func scanEvent(row db.Row) (e Event, err error) {
	var list string
	err = row.Scan(&e.No, &e.At, &e.Act, &e.Account, &list)
	for s := range strings.FieldsSeq(list) {
		e.Orders = append(e.Orders, id.Parse[id.Order](s))
	}
	return e, err
}

// withOrders adds the orders of each deposit.
func withOrders(ctx context.Context, r db.Reader, ds []Deposit) ([]Deposit, error) {
	if len(ds) == 0 {
		return nil, nil
	}
	ids, place := make([]int64, len(ds)), map[id.Deposit]int{}
	for i, d := range ds {
		ids[i], place[d.ID] = int64(d.ID), i
	}
	w := db.NewWhere("shop_id = ?", r.Shop())
	db.In(w, "deposit_id", ids)
	type pair struct {
		deposit id.Deposit
		order   id.Order
	}
	rows, err := db.All(ctx, r, func(row db.Row) (p pair, err error) {
		err = row.Scan(&p.deposit, &p.order)
		return p, err
	}, `
		SELECT deposit_id, order_id
		FROM deposit_order
		WHERE `+w.Text()+`
		ORDER BY deposit_id, order_id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read deposits' orders: %w", err)
	}
	for _, p := range rows {
		d := &ds[place[p.deposit]]
		d.Orders = append(d.Orders, p.order)
	}
	return ds, nil
}

func get(ctx context.Context, r db.Reader, n id.Deposit) (Deposit, error) {
	d, err := db.One(ctx, r, scan, selectDeposit, r.Shop(), n)
	if errors.Is(err, db.ErrNone) {
		return d, ErrNone
	}
	if err != nil {
		return d, fmt.Errorf("read deposit: %w", err)
	}
	ds, err := withOrders(ctx, r, []Deposit{d})
	if err != nil {
		return d, err
	}
	return ds[0], nil
}

func list(ctx context.Context, r db.Reader, f Filter) ([]Deposit, page.Cursor, error) {
	if f.Limit < 1 || f.Limit > page.MaxLimit {
		f.Limit = page.DefaultLimit
	}
	w := db.NewWhere("d.shop_id = ?", r.Shop())
	texts := make([]string, len(f.States))
	for i, s := range f.States {
		texts[i] = string(s)
	}
	if len(texts) > 0 {
		db.In(w, "d.state", texts)
	}
	if !f.After.IsZero() {
		day := dayOf(f.After.Key)
		w.And("(d.day < ? OR (d.day = ? AND d.id < ?))", day, day, f.After.ID)
	}
	limit := w.Arg(f.Limit + 1)
	ds, err := db.All(ctx, r, scan, `
		SELECT `+columns+`
		FROM deposit d
		WHERE `+w.Text()+`
		ORDER BY d.day DESC, d.id DESC
		LIMIT `+limit+` + 0`, w.Args()...)
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list deposits: %w", err)
	}
	ds, next := page.Cut(ds, f.Limit, func(d Deposit) page.Cursor { return page.Cursor{Key: dayNumber(d.Day), ID: int64(d.ID)} })
	ds, err = withOrders(ctx, r, ds)
	return ds, next, err
}

func count(ctx context.Context, r db.Reader, in State, most int64) (n int64, err error) {
	if err := r.QueryRow(ctx, countState, r.Shop(), string(in), most).Scan(&n); err != nil {
		return 0, fmt.Errorf("count deposits: %w", err)
	}
	return n, nil
}

// slice is how many keys are asked for at once.
const slice = 400

func known(ctx context.Context, r db.Reader, keys []Key32) (map[Key32][]Deposit, error) {
	out := map[Key32][]Deposit{}
	asked := map[Key32]bool{}
	var list [][]byte
	for _, k := range keys {
		if !asked[k] {
			asked[k] = true
			list = append(list, k[:])
		}
	}
	for start := 0; start < len(list); start += slice {
		w := db.NewWhere("d.shop_id = ?", r.Shop())
		db.In(w, "d.row_key", list[start:min(start+slice, len(list))])
		ds, err := db.All(ctx, r, scan, `
			SELECT `+columns+`
			FROM deposit d
			WHERE `+w.Text()+`
			ORDER BY d.no`, w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("look for known deposits: %w", err)
		}
		for _, d := range ds {
			out[d.key] = append(out[d.key], d)
		}
	}
	return out, nil
}

func paying(ctx context.Context, r db.Reader, o id.Order) ([]Deposit, error) {
	ds, err := db.All(ctx, r, scan, selectPaying, r.Shop(), o)
	if err != nil {
		return nil, fmt.Errorf("read an order's deposits: %w", err)
	}
	return withOrders(ctx, r, ds)
}

func history(ctx context.Context, r db.Reader, n id.Deposit) ([]Event, error) {
	es, err := db.All(ctx, r, scanEvent, selectEvents, r.Shop(), n)
	if err != nil {
		return nil, fmt.Errorf("read deposit's history: %w", err)
	}
	return es, nil
}

func files(ctx context.Context, r db.Reader, limit int) ([]File, error) {
	fs, err := db.All(ctx, r, scanFile, selectImports, r.Shop(), limit)
	if err != nil {
		return nil, fmt.Errorf("read imports: %w", err)
	}
	return fs, nil
}

func put(ctx context.Context, tx *db.Tx, d Deposit) error {
	n, err := tx.Exec(ctx, updateDeposit, tx.Shop(), d.ID, string(d.State), string(d.Verdict), d.Version)
	if err != nil {
		return fmt.Errorf("update deposit: %w", err)
	}
	if n == 0 {
		return ErrChanged
	}
	if err := tx.Queue(deleteOrders, tx.Shop(), d.ID); err != nil {
		return fmt.Errorf("delete deposit's orders: %w", err)
	}
	return orders(tx, d.ID, d.Orders)
}

func orders(tx *db.Tx, n id.Deposit, list []id.Order) error {
	for _, o := range list {
		if err := tx.Queue(insertOrder, tx.Shop(), n, o); err != nil {
			return fmt.Errorf("insert deposit's order: %w", err)
		}
	}
	return nil
}

func journal(tx *db.Tx, d Deposit, a Act, list []id.Order) error {
	texts := make([]string, len(list))
	for i, o := range list {
		texts[i] = id.String(o)
	}
	err := tx.Queue(insertEvent, tx.Shop(), d.ID, d.Version, tx.NowMS(), string(a), tx.Actor().Account, strings.Join(texts, " "))
	if err != nil {
		return fmt.Errorf("insert deposit's event: %w", err)
	}
	return nil
}
