// Package operate is what the operator sees of the whole service: shops, money, and what waits or has failed.
//
// It guarantees that it reads clear columns only: sums, dates, states. It refuses to open personal data.
package operate

import (
	"context"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// Flow reads.
type Flow struct {
	db      *db.DB
	tenants *tenant.Service
}

// New makes the flow.
func New(d *db.DB, t *tenant.Service) *Flow { return &Flow{d, t} }

// A Shop is one tenant with its last 30 days.
type Shop struct {
	tenant.Shop
	Orders int64
	Sales  int64 // yen, of orders that were not cancelled
}

// A Day is what all shops sold on it.
type Day struct {
	Day    time.Time // its midnight in Japan
	Orders int64
	Sales  int64
}

// Overview is the console's first page.
type Overview struct {
	Shops  []Shop
	Days   []Day // the last 30, oldest first
	Orders int64
	Sales  int64
	// What waits.
	Facts   int64 // not yet numbered
	Jobs    int64 // due and not done
	Failing []Failing
}

// Failing is work that keeps failing.
type Failing struct {
	Shop  id.Shop
	Kind  string
	Tries int64
	Due   int64 // ms
	Error string
}

const days = 30

// Overview reads it all. The actor is an operator.
func (f *Flow) Overview(ctx context.Context, s db.Scope) (Overview, error) {
	var o Overview
	err := f.db.Across("the operator's overview of every shop").Read(ctx, s, func(r db.Reader) error {
		if err := r.Allow(actor.OperateShops); err != nil {
			return err
		}
		o = Overview{}
		shops, err := f.tenants.List(ctx, r)
		if err != nil {
			return err
		}
		now := r.Now().In(i18n.Zone())
		first := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, i18n.Zone()).AddDate(0, 0, 1-days)
		sums, err := db.All(ctx, r, scanSum, sqlSums, first.UnixMilli(), int64(9*time.Hour/time.Millisecond), int64(24*time.Hour/time.Millisecond))
		if err != nil {
			return fmt.Errorf("sum up orders: %w", err)
		}
		o.add(shops, sums, first)
		if err := r.QueryRow(ctx, sqlFacts).Scan(&o.Facts); err != nil {
			return err
		}
		if err := r.QueryRow(ctx, sqlJobs, r.Now().UnixMilli()).Scan(&o.Jobs); err != nil {
			return err
		}
		o.Failing, err = db.All(ctx, r, scanFailing, sqlFailing)
		return err
	})
	return o, err
}

// sum is one shop's orders of one day.
type sum struct {
	shop          id.Shop
	day           int64 // days since 1970 in Japan
	orders, sales int64
}

func (o *Overview) add(shops []tenant.Shop, sums []sum, first time.Time) {
	at := map[id.Shop]int{}
	for i, s := range shops {
		at[s.ID] = i
		o.Shops = append(o.Shops, Shop{Shop: s})
	}
	start := first.UnixMilli()/int64(24*time.Hour/time.Millisecond) + 1 // midnight in Japan is 15:00 of the day before in UTC
	for i := range days {
		o.Days = append(o.Days, Day{Day: first.AddDate(0, 0, i)})
	}
	for _, s := range sums {
		if i, ok := at[s.shop]; ok {
			o.Shops[i].Orders += s.orders
			o.Shops[i].Sales += s.sales
		}
		if d := s.day - start; d >= 0 && d < days {
			o.Days[d].Orders += s.orders
			o.Days[d].Sales += s.sales
		}
		o.Orders += s.orders
		o.Sales += s.sales
	}
}
