// Package people shows a shop's purchasers to programs: its members, and its guests, each of whom has one order.
//
// It guarantees that a page costs a fixed number of statements and at most one opening in the vault, with the caller's own credential,
// of the classes that its scopes reach; and that a search by person is made in the vault, which counts every match. It refuses a search by
// a class that the caller may not read.
package people

import (
	"context"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Service is the flow.
type Service struct{ vault *vault.Client }

// New makes the flow.
func New(v *vault.Client) *Service { return &Service{v} }

// A Purchaser is a member, or a guest as their order has them.
type Purchaser struct {
	ID         int64
	Member     bool
	Made       int64 // milliseconds
	Order      int64 // a guest's
	Prefecture postal.Prefecture
	Points     int64
	Bought     int64

	// In the clear; what the caller may not read, or was erased, is empty.
	Name, Furigana, Company, Postcode, Email, Phone string

	Address []string
	sealed  struct{ name, email, furigana, company, postcode, address, phone vault.Sealed }
}

// A Filter chooses purchasers. Nil and zero fields do not filter; an empty list finds nothing.
type Filter struct {
	IDs           []int64
	Member        *bool
	From, Until   int64 // [from, until)
	Sought        map[vault.Class]string
	Limit, Offset int
}

// mostSought is how many purchasers a search looks through, newest first.
const mostSought = 2_000

// ErrNone is a purchaser who is not there.
var ErrNone = fault.NotFound(fault.Text{Ja: "この顧客は見つかりません。", En: "This customer cannot be found."})

// List gives a page of the purchasers, newest first, and how many there are in all.
func (s *Service) List(ctx context.Context, r db.Reader, f Filter) (found []Purchaser, total int64, err error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, 0, err
	}
	if len(f.Sought) > 0 {
		if found, err = s.search(ctx, r, f); err != nil {
			return nil, 0, err
		}
		total = int64(len(found))
		found = found[min(f.Offset, len(found)):min(f.Offset+f.Limit, len(found))]
	} else {
		if total, err = count(ctx, r, f.where(r.Shop())); err != nil {
			return nil, 0, err
		}
		if found, err = list(ctx, r, f.where(r.Shop()), f.Limit, f.Offset); err != nil {
			return nil, 0, err
		}
	}
	return found, total, s.open(ctx, r, found)
}

// Get gives one purchaser.
func (s *Service) Get(ctx context.Context, r db.Reader, n int64) (Purchaser, error) {
	found, _, err := s.List(ctx, r, Filter{IDs: []int64{n}, Limit: 1})
	if err != nil {
		return Purchaser{}, err
	}
	if len(found) == 0 {
		return Purchaser{}, ErrNone
	}
	return found[0], nil
}

// There says whether the purchaser is the shop's, without reading anything of them.
func (s *Service) There(ctx context.Context, r db.Reader, n int64) error {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return err
	}
	total, err := count(ctx, r, Filter{IDs: []int64{n}}.where(r.Shop()))
	if err == nil && total == 0 {
		return ErrNone
	}
	return err
}

// Reach are the classes that the caller may read.
func Reach(a actor.Actor) vault.Mask {
	if !a.May(actor.ViewPersons) {
		return 0
	}
	return vault.ScopeClasses(a.Scopes)
}

// opening asks for the purchaser's fields of those classes.
func (p *Purchaser) opening(shop id.Shop, want vault.Mask, address *string, erased *bool) vault.Opening {
	o := vault.Opening{Table: "member", Row: p.ID, Subject: vault.MemberSubject(shop, id.Member(p.ID)), Erased: erased}
	if !p.Member {
		o = vault.Opening{Table: "purchase", Row: p.Order, Subject: vault.GuestSubject(shop, id.Guest(p.ID)), Erased: erased}
	}
	s := &p.sealed
	for _, f := range []vault.Field{
		{Column: "name", Class: vault.Name, Sealed: s.name, Text: &p.Name},
		{Column: "furigana", Class: vault.Furigana, Sealed: s.furigana, Text: &p.Furigana},
		{Column: "company", Class: vault.Company, Sealed: s.company, Text: &p.Company},
		{Column: "postcode", Class: vault.Address, Sealed: s.postcode, Text: &p.Postcode},
		{Column: "address", Class: vault.Address, Sealed: s.address, Text: address},
		{Column: "email", Class: vault.Email, Sealed: s.email, Text: &p.Email},
		{Column: "phone", Class: vault.Phone, Sealed: s.phone, Text: &p.Phone},
	} {
		if want.Has(f.Class) {
			o.Fields = append(o.Fields, f)
		}
	}
	return o
}

func (s *Service) open(ctx context.Context, r db.Reader, found []Purchaser) error {
	want := Reach(r.Actor())
	if want == 0 || len(found) == 0 {
		return nil
	}
	asked, erased, address := make([]vault.Opening, len(found)), make([]bool, len(found)), make([]string, len(found))
	for i := range found {
		asked[i] = found[i].opening(r.Shop(), want, &address[i], &erased[i])
	}
	if err := s.vault.Open(ctx, r, vault.AppCustomers, asked); err != nil {
		return err
	}
	for i := range found {
		if address[i] != "" {
			found[i].Address = strings.Split(address[i], "\n")
		}
	}
	return nil
}

// search has the vault say who matches all that is sought. Nothing is opened for it.
func (s *Service) search(ctx context.Context, r db.Reader, f Filter) ([]Purchaser, error) {
	found, err := list(ctx, r, f.where(r.Shop()), mostSought, 0)
	if err != nil {
		return nil, err
	}
	for class, text := range f.Sought {
		if len(found) == 0 {
			break
		}
		if !Reach(r.Actor()).Has(class) {
			return nil, vault.ErrDenied
		}
		asked, erased := make([]vault.Opening, len(found)), make([]bool, len(found))
		for i := range found {
			probe, address := found[i], ""
			asked[i] = probe.opening(r.Shop(), vault.Mask(0).With(class), &address, &erased[i])
		}
		matches, err := s.vault.Search(ctx, r, vault.AppCustomers, text, asked)
		if err != nil {
			return nil, err
		}
		kept := make([]Purchaser, len(matches))
		for i, m := range matches {
			kept[i] = found[m]
		}
		found = kept
	}
	return found, nil
}
