package server_test

import (
	"context"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
	"github.com/noren-shop/noren/internal/server/servertest"
)

// TestHouseReachesTheSimulatorWithSealedKeys: a shop's keys are sealed in the store, the vault opens them for use, and the address is
// the operator's, whatever the shop's account says.
func TestHouseReachesTheSimulatorWithSealedKeys(t *testing.T) {
	t.Parallel()
	s, sim := servertest.New(t), paysimtest.Start(t)
	shop := s.NewShop(t, "tea")
	a := sim.Account(t, "")
	stored := gateway.Account{Name: provider.Simulator, Active: true, Endpoint: "http://127.0.0.1:1"}
	owner := db.Scope{Actor: actor.Actor{Kind: actor.Staff, Role: actor.Owner}.With(), Shop: shop.ID, Request: "test"}
	err := s.DB.Write(t.Context(), owner, func(tx *db.Tx) error {
		key, err := s.Vault.SealCredential(t.Context(), tx, gateway.KeyRef(a.Name), a.Key)
		if err != nil {
			return err
		}
		notices, err := s.Vault.SealCredential(t.Context(), tx, gateway.NoticesRef(a.Name), a.Notices)
		if err != nil {
			return err
		}
		if stored.Key, err = key.BytesValue(); err != nil {
			return err
		}
		if stored.Notices, err = notices.BytesValue(); err != nil {
			return err
		}
		stored, err = s.Gateways.Save(t.Context(), tx, stored)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Provider(context.Background(), shop.ID, stored); !fault.Is(err, fault.KindConflict) {
		t.Errorf("without the operator's address: %v", err)
	}
	s.Config.Paysim = sim.API
	p, err := s.Provider(context.Background(), shop.ID, stored)
	if err != nil {
		t.Fatal(err)
	}
	o, err := p.Open(t.Context(), provider.Intent{Key: "k", Amount: 500, Means: provider.Card, Capture: true, Return: "http://127.0.0.1/return"})
	if err != nil {
		t.Fatal(err)
	}
	sim.Pay(t, o.URL, "challenge")
	if c, err := p.Look(t.Context(), "", "k"); err != nil || c.State != provider.Captured || c.ThreeDS != provider.Passed {
		t.Errorf("%+v %v", c, err)
	}
}
