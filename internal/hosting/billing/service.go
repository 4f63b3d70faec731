package billing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Service keeps the books. Its methods work in the transaction's shop unless they say otherwise.
type Service struct{ vault *vault.Client }

// New makes the service.
func New(v *vault.Client) *Service { return &Service{v} }

// Catalogue is every plan, in the platform's scope. Public: prices are on the wall.
func (s *Service) Catalogue(ctx context.Context, r db.Reader) (Catalogue, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanPlan, sqlPlans, id.Platform)
	if err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	return append(Standard(), list...), nil
}

// PutPlan sets a plan's price from a day on, in the platform's scope.
func (s *Service) PutPlan(ctx context.Context, tx *db.Tx, p Plan) error {
	if err := tx.Allow(actor.OperateShops); err != nil {
		return err
	}
	if err := p.Check(DayOf(tx.NowMS())); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlPutPlan, id.Platform, p.Code, p.From, p.Name.Ja, p.Name.En, p.Monthly, p.PerOrder, p.Offered)
	return err
}

// Issuer is the operator as printed, in the platform's scope; zero before it was filled in.
func (s *Service) Issuer(ctx context.Context, r db.Reader) (Issuer, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return Issuer{}, err
	}
	i, err := db.One(ctx, r, scanIssuer, sqlIssuer, id.Platform)
	if errors.Is(err, db.ErrNone) {
		return Issuer{}, nil
	}
	return i, err
}

// PutIssuer stores it, in the platform's scope; Version is the one that the form was filled from.
func (s *Service) PutIssuer(ctx context.Context, tx *db.Tx, in Issuer) error {
	if err := tx.Allow(actor.OperateShops); err != nil {
		return err
	}
	if err := in.Check(); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlPutIssuer, id.Platform, in.Name, in.Address, in.Phone, in.Number, in.Bank, in.Version)
	if err == nil && n == 0 {
		return ErrChanged
	}
	return err
}

// Begin opens a shop's account: its trial starts on the day. Once begun, it stays as it is.
func (s *Service) Begin(ctx context.Context, tx *db.Tx, day Day) error {
	if err := tx.Allow(actor.RunBilling); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlBegin, tx.Shop(), day, day.Month())
	return err
}

// ErrNotBegun is a shop without an account yet.
var ErrNotBegun = errors.New("the shop's billing account has not begun")

func (s *Service) account(ctx context.Context, r db.Reader) (Account, error) {
	a, err := db.One(ctx, r, scanAccount, sqlAccount, r.Shop())
	if errors.Is(err, db.ErrNone) {
		return a, ErrNotBegun
	}
	return a, err
}

func (s *Service) save(ctx context.Context, tx *db.Tx, a Account) error {
	n, err := tx.Exec(ctx, sqlPutAccount, tx.Shop(), a.Version, a.NextMonth, a.LastNumber, string(a.Method), a.Saved, a.Holder, a.Brand,
		a.Last4, a.Suspended, a.SuspendedBy, a.Reason, a.Before)
	if err == nil && n == 0 {
		return ErrChanged
	}
	return err
}

// Account is the shop's standing, for its owner and for jobs.
func (s *Service) Account(ctx context.Context, r db.Reader) (Account, error) {
	if err := r.Allow(actor.PayBills); err != nil {
		return Account{}, err
	}
	return s.account(ctx, r)
}

// Term is whose days are counted for the shop.
func (s *Service) Term(ctx context.Context, r db.Reader) (Term, error) {
	if err := r.Allow(actor.PayBills); err != nil {
		return Term{}, err
	}
	return s.term(ctx, r)
}

func (s *Service) term(ctx context.Context, r db.Reader) (Term, error) {
	a, err := s.account(ctx, r)
	if err != nil {
		return Term{}, err
	}
	choices, err := db.All(ctx, r, scanChoice, sqlChoices, r.Shop())
	return Term{a.Started, choices}, err
}

// Choose takes another plan from today on.
func (s *Service) Choose(ctx context.Context, tx *db.Tx, c Catalogue, plan string) error {
	if err := tx.Allow(actor.PayBills); err != nil {
		return err
	}
	today := DayOf(tx.NowMS())
	known := false
	for _, p := range c.On(today) {
		known = known || p.Code == plan && p.Offered
	}
	if !known {
		return ErrPlan
	}
	_, err := tx.Exec(ctx, sqlPutChoice, tx.Shop(), today, plan, tx.NowMS())
	return err
}

