package feed

import (
	"context"

	"github.com/noren-shop/noren/internal/apps/topic"
	"github.com/noren-shop/noren/internal/base/db"
)

const (
	sqlHead   = `SELECT stream, no, seq, digest, gone FROM feed_head WHERE shop_id = $1 AND stream = $2`
	sqlHeads  = `SELECT stream, no, seq, digest, gone FROM feed_head WHERE shop_id = $1 ORDER BY stream`
	sqlInsert = `
		INSERT INTO feed_event (shop_id, seq, stream, no, at_ms, event, subject, digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	sqlPutHead = `
		INSERT INTO feed_head (shop_id, stream, no, seq, digest, gone)
		VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (shop_id, stream) DO UPDATE SET no = excluded.no, seq = excluded.seq, digest = excluded.digest`
	sqlAfter = `
		SELECT seq, stream, no, at_ms, event, subject, digest
		FROM feed_event
		WHERE shop_id = $1 AND seq > $2
		ORDER BY seq
		LIMIT $3 + 0`
	sqlGone = `
		UPDATE feed_head
		SET gone = (
			SELECT MAX(e.seq) FROM feed_event e
			WHERE e.shop_id = feed_head.shop_id AND e.stream = feed_head.stream AND e.at_ms < $1)
		WHERE shop_id >= 0 AND EXISTS (
			SELECT 1 FROM feed_event e
			WHERE e.shop_id = feed_head.shop_id AND e.stream = feed_head.stream AND e.at_ms < $1)`
	sqlForget = `DELETE FROM feed_event WHERE shop_id >= 0 AND at_ms < $1`
)

func scanHead(r db.Row) (h Head, err error) {
	err = r.Scan(&h.Stream, &h.No, &h.Seq, &h.Digest, &h.Gone)
	return h, err
}

func selectHead(ctx context.Context, r db.Reader, s topic.Stream) (Head, error) {
	return db.One(ctx, r, scanHead, sqlHead, r.Shop(), string(s))
}

func selectHeads(ctx context.Context, r db.Reader) ([]Head, error) {
	return db.All(ctx, r, scanHead, sqlHeads, r.Shop())
}

func insert(ctx context.Context, tx *db.Tx, e Event) error {
	_, err := tx.Exec(ctx, sqlInsert, tx.Shop(), e.Seq, string(e.Stream), e.No, e.AtMS, string(e.Event), e.Subject, e.Digest)
	return err
}

func putHead(ctx context.Context, tx *db.Tx, h Head) error {
	_, err := tx.Exec(ctx, sqlPutHead, tx.Shop(), string(h.Stream), h.No, h.Seq, h.Digest)
	return err
}

func selectAfter(ctx context.Context, r db.Reader, after int64, limit int) ([]Event, error) {
	return db.All(ctx, r, func(row db.Row) (e Event, err error) {
		err = row.Scan(&e.Seq, &e.Stream, &e.No, &e.AtMS, &e.Event, &e.Subject, &e.Digest)
		return e, err
	}, sqlAfter, r.Shop(), after, limit)
}
