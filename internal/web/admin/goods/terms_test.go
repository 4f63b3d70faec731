package goods_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/commerce/catalog"
)

func TestTermsOfSaleAreTypedShownAndKept(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	terms := append(tea(), "terms", "1", "member_price", "１,000円", "list_price", "1500", "cost", "", "min_quantity", "2", "max_quantity", "6",
		"sale_from", "2026-04-01T10:00", "sale_until", "2026-05-01T10:00", "unit", "袋", "few", "3", "summary", "初摘み", "memo", "棚3", "members", "buy",
		"unlisted", "on")
	n := made(t, d.Post(d.base+"/products/new", terms...))
	p, _ := product(t, s, d.shop.ID, n)
	if p.MemberPrice == nil || *p.MemberPrice != 1_000 || *p.ListPrice != 1_500 || p.Cost != nil || p.MinQuantity != 2 || p.MaxQuantity != 6 ||
		p.SaleFrom != 1_775_005_200_000 || p.Unit != "袋" || *p.Few != 3 || p.Members != catalog.MembersBuy || !p.Unlisted || p.Uncounted || *p.Base != 1_200 {
		t.Errorf("%+v", p.Terms)
	}
	a := d.Get(d.base + "/products/" + n)
	says(t, a, 200, `value="2026-05-01T10:00"`, `value="1000"`, "初摘み", "棚3")
	if !strings.Contains(a.Body, `name="unlisted" value="on" checked`) {
		t.Error("a ticked box is not shown as ticked")
	}
	// A form without the terms, such as an older page's, leaves them as they are.
	id := p.Variants[0].ID
	again := append(tea(), "version", "1", "variants.0.id", fmt.Sprint(int64(id)), "variants.0.was", "10")
	if a := d.Post(d.base+"/products/"+n, again...); a.Status != 303 {
		t.Fatalf("%d", a.Status)
	}
	if q, _ := product(t, s, d.shop.ID, n); q.MemberPrice == nil || q.SaleUntil != p.SaleUntil || q.Members != p.Members {
		t.Errorf("%+v", q.Terms)
	}
	bad := d.Post(d.base+"/products/new", append(tea(), "terms", "1", "sale_from", "tomorrow", "member_price", "x", "min_quantity", "9", "max_quantity", "3")...)
	says(t, bad, 422, "2026-04-01T10:00", "最大購入数は")
}
