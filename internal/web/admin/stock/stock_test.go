package stock_test

import (
	"context"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

type scene struct {
	*servertest.Server
	t    *testing.T
	b    *servertest.Browser
	shop servertest.Shop
	base string
	v    []id.Variant
}

// open is an owner with a product of three sizes, eight pieces each.
func open(t *testing.T) scene {
	t.Helper()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	axes := []catalog.OptionIn{{Name: "サイズ", Values: []catalog.ValueIn{{Name: "S"}, {Name: "M"}, {Name: "L"}}}}
	p := s.Product(t, shop, catalog.In{Name: "てぬぐい <b>", Options: axes, Variants: catalog.Combinations(axes, catalog.VariantIn{Price: 900})}, 8)
	sc := scene{Server: s, t: t, b: logIn(t, s, shop.Email), shop: shop, base: "/" + id.String(shop.ID) + "/stock"}
	for _, v := range p.Variants {
		sc.v = append(sc.v, v.ID)
	}
	return sc
}

func logIn(t *testing.T, s *servertest.Server, email string) *servertest.Browser {
	t.Helper()
	b := s.Door(t, place.Admin)
	if a := b.Post("/login", "email", email, "password", vaulttest.Password); a.Status != 303 {
		t.Fatalf("log-in: %d %s", a.Status, a.Body)
	}
	return b
}

func (s scene) says(a servertest.Answer, status int, texts ...string) {
	s.t.Helper()
	if a.Status != status {
		s.t.Fatalf("status %d instead of %d: %.2500s", a.Status, status, a.Body)
	}
	for _, x := range texts {
		if !strings.Contains(a.Body, x) {
			s.t.Errorf("%q is missing in %.6000s", x, a.Body[strings.Index(a.Body, "<main"):])
		}
	}
}

func (s scene) count(v id.Variant) (n int64) {
	s.t.Helper()
	s.Read(s.t, s.shop.ID, func(ctx context.Context, r db.Reader) error {
		l, err := s.Stock.Levels(ctx, r, []id.Variant{v})
		n = l[v].OnHand
		return err
	})
	return n
}

// row is a line of the sheet as it is sent.
func row(v id.Variant, was, count string) []string {
	return []string{"variant", id.String(v), "was." + id.String(v), was, "count." + id.String(v), count}
}

func rows(list ...[]string) []string {
	out := []string{"reason", "counted"}
	for _, r := range list {
		out = append(out, r...)
	}
	return out
}

func TestPageOfCountsIsSavedAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.says(s.b.Get(s.base), 200, "てぬぐい &lt;b&gt;", "棚卸し")
	s.says(s.b.Post(s.base, rows(row(s.v[0], "8", "３"), row(s.v[1], "8", "0"), row(s.v[2], "8", "8"))...), 303)
	if s.count(s.v[0]) != 3 || s.count(s.v[1]) != 0 || s.count(s.v[2]) != 8 {
		t.Errorf("%d %d %d", s.count(s.v[0]), s.count(s.v[1]), s.count(s.v[2]))
	}
	for show, want := range map[string]id.Variant{"low": s.v[0], "none": s.v[1]} {
		a := s.b.Get(s.base + "?show=" + show)
		s.says(a, 200, "count."+id.String(want))
		if n := strings.Count(a.Body, `name="variant"`); n != 1 {
			t.Errorf("%s shows %d", show, n)
		}
	}
	s.says(s.b.Get(s.base+"?q=nothing"), 200, "当てはまる商品がありません")
	s.says(s.b.Get(s.base+"?after=x"), 422)
}

func TestWrongCountsAreNamedAndNoneIsSaved(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, wrong := range []string{"-1", "1.5", "2147483648", "", "many", "99999999999999999999"} {
		a := s.b.Post(s.base, rows(row(s.v[0], "8", "5"), row(s.v[1], "8", wrong))...)
		s.says(a, 422, `href="#f-count.`+id.String(s.v[1])+`"`, `value="5"`, `value="`+wrong+`"`)
	}
	s.says(s.b.Post(s.base, append([]string{"reason", "sold"}, row(s.v[0], "8", "5")...)...), 422, `href="#f-reason"`)
	if s.count(s.v[0]) != 8 {
		t.Errorf("%d", s.count(s.v[0]))
	}
}

func TestCountThatMovedMeanwhileIsShownInsteadOfOverwritten(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Write(t, s.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		return s.Stock.Adjust(ctx, tx, s.v[0], -1, inventory.Damaged)
	})
	s.says(s.b.Post(s.base, rows(row(s.v[0], "8", "10"))...), 409, "いまは7個", `value="10"`, `name="was.`+id.String(s.v[0])+`" value="7"`)
	if s.count(s.v[0]) != 7 {
		t.Errorf("%d", s.count(s.v[0]))
	}
	s.says(s.b.Post(s.base, rows(row(s.v[0], "7", "10"))...), 303)
}

func TestAdjustingLeavesAHistory(t *testing.T) {
	t.Parallel()
	s := open(t)
	at := s.base + "/" + id.String(s.v[0])
	s.says(s.b.Post(at, "delta", "+12", "reason", "received"), 303)
	s.says(s.b.Post(at, "delta", "−2", "reason", "damaged"), 303)
	s.says(s.b.Get(at), 200, "+12", "-2", "入荷", "破損・紛失", "あなた", "Noren", "18")
	for _, wrong := range []string{"", "0", "-19", "1.5", "2147483648", "x"} {
		s.says(s.b.Post(at, "delta", wrong, "reason", "received"), 422, `href="#f-delta"`, `value="`+wrong+`"`)
	}
	s.says(s.b.Post(at, "delta", "1", "reason", "sold"), 422, `href="#f-reason"`)
	if s.count(s.v[0]) != 18 {
		t.Errorf("%d", s.count(s.v[0]))
	}
}

func TestStockIsTheShopsOwnAndNeedsTheRight(t *testing.T) {
	t.Parallel()
	s := open(t)
	at := s.base + "/" + id.String(s.v[0])
	other := s.OpenShop(t, "cups")
	e, own := logIn(t, s.Server, other.Email), "/"+id.String(other.ID)+"/stock"
	s.says(e.Get(s.base), 404)
	s.says(e.Get(own+"/"+id.String(s.v[0])), 404)
	s.says(e.Post(own+"/"+id.String(s.v[0]), "delta", "1", "reason", "received"), 404)
	s.says(e.Post(own, rows(row(s.v[0], "0", "5"))...), 404)
	s.says(e.Get(own+"/x"), 404)

	who := s.Person(t, "packer@example.com").Who
	if err := s.Vault.Grant(t.Context(), s.shop.Owner.Credential, who, s.shop.ID, actor.Packer); err != nil {
		t.Fatal(err)
	}
	p := logIn(t, s.Server, "packer@example.com")
	a := p.Get(s.base)
	s.says(a, 200, "てぬぐい")
	if strings.Contains(a.Body, `name="count.`) {
		t.Error("a packer is offered to count")
	}
	s.says(p.Get(at), 200)
	s.says(p.Post(s.base, rows(row(s.v[0], "8", "5"))...), 403)
	s.says(p.Post(at, "delta", "1", "reason", "received"), 403)
	if s.count(s.v[0]) != 8 {
		t.Errorf("%d", s.count(s.v[0]))
	}
}
