package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/contact"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Legal is who sells: the particulars of 特定商取引法に基づく表記 (article 11 of the Act on Specified Commercial Transactions).
type Legal struct {
	Seller         string `json:"seller"`         // the company's registered name, or the person's
	Representative string `json:"representative"` // who answers for the sales
	Postcode       string `json:"postcode"`
	Address        string `json:"address"`
	Phone          string `json:"phone"`
	Hours          string `json:"hours"` // when the phone is answered
	Email          string `json:"email"`
}

// Validate normalises the particulars and returns every wrong field.
func (l *Legal) Validate() error {
	var fs fault.Faults
	read := func(field string, v *string, as func(field, typed string) (string, error)) {
		got, err := as(field, *v)
		if err != nil {
			fs.Add(err) //nolint:errcheck // contact's readers return faults only
			return
		}
		*v = got
	}
	read("seller", &l.Seller, contact.AddressLine)
	read("representative", &l.Representative, contact.Name)
	read("postcode", &l.Postcode, contact.Postcode)
	read("address", &l.Address, contact.AddressLine)
	read("phone", &l.Phone, contact.Phone)
	read("email", &l.Email, contact.Email)
	l.Hours = strings.TrimSpace(l.Hours)
	if utf8.RuneCountInString(l.Hours) > 100 {
		fs = append(fs, fault.Invalid("hours", fault.Text{Ja: "受付時間は100文字以内にしてください。", En: "Please keep the hours within 100 characters."}))
	}
	return fs.Err()
}

const legalTable = "legal"

// PutLegal stores a shop's particulars, sealed, in the platform's scope; the caller then tells the shop with LegalIsDone.
func (s *Service) PutLegal(ctx context.Context, tx *db.Tx, of id.Shop, owner id.Account, in Legal) error {
	if err := tx.Allow(actor.EditSettings); err != nil {
		return err
	}
	if err := in.Validate(); err != nil {
		return err
	}
	text, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write particulars: %w", err)
	}
	rec, err := s.vault.NewRecord(ctx, tx, vault.Record{Table: legalTable, Row: int64(of),
		Subject: vault.AccountSubject(vault.ShopOwner, owner)})
	if err != nil {
		return err
	}
	sealed, err := rec.SealBlob("particulars", vault.CommercialDisclosure, text)
	if err != nil {
		return err
	}
	if err := rec.Save(ctx, tx); err != nil {
		return err
	}
	return putLegal(ctx, tx, of, owner, sealed)
}

// Legal is a shop's particulars, for its public page, in the platform's scope with a credential for vault.LegalPage. What
// was opened is kept in memory until it changes, since everyone may read it; so the page outlives the vault for a while.
func (s *Service) Legal(ctx context.Context, r db.Reader, of id.Shop) (Legal, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return Legal{}, err
	}
	row, err := selectLegal(ctx, r, of)
	if errors.Is(err, db.ErrNone) {
		return Legal{}, ErrNoLegal
	}
	if err != nil {
		return Legal{}, err
	}
	if l, ok := s.legal.get(of, row.version); ok {
		return l, nil
	}
	var blob []byte
	err = s.vault.Open(ctx, r, vault.LegalPage, []vault.Opening{{Table: legalTable, Row: int64(of),
		Subject: vault.AccountSubject(vault.ShopOwner, row.owner),
		Fields:  []vault.Field{{Column: "particulars", Class: vault.CommercialDisclosure, Sealed: row.sealed, Blob: &blob}}}})
	if err != nil {
		return Legal{}, err
	}
	var l Legal
	if err := json.Unmarshal(blob, &l); err != nil {
		return Legal{}, fmt.Errorf("read particulars: %w", err)
	}
	s.legal.put(of, row.version, l)
	return l, nil
}

// ErrNoLegal means that the shop has not filled in its particulars.
var ErrNoLegal = fault.NotFound(fault.Text{Ja: "特定商取引法に基づく表記はまだ用意されていません。", En: "The legal page has not been filled in yet."})

// legalCache keeps published particulars in memory, by version.
type legalCache struct {
	mu  sync.Mutex
	all map[id.Shop]keptLegal
}

type keptLegal struct {
	version int64
	legal   Legal
}

const maxLegal = 10_000

func newLegalCache() *legalCache { return &legalCache{all: map[id.Shop]keptLegal{}} }

func (c *legalCache) get(of id.Shop, version int64) (Legal, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.all[of]
	return k.legal, ok && k.version == version
}

func (c *legalCache) put(of id.Shop, version int64, l Legal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) >= maxLegal {
		clear(c.all)
	}
	c.all[of] = keptLegal{version, l}
}
