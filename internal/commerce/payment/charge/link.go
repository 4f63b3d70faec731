package charge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

// LinkTime is how long a link to pay an order holds.
const LinkTime = 72 * time.Hour

// ErrLink is a link that is over, replaced by a newer one, or none.
var ErrLink = fault.NotFound(fault.Text{
	Ja: "このお支払いリンクは無効か、有効期限が切れています。ショップへお問い合わせください。",
	En: "This link to pay is not valid, or it is over. Please contact the shop.",
})

// SetLink makes the digest that of the order's one link.
func (s *Service) SetLink(ctx context.Context, tx *db.Tx, o id.Order, d secret.Digest) error {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, setLink, tx.Shop(), o, d[:], tx.Now().Add(LinkTime).UnixMilli()); err != nil {
		return fmt.Errorf("write link to pay: %w", err)
	}
	return nil
}

// Linked is the order that a link is for, or ErrLink.
func (s *Service) Linked(ctx context.Context, r db.Reader, d secret.Digest) (id.Order, error) {
	if err := r.Allow(actor.PlaceOrders); err != nil {
		return 0, err
	}
	o, err := db.One(ctx, r, scanOrder, selectLink, r.Shop(), d[:], r.Now().UnixMilli())
	if errors.Is(err, db.ErrNone) {
		return 0, ErrLink
	}
	if err != nil {
		return 0, fmt.Errorf("read link to pay: %w", err)
	}
	return o, nil
}
