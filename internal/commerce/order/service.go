package order

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Service keeps orders.
type Service struct{ vault Vault }

// New makes the service.
func New(v Vault) *Service { return &Service{v} }

// Place stores a new order with its journal's first entry and the letters that are due. Where the id or the
// number is another order's, or the key was used, the transaction fails with what db.IsTaken knows: ask ByKey, then draw again.
func (s *Service) Place(ctx context.Context, tx *db.Tx, in Place) error {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return err
	}
	if err := insert(tx, in); err != nil {
		return err
	}
	if err := in.Sealed.save(ctx, tx); err != nil {
		return err
	}
	if err := due(tx, in.ID, in.Mails...); err != nil {
		return err
	}
	return journal(tx, in.ID, 1, Open, nil, vault.Sealed{})
}

// ByKey is the order that was placed under an idempotency key, or ErrNone.
func (s *Service) ByKey(ctx context.Context, r db.Reader, key secret.Digest) (Head, error) {
	if err := r.Allow(actor.PlaceOrders); err != nil {
		return Head{}, err
	}
	return byKey(ctx, r, key)
}

// Get is an order with its lines.
func (s *Service) Get(ctx context.Context, r db.Reader, n id.Order) (Order, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Order{}, err
	}
	return get(ctx, r, n)
}

// ByNumber finds an order by what people call it.
func (s *Service) ByNumber(ctx context.Context, r db.Reader, number string) (Head, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Head{}, err
	}
	h, err := db.One(ctx, r, scanHead, selectByNumber, r.Shop(), number)
	return h, none(err, "read order by its number")
}

// A Filter chooses orders by what is clear. Zero fields do not filter. The list is newest first.
type Filter struct {
	Statuses           []Status
	Queue              Queue
	Number             string
	FromMS, UntilMS    int64 // placed in [from, until)
	MinTotal, MaxTotal int64
	After              page.Cursor
	Limit              int
	member             id.Member // Mine sets it
}

// A Queue is what an order waits for in the shop.
type Queue string

// The queues. Money on delivery comes after dispatch, so that such an order waits to be sent from the beginning.
const (
	NoQueue Queue = ""
	ToPay   Queue = "to_pay"  // paid in advance, and the money has not come
	ToShip  Queue = "to_ship" // may leave the house
)

// Queue is what this order waits for.
func (h Head) Queue() Queue {
	switch {
	case h.Status == Paid, h.Status == Placed && h.Payment == codMethod:
		return ToShip
	case h.Status == Placed:
		return ToPay
	}
	return NoQueue
}

// Count says how many orders the filter finds, and stops at most.
func (s *Service) Count(ctx context.Context, r db.Reader, f Filter, most int64) (int64, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return 0, err
	}
	return count(ctx, r, f, most)
}

// List is a page of orders and the cursor of the next one.
func (s *Service) List(ctx context.Context, r db.Reader, f Filter) ([]Head, page.Cursor, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, page.Cursor{}, err
	}
	return listed(ctx, r, f)
}

func listed(ctx context.Context, r db.Reader, f Filter) ([]Head, page.Cursor, error) {
	hs, err := list(ctx, r, f)
	if err != nil {
		return nil, page.Cursor{}, err
	}
	hs, next := page.Cut(hs, f.limit(), func(h Head) page.Cursor { return page.Cursor{Key: h.Placed, ID: int64(h.ID)} })
	return hs, next, nil
}

// Mine is a page of the orders of the member who asks. To anyone else there are none.
func (s *Service) Mine(ctx context.Context, r db.Reader, after page.Cursor) ([]Head, page.Cursor, error) {
	if err := r.Allow(actor.ManageAccount); err != nil {
		return nil, page.Cursor{}, err
	}
	if who := r.Actor(); who.Kind != actor.Member || who.Member == 0 {
		return nil, page.Cursor{}, ErrNone
	}
	return listed(ctx, r, Filter{member: r.Actor().Member, After: after})
}

// Names opens the purchasers' names of a list, in one round trip to the vault and one entry in the ledger. An erased name
// is empty.
func (s *Service) Names(ctx context.Context, r db.Reader, heads []Head) (map[id.Order]string, error) {
	if err := r.Allow(actor.ViewPersons); err != nil {
		return nil, err
	}
	texts, erased := make([]string, len(heads)), make([]bool, len(heads))
	asked := make([]vault.Opening, len(heads))
	for i, h := range heads {
		asked[i] = vault.Opening{Table: table, Row: int64(h.ID), Subject: h.Subject(r.Shop()), Erased: &erased[i],
			Fields: []vault.Field{{Column: "name", Class: vault.Name, Sealed: h.name, Text: &texts[i]}}}
	}
	if err := s.vault.OpenWithReason(ctx, r, vault.ListOrders, "", asked); err != nil {
		return nil, err
	}
	names := make(map[id.Order]string, len(heads))
	for i, h := range heads {
		names[h.ID] = texts[i]
	}
	return names, nil
}

// Reveal opens all of a purchaser's data on an order, for a purpose, with the reason that the reader typed, if any.
func (s *Service) Reveal(ctx context.Context, r db.Reader, o Order, why vault.Purpose, reason string) (Person, error) {
	if err := r.Allow(actor.ViewPersons); err != nil {
		return Person{}, err
	}
	return s.reveal(ctx, r, o, why, reason)
}

func (s *Service) reveal(ctx context.Context, r db.Reader, o Order, why vault.Purpose, reason string) (Person, error) {
	var p Person
	var addr string
	err := s.vault.OpenWithReason(ctx, r, why, reason, []vault.Opening{{Table: table, Row: int64(o.ID),
		Subject: o.Subject(r.Shop()), Fields: o.sealed.fields(&p, &addr)}})
	if err != nil {
		return Person{}, err
	}
	if addr != "" {
		p.Address = strings.Split(addr, "\n")
	}
	return p, nil
}

// Screen opens the final confirmation as it was shown. The screen shows the purchaser's data, so those fields are opened,
// and entered, with it.
func (s *Service) Screen(ctx context.Context, r db.Reader, o Order, reason string) ([]byte, Evidence, error) {
	if err := r.Allow(actor.ViewPersons); err != nil {
		return nil, Evidence{}, err
	}
	var ev Evidence
	var sealed vault.Sealed
	var sum []byte
	err := r.QueryRow(ctx, selectEvidence, r.Shop(), o.ID).Scan(&sealed, &sum, &ev.Bytes, &ev.Shown)
	if err != nil {
		return nil, ev, none(err, "read evidence")
	}
	if copy(ev.SHA256[:], sum) != len(ev.SHA256) {
		return nil, ev, errors.New("read evidence: digest has the wrong length")
	}
	var p Person
	var addr string
	var screen []byte
	fields := append(o.sealed.fields(&p, &addr),
		vault.Field{Column: "screen", Class: vault.Purchase, Sealed: sealed, Blob: &screen})
	err = s.vault.OpenWithReason(ctx, r, vault.ViewOrder, reason, []vault.Opening{{Table: table, Row: int64(o.ID),
		Subject: o.Subject(r.Shop()), Fields: fields}})
	return screen, ev, err
}

// body is a journal entry's, without personal data.
func body(v any) (string, error) {
	if v == nil {
		return "{}", nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write journal: %w", err)
	}
	return string(b), nil
}
