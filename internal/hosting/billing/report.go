package billing

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Row of the revenue report: what was invoiced for a month to shops on a plan.
type Row struct {
	Month    Month
	Plan     string
	Invoices int64
	Invoiced int64
	Tax      int64
	Paid     int64
	Overdue  int64
	Credit   int64 // given back by credit notes
}

// A Debtor is an open invoice of a shop.
type Debtor struct {
	Shop id.Shop
	Document
}

// A Suspension is a shop that is suspended.
type Suspension struct {
	Shop   id.Shop
	Since  int64
	By     string
	Reason string
}

// Report is the revenue since a month, over all shops.
func (s *Service) Report(ctx context.Context, r db.Reader, since Month) ([]Row, error) {
	if err := r.Allow(actor.OperateShops); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanRow, sqlReport, r.Now().UnixMilli(), since)
	if err != nil {
		return nil, fmt.Errorf("sum up invoices: %w", err)
	}
	return list, nil
}

// Debtors are the open invoices of all shops.
func (s *Service) Debtors(ctx context.Context, r db.Reader) ([]Debtor, error) {
	if err := r.Allow(actor.OperateShops); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanDebtor, sqlDebtors)
}

// Suspensions are the shops that are suspended.
func (s *Service) Suspensions(ctx context.Context, r db.Reader) ([]Suspension, error) {
	if err := r.Allow(actor.OperateShops); err != nil {
		return nil, err
	}
	return db.All(ctx, r, scanSuspension, sqlSuspended)
}
