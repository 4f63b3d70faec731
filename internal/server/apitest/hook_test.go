package apitest

import (
	"net/http"
	"testing"

	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
)

// TestAnAppTakesItselfOut is BEHAVIOUR.md "App Store": DELETE installation answers what the uninstall hook says, and ends the token.
func TestAnAppTakesItselfOut(t *testing.T) {
	t.Parallel()
	c, s := open(t), servertest.New(t)
	a := s.App(t, s.OpenShop(t, "kura"))
	got := a.Call(http.MethodDelete, "/appstore/v1/installation.json", nil)
	c.holds(t, http.MethodDelete, "/appstore/v1/installation.json", got)
	if got.Status != http.StatusOK || got.Body["account_id"] == "" || got.Body["application_charge_source_id"] == "" {
		t.Fatalf("%d %s", got.Status, got.Raw)
	}
	if got := a.Get("/v1/shop"); got.Status != http.StatusUnauthorized {
		t.Errorf("its token is still good: %d", got.Status)
	}
}

// TestATokenThatCallsTooOftenWaits is BEHAVIOUR.md: the guideline of 120 a minute, in the contract's shape of errors.
func TestATokenThatCallsTooOftenWaits(t *testing.T) {
	t.Parallel()
	s := servertest.With(t, server.Options{APIRate: 3})
	shop := s.OpenShop(t, "kura")
	a, b := s.App(t, shop), s.App(t, shop)
	for i := range 3 {
		if got := a.Get("/v1/shop"); got.Status != http.StatusOK || got.Header.Get("X-RateLimit-Limit") != "3" {
			t.Fatalf("call %d: %d %v", i, got.Status, got.Header)
		}
	}
	got := a.Get("/v1/shop")
	errors, _ := got.Body["errors"].([]any)
	if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" || got.Header.Get("X-RateLimit-Remaining") != "0" || len(errors) != 1 {
		t.Errorf("the fourth: %d %v %s", got.Status, got.Header, got.Raw)
	}
	if got := b.Get("/v1/shop"); got.Status != http.StatusOK {
		t.Errorf("another token: %d", got.Status)
	}
}

func TestTheFeedIsServedAndEmptyAtItsEnd(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	a := s.App(t, s.OpenShop(t, "kura"))
	got := a.Get("/noren/v1/events?after=9000000")
	events, is := got.Body["events"].([]any)
	if got.Status != http.StatusOK || !is || len(events) != 0 || got.Body["more"] != false {
		t.Errorf("%d %s", got.Status, got.Raw)
	}
	if got := a.Stranger().Get("/noren/v1/events"); got.Status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", got.Status)
	}
}
