package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/group"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/server/servertest"
)

// goodsKit is a shop with goods that fill every field, and an app that may do everything with them.
type goodsKit struct {
	*servertest.App
	t          *testing.T
	c          contract
	s          *servertest.Server
	shop       servertest.Shop
	cup, shirt catalog.Product
	ware, cups id.Category
	gift       id.Group
}

func yen(n int64) *int64 { return &n }

func axis(name string, values ...string) catalog.OptionIn {
	o := catalog.OptionIn{Name: name}
	for _, v := range values {
		o.Values = append(o.Values, catalog.ValueIn{Name: v})
	}
	return o
}

func openGoods(t *testing.T) *goodsKit {
	t.Helper()
	k := &goodsKit{t: t, c: open(t), s: servertest.New(t)}
	k.shop = k.s.OpenShop(t, "kura")
	k.App = k.s.App(t, k.shop)
	now := k.s.Clock.Now().UnixMilli()
	k.cup = k.s.Product(t, k.shop, catalog.In{Name: "九谷の湯呑", Description: "手描き。\n一点もの。", Variants: []catalog.VariantIn{
		{Price: 3_300, Model: "K-01", JAN: "4901234567894", WeightG: 240}},
		Terms: catalog.Terms{ListPrice: yen(4_000), MemberPrice: yen(3_000), Cost: yen(1_200), Few: yen(3), MinQuantity: 1, MaxQuantity: 6,
			SaleFrom: now - 1000, SaleUntil: now + 86_400_000, Unit: "個", Memo: "棚3", Summary: "小さめ", SmallText: "手のひらに"}}, 12)
	k.s.Clock.Add(2 * time.Second)
	shirt := catalog.In{Name: "麻のシャツ", Tax: tax.Standard, Options: []catalog.OptionIn{axis("サイズ", "S", "M"), axis("色", "白", "赤"), axis("襟", "丸", "立")}}
	shirt.Variants = catalog.Combinations(shirt.Options, catalog.VariantIn{Price: 12_000, WeightG: 200})
	shirt.Variants[0].Price, shirt.Variants[0].Model = 13_000, "S-WHITE"
	shirt.Variants[0].VariantTerms = catalog.VariantTerms{ListPrice: yen(15_000), MemberPrice: yen(12_500), Cost: yen(5_000), Few: yen(2)}
	k.shirt = k.s.Product(t, k.shop, shirt, 5)
	owner := db.Scope{Actor: k.shop.Owner, Shop: k.shop.ID, Request: "test"}
	var pictures []catalog.Image
	for w := range 3 {
		img, err := k.s.Pictures.Draw(t.Context(), owner, image.NewRGBA(image.Rect(0, 0, 500+w, 400)))
		if err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, img)
	}
	k.s.Write(t, k.shop.ID, func(ctx context.Context, tx *db.Tx) (err error) {
		if k.ware, err = k.s.Catalog.CreateCategory(ctx, tx, catalog.Category{Name: "器", Explanation: "うつわ", Meta: &catalog.Meta{Title: text("器")}}); err != nil {
			return err
		}
		if k.cups, err = k.s.Catalog.CreateCategory(ctx, tx, catalog.Category{Name: "湯呑", Parent: k.ware}); err != nil {
			return err
		}
		deep, err := k.s.Catalog.CreateCategory(ctx, tx, catalog.Category{Name: "小さい湯呑", Parent: k.cups})
		if err != nil {
			return err
		}
		if err := k.s.Catalog.SetCategories(ctx, tx, k.cup.ID, []id.Category{deep}); err != nil {
			return err
		}
		if k.gift, err = k.s.Groups.Create(ctx, tx, group.Group{Name: "贈りもの", Explanation: "包みます", Meta: &catalog.Meta{Title: text("贈")}}); err != nil {
			return err
		}
		if err := k.s.Groups.Put(ctx, tx, k.cup.ID, []id.Group{k.gift}); err != nil {
			return err
		}
		for i, img := range pictures {
			if _, err := k.s.Catalog.PlaceImage(ctx, tx, k.cup.ID, int64(i*2), img); err != nil {
				return err
			}
		}
		return k.s.Catalog.SetPicks(ctx, tx, catalog.HandPicked, []id.Product{k.cup.ID})
	})
	return k
}

func text(s string) *string { return &s }

// ask calls, holds the answer to the contract and gives what stands under a key.
func (k *goodsKit) ask(method, path string, body any, status int) map[string]any {
	k.t.Helper()
	got := k.Call(method, path, body)
	if got.Status != status {
		k.t.Fatalf("%s %s %v: %d, want %d: %s", method, path, body, got.Status, status, got.Raw)
	}
	k.c.holds(k.t, method, path, got)
	return got.Body
}

