package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault/envelope"
)

// A Record names a row that holds one person's fields.
type Record struct {
	Table   string
	Row     int64
	Subject Subject
}

// A Sealer seals the fields of one record under a key of their own, which it forgets: only the vault can open them.
// Every
// NewRecord makes a new key, so that some fields of a stored record are changed by sealing just those anew.
type Sealer struct {
	rec   Record
	shop  id.Shop
	env   *envelope.Sealer
	keyNo int64
	link  []byte
	mask  Mask
	saved bool
}

// NewRecord begins to seal a record of the reader's shop.
func (c *Client) NewRecord(ctx context.Context, r db.Reader, rec Record) (*Sealer, error) {
	if rec.Subject.IsZero() || rec.Table == "" || rec.Row <= 0 {
		return nil, fmt.Errorf("seal record: table %q row %d: incomplete", rec.Table, rec.Row)
	}
	if rec.Subject.Shop != r.Shop() {
		return nil, fmt.Errorf("seal record of table %q: subject of another shop", rec.Table)
	}
	key, err := c.shopKey(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("seal record: %w", err)
	}
	env, err := envelope.NewSealer(key.Public, place(r.Shop(), rec, key.No))
	if err != nil {
		return nil, fmt.Errorf("seal record: %w", err)
	}
	return &Sealer{rec: rec, shop: r.Shop(), env: env, keyNo: key.No}, nil
}

// Seal seals one field. An empty text stays without a value. The card classes that are never stored are refused.
func (s *Sealer) Seal(column string, class Class, text string) (Sealed, error) {
	return s.SealBlob(column, class, []byte(text))
}

// SealBlob seals bytes, for kept confirmation screens and the like.
func (s *Sealer) SealBlob(column string, class Class, b []byte) (Sealed, error) {
	if !class.Sealable() {
		return Sealed{}, fmt.Errorf("seal %s.%s: class %s is never stored", s.rec.Table, column, class)
	}
	if len(b) == 0 {
		return Sealed{}, nil
	}
	sealed, err := s.env.Seal(column, uint8(class), b)
	if err != nil {
		return Sealed{}, fmt.Errorf("seal %s.%s: %w", s.rec.Table, column, err)
	}
	s.mask = s.mask.With(class)
	return Sealed{sealed}, nil
}

// Link makes the capability that lets its bearer read this record, and who has read it, until it expires: a guest's
// link to
// their order. It is sealed with the record, so that nobody can make one later, not even the web process.
func (s *Sealer) Link(expires time.Time) (secret.Token, error) {
	tok := secret.NewToken()
	link, err := s.env.SealLink(tok.Digest(), expires.UnixMilli())
	if err != nil {
		return secret.Token{}, fmt.Errorf("seal link: %w", err)
	}
	s.link = link
	return tok, nil
}

// Save stores the record's key (without which nothing opens) and the subject's presence, in the transaction that
// stores the fields.
func (s *Sealer) Save(ctx context.Context, tx *db.Tx) error {
	if s.saved {
		return fmt.Errorf("save record key: saved before")
	}
	if tx.Shop() != s.shop {
		return fmt.Errorf("save record key: another shop")
	}
	if err := insertKey(ctx, tx, s); err != nil {
		return err
	}
	s.saved = true
	return insertPresence(ctx, tx, s)
}

func place(shop id.Shop, rec Record, keyNo int64) envelope.Place {
	return envelope.Place{Shop: int64(shop), ShopKey: keyNo, Table: rec.Table, Row: rec.Row,
		Population: uint8(rec.Subject.Population), Subject: rec.Subject.ID}
}
