package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
)

// A tenantKit is a shop with something of everything that an address can name.
type tenantKit struct {
	servertest.Shop
	names map[string]string // by the name that routes give it
}

func furnish(t *testing.T, s *servertest.Server, handle string) tenantKit {
	t.Helper()
	k := tenantKit{Shop: s.OpenShop(t, handle), names: map[string]string{}}
	p := s.Product(t, k.Shop, catalog.In{Name: handle + "の湯呑", Handle: handle + "-cup", Variants: []catalog.VariantIn{{Price: 3_300}}}, 50)
	variant := p.Variants[0].ID
	owner := db.Scope{Actor: k.Owner, Shop: k.ID, Request: "test"}
	picture, err := s.Pictures.Draw(t.Context(), owner, image.NewRGBA(image.Rect(0, 0, 40, 40)))
	if err != nil {
		t.Fatal(err)
	}
	var img id.Image
	var category id.Category
	s.Write(t, k.ID, func(ctx context.Context, tx *db.Tx) (err error) {
		if img, err = s.Catalog.AttachImage(ctx, tx, p.ID, picture); err != nil {
			return err
		}
		category, err = s.Catalog.CreateCategory(ctx, tx, catalog.Category{Name: handle + "の器", Slug: handle + "-ware"})
		return err
	})
	order := buy(t, s, k.Shop, variant)
	var setup int64 // a card being registered; a document is looked for by the same number
	s.Write(t, k.ID, func(ctx context.Context, tx *db.Tx) error {
		v, err := s.Books.BeginSetup(ctx, tx)
		setup = v.ID
		return err
	})
	k.names = map[string]string{"shop": id.String(k.ID), "product": id.String(p.ID), "variant": id.String(variant), "image": id.String(img),
		"order": id.String(order), "method": id.String(k.Method.ID), "handle": p.Handle, "slug": handle + "-ware", "category": id.String(category),
		"invitation": id.String(order), "deposit": id.String(order), "card": id.String(order), "account": id.String(k.Owner.Account),
		"setup": id.String(id.Job(setup)), "document": id.String(id.Job(setup)), "token": "nobodys-" + handle, "file": picture.Digest + "-40.png", "app": "77"}
	return k
}

