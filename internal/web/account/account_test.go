package account_test

import (
	"context"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/handover"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// A stall is an open shop with tea (reduced rate, 1,080 yen) and a cup (3,300 yen), and a visitor before it.
type stall struct {
	*servertest.Server
	shop servertest.Shop
	tea  id.Variant
	cup  id.Variant
	pot  catalog.Product // the cup's product
}

func open(t *testing.T) *stall {
	t.Helper()
	s := &stall{Server: servertest.New(t)}
	s.shop = s.OpenShop(t, "tea")
	s.tea = s.Product(t, s.shop, catalog.In{Name: "宇治煎茶 100g", NameEn: "Uji sencha 100g", Tax: tax.Reduced,
		Variants: []catalog.VariantIn{{Price: 1_080}}}, 50).Variants[0].ID
	s.pot = s.Product(t, s.shop, catalog.In{Name: "湯呑 白磁", NameEn: "Tea cup, white",
		Variants: []catalog.VariantIn{{Price: 3_300}}}, 50)
	s.cup = s.pot.Variants[0].ID
	return s
}

// visitor is the scope of anybody at the shop.
func (s *stall) visitor() db.Scope {
	return db.Scope{Shop: s.shop.ID, Actor: actor.Actor{Kind: actor.Visitor}.With(), Request: "test"}
}

// hand makes a cart as the storefront does, and gives the address at which the account door takes it.
func (s *stall) hand(t *testing.T, lines ...cart.Line) string {
	t.Helper()
	var tok secret.Token
	err := s.DB.Write(t.Context(), s.visitor(), func(tx *db.Tx) error {
		c, err := s.Carts.Open(t.Context(), tx, secret.Token{}, i18n.Ja)
		if err != nil {
			return err
		}
		made := c.Token
		for _, l := range lines {
			if c, err = s.Carts.Add(t.Context(), tx, c, l); err != nil {
				return err
			}
		}
		tok, err = handover.Make(t.Context(), tx, made)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return handover.Path(s.shop.ID, tok, i18n.Ja)
}

// enter is a visitor who has come in with a cart.
func (s *stall) enter(t *testing.T, l i18n.Lang, lines ...cart.Line) *servertest.Browser {
	t.Helper()
	b := s.Door(t, place.Account)
	b.Lang = string(l)
	a := b.Get(strings.Replace(s.hand(t, lines...), "lang=ja", "lang="+string(l), 1))
	if a.Status != 303 || a.Location() != s.path("/checkout") {
		t.Fatalf("enter: %d to %q %s", a.Status, a.Location(), a.Body)
	}
	return b
}

func (s *stall) path(rest string) string { return "/s/" + id.String(s.shop.ID) + rest }

// typed is a purchaser's form, without fault; more replaces or adds fields.
func (s *stall) typed(more ...string) []string {
	v := []string{"name", "山田 花子", "furigana", "やまだ はなこ", "postcode", "104-0061", "prefecture", "13", "city", "中央区",
		"street", "銀座1-2-3", "building", "ﾉﾚﾝﾋﾞﾙ 4F", "phone", "03-1234-5678", "email", "hanako@example.jp", "payment", "cod",
		"shipping", id.String(s.shop.Method.ID), "note", "玄関前に置いてください 😀"}
	for i := 0; i < len(more); i += 2 {
		v = set(v, more[i], more[i+1])
	}
	return v
}

func set(v []string, name, value string) []string {
	for i := 0; i < len(v); i += 2 {
		if v[i] == name {
			v[i+1] = value
			return v
		}
	}
	return append(v, name, value)
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)

// hidden are the fields that a page carries.
func hidden(body string) []string {
	var out []string
	for _, m := range hiddenField.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1], html.UnescapeString(m[2]))
	}
	return out
}

// confirm goes from the form to the final confirmation.
func (s *stall) confirm(t *testing.T, b *servertest.Browser, fields []string) servertest.Answer {
	t.Helper()
	a := b.Post(s.path("/checkout"), set(fields, "act", "confirm")...)
	if a.Status != 200 || !strings.Contains(a.Body, "/checkout/place") {
		t.Fatalf("confirm: %d %s", a.Status, text(a.Body))
	}
	return a
}

// buy goes all the way and gives the thank-you page's path.
func (s *stall) buy(t *testing.T, b *servertest.Browser, fields []string) string {
	t.Helper()
	a := b.Post(s.path("/checkout/place"), hidden(s.confirm(t, b, fields).Body)...)
	if a.Status != 303 || !strings.HasSuffix(a.Location(), "/thanks") {
		t.Fatalf("place: %d to %q %s", a.Status, a.Location(), text(a.Body))
	}
	return a.Location()
}

// orderOf is the id in a thank-you page's path.
func orderOf(t *testing.T, path string) id.Order {
	t.Helper()
	o := id.Parse[id.Order](strings.Split(path, "/")[4])
	if o == 0 {
		t.Fatalf("no order in %q", path)
	}
	return o
}

func (s *stall) order(t *testing.T, n id.Order) (o order.Order) {
	t.Helper()
	s.Read(t, s.shop.ID, func(ctx context.Context, r db.Reader) (err error) {
		o, err = s.Orders.Get(ctx, r, n)
		return err
	})
	return o
}

// orders counts the shop's orders.
func (s *stall) orders(t *testing.T) (n int) {
	t.Helper()
	s.Read(t, s.shop.ID, func(ctx context.Context, r db.Reader) error {
		hs, _, err := s.Orders.List(ctx, r, order.Filter{Limit: 50})
		n = len(hs)
		return err
	})
	return n
}

var tags = regexp.MustCompile(`(?s)<(script|style|svg).*?</(script|style|svg)>|<[^>]*>|\s+`)

// text is a page's words.
func text(body string) string { return html.UnescapeString(tags.ReplaceAllString(body, " ")) }

func has(t *testing.T, a servertest.Answer, status int, want ...string) {
	t.Helper()
	words := strings.Join(strings.Fields(text(a.Body)), " ")
	if a.Status != status {
		t.Errorf("status %d, want %d: %s", a.Status, status, words)
	}
	for _, w := range want {
		if !strings.Contains(words, w) {
			t.Errorf("%q is not in the page: %s", w, words)
		}
	}
}

func lacks(t *testing.T, a servertest.Answer, no ...string) {
	t.Helper()
	for _, w := range no {
		if strings.Contains(html.UnescapeString(a.Body), w) {
			t.Errorf("%q is in the page", w)
		}
	}
}

// owned is the owner's scope.
func (s *stall) owned() db.Scope {
	return db.Scope{Shop: s.shop.ID, Actor: s.shop.Owner, Request: "test"}
}