// PayBy sets how the shop pays. A card is given with its token; a transfer forgets it and says which token that was, so that
// the provider can be told.
func (s *Service) PayBy(ctx context.Context, tx *db.Tx, m Method, c CardOnFile) (forgotten string, err error) {
	if err := tx.Allow(actor.PayBills); err != nil {
		return "", err
	}
	a, err := s.account(ctx, tx)
	if err != nil {
		return "", err
	}
	if a.Saved != c.Saved {
		forgotten = a.Saved
	}
	holder := a.Holder
	a.Method, a.CardOnFile = m, c
	if a.Holder == "" {
		a.Holder = holder // the provider's name for the owner outlives a card
	}
	return forgotten, s.save(ctx, tx, a)
}

// Documents are the shop's invoices and credit notes, newest first.
func (s *Service) Documents(ctx context.Context, r db.Reader) ([]Document, error) {
	if err := r.Allow(actor.PayBills); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanDocument, sqlDocuments, r.Shop())
}

// Document is one of them.
func (s *Service) Document(ctx context.Context, r db.Reader, document int64) (Document, error) {
	if err := r.Allow(actor.PayBills); err != nil {
		return Document{}, err
	}
	return selectDocument(ctx, r, document)
}

// OpenDocuments are those that something is still to pay on, or to set off against.
func (s *Service) OpenDocuments(ctx context.Context, r db.Reader) ([]Document, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanDocument, sqlOpen, r.Shop())
}

// Entries are the shop's books.
func (s *Service) Entries(ctx context.Context, r db.Reader) ([]Entry, error) {
	if err := r.Allow(actor.PayBills); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanEntry, sqlAll, r.Shop())
}

// Loose are the entries of fees that no invoice shows yet.
func (s *Service) Loose(ctx context.Context, r db.Reader, before int64) ([]Entry, error) {
	if err := r.Allow(actor.PayBills); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanEntry, sqlLoose, r.Shop(), before)
}

// A Place is an invoice of a shop.
type Place struct {
	Shop     id.Shop
	Document int64
}

func scanPlace(r db.Row) (p Place, err error) {
	err = r.Scan(&p.Shop, &p.Document)
	return p, err
}

// Due are the invoices that something is to be done about, over all shops.
func (s *Service) Due(ctx context.Context, r db.Reader) ([]Place, error) {
	if err := r.Allow(actor.RunBilling); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanPlace, sqlDue, r.Now().UnixMilli())
}

// A Recipient is whom an invoice is written to.
type Recipient struct {
	Name     string `json:"name"`
	Postcode string `json:"postcode"`
	Address  string `json:"address"`
}

const recipientTable = "billing_recipient"

// PutRecipient keeps whom a month's papers are written to, sealed as the owner's, in the platform's scope. The first one stays.
func (s *Service) PutRecipient(ctx context.Context, tx *db.Tx, of id.Shop, m Month, owner id.Account, in Recipient) error {
	if err := tx.Allow(actor.RunBilling); err != nil {
		return err
	}
	if _, err := db.One(ctx, tx, scanRecipient, sqlRecipient, id.Platform, of, m); !errors.Is(err, db.ErrNone) {
		return err
	}
	text, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write recipient: %w", err)
	}
	row := tx.NewID()
	rec, err := s.vault.NewRecord(ctx, tx, vault.Record{Table: recipientTable, Row: row, Subject: vault.AccountSubject(vault.ShopOwner, owner)})
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
	_, err = tx.Exec(ctx, sqlPutRecipient, id.Platform, row, of, m, owner, sealed)
	return err
}

// Recipient opens whom a month's papers were written to, in the platform's scope with a credential for vault.LegalPage; ok is
// false where nobody was known.
func (s *Service) Recipient(ctx context.Context, r db.Reader, of id.Shop, m Month) (out Recipient, ok bool, err error) {
	if err := r.Allow(actor.PayBills); err != nil {
		return out, false, err
	}
	row, err := db.One(ctx, r, scanRecipient, sqlRecipient, id.Platform, of, m)
	if errors.Is(err, db.ErrNone) {
		return out, false, nil
	}
	if err != nil {
		return out, false, err
	}
	var blob []byte
	err = s.vault.Open(ctx, r, vault.LegalPage, []vault.Opening{{Table: recipientTable, Row: row.id,
		Subject: vault.AccountSubject(vault.ShopOwner, row.owner),
		Fields:  []vault.Field{{Column: "particulars", Class: vault.CommercialDisclosure, Sealed: row.sealed, Blob: &blob}}}})
	if err != nil {
		return out, false, err
	}
	if err := json.Unmarshal(blob, &out); err != nil {
		return out, false, fmt.Errorf("read recipient: %w", err)
	}
	return out, true, nil
}
