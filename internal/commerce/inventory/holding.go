package inventory

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

// Holding is what is held for a cart or order now: to its buyer those pieces are still there.
func (s *Service) Holding(ctx context.Context, r db.Reader, ref Ref) (map[id.Variant]int64, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	return s.held(ctx, r, ref)
}
