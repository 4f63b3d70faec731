package own_test

import (
	"errors"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/own"
)

// purchase is an order with what its purchaser holds.
func purchase(t *testing.T, k *flowtest.Kit) (checkout.Placed, own.Proof) {
	t.Helper()
	in := k.Confirmed(t, k.Cart(t, cart.Line{Variant: k.Cup, Quantity: 1}), k.Form())
	p, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), in)
	if err != nil {
		t.Fatal(err)
	}
	return p, own.Proof{Key: in.Key, Link: p.Link}
}

func flow(k *flowtest.Kit) *own.Service {
	return own.New(own.Config{Store: k.DB, Orders: k.Orders, Payment: k.Payment, Tenants: k.Tenant})
}

func TestEachProofShowsWhatItProves(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		s := flow(k)
		mine, proof := purchase(t, k)
		_, theirs := purchase(t, k)
		for name, c := range map[string]struct {
			proof  own.Proof
			known  bool
			person bool
		}{
			"both": {proof, true, true}, "key": {own.Proof{Key: proof.Key}, true, false}, "link": {own.Proof{Link: proof.Link}, true, true},
			"nothing": {own.Proof{}, false, false}, "another's": {theirs, false, false}, "invented": {own.Proof{Key: secret.NewToken(), Link: secret.NewToken()}, false, false},
			"crossed":   {own.Proof{Key: proof.Link, Link: proof.Key}, false, false},
			"bad link":  {own.Proof{Key: proof.Key, Link: theirs.Link}, true, false},
			"their key": {own.Proof{Key: theirs.Key, Link: proof.Link}, true, true},
		} {
			v, err := s.Get(t.Context(), flowtest.Visitor(), mine.Order, c.proof)
			if (err == nil) != c.known || !c.known && !errors.Is(err, own.ErrNone) || (v.Person != nil) != c.person || v.Away {
				t.Errorf("%s: %+v %v", name, v.Person, err)
			}
			if c.known && (v.Order.ID != mine.Order || v.Payment.Amount != mine.Total) || !c.known && v.Order.ID != 0 {
				t.Errorf("%s: order %d", name, v.Order.ID)
			}
			_, _, _, err = s.Readers(t.Context(), flowtest.Visitor(), mine.Order, c.proof, 0)
			if (err == nil) != c.person {
				t.Errorf("%s: readers: %v", name, err)
			}
			_, err = s.Placed(t.Context(), flowtest.Visitor(), mine.Order, c.proof)
			if (err == nil) != (c.proof.Key == proof.Key) {
				t.Errorf("%s: placed: %v", name, err)
			}
		}
		neighbour := db.Scope{Shop: flowtest.Shop + 1, Actor: flowtest.Visitor().Actor, Request: "test"}
		if _, err := s.Get(t.Context(), neighbour, mine.Order, proof); !errors.Is(err, own.ErrNone) {
			t.Errorf("the neighbour's: %v", err)
		}
	})
}

func TestKeyProvesTheOrderWhileTheVaultIsAway(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		s := flow(k)
		mine, proof := purchase(t, k)
		k.Vault.Stop()
		if v, err := s.Get(t.Context(), flowtest.Visitor(), mine.Order, proof); err != nil || !v.Away || v.Person != nil {
			t.Errorf("%+v %v", v, err)
		}
		if _, err := s.Placed(t.Context(), flowtest.Visitor(), mine.Order, proof); err != nil {
			t.Error(err)
		}
		if _, err := s.Get(t.Context(), flowtest.Visitor(), mine.Order, own.Proof{Link: proof.Link}); !fault.Is(err, fault.KindUnavailable) {
			t.Errorf("only the vault could tell: %v", err)
		}
		if _, err := s.Get(t.Context(), flowtest.Visitor(), mine.Order, own.Proof{}); !errors.Is(err, own.ErrNone) {
			t.Errorf("without a proof: %v", err)
		}
	})
}