// refused calls and looks for the error's code and field.
func (k *goodsKit) refused(method, path string, body any, code int, field string) {
	k.t.Helper()
	got := k.ask(method, path, body, code/1000)
	list, _ := got["errors"].([]any)
	if len(list) == 0 {
		k.t.Fatalf("%s %s: %v", method, path, got)
	}
	e, _ := list[0].(map[string]any)
	f, _ := e["field"].(string)
	if fmt.Sprint(e["code"]) != fmt.Sprint(code) || f != field {
		k.t.Errorf("%s %s %v: %v, want %d at %q", method, path, body, e, code, field)
	}
}

func (k *goodsKit) product(p id.Product) map[string]any {
	k.t.Helper()
	out, _ := k.ask("GET", at(p, ""), nil, 200)["product"].(map[string]any)
	return out
}

func at(p id.Product, rest string) string { return "/v1/products/" + id.String(p) + rest }

func wrap(key string, pairs ...any) map[string]any {
	in := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		in[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return map[string]any{key: in}
}

// same compares keys of an answer with what they are to be, as JSON.
func (k *goodsKit) same(got map[string]any, pairs ...any) {
	k.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		key := fmt.Sprint(pairs[i])
		is, _ := json.Marshal(got[key])
		want, _ := json.Marshal(pairs[i+1])
		if !bytes.Equal(is, want) {
			k.t.Errorf("%s is %s, want %s", key, is, want)
		}
	}
}

func objects(v any) (out []map[string]any) {
	list, _ := v.([]any)
	for _, x := range list {
		m, _ := x.(map[string]any)
		out = append(out, m)
	}
	return out
}

// BEHAVIOUR: product.images[] excludes the main image and has a normal and a mobile entry per slot; category is an object. Decision 27:
// prices are stored with tax, deeper trees show the nearest big and small category.
func TestProductFillsEveryField(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	p := k.product(k.cup.ID)
	k.same(p, "name", "九谷の湯呑", "sales_price", 3300, "sales_price_including_tax", 3300, "sales_price_tax", 300, "price", 4000,
		"members_price", 3000, "members_price_tax", 272, "cost", 1200, "stocks", 12, "stock_managed", true, "few_num", 3,
		"min_num", 1, "max_num", 6, "unit", "個", "memo", "棚3", "simple_expl", "小さめ", "smartphone_expl", "手のひらに", "weight", 240,
		"model_number", "K-01", "display_state", "showing", "soldout_display", true, "unlisted", false, "tax_reduced", false,
		"group_ids", []id.Group{k.gift}, "category", map[string]any{"id_big": k.ware, "id_small": k.cups}, "variants", []int{})
	extra := objects(p["images"])
	if len(extra) != 4 || fmt.Sprintln(extra[0]["position"], extra[0]["mobile"], extra[1]["mobile"], extra[2]["position"]) != "2 false true 4\n" {
		t.Errorf("images: %v", extra)
	}
	if picks := objects(p["pickups"]); len(picks) != 1 || fmt.Sprint(picks[0]["pickup_type"]) != "4" {
		t.Errorf("pickups: %v", p["pickups"])
	}
	images := k.ask("GET", at(k.cup.ID, "/images"), nil, 200)["product"].(map[string]any)
	if all := objects(images["images"]); len(all) != 3 || fmt.Sprint(all[0]["position"]) != "0" {
		t.Errorf("/images lists the main one too: %v", all)
	}
	k.ask("GET", "/v1/products", nil, 200)
	k.ask("GET", "/v1/stocks", nil, 200)
	if got := k.Get("/v1/products.json?fields=id"); got.Status != 200 {
		t.Errorf("with .json: %d", got.Status)
	}
}

