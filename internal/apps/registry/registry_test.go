package registry_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/noren-shop/noren/internal/apps/registry"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
)

func developer(n id.Account) db.Scope {
	return db.Scope{Actor: actor.Actor{Kind: actor.Staff, Account: n}.With(actor.DevelopApps, actor.BrowseShop), Request: "test"}
}

func owner(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Staff, Account: 9, Role: actor.Owner}.With(), Request: "test"}
}

func wanted(scopes ...actor.Scope) registry.In {
	return registry.In{Name: "在庫くん", About: "在庫を見張ります。", Manner: registry.Modern, Redirects: []string{"https://app.example.com/cb"}, Scopes: scopes}
}

func create(t *testing.T, d *db.DB, s *registry.Service, by db.Scope, in registry.In) (a registry.App) {
	t.Helper()
	err := d.Write(t.Context(), by, func(tx *db.Tx) (err error) {
		a, err = s.Create(t.Context(), tx, s.NewID(d.Now()), "client", in)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOtherScopesMakeAReleaseAndWiderOnesAReview(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := registry.New()
		a := create(t, d, s, developer(1), wanted(actor.ReadProducts, actor.ReadOrders))
		err := d.Write(t.Context(), db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With()}, func(tx *db.Tx) error {
			return s.Decide(t.Context(), tx, a.ID, a.Version, registry.Listed)
		})
		if err != nil {
			t.Fatal(err)
		}
		version := a.Version + 1
		for _, c := range []struct {
			scopes  []actor.Scope
			release id.Release
			state   registry.State
		}{
			{[]actor.Scope{actor.ReadOrders, actor.ReadProducts}, 1, registry.Listed},
			{[]actor.Scope{actor.ReadProducts}, 2, registry.Listed},
			{[]actor.Scope{actor.ReadProducts, actor.WriteSales}, 3, registry.Review},
		} {
			var got registry.App
			err := d.Write(t.Context(), developer(1), func(tx *db.Tx) (err error) {
				got, err = s.Change(t.Context(), tx, a.ID, version, wanted(c.scopes...))
				return err
			})
			version++
			if err != nil || got.Release != c.release || got.State != c.state {
				t.Errorf("%v: release %d, %s, %v", c.scopes, got.Release, got.State, err)
			}
		}
		for name, c := range map[string]struct {
			by      db.Scope
			version int64
			want    error
		}{"an old version": {developer(1), 1, registry.ErrChanged}, "another developer": {developer(2), version, registry.ErrNone}} {
			err := d.Write(t.Context(), c.by, func(tx *db.Tx) error {
				_, err := s.Change(t.Context(), tx, a.ID, c.version, wanted())
				return err
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestInstallationsStayInTheirShop(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := registry.New()
		a := create(t, d, s, developer(1), wanted(actor.ReadProducts))
		install := func(shop id.Shop) error {
			return d.Write(t.Context(), owner(shop), func(tx *db.Tx) error {
				return s.Install(t.Context(), tx, registry.Installation{App: a.ID, Release: 1, Scopes: []actor.Scope{actor.ReadProducts}})
			})
		}
		for range 2 { // consenting again is one installation
			if err := install(7); err != nil {
				t.Fatal(err)
			}
		}
		list := func(shop id.Shop) (out []registry.Installation) {
			err := d.Read(t.Context(), owner(shop), func(r db.Reader) (err error) { out, err = s.Installed(t.Context(), r); return err })
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		remove := func(shop id.Shop) (was bool) {
			err := d.Write(t.Context(), owner(shop), func(tx *db.Tx) (err error) {
				was, err = s.Uninstall(t.Context(), tx, a.ID, registry.ByOwner)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return was
		}
		if len(list(7)) != 1 || len(list(8)) != 0 || remove(8) || list(7)[0].EndedMS != 0 {
			t.Error("a neighbour sees or ends the installation")
		}
		if !remove(7) || remove(7) || list(7)[0].Reason != registry.ByOwner {
			t.Error("it ends not once")
		}
		var facts []outbox.Event
		err := d.Read(t.Context(), owner(7), func(r db.Reader) error {
			list, err := outbox.Facts(t.Context(), r, -1)
			for _, f := range list {
				facts = append(facts, f.Event)
			}
			return err
		})
		if err != nil || len(facts) > 0 && !slices.Equal(facts, []outbox.Event{registry.WasInstalled, registry.WasInstalled, registry.WasUninstalled}) {
			t.Errorf("facts: %v, %v", facts, err)
		}
	})
}

func TestWrongFieldsAreNamed(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*registry.In){
		"name":           func(in *registry.In) { in.Name = "  " },
		"about":          func(in *registry.In) { in.About = "" },
		"manner":         func(in *registry.In) { in.Manner = "x" },
		"redirects":      func(in *registry.In) { in.Redirects = nil },
		"home":           func(in *registry.In) { in.Home = "http://example.com" },
		"install_hook":   func(in *registry.In) { in.InstallHook = "https://user:pass@example.com/" },
		"uninstall_hook": func(in *registry.In) { in.UninstallHook = "javascript:alert(1)" },
		"scopes":         func(in *registry.In) { in.Scopes = []actor.Scope{"read_person_password_hash"} },
	} {
		in := wanted(actor.ReadProducts)
		change(&in)
		fs, ok := fault.Of(in.Clean())
		if !ok || len(fs) != 1 || fs[0].Field != field {
			t.Errorf("%s: %v", field, fs)
		}
	}
}
