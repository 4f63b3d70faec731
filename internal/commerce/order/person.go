package order

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Person is a purchaser's data in the clear. It lives in a request's memory and is never stored.
type Person struct {
	Name     string
	Furigana string
	Company  string
	Postcode string   // seven digits
	Address  []string // below the prefecture: city, street and number, building
	Phone    string
	Email    string
	Note     string // to the shop
}

// Sealed is a purchaser's data as it is stored, with the key that it was sealed under.
type Sealed struct {
	name, furigana, company, postcode, address, phone, email, note, link vault.Sealed
	screen                                                               vault.Sealed
	evidence                                                             Evidence
	key                                                                  *vault.Sealer
}

// Evidence is the final confirmation as shown: sealed bytes and what is known of them in the clear.
type Evidence struct {
	SHA256 [32]byte
	Bytes  int64
	Shown  int64 // milliseconds
}

// Vault is what orders need of vault.Client.
type Vault interface {
	NewRecord(ctx context.Context, r db.Reader, rec vault.Record) (*vault.Sealer, error)
	OpenWithReason(ctx context.Context, r db.Reader, why vault.Purpose, reason string, records []vault.Opening) error
	AccessLog(ctx context.Context, r db.Reader, q vault.AccessQuery) (entries []vault.Access, next int64, err error)
	BlindSealed(ctx context.Context, r db.Reader, why vault.Purpose, records []vault.Opening) ([]vault.Blinded, error)
	Lookup(ctx context.Context, r db.Reader, why vault.Purpose, table, text string, limit int, classes ...vault.Class) ([]int64, error)
	Search(ctx context.Context, r db.Reader, why vault.Purpose, text string, records []vault.Opening) ([]int, error)
}

// The record that an order's fields are sealed as. The screen is one of its fields although it is stored in a table of its own.
const (
	table      = "purchase"
	eventTable = "purchase_event"
	linkTime   = 400 * 24 * time.Hour
)

// Seal seals a purchaser's data and the screen that they were shown, for the order of that id and purchaser. It needs no
// vault process, only the shop's public key, and writes nothing: do it before the transaction. The token is the capability
// with which the purchaser sees their order, and who has read it; it is sealed too, for the letters that carry it.
func Seal(ctx context.Context, v Vault, r db.Reader, in Place, p Person, screen []byte, ev Evidence) (Sealed, secret.Token, error) {
	key, err := v.NewRecord(ctx, r, vault.Record{Table: table, Row: int64(in.ID), Subject: in.Subject(r.Shop())})
	if err != nil {
		return Sealed{}, secret.Token{}, err
	}
	s := Sealed{key: key, evidence: ev}
	tok, err := key.Link(r.Now().Add(linkTime))
	if err != nil {
		return Sealed{}, secret.Token{}, err
	}
	for _, f := range []struct {
		column string
		class  vault.Class
		text   string
		to     *vault.Sealed
	}{
		{"name", vault.Name, p.Name, &s.name},
		{"furigana", vault.Furigana, p.Furigana, &s.furigana},
		{"company", vault.Company, p.Company, &s.company},
		{"postcode", vault.Address, p.Postcode, &s.postcode},
		{"address", vault.Address, strings.Join(p.Address, "\n"), &s.address},
		{"phone", vault.Phone, p.Phone, &s.phone},
		{"email", vault.Email, p.Email, &s.email},
		{"note", vault.Message, p.Note, &s.note},
		{"link", vault.Purchase, tok.Reveal(), &s.link},
		{"screen", vault.Purchase, string(screen), &s.screen},
	} {
		if *f.to, err = key.Seal(f.column, f.class, f.text); err != nil {
			return Sealed{}, secret.Token{}, err
		}
	}
	return s, tok, nil
}

// save stores the record's key. A transaction may be run again, and a sealer saves once: each run saves a copy of it.
func (s Sealed) save(ctx context.Context, tx *db.Tx) error {
	key := *s.key
	if err := key.Save(ctx, tx); err != nil {
		return fmt.Errorf("save order's key: %w", err)
	}
	return nil
}

