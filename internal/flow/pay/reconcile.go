package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/settlement"
)

// reconcileJob compares a day's payouts of a shop. Its reference is the day: 20261122.
const reconcileJob job.Kind = "reconcile payments"

// lateDays is how many days back rows may still come.
const lateDays = 3

// SettleTime is how long a provider may keep what it took before it is listed as missing.
const SettleTime = 35 * 24 * time.Hour

// Reconcile adds a job for each shop with an account: the payouts of the last days are compared.
func (s *Service) Reconcile(ctx context.Context) error {
	var shops []id.Shop
	err := s.Store.Across("which shops have an account at a payment provider").Read(ctx, self(id.Platform), func(r db.Reader) (err error) {
		shops, err = s.Gateways.Shops(ctx, r)
		return err
	})
	if err != nil {
		return fmt.Errorf("find shops to reconcile: %w", err)
	}
	for _, shop := range shops {
		err := s.Store.Write(ctx, self(shop), func(tx *db.Tx) error {
			for back := range lateDays {
				day := i18n.Time(tx.NowMS()).AddDate(0, 0, -1-back)
				ref := int64(day.Year())*10_000 + int64(day.Month())*100 + int64(day.Day())
				if err := job.Add(ctx, tx, reconcileJob, ref, tx.Now()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("add job to reconcile: %w", err)
		}
	}
	return nil
}

func (s *Service) reconcile(ctx context.Context, shop id.Shop, ref int64) error {
	day := fmt.Sprintf("%04d-%02d-%02d", ref/10_000, ref/100%100, ref%100)
	var names []provider.Name
	err := s.Store.Read(ctx, self(shop), func(r db.Reader) (err error) {
		names, err = s.Gateways.Names(ctx, r)
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := s.ReconcileDay(ctx, shop, name, day); err != nil && !errors.Is(err, gateway.ErrNone) {
			return err
		}
	}
	return nil
}

// ReconcileDay compares what a provider paid out on a day (JST) with the shop's charges. Orders that do not match are settled first:
// maybe only the news was lost.
func (s *Service) ReconcileDay(ctx context.Context, shop id.Shop, name provider.Name, day string) (settlement.Run, error) {
	p, err := s.connect(ctx, shop, name)
	if err != nil {
		return settlement.Run{}, err
	}
	call, cancel := context.WithTimeout(ctx, 3*callTime)
	defer cancel()
	rows, err := p.Settled(call, day)
	if err != nil {
		return settlement.Run{}, fmt.Errorf("read what was paid out: %w", err)
	}
	var judged []settlement.Row
	err = s.Store.Read(ctx, self(shop), func(r db.Reader) (err error) {
		judged, err = s.judge(ctx, r, name, day, rows)
		return err
	})
	if err != nil {
		return settlement.Run{}, err
	}
	for _, row := range judged {
		if row.Verdict == settlement.Differs {
			s.settleSoon(ctx, shop, row.Order)
		}
	}
	var run settlement.Run
	err = s.Store.Write(ctx, self(shop), func(tx *db.Tx) error {
		judged, err := s.judge(ctx, tx, name, day, rows)
		if err != nil {
			return err
		}
		run, err = s.Settlement.Save(ctx, tx, name, day, judged)
		return err
	})
	if err == nil && run.Wrong > 0 {
		s.Raise(ctx, signal.Event{Code: SignalBooks, Shop: shop, Actor: self(shop).Actor, Where: string(reconcileJob), About: day,
			Note: fmt.Sprintf("%d of %d rows that were paid out do not match", run.Wrong, run.Rows)})
	}
	return run, err
}

func (s *Service) judge(ctx context.Context, r db.Reader, name provider.Name, day string, rows []provider.Settled) ([]settlement.Row, error) {
	known := map[id.Charge]*settlement.Ours{}
	found := make([]*settlement.Ours, len(rows))
	for i, row := range rows {
		o, err := s.Settlement.Ours(ctx, r, name, row, day)
		if err != nil {
			return nil, err
		}
		if o != nil && known[o.Charge] == nil {
			known[o.Charge] = o
		}
		if o != nil {
			found[i] = known[o.Charge]
		}
	}
	i := 0
	return settlement.Judge(rows, func(provider.Settled) *settlement.Ours { i++; return found[i-1] }), nil
}
