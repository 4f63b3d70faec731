// Package report gives an owner the figures of the day from what is clear of orders and stock.
//
// It guarantees that days are Japan's, that a cancelled order is no sale, and that a part of a day or month is compared
// with the same part of the one before. It refuses personal data: nothing here is sealed, so nothing is entered.
package report

import (
	"context"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/inventory"
)

// A Sum is what was sold in a stretch of time: orders, and yen to pay with tax, shipping and fees.
type Sum struct{ Orders, Yen int64 }

// A Day is one of the days that are drawn.
type Day struct {
	Start int64 // its midnight, milliseconds
	Sum
}

// Figures are an owner's on one page.
type Figures struct {
	Today     Sum
	Yesterday Sum // until the same time of day
	Month     Sum // from its first day
	LastMonth Sum // until the same day and time, or its end
	Days      []Day
}

// Sales gives the figures, with that many days up to today.
func Sales(ctx context.Context, r db.Reader, days int) (Figures, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Figures{}, err
	}
	var f Figures
	now := r.Now().In(i18n.Zone())
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, i18n.Zone())
	first := midnight.AddDate(0, 0, 1-now.Day())
	before := first.AddDate(0, -1, 0)
	until := before.Add(now.Sub(first))
	if until.After(first) {
		until = first
	}
	for _, s := range []struct {
		to          *Sum
		from, until time.Time
	}{
		{&f.Today, midnight, now.Add(time.Millisecond)},
		{&f.Yesterday, midnight.AddDate(0, 0, -1), now.AddDate(0, 0, -1)},
		{&f.Month, first, now.Add(time.Millisecond)},
		{&f.LastMonth, before, until},
	} {
		err := r.QueryRow(ctx, selectSum, r.Shop(), s.from.UnixMilli(), s.until.UnixMilli()).Scan(&s.to.Orders, &s.to.Yen)
		if err != nil {
			return Figures{}, fmt.Errorf("sum sales: %w", err)
		}
	}
	start := midnight.AddDate(0, 0, 1-days)
	found, err := db.All(ctx, r, scanDay, selectDays, r.Shop(), start.UnixMilli(), midnight.AddDate(0, 0, 1).UnixMilli())
	if err != nil {
		return Figures{}, fmt.Errorf("sum sales by day: %w", err)
	}
	by := map[int64]Sum{}
	for _, d := range found {
		by[d.Start] = d.Sum
	}
	for i := range days {
		ms := start.AddDate(0, 0, i).UnixMilli()
		f.Days = append(f.Days, Day{ms, by[ms]})
	}
	return f, nil
}

// A Low is a variant on sale of which few are left.
type Low struct {
	Product      id.Product
	Name, NameEn string
	Label        string // of the variant, in Japanese: M / 赤
	Left         int64
}

// LowStock lists up to limit variants on sale of which inventory.FewLeft or fewer can still be sold, the fewest first.
func LowStock(ctx context.Context, r db.Reader, limit int) ([]Low, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return nil, err
	}
	ls, err := db.All(ctx, r, scanLow, selectLow, r.Shop(), inventory.FewLeft, limit)
	if err != nil {
		return nil, fmt.Errorf("list low stock: %w", err)
	}
	return ls, nil
}
