package tenant

import (
	"context"
	"errors"
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Service is the shops. Its methods work on the transaction's shop unless they say otherwise.
type Service struct {
	vault *vault.Client
	legal *legalCache
}

// New makes the service.
func New(v *vault.Client) *Service { return &Service{vault: v, legal: newLegalCache()} }

// Claim takes a handle and its host for a shop, in the platform's scope. It is the first step of a shop's making, so that
// a taken address is found before anything else is made.
func (s *Service) Claim(ctx context.Context, tx *db.Tx, shop id.Shop, handle, domain string) error {
	if err := tx.Allow(actor.CreateShops); err != nil {
		return err
	}
	h, err := Handle(handle)
	if err != nil {
		return err
	}
	n, err := insertHost(ctx, tx, h+"."+domain, shop)
	if err != nil {
		return err
	}
	if n == 0 {
		owner, _, err := selectHost(ctx, tx, h+"."+domain)
		if err != nil {
			return err
		}
		if owner != shop {
			return ErrHandleTaken
		}
	}
	return nil
}

// Create makes the shop of the transaction's scope, in preparation, with texts to start from.
func (s *Service) Create(ctx context.Context, tx *db.Tx, handle string, in Settings) (Shop, error) {
	if err := tx.Allow(actor.CreateShops); err != nil {
		return Shop{}, err
	}
	h, err := Handle(handle)
	if err != nil {
		return Shop{}, err
	}
	if in.Theme == "" {
		in.Theme = Themes()[0]
	}
	if in.Rounding == "" {
		in.Rounding = tax.Down
	}
	if err := in.Validate(); err != nil {
		return Shop{}, err
	}
	shop := Shop{ID: tx.Shop(), Handle: h, State: Preparing, Made: tx.NowMS(), Version: 1}
	shop.apply(in)
	if shop.Account, err = drawAccount(ctx, tx); err != nil {
		return Shop{}, err
	}
	if err := insertShop(ctx, tx, shop); err != nil {
		return Shop{}, err
	}
	return shop, outbox.Publish(tx, Created, int64(shop.ID), nil)
}

const accountDraws = 50

// drawAccount takes an account number that no other shop has.
func drawAccount(ctx context.Context, tx *db.Tx) (string, error) {
	for range accountDraws {
		no := id.NewShopAccount()
		n, err := insertAccount(ctx, tx, no, tx.Shop())
		if err != nil || n == 1 {
			return no, err
		}
	}
	return "", errors.New("draw account number: every one was taken")
}

func (s *Shop) apply(in Settings) {
	s.Name, s.Tagline, s.About, s.Sells, s.Theme, s.Rounding = in.Name, in.Tagline, in.About, in.Sells, in.Theme, in.Rounding
	s.Delivery, s.PaymentTime, s.Returns = in.Delivery, in.PaymentTime, in.Returns
}

// Get is the shop as visitors may know it.
func (s *Service) Get(ctx context.Context, r db.Reader) (Shop, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return Shop{}, err
	}
	return selectShop(ctx, r)
}

// Change saves the settings. version is the one that the form was filled from.
func (s *Service) Change(ctx context.Context, tx *db.Tx, version int64, in Settings) (Shop, error) {
	if err := tx.Allow(actor.EditSettings); err != nil {
		return Shop{}, err
	}
	if err := in.Validate(); err != nil {
		return Shop{}, err
	}
	shop, err := selectShop(ctx, tx)
	if err != nil {
		return Shop{}, err
	}
	shop.apply(in)
	if shop.State == Open {
		if missing := shop.Missing(); len(missing) > 0 {
			return Shop{}, incomplete(missing)
		}
	}
	return s.save(ctx, tx, version, shop)
}

// SetPictures sets the shop's hero and logo, names of blobs.
func (s *Service) SetPictures(ctx context.Context, tx *db.Tx, hero, logo string) (Shop, error) {
	if err := tx.Allow(actor.EditSettings); err != nil {
		return Shop{}, err
	}
	shop, err := selectShop(ctx, tx)
	if err != nil {
		return Shop{}, err
	}
	shop.Hero, shop.Logo = hero, logo
	return s.save(ctx, tx, shop.Version, shop)
}

// SetState opens, pauses or closes the shop. A shop that lacks what the law asks for cannot open; more is what the caller
// knows to be missing beside the shop's own texts.
func (s *Service) SetState(ctx context.Context, tx *db.Tx, to State, more ...Missing) (Shop, error) {
	if err := tx.Allow(actor.OpenShops); err != nil {
		return Shop{}, err
	}
	shop, err := selectShop(ctx, tx)
	if err != nil || shop.State == to {
		return shop, err
	}
	if !slices.Contains(shop.State.next(), to) {
		return Shop{}, fault.Conflict(fault.Text{Ja: "今の状態からは変更できません。", En: "The shop's state does not allow this."})
	}
	if to == Open {
		if missing := append(shop.Missing(), more...); len(missing) > 0 {
			return Shop{}, incomplete(missing)
		}
		if shop.Opened == 0 {
			shop.Opened = tx.NowMS()
		}
	}
	shop.State = to
	return s.save(ctx, tx, shop.Version, shop)
}

// LegalIsDone notes in the shop's own scope that its legal page is complete.
func (s *Service) LegalIsDone(ctx context.Context, tx *db.Tx) error {
	if err := tx.Allow(actor.EditSettings); err != nil {
		return err
	}
	shop, err := selectShop(ctx, tx)
	if err != nil || shop.LegalDone {
		return err
	}
	shop.LegalDone = true
	_, err = s.save(ctx, tx, shop.Version, shop)
	return err
}

func (s *Service) save(ctx context.Context, tx *db.Tx, version int64, shop Shop) (Shop, error) {
	shop.Version = version + 1
	n, err := updateShop(ctx, tx, shop, version)
	if err != nil {
		return Shop{}, err
	}
	if n == 0 {
		return Shop{}, ErrStale
	}
	return shop, outbox.Publish(tx, Changed, int64(shop.ID), nil)
}

// List is every shop, for the operator: the caller gives a reader across shops.
func (s *Service) List(ctx context.Context, r db.Reader) ([]Shop, error) {
	if err := r.Allow(actor.OperateShops); err != nil {
		return nil, err
	}
	return selectShops(ctx, r)
}
