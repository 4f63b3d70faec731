package billing

import (
	"context"
	"errors"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Setup is a card being registered at the provider's page.
type Setup struct {
	ID    int64
	Ref   string
	State string // open, done, failed
	Made  int64
}

// ErrSetup is a registration that is not there.
var ErrSetup = fault.NotFound(fault.Text{Ja: "カードの登録が見つかりません。もう一度はじめからお試しください。",
	En: "This card registration is not known. Please begin again."})

// BeginSetup opens a registration.
func (s *Service) BeginSetup(ctx context.Context, tx *db.Tx) (Setup, error) {
	if err := tx.Allow(actor.PayBills); err != nil {
		return Setup{}, err
	}
	v, err := db.Insert(tx, func(v id.Job) (int64, error) { return tx.Exec(ctx, sqlPutSetup, tx.Shop(), v, tx.NowMS()) })
	return Setup{ID: int64(v), State: "open", Made: tx.NowMS()}, err
}

// SetupRef notes the provider's name for it.
func (s *Service) SetupRef(ctx context.Context, tx *db.Tx, setup int64, ref string) error {
	if err := tx.Allow(actor.PayBills); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlSetupRef, tx.Shop(), setup, ref)
	return err
}

// Setup is one of them.
func (s *Service) Setup(ctx context.Context, r db.Reader, setup int64) (Setup, error) {
	if err := r.Allow(actor.PayBills); err != nil {
		return Setup{}, err
	}
	v, err := db.One(ctx, r, scanSetup, sqlSetup, r.Shop(), setup)
	if errors.Is(err, db.ErrNone) {
		return v, ErrSetup
	}
	return v, err
}

// EndSetup ends one; mine says whether this call did.
func (s *Service) EndSetup(ctx context.Context, tx *db.Tx, setup int64, state string) (mine bool, err error) {
	if err := tx.Allow(actor.PayBills); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, sqlSetupDone, tx.Shop(), setup, state)
	return n > 0, err
}

// OpenSetups are those whose end is not known, over all shops.
func (s *Service) OpenSetups(ctx context.Context, r db.Reader) ([]Place, error) {
	if err := r.Allow(actor.RunBilling); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanPlace, sqlSetups)
}
