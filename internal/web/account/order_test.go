package account_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/account"
	"github.com/noren-shop/noren/internal/web/place"
)

// link reads the order's link as the letters' job does.
func (s *stall) link(t *testing.T, n id.Order) secret.Token {
	t.Helper()
	var a order.Addressee
	scope := db.Scope{Shop: s.shop.ID, Actor: s.Keys.Job(t, "order mail", vault.OrderMail, s.shop.ID), Request: "test"}
	err := s.DB.Read(t.Context(), scope, func(r db.Reader) error {
		o, err := s.Orders.Get(t.Context(), r, n)
		if err != nil {
			return err
		}
		a, err = s.Orders.Addressee(t.Context(), r, o)
		return err
	})
	if err != nil || a.Link.IsZero() {
		t.Fatalf("no link: %v", err)
	}
	return a.Link
}

func TestPurchaserFollowsTheirOrderByTheLettersLink(t *testing.T) {
	t.Parallel()
	s := open(t)
	o := orderOf(t, s.buy(t, s.enter(t, i18n.Ja, cart.Line{Variant: s.cup, Quantity: 1}), s.typed()))
	b := s.Door(t, place.Account) // another device
	a := b.Get(account.OrderPath(s.shop.ID, o, s.link(t, o)))
	if a.Status != 303 || a.Location() != s.path("/orders/"+id.String(o)) {
		t.Fatalf("%d %q: the link stays in the address", a.Status, a.Location())
	}
	has(t, b.Get(a.Location()), 200, "受付済み", "3,300円", "4,430円", "山田 花子 様", "ノレンビル 4F", "0312345678", "だれが私の情報を見たか")
	if err := s.DB.Write(t.Context(), s.owned(), func(tx *db.Tx) error {
		_, err := s.Fulfil.Ship(t.Context(), tx, fulfil.Ref{Order: o, Version: 1}, fulfil.Slip{Carrier: "yamato", Number: "123456789013"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	page := b.Get(a.Location())
	has(t, page, 200, "発送しました", "ヤマト運輸", "123456789013", "荷物の場所を調べる")
	lacks(t, page, s.link(t, o).Reveal())
}

func TestPurchaserSeesWhoHasSeenTheirData(t *testing.T) {
	t.Parallel()
	s := open(t)
	for l, want := range map[i18n.Lang][]string{
		i18n.Ja: {"ショップのスタッフ が見ました", "目的: 注文の確認", "氏名", "住所", "あなた が見ました", "本人による確認"},
		i18n.En: {"The shop's staff looked", "For: view an order", "name", "address", "You looked", "one's own data"},
	} {
		b := s.enter(t, l, cart.Line{Variant: s.cup, Quantity: 1})
		path := strings.TrimSuffix(s.buy(t, b, s.typed()), "/thanks")
		if a := b.Get(path + "/readers"); a.Status != 200 || strings.Contains(text(a.Body), want[0]) {
			t.Errorf("before anyone looked: %d %s", a.Status, text(a.Body))
		}
		err := s.DB.Read(t.Context(), s.owned(), func(r db.Reader) error {
			o, err := s.Orders.Get(t.Context(), r, orderOf(t, path))
			if err != nil {
				return err
			}
			_, err = s.Orders.Reveal(t.Context(), r, o, vault.ViewOrder, "")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		b.Get(path)
		has(t, b.Get(path+"/readers"), 200, want...)
	}
}

func TestOrderIsPlacedWhileTheVaultIsAway(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.cup, Quantity: 1})
	s.Keys.Stop() // before anybody has asked for the shop's contact
	a := s.confirm(t, b, s.typed())
	has(t, a, 200, "連絡先は、このショップの「特定商取引法に基づく表記」をご覧ください")
	a = b.Post(s.path("/checkout/place"), hidden(a.Body)...)
	if a.Status != 303 {
		t.Fatalf("%d %s", a.Status, text(a.Body))
	}
	thanks := a.Location()
	has(t, b.Get(thanks), 200, "ありがとうございます")
	path := strings.TrimSuffix(thanks, "/thanks")
	a = b.Get(path)
	has(t, a, 200, "4,430円", "ただいま表示できません")
	lacks(t, a, "山田")
	has(t, b.Get(path+"/readers"), 503)
	stranger := s.Door(t, place.Account)
	a = stranger.Get(path)
	has(t, a, 404)
	s.Keys.Start(t)
	has(t, b.Get(path), 200, "山田 花子 様")
}

func TestOrderIsNotThereForAnyoneElse(t *testing.T) {
	t.Parallel()
	s := open(t)
	other := s.OpenShop(t, "other")
	mine := s.enter(t, i18n.Ja, cart.Line{Variant: s.cup, Quantity: 1})
	o := orderOf(t, s.buy(t, mine, s.typed()))
	theirs := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1})
	wrong := s.link(t, orderOf(t, s.buy(t, theirs, s.typed())))
	mail := "ご注文の確認メールにあるリンク"
	tries := func(b *servertest.Browser, shop id.Shop, order id.Order) {
		t.Helper()
		for _, rest := range []string{"", "/readers"} {
			has(t, b.Get("/s/"+id.String(shop)+"/orders/"+id.String(order)+rest), 404, mail)
		}
	}
	stranger := s.Door(t, place.Account)
	tries(stranger, s.shop.ID, o)
	tries(theirs, s.shop.ID, o)
	tries(mine, other.ID, o)
	tries(mine, s.shop.ID, 12_345)
	for _, link := range []secret.Token{wrong, secret.NewToken()} {
		b := s.Door(t, place.Account)
		if a := b.Get(account.OrderPath(s.shop.ID, o, link)); a.Status != 303 {
			t.Errorf("%d", a.Status)
		}
		tries(b, s.shop.ID, o)
	}
	b := s.Door(t, place.Account) // the true link under the neighbour's shop
	b.Get(account.OrderPath(other.ID, o, s.link(t, o)))
	tries(b, other.ID, o)
	has(t, stranger.Get(s.path("/orders/abc")), 404)
	has(t, stranger.Get(s.path("/orders/1/open/short")), 404)
	if a := stranger.Get(s.path("/orders/" + id.String(o) + "/thanks")); a.Status != 303 {
		t.Errorf("%d", a.Status)
	}
}

var (
	scripts = regexp.MustCompile(`<script[^>]*>`)
	inline  = regexp.MustCompile(`(?i)<[^>]+\s(on[a-z]+|style)=|javascript:|<style`)
)

func TestNoScriptButOurs(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1})
	form, wrong, review := b.Get(s.path("/checkout")), b.Post(s.path("/checkout"), "act", "confirm"), s.confirm(t, b, s.typed())
	thanks := b.Post(s.path("/checkout/place"), hidden(review.Body)...).Location()
	for name, a := range map[string]servertest.Answer{"form": form, "wrong": wrong, "review": review, "thanks": b.Get(thanks),
		"order": b.Get(strings.TrimSuffix(thanks, "/thanks")), "readers": b.Get(strings.TrimSuffix(thanks, "thanks") + "readers"),
		"spent": b.Get(s.path("/enter?t=x")), "problem": b.Get("/s/1/checkout")} {
		policy := a.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'nonce-", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self';"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: %q lacks %q", name, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || a.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %q %q", name, policy, a.Header.Get("Cache-Control"))
		}
		nonce, _, _ := strings.Cut(policy[strings.Index(policy, "'nonce-")+len("'nonce-"):], "'")
		tags := scripts.FindAllString(a.Body, -1)
		if len(tags) != 1 || !strings.Contains(tags[0], `nonce="`+nonce+`"`) || !strings.Contains(tags[0], `src="/`) {
			t.Errorf("%s: %v", name, tags)
		}
		if bad := inline.FindString(a.Body); bad != "" {
			t.Errorf("%s: %s", name, bad)
		}
	}
}

func TestOrderSurvivesAShopThatCloses(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.cup, Quantity: 1})
	path := s.buy(t, b, s.typed())
	s.SetState(t, s.shop, "closed")
	has(t, b.Get(path), 200, "ありがとうございます")
	has(t, b.Get(strings.TrimSuffix(path, "/thanks")), 200, "山田 花子 様")
}
