package goods_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// desk is somebody at work in a shop.
type desk struct {
	*servertest.Browser
	t    *testing.T
	shop servertest.Shop
	base string
}

// logIn opens the admin as the person with that e-mail.
func logIn(t *testing.T, s *servertest.Server, shop servertest.Shop, email string) desk {
	t.Helper()
	b := s.Door(t, place.Admin)
	if a := b.Post("/login", "email", email, "password", vaulttest.Password); a.Status != 303 {
		t.Fatalf("log-in: %d %s", a.Status, a.Body)
	}
	return desk{b, t, shop, "/" + id.String(shop.ID)}
}

// colleague is somebody with a role in the shop.
func colleague(t *testing.T, s *servertest.Server, shop servertest.Shop, role actor.Role) desk {
	t.Helper()
	email := string(role) + "@example.com"
	who := s.Person(t, email).Who
	if err := s.Vault.Grant(t.Context(), token(shop), who, shop.ID, role); err != nil {
		t.Fatal(err)
	}
	return logIn(t, s, shop, email)
}

func token(shop servertest.Shop) secret.Token { return shop.Owner.Credential }

// says checks an answer's status and what stands in it.
func says(t *testing.T, a servertest.Answer, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d instead of %d, to %q: %.2000s", a.Status, status, a.Location(), a.Body)
	}
	for _, s := range texts {
		if !strings.Contains(a.Body, s) {
			t.Errorf("%q is missing in %s", s, main(a.Body))
		}
	}
}

func main(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		return body[i:]
	}
	return body
}

// tea is a form that is right.
func tea(more ...string) []string {
	return append([]string{"name", "煎茶", "state", "showing", "tax", "reduced", "variants.0.price", "1,200", "variants.0.stock", "１０",
		"variants.0.jan", "4901234567894", "variants.0.model", "T-1", "variants.0.weight_g", "100"}, more...)
}

// with changes fields of a form.
func with(form []string, changes ...string) []string {
	out := append([]string(nil), form...)
next:
	for i := 0; i+1 < len(changes); i += 2 {
		for k := 0; k+1 < len(out); k += 2 {
			if out[k] == changes[i] {
				out[k+1] = changes[i+1]
				continue next
			}
		}
		out = append(out, changes[i], changes[i+1])
	}
	return out
}

func open(t *testing.T) (*servertest.Server, desk) {
	t.Helper()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	return s, logIn(t, s, shop, shop.Email)
}

// made is the id in the address to which a new product leads.
func made(t *testing.T, a servertest.Answer) string {
	t.Helper()
	m := regexp.MustCompile(`/products/(\d+)/pictures$`).FindStringSubmatch(a.Location())
	if a.Status != 303 || m == nil {
		t.Fatalf("%d to %q: %.3000s", a.Status, a.Location(), main(a.Body))
	}
	return m[1]
}

func product(t *testing.T, s *servertest.Server, shop id.Shop, typed string) (p catalog.Product, levels map[id.Variant]inventory.Level) {
	t.Helper()
	s.Read(t, shop, func(ctx context.Context, r db.Reader) (err error) {
		if p, err = s.Catalog.Get(ctx, r, id.Parse[id.Product](typed)); err != nil {
			return err
		}
		var ids []id.Variant
		for _, v := range p.Variants {
			ids = append(ids, v.ID)
		}
		levels, err = s.Stock.Levels(ctx, r, ids)
		return err
	})
	return p, levels
}

