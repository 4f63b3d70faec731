// Package sales shows a shop's orders to programs: with the payment, the letters and the parcels that belong to each.
//
// It guarantees that a page costs a fixed number of statements and at most one opening in the vault, with the caller's own credential,
// of the classes that its scopes reach; and that a search by person is made in the vault, which counts every match. It refuses a search by
// a class that the caller may not read.
package sales

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Service is the flow.
type Service struct{ vault *vault.Client }

// New makes the flow.
func New(v *vault.Client) *Service { return &Service{v} }

// A Sale is an order as programs see it.
type Sale struct {
	order.Order // without its lines and what is sealed: see Sold and Person
	Sold        []Line
	Updated     int64 // milliseconds, as all times here
	PaidAt      int64 // 0: not paid
	Points      order.PointState
	Carrier     string // of the parcel, once it has left
	Slip        string
	Mails       map[order.MailKind]order.Mail
	Bought      int64 // how many orders its purchaser has
	Balance     int64 // of their points
	Person      Person
	sealed      sealed
}

// A Line is what was sold, with a number of its own.
type Line struct {
	ID int64
	order.Line
}

// Left says whether the parcel has left the shop.
func (s Sale) Left() bool { return s.Status == order.Shipped || s.Status == order.Delivered }

// Customer is the purchaser's number, a member's or a guest's.
func (s Sale) Customer() int64 {
	if s.Member != 0 {
		return int64(s.Member)
	}
	return int64(s.Guest)
}

// A Person is a purchaser in the clear. What the caller may not read, did not ask for, or was erased, is empty.
type Person struct {
	Name, Furigana, Company, Postcode, Phone, Email, Note string

	Address []string
}

// A Filter chooses sales. Nil and zero fields do not filter; an empty list finds nothing.
type Filter struct {
	IDs, Customers                         []int64
	Payments                               []string
	From, Until, UpdatedFrom, UpdatedUntil int64 // [from, until)
	Paid, Delivered, Cancelled             *bool
	Mails                                  map[order.MailKind]order.MailState
	Name, Furigana, Email                  string // parts of them
	Limit, Offset                          int
	Want                                   vault.Mask // what is to be opened of the purchasers
}

// mostSought is how many orders a search by person looks through, newest first.
const mostSought = 2_000

// List gives a page of the sales, newest first, and how many there are in all.
func (s *Service) List(ctx context.Context, r db.Reader, f Filter) ([]Sale, int64, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, 0, err
	}
	var found []Sale
	var total int64
	var err error
	if f.Name+f.Furigana+f.Email != "" {
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
	return found, total, s.complete(ctx, r, found, f.Want)
}

// Get gives one sale.
func (s *Service) Get(ctx context.Context, r db.Reader, n id.Order, want vault.Mask) (Sale, error) {
	found, _, err := s.List(ctx, r, Filter{IDs: []int64{int64(n)}, Limit: 1, Want: want})
	if err != nil {
		return Sale{}, err
	}
	if len(found) == 0 {
		return Sale{}, order.ErrNone
	}
	return found[0], nil
}

func (s *Service) complete(ctx context.Context, r db.Reader, found []Sale, want vault.Mask) error {
	if len(found) == 0 {
		return nil
	}
	for i := range found {
		found[i].Mails = map[order.MailKind]order.Mail{}
	}
	if err := fill(ctx, r, found); err != nil {
		return err
	}
	return s.open(ctx, r, found, want&Reach(r.Actor()))
}

// Reach are the classes that the caller may read.
func Reach(a actor.Actor) vault.Mask {
	if !a.May(actor.ViewPersons) {
		return 0
	}
	return vault.ScopeClasses(a.Scopes)
}

// table is where orders' fields are sealed for.
const table = "purchase"

