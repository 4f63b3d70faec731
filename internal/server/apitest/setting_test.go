package apitest

import (
	"net/http"
	"testing"

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