func TestNewProductStandsOnTheList(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	says(t, d.Get(d.base+"/products"), 200, "最初の商品を追加しましょう")
	says(t, d.Get(d.base+"/products/new"), 200, "商品名", "軽減 8%")
	n := made(t, d.Post(d.base+"/products/new", tea()...))
	says(t, d.Get(d.base+"/products"), 200, "煎茶", "1,200円", "<span>10</span>", "公開中", "8%")
	p, levels := product(t, s, d.shop.ID, n)
	if v := p.Variants[0]; v.Price != 1200 || v.JAN != "4901234567894" || v.Model != "T-1" || v.WeightG != 100 || levels[v.ID].OnHand != 10 {
		t.Errorf("%+v %+v", p, levels)
	}
	for path, found := range map[string]bool{"?q=" + "T-1": true, "?q=%25": false, "?state=showing": true, "?state=draft": false,
		"?category=5": false, "?q=nothing": false} {
		if a := d.Get(d.base + "/products" + path); a.Status != 200 || strings.Contains(main(a.Body), "煎茶") != found {
			t.Errorf("%s: %d, found %t", path, a.Status, !found)
		}
	}
	says(t, d.Get(d.base+"/products?after=nonsense"), 422)
}

func TestEveryWrongFieldIsNamedAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	_, d := open(t)
	long := strings.Repeat("あ", 201)
	cases := map[string]struct{ field, value string }{
		"no name":           {"name", ""},
		"long name":         {"name", long},
		"no price":          {"variants.0.price", ""},
		"negative price":    {"variants.0.price", "-1"},
		"fraction":          {"variants.0.price", "10.5"},
		"2^31":              {"variants.0.price", "2147483648"},
		"2^64":              {"variants.0.price", "18446744073709551616"},
		"words":             {"variants.0.price", "高い"},
		"negative stock":    {"variants.0.stock", "-1"},
		"fractional stock":  {"variants.0.stock", "1.5"},
		"2^31 of stock":     {"variants.0.stock", "2147483648"},
		"exponent":          {"variants.0.stock", "1e3"},
		"wrong JAN":         {"variants.0.jan", "4901234567890"},
		"long model":        {"variants.0.model", long},
		"heavy":             {"variants.0.weight_g", "1000001"},
		"state":             {"state", "sold"},
		"tax":               {"tax", "none"},
		"address":           {"handle", "お茶"},
		"English too long":  {"name_en", long},
		"reading too long":  {"kana", long},
		"direction of text": {"description", "a\u202eb"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := d.Post(d.base+"/products/new", with(tea("description", "静かな、お茶。"), c.field, c.value)...)
			says(t, a, 422, "f-"+c.field, `href="#f-`+c.field+`"`, "4901234567")
			if c.field != "name" {
				says(t, a, 422, `value="煎茶"`)
			} else {
				says(t, a, 422, `value="1,200"`, "静かな、お茶。")
			}
			if c.field != "state" && c.field != "tax" {
				says(t, a, 422, c.value)
			}
		})
	}
	says(t, d.Get(d.base+"/products"), 200, "最初の商品を追加しましょう")
	a := d.Post(d.base+"/products/new", with(tea(), "name", "", "variants.0.price", "x", "variants.0.stock", "-5")...)
	says(t, a, 422, `href="#f-name"`, `href="#f-variants.0.price"`, `href="#f-variants.0.stock"`)
}

