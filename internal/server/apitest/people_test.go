package apitest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/member"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

// gather is a shop with three guests who bought, and a member who did not.
func gather(t testing.TB, handle string) sold {
	t.Helper()
	s := sell(t, handle)
	visitor := db.Scope{Shop: s.shop.ID, Actor: actor.Actor{Kind: actor.Visitor}.With(), Request: "test"}
	_, err := s.Member.Join(t.Context(), visitor, member.Person{Name: "鈴木 三郎", Email: "saburo@example.jp", Lang: i18n.Ja,
		Password: secret.NewText(vaulttest.Password)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCustomersAreInTheContractsShape(t *testing.T) {
	t.Parallel()
	c, s := open(t), gather(t, "kura")
	app := s.App(t, s.shop)
	before := len(opened(t, s.Server, s.shop))
	got := app.Get("/v1/customers")
	c.holds(t, http.MethodGet, "/v1/customers", got)
	entries := opened(t, s.Server, s.shop)
	if len(entries)-before != 1 || entries[0].Purpose != vault.AppCustomers || entries[0].By != int64(app.ID) || entries[0].Release == 0 ||
		entries[0].Persons != 4 {
		t.Errorf("%d entries for a page; the newest: %+v", len(entries)-before, entries[0])
	}
	day := func(n int) string { return s.DB.Now().In(i18n.Zone()).AddDate(0, 0, n).Format("2006-01-02") }
	for query, want := range map[string]string{
		"": "4", "member=true": "1", "member=0": "3", "name=" + url.QueryEscape("佐藤"): "2", "furigana=" + url.QueryEscape("ハナコ"): "1",
		"mail=saburo": "1", "tel=03-1234-5678": "3", "postal=104-0061": "3", "make_date_min=" + day(1): "0", "make_date_max=" + day(0): "4",
		"update_date_min=" + day(0): "4", "update_date_max=" + day(-1): "0", "ids=1,2": "0", "sex=female": "0", "line_uid=x": "0",
		"membership_id=1": "0", "receive_mail_magazine=true": "0", "receive_mail_magazine=false": "4",
		"member=maybe&sex=x&make_date_min=x&ids=x&offset=-1": "4", // BEHAVIOUR: what cannot be read is ignored
		"name=" + url.QueryEscape("佐藤") + "&mail=taro":       "1",
	} {
		if _, total := ask(t, app, "/v1/customers?"+query, "customers"); total != want {
			t.Errorf("%s: %s, want %s", query, total, want)
		}
	}
	if got := app.Get("/v1/customers?ids[0]=1"); got.Status != http.StatusInternalServerError {
		t.Errorf("BEHAVIOUR: the array form of ids is an error: %d", got.Status)
	}
	list, _ := ask(t, app, "/v1/customers?mail=hanako", "customers")
	path := "/v1/customers/" + fmt.Sprint(list[0]["id"])
	one := app.Get(path + ".json")
	c.holds(t, http.MethodGet, "/v1/customers/1", one)
	who, _ := one.Body["customer"].(map[string]any)
	if row(who["name"], who["member"], who["sales_count"], who["address1"], who["pref_name"]) != "山田 花子 false 1 中央区銀座1-2-3 東京都" {
		t.Errorf("%v", who)
	}
	fine := s.App(t, s.shop, actor.ReadOrders, actor.PersonalScope(vault.Name.String()))
	list, _ = ask(t, fine, "/v1/customers", "customers")
	if list[0]["name"] == nil || list[0]["mail"] != nil {
		t.Errorf("an app that may read names: %v", list[0])
	}
	if got := fine.Get("/v1/customers?mail=x"); got.Status != http.StatusUnauthorized {
		t.Errorf("a search by what an app may not read: %d", got.Status)
	}
	other := s.App(t, s.OpenShop(t, "tana"))
	if got := other.Get(path); got.Status != http.StatusNotFound {
		t.Errorf("a neighbour's customer: %d", got.Status)
	}
	if got := other.Call(http.MethodPost, path+"/points", `{"points":5}`); got.Status != http.StatusNotFound {
		t.Errorf("a neighbour's points: %d", got.Status)
	}
}

func TestCustomersPoints(t *testing.T) {
	t.Parallel()
	c, s := open(t), gather(t, "kura")
	app := s.App(t, s.shop)
	list, _ := ask(t, app, "/v1/customers?member=true", "customers")
	n := fmt.Sprint(list[0]["id"])
	for _, x := range []struct {
		body, want string
		status     int
	}{
		{`{"points":100}`, "100", 200},
		{`{"points":"-30"}`, "70", 200}, // BEHAVIOUR: a delta, digits in a text too
		{`{"points":0}`, "70", 200},
		{`{"points":-71}`, "422014", 422},
		{`{"points":null}`, "422100", 422},
		{`{}`, "422100", 422},
		{`[]`, "422100", 422},
		{`{`, "500000", 500},
	} {
		got := app.Call(http.MethodPost, "/v1/customers/"+n+"/points", x.body)
		if got.Status < 500 {
			c.holds(t, http.MethodPost, "/v1/customers/1/points", got)
		}
		if got.Status != x.status || !strings.Contains(string(got.Raw), x.want) || x.status == 200 && row(got.Body["customer_id"], got.Body["points"]) != n+" "+x.want {
			t.Errorf("BEHAVIOUR: %s: %d %s", x.body, got.Status, got.Raw)
		}
	}
	if got := app.Call(http.MethodPost, "/v1/customers/1/points", `{}`); got.Status != http.StatusNotFound {
		t.Errorf("BEHAVIOUR: whether the customer is there comes first: %d", got.Status)
	}
	if list, _ := ask(t, app, "/v1/customers?member=true", "customers"); fmt.Sprint(list[0]["points"]) != "70" {
		t.Errorf("the list shows %v points", list[0]["points"])
	}
}