// Decision 27: axes beyond two fold into the second, and writing them there is 422.
func TestThirdAxisFoldsIntoTheSecond(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	p := k.product(k.shirt.ID)
	k.same(p, "sales_price", 12000, "stocks", 40)
	options := objects(p["options"])
	if len(options) != 2 || options[1]["name"] != "色 / 襟" || fmt.Sprint(options[1]["values"]) != "[白 / 丸 白 / 立 赤 / 丸 赤 / 立]" {
		t.Fatalf("options: %v", options)
	}
	v := objects(p["variants"])
	k.same(v[0], "option1_value", "S", "option2_value", "白 / 丸", "title", "S / 白 / 丸", "option_price", 13000, "option_members_price", 12500,
		"option_cost", 5000, "option_market_price", 15000, "few_num", 2, "stocks", 5, "weight", 200)
	k.same(v[1], "option_price", nil, "option_price_including_tax", 12000)
	one := k.ask("GET", at(k.shirt.ID, "/variants/"+fmt.Sprint(v[0]["id"])), nil, 200)["variant"].(map[string]any)
	k.same(one, "title", "S / 白 / 丸")
	list := k.Get(at(k.shirt.ID, "/variants?limit=3&offset=1&fields=title")).Body
	if rows := objects(list["variants"]); len(rows) != 3 || len(rows[0]) != 1 {
		t.Errorf("variants: %v", list)
	}
	k.refused("POST", at(k.shirt.ID, "/options"), wrap("option", "name", "柄", "values", []any{map[string]string{"name": "無地"}}), 422001, "")
	k.refused("POST", at(k.shirt.ID, fmt.Sprintf("/options/%v/values", options[1]["id"])), wrap("option_value", "name", "青"), 422001, "")
	k.refused("DELETE", at(k.shirt.ID, fmt.Sprintf("/options/%v", options[1]["id"])), nil, 422001, "")
	k.ask("PUT", at(k.shirt.ID, ""), wrap("product", "variants", []any{
		map[string]any{"option1_value": "M", "option2_value": "赤 / 立", "stocks": 77}}), 200)
	k.same(objects(k.product(k.shirt.ID)["variants"])[7], "title", "M / 赤 / 立", "stocks", 77)
}

// BEHAVIOUR: bad filter values are ignored; booleans accept 1 and 0 and false filters; display_state=0 is showing; limits are clamped;
// sort skips what is no key and has nulls last; fields projects and its array form empties; ids[0] is 500.
func TestProductListFiltersAndSorts(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	k.s.Clock.Add(2 * time.Second)
	k.s.Product(t, k.shop, catalog.In{Name: "会員の鉢", Variants: []catalog.VariantIn{{Price: 900}}, Terms: catalog.Terms{Members: catalog.MembersBuy, Uncounted: true}}, 0)
	k.s.Clock.Add(2 * time.Second)
	k.s.Product(t, k.shop, catalog.In{Name: "下書き", State: catalog.Draft, Variants: []catalog.VariantIn{{Price: 0}}}, 0)
	all := "下書き 会員の鉢 麻のシャツ 九谷の湯呑"
	today := k.s.Clock.Now().In(time.FixedZone("JST", 9*3600)).Format("2006/01/02")
	for query, want := range map[string]string{
		"": all, "sort=make_date": "九谷の湯呑 麻のシャツ 会員の鉢 下書き", "sort=-price": "九谷の湯呑 下書き 会員の鉢 麻のシャツ", "sort=price": "九谷の湯呑 下書き 会員の鉢 麻のシャツ",
		"sort=x,sales_price": "下書き 会員の鉢 九谷の湯呑 麻のシャツ", "sort=-Sales_price": all, "sort= sales_price": all,
		"ids=" + id.String(k.cup.ID) + ",x": "九谷の湯呑", "ids=x": all, "name=湯": "九谷の湯呑", "name=%25": "", "model_number=WHITE": "麻のシャツ",
		"model_number=K-0": "九谷の湯呑", "jan_code=4901234567894": "九谷の湯呑", "category_id_big=" + id.String(k.ware): "九谷の湯呑",
		"category_id_small=" + id.String(k.cups): "九谷の湯呑", "category_id_big=1": "", "category_id_big=x": all, "group_ids=" + id.String(k.gift) + ",5": "九谷の湯呑",
		"display_state=showing": "麻のシャツ 九谷の湯呑", "display_state=0": "麻のシャツ 九谷の湯呑", "display_state=sale_for_members": "会員の鉢", "display_state=hidden": "下書き",
		"display_state=members_only": all, "stocks=12": "下書き 九谷の湯呑", "stock_managed=true": "下書き 麻のシャツ 九谷の湯呑", "stock_managed=0": "会員の鉢", "stock_managed=yes": all,
		"sales_price_min=3300&sales_price_max=3300": "九谷の湯呑", "price_min=1": "九谷の湯呑", "members_price_max=3000": "九谷の湯呑",
		"sales_price_min=9&sales_price_max=1": all, "make_date_min=2000-01-01&make_date_max=" + today: all, "make_date_max=2000-01-01": "", "update_date_min=never": all,
		"limit=1": "下書き", "limit=0": all, "offset=3": "九谷の湯呑", "offset=-1": all, "limit[]=1": all, "recent_zero_stocks=1": "", "recent_zero_stocks=false": all,
	} {
		got := k.ask("GET", "/v1/products?"+strings.ReplaceAll(query, " ", "+"), nil, 200)
		var names []string
		for _, p := range objects(got["products"]) {
			names = append(names, fmt.Sprint(p["name"]))
		}
		if strings.Join(names, " ") != want {
			t.Errorf("%q: %v, want %q", query, names, want)
		}
	}
	if got := k.ask("GET", "/v1/products?limit=1000", nil, 200); fmt.Sprint(got["meta"]) != "map[limit:50 offset:0 total:4]" {
		t.Errorf("meta: %v", got["meta"])
	}
	got := k.Get("/v1/products?fields=name,stocks&limit=1")
	if rows := objects(got.Body["products"]); len(rows) != 1 || len(rows[0]) != 2 || got.Body["meta"] == nil {
		t.Errorf("fields: %s", got.Raw)
	}
	if rows := objects(k.Get("/v1/products?fields[]=name&limit=1").Body["products"]); len(rows) != 1 || len(rows[0]) != 0 {
		t.Errorf("fields as an array: %v", rows)
	}
	if got := k.Get("/v1/products?ids[0]=1"); got.Status != 500 {
		t.Errorf("ids as an array: %d", got.Status)
	}
}

