package storefront_test

import (
	"bytes"
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/flow/handover"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/migrations"
)

func one(name string, price int64) catalog.In {
	return catalog.In{Name: name, Handle: "sencha", Tax: tax.Reduced, Variants: []catalog.VariantIn{{Price: price}}}
}

func shows(t *testing.T, a servertest.Answer, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d, want %d", a.Status, status)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			t.Errorf("%q is missing in\n%s", w, a.Body)
		}
	}
}

var (
	inline = regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script(?:\s+[a-z]+="[^"]*")*\s*>`)
	data   = regexp.MustCompile(`<script type="application/ld\+json">[^<]*</script>`)
)

func TestEveryPageInBothLanguagesWithoutInlineCode(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	s.Product(t, shop, one("煎茶", 1080), 3)
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.Catalog.CreateCategory(ctx, tx, catalog.Category{Name: "お茶", NameEn: "Tea"})
		return err
	})
	for path, words := range map[string][2]string{
		"/": {"新着の品", "New arrivals"}, "/products": {"すべての商品", "All products"}, "/categories/tea": {"まもなく並びます", "on their way"},
		"/products/sencha": {"残り3点", "3 left"}, "/cart": {"カートは空です", "Your cart is empty"}, "/about": {"路地裏", "About us"},
		"/guide": {"全国一律", "All of Japan"}, "/legal": {"株式会社暖簾商店", "Seller"}, "/privacy": {"クッキー", "Cookies"},
		"/nope": {"見つかりませんでした", "could not find"}, "/products/nope": {"見つかりません", "not found"},
	} {
		for i, lang := range []string{"ja", "en"} {
			b := s.Browse(t, shop.Origin)
			b.Lang = lang
			a := b.Get(path)
			status := 200
			if strings.Contains(path, "nope") {
				status = 404
			}
			shows(t, a, status, words[i], `<html lang="`+lang+`"`, "/legal", "<title>")
			csp := a.Header.Get("Content-Security-Policy")
			if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "script-src 'self'") || !strings.Contains(csp, "default-src 'none'") {
				t.Errorf("%s: %s", path, csp)
			}
			if found := inline.FindString(data.ReplaceAllString(a.Body, "")); found != "" {
				t.Errorf("%s has %q", path, found)
			}
		}
	}
}

func TestSearchEnginesFindProducts(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	s.Product(t, shop, one("煎茶", 1080), 0)
	b := s.Browse(t, shop.Origin)
	shows(t, b.Get("/sitemap.xml"), 200, shop.Origin+"/products/sencha</loc>")
	shows(t, b.Get("/robots.txt"), 200, "Disallow: /cart", shop.Origin+"/sitemap.xml")
	shows(t, b.Get("/products/sencha"), 200, `<link rel="canonical" href="`+shop.Origin+`/products/sencha"`, `property="og:title" content="煎茶"`,
		`"@type":"Product"`, `"price":1080`, "schema.org/OutOfStock", "売り切れ", "<title>煎茶｜暖簾商店</title>")
}