func TestOptionsMakeTheTableWithoutLosingWhatWasTyped(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	axes := []string{"options.0.name", "サイズ", "options.0.values", "S、M, L", "options.1.name", "色", "options.1.values", "藍, 生成り"}
	a := d.Post(d.base+"/products/new", tea(axes...)...)
	says(t, a, 200, "まだ保存されていません", "S / 藍", "L / 生成り", "4901234567894", `value="1,200"`)
	form := fields(a.Body)
	if form["variants.5.values.0"] != "L" || form["variants.5.price"] != "1,200" || form["variants.5.jan"] != "" {
		t.Errorf("%v", form)
	}
	form["variants.3.price"], form["variants.3.stock"], form["variants.5.on"] = "1500", "7", ""
	delete(form, "variants.5.on")
	n := made(t, d.Post(d.base+"/products/new", flat(form)...))
	p, levels := product(t, s, d.shop.ID, n)
	if len(p.Variants) != 5 || p.PriceMax != 1500 || levels[p.Variants[3].ID].OnHand != 7 || levels[p.Variants[0].ID].OnHand != 10 {
		t.Fatalf("%+v %+v", p.Variants, levels)
	}

	// A value gets another name: its variants stay what they are.
	form = fields(d.Get(d.base + "/products/" + n).Body)
	form["options.0.values"] = "S, M, 大"
	says(t, d.Post(d.base+"/products/"+n, flat(form)...), 303)
	q, _ := product(t, s, d.shop.ID, n)
	if q.Variants[4].ID != p.Variants[4].ID || q.Options[0].Values[2].Name != "大" || q.Options[0].Values[2].ID != p.Options[0].Values[2].ID {
		t.Errorf("%+v instead of %+v", q.Options, p.Options)
	}

	// One axis goes: the first variant of each size stays itself, with its stock.
	form = fields(d.Get(d.base + "/products/" + n).Body)
	form["options.1.name"], form["options.1.values"] = "", ""
	a = d.Post(d.base+"/products/"+n, flat(form)...)
	says(t, a, 200, "まだ保存されていません")
	says(t, d.Post(d.base+"/products/"+n, flat(fields(a.Body))...), 303)
	q, levels = product(t, s, d.shop.ID, n)
	if len(q.Variants) != 3 || q.Variants[0].ID != p.Variants[0].ID || levels[q.Variants[0].ID].OnHand != 10 {
		t.Errorf("%+v %+v", q.Variants, levels)
	}

	for name, change := range map[string][]string{
		"twice":    {"options.0.values", "S, S"},
		"nameless": {"options.0.name", ""},
		"many":     {"options.0.values", strings.Repeat("a, b, c, ", 1) + list(101)},
		"English":  {"options.0.values_en", "one, two"},
	} {
		a := d.Post(d.base+"/products/"+n, flat(fields(d.Get(d.base+"/products/"+n).Body), change...)...)
		says(t, a, 422, "options.0.", `aria-invalid="true"`)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

func list(n int) string {
	var out []string
	for i := range n {
		out = append(out, "v"+id.String(id.Shop(i+1)))
	}
	return strings.Join(out, ", ")
}

func TestAnotherPersonsSaveIsNotOverwritten(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	n := made(t, d.Post(d.base+"/products/new", tea()...))
	mine := fields(d.Get(d.base + "/products/" + n).Body)
	theirs := flat(mine, "name", "玄米茶", "variants.0.stock", "12")
	says(t, d.Post(d.base+"/products/"+n, theirs...), 303)
	a := d.Post(d.base+"/products/"+n, flat(mine, "name", "ほうじ茶", "variants.0.price", "900")...)
	says(t, a, 409, "ほかの人がこの商品を変更しました", `value="ほうじ茶"`, `value="900"`, "いま保存されている内容")
	if p, _ := product(t, s, d.shop.ID, n); p.Name != "玄米茶" {
		t.Errorf("saved %q", p.Name)
	}
	says(t, d.Post(d.base+"/products/"+n, flat(fields(a.Body))...), 303)
	p, levels := product(t, s, d.shop.ID, n)
	if p.Name != "ほうじ茶" || p.PriceMin != 900 || levels[p.Variants[0].ID].OnHand != 12 {
		t.Errorf("%q %d %+v", p.Name, p.PriceMin, levels)
	}

	// A piece was sold while the form was open: its count is not set back.
	mine = fields(d.Get(d.base + "/products/" + n).Body)
	s.Write(t, d.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		return s.Stock.Adjust(ctx, tx, p.Variants[0].ID, -1, inventory.Damaged)
	})
	says(t, d.Post(d.base+"/products/"+n, flat(mine, "variants.0.stock", "20")...), 409, "いまは11個", `value="20"`)
	says(t, d.Post(d.base+"/products/"+n, flat(mine)...), 303)
	if _, levels = product(t, s, d.shop.ID, n); levels[p.Variants[0].ID].OnHand != 11 {
		t.Errorf("%+v", levels)
	}
}

func TestProductsAreHiddenAndDeletedInTheVersionThatWasSeen(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	n := made(t, d.Post(d.base+"/products/new", tea()...))
	at := d.base + "/products/" + n
	says(t, d.Post(at+"/state", "version", "1", "state", "hidden"), 303)
	if p, _ := product(t, s, d.shop.ID, n); p.State != catalog.Hidden {
		t.Errorf("state %s", p.State)
	}
	says(t, d.Post(at+"/delete", "version", "1"), 409, "ほかの人がこの商品を変更しました")
	says(t, d.Post(at+"/delete", "version", "2"), 303)
	says(t, d.Get(at), 404)
	says(t, d.Post(at, tea()...), 404)
}

func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	n := made(t, d.Post(d.base+"/products/new", tea()...))
	manager, packer := colleague(t, s, d.shop, actor.Manager), colleague(t, s, d.shop, actor.Packer)
	made(t, manager.Post(d.base+"/products/new", tea()...))
	at := d.base + "/products/" + n
	for _, path := range []string{"/products", "/products/" + n, "/products/categories", "/products/picks"} {
		a := packer.Get(d.base + path)
		says(t, a, 200)
		if strings.Contains(main(a.Body), `method="post"`) && !strings.Contains(a.Body, "<fieldset class=\"grid-2\" disabled>") {
			t.Errorf("%s offers a form: %s", path, main(a.Body))
		}
	}
	for _, path := range []string{"/products/new", "/products/" + n, "/products/" + n + "/delete", "/products/" + n + "/state",
		"/products/categories", "/products/picks", "/products/" + n + "/pictures", "/products/" + n + "/pictures/1/remove"} {
		says(t, packer.Post(d.base+path, tea()...), 403)
	}
	says(t, packer.Get(at+"/pictures"), 403)
	says(t, s.Door(t, place.Admin).Get(at), 303)
}

