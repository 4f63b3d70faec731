package servertest

import (
	"context"
	"strconv"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

// A Shop is an open one, made as its owner would make it.
type Shop struct {
	ID     id.Shop
	Handle string
	Origin string // of its storefront
	Owner  actor.Actor
	Email  string // the owner's log-in; the password is vaulttest.Password
	Method shipping.Method
}

// Person registers somebody and logs them in.
func (s *Server) Person(t testing.TB, email string) vault.Session {
	t.Helper()
	session, err := s.Signup.Account(t.Context(), signup.Person{Name: "暖簾 花子", Email: email, Password: secret.NewText(vaulttest.Password),
		Lang: i18n.Ja, Population: vault.ShopOwner, Network: "192.0.2.1", Request: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// NewShop makes a shop in preparation, complete but not open: no goods, delivery and payment set up.
func (s *Server) NewShop(t testing.TB, handle string) Shop {
	t.Helper()
	s.shops++
	out := Shop{Handle: handle, Email: "owner" + strconv.Itoa(s.shops) + "." + handle + "@example.com"}
	session := s.Person(t, out.Email)
	made, err := s.Signup.Shop(t.Context(), session.Token, "test", signup.NewShop{Handle: handle, Name: "暖簾商店", Sells: "お茶と器", Theme: "tea"})
	if err != nil {
		t.Fatal(err)
	}
	out.ID, out.Origin = made.ID, s.Book.Shop(made.ID, made.Handle, Domain)
	p, err := s.Vault.Check(t.Context(), session.Token)
	if err != nil {
		t.Fatal(err)
	}
	out.Owner = p.Actor(made.ID, session.Token)
	if err := s.Signup.Legal(t.Context(), out.Owner, made.ID, "test", tenant.Legal{Seller: "株式会社暖簾商店", Representative: "暖簾 花子",
		Postcode: "1000001", Address: "東京都千代田区千代田1-1", Phone: "0312345678", Hours: "平日10時〜17時", Email: "shop@example.com"}); err != nil {
		t.Fatal(err)
	}
	s.Write(t, out.ID, func(ctx context.Context, tx *db.Tx) error { return s.furnish(ctx, tx, &out) })
	return out
}

// furnish fills in the terms, a way to send and two to pay.
func (s *Server) furnish(ctx context.Context, tx *db.Tx, out *Shop) error {
	shop, err := s.Tenants.Get(ctx, tx)
	if err != nil {
		return err
	}
	if _, err = s.Tenants.Change(ctx, tx, shop.Version, tenant.Settings{Name: shop.Name, Tagline: "静かな時間を、一杯から。",
		About: "京都の路地裏で、お茶と器を商っています。\n\n毎日の暮らしに。", Sells: shop.Sells, Theme: shop.Theme, Rounding: shop.Rounding,
		Delivery: "ご注文から3営業日以内に発送します。", PaymentTime: "銀行振込は7日以内、代金引換は商品の受け取り時です。",
		Returns: "お届けから8日以内の未開封品は返品できます。"}); err != nil {
		return err
	}
	if out.Method, err = s.Shipping.Create(ctx, tx, shipping.Method{Carrier: shipping.Yamato, Name: fault.Text{Ja: "宅急便", En: "Parcel"},
		Active: true, FreeOver: 10_000, LeadDays: 3, WishDays: 10, Fees: shipping.Flat(800)}); err != nil {
		return err
	}
	if _, err = s.Payment.Configure(ctx, tx, payment.Setting{Method: payment.COD, Active: true,
		Brackets: []payment.Bracket{{Below: 10_000, Fee: 330}, {Below: 100_000, Fee: 660}}}); err != nil {
		return err
	}
	_, err = s.Payment.Configure(ctx, tx, payment.Setting{Method: payment.BankTransfer, Active: true, DeadlineDays: 7,
		Account: "のれん銀行 本店 普通 1234567 ノレンショウテン"})
	return err
}

// OpenShop is NewShop, open for business.
func (s *Server) OpenShop(t testing.TB, handle string) Shop {
	t.Helper()
	out := s.NewShop(t, handle)
	s.SetState(t, out, tenant.Open)
	return out
}

// SetState opens, pauses or closes a shop.
func (s *Server) SetState(t testing.TB, shop Shop, to tenant.State) {
	t.Helper()
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.Tenants.SetState(ctx, tx, to)
		return err
	})
}

// Product makes a product with that many pieces of each variant.
func (s *Server) Product(t testing.TB, shop Shop, in catalog.In, pieces int64) (p catalog.Product) {
	t.Helper()
	if in.State == "" {
		in.State = catalog.Showing
	}
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		n, err := s.Catalog.Create(ctx, tx, in)
		if err != nil {
			return err
		}
		if p, err = s.Catalog.Get(ctx, tx, n); err != nil {
			return err
		}
		for _, v := range p.Variants {
			if err := s.Stock.Set(ctx, tx, v.ID, pieces, inventory.Counted); err != nil {
				return err
			}
		}
		return nil
	})
	return p
}
