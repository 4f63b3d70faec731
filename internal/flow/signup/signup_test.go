package signup_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

type kit struct {
	*signup.Flow
	db      *db.DB
	vault   *vaulttest.Vault
	tenants *tenant.Service
}

func each(t *testing.T, test func(t *testing.T, k kit)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vaulttest.New(t)
		v.Shop(t, d, id.Platform)
		tenants := tenant.New(v.Client)
		test(t, kit{signup.New(d, v.Client, account.New(v.Client), tenants, "noren.test"), d, v, tenants})
	})
}

func person(email string) signup.Person {
	return signup.Person{Name: "暖簾 花子", Email: email, Password: secret.NewText(vaulttest.Password), Lang: i18n.Ja,
		Population: vault.ShopOwner, Network: "192.0.2.1", Agent: "test", Request: "test"}
}

func (k kit) account(t *testing.T, email string) vault.Session {
	t.Helper()
	s, err := k.Account(t.Context(), person(email))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (k kit) actor(t *testing.T, s vault.Session, shop id.Shop) actor.Actor {
	t.Helper()
	p, err := k.vault.Check(t.Context(), s.Token)
	if err != nil {
		t.Fatal(err)
	}
	return p.Actor(shop, s.Token)
}

func legal() tenant.Legal {
	return tenant.Legal{Seller: "暖簾商店", Representative: "暖簾 花子", Postcode: "100-0001", Address: "東京都千代田区千代田1-1",
		Phone: "03-1234-5678", Hours: "平日10時〜17時", Email: "shop@example.jp"}
}

func TestAPersonGetsAShopOfTheirOwn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kit) {
		s := k.account(t, "hanako@example.jp")
		shop, err := k.Shop(t.Context(), s.Token, "test", signup.NewShop{Handle: "Hanako-Tea", Name: "花子茶舗", Sells: "お茶"})
		if err != nil {
			t.Fatal(err)
		}
		a := k.actor(t, s, shop.ID)
		if a.Role != actor.Owner || shop.Handle != "hanako-tea" || shop.State != tenant.Preparing {
			t.Errorf("role %q, shop %+v", a.Role, shop)
		}
		err = k.db.Read(t.Context(), db.Scope{}, func(r db.Reader) error {
			got, ok, err := tenant.Host(t.Context(), r, "HANAKO-tea.noren.test")
			if !ok || got != shop.ID {
				t.Errorf("the host leads to %d (%v), want %d", got, ok, shop.ID)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestAnAddressBelongsToOneShop(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kit) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 12 {
			s := k.account(t, id.String(id.Account(i+1))+"@example.jp")
			wg.Go(func() {
				_, err := k.Shop(t.Context(), s.Token, "test", signup.NewShop{Handle: "kura", Name: "蔵"})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if !errors.Is(err, tenant.ErrHandleTaken) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d shops got the address", won)
		}
	})
}

func TestAFailedStepIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kit) {
		first := k.account(t, "first@example.jp")
		if _, err := k.Shop(t.Context(), first.Token, "test", signup.NewShop{Handle: "taken", Name: "先"}); err != nil {
			t.Fatal(err)
		}
		s := k.account(t, "second@example.jp")
		// The vault has made the person an owner when the address turns out to be taken.
		if _, err := k.Shop(t.Context(), s.Token, "test", signup.NewShop{Handle: "taken", Name: "後"}); !errors.Is(err, tenant.ErrHandleTaken) {
			t.Fatalf("got %v", err)
		}
		shop, err := k.Shop(t.Context(), s.Token, "test", signup.NewShop{Handle: "free", Name: "後"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := k.vault.Check(t.Context(), s.Token)
		if err != nil || len(p.Memberships) != 1 || p.Memberships[0].Shop != shop.ID {
			t.Errorf("memberships %+v, %v; want the one shop %d", p.Memberships, err, shop.ID)
		}
	})
}

func TestEveryWrongFieldIsNamed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kit) {
		in := person("not a mail")
		in.Name = "花子😀"
		_, err := k.Account(t.Context(), in)
		if fs, _ := fault.Of(err); len(fs) != 2 || fs[0].Field != "name" || fs[1].Field != "email" {
			t.Errorf("got %v", err)
		}
		in = person("short@example.jp")
		in.Password = secret.NewText("short")
		_, err = k.Account(t.Context(), in)
		if fs, _ := fault.Of(err); len(fs) != 1 || fs[0].Field != "password" {
			t.Errorf("got %v", err)
		}
		s := k.account(t, "ok@example.jp")
		for _, bad := range []string{"", "a", "-a-", "admin", "にほん", "a--b", "UPPER_case"} {
			if _, err := k.Shop(t.Context(), s.Token, "test", signup.NewShop{Handle: bad, Name: "x"}); !fault.Is(err, fault.KindInvalid) {
				t.Errorf("address %q: %v", bad, err)
			}
		}
	})
}