func TestHostileNamesStayText(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	const bad = `</script><script>alert(1)</script>"><img src=x onerror=alert(1)>`
	in := one(bad, 500)
	in.Description = bad
	s.Product(t, shop, in, 9)
	b := s.Browse(t, shop.Origin)
	for _, path := range []string{"/", "/products", "/products/sencha", "/products?q=" + url.QueryEscape(bad)} {
		a := b.Get(path)
		if strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "<img src=x") {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
}

func TestListsSearchSortAndGoOn(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	for i := range 26 {
		s.Product(t, shop, catalog.In{Name: "番茶" + id.String(id.Product(i)), Position: int64(i), Variants: []catalog.VariantIn{{Price: int64(100 + i)}}}, 1)
	}
	s.Product(t, shop, catalog.In{Name: "ほうじ茶", Position: 90, Variants: []catalog.VariantIn{{Price: 5}}}, 1)
	b := s.Browse(t, shop.Origin)
	a := b.Get("/products")
	next := regexp.MustCompile(`href="(/products\?after=[^"]+)"`).FindStringSubmatch(a.Body)
	if strings.Count(a.Body, `<article`) != 24 || next == nil {
		t.Fatalf("%d products, then %q", strings.Count(a.Body, `<article`), next)
	}
	if a := b.Get(next[1]); strings.Count(a.Body, `<article`) != 3 || !strings.Contains(a.Body, "ほうじ茶") {
		t.Errorf("the rest: %s", a.Body)
	}
	if a := b.Get("/products?sort=price"); strings.Index(a.Body, "ほうじ茶") > strings.Index(a.Body, "番茶") {
		t.Error("the cheapest is not first")
	}
	if a := b.Get("/products?q=" + url.QueryEscape("ホウジ")); strings.Count(a.Body, "<article") != 1 || !strings.Contains(a.Body, "noindex") {
		t.Errorf("katakana finds %d", strings.Count(a.Body, "<article"))
	}
	shows(t, b.Get("/products?q=zzz"), 200, "該当する商品が見つかりませんでした")
	if a := b.Get("/products?after=nonsense"); a.Status != 303 {
		t.Errorf("a place that is none: %d", a.Status)
	}
}

func TestQuantitiesThatCannotBe(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	p := s.Product(t, shop, one("煎茶", 1080), 3)
	v := id.String(p.Variants[0].ID)
	b := s.Browse(t, shop.Origin)
	for _, typed := range []string{"-1", "0", "1.5", "2147483648", "99999999999999999999", "abc", "", "1000", "4"} {
		shows(t, b.Post("/products/sencha", "variant", v, "quantity", typed), 422, `value="`+typed+`"`, `id="f-quantity-error"`, `aria-invalid="true"`)
	}
	if a := b.Post("/products/sencha", "variant", v, "quantity", "２", "price", "1", "unit_price", "1"); a.Status != 303 || a.Location() != "/cart" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	shows(t, b.Get("/cart"), 200, "2,160円", "カートに追加しました", "※", "内消費税（8%対象※）", "800円から", "送料無料になります")
	for _, typed := range []string{"-1", "1.5", "2147483648", "4"} {
		shows(t, b.Post("/cart/"+v, "quantity", typed), 422, `value="`+typed+`"`, `id="f-quantity-`+v+`-error"`)
	}
	if a := b.Post("/cart/"+v, "quantity", "1"); a.Status != 303 {
		t.Errorf("%d", a.Status)
	}
	shows(t, b.Get("/products/sencha"), 200, `class="count">1<`)
	if a := b.Post("/cart/"+v, "act", "remove", "quantity", "x"); a.Status != 303 {
		t.Errorf("%d", a.Status)
	}
	shows(t, b.Get("/cart"), 200, "カートは空です")
}

func TestForeignVariantsAreNotFound(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop, other := s.OpenShop(t, "tea"), s.OpenShop(t, "cups")
	p, q := s.Product(t, shop, one("煎茶", 1080), 3), s.Product(t, other, one("湯呑", 3300), 3)
	b := s.Browse(t, shop.Origin)
	for _, v := range []string{id.String(q.Variants[0].ID), "1", "x", ""} {
		if a := b.Post("/products/sencha", "variant", v, "quantity", "1"); a.Status != 404 {
			t.Errorf("variant %q: %d", v, a.Status)
		}
	}
	b.Post("/products/sencha", "variant", id.String(p.Variants[0].ID), "quantity", "1")
	if a := b.Post("/cart/"+id.String(q.Variants[0].ID), "quantity", "1"); a.Status != 404 {
		t.Errorf("change: %d", a.Status)
	}
	if a := b.At(other.Origin).Get("/cart"); !strings.Contains(a.Body, "カートは空です") {
		t.Error("the cart is another shop's too")
	}
}

func TestTwoAxesAreChosenOneByOne(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	in := catalog.In{Name: "茶筒", Handle: "caddy", Options: []catalog.OptionIn{{Name: "大きさ", Values: []catalog.ValueIn{{Name: "小"}, {Name: "大"}}},
		{Name: "色", Values: []catalog.ValueIn{{Name: "赤"}, {Name: "黒"}}}}}
	in.Variants = catalog.Combinations(in.Options, catalog.VariantIn{Price: 900})
	p := s.Product(t, shop, in, 2)
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		return s.Stock.Set(ctx, tx, p.Variants[3].ID, 0, inventory.Counted)
	})
	size, colour := p.Options[0].Values, p.Options[1].Values
	b := s.Browse(t, shop.Origin)
	shows(t, b.Post("/products/caddy", "value1", id.String(size[0].ID), "quantity", "1"), 422, "色を選んでください", `value="`+id.String(size[0].ID)+`" checked`)
	shows(t, b.Post("/products/caddy", "value1", id.String(size[1].ID), "value2", id.String(colour[1].ID), "quantity", "1"), 422, "売り切れ")
	if a := b.Post("/products/caddy", "value1", id.String(size[0].ID), "value2", id.String(colour[1].ID), "quantity", "1"); a.Status != 303 {
		t.Fatal(a.Status, a.Body)
	}
	shows(t, b.Get("/cart"), 200, "小 / 黒")
}

