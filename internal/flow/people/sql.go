package people

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

// everyone is each purchaser once: members, and guests by their one order.
const everyone = `
	FROM (SELECT m.shop_id, m.id AS id, 1 AS member, m.made_ms AS made_ms, 0 AS order_id, 0 AS prefecture, m.name AS name, m.email AS email,
			CAST(NULL AS BYTEA) AS furigana, CAST(NULL AS BYTEA) AS company, CAST(NULL AS BYTEA) AS postcode,
			CAST(NULL AS BYTEA) AS address, CAST(NULL AS BYTEA) AS phone
		FROM member m WHERE m.shop_id = $1
		UNION ALL
		SELECT p.shop_id, p.guest_id, 0, p.placed_ms, p.id, p.prefecture, p.name, p.email, p.furigana, p.company, p.postcode, p.address, p.phone
		FROM purchase p WHERE p.shop_id = $1 AND p.guest_id <> 0) c
	WHERE `

const columns = `SELECT c.id, c.member, c.made_ms, c.order_id, c.prefecture, c.name, c.email, c.furigana, c.company, c.postcode, c.address, c.phone,
	COALESCE((SELECT a.balance FROM point_account a WHERE a.shop_id = c.shop_id AND a.customer_id = c.id), 0),
	CASE WHEN c.member = 0 THEN 1 ELSE (SELECT COUNT(*) FROM purchase q WHERE q.shop_id = c.shop_id AND q.member_id = c.id) END`

func scan(row db.Row) (p Purchaser, err error) {
	var member int64
	s := &p.sealed
	err = row.Scan(&p.ID, &member, &p.Made, &p.Order, &p.Prefecture, &s.name, &s.email, &s.furigana, &s.company, &s.postcode, &s.address, &s.phone,
		&p.Points, &p.Bought)
	p.Member = member == 1
	return p, err
}

// where begins with the shop, which is the statement's first argument.
func (f Filter) where(shop id.Shop) *db.Where {
	w := db.NewWhere("c.shop_id = ?", shop)
	if f.IDs != nil {
		db.In(w, "c.id", f.IDs)
	}
	if f.Member != nil {
		is := 0
		if *f.Member {
			is = 1
		}
		w.And("c.member = ?", is)
	}
	if f.From != 0 {
		w.And("c.made_ms >= ?", f.From)
	}
	if f.Until != 0 {
		w.And("c.made_ms < ?", f.Until)
	}
	return w
}

func list(ctx context.Context, r db.Reader, w *db.Where, limit, offset int) ([]Purchaser, error) {
	most, from := w.Arg(limit), w.Arg(offset)
	out, err := db.All(ctx, r, scan, columns+everyone+w.Text()+" ORDER BY c.made_ms DESC, c.id DESC LIMIT "+most+" + 0 OFFSET "+from+" + 0",
		w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list purchasers: %w", err)
	}
	return out, nil
}

func count(ctx context.Context, r db.Reader, w *db.Where) (n int64, err error) {
	if err = r.QueryRow(ctx, "SELECT COUNT(*)"+everyone+w.Text(), w.Args()...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count purchasers: %w", err)
	}
	return n, nil
}
