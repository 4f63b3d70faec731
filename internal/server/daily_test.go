package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/server/servertest"
)

// orderOne places an order for one piece at the shop.
func orderOne(t *testing.T, s *servertest.Server, shop servertest.Shop, v id.Variant) id.Order {
	t.Helper()
	visitor := flowtest.Visitor()
	visitor.Shop = shop.ID
	form := (&flowtest.Kit{}).Form()
	form.Shipping = id.String(shop.Method.ID)
	var c cart.Cart
	err := s.DB.Write(t.Context(), visitor, func(tx *db.Tx) (err error) {
		if c, err = s.Carts.Open(t.Context(), tx, secret.Token{}, i18n.Ja); err != nil {
			return err
		}
		c, err = s.Carts.Add(t.Context(), tx, c, cart.Line{Variant: v, Quantity: 1})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := s.Checkout.Confirm(t.Context(), visitor, c.Token, form)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := s.Checkout.Place(t.Context(), visitor, checkout.PlaceIn{Cart: c.Token, Form: form, Digest: shown.Digest, Key: shown.Key,
		Screen: flowtest.Screen})
	if err != nil {
		t.Fatal(err)
	}
	return placed.Order
}

func TestOwnerGetsADailyLetterWithTheCheckpoint(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop, quiet := s.OpenShop(t, "tea"), s.OpenShop(t, "quiet")
	p := s.Product(t, shop, catalog.In{Name: "湯呑", Variants: []catalog.VariantIn{{Price: 3_300}}}, 10)
	orders := []id.Order{orderOne(t, s, shop, p.Variants[0].ID), orderOne(t, s, shop, p.Variants[0].ID)}
	for range 3 {
		err := s.DB.Read(t.Context(), db.Scope{Actor: shop.Owner, Shop: shop.ID, Request: "test"}, func(r db.Reader) error {
			o, err := s.Orders.Get(t.Context(), r, orders[0])
			if err != nil {
				return err
			}
			_, err = s.Orders.Reveal(t.Context(), r, o, vault.ViewOrder, "")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Keys.Keeper.Log().Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // planned again and again: one letter
		if err := s.Daily.Plan(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(daily(s)); n != 0 {
		t.Fatalf("%d letters before the morning", n)
	}
	day := s.Clock.Now().In(i18n.Zone())
	s.Clock.Add(time.Date(day.Year(), day.Month(), day.Day()+1, 7, 0, 1, 0, i18n.Zone()).Sub(s.Clock.Now()))
	late := time.After(15 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for len(daily(s)) < 2 {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d daily letters", len(daily(s)))
		}
	}
	check, err := s.Vault.Checkpoint(t.Context())
	if err != nil || check.Size == 0 {
		t.Fatalf("%+v, %v", check, err)
	}
	got := daily(s)
	if len(got) != 2 {
		t.Errorf("%d letters", len(got))
	}
	origin, _, _ := strings.Cut(check.Signed, "\n")
	for _, m := range got {
		busy := strings.Contains(m.ID, id.String(shop.ID))
		if !busy && !strings.Contains(m.ID, id.String(quiet.ID)) {
			t.Errorf("a letter of no shop: %s", m.ID)
		}
		for text, want := range map[string]bool{"ご注文: 2件": busy, "ご注文: 0件": !busy, "お店の方（注文の確認）: 3回、のべ3名": busy,
			"だれも見ていません。": !busy, origin: true, "\n— " + origin + " ": true, "山田": false, "hanako@example.jp": false} {
			if strings.Contains(m.Text, text) != want {
				t.Errorf("%q is there: %v\n%s", text, !want, m.Text)
			}
		}
		if m.To.Addr != "shop@example.com" {
			t.Errorf("to %q", m.To.Addr)
		}
	}
}

func daily(s *servertest.Server) (out []mail.Message) {
	for _, m := range s.Mail.Sent() {
		if strings.HasPrefix(m.ID, "daily-") {
			out = append(out, m)
		}
	}
	return out
}

// TestReadingsAreTheOwnersAndTheLettersAlone asks for the counts with what must not get them.
func TestReadingsAreTheOwnersAndTheLettersAlone(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop, other := s.OpenShop(t, "tea"), s.OpenShop(t, "other")
	letter, err := s.Vault.JobToken(t.Context(), vault.ShopMail, shop.ID)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := s.Vault.JobToken(t.Context(), vault.ShopMail, other.ID)
	if err != nil {
		t.Fatal(err)
	}
	mails, err := s.Vault.JobToken(t.Context(), vault.OrderMail, shop.ID)
	if err != nil {
		t.Fatal(err)
	}
	for what, x := range map[string]struct {
		token secret.Token
		ok    bool
	}{"the owner": {shop.Owner.Credential, true}, "the letter": {letter, true}, "another owner": {other.Owner.Credential, false},
		"another shop's letter": {elsewhere, false}, "a job for something else": {mails, false}, "nobody": {secret.NewToken(), false}} {
		a := shop.Owner
		a.Credential = x.token
		err := s.DB.Read(t.Context(), db.Scope{Actor: a, Shop: shop.ID, Request: "test"}, func(r db.Reader) error {
			_, err := s.Vault.Readings(t.Context(), r, s.Clock.Now().Add(-time.Hour), s.Clock.Now())
			return err
		})
		if (err == nil) != x.ok {
			t.Errorf("%s: %v", what, err)
		}
	}
}
