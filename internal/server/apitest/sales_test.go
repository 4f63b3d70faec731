package apitest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/server/servertest"
)

// A sold shop has three orders of different people: on delivery, by transfer, by transfer.
type sold struct {
	*servertest.Server
	shop   servertest.Shop
	cup    id.Variant
	orders []id.Order
}

func sell(t testing.TB, handle string) sold {
	t.Helper()
	s := sold{Server: servertest.New(t)}
	s.shop = s.OpenShop(t, handle)
	s.cup = s.Product(t, s.shop, catalog.In{Name: "湯呑", Handle: "cup", Variants: []catalog.VariantIn{{Price: 3_300}}}, 50).Variants[0].ID
	for _, f := range []checkout.Form{
		{Name: "山田 花子", Furigana: "やまだ はなこ", Email: "hanako@example.jp", Payment: string(payment.COD), Building: "三階", Note: "のしをお願いします"},
		{Name: "佐藤 太郎", Furigana: "さとう たろう", Email: "taro@example.jp", Payment: string(payment.BankTransfer)},
		{Name: "佐藤 次郎", Furigana: "さとう じろう", Email: "jiro@example.jp", Payment: string(payment.BankTransfer)},
	} {
		s.orders = append(s.orders, s.order(t, f))
	}
	return s
}

