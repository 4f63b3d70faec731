// Package points keeps how many points purchasers have at a shop.
//
// It guarantees that each entry moves an amount from one account to another, the shop's and the purchaser's, and that a purchaser's
// balance is the sum of their entries and never below zero. It refuses to know what points are given for.
package points

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
)

// Service is the points of the transaction's shop.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

const most = 1_000_000_000

// ErrRange is what a balance cannot become.
var ErrRange = fault.Invalid("points", fault.Text{Ja: "ポイントは0から10億までです。", En: "Points are from 0 to 1,000,000,000."})

// Add gives points to a purchaser, or takes some: the new balance, or ErrRange. Nothing is written for 0.
func (s *Service) Add(ctx context.Context, tx *db.Tx, customer, delta int64) (int64, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return 0, err
	}
	was, err := db.One(ctx, tx, scan, selectAccount, tx.Shop(), customer)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return 0, fmt.Errorf("read points: %w", err)
	}
	if delta == 0 {
		return was.balance, nil
	}
	if delta < -most || delta > most || was.balance+delta < 0 || was.balance+delta > most {
		return 0, ErrRange
	}
	n, err := tx.Exec(ctx, putAccount, tx.Shop(), customer, was.balance+delta, was.version+1, was.version)
	if err != nil {
		return 0, fmt.Errorf("write points: %w", err)
	}
	if n == 0 {
		return 0, fmt.Errorf("write points: changed meanwhile")
	}
	debit, credit, amount := "shop", "purchaser", delta
	if delta < 0 {
		debit, credit, amount = credit, debit, -delta
	}
	who := tx.Actor()
	err = tx.Queue(insertEntry, tx.Shop(), customer, was.version+1, debit, credit, amount, tx.NowMS(), string(who.Kind), who.Account, who.App)
	if err != nil {
		return 0, fmt.Errorf("enter points: %w", err)
	}
	return was.balance + delta, nil
}
