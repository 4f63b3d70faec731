// Package cardlist makes the list that card companies ask for after an incident: which of their cards are concerned.
//
// It guarantees one line for each card at a provider, however many of its payments and holders are concerned, grouped by
// brand with counts that sum, in a stable order, as CSV that no spreadsheet takes for formulas. It knows the provider's token,
// brand, last four digits, expiry as the provider gives it, and dates; it refuses anything that could be a card number, for Noren has none.
package cardlist

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/csv"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
)

// Want names the subjects that are concerned, in one shop: members with their saved cards, orders with the cards that paid
// them.
type Want struct {
	Shop    id.Shop
	Members []id.Member
	Orders  []id.Order
}

// A Use is one place where a card was met: saved by a member, or used for an order.
type Use struct {
	Shop     id.Shop
	Provider string
	Token    string // the provider's: it names the card to the provider, and nobody can pay with it elsewhere
	Brand    string // as the provider gives it
	Last4    string
	Expires  string // 2027-04, as the provider gives it; empty where it does not
	At       time.Time
}

// A Line is one card.
type Line struct {
	Provider, Token, Brand, Last4, Expires string
	First, Last                            time.Time
	Uses                                   int
	Shops                                  int
}

// A Group is a brand's cards.
type Group struct {
	Brand string
	Lines []Line
}

// List makes the lines of uses, by brand. A token that could be a card number is refused: the list must not become a leak.
func List(uses []Use) ([]Group, error) {
	type card struct{ provider, token string }
	lines := map[card]*Line{}
	shops := map[card]map[id.Shop]bool{}
	for _, u := range uses {
		if err := u.check(); err != nil {
			return nil, err
		}
		k := card{u.Provider, u.Token}
		l := lines[k]
		if l == nil {
			l = &Line{Provider: u.Provider, Token: u.Token, First: u.At, Last: u.At}
			lines[k], shops[k] = l, map[id.Shop]bool{}
		}
		// What a provider tells of a card may be less at one time than at another.
		l.Brand, l.Last4, l.Expires = cmp.Or(l.Brand, brand(u.Brand)), cmp.Or(l.Last4, u.Last4), max(l.Expires, u.Expires)
		if u.At.Before(l.First) {
			l.First = u.At
		}
		if u.At.After(l.Last) {
			l.Last = u.At
		}
		l.Uses++
		shops[k][u.Shop] = true
	}
	by := map[string][]Line{}
	for k, l := range lines {
		l.Shops = len(shops[k])
		by[l.Brand] = append(by[l.Brand], *l)
	}
	var out []Group
	for b, list := range by {
		slices.SortFunc(list, func(a, b Line) int {
			return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Token, b.Token))
		})
		out = append(out, Group{b, list})
	}
	slices.SortFunc(out, func(a, b Group) int { return cmp.Compare(a.Brand, b.Brand) })
	return out, nil
}

// Count is how many cards the groups hold.
func Count(groups []Group) (n int) {
	for _, g := range groups {
		n += len(g.Lines)
	}
	return n
}

// check refuses what no provider's words for a card are.
func (u Use) check() error {
	if u.Token == "" || u.Provider == "" {
		return fmt.Errorf("list card: a use without provider or token")
	}
	if digits(u.Token) >= 12 && !strings.ContainsFunc(u.Token, letter) {
		return fmt.Errorf("list card: a token of %s has digits only, as a card number has", u.Provider)
	}
	if u.Last4 != "" && (len(u.Last4) != 4 || digits(u.Last4) != 4) {
		return fmt.Errorf("list card: the last digits of a card at %s are not four", u.Provider)
	}
	return nil
}

func digits(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// brand is a brand's one name, whatever a provider calls it; empty where it is not known.
func brand(s string) string {
	switch key := strings.ToLower(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.TrimSpace(s))); key {
	case "":
		return ""
	case "visa":
		return "Visa"
	case "mastercard", "master", "mc":
		return "Mastercard"
	case "jcb":
		return "JCB"
	case "amex", "americanexpress":
		return "American Express"
	case "diners", "dinersclub":
		return "Diners Club"
	case "discover":
		return "Discover"
	case "unionpay", "cup":
		return "UnionPay"
	}
	return strings.TrimSpace(s)
}

// Write writes the list as CSV, with Japanese or English heads.
func Write(w io.Writer, lang i18n.Lang, as csv.Encoding, groups []Group) error {
	rows := [][]string{{lang.Pick("ブランド", "brand"), lang.Pick("決済会社", "provider"), lang.Pick("決済会社のトークン", "provider token"),
		lang.Pick("下4桁", "last 4"), lang.Pick("有効期限", "expires"), lang.Pick("最初の利用", "first use"), lang.Pick("最後の利用", "last use"),
		lang.Pick("利用数", "uses"), lang.Pick("ショップ数", "shops")}}
	for _, g := range groups {
		name := g.Brand
		if name == "" {
			name = lang.Pick("不明", "unknown")
		}
		for _, l := range g.Lines {
			rows = append(rows, []string{name, l.Provider, l.Token, l.Last4, l.Expires, stamp(l.First), stamp(l.Last), strconv.Itoa(l.Uses),
				strconv.Itoa(l.Shops)})
		}
	}
	if err := csv.Write(w, as, rows); err != nil {
		return fmt.Errorf("write card list: %w", err)
	}
	return nil
}

// stamp is a time in Japan, as the companies write it.
func stamp(t time.Time) string { return t.In(i18n.Zone()).Format("2006-01-02 15:04:05") }
