package servertest_test

import (
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

func TestOwnerLogsInAtTheAdmin(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	b := s.Door(t, place.Admin)
	if a := b.Get("/login"); a.Status != 200 || !strings.Contains(a.Body, "ログイン") {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := b.Post("/login", "email", shop.Email, "password", vaulttest.Password); a.Status != 303 || a.Location() != "/" {
		t.Fatalf("%d to %q: %s", a.Status, a.Location(), a.Body)
	}
}