func TestAShopOpensOnlyWhenTheLawIsSatisfied(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kit) {
		s := k.account(t, "hanako@example.jp")
		shop, err := k.Shop(t.Context(), s.Token, "test", signup.NewShop{Handle: "hanako", Name: "花子茶舗"})
		if err != nil {
			t.Fatal(err)
		}
		scope := db.Scope{Actor: k.actor(t, s, shop.ID), Shop: shop.ID, Request: "test"}
		open := func() error {
			return k.db.Write(t.Context(), scope, func(tx *db.Tx) error {
				_, err := k.tenants.SetState(t.Context(), tx, tenant.Open)
				return err
			})
		}
		if err := open(); !fault.Is(err, fault.KindConflict) {
			t.Fatalf("opened without anything: %v", err)
		}
		bad := legal()
		bad.Phone, bad.Address = "12", ""
		if err := k.Legal(t.Context(), scope.Actor, shop.ID, "test", bad); !fault.Is(err, fault.KindInvalid) {
			t.Fatalf("took wrong particulars: %v", err)
		}
		if err := k.Legal(t.Context(), scope.Actor, shop.ID, "test", legal()); err != nil {
			t.Fatal(err)
		}
		if err := open(); !fault.Is(err, fault.KindConflict) {
			t.Fatalf("opened without terms: %v", err)
		}
		err = k.db.Write(t.Context(), scope, func(tx *db.Tx) error {
			got, err := k.tenants.Get(t.Context(), tx)
			if err != nil {
				return err
			}
			_, err = k.tenants.Change(t.Context(), tx, got.Version, tenant.Settings{Name: got.Name, Theme: got.Theme, Rounding: got.Rounding,
				Delivery: "3営業日以内", PaymentTime: "ご注文時", Returns: "8日以内"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := open(); err != nil {
			t.Fatal(err)
		}
		page, err := k.LegalPage(t.Context(), shop.ID, "test")
		if err != nil || page.Seller != "暖簾商店" || page.Phone != "0312345678" {
			t.Errorf("page %+v, %v", page, err)
		}
	})
}

func TestThePublishedPageOutlivesTheVaultForAWhile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kit) {
		s := k.account(t, "hanako@example.jp")
		shop, err := k.Shop(t.Context(), s.Token, "test", signup.NewShop{Handle: "hanako", Name: "花子茶舗"})
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Legal(t.Context(), k.actor(t, s, shop.ID), shop.ID, "test", legal()); err != nil {
			t.Fatal(err)
		}
		if _, err := k.LegalPage(t.Context(), shop.ID, "test"); err != nil {
			t.Fatal(err)
		}
		k.vault.Stop()
		defer k.vault.Start(t)
		if page, err := k.LegalPage(t.Context(), shop.ID, "test"); err != nil || page.Seller == "" {
			t.Errorf("the page is gone with the vault: %v", err)
		}
	})
}

func TestStaleSettingsDoNotOverwrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kit) {
		s := k.account(t, "hanako@example.jp")
		shop, err := k.Shop(t.Context(), s.Token, "test", signup.NewShop{Handle: "hanako", Name: "花子茶舗"})
		if err != nil {
			t.Fatal(err)
		}
		scope := db.Scope{Actor: k.actor(t, s, shop.ID), Shop: shop.ID, Request: "test"}
		change := func(name string) error {
			return k.db.Write(t.Context(), scope, func(tx *db.Tx) error {
				_, err := k.tenants.Change(t.Context(), tx, shop.Version, tenant.Settings{Name: name, Theme: "plain", Rounding: "down"})
				return err
			})
		}
		if err := change("一人目"); err != nil {
			t.Fatal(err)
		}
		if err := change("二人目"); !errors.Is(err, tenant.ErrStale) {
			t.Errorf("overwrote: %v", err)
		}
	})
}