// BEHAVIOUR: stocks ignores product-only filters; every valid token may read it.
func TestStocksListsVariants(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	k.s.Write(t, k.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		return k.s.Stock.Set(ctx, tx, k.shirt.Variants[2].ID, 0, inventory.Damaged)
	})
	for query, want := range map[string]int{"limit=50": 9, "stocks=4": 1, "stocks=5": 8, "recent_zero_stocks=1": 1, "recent_zero_stocks=0": 8, "name=シャツ": 8,
		"group_ids=5&sort=price&sales_price_min=9999999&stock_managed=0": 9, "category_id_small=" + id.String(k.cups): 1} {
		got := k.ask("GET", "/v1/stocks?"+query, nil, 200)
		if meta, _ := got["meta"].(map[string]any); fmt.Sprint(meta["total"]) != fmt.Sprint(want) || len(objects(got["stocks"])) != want {
			t.Errorf("%s: %v, want %d", query, got["meta"], want)
		}
	}
	row := objects(k.ask("GET", "/v1/stocks?model_number=S-WHITE", nil, 200)["stocks"])
	k.same(row[0], "option1_value", "S", "option2_value", "白 / 丸", "stocks", 5, "few_num", 2, "variant_model_number", "S-WHITE", "model_number", nil)
	k.same(objects(k.Get("/v1/stocks?name=湯呑&fields=stocks,variant_model_number,option1_value").Body["stocks"])[0],
		"stocks", 12, "variant_model_number", nil, "option1_value", nil)
}

