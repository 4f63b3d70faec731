package vault

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/security/vault/envelope"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// A Field is one sealed field to be opened, and where its plaintext goes: Text or Blob. A field without a value gives
// "" or
// nil and is not entered.
type Field struct {
	Column string
	Class  Class
	Sealed Sealed
	Text   *string
	Blob   *[]byte
}

// An Opening is a record whose fields are opened.
type Opening struct {
	Table   string
	Row     int64
	Subject Subject
	Fields  []Field
	// Erased is set where the record's key is gone; its fields stay empty. Nil makes Open fail with ErrGone instead.
	Erased *bool
}

// Open opens fields of many records of the reader's shop in one round trip, for one purpose, with the credential of the
// reader's actor. The ledger's entry is durable before anything comes back. Either all is opened or nothing; only
// what is
// over 20,000 records or 16 MB goes in parts.
//
// The first record whose subject, table, row, column or class is not what it was sealed as fails the whole with
// ErrDenied.
func (c *Client) Open(ctx context.Context, r db.Reader, why Purpose, records []Opening) error {
	return c.OpenWithReason(ctx, r, why, "", records)
}

// OpenWithReason is Open with the reason that a person typed; the vault keeps a keyed digest of it with the entry.
func (c *Client) OpenWithReason(ctx context.Context, r db.Reader, why Purpose, reason string, records []Opening) error {
	q, back, err := c.question(ctx, r, why, records)
	if err != nil || len(back) == 0 {
		return err
	}
	q.Reason = reason
	for start, end := 0, 0; start < len(q.Records); start = end {
		part := *q
		end = start + q.Fit(start)
		part.Records = q.Records[start:end]
		answer, err := c.call(ctx, wire.OpOpen, part.Encode())
		if err != nil {
			c.tellRead(ctx, r, why, err)
			return err
		}
		texts, err := wire.DecodeTexts(answer)
		if err != nil {
			return ErrUnavailable.Because(fmt.Errorf("read opened fields: %w", err))
		}
		if back, err = fill(back, part.Records, texts); err != nil {
			return err
		}
	}
	return nil
}

// fill hands the plaintexts to the fields that asked for them.
func fill(back []*Field, asked []wire.Record, texts [][]byte) ([]*Field, error) {
	n := 0
	for i := range asked {
		n += len(asked[i].Fields)
	}
	if n != len(texts) {
		return nil, ErrUnavailable.Because(fmt.Errorf("asked for %d fields, got %d", n, len(texts)))
	}
	for i, t := range texts {
		if back[i].Text != nil {
			*back[i].Text = string(t)
		}
		if back[i].Blob != nil {
			*back[i].Blob = t
		}
	}
	return back[n:], nil
}

// Search says which of the records have a field that contains the text, width, case and kana folded. Each match is
// entered in the ledger and counts toward the budget, whether or not it is shown.
func (c *Client) Search(ctx context.Context, r db.Reader, why Purpose, text string, records []Opening) ([]int, error) {
	if text == "" || len(text) > wire.MaxText {
		return nil, nil
	}
	q, back, err := c.question(ctx, r, why, records)
	if err != nil || len(back) == 0 {
		return nil, err
	}
	q.Query = text
	var matches []int
	for start, end := 0, 0; start < len(q.Records); start = end {
		part := *q
		end = start + q.Fit(start)
		part.Records = q.Records[start:end]
		answer, err := c.call(ctx, wire.OpSearch, part.Encode())
		if err != nil {
			c.tellRead(ctx, r, why, err)
			return nil, err
		}
		found, err := wire.DecodeMatches(answer, len(part.Records))
		if err != nil {
			return nil, ErrUnavailable.Because(fmt.Errorf("read matches: %w", err))
		}
		for _, m := range found {
			matches = append(matches, start+m)
		}
	}
	return matches, nil
}

// question gathers the records' keys and the fields that have a value. Records keep their places, so that a search's
// matches count as the caller counts.
func (c *Client) question(ctx context.Context, r db.Reader, why Purpose, records []Opening) (*wire.Open, []*Field, error) {
	keys, err := selectKeys(ctx, r, records)
	if err != nil {
		return nil, nil, err
	}
	q := &wire.Open{Credential: r.Actor().Credential.Reveal(), Shop: int64(r.Shop()), Purpose: string(why),
		Request: r.Scope().Request, Records: make([]wire.Record, len(records))}
	var back []*Field
	for i := range records {
		o := &records[i]
		w := wire.Record{Table: o.Table, Row: o.Row, Population: uint8(o.Subject.Population), Subject: o.Subject.ID}
		have, need := keys[rowKey{o.Table, o.Row}], map[uint32]bool{}
		for j := range o.Fields {
			f := &o.Fields[j]
			clearTarget(f)
			if f.Sealed.IsZero() {
				continue
			}
			no, ok := envelope.KeyNo(f.Sealed.b)
			if _, stored := have[no]; !ok || !stored {
				if o.Erased == nil {
					return nil, nil, fmt.Errorf("open %s.%s: %w", o.Table, f.Column, ErrGone)
				}
				*o.Erased = true
				continue
			}
			need[no] = true
			w.Fields = append(w.Fields, wire.Field{Column: f.Column, Class: uint8(f.Class), Sealed: f.Sealed.b})
			back = append(back, f)
		}
		for no := range need {
			w.Keys = append(w.Keys, have[no])
		}
		q.Records[i] = w
	}
	return q, back, nil
}

func clearTarget(f *Field) {
	if f.Text != nil {
		*f.Text = ""
	}
	if f.Blob != nil {
		*f.Blob = nil
	}
}

// Erase makes all that is sealed about a person in the transaction's shop unreadable for ever: the vault notes that the
// encapsulations never open again (so that no backup brings them back) and enters it, then the record keys and the blind indexes go. Call it
// last in the transaction: what the vault has erased stays so even if the transaction does not commit.
func (c *Client) Erase(ctx context.Context, tx *db.Tx, who Subject) error {
	if who.Shop != tx.Shop() {
		return fmt.Errorf("erase: subject of another shop")
	}
	encs, err := selectSubjectKeys(ctx, tx, who)
	if err != nil {
		return err
	}
	_, err = ask[wire.Empty](ctx, c, wire.OpErase, wire.Erase{Credential: tx.Actor().Credential.Reveal(),
		Request: tx.Scope().Request, Subject: wireSubject(who), Encs: encs})
	if err != nil {
		return err
	}
	return deleteSubject(ctx, tx, who)
}
