// Package order keeps what was sold, as it was sold: names, prices, tax, address, the statement, the screen that was shown.
//
// It guarantees that an order's amounts are its one statement's; that what names or reaches a person is sealed and leaves
// only through Reveal and Names, with a purpose; that a status moves only along its table, each move in the journal; and
// that two people who work on one order cannot lose each other's change (a change names the version it was made from).
// It refuses to change what was agreed: corrections are entries beside it.
package order

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Head is an order in a list: clear columns, and the sealed name for Names.
type Head struct {
	ID         id.Order
	Number     string // what people call it; tells the day and not how many there are
	Version    int64
	Status     Status
	Lang       i18n.Lang
	Guest      id.Guest  // 0 for a member's
	Member     id.Member // 0 for a guest's
	Placed     int64     // milliseconds
	Total      int64     // the statement's ToPay
	Prefecture postal.Prefecture
	Payment    string
	name       vault.Sealed
}

// Subject is the purchaser.
func (h Head) Subject(shop id.Shop) vault.Subject { return subject(shop, h.Guest, h.Member) }

func subject(shop id.Shop, g id.Guest, m id.Member) vault.Subject {
	if m != 0 {
		return vault.MemberSubject(shop, m)
	}
	return vault.GuestSubject(shop, g)
}

// An Order is one with its lines.
type Order struct {
	Head
	Statement statement.Statement
	Lines     []Line
	Delivery  Delivery
	sealed    Sealed
}

// A Line is what was sold, copied. Its sums are the statement's row of the same place.
type Line struct {
	Product   id.Product
	Variant   id.Variant
	Name      string
	Label     string // of the variant: M / 赤
	SKU       string
	UnitPrice int64
	Rate      tax.Rate
	Quantity  int64
}

// Title is the line's name with its variant's.
func (l Line) Title() string {
	if l.Label == "" {
		return l.Name
	}
	return l.Name + "(" + l.Label + ")"
}

// A Delivery is how the order travels, as agreed.
type Delivery struct {
	Method   int64
	Carrier  string
	Name     fault.Text
	WishDay  string // 2026-11-25, or empty
	WishSlot string // the carrier's code, or empty
}

// A Place is what a new order is made of. All of it was checked by the flow that makes it.
type Place struct {
	ID          id.Order
	Number      string
	Guest       id.Guest  // who buys: a guest,
	Member      id.Member // or a member; the other is 0
	Lang        i18n.Lang
	Statement   statement.Statement
	Lines       []Line
	Prefecture  postal.Prefecture
	Payment     string
	Delivery    Delivery
	Sealed      Sealed
	Idempotency secret.Digest
	Mails       []MailKind // letters that are due

	ready string // the statement, written by Agree
}

// Agree puts in what was agreed, so that nothing is left to compute in the transaction.
func (p *Place) Agree(st statement.Statement, lines []Line) error {
	b, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("write statement: %w", err)
	}
	p.Statement, p.Lines, p.ready = st, lines, string(b)
	return nil
}

// Subject is who buys.
func (p Place) Subject(shop id.Shop) vault.Subject { return subject(shop, p.Guest, p.Member) }

// NewNumber makes an order's number from its day (JST) and six digits of chance: 261122-483920. It is shorter than any card
// number. The store's UNIQUE refuses one that is taken.
func NewNumber(nowMS int64, chance int64) string {
	const span = 1_000_000
	tail := strconv.FormatInt(((chance%span)+span)%span+span, 10)[1:]
	return i18n.Time(nowMS).Format("060102") + "-" + tail
}

// The faults that callers branch on.
var (
	ErrNone    = fault.NotFound(fault.Text{Ja: "この注文は見つかりません。", En: "This order cannot be found."})
	ErrChanged = fault.Conflict(fault.Text{
		Ja: "ほかの人がこの注文を更新しました。最新の内容を確かめて、もう一度操作してください。",
		En: "Someone else has changed this order. Look at it as it is now and try again.",
	})
	ErrStatus = fault.Conflict(fault.Text{
		Ja: "この注文は今の状態ではこの操作ができません。画面を読み込み直してください。",
		En: "The order's status does not allow this. Please reload the page.",
	})
	// ErrTaken means that the id or the number is another order's: draw again. No person sees it.
	ErrTaken = fault.Conflict(fault.Text{Ja: "もう一度お試しください。", En: "Please try again."})
)
