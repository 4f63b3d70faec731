package apitest

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/server/servertest"
)

func TestShop(t *testing.T) {
	t.Parallel()
	c := open(t)
	s := servertest.New(t)
	shop := s.OpenShop(t, "kura")
	app := s.App(t, shop)
	for _, path := range []string{"/v1/shop", "/v1/shop.json", "/v1/shop??fields=x", "/v1/shop?"} {
		got := app.Call(http.MethodGet, path, nil, "Content-Type", "application/json")
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, got.Status, got.Raw)
		}
		c.holds(t, http.MethodGet, "/v1/shop", got)
		in, _ := got.Body["shop"].(map[string]any)
		if in["title"] != "暖簾商店" || in["pref_name"] != "東京都" || in["open_state"] != "opened" {
			t.Errorf("%s: %v", path, in)
		}
	}
	for _, path := range []string{"/v1/nothing", "/v1/shop/1", "/v2/shop"} {
		got := app.Get(path)
		if got.Status != http.StatusNotFound || string(got.Raw) == "" || got.Body["errors"] == nil {
			t.Errorf("%s: %d %s", path, got.Status, got.Raw)
		}
	}
	if got := app.Call(http.MethodDelete, "/v1/shop", nil); got.Status != http.StatusNotFound {
		t.Errorf("a method that is not served: %d", got.Status)
	}
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	c := open(t)
	s := servertest.New(t)
	shop := s.OpenShop(t, "kura")
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		fees := shipping.Flat(1000)
		fees[postal.Okinawa-1] = shipping.Fee{}
		fees[postal.Hokkaido-1] = shipping.Fee{Reached: true, Yen: 1500}
		_, err := s.Shipping.Create(ctx, tx, shipping.Method{Carrier: shipping.JapanPost, Name: fault.Text{Ja: "ゆうパック", En: "Post"}, LeadDays: 1, Fees: fees})
		return err
	})
	app := s.App(t, shop)
	for _, path := range []string{"/v1/deliveries", "/v1/deliveries/date"} {
		got := app.Get(path)
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, got.Status, got.Raw)
		}
		c.holds(t, http.MethodGet, path, got)
	}
	list, _ := app.Get("/v1/deliveries").Body["deliveries"].([]any)
	if len(list) != 2 {
		t.Fatalf("%d ways to send", len(list))
	}
	kinds := map[any]int{}
	for _, v := range list {
		m, _ := v.(map[string]any)
		charge, _ := m["charge"].(map[string]any)
		areas, _ := charge["charge_ranges_by_area"].([]any)
		kinds[m["charge_type"]] = len(areas)
	}
	if kinds["fixed"] != 47 || kinds["by_area"] != 46 {
		t.Errorf("%v", kinds)
	}
	date, _ := app.Get("/v1/deliveries/date").Body["delivery_date"].(map[string]any)
	days, _ := date["days"].(map[string]any)
	if days["enabled"] != true || fmt.Sprintf("%v %v", days["min"], days["max"]) != "4 13" {
		t.Errorf("%v", days)
	}
}
