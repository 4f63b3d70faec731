package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/security/detect"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/migrations"
)

func operatorScope() db.Scope {
	return db.Scope{Actor: actor.Actor{Kind: actor.Operator, Account: 1}.With(), Request: "test"}
}

// TestASwitchOfAnotherHouseHoldsTheDoors opens a second house on the store, flips there, and looks at this one's doors.
func TestASwitchOfAnotherHouseHoldsTheDoors(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop, other := s.OpenShop(t, "held"), s.OpenShop(t, "free")
	cup := s.Product(t, shop, catalog.In{Name: "湯呑", Handle: "cup", Variants: []catalog.VariantIn{{Price: 3_300}}}, 5)
	there, err := server.Open(t.Context(), server.Options{Config: s.Config, Log: s.Log, Now: s.Clock.Now, Volatile: true, Sender: s.Mail})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(there.Close)

	flip := func(n switches.Name, of id.Shop) {
		t.Helper()
		if err := there.Switches.TurnOn(t.Context(), operatorScope(), switches.In{Name: n, Target: switches.Target{Shop: of}, Reason: "試験", Who: "operator"}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for {
			if _, on := s.Switches.On(n, of); on {
				return
			}
			if time.Since(began) > 5*time.Second {
				t.Fatalf("%s is not in force on the other node after 5 s", n)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	visitor := s.Browse(t, shop.Origin)
	buy := func(b *servertest.Browser) int {
		return b.Post("/products/cup", "variant", id.String(cup.Variants[0].ID), "quantity", "1").Status
	}
	if got := buy(visitor); got != http.StatusSeeOther {
		t.Fatalf("before: %d", got)
	}
	flip(switches.ShopReadOnly, shop.ID)
	if got := buy(visitor); got != http.StatusServiceUnavailable {
		t.Errorf("into a read-only shop's cart: %d", got)
	}
	if a := visitor.Post("/products/cup", "variant", id.String(cup.Variants[0].ID), "quantity", "1"); !strings.Contains(a.Body, "閲覧のみ") {
		t.Errorf("no plain words: %s", a.Body)
	}
	if a := visitor.Get("/products/cup"); a.Status != http.StatusOK {
		t.Errorf("a read-only shop's page: %d", a.Status)
	}
	owner, neighbour := s.Door(t, place.Admin), s.Door(t, place.Admin)
	owner.Post("/login", "email", shop.Email, "password", vaulttest.Password)
	neighbour.Post("/login", "email", other.Email, "password", vaulttest.Password)
	change := func(b *servertest.Browser, of servertest.Shop) int {
		return b.Post("/"+id.String(of.ID)+"/products/picks", "x", "y").Status
	}
	if got := change(owner, shop); got != http.StatusServiceUnavailable {
		t.Errorf("the owner changed a read-only shop: %d", got)
	}
	if got := change(neighbour, other); got == http.StatusServiceUnavailable {
		t.Error("another shop was held, too")
	}
	if a := owner.Get("/" + id.String(shop.ID)); a.Status != http.StatusOK {
		t.Errorf("the owner's page: %d", a.Status)
	}
	flip(switches.NoNewSessions, 0)
	late := s.Door(t, place.Admin)
	if a := late.Post("/login", "email", shop.Email, "password", vaulttest.Password); a.Status != http.StatusServiceUnavailable {
		t.Errorf("a new session: %d", a.Status)
	}
	if a := owner.Get("/" + id.String(shop.ID)); a.Status != http.StatusOK {
		t.Errorf("who is logged in: %d", a.Status)
	}
	if a := s.Door(t, place.Ops).Post("/login", "email", "nobody@example.jp", "password", "wrong wrong wrong"); a.Status != http.StatusUnauthorized {
		t.Errorf("the operators are held out of their console: %d", a.Status)
	}
}

// TestWhatAttackersDoIsFound tries passwords, forged sessions and foreign rights through the doors.
func TestWhatAttackersDoIsFound(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); attack(t, servertest.New(t)) })
	if dbtest.Offered() {
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			url := dbtest.Database(t, migrations.Schema())
			attack(t, servertest.With(t, server.Options{Config: &config.Config{Store: url}}))
		})
	}
}

func attack(t *testing.T, s *servertest.Server) {
	t.Helper()
	shop := s.OpenShop(t, "target")
	var wg sync.WaitGroup
	for range 100 { // a hundred callers at once
		wg.Go(func() {
			s.Door(t, place.Admin).Post("/login", "email", shop.Email, "password", "not the password")
		})
	}
	wg.Wait()
	forger := s.Door(t, place.Admin)
	for range 3 {
		forger.Cookie(t, "admin-session", "no token")
		forger.Get("/me")
	}
	find := func(rule signal.Code) bool {
		list, _, err := s.Findings.List(t.Context(), operatorScope(), detect.Filter{Number: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if f.Rule == rule {
				return true
			}
		}
		return false
	}
	for _, rule := range []signal.Code{signal.LoginVelocity, signal.SessionMalformed} {
		began := time.Now()
		for !find(rule) {
			if time.Since(began) > 5*time.Second {
				t.Errorf("%s was not found", rule)
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	events := func(code signal.Code) (n int64) {
		err := s.DB.Across("test").Read(t.Context(), operatorScope(), func(r db.Reader) error {
			return r.QueryRow(context.Background(), "SELECT CAST(COALESCE(SUM(times), 0) AS BIGINT) FROM security_event WHERE shop_id >= 0 AND code = $1",
				string(code)).Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := events(signal.LoginFailed) + events(signal.LoginThrottled); n == 0 || n > 25 {
		t.Errorf("%d passwords were tried by a hundred callers at once", n)
	}
}

func TestProvidersNewsIsHeardWhateverIsStopped(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	if err := s.Switches.TurnOn(t.Context(), operatorScope(), switches.In{Name: switches.ShopReadOnly, Reason: "試験", Who: "operator"}); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Doors.ByDoor[place.Hooks].Routes() {
		if r.Method != "POST" {
			continue
		}
		w := httptest.NewRecorder()
		path := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(r.Pattern, "7")
		s.Doors.ByDoor[place.Hooks].ServeHTTP(w, httptest.NewRequest(r.Method, path, strings.NewReader("{}")))
		if w.Code == http.StatusServiceUnavailable {
			t.Errorf("%s is held", r.Pattern)
		}
	}
}