// fields are a person's fields to be opened into p, with addr for the address's lines.
func (s Sealed) fields(p *Person, addr *string) []vault.Field {
	return []vault.Field{
		{Column: "name", Class: vault.Name, Sealed: s.name, Text: &p.Name},
		{Column: "furigana", Class: vault.Furigana, Sealed: s.furigana, Text: &p.Furigana},
		{Column: "company", Class: vault.Company, Sealed: s.company, Text: &p.Company},
		{Column: "postcode", Class: vault.Address, Sealed: s.postcode, Text: &p.Postcode},
		{Column: "address", Class: vault.Address, Sealed: s.address, Text: addr},
		{Column: "phone", Class: vault.Phone, Sealed: s.phone, Text: &p.Phone},
		{Column: "email", Class: vault.Email, Sealed: s.email, Text: &p.Email},
		{Column: "note", Class: vault.Message, Sealed: s.note, Text: &p.Note},
	}
}

// Own is an order with its purchaser's data, for the bearer of its link or the member who placed it. To anyone
// else it is not there.
func (s *Service) Own(ctx context.Context, r db.Reader, n id.Order) (Order, Person, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return Order{}, Person{}, err
	}
	if r.Actor().Credential.IsZero() {
		return Order{}, Person{}, ErrNone
	}
	o, err := get(ctx, r, n)
	if err != nil {
		return Order{}, Person{}, err
	}
	p, err := s.reveal(ctx, r, o, vault.OwnData, "")
	if fault.Is(err, fault.KindDenied) || fault.Is(err, fault.KindUnauthenticated) {
		return Order{}, Person{}, ErrNone
	}
	if err != nil {
		return Order{}, Person{}, err
	}
	return o, p, nil
}

// Access says who has read a purchaser's data: to the bearer of the order's link, and to staff who may see it. before is the
// last page's next, 0 for the newest.
func (s *Service) Access(ctx context.Context, r db.Reader, h Head, before int64) ([]vault.Access, int64, error) {
	q := vault.AccessQuery{Subject: h.Subject(r.Shop()), Before: before}
	if r.Actor().Kind == actor.Visitor {
		q.Record = &vault.Record{Table: table, Row: int64(h.ID), Subject: q.Subject}
	} else if err := r.Allow(actor.ViewAccess); err != nil {
		return nil, 0, err
	}
	return s.vault.AccessLog(ctx, r, q)
}

// An Addressee is what a letter needs to know.
type Addressee struct {
	Name, Email string
	Link        secret.Token // zero where there is none
}

// A Reading is how a purchaser is called, to be compared with a payer's name.
type Reading struct{ Name, Furigana string }

// Readings opens the names of some orders' purchasers, to match a payment: in one round trip to the vault and one entry in the
// ledger. An erased name is empty.
func (s *Service) Readings(ctx context.Context, r db.Reader, of []id.Order) (map[id.Order]Reading, error) {
	if err := r.Allow(actor.EditOrders); err != nil {
		return nil, err
	}
	if len(of) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(of))
	for i, n := range of {
		ids[i] = int64(n)
	}
	list, err := newest(ctx, r, page.Cursor{}, len(ids), ids...)
	if err != nil {
		return nil, err
	}
	read, erased, asked := make([]Reading, len(list)), make([]bool, len(list)), make([]vault.Opening, len(list))
	for i, o := range list {
		asked[i] = vault.Opening{Table: table, Row: int64(o.ID), Subject: o.Subject(r.Shop()), Erased: &erased[i], Fields: []vault.Field{
			{Column: "name", Class: vault.Name, Sealed: o.name, Text: &read[i].Name},
			{Column: "furigana", Class: vault.Furigana, Sealed: o.furigana, Text: &read[i].Furigana},
		}}
	}
	if err := s.vault.OpenWithReason(ctx, r, vault.MatchPayment, "", asked); err != nil {
		return nil, err
	}
	out := make(map[id.Order]Reading, len(list))
	for i, o := range list {
		out[o.ID] = read[i]
	}
	return out, nil
}

// Addressee opens what a letter to the purchaser needs, for the order mail's job.
func (s *Service) Addressee(ctx context.Context, r db.Reader, o Order) (Addressee, error) {
	if err := r.Allow(actor.SendMail); err != nil {
		return Addressee{}, err
	}
	var a Addressee
	var link string
	err := s.vault.OpenWithReason(ctx, r, vault.OrderMail, "", []vault.Opening{{Table: table, Row: int64(o.ID),
		Subject: o.Subject(r.Shop()), Fields: []vault.Field{
			{Column: "name", Class: vault.Name, Sealed: o.sealed.name, Text: &a.Name},
			{Column: "email", Class: vault.Email, Sealed: o.sealed.email, Text: &a.Email},
			{Column: "link", Class: vault.Purchase, Sealed: o.sealed.link, Text: &link},
		}}})
	a.Link = secret.ParseToken(link)
	return a, err
}