func TestNeighboursProductsAndPicturesAreNotThere(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	n := made(t, d.Post(d.base+"/products/new", tea()...))
	says(t, d.Upload(d.base+"/products/"+n+"/pictures", "image", photo(t)), 303)
	p, _ := product(t, s, d.shop.ID, n)
	img := id.String(p.Images[0].ID)
	shop := s.OpenShop(t, "cups")
	e := logIn(t, s, shop, shop.Email)
	own := made(t, e.Post(e.base+"/products/new", tea()...))
	says(t, e.Get(d.base+"/products"), 404) // not their shop
	for _, path := range []string{"/products/" + n, "/products/" + n + "/pictures"} {
		says(t, e.Get(e.base+path), 404)
	}
	for _, path := range []string{"/products/" + n, "/products/" + n + "/delete", "/products/" + n + "/state",
		"/products/" + own + "/pictures/" + img, "/products/" + own + "/pictures/" + img + "/move",
		"/products/" + own + "/pictures/" + img + "/remove", "/products/" + n + "/pictures/" + img + "/remove"} {
		says(t, e.Post(e.base+path, tea("version", "1", "to", "up")...), 404)
	}
	says(t, e.Upload(e.base+"/products/"+n+"/pictures", "image", photo(t)), 404)
	says(t, e.Post(e.base+"/products/picks", "list", "recommended", "product", n, "do", "add"), 404)
	if p, _ := product(t, s, d.shop.ID, n); len(p.Images) != 1 || p.Version != 1 {
		t.Errorf("%+v", p)
	}
}

func TestHostileNamesAreShownAsTyped(t *testing.T) {
	t.Parallel()
	_, d := open(t)
	const evil = `"><script>alert(1)</script>'`
	n := made(t, d.Post(d.base+"/products/new", with(tea("name_en", evil, "description", evil, "options.0.name", evil,
		"options.0.values", evil, "variants.0.values.0", evil, "options.0.before", evil), "name", evil, "variants.0.model", evil)...))
	says(t, d.Post(d.base+"/products/categories", "do", "add", "name", evil), 303)
	for _, path := range []string{"/products", "/products/" + n, "/products/" + n + "/pictures", "/products/categories", "/products/picks",
		"/stock", "/products?q=" + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E'"} {
		a := d.Get(d.base + path)
		says(t, a, 200)
		if strings.Contains(a.Body, "<script>alert") || !strings.Contains(a.Body, "&lt;script&gt;alert(1)") {
			t.Errorf("%s: %s", path, main(a.Body))
		}
	}
}