func TestStatesOfTheShop(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.NewShop(t, "tea")
	p := s.Product(t, shop, one("秘密の煎茶", 1080), 3)
	v := id.String(p.Variants[0].ID)
	b := s.Browse(t, shop.Origin)
	for _, path := range []string{"/", "/products", "/products/sencha", "/legal", "/sitemap.xml"} {
		a := b.Get(path)
		shows(t, a, 503, "準備中")
		if strings.Contains(a.Body, "秘密") {
			t.Errorf("%s tells of goods", path)
		}
	}
	s.SetState(t, shop, tenant.Open)
	shows(t, b.Get("/"), 200, "秘密の煎茶")
	b.Post("/products/sencha", "variant", v, "quantity", "1")
	s.SetState(t, shop, tenant.Paused)
	shows(t, b.Get("/products/sencha"), 200, "秘密の煎茶", "休業中")
	shows(t, s.Browse(t, shop.Origin).Get("/products/sencha"), 200, "休業中")
	shows(t, b.Post("/products/sencha", "variant", v, "quantity", "1"), 409, "休業中")
	shows(t, b.Post("/checkout"), 409, "休業中")
	s.SetState(t, shop, tenant.Closed)
	shows(t, b.Get("/"), 410, "閉店")
	shows(t, b.Get("/legal"), 200, "株式会社暖簾商店")
	if a := s.Browse(t, "http://nobody."+servertest.Domain).Get("/"); a.Status != 404 {
		t.Errorf("a host without a shop: %d", a.Status)
	}
}

func TestKeptPagesFollowTheStore(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	p := s.Product(t, shop, one("煎茶", 1080), 3)
	b := s.Browse(t, shop.Origin)
	for range 3 {
		shows(t, b.Get("/products/sencha"), 200, "1,080円", "残り3点")
	}
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		return s.Stock.Set(ctx, tx, p.Variants[0].ID, 2, inventory.Counted)
	})
	shows(t, b.Get("/products/sencha"), 200, "残り2点")
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		n, err := s.Tenants.Get(ctx, tx)
		if err != nil {
			return err
		}
		_, err = s.Tenants.Change(ctx, tx, n.Version, tenant.Settings{Name: "新しい名前", Theme: n.Theme, Rounding: n.Rounding, Delivery: n.Delivery,
			PaymentTime: n.PaymentTime, Returns: n.Returns})
		return err
	})
	shows(t, b.Get("/products/sencha"), 200, "新しい名前")
}

func TestCheckoutHandsTheCartOverOnce(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	p := s.Product(t, shop, one("煎茶", 1080), 3)
	b := s.Browse(t, shop.Origin)
	if a := b.Post("/checkout"); a.Status != 303 || a.Location() != "/cart" {
		t.Errorf("an empty cart: %d to %s", a.Status, a.Location())
	}
	b.Post("/products/sencha", "variant", id.String(p.Variants[0].ID), "quantity", "2")
	a := b.Post("/checkout")
	want := s.Book.Door(place.Account, servertest.Domain) + "/s/" + id.String(shop.ID) + "/enter?t="
	if a.Status != 303 || !strings.HasPrefix(a.Location(), want) {
		t.Fatalf("%d to %s", a.Status, a.Location())
	}
	u, err := url.Parse(a.Location())
	if err != nil {
		t.Fatal(err)
	}
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		token, err := handover.Take(ctx, tx, secret.ParseToken(u.Query().Get("t")))
		if err != nil {
			return err
		}
		c, err := s.Carts.Get(ctx, tx, token)
		if c.Quantity() != 2 {
			t.Errorf("%d pieces came over", c.Quantity())
		}
		return err
	})
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		return s.Stock.Set(ctx, tx, p.Variants[0].ID, 1, inventory.Counted)
	})
	shows(t, b.Post("/checkout"), 409, "残り1点")
}

