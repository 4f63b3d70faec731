package checkout_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

func yen(n int64) *int64 { return &n }

func member() db.Scope {
	return db.Scope{Shop: flowtest.Shop, Actor: actor.Actor{Kind: actor.Member, Member: 7}.With(), Request: "test"}
}

func with(name string, t catalog.Terms) catalog.In {
	return catalog.In{Name: name, State: catalog.Showing, Variants: []catalog.VariantIn{{Price: 1_000}}, Terms: t}
}

func says(t *testing.T, err error, word string) {
	t.Helper()
	fs, _ := fault.Of(err)
	for _, f := range fs {
		if strings.Contains(f.Text.Ja, word) {
			return
		}
	}
	t.Errorf("%v does not say %q", err, word)
}

func TestQuantitiesPerOrderAreHeld(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		v := k.Add(t, with("皿", catalog.Terms{MinQuantity: 2, MaxQuantity: 4}), 50)
		for n, word := range map[int64]string{1: "2点から", 5: "4点まで"} {
			_, err := k.Checkout.Confirm(t.Context(), flowtest.Visitor(), k.Cart(t, cart.Line{Variant: v, Quantity: n}), k.Form())
			says(t, err, word)
		}
		k.Order(t, k.Form(), cart.Line{Variant: v, Quantity: 4})
	})
}

func TestMembersPayTheirPriceAndBuyWhatIsTheirs(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		v := k.Add(t, with("皿", catalog.Terms{Members: catalog.MembersBuy, MemberPrice: yen(800)}), 50)
		tok := k.Cart(t, cart.Line{Variant: v, Quantity: 2})
		_, err := k.Checkout.Confirm(t.Context(), flowtest.Visitor(), tok, k.Form())
		says(t, err, "会員限定")
		c, err := k.Checkout.Confirm(t.Context(), member(), tok, k.Form())
		if err != nil || c.Quote.Statement.GoodsTotal != 1_600 {
			t.Fatalf("%d, %v", c.Quote.Statement.GoodsTotal, err)
		}
		in := checkout.PlaceIn{Cart: tok, Form: k.Form(), Digest: c.Digest, Key: c.Key, Screen: flowtest.Screen}
		if _, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), in); err == nil {
			t.Error("who has logged out buys at the members' price")
		}
		p, err := k.Checkout.Place(t.Context(), member(), in)
		if err != nil {
			t.Fatal(err)
		}
		if o := k.Get(t, p.Order); o.Lines[0].UnitPrice != 800 {
			t.Errorf("sold at %d", o.Lines[0].UnitPrice)
		}
	})
}

func TestWhatIsNotCountedIsNeverSoldOut(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		v := k.Add(t, with("手紙", catalog.Terms{Uncounted: true}), 0)
		k.Order(t, k.Form(), cart.Line{Variant: v, Quantity: 9}, cart.Line{Variant: k.Tea, Quantity: 1})
		if left := k.Left(t, v); left != 0 {
			t.Errorf("%d are left of what is not counted", left)
		}
		k.Audit(t)
	})
}

func TestSaleThatEndsBeforeTheButtonIsPressedSellsNothing(t *testing.T) {
	t.Parallel()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, clock *vaulttest.Clock) {
		v := k.Add(t, with("新茶", catalog.Terms{SaleUntil: clock.Now().Add(5 * time.Minute).UnixMilli()}), 9)
		in := k.Confirmed(t, k.Cart(t, cart.Line{Variant: v, Quantity: 1}), k.Form())
		clock.Add(6 * time.Minute)
		_, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), in)
		if changed, is := errors.AsType[*checkout.Changed](err); is {
			t.Fatalf("%v", changed)
		}
		says(t, err, "販売が終わった")
	})
}
