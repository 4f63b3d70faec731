package billing

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/outbox"
)

// Suspend notes that the shop was suspended, by whom, why, and what it was before. A suspension by hand stays one.
func (s *Service) Suspend(ctx context.Context, tx *db.Tx, by, reason, before string) error {
	if err := tx.Allow(actor.SuspendShops); err != nil {
		return err
	}
	a, err := s.account(ctx, tx)
	if err != nil {
		return err
	}
	if a.Suspended != 0 {
		if by == ByHand {
			a.SuspendedBy, a.Reason = by, reason
			return s.save(ctx, tx, a)
		}
		return nil
	}
	a.Suspended, a.SuspendedBy, a.Reason, a.Before = tx.NowMS(), by, reason, before
	if err := s.save(ctx, tx, a); err != nil {
		return err
	}
	return outbox.Publish(tx, WasSuspended, int64(tx.Shop()), Fact{By: by})
}

// Resume ends a suspension and says what the shop was before; "" where there is nothing to end. What was suspended for an unpaid
// invoice stays so while one has run out of steps; what was suspended by hand is resumed by hand.
func (s *Service) Resume(ctx context.Context, tx *db.Tx, by string) (before string, err error) {
	if err := tx.Allow(actor.SuspendShops); err != nil {
		return "", err
	}
	a, err := s.account(ctx, tx)
	if err != nil || a.Suspended == 0 {
		return "", err
	}
	if by != ByHand {
		if a.SuspendedBy == ByHand {
			return "", nil
		}
		open, err := db.All(ctx, tx, scanDocument, sqlOpen, tx.Shop())
		if err != nil {
			return "", err
		}
		for _, d := range open {
			if d.Kind == Invoice && d.Next == 0 && d.Step > 0 {
				return "", nil
			}
		}
	}
	before = a.Before
	a.Suspended, a.SuspendedBy, a.Reason, a.Before = 0, "", "", ""
	if err := s.save(ctx, tx, a); err != nil {
		return "", err
	}
	return before, outbox.Publish(tx, WasResumed, int64(tx.Shop()), Fact{By: by})
}