func TestPicturesAreServedUnderTheirShopOnly(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop, other := s.OpenShop(t, "tea"), s.OpenShop(t, "cups")
	put := func(content string) string {
		i, err := s.Blobs.Put(t.Context(), shop.ID, bytes.NewReader([]byte(content)))
		if err != nil {
			t.Fatal(err)
		}
		return string(i.Digest)
	}
	good, page := put("\x89PNG\r\n\x1a\nrest"), put("<html><script>alert(1)</script>")
	b := s.Door(t, place.Media)
	at := func(shop id.Shop, name string) servertest.Answer { return b.Get("/" + id.String(shop) + "/" + name) }
	for _, name := range []string{good, good + ".jpg", place.PictureName(good, 400, ".png")} {
		a := at(shop.ID, name)
		h := a.Header
		if a.Status != 200 || h.Get("Content-Type") != "image/png" || !strings.Contains(h.Get("Cache-Control"), "immutable") ||
			h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") ||
			h.Get("Etag") != `"`+good+`"` || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%d %v", a.Status, h)
		}
	}
	for what, a := range map[string]servertest.Answer{"another shop's": at(other.ID, good), "no picture": at(shop.ID, page),
		"no digest": at(shop.ID, "x"), "a path": at(shop.ID, "..%2f..%2fnoren.db")} {
		if a.Status != 404 {
			t.Errorf("%s: %d", what, a.Status)
		}
	}
}

func TestAnotherNodesWriteShowsWithinASecond(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	p := s.Product(t, shop, one("煎茶", 1080), 3)
	b := s.Browse(t, shop.Origin)
	shows(t, b.Get("/products/sencha"), 200, "残り3点")
	other, err := db.Open(t.Context(), db.Config{URL: server.StoreURL(s.Config), Schema: migrations.Schema(), Now: s.Clock.Now, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	if err := other.Write(t.Context(), db.Scope{Shop: shop.ID, Actor: servertest.Seed()}, func(tx *db.Tx) error {
		return s.Stock.Set(t.Context(), tx, p.Variants[0].ID, 1, inventory.Counted)
	}); err != nil {
		t.Fatal(err)
	}
	wrote := time.Now()
	for !strings.Contains(b.Get("/products/sencha").Body, "残り1点") {
		if time.Since(wrote) > 3*time.Second {
			t.Fatal("the page stays as it was")
		}
	}
}

// A kept page of a list is made anew when a sale begins or ends, though nobody has written anything.
func TestSalePeriodIsShownAsTimePasses(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	now := s.Clock.Now()
	in := one("新茶", 1080)
	in.SaleFrom, in.SaleUntil = now.Add(time.Hour).UnixMilli(), now.Add(3*time.Hour).UnixMilli()
	in.Summary, in.MaxQuantity, in.MinQuantity, in.Unit, in.Few = "初摘み", 3, 2, "袋", new(int64)
	p := s.Product(t, shop, in, 5)
	b := s.Browse(t, shop.Origin)
	look := func(want int) {
		t.Helper()
		s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error { return nil }) // so that the front looks at the clock again
		if a := b.Get("/products"); strings.Contains(a.Body, "新茶") != (want == 200) {
			t.Errorf("the list shows it: %v, want %d", strings.Contains(a.Body, "新茶"), want)
		}
		if a := b.Get("/products/sencha"); a.Status != want {
			t.Errorf("status %d, want %d", a.Status, want)
		}
	}
	look(404)
	s.Clock.Add(2 * time.Hour)
	look(200)
	a := b.Get("/products/sencha")
	shows(t, a, 200, "初摘み", "2袋から", "3袋まで", "在庫あり")
	variant := id.String(p.Variants[0].ID)
	shows(t, b.Post("/products/sencha", "variant", variant, "quantity", "4"), 409, "3点まで")
	shows(t, b.Post("/products/sencha", "variant", variant, "quantity", "1"), 409, "2点から")
	if a := b.Post("/products/sencha", "variant", variant, "quantity", "3"); a.Status != 303 {
		t.Errorf("into the cart: %d", a.Status)
	}
	shows(t, b.Get("/cart"), 200, "新茶")
	s.Clock.Add(2 * time.Hour)
	look(404)
	shows(t, b.Get("/cart"), 200, "販売が終わった商品がカートに入っています")
}