func photo(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 700, 500))
	for x := range 700 {
		for y := range 500 {
			m.Set(x, y, color.RGBA{uint8(x / 3), uint8(y / 2), 120, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a PNG's header that promises 60,000 pixels a side.
func bomb() []byte {
	body := binary.BigEndian.AppendUint32([]byte("IHDR"), 60_000)
	body = append(binary.BigEndian.AppendUint32(body, 60_000), 1, 0, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
}

func TestPicturesAreTakenSortedDescribedAndRemoved(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	n := made(t, d.Post(d.base+"/products/new", tea()...))
	at := d.base + "/products/" + n + "/pictures"
	says(t, d.Upload(at, "image", photo(t), photo(t)), 303)
	p, _ := product(t, s, d.shop.ID, n)
	one, two := id.String(p.Images[0].ID), id.String(p.Images[1].ID)
	says(t, d.Get(at), 200, p.Images[0].Files[0].Digest, "一覧に表示")
	says(t, d.Get(d.base+"/products"), 200, p.Images[0].Files[0].Digest)
	says(t, d.Post(at+"/"+two+"/move", "to", "up"), 303)
	says(t, d.Post(at+"/"+two+"/move", "to", "up"), 303) // it is the first already
	says(t, d.Post(at+"/"+two, "alt", "青い湯のみ", "alt_en", "A blue cup"), 303)
	says(t, d.Post(at+"/"+one, "alt", strings.Repeat("長", 201)), 422, `aria-invalid="true"`, "長長長")
	if p, _ = product(t, s, d.shop.ID, n); id.String(p.Images[0].ID) != two || p.Images[0].AltEn != "A blue cup" {
		t.Errorf("%+v", p.Images)
	}
	says(t, d.Post(at+"/"+one+"/remove"), 303)
	says(t, d.Post(at+"/"+one+"/remove"), 404)
}

func TestBadUploadsAreAnsweredAtTheField(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	n := made(t, d.Post(d.base+"/products/new", tea()...))
	at := d.base + "/products/" + n + "/pictures"
	good := photo(t)
	for name, c := range map[string]struct {
		file []byte
		text string
	}{
		"broken": {good[:len(good)/2], "壊れている"},
		"bomb":   {bomb(), "縦横が大きすぎます"},
		"type":   {[]byte("%PDF-1.7 not a picture"), "この形式の画像は使えません"},
		"markup": {[]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "この形式の画像は使えません"},
		"empty":  {nil, "空です"},
		"100 MB": {append(bytes.Clone(good), make([]byte, 100<<20)...), "20MB以下"},
	} {
		says(t, d.Upload(at, "image", c.file), 422, `href="#f-image"`, c.text)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	says(t, d.Upload(at, "image"), 422, "画像ファイルを選んでください")
	says(t, d.Upload(at, "image", good, bomb()), 422, "2つめの画像: ") // the good one is kept
	if p, _ := product(t, s, d.shop.ID, n); len(p.Images) != 1 {
		t.Errorf("%d pictures", len(p.Images))
	}
	says(t, d.Upload(at, "image", make([]byte, 130<<20)), 413)
}

func TestCategoriesAreATree(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	at := d.base + "/products/categories"
	for _, name := range []string{"お茶", "器"} {
		says(t, d.Post(at, "do", "add", "name", name), 303)
	}
	tree := func() (out catalog.Tree) {
		s.Read(t, d.shop.ID, func(ctx context.Context, r db.Reader) (err error) {
			out, err = s.Catalog.Categories(ctx, r)
			return err
		})
		return out
	}
	cup := id.String(tree()[1].ID)
	says(t, d.Post(at, "do", "up", "category", cup), 303)
	if c := tree()[0]; c.Name != "器" {
		t.Errorf("%+v", c)
	}
	leaf := id.String(tree()[1].ID)
	says(t, d.Post(at, "do", "change", "category", leaf, "name", "煎茶", "parent", cup), 303)
	says(t, d.Get(at), 200, "depth-1", "煎茶")
	says(t, d.Post(at, "do", "change", "category", cup, "name", "焼き物", "parent", leaf), 422, "焼き物", "f-parent")
	says(t, d.Post(at, "do", "add", "name", "", "name_en", "Sweets"), 422, `href="#f-name"`, "Sweets")
	says(t, d.Post(at, "do", "add", "name", "菓子", "slug", "和菓子"), 422, "和菓子", `href="#f-slug"`)

	n := made(t, d.Post(d.base+"/products/new", tea("category", leaf)...))
	says(t, d.Get(d.base+"/products?category="+cup), 200, "煎茶", n) // what is below counts
	says(t, d.Post(d.base+"/products/new", tea("category", "77")...), 404)
	says(t, d.Post(at, "do", "remove", "category", cup), 303)
	if c := tree(); len(c) != 1 || c[0].Parent != 0 {
		t.Errorf("%+v", c)
	}
	says(t, d.Post(at, "do", "remove", "category", cup), 404)
	says(t, d.Post(at, "do", "else", "category", leaf), 400)
}

func TestPicksAreInTheOrderThatWasChosen(t *testing.T) {
	t.Parallel()
	s, d := open(t)
	at := d.base + "/products/picks"
	one, two := made(t, d.Post(d.base+"/products/new", tea()...)), made(t, d.Post(d.base+"/products/new", with(tea(), "name", "ほうじ茶")...))
	says(t, d.Get(at+"?list=new&q=ほうじ"), 200, "ほうじ茶", "追加")
	for _, n := range []string{one, two} {
		says(t, d.Post(at, "list", "new", "product", n, "do", "add"), 303)
	}
	says(t, d.Post(at, "list", "new", "product", two, "do", "up"), 303)
	s.Read(t, d.shop.ID, func(ctx context.Context, r db.Reader) error {
		ids, err := s.Catalog.Picks(ctx, r, catalog.NewArrival)
		if err == nil && (len(ids) != 2 || id.String(ids[0]) != two) {
			t.Errorf("%v", ids)
		}
		return err
	})
	says(t, d.Post(at, "list", "new", "product", two, "do", "remove"), 303)
	says(t, d.Post(at, "list", "all", "product", two, "do", "add"), 422)
	says(t, d.Post(at, "list", "new", "product", "12", "do", "add"), 404)
}

var (
	inputTag  = regexp.MustCompile(`(?s)<(input|textarea|option|select)\b([^>]*)>([^<]*)`)
	attribute = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

// fields reads the product's form as a browser would send it.
func fields(body string) map[string]string {
	i := strings.Index(body, `class="goods-form"`)
	body = body[i:]
	body = body[:strings.Index(body, "</form>")]
	out := map[string]string{}
	for _, m := range inputTag.FindAllStringSubmatch(body, -1) {
		a := map[string]string{}
		for _, p := range attribute.FindAllStringSubmatch(m[2], -1) {
			a[p[1]] = unescape(p[2])
		}
		_, checked := a["checked"]
		switch {
		case a["name"] == "" || (a["type"] == "checkbox" || a["type"] == "radio") && !checked:
		case m[1] == "textarea":
			out[a["name"]] = unescape(m[3])
		default:
			out[a["name"]] = a["value"]
		}
	}
	return out
}

func unescape(s string) string {
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// flat is a form as Post takes it, with changes.
func flat(form map[string]string, changes ...string) []string {
	var out []string
	for k, v := range form {
		out = append(out, k, v)
	}
	return with(out, changes...)
}
