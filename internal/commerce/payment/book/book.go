// Package book is the journal of money: every yen of an order is entered twice, from one account to another.
//
// It guarantees that what an order's purchaser has paid and got back is the balance of their account, whatever the way to
// pay; and that the same cause is entered once. It refuses entries without a sum: nothing moved.
package book

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
)

// An Account that money moves between.
type Account string

// The accounts.
const (
	Purchaser Account = "purchaser" // who ordered
	Provider  Account = "provider"  // taken by the provider and not paid out
	Bank      Account = "bank"      // the shop's
	Carrier   Account = "carrier"   // taken on delivery
	Fees      Account = "fees"      // what providers keep
)

// A Kind of entry.
type Kind string

// The kinds.
const (
	Taken      Kind = "taken"
	GivenBack  Kind = "given_back"
	PaidOut    Kind = "paid_out"
	FeeKept    Kind = "fee"
	Chargeback Kind = "chargeback"
)

// Label names the kind.
func (k Kind) Label(l i18n.Lang) string {
	switch k {
	case GivenBack:
		return l.Pick("返金", "Given back")
	case PaidOut:
		return l.Pick("決済会社からの入金", "Paid out by the provider")
	case FeeKept:
		return l.Pick("決済手数料", "Provider's fee")
	case Chargeback:
		return l.Pick("チャージバック", "Chargeback")
	}
	return l.Pick("受領", "Received")
}

// An Entry moves a sum from credit to debit.
type Entry struct {
	Order  id.Order
	Kind   Kind
	Cause  int64 // the charge, refund or settlement's row; 0 is the order's own payment
	No     int64 // the version of the cause
	At     int64 // milliseconds
	Debit  Account
	Credit Account
	Amount int64
}

// Enter writes entries with the transaction; those without a sum are left out.
func Enter(tx *db.Tx, entries ...Entry) error {
	for _, e := range entries {
		if e.Amount < 0 {
			e.Amount, e.Debit, e.Credit = -e.Amount, e.Credit, e.Debit
		}
		if e.Amount == 0 {
			continue
		}
		if err := tx.Queue(insert, tx.Shop(), e.Order, string(e.Kind), e.Cause, e.No, tx.NowMS(), string(e.Debit), string(e.Credit),
			e.Amount); err != nil {
			return fmt.Errorf("enter money: %w", err)
		}
	}
	return nil
}

// Of are an order's entries, oldest first.
func Of(ctx context.Context, r db.Reader, o id.Order) ([]Entry, error) {
	list, err := db.All(ctx, r, scan, selectOf, r.Shop(), o)
	if err != nil {
		return nil, fmt.Errorf("read money's journal: %w", err)
	}
	return list, nil
}

// Balance is what an account holds by the entries: debits less credits.
func Balance(list []Entry, a Account) (n int64) {
	for _, e := range list {
		if e.Debit == a {
			n += e.Amount
		}
		if e.Credit == a {
			n -= e.Amount
		}
	}
	return n
}
