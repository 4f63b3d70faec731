package vault

import (
	"context"
	"fmt"
	"slices"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// Blind gives the blind indexes of typed texts of one class in the reader's shop, for exact look-up: equal texts (width,
// case and kana folded) give equal indexes. An empty text gives nil.
//
// Whoever has the indexes of a shop's people can try texts against them, so the vault gives an index only for a purpose
// that looks people up, to who may do that, and so many different texts a minute and a day.
func (c *Client) Blind(ctx context.Context, r db.Reader, why Purpose, class Class, texts ...string) ([][]byte, error) {
	b, err := ask[wire.Blinded](ctx, c, wire.OpBlind, wire.Blind{Credential: r.Actor().Credential.Reveal(), Request: r.Scope().Request,
		Purpose: string(why), Shop: int64(r.Shop()), Class: uint8(class), Texts: texts})
	if err != nil {
		return nil, err
	}
	if len(b.Indexes) != len(texts) {
		return nil, ErrUnavailable.Because(fmt.Errorf("asked for %d blind indexes, got %d", len(texts), len(b.Indexes)))
	}
	return b.Indexes, nil
}

// A Blinded is the blind index of one sealed field, to be stored by SaveBlinds.
type Blinded struct {
	rec   Record
	class Class
	index []byte
}

// BlindSealed has the vault compute the blind indexes of sealed fields. No plaintext leaves the vault, so there is nothing
// that anybody has read and no entry in the ledger; for the same reason it is bounded: see the keeper. Fields without a
// value, and records that are erased where Erased is set, give none.
func (c *Client) BlindSealed(ctx context.Context, r db.Reader, why Purpose, records []Opening) ([]Blinded, error) {
	q, back, err := c.question(ctx, r, why, records)
	if err != nil || len(back) == 0 {
		return nil, err
	}
	var out []Blinded
	for start, end := 0, 0; start < len(q.Records); start = end {
		part := *q
		end = start + q.Fit(start)
		part.Records = q.Records[start:end]
		answer, err := c.call(ctx, wire.OpBlindSealed, part.Encode())
		if err != nil {
			return nil, err
		}
		indexes, err := wire.DecodeTexts(answer)
		if err != nil {
			return nil, ErrUnavailable.Because(fmt.Errorf("read blind indexes: %w", err))
		}
		for i, w := range part.Records {
			if len(indexes) < len(w.Fields) {
				return nil, ErrUnavailable.Because(fmt.Errorf("fewer blind indexes than fields"))
			}
			o := &records[start+i]
			for j, f := range w.Fields {
				if len(indexes[j]) > 0 {
					out = append(out, Blinded{Record{o.Table, o.Row, o.Subject}, Class(f.Class), indexes[j]})
				}
			}
			indexes = indexes[len(w.Fields):]
		}
	}
	return out, nil
}

// SaveBlinds stores indexes. Stored twice they are there once. The indexes of a record whose key is gone are dropped: who
// was erased in the meantime leaves nothing behind.
func SaveBlinds(ctx context.Context, tx *db.Tx, list []Blinded) error {
	there := map[Record]bool{}
	for _, b := range list {
		if b.rec.Subject.Shop != tx.Shop() {
			return fmt.Errorf("save blind index: record of another shop")
		}
		has, known := there[b.rec]
		if !known {
			var err error
			if has, err = holdKeys(ctx, tx, b.rec); err != nil {
				return err
			}
			there[b.rec] = has
		}
		if !has {
			continue
		}
		if err := insertBlind(ctx, tx, b); err != nil {
			return err
		}
	}
	return nil
}

// Lookup gives the newest rows of a table of the reader's shop that were stored with the text in one of the classes, at
// most limit. What is found was not read yet, and not entered: have Search confirm it before it is shown.
func (c *Client) Lookup(
	ctx context.Context, r db.Reader, why Purpose, table, text string, limit int, classes ...Class,
) ([]int64, error) {
	var out []int64
	for _, class := range classes {
		blinds, err := c.Blind(ctx, r, why, class, text)
		if err != nil {
			return nil, err
		}
		if len(blinds[0]) == 0 {
			continue
		}
		rows, err := selectBlind(ctx, r, table, class, blinds[0], limit)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	slices.Reverse(out)
	return out[:min(len(out), limit)], nil
}