// fields are the purchaser's of those classes, to be opened into p and address.
func (s *Sale) fields(want vault.Mask, p *Person, address *string) []vault.Field {
	e := &s.sealed
	var out []vault.Field
	for _, f := range []vault.Field{
		{Column: "name", Class: vault.Name, Sealed: e.name, Text: &p.Name},
		{Column: "furigana", Class: vault.Furigana, Sealed: e.furigana, Text: &p.Furigana},
		{Column: "company", Class: vault.Company, Sealed: e.company, Text: &p.Company},
		{Column: "postcode", Class: vault.Address, Sealed: e.postcode, Text: &p.Postcode},
		{Column: "address", Class: vault.Address, Sealed: e.address, Text: address},
		{Column: "phone", Class: vault.Phone, Sealed: e.phone, Text: &p.Phone},
		{Column: "email", Class: vault.Email, Sealed: e.email, Text: &p.Email},
		{Column: "note", Class: vault.Message, Sealed: e.note, Text: &p.Note},
	} {
		if want.Has(f.Class) {
			out = append(out, f)
		}
	}
	return out
}

// open opens a page's purchasers in one question.
func (s *Service) open(ctx context.Context, r db.Reader, found []Sale, want vault.Mask) error {
	if want == 0 {
		return nil
	}
	asked, erased, address := make([]vault.Opening, len(found)), make([]bool, len(found)), make([]string, len(found))
	for i := range found {
		f := &found[i]
		asked[i] = vault.Opening{Table: table, Row: int64(f.ID), Subject: f.Subject(r.Shop()), Erased: &erased[i],
			Fields: f.fields(want, &f.Person, &address[i])}
	}
	if err := s.vault.Open(ctx, r, vault.AppOrders, asked); err != nil {
		return err
	}
	for i := range found {
		if address[i] != "" {
			found[i].Person.Address = strings.Split(address[i], "\n")
		}
	}
	return nil
}

// search has the vault say who matches. Nothing is opened for it.
func (s *Service) search(ctx context.Context, r db.Reader, f Filter) ([]Sale, error) {
	found, err := list(ctx, r, f.where(r.Shop()), mostSought, 0)
	if err != nil {
		return nil, err
	}
	for _, q := range []struct {
		text  string
		class vault.Class
	}{{f.Name, vault.Name}, {f.Furigana, vault.Furigana}, {f.Email, vault.Email}} {
		if q.text == "" || len(found) == 0 {
			continue
		}
		if !Reach(r.Actor()).Has(q.class) {
			return nil, vault.ErrDenied
		}
		asked, erased := make([]vault.Opening, len(found)), make([]bool, len(found))
		for i := range found {
			var none Person
			var address string
			asked[i] = vault.Opening{Table: table, Row: int64(found[i].ID), Subject: found[i].Subject(r.Shop()), Erased: &erased[i],
				Fields: found[i].fields(vault.Mask(0).With(q.class), &none, &address)}
		}
		matches, err := s.vault.Search(ctx, r, vault.AppOrders, q.text, asked)
		if err != nil {
			return nil, err
		}
		kept := make([]Sale, len(matches))
		for i, m := range matches {
			kept[i] = found[m]
		}
		found = kept
	}
	return found, nil
}

// A Stat is what was sold up to a day, without what was cancelled.
type Stat struct {
	Day                time.Time // its midnight in Japan
	Today, Week, Month Sum
}

// A Sum is orders and yen.
type Sum struct{ Orders, Yen int64 }

// Stat sums the day, the seven days that end with it, and its month up to it.
func (s *Service) Stat(ctx context.Context, r db.Reader, day time.Time) (Stat, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Stat{}, err
	}
	d := day.In(i18n.Zone())
	out := Stat{Day: time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, i18n.Zone())}
	for _, part := range []struct {
		to   *Sum
		from time.Time
	}{{&out.Today, out.Day}, {&out.Week, out.Day.AddDate(0, 0, -6)}, {&out.Month, out.Day.AddDate(0, 0, 1-d.Day())}} {
		err := r.QueryRow(ctx, selectStat, r.Shop(), part.from.UnixMilli(), out.Day.AddDate(0, 0, 1).UnixMilli()).
			Scan(&part.to.Orders, &part.to.Yen)
		if err != nil {
			return out, fmt.Errorf("sum sales: %w", err)
		}
	}
	return out, nil
}
