package vault_test

import (
	"errors"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
	"github.com/noren-shop/noren/internal/security/vault/keeper/migrations"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

// TestBothEngines goes through the door with the vault's, the ledger's and the shops' stores on one engine.
func TestBothEngines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var c keeper.Config
		if d.Engine() == "postgres" {
			c.Store, c.Ledger = dbtest.Database(t, migrations.Schema()), dbtest.Database(t, ledger.Schema())
		}
		h := &house{Vault: vaulttest.With(t, c), d: d}
		h.Shop(t, d, shop)
		h.Shop(t, d, other)
		h.owner = h.Owner(t, shop, 100)
		o, _ := h.order(t, shop, 1)
		if err := h.open(t, h.owner, shop, vault.ViewOrder, o); err != nil || (texts{o}).of("name") != "name of 1" {
			t.Fatalf("open: %v", err)
		}
		packer := h.Staff(t, h.owner, shop, 101, actor.Packer)
		if err := h.open(t, packer, shop, vault.ShipOrder, o); err != nil {
			t.Error(err)
		}
		log, err := h.log(t, h.owner, shop, vault.AccessQuery{Subject: o.Subject})
		if err != nil || len(log) != 2 || log[0].By != 101 || log[1].By != 100 {
			t.Errorf("log: %+v, %v", log, err)
		}
		err = d.Write(t.Context(), db.Scope{Actor: h.owner, Shop: shop}, func(tx *db.Tx) error { return h.Erase(t.Context(), tx, o.Subject) })
		if err != nil {
			t.Fatal(err)
		}
		if err := h.open(t, h.owner, shop, vault.ViewOrder, o); !errors.Is(err, vault.ErrGone) {
			t.Errorf("erased: %v", err)
		}
		h.accounts(t)
	})
}

func (h *house) accounts(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	key, _, err := h.BeginTOTP(ctx, h.owner.Credential, "Noren", "owner")
	if err != nil || key.Len() == 0 {
		t.Errorf("authenticator: %v", err)
	}
	if list, err := h.Sessions(ctx, h.owner.Credential); err != nil || len(list) != 1 {
		t.Errorf("sessions: %v, %v", list, err)
	}
	if list, err := h.Members(ctx, h.owner.Credential, shop); err != nil || len(list) != 2 {
		t.Errorf("members: %v, %v", list, err)
	}
	link, who, err := h.StartReset(ctx, id.Platform, "owner100@example.com", "192.0.2.9")
	if err != nil || who.ID != 100 {
		t.Errorf("reset: %v, %v", who, err)
	}
	if err := h.FinishReset(ctx, link, secret.NewText("another phrase 82")); err != nil {
		t.Errorf("reset: %v", err)
	}
	if _, err := h.Check(ctx, h.owner.Credential); err == nil {
		t.Error("a session outlived the reset")
	}
}