// BEHAVIOUR: only name is needed to create, then it is showing; create answers 200; a negative price is taken, name "" is 422; null
// clears prices; members_only is invalid; read-only and unknown keys have no effect; an empty root is 422210.
func TestProductIsCreatedAndChangedInPart(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	p := k.ask("POST", "/v1/products", wrap("product", "name", "新しい皿"), 200)["product"].(map[string]any)
	k.same(p, "display_state", "showing", "sales_price", nil, "sales_price_including_tax", 0, "stocks", 0, "category", nil, "group_ids", []int{})
	n, err := p["id"].(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	dish := id.Product(n)
	if a := k.s.Browse(t, k.shop.Origin).Get("/products"); strings.Contains(a.Body, "新しい皿") {
		t.Error("what has no price is on the shelves")
	}
	k.ask("PUT", at(dish, ""), wrap("product", "sales_price", 2200, "price", -5, "members_price", "2000", "cost", 700, "model_number", "D-1", "expl", "<b>皿</b>",
		"simple_expl", "丸い", "smartphone_expl", "s", "tax_reduced", true, "category_id_small", k.cups, "group_ids", []id.Group{k.gift}, "stocks", 8,
		"unlisted", true, "points", 3), 200)
	k.same(k.product(dish), "name", "新しい皿", "sales_price", 2200, "sales_price_tax", 162, "price", -5, "members_price", 2000, "cost", 700, "model_number", "D-1",
		"expl", "<b>皿</b>", "tax_reduced", true, "category", map[string]any{"id_big": k.ware, "id_small": k.cups}, "group_ids", []id.Group{k.gift}, "stocks", 8,
		"unlisted", false)
	if a := k.s.Browse(t, k.shop.Origin).Get("/products"); !strings.Contains(a.Body, "新しい皿") {
		t.Error("what has a price is not on the shelves")
	}
	k.ask("PUT", at(dish, ""), wrap("product", "stocks", map[string]int{"increment": -3}, "name", "皿"), 200)
	k.same(k.product(dish), "stocks", 5, "name", "皿", "sales_price", 2200, "cost", 700)
	k.ask("PUT", at(dish, ""), wrap("product", "price", nil, "members_price", nil, "cost", nil, "expl", nil, "category_id_big", k.ware, "stock_managed", false), 200)
	k.same(k.product(dish), "price", nil, "members_price", nil, "cost", nil, "expl", nil, "stocks", nil, "stock_managed", false, "sales_price", 2200,
		"category", map[string]any{"id_big": k.ware, "id_small": k.cups})
	k.ask("PUT", at(dish, ""), wrap("product", "sales_price", nil, "group_ids", []int{}, "display_state", "sale_for_members"), 200)
	k.same(k.product(dish), "sales_price", nil, "group_ids", []int{}, "display_state", "sale_for_members")
	for _, bad := range []struct {
		body  any
		code  int
		field string
	}{
		{wrap("product", "name", ""), 422007, "product.name"}, {wrap("product", "display_state", "members_only"), 422001, "product.disp_flg"},
		{wrap("product", "sales_price", -1), 422014, "product.sales_price"}, {wrap("product", "cost", "x"), 422001, "product.cost"},
		{wrap("product", "stocks", -1, "stock_managed", true), 422014, "product.stocks"}, {wrap("product", "stocks", map[string]int{"increment": -99}), 422014, "product.stocks"},
		{wrap("product", "group_ids", []int{7}), 422001, "product.group_ids"}, {wrap("product", "category_id_big", 7), 422001, "product.category_id_big"},
		{wrap("product"), 422210, "product"}, {nil, 422210, "product"}, {"[]", 422210, "product"}, {`{"product":null}`, 422210, "product"},
	} {
		k.refused("PUT", at(dish, ""), bad.body, bad.code, bad.field)
	}
	if got := k.Call("PUT", at(dish, ""), `{"product":`); got.Status != 500 || !strings.Contains(string(got.Raw), "500000") {
		t.Errorf("malformed JSON: %d %s", got.Status, got.Raw)
	}
	k.refused("POST", "/v1/products", wrap("product", "price", 1), 422007, "product.name")
	k.refused("PUT", "/v1/products/1", wrap("product"), 404100, "")
	if got := k.Call("POST", at(dish, ".json"), wrap("product", "memo", "x", "name", "上書き"), "X-Http-Method-Override", "put"); got.Status != 200 {
		t.Errorf("POST with the override: %d", got.Status)
	}
	k.same(k.product(dish), "name", "上書き", "memo", nil)
}

// BEHAVIOUR: product stocks are ignored when variants exist, then they are the variants' sum; variants[] matches by option values, unsent
// ones stay. Creating an option makes variants; two axes at most; deleting the last value is 422 without field; option and value answer 201,
// their DELETE 204 without a body.
func TestOptionsMakeAndTakeVariants(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	value := func(n string) map[string]string { return map[string]string{"name": n} }
	size := k.ask("POST", at(k.cup.ID, "/options"), wrap("option", "name", "サイズ", "values", []any{value("小"), value("大")}), 201)["option"].(map[string]any)
	k.same(size, "values", []string{"小", "大"}, "product_id", k.cup.ID)
	k.ask("POST", at(k.cup.ID, "/options"), wrap("option", "name", "色", "values", []any{value("青"), value("白")}), 201)
	k.refused("POST", at(k.cup.ID, "/options"), wrap("option", "name", "柄", "values", []any{value("無")}), 422001, "")
	p := k.product(k.cup.ID)
	k.same(p, "stocks", 12, "sales_price", 3300)
	v := objects(p["variants"])
	if len(v) != 4 || v[0]["title"] != "小 / 青" || fmt.Sprint(v[0]["stocks"]) != "12" {
		t.Fatalf("variants: %v", v)
	}
	k.ask("PUT", at(k.cup.ID, ""), wrap("product", "stocks", 99, "variants", []any{
		map[string]any{"option1_value": "大", "option2_value": "白", "stocks": 4},
		map[string]any{"option1_value": "小", "option2_value": "青", "stocks": map[string]int{"increment": -2}}}), 200)
	k.same(k.product(k.cup.ID), "stocks", 14)
	k.refused("PUT", at(k.cup.ID, ""), wrap("product", "variants", []any{map[string]any{"option1_value": "中", "stocks": 4}}), 422001, "product.variants")
	path := at(k.cup.ID, fmt.Sprintf("/variants/%v", v[3]["id"]))
	k.same(k.ask("PUT", path, wrap("variant", "stocks", 6, "few_num", 1, "model_number", "K-W", "weight", 300, "option_price", 4400, "option_members_price", 4000,
		"option_market_price", 5000, "option_cost", 900), 200)["variant"].(map[string]any), "stocks", 6, "few_num", 1, "model_number", "K-W", "weight", 300,
		"option_price", 4400, "option_price_tax", 400, "option_members_price", 4000, "option_market_price", 5000, "option_cost", 900)
	k.ask("PUT", at(k.cup.ID, ""), wrap("product", "sales_price", 3500), 200)
	k.same(k.ask("PUT", path, wrap("variant", "few_num", nil), 200)["variant"].(map[string]any), "option_price", 4400, "few_num", nil)
	k.same(k.ask("PUT", path, wrap("variant", "option_price", nil), 200)["variant"].(map[string]any), "option_price", nil, "option_price_including_tax", 3500)
	k.refused("PUT", path, wrap("variant", "option_price", -1), 422014, "variant.option_price")
	k.refused("PUT", path, wrap("variant"), 422210, "variant")
	k.ask("GET", at(k.cup.ID, "/variants/1"), nil, 404)
	values := at(k.cup.ID, fmt.Sprintf("/options/%v/values", size["id"]))
	mid := k.ask("POST", values, wrap("option_value", "name", "中"), 201)["option_value"].(map[string]any)
	k.refused("POST", values, wrap("option_value", "name", "中"), 422001, "option.options.0.values")
	k.refused("POST", values, wrap("option_value"), 422210, "option_value")
	if v := objects(k.product(k.cup.ID)["variants"]); len(v) != 6 {
		t.Errorf("%d variants", len(v))
	}
	if got := k.Call("DELETE", values+"/"+fmt.Sprint(mid["value_id"]), nil); got.Status != 204 || len(got.Raw) != 0 {
		t.Errorf("delete value: %d %s", got.Status, got.Raw)
	}
	k.ask("DELETE", values+"/"+fmt.Sprint(mid["value_id"]), nil, 404)
	option := objects(k.product(k.cup.ID)["options"])[1]
	k.ask("DELETE", at(k.cup.ID, fmt.Sprintf("/options/%v", option["id"])), nil, 204)
	k.same(k.product(k.cup.ID), "stocks", 10)
	for i, s := range k.valueIDs(size) {
		got := k.Call("DELETE", values+"/"+s, nil)
		if want := []int{204, 422}[i]; got.Status != want || strings.Contains(string(got.Raw), "field") {
			t.Errorf("delete value %d: %d %s", i, got.Status, got.Raw)
		}
	}
	k.ask("DELETE", at(k.cup.ID, fmt.Sprintf("/options/%v", size["id"])), nil, 204)
	k.same(k.product(k.cup.ID), "variants", []int{}, "options", []int{}, "sales_price", 3500, "model_number", "K-01")
}

// valueIDs are those of an option, by the variants that have them.
func (k *goodsKit) valueIDs(option map[string]any) (out []string) {
	for _, v := range objects(k.product(k.cup.ID)["variants"]) {
		ref, _ := v["option1"].(map[string]any)
		if s := fmt.Sprint(ref["value_id"]); fmt.Sprint(ref["id"]) == fmt.Sprint(option["id"]) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// BEHAVIOUR: image upload answers 201, DELETE 204; /images lists positions 0 to 49.
func TestImagesAreUploadedByPosition(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewRGBA(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	upload := func(position string, picture []byte) servertest.Reply {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		if picture != nil {
			w, _ := m.CreateFormFile("image", "cup.png")
			_, _ = w.Write(picture)
		}
		if position != "" {
			_ = m.WriteField("position", position)
		}
		_ = m.Close()
		return k.Call("POST", at(k.cup.ID, "/images"), b.String(), "Content-Type", m.FormDataContentType())
	}
	got := upload("49", file.Bytes())
	k.c.holds(t, "POST", at(k.cup.ID, "/images"), got)
	if got.Status != 201 {
		t.Fatalf("upload: %d %s", got.Status, got.Raw)
	}
	if a := upload("0", file.Bytes()); a.Status != 201 {
		t.Errorf("over the main one: %d %s", a.Status, a.Raw)
	}
	for _, bad := range []servertest.Reply{upload("50", file.Bytes()), upload("", file.Bytes()), upload("x", file.Bytes()), upload("3", nil), upload("3", []byte("no picture"))} {
		if bad.Status != 422 {
			t.Errorf("%d %s", bad.Status, bad.Raw)
		}
	}
	list := func() string {
		var out []string
		in := k.ask("GET", at(k.cup.ID, "/images"), nil, 200)["product"].(map[string]any)
		for _, i := range objects(in["images"]) {
			out = append(out, fmt.Sprint(i["position"]))
		}
		return strings.Join(out, " ")
	}
	if l := list(); l != "0 2 4 49" {
		t.Errorf("positions %s", l)
	}
	k.ask("DELETE", at(k.cup.ID, "/images/2"), nil, 204)
	k.ask("DELETE", at(k.cup.ID, "/images/2"), nil, 404)
	k.ask("DELETE", at(k.cup.ID, "/images/50"), nil, 422)
	if l := list(); l != "0 4 49" {
		t.Errorf("positions %s", l)
	}
}

// BEHAVIOUR: pickups answer 200 in all three methods, DELETE with what it removed; there is no type 2.
func TestPickups(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	path := at(k.shirt.ID, "/pickups")
	for _, n := range []int{0, 1, 3, 4} {
		k.same(k.ask("POST", path, map[string]int{"pickup_type": n, "order_num": 7}, 200)["pickup"].(map[string]any), "pickup_type", n, "order_num", 7)
	}
	k.same(k.ask("PUT", path, map[string]int{"pickup_type": 3, "order_num": 2}, 200)["pickup"].(map[string]any), "order_num", 2)
	k.same(k.ask("DELETE", path+"/3", nil, 200)["pickup"].(map[string]any), "pickup_type", 3, "order_num", 2, "product_id", k.shirt.ID)
	k.ask("DELETE", path+"/3", nil, 404)
	k.ask("PUT", path, map[string]int{"pickup_type": 3}, 404)
	k.refused("POST", path, map[string]int{"pickup_type": 2}, 422001, "pickup.pickup_type")
	k.refused("POST", path, map[string]int{"pickup_type": 1, "order_num": -1}, 422014, "pickup.order_num")
	k.refused("POST", path, map[string]int{}, 422007, "pickup.pickup_type")
}

// BEHAVIOUR: groups, categories come whole without meta; big categories have id_small 0 and children, small ones no such key; meta_tag is
// absent on a big category until first set and an update replaces its three keys; expl null is ignored; body emptiness comes before existence.
func TestCategories(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	all := k.ask("GET", "/v1/categories", nil, 200)
	big := objects(all["categories"])[0]
	child := objects(big["children"])[0]
	_, more := child["children"]
	if _, has := all["meta"]; has || more || fmt.Sprint(big["id_small"]) != "0" || fmt.Sprint(child["id_big"]) != id.String(k.ware) {
		t.Errorf("%v", all)
	}
	made := k.ask("POST", "/v1/categories", wrap("category", "name", "布", "sort", 9, "display_state", "members_only"), 201)["category"].(map[string]any)
	k.same(made, "sort", 9, "display_state", "members_only", "children", []int{})
	if _, has := made["meta_tag"]; has {
		t.Error("meta_tag before it is set")
	}
	path := "/v1/categories/" + fmt.Sprint(made["id_big"])
	k.ask("PUT", path, wrap("category", "meta_tag", map[string]string{"title": "t", "keywords": "k"}, "expl", "説明"), 200)
	got := k.ask("PUT", path, wrap("category", "meta_tag", map[string]string{"description": "d"}, "expl", nil, "display_state", "hidden"), 200)["category"].(map[string]any)
	k.same(got, "meta_tag", map[string]any{"title": nil, "keywords": nil, "description": "d"}, "expl", "説明", "display_state", "hidden", "name", "布")
	if a := k.s.Browse(t, k.shop.Origin).Get("/products"); strings.Contains(a.Body, "布") || !strings.Contains(a.Body, "器") {
		t.Error("the shop shows a hidden category, or not one that is shown")
	}
	kid := k.ask("POST", path+"/children", wrap("category", "name", "麻"), 201)["category"].(map[string]any)
	k.same(k.ask("PUT", path+"/children/"+fmt.Sprint(kid["id_small"]), wrap("category", "name", "綿"), 200)["category"].(map[string]any), "name", "綿", "id_big", made["id_big"])
	k.ask("PUT", "/v1/categories/"+id.String(k.ware)+"/children/"+fmt.Sprint(kid["id_small"]), wrap("category", "name", "綿"), 404)
	k.ask("PUT", "/v1/categories/"+id.String(k.cups), wrap("category", "name", "x"), 404)
	k.ask("POST", "/v1/categories/1/children", wrap("category", "name", "x"), 404)
	k.refused("PUT", "/v1/categories/1", map[string]any{}, 422210, "category")
	k.refused("PUT", "/v1/categories/1", wrap("category", "name", "x"), 404100, "")
	k.refused("POST", "/v1/categories", wrap("category", "expl", "x"), 422007, "product_category.name")
	k.refused("PUT", path, wrap("category", "sort", -1), 422014, "product_category.order_num")
	k.refused("PUT", path, wrap("category", "display_state", "showing_for_members"), 422001, "product_category.disp_flg")
}

// BEHAVIOUR: for groups existence comes before the body; expl null clears; an update has no parent_group_id.
func TestGroups(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	if all := k.ask("GET", "/v1/groups", nil, 200); len(objects(all["groups"])) != 1 || all["meta"] != nil {
		t.Errorf("%v", all)
	}
	g := k.ask("POST", "/v1/groups", wrap("group", "name", "春", "expl", "花", "parent_group_id", k.gift, "display_state", "members_only",
		"meta_tag", map[string]string{"title": "春"}), 201)["group"].(map[string]any)
	k.same(g, "name", "春", "expl", "花", "parent_group_id", k.gift, "display_state", "members_only", "meta_tag",
		map[string]any{"title": "春", "keywords": nil, "description": nil})
	path := "/v1/groups/" + fmt.Sprint(g["id"])
	k.ask("PUT", path, wrap("group", "expl", nil, "parent_group_id", nil), 200)
	k.same(k.ask("GET", path, nil, 200)["group"].(map[string]any), "expl", nil, "parent_group_id", k.gift, "name", "春")
	k.refused("PUT", "/v1/groups/1", map[string]any{}, 404100, "")
	k.ask("GET", "/v1/groups/1", nil, 404)
	k.refused("PUT", path, map[string]any{}, 422210, "group")
	k.refused("PUT", path, wrap("group", "name", ""), 422007, "product_group.name")
	k.refused("POST", "/v1/groups", wrap("group", "expl", "x"), 422007, "product_group.name")
	k.refused("PUT", path, wrap("group", "display_state", "x"), 422001, "group.display_state")
	k.refused("POST", "/v1/groups", wrap("group", "name", "x", "parent_group_id", 5), 422001, "group.parent_group_id")
}

// Another shop's goods are not there for an app, whatever it does with them, and do not change.
func TestNeighboursGoodsAreMissing(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	before := fmt.Sprint(k.product(k.shirt.ID), k.product(k.cup.ID))
	stranger := k.s.App(t, k.s.OpenShop(t, "other"))
	x := k.shirt
	names := strings.NewReplacer("{product_id}", id.String(x.ID), "{option_id}", id.String(x.Options[0].ID), "{category_id}", id.String(k.ware),
		"{pickup_type}", "4", "{position}", "0")
	last := map[string]string{"variants": id.String(x.Variants[0].ID), "options": id.String(x.Options[0].ID), "values": id.String(x.Options[0].Values[0].ID),
		"groups": id.String(k.gift), "categories": id.String(k.ware), "children": id.String(k.cups)}
	body := map[string]any{"pickup_type": 4}
	for _, root := range []string{"product", "variant", "option", "option_value", "group", "category"} {
		body[root] = map[string]any{"name": "取った", "values": []any{map[string]string{"name": "x"}}}
	}
	tried := 0
	for path, item := range k.c.doc.Paths.Map() {
		for method, o := range item.Operations() {
			parts := strings.Split(path, "/")
			mine := strings.HasPrefix(path, "/v1/products/") || strings.HasPrefix(path, "/v1/groups/") || strings.HasPrefix(path, "/v1/categories/")
			if state(o) != "served" || !mine {
				continue
			}
			url := names.Replace(path)
			if strings.HasSuffix(path, "/{id}") {
				url = strings.Replace(url, "{id}", last[parts[len(parts)-2]], 1)
			}
			tried++
			if got := stranger.Call(method, url, body); got.Status != 404 {
				t.Errorf("%s %s: %d %s", method, url, got.Status, got.Raw)
			}
		}
	}
	if after := fmt.Sprint(k.product(k.shirt.ID), k.product(k.cup.ID)); tried < 20 || after != before {
		t.Errorf("%d tried, and now\n%s\n%s", tried, before, after)
	}
}

// A card number that an app sends as goods is refused before anything of it is stored.
func TestCardNumberIsNoProduct(t *testing.T) {
	t.Parallel()
	k := openGoods(t)
	card := strings.Repeat("42", 8)
	for _, key := range []string{"name", "expl", "model_number"} {
		got := k.Call("PUT", at(k.cup.ID, ""), wrap("product", key, "カード "+card))
		if got.Status != 422 || strings.Contains(string(got.Raw), card) {
			t.Errorf("%s: %d %s", key, got.Status, got.Raw)
		}
		k.c.holds(t, "PUT", at(k.cup.ID, ""), got)
	}
	if got := k.Get("/v1/products?name=" + card); got.Status != 422 {
		t.Errorf("in the query: %d", got.Status)
	}
	k.same(k.product(k.cup.ID), "name", "九谷の湯呑", "model_number", "K-01")
}
