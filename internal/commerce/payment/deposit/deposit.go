// Package deposit keeps the money that came to a shop's bank account, as the bank's files tell it, and says which orders it
// is for.
//
// It guarantees that a row of a file is stored once, whichever file it comes in again; that a payer's name is sealed and
// leaves only for the matching of payments, with an entry in the ledger; that a deposit is applied once and can be taken back,
// each step in its history; and that an order is found for one deposit at most. It refuses to move orders or payments: the flow
// does.
package deposit

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment/bankfile"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A State of a deposit.
type State string

// The states.
const (
	Open    State = "open"    // nobody has decided
	Applied State = "applied" // it paid its orders
	Ignored State = "ignored" // it is no payment of an order
)

// An Act is what was done with a deposit.
type Act string

// The acts.
const (
	Import Act = "imported"
	Apply  Act = "applied"
	Ignore Act = "ignored"
	Undo   Act = "undone"
)

// Label names the act.
func (a Act) Label(l i18n.Lang) string {
	switch a {
	case Apply:
		return l.Pick("注文の入金として確認", "Confirmed as an order's payment")
	case Ignore:
		return l.Pick("注文の入金ではないとした", "Set aside: no order's payment")
	case Undo:
		return l.Pick("取り消し", "Undone")
	}
	return l.Pick("取り込み", "Imported")
}

// A Deposit is money that came.
type Deposit struct {
	ID      id.Deposit
	Import  id.Import
	Version int64
	Day     string // 2026-11-22
	Amount  int64
	State   State
	Verdict Verdict
	Orders  []id.Order // that it may be for, or that it paid
	payer   vault.Sealed
	key     Key32
	no      int64
}

// Key32 tells a row of a file from others. It holds nothing of the payer.
type Key32 [32]byte

// KeyOf is a row's.
func KeyOf(d bankfile.Deposit) Key32 {
	return sha256.Sum256([]byte(d.Day + "|" + strconv.FormatInt(d.Amount, 10) + "|" + d.Mark))
}

// A File is one import of the bank's.
type File struct {
	ID      id.Import
	At      int64 // milliseconds
	Account id.Account
	Kind    bankfile.Kind
	Columns bankfile.Columns
	Rows    int64
	Fresh   int64
}

// An Event is an entry of a deposit's history.
type Event struct {
	No      int64
	At      int64
	Act     Act
	Account id.Account
	Orders  []id.Order
}

// A Row is a deposit to be stored, with what it was found to be for.
type Row struct {
	bankfile.Deposit
	Found Found
}

// The faults that callers branch on.
var (
	ErrNone    = fault.NotFound(fault.Text{Ja: "この入金は見つかりません。", En: "This deposit cannot be found."})
	ErrChanged = fault.Conflict(fault.Text{
		Ja: "ほかの人がこの入金を処理しました。最新の内容を確かめてください。",
		En: "Someone else has dealt with this deposit. Please look at it as it is now.",
	})
)

// dayNumber and dayOf make a day a cursor's key and back: 20261122.
func dayNumber(day string) int64 {
	n, err := strconv.ParseInt(strings.ReplaceAll(day, "-", ""), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func dayOf(n int64) string {
	s := fmt.Sprintf("%08d", n)
	return s[:4] + "-" + s[4:6] + "-" + s[6:]
}
