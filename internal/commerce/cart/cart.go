// Package cart keeps what a visitor means to buy, without an account.
//
// It guarantees that a cart is reached only by the secret in its visitor's cookie (the row holds the secret's SHA-256),
// that one variant is one line however often it is added, and that a quantity is a whole number from 1 to 999. It refuses
// prices: a line names a variant and a quantity, and what it costs is the catalogue's to say.
package cart

import (
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

// The bounds of a cart.
const (
	MaxQuantity = 999
	MaxLines    = 100
)

// A Cart is a visitor's. Token is set only where the cart was just made: put it into the cookie.
type Cart struct {
	ID      id.Cart
	Lang    i18n.Lang
	Version int64
	Updated int64 // milliseconds
	Lines   []Line
	Token   secret.Token
}

// A Line is a variant and how many of it.
type Line struct {
	Variant  id.Variant
	Quantity int64
}

// Quantity is how many pieces there are in all.
func (c Cart) Quantity() int64 {
	n := int64(0)
	for _, l := range c.Lines {
		n += l.Quantity
	}
	return n
}

// Variants are those of the lines, in their order.
func (c Cart) Variants() []id.Variant {
	out := make([]id.Variant, len(c.Lines))
	for i, l := range c.Lines {
		out[i] = l.Variant
	}
	return out
}

// Of is how many pieces of a variant there are.
func (c Cart) Of(v id.Variant) int64 {
	for _, l := range c.Lines {
		if l.Variant == v {
			return l.Quantity
		}
	}
	return 0
}

// ParseQuantity reads a quantity from a form: a whole number from 1 to 999, in half-width or full-width digits.
func ParseQuantity(field, s string) (int64, error) {
	s = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, strings.TrimSpace(s))
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s[0] == '+' {
		return 0, badQuantity(field)
	}
	return n, CheckQuantity(field, n)
}

// CheckQuantity refuses what is not from 1 to 999.
func CheckQuantity(field string, n int64) error {
	if n < 1 || n > MaxQuantity {
		return badQuantity(field)
	}
	return nil
}

func badQuantity(field string) error {
	return fault.Invalid(field, fault.Text{
		Ja: "数量は1から999までの整数で入力してください。",
		En: "Enter the quantity as a whole number from 1 to 999.",
	})
}

// The faults that callers branch on.
var (
	// ErrFull means that the cart has as many lines as it may have.
	ErrFull = fault.Conflict(fault.Text{
		Ja: "カートに入れられる商品は100種類までです。ほかの商品を減らしてから、もう一度お試しください。",
		En: "A cart holds up to 100 different items. Remove some and try again.",
	})
	// ErrNoVariant is a variant that is missing, not on sale, or another shop's.
	ErrNoVariant = fault.NotFound(fault.Text{
		Ja: "この商品は見つかりません。販売が終わった可能性があります。",
		En: "This item cannot be found. It may no longer be on sale.",
	})
	// ErrNone is a cart that is not there.
	ErrNone = fault.NotFound(fault.Text{
		Ja: "カートが見つかりません。商品をカートに入れ直してください。",
		En: "Your cart cannot be found. Please add the items again.",
	})
)
