// Package wallet keeps members' cards at payment providers: the provider's tokens, never a number.
//
// It guarantees that a card is kept only where its member asked for it, and that what it shows is sealed. It refuses guests.
package wallet

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Card is a member's, saved at a provider.
type Card struct {
	ID       id.Card
	Member   id.Member
	Provider provider.Name
	Token    string
	Holder   string // the provider's name for the member
	Agreed   int64  // when the member asked to keep it; milliseconds
	Used     int64
	Gone     int64
	display  vault.Sealed
}

// ErrNone is a card that is missing, or another's.
var ErrNone = fault.NotFound(fault.Text{Ja: "このカードは見つかりません。", En: "This card cannot be found."})

// Vault is what the wallet needs of vault.Client.
type Vault interface {
	NewRecord(ctx context.Context, r db.Reader, rec vault.Record) (*vault.Sealer, error)
	OpenWithReason(ctx context.Context, r db.Reader, why vault.Purpose, reason string, records []vault.Opening) error
}

// A Service keeps the cards.
type Service struct{ vault Vault }

// New makes the service.
func New(v Vault) *Service { return &Service{v} }

const table = "saved_card"

// Mine are the cards of the member who asks.
func (s *Service) Mine(ctx context.Context, r db.Reader) ([]Card, error) {
	if err := r.Allow(actor.ManageAccount); err != nil {
		return nil, err
	}
	return of(ctx, r, r.Actor().Member)
}

// Shown opens what the member's cards show, by their ids: brand, last four digits, expiry.
func (s *Service) Shown(ctx context.Context, r db.Reader, cards []Card) (map[id.Card]string, error) {
	if err := r.Allow(actor.ManageAccount); err != nil {
		return nil, err
	}
	texts, erased := make([]string, len(cards)), make([]bool, len(cards))
	var asked []vault.Opening
	for i, c := range cards {
		if !c.display.IsZero() {
			asked = append(asked, vault.Opening{Table: table, Row: int64(c.ID), Subject: vault.MemberSubject(r.Shop(), c.Member),
				Erased: &erased[i], Fields: []vault.Field{{Column: "display", Class: vault.CardDisplay, Sealed: c.display, Text: &texts[i]}}})
		}
	}
	out := map[id.Card]string{}
	if len(asked) == 0 {
		return out, nil
	}
	if err := s.vault.OpenWithReason(ctx, r, vault.OwnData, "", asked); err != nil {
		return nil, err
	}
	for i, c := range cards {
		if texts[i] != "" {
			out[c.ID] = texts[i]
		}
	}
	return out, nil
}

// Of are a member's cards, for a payment.
func (s *Service) Of(ctx context.Context, r db.Reader, m id.Member) ([]Card, error) {
	if err := r.Allow(actor.PlaceOrders); err != nil {
		return nil, err
	}
	return of(ctx, r, m)
}

func of(ctx context.Context, r db.Reader, m id.Member) ([]Card, error) {
	if m == 0 {
		return nil, nil
	}
	list, err := db.All(ctx, r, scan, selectOf, r.Shop(), m)
	if err != nil {
		return nil, fmt.Errorf("read saved cards: %w", err)
	}
	return list, nil
}

// Get is one card, whoever's it is: the caller compares its member.
func (s *Service) Get(ctx context.Context, r db.Reader, n id.Card) (Card, error) {
	if err := r.Allow(actor.PlaceOrders); err != nil {
		return Card{}, err
	}
	c, err := db.One(ctx, r, scan, selectOne, r.Shop(), n)
	if errors.Is(err, db.ErrNone) {
		return Card{}, ErrNone
	}
	if err != nil {
		return Card{}, fmt.Errorf("read saved card: %w", err)
	}
	return c, nil
}

// Keep stores a card that its member asked to keep, once for each token.
func (s *Service) Keep(ctx context.Context, tx *db.Tx, c Card, d provider.CardDisplay) error {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return err
	}
	if c.Member == 0 || c.Token == "" {
		return nil
	}
	n, err := db.Insert(tx, func(n id.Card) (int64, error) {
		var known int64
		if err := tx.QueryRow(ctx, countToken, tx.Shop(), string(c.Provider), c.Token).Scan(&known); err != nil || known > 0 {
			return known, err
		}
		c.ID = n
		return tx.Exec(ctx, insert, tx.Shop(), n, c.Member, string(c.Provider), c.Token, c.Holder, tx.NowMS())
	})
	if err != nil {
		return fmt.Errorf("insert saved card: %w", err)
	}
	text := strings.TrimSpace(strings.Join([]string{d.Brand, d.Last4, d.Expires}, " "))
	if c.ID != n || text == "" {
		return nil
	}
	key, err := s.vault.NewRecord(ctx, tx, vault.Record{Table: table, Row: int64(n), Subject: vault.MemberSubject(tx.Shop(), c.Member)})
	if err != nil {
		return err
	}
	sealed, err := key.Seal("display", vault.CardDisplay, text)
	if err != nil {
		return err
	}
	if err := tx.Queue(setDisplay, tx.Shop(), n, sealed); err != nil {
		return fmt.Errorf("update saved card: %w", err)
	}
	return key.Save(ctx, tx)
}

// Drop hides the card of the member who asks at once; the provider is told afterwards.
func (s *Service) Drop(ctx context.Context, tx *db.Tx, n id.Card) error {
	if err := tx.Allow(actor.ManageAccount); err != nil {
		return err
	}
	got, err := tx.Exec(ctx, markGone, tx.Shop(), n, tx.NowMS(), tx.Actor().Member)
	if err != nil {
		return fmt.Errorf("forget saved card: %w", err)
	}
	if got == 0 || tx.Actor().Member == 0 {
		return ErrNone
	}
	return nil
}

// Delete takes out a card that the provider has forgotten.
func (s *Service) Delete(ctx context.Context, tx *db.Tx, n id.Card) error {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, deleteGone, tx.Shop(), n); err != nil {
		return fmt.Errorf("delete saved card: %w", err)
	}
	return nil
}
