// Package sale reads what a cart needs of the catalogue: its variants as they are sold now.
//
// It guarantees that only the reader's shop's variants are found, and the price of the moment, which
// is the members' for them. It refuses nothing: whoever
// may browse the shop may ask.
package sale

import (
	"context"
	"fmt"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

// An Item is a variant as it is sold now, with names in one language.
type Item struct {
	Variant id.Variant
	Product id.Product
	Handle  string
	Name    string
	Label   string // of the variant: M / 赤; empty where the product has no options
	Model   string
	Price   int64 // yen with tax
	Class   tax.Class
	Image   id.Image
	OnSale  bool

	ForMembers bool  // others may look, and not buy
	Least      int64 // pieces of the product in one order; 0: no bound
	Most       int64
	Until      int64 // milliseconds: from then on it is not sold; 0: no bound
	Uncounted  bool  // there are always enough
}

// Items are those of the variants that the reader's shop has, at the reader's price: members may have their own.
func Items(ctx context.Context, r db.Reader, l i18n.Lang, ids []id.Variant) (map[id.Variant]Item, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	rows, err := items(ctx, r, ids)
	if err != nil {
		return nil, fmt.Errorf("read variants on sale: %w", err)
	}
	out := make(map[id.Variant]Item, len(rows))
	for _, row := range rows {
		it := row.item
		row.terms.SaleUntil = it.Until
		member := r.Actor().Kind == actor.Member
		it.OnSale = row.state == catalog.Showing && row.priced && row.terms.OnSaleAt(r.Now().UnixMilli()) &&
			(member || row.terms.Members != catalog.MembersSee)
		it.ForMembers = row.terms.Members != catalog.ForAll
		if member {
			it.Price = row.member
		}
		it.Name = l.Pick(row.name, either(row.nameEn, row.name))
		var labels []string
		for _, v := range row.values {
			if v.ja != "" {
				labels = append(labels, l.Pick(v.ja, either(v.en, v.ja)))
			}
		}
		it.Label = strings.Join(labels, " / ")
		out[it.Variant] = it
	}
	return out, nil
}

// Variants answers the cart's question.
type Variants struct{}

// OnSale says which of the variants are the reader's shop's and may be bought now.
func (Variants) OnSale(ctx context.Context, r db.Reader, ids []id.Variant) (map[id.Variant]bool, error) {
	found, err := Items(ctx, r, i18n.Ja, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[id.Variant]bool, len(found))
	for v, it := range found {
		out[v] = it.OnSale
	}
	return out, nil
}

func either(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