// buy places an order as a guest would.
func buy(t *testing.T, s *servertest.Server, shop servertest.Shop, v id.Variant) id.Order {
	t.Helper()
	visitor := db.Scope{Shop: shop.ID, Actor: actor.Actor{Kind: actor.Visitor}.With(), Request: "test"}
	var tok secret.Token
	err := s.DB.Write(t.Context(), visitor, func(tx *db.Tx) error {
		c, err := s.Carts.Open(t.Context(), tx, secret.Token{}, i18n.Ja)
		if err != nil {
			return err
		}
		tok = c.Token
		_, err = s.Carts.Add(t.Context(), tx, c, cart.Line{Variant: v, Quantity: 1})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	form := checkout.Form{Lang: i18n.Ja, Name: "山田 花子", Furigana: "やまだ はなこ", Postcode: "104-0061", Prefecture: "13", City: "中央区",
		Street: "銀座1-2-3", Phone: "03-1234-5678", Email: "hanako@example.jp", Payment: string(payment.COD), Shipping: id.String(shop.Method.ID)}
	c, err := s.Checkout.Confirm(t.Context(), visitor, tok, form)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := s.Checkout.Place(t.Context(), visitor, checkout.PlaceIn{Cart: tok, Form: form, Digest: c.Digest, Key: c.Key,
		Screen: func(checkout.Confirmation) ([]byte, error) { return []byte("screen"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return placed.Order
}

var param = regexp.MustCompile(`\{(\w+)(\.\.\.)?\}`)

// fill puts names into a pattern; shop is the one that {shop} names, the rest are of the other.
func fill(t *testing.T, pattern string, shop, rest tenantKit) (path string, more int) {
	t.Helper()
	path = param.ReplaceAllStringFunc(pattern, func(p string) string {
		name := param.FindStringSubmatch(p)[1]
		if name == "shop" {
			return shop.names["shop"]
		}
		more++
		v, ok := rest.names[name]
		if !ok {
			t.Errorf("route %s: tell this test what another shop's %q is", pattern, name)
		}
		return v
	})
	return path, more
}

// state is everything of a shop that a stranger could have changed.
func state(t *testing.T, s *servertest.Server, k tenantKit) string {
	t.Helper()
	var out string
	s.Read(t, k.ID, func(ctx context.Context, r db.Reader) error {
		shop, err := s.Tenants.Get(ctx, r)
		if err != nil {
			return err
		}
		p, err := s.Catalog.Get(ctx, r, id.Parse[id.Product](k.names["product"]))
		if err != nil {
			return err
		}
		o, err := s.Orders.Get(ctx, r, id.Parse[id.Order](k.names["order"]))
		if err != nil {
			return err
		}
		levels, err := s.Stock.Audit(ctx, r)
		if err != nil {
			return err
		}
		goods, err := json.Marshal(p)
		out = fmt.Sprint(shop, string(goods), o.Version, o.Status, levels)
		return err
	})
	return out
}

// TestEveryRouteKeepsNeighboursOut calls every route that names something with another shop's names: in another's shop, and
// in one's own. The routes are the tables that are served, so a new one is tested by being there.
func TestEveryRouteKeepsNeighboursOut(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	mine, theirs := furnish(t, s, "mine"), furnish(t, s, "theirs")
	before := state(t, s, theirs)

	owner := s.Door(t, place.Admin)
	if a := owner.Post("/login", "email", mine.Email, "password", vaulttest.Password); a.Status != http.StatusSeeOther {
		t.Fatalf("log in: %d", a.Status)
	}
	tried := 0
	call := func(b *servertest.Browser, r frame.Route, path string) {
		tried++
		var a servertest.Answer
		if r.Method == "GET" {
			a = b.Get(path)
		} else {
			a = b.Post(path, "version", "1", "name", "取った", "state", "hidden", "reason", "other", "carrier", "yamato", "slip", "", "quantity", "1",
				"count", "5", "delta", "1", "text", "x", "purpose", "order-view", "role", "packer", "why", "other")
		}
		if a.Status == http.StatusSeeOther && strings.HasPrefix(a.Location(), "/s/") {
			a = b.Get(a.Location()) // a link is put away, or a page asked for in its clean form: what is there decides
		}
		if a.Status != http.StatusNotFound {
			t.Errorf("%s %s (%s): %d, want 404", r.Method, path, r.Pattern, a.Status)
		}
		for _, private := range []string{theirs.names["handle"], "theirsの湯呑"} {
			if strings.Contains(a.Body, private) && !strings.Contains(path, private) {
				t.Errorf("%s %s shows the neighbour's %q", r.Method, path, private)
			}
		}
	}
	for _, r := range s.Doors.ByDoor[place.Admin].Routes() {
		if !strings.Contains(r.Pattern, "{shop}") {
			continue
		}
		path, _ := fill(t, r.Pattern, theirs, theirs)
		call(owner, r, path)
		if path, more := fill(t, r.Pattern, mine, theirs); more > 0 {
			call(owner, r, path)
		}
	}
	visitor := s.Browse(t, mine.Origin)
	for _, r := range s.Doors.Storefront.Routes() {
		if strings.Contains(r.Pattern, "{asset") || !strings.Contains(strings.ReplaceAll(r.Pattern, "{$}", ""), "{") {
			continue
		}
		path, _ := fill(t, r.Pattern, mine, theirs)
		call(visitor, r, path)
	}
	purchaser := s.Door(t, place.Account)
	for _, r := range s.Doors.ByDoor[place.Account].Routes() {
		if !strings.Contains(r.Pattern, "{order}") {
			continue
		}
		path, _ := fill(t, strings.ReplaceAll(r.Pattern, "{link}", secret.NewToken().Reveal()), mine, theirs)
		call(purchaser, r, path)
	}
	if tried < 60 {
		t.Errorf("tried only %d calls", tried)
	}
	if after := state(t, s, theirs); after != before {
		t.Errorf("the neighbour's shop has changed:\n%s\n%s", before, after)
	}
}
