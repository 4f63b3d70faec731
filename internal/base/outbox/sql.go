package outbox

import (
	"context"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

const (
	sqlPublish = `
		INSERT INTO outbox (shop_id, id, at_ms, event, subject, body)
		VALUES ($1, $2, $3, $4, $5, $6)`
	sqlWaitingShops = `SELECT DISTINCT shop_id FROM outbox WHERE seq IS NULL LIMIT 1000`
	sqlNumber       = `
		UPDATE outbox
		SET seq = w.no + $2
		FROM (
			SELECT o.id, ROW_NUMBER() OVER (ORDER BY o.at_ms, o.id) AS no
			FROM outbox o
			WHERE o.shop_id = $1 AND o.seq IS NULL
			ORDER BY o.at_ms, o.id
			LIMIT 500) w
		WHERE outbox.shop_id = $1 AND outbox.id = w.id AND outbox.seq IS NULL`
	sqlHead    = `SELECT seq FROM outbox_head WHERE shop_id = $1`
	sqlPutHead = `
		INSERT INTO outbox_head (shop_id, seq)
		VALUES ($1, $2)
		ON CONFLICT (shop_id) DO UPDATE SET seq = excluded.seq`
	sqlBehindShops = `
		SELECT h.shop_id
		FROM outbox_head h
		LEFT JOIN follower f ON f.shop_id = h.shop_id AND f.name = $1
		WHERE h.seq > COALESCE(f.seq, 0)
		LIMIT 1000`
	sqlPosition    = `SELECT seq FROM follower WHERE shop_id = $1 AND name = $2`
	sqlPutPosition = `
		INSERT INTO follower (shop_id, name, seq)
		VALUES ($1, $2, $3)
		ON CONFLICT (shop_id, name) DO UPDATE SET seq = excluded.seq
		WHERE follower.seq < excluded.seq`
	sqlSkip = `
		INSERT INTO follower (shop_id, name, seq)
		SELECT shop_id, $2, seq
		FROM outbox_head
		WHERE shop_id = $1
		ON CONFLICT (shop_id, name) DO UPDATE SET seq = excluded.seq
		WHERE follower.seq < excluded.seq`
	sqlFacts = `
		SELECT seq, at_ms, event, subject, body
		FROM outbox
		WHERE shop_id = $1 AND seq > $2
		ORDER BY seq
		LIMIT 200`
)

func scanID[T ~int64](r db.Row) (T, error) {
	var v int64
	err := r.Scan(&v)
	return T(v), err
}

// Facts lists a shop's facts after a number, oldest first: what a feed or a follower reads.
func Facts(ctx context.Context, r db.Reader, after int64) ([]Fact, error) {
	shop := r.Shop()
	return db.All(ctx, r, func(row db.Row) (Fact, error) {
		f := Fact{Shop: shop}
		var body string
		err := row.Scan(&f.Seq, &f.At, &f.Event, &f.Subject, &body)
		f.Body = []byte(body)
		return f, err
	}, sqlFacts, shop, after)
}

func scope(shop id.Shop) db.Scope { return db.Scope{Shop: shop, Request: "outbox"} }
