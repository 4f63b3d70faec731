package billing

import (
	"context"
	"errors"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Usage is an order's fact as the books need it.
type Usage struct {
	Order id.Order
	Fact  int64 // its number
	At    int64
}

// OrderPaid enters the fee for an order whose money came. An order costs its fee once, however often it is told.
func (s *Service) OrderPaid(ctx context.Context, tx *db.Tx, c Catalogue, u Usage) error {
	if err := tx.Allow(actor.RunBilling); err != nil {
		return err
	}
	term, err := s.term(ctx, tx)
	if err != nil {
		return err
	}
	day := DayOf(u.At)
	plan, fee := c.PerOrder(day, term)
	if fee == 0 {
		return nil
	}
	_, err = enter(ctx, tx, Entry{Cause: paidCause(u.Order), Fact: u.Fact, Subject: int64(u.Order), At: u.At, Debit: Unbilled,
		Credit: Fees, Amount: fee, Plan: plan, From: day, Until: day + 1})
	return err
}

// OrderCancelled gives the fee of a cancelled order back, if one was entered.
func (s *Service) OrderCancelled(ctx context.Context, tx *db.Tx, u Usage) error {
	if err := tx.Allow(actor.RunBilling); err != nil {
		return err
	}
	was, err := db.One(ctx, tx, scanEntry, sqlCause, tx.Shop(), paidCause(u.Order))
	if errors.Is(err, db.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = enter(ctx, tx, Entry{Cause: "cancelled:" + id.String(u.Order), Fact: u.Fact, Subject: int64(u.Order), At: max(u.At, was.At),
		Debit: Fees, Credit: Unbilled, Amount: was.Amount, Plan: was.Plan, From: was.From, Until: was.Until})
	return err
}

func paidCause(o id.Order) string { return "paid:" + strconv.FormatInt(int64(o), 10) }