// order buys two cups.
func (s sold) order(t testing.TB, f checkout.Form) id.Order {
	t.Helper()
	visitor := db.Scope{Shop: s.shop.ID, Actor: actor.Actor{Kind: actor.Visitor}.With(), Request: "test"}
	var tok secret.Token
	err := s.DB.Write(t.Context(), visitor, func(tx *db.Tx) error {
		c, err := s.Carts.Open(t.Context(), tx, secret.Token{}, i18n.Ja)
		if err != nil {
			return err
		}
		tok = c.Token
		_, err = s.Carts.Add(t.Context(), tx, c, cart.Line{Variant: s.cup, Quantity: 2})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Lang, f.Postcode, f.Prefecture, f.City, f.Street, f.Phone = i18n.Ja, "104-0061", "13", "中央区", "銀座1-2-3", "03-1234-5678"
	f.Shipping = id.String(s.shop.Method.ID)
	c, err := s.Checkout.Confirm(t.Context(), visitor, tok, f)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := s.Checkout.Place(t.Context(), visitor, checkout.PlaceIn{Cart: tok, Form: f, Digest: c.Digest, Key: c.Key,
		Screen: func(checkout.Confirmation) ([]byte, error) { return []byte("screen"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return placed.Order
}

// ask gets a path, holds it against the contract, and gives the list under the key.
func ask(t testing.TB, app *servertest.App, path, key string) (list []map[string]any, total string) {
	t.Helper()
	got := app.Get(path)
	if got.Status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, got.Status, got.Raw)
	}
	all, _ := got.Body[key].([]any)
	for _, v := range all {
		m, _ := v.(map[string]any)
		list = append(list, m)
	}
	meta, _ := got.Body["meta"].(map[string]any)
	return list, fmt.Sprint(meta["total"])
}

// row writes values with spaces between them.
func row(v ...any) string { return strings.TrimSpace(fmt.Sprintln(v...)) }

func TestSalesAreInTheContractsShape(t *testing.T) {
	t.Parallel()
	c, s := open(t), sell(t, "kura")
	app := s.App(t, s.shop)
	got := app.Get("/v1/sales")
	c.holds(t, http.MethodGet, "/v1/sales", got)
	one := app.Get("/v1/sales/" + id.String(s.orders[0]) + ".json")
	c.holds(t, http.MethodGet, "/v1/sales/1", one)
	sale, _ := one.Body["sale"].(map[string]any)
	who, _ := sale["customer"].(map[string]any)
	for key, want := range map[string]string{"name": "山田 花子", "postal": "1040061", "address1": "中央区銀座1-2-3", "address2": "三階",
		"mail": "hanako@example.jp", "tel": "0312345678", "pref_name": "東京都", "member": "false", "sales_count": "1", "points": "0"} {
		if fmt.Sprint(who[key]) != want {
			t.Errorf("customer's %s: %v, want %s", key, who[key], want)
		}
	}
	for key, want := range map[string]string{"memo": "のしをお願いします", "payment_id": "1", "paid": "false", "delivered": "false", "canceled": "false",
		"product_total_price": "6600", "delivery_total_charge": "800", "fee": "330", "total_price": "7730", "delivered_mail_state": "not_yet",
		"point_state": "assumed"} {
		if fmt.Sprint(sale[key]) != want {
			t.Errorf("%s: %v, want %s", key, sale[key], want)
		}
	}
	if got := app.Get("/v1/sales/1"); got.Status != http.StatusNotFound || got.Body["errors"] == nil {
		t.Errorf("a sale that is not there: %d %s", got.Status, got.Raw)
	}
	stat := app.Get("/v1/sales/stat")
	c.holds(t, http.MethodGet, "/v1/sales/stat", stat)
	sum, _ := stat.Body["sales_stat"].(map[string]any)
	if row(sum["count_today"], sum["count_last_7days"], sum["count_this_month"], sum["amount_today"]) != "3 3 3 22530" {
		t.Errorf("%v", sum)
	}
	other := app.Get("/v1/sales/stat?date=2020-01-01") // BEHAVIOUR: an unknown parameter's name means today
	if string(other.Raw) != string(stat.Raw) {
		t.Errorf("%s", other.Raw)
	}
	midnight := time.UnixMilli(s.DB.Now().UnixMilli()).In(i18n.Zone())
	if fmt.Sprint(sum["date"]) != fmt.Sprint(time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, 0, 0, 0, i18n.Zone()).Unix()) {
		t.Errorf("BEHAVIOUR: the stat's date is midnight in Japan: %v", sum["date"])
	}
}

// TestSalesFilters has each filter, and what BEHAVIOUR says of those that cannot be read.
func TestSalesFilters(t *testing.T) {
	t.Parallel()
	s := sell(t, "kura")
	app := s.App(t, s.shop)
	day := func(n int) string { return s.DB.Now().In(i18n.Zone()).AddDate(0, 0, n).Format("2006-01-02") }
	var guest string
	if list, _ := ask(t, app, "/v1/sales?ids="+id.String(s.orders[1]), "sales"); len(list) == 1 {
		who, _ := list[0]["customer"].(map[string]any)
		guest = fmt.Sprint(who["id"])
	}
	for query, want := range map[string]string{
		"":                         "3", // BEHAVIOUR: without dates the last seven days
		"before=" + day(0):         "3", // only an end: the seven days before it
		"before=" + day(-30):       "0",
		"make_date_min=" + day(-1): "3",
		"after=" + day(1):          "0",
		"make_date_max=" + url.QueryEscape(day(-1)+" 23:59:59"): "0",
		"after=" + url.QueryEscape("2022/12/01"):                "3",
		"update_date_min=" + day(1):                             "0",
		"update_date_max=" + day(0):                             "3",
		"ids=" + id.String(s.orders[0]) + ",x,1":                "1",
		"customer_ids=" + guest:                                 "1",
		"payment_ids=2":                                         "2",
		"payment_ids=99":                                        "0",
		"customer_name=" + url.QueryEscape("佐藤"):                "2",
		"customer_furigana=" + url.QueryEscape("ジロウ"):           "1",
		"customer_mail=TARO":                                    "1",
		"customer_name=" + url.QueryEscape("佐藤") + "&limit=1":   "2",
		"delivered_mail_state=sent":                             "0",
		"paid_mail_state=not_yet":                               "3",
		"delivered_mail_state=pass":                             "0",
		"paid=true":                                             "0",
		"paid=0":                                                "3", // BEHAVIOUR: false filters for false
		"delivered=1":                                           "0",
		"canceled=false":                                        "3",
		"mobile=true":                                           "0",
		"mobile=false":                                          "3",
		"paid=maybe&accepted_mail_state=x&after=x&ids=x&offset=-1&limit[]=3": "3", // BEHAVIOUR: what cannot be read is ignored
	} {
		if _, total := ask(t, app, "/v1/sales?"+query, "sales"); total != want {
			t.Errorf("%s: %s, want %s", query, total, want)
		}
	}
	for _, name := range []string{"ids", "customer_ids", "payment_ids"} {
		if got := app.Get("/v1/sales?" + name + "[0]=1"); got.Status != http.StatusInternalServerError {
			t.Errorf("BEHAVIOUR: the array form of %s is an error: %d", name, got.Status)
		}
	}
	got := app.Get("/v1/sales?limit=1000&offset=1")
	meta, _ := got.Body["meta"].(map[string]any)
	if list, _ := got.Body["sales"].([]any); len(list) != 2 || row(meta["limit"], meta["offset"], meta["total"]) != "100 1 3" {
		t.Errorf("BEHAVIOUR: a limit is clamped: %v", meta)
	}
	list, _ := ask(t, app, "/v1/sales?fields=id,paid", "sales")
	if raw, _ := json.Marshal(list[0]); len(list[0]) != 2 {
		t.Errorf("BEHAVIOUR: fields projects: %s", raw)
	}
	if list, _ := ask(t, app, "/v1/sales?fields[]=id", "sales"); len(list[0]) != 0 {
		t.Errorf("BEHAVIOUR: the array form of fields yields empty records: %v", list[0])
	}
}

// opened are the ledger's entries of apps in the shop, newest first.
func opened(t testing.TB, s *servertest.Server, shop servertest.Shop) (out []vault.Access) {
	t.Helper()
	err := s.DB.Read(t.Context(), db.Scope{Shop: shop.ID, Actor: shop.Owner, Request: "test"}, func(r db.Reader) error {
		list, _, err := s.Vault.AccessLog(t.Context(), r, vault.AccessQuery{})
		for _, e := range list {
			if e.ByKind == "app" {
				out = append(out, e)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSalesOpenWhatIsShown: one entry a page under the app's release, none where no personal field is asked for, and null where the scopes do
// not reach.
func TestSalesOpenWhatIsShown(t *testing.T) {
	t.Parallel()
	c, s := open(t), sell(t, "kura")
	fine := s.App(t, s.shop, actor.ReadOrders, actor.PersonalScope(vault.Email.String()))
	got := fine.Get("/v1/sales")
	c.holds(t, http.MethodGet, "/v1/sales", got)
	list, _ := ask(t, fine, "/v1/sales", "sales")
	who, _ := list[0]["customer"].(map[string]any)
	if who["name"] != nil || who["tel"] != nil || who["mail"] == nil {
		t.Errorf("an app that may read addresses of mail: %v", who)
	}
	if got := fine.Get("/v1/sales?customer_name=x"); got.Status != http.StatusUnauthorized {
		t.Errorf("a search by what an app may not read: %d", got.Status)
	}
	before := len(opened(t, s.Server, s.shop))
	coarse := s.App(t, s.shop)
	ask(t, coarse, "/v1/sales?fields=id,paid,total_price", "sales")
	if n := len(opened(t, s.Server, s.shop)) - before; n != 0 {
		t.Errorf("%d entries for a page without persons", n)
	}
	ask(t, coarse, "/v1/sales", "sales")
	entries := opened(t, s.Server, s.shop)
	if len(entries)-before != 1 || entries[0].Purpose != vault.AppOrders || entries[0].By != int64(coarse.ID) || entries[0].Release == 0 ||
		entries[0].Persons != 3 {
		t.Errorf("%d entries for a page; the newest: %+v", len(entries)-before, entries[0])
	}
	none := s.App(t, s.shop, actor.ReadOrders)
	list, _ = ask(t, none, "/v1/sales", "sales")
	who, _ = list[0]["customer"].(map[string]any)
	if who["name"] != nil || who["mail"] != nil {
		t.Errorf("an app that may read nobody: %v", who)
	}
}

func TestPayments(t *testing.T) {
	t.Parallel()
	c, s := open(t), servertest.New(t)
	app := s.App(t, s.OpenShop(t, "kura"))
	got := app.Get("/v1/payments")
	c.holds(t, http.MethodGet, "/v1/payments", got)
	list, _ := ask(t, app, "/v1/payments", "payments")
	if len(list) != 2 || got.Body["meta"] != nil {
		t.Fatalf("BEHAVIOUR: payments come without meta: %s", got.Raw)
	}
	cod, _ := list[1]["cod"].(map[string]any)
	if fmt.Sprint(cod["fees"]) != "[[10000 330] [100000 660]]" || row(list[1]["fee"], list[1]["type"], list[0]["type"]) != "330 0 1" {
		t.Errorf("BEHAVIOUR: fees have exclusive bounds, and fee stays filled: %v", list)
	}
}

// TestSalesAreChanged has what BEHAVIOUR says of orders' changes.
func TestSalesAreChanged(t *testing.T) {
	t.Parallel()
	c, s := open(t), sell(t, "kura")
	app := s.App(t, s.shop)
	put := func(n int, body any) (servertest.Reply, map[string]any) {
		path := "/v1/sales/" + id.String(s.orders[n])
		got := app.Call(http.MethodPut, path, body)
		c.holds(t, http.MethodPut, "/v1/sales/1", got)
		sale, _ := got.Body["sale"].(map[string]any)
		return got, sale
	}
	parcel := func(n int, keys map[string]any) any {
		keys["id"] = int64(s.orders[n])
		return map[string]any{"sale": map[string]any{"sale_deliveries": []any{keys}}}
	}
	was, _ := ask(t, app, "/v1/sales?ids="+id.String(s.orders[1]), "sales")
	if _, sale := put(1, `{"sale":{"paid":false,"point_state":"assumed","id":5,"nothing":1}}`); row(sale["update_date"], sale["id"]) !=
		row(was[0]["update_date"], int64(s.orders[1])) {
		t.Errorf("BEHAVIOUR: unchanged values touch update_date, or what is read-only was taken: %v", sale["update_date"])
	}
	if _, sale := put(1, `{"sale":{"paid":true}}`); sale["paid"] != true {
		t.Errorf("paid: %v", sale["paid"])
	}
	if _, sale := put(1, `{"sale":{"point_state":"fixed"}}`); sale["point_state"] != "fixed" || sale["paid"] != true {
		t.Errorf("an update is partial: %v", sale)
	}
	for name, body := range map[string]string{"undone": `{"sale":{"point_state":"assumed"}}`, "no state": `{"sale":{"point_state":"x"}}`} {
		if got, _ := put(1, body); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("BEHAVIOUR: fixed points, %s: %d %s", name, got.Status, got.Raw)
		}
	}
	_, sale := put(0, parcel(0, map[string]any{"slip_number": "1234-5678-9013"}))
	sent, _ := sale["sale_deliveries"].([]any)
	first, _ := sent[0].(map[string]any)
	if first["slip_number"] != "123456789013" || !strings.HasSuffix(fmt.Sprint(first["tracking_url"]), "123456789013") || first["delivered"] != false {
		t.Errorf("BEHAVIOUR: a slip number changes the address to follow: %v", first)
	}
	if _, sale := put(0, parcel(0, map[string]any{"delivered": true})); sale["delivered"] != true {
		t.Errorf("delivered: %v", sale)
	}
	if _, sale := put(0, parcel(0, map[string]any{"slip_number": "123456789024"})); !strings.Contains(fmt.Sprint(sale["sale_deliveries"]), "123456789024") {
		t.Errorf("a slip number corrected on the way: %v", sale["sale_deliveries"])
	}
	if got, _ := put(0, parcel(0, map[string]any{"delivered": false})); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("undelivered: %d", got.Status)
	}
	for _, body := range []string{`{}`, `{"sale":{}}`, `{"sale":[]}`, `{"sale":null}`} {
		if got, _ := put(0, body); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Raw), `"field":"sale"`) {
			t.Errorf("BEHAVIOUR: %s: %d %s", body, got.Status, got.Raw)
		}
	}
	if got := app.Call(http.MethodPost, "/v1/sales/"+id.String(s.orders[1]), `{"sale":{"paid":true}}`, "X-Http-Method-Override", "put"); got.Status != http.StatusOK {
		t.Errorf("BEHAVIOUR: the override of the method: %d", got.Status)
	}
}

func TestSalesAreCancelledAndLettersSent(t *testing.T) {
	t.Parallel()
	c, s := open(t), sell(t, "kura")
	app := s.App(t, s.shop)
	left := func() (n int64) {
		s.Read(t, s.shop.ID, func(ctx context.Context, r db.Reader) error {
			l, err := s.Stock.Levels(ctx, r, []id.Variant{s.cup})
			for _, v := range l {
				n = v.OnHand
			}
			return err
		})
		return n
	}
	before := left()
	for _, x := range []struct {
		n    int
		body any
		back int64
	}{{1, nil, 0}, {2, `{"restock":true}`, 2}} {
		got := app.Call(http.MethodPut, "/v1/sales/"+id.String(s.orders[x.n])+"/cancel", x.body)
		c.holds(t, http.MethodPut, "/v1/sales/1/cancel", got)
		sale, _ := got.Body["sale"].(map[string]any)
		if sale["canceled"] != true || left()-before != x.back {
			t.Errorf("BEHAVIOUR: cancelled with %v: %d %v, %d came back", x.body, got.Status, sale["canceled"], left()-before)
		}
		before = left()
	}
	if got := app.Call(http.MethodPut, "/v1/sales/"+id.String(s.orders[1])+"/cancel", nil); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("cancelled twice: %d", got.Status)
	}
	mail := func(kind string) servertest.Reply {
		got := app.Call(http.MethodPost, "/v1/sales/"+id.String(s.orders[0])+"/mails", map[string]any{"mail": map[string]any{"type": kind}})
		c.holds(t, http.MethodPost, "/v1/sales/1/mails", got)
		return got
	}
	if got := mail("accepted"); got.Status != http.StatusCreated || strings.TrimSpace(string(got.Raw)) != "{}" {
		t.Errorf("BEHAVIOUR: a letter is 201 with an empty object: %d %s", got.Status, got.Raw)
	}
	for _, kind := range []string{"paid", "delivered", "x"} {
		if got := mail(kind); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", kind, got.Status)
		}
	}
}

func TestSalesOfANeighbourAreNotThere(t *testing.T) {
	t.Parallel()
	s := sell(t, "kura")
	app := s.App(t, s.OpenShop(t, "tana"))
	n := id.String(s.orders[0])
	if list, total := ask(t, app, "/v1/sales?ids="+n, "sales"); len(list) != 0 || total != "0" {
		t.Errorf("%d of the neighbour's", len(list))
	}
	for _, x := range [][3]string{{"GET", "", ""}, {"PUT", "", `{"sale":{"paid":true}}`}, {"PUT", "/cancel", ""}, {"POST", "/mails", `{"mail":{"type":"accepted"}}`}} {
		if got := app.Call(x[0], "/v1/sales/"+n+x[1], x[2]); got.Status != http.StatusNotFound {
			t.Errorf("%s %s: %d", x[0], x[1], got.Status)
		}
	}
}
