package checkout_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"

	"pgregory.net/rapid"
)

func TestOrderIsWhatWasConfirmed(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		tok := k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 2}, cart.Line{Variant: k.Cup, Quantity: 1}, cart.Line{Variant: k.Tea, Quantity: 1})
		c, err := k.Checkout.Confirm(t.Context(), flowtest.Visitor(), tok, k.Form())
		if err != nil {
			t.Fatal(err)
		}
		// 3 × 1,080 + 3,300 + 800 shipping + 330 for a sum of 7,340.
		if got := c.Quote.Statement.ToPay; got != 7_670 || len(c.Six) != 6 {
			t.Fatalf("to pay %d with %d items", got, len(c.Six))
		}
		screen, _ := flowtest.Screen(c)
		if !strings.Contains(string(screen), "7,670円") || !strings.Contains(string(screen), "0312345678") {
			t.Errorf("the confirmation lacks its total or contact:\n%s", screen)
		}
		if left := k.Left(t, k.Tea); left != 47 {
			t.Errorf("%d left while 3 of 50 are held", left)
		}
		p, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), checkout.PlaceIn{Cart: tok, Form: k.Form(), Digest: c.Digest, Key: c.Key,
			Screen: flowtest.Screen})
		if err != nil {
			t.Fatal(err)
		}
		o := k.Get(t, p.Order)
		again, err := statement.Compute(o.Statement.In())
		if err != nil || again.ToPay != o.Total || p.Total != o.Total || o.Total != c.Quote.Statement.ToPay {
			t.Errorf("statement %d, stored %d, placed %d, confirmed %d, %v", again.ToPay, o.Total, p.Total, c.Quote.Statement.ToPay, err)
		}
		for i, l := range o.Lines {
			row := o.Statement.Lines[i]
			if l.UnitPrice != row.UnitPrice || l.Quantity != row.Quantity || l.Rate != row.Rate || l.Title() != row.Name {
				t.Errorf("line %d: %+v is not %+v", i, l, row)
			}
		}
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			who, err := k.Orders.Reveal(ctx, r, o, vault.ViewOrder, "")
			want := order.Person{Name: "山田 花子", Furigana: "ヤマダ ハナコ", Postcode: "1040061",
				Address: []string{"中央区", "銀座1-2-3", "ノレンビル 4F"}, Phone: "0312345678", Email: "hanako@example.jp"}
			if fmt.Sprint(who) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", who, want)
			}
			if err != nil {
				return err
			}
			kept, ev, err := k.Orders.Screen(ctx, r, o, "")
			if string(kept) != string(screen) || ev.SHA256 != sha256.Sum256(screen) || ev.Bytes != int64(len(screen)) {
				t.Errorf("the kept screen is not what was shown: %s", kept)
			}
			return err
		})
		if left := k.Left(t, k.Tea); left != 47 {
			t.Errorf("%d left after 3 of 50 were sold", left)
		}
		k.Audit(t)
	})
}

func TestPurchaserSeesTheirOwnOrderByItsLink(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := k.Order(t, k.Form(), cart.Line{Variant: k.Cup, Quantity: 1})
		another := k.Order(t, k.Form(), cart.Line{Variant: k.Cup, Quantity: 1})
		for _, c := range []struct {
			tok  secret.Token
			want bool
		}{{p.Link, true}, {another.Link, false}, {secret.NewToken(), false}, {secret.Token{}, false}} {
			scope := flowtest.Visitor()
			scope.Actor.Credential = c.tok
			var who order.Person
			var o order.Order
			err := k.DB.Read(t.Context(), scope, func(r db.Reader) (err error) {
				o, who, err = k.Orders.Own(t.Context(), r, p.Order)
				return err
			})
			if c.want && (err != nil || who.Name != "山田 花子" || o.Number != p.Number) {
				t.Errorf("the purchaser: %q %v", who.Name, err)
			}
			if !c.want && (!errors.Is(err, order.ErrNone) || who.Name != "" || o.ID != 0) {
				t.Errorf("a stranger: %q %v", who.Name, err)
			}
		}
	})
}

func TestEveryWrongFieldIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := k.Form()
		f.Name, f.Furigana, f.Prefecture, f.Email, f.Phone = "山田😀", "yamada", "48", "hanako@", "12"
		f.Payment, f.Postcode, f.Street, f.WishDay = "card", "1", "", "2020-01-01"
		_, err := k.Checkout.Confirm(t.Context(), flowtest.Visitor(), k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 1}), f)
		fs, _ := fault.Of(err)
		got := map[string]bool{}
		for _, f := range fs {
			got[f.Field] = f.Text.Ja != "" && f.Text.En != ""
			if strings.Contains(f.Text.Ja+f.Text.En, "山田") {
				t.Errorf("a fault repeats what was typed: %v", f)
			}
		}
		for _, field := range []string{"name", "furigana", "prefecture", "email", "phone", "payment", "postcode", "street"} {
			if !got[field] {
				t.Errorf("%s is not named in %v", field, got)
			}
		}
		f = k.Form()
		f.WishDay, f.WishSlot, f.Shipping = "2020-01-01", "9999", id.String(k.Method.ID)
		_, err = k.Checkout.Confirm(t.Context(), flowtest.Visitor(), k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 1}), f)
		if fs, _ := fault.Of(err); len(fs) != 2 || fs[0].Field != "wish_day" || fs[1].Field != "wish_slot" {
			t.Errorf("%v", err)
		}
	})
}

func TestChangeAfterConfirmationIsShownAndNothingIsBought(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		for _, c := range []struct {
			name   string
			change func(ctx context.Context, tx *db.Tx) error
			what   string
		}{
			{"price", func(ctx context.Context, tx *db.Tx) error { return reprice(ctx, tx, k, k.Tea, 1_200) }, "価格"},
			{"shipping", func(ctx context.Context, tx *db.Tx) error {
				k.Method.Fees[12].Yen = 900
				m, err := k.Shipping.Change(ctx, tx, k.Method)
				if err == nil {
					tx.OnCommit(func() { k.Method = m })
				}
				return err
			}, "送料"},
			{"terms", func(ctx context.Context, tx *db.Tx) error {
				s, err := k.Tenant.Get(ctx, tx)
				if err != nil {
					return err
				}
				_, err = k.Tenant.Change(ctx, tx, s.Version, tenant.Settings{Name: s.Name, Theme: s.Theme, Rounding: s.Rounding,
					Delivery: s.Delivery, PaymentTime: s.PaymentTime, Returns: "返品はできません。"})
				return err
			}, "条件"},
		} {
			in := k.Confirmed(t, k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 1}), k.Form())
			k.Write(t, c.change)
			_, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), in)
			changed, is := errors.AsType[*checkout.Changed](err)
			if !is || !fault.Is(err, fault.KindConflict) || !strings.Contains(changed.What[0].Ja, c.what) {
				t.Fatalf("%s: %v", c.name, err)
			}
			if changed.Now.Person.Name != "山田 花子" || changed.Now.Digest == in.Digest {
				t.Errorf("%s: the new confirmation is not new, or lost what was typed", c.name)
			}
			in.Digest, in.Key = changed.Now.Digest, changed.Now.Key
			if _, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), in); err != nil {
				t.Errorf("%s: confirmed anew, but %v", c.name, err)
			}
		}
		in := k.Confirmed(t, k.Cart(t, cart.Line{Variant: k.Cup, Quantity: 1}), k.Form())
		for _, forged := range []string{"", "1.a.b.c.d.e.f", strings.Repeat("1.", 1000), strings.ToLower(in.Digest)} {
			bad := in
			bad.Digest = forged
			if _, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), bad); !fault.Is(err, fault.KindConflict) {
				t.Errorf("digest %.20q bought: %v", forged, err)
			}
		}
		k.Audit(t)
	})
}

func reprice(ctx context.Context, tx *db.Tx, k *flowtest.Kit, v id.Variant, price int64) error {
	rows, _, err := k.Catalog.List(ctx, tx, catalog.Query{})
	if err != nil {
		return err
	}
	for _, row := range rows {
		p, err := k.Catalog.Get(ctx, tx, row.ID)
		if err != nil {
			return err
		}
		if p.Variants[0].ID == v {
			in := p.In()
			in.Variants[0].Price = price
			return k.Catalog.Change(ctx, tx, p.ID, p.Version, in)
		}
	}
	return errors.New("no such variant")
}

func TestMidnightMovesTheDateToPayByAndIsShown(t *testing.T) {
	t.Parallel()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, clock *vaulttest.Clock) {
		clock.Add(4*time.Hour + 59*time.Minute) // 23:59 in Japan
		f := k.Form()
		f.Payment = string(payment.BankTransfer)
		in := k.Confirmed(t, k.Cart(t, cart.Line{Variant: k.Cup, Quantity: 1}), f)
		clock.Add(2 * time.Minute)
		_, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), in)
		changed, is := errors.AsType[*checkout.Changed](err)
		if !is || len(changed.What) != 1 || !strings.Contains(fmt.Sprint(changed.Now.Six), "2026年11月30日") {
			t.Errorf("%v", err)
		}
	})
}

func TestShopWithoutTheSixItemsCannotSell(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		tok := k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 1})
		in := k.Confirmed(t, tok, k.Form())
		k.Write(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := k.Tenant.SetState(ctx, tx, tenant.Paused)
			return err
		})
		if _, err := k.Checkout.Confirm(t.Context(), flowtest.Visitor(), tok, k.Form()); !errors.Is(err, checkout.ErrClosed) {
			t.Errorf("a paused shop confirms: %v", err)
		}
		if _, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), in); !errors.Is(err, checkout.ErrClosed) {
			t.Errorf("a paused shop sells: %v", err)
		}
	})
}

func TestSoldOutAtTheLastStepNamesTheItem(t *testing.T) {
	t.Parallel()
	flowtest.EachAt(t, func(t *testing.T, k *flowtest.Kit, clock *vaulttest.Clock) {
		in := k.Confirmed(t, k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 1}, cart.Line{Variant: k.Cup, Quantity: 2}), k.Form())
		clock.Add(checkout.HoldTime + time.Second)
		sweep(t, k)
		k.Count(t, k.Cup, 1)
		_, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), in)
		fs, _ := fault.Of(err)
		if len(fs) != 1 || fs[0].Kind != fault.KindConflict || !strings.HasPrefix(fs[0].Field, "lines.") || !strings.Contains(fs[0].Text.Ja, "湯呑") ||
			!strings.Contains(fs[0].Text.En, "Only 1") {
			t.Fatalf("%v", err)
		}
		k.Count(t, k.Cup, 0)
		if _, err = k.Checkout.Place(t.Context(), flowtest.Visitor(), in); !strings.Contains(err.Error(), "sold out") {
			t.Errorf("%v", err)
		}
		k.Count(t, k.Cup, 2)
		if _, err = k.Checkout.Place(t.Context(), flowtest.Visitor(), in); err != nil {
			t.Errorf("the pieces are back, but %v", err)
		}
		k.Audit(t)
	})
}

func sweep(t *testing.T, k *flowtest.Kit) {
	t.Helper()
	k.Write(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := k.Stock.Sweep(ctx, tx, 1000)
		return err
	})
}

func TestPurchaseSurvivesAVaultThatIsAway(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		k.Vault.Stop()
		k.Legal = tenant.Legal{} // nobody has asked for it lately
		p := k.Order(t, k.Form(), cart.Line{Variant: k.Cup, Quantity: 1})
		o := k.Get(t, p.Order)
		err := k.DB.Read(t.Context(), k.Staff(), func(r db.Reader) error {
			_, err := k.Orders.Reveal(t.Context(), r, o, vault.ViewOrder, "")
			return err
		})
		if !fault.Is(err, fault.KindUnavailable) {
			t.Errorf("read without a vault: %v", err)
		}
		k.Vault.Start(t)
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			who, err := k.Orders.Reveal(ctx, r, o, vault.ViewOrder, "")
			if who.Name != "山田 花子" {
				t.Errorf("got %q", who.Name)
			}
			return err
		})
	})
}

func TestQuoteNeedsNoName(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		tok := k.Cart(t, cart.Line{Variant: k.Cup, Quantity: 3})
		for _, c := range []struct {
			ask  checkout.Ask
			want int64
			pay  int
		}{
			{checkout.Ask{}, 9_900, 2},
			{checkout.Ask{Prefecture: 13}, 10_700, 2},
			{checkout.Ask{Prefecture: 47}, 11_500, 2},
			{checkout.Ask{Prefecture: 13, Payment: payment.COD}, 11_140, 2},
			{checkout.Ask{Prefecture: 13, Payment: payment.BankTransfer}, 10_700, 2},
		} {
			var q checkout.Quote
			err := k.DB.Read(t.Context(), flowtest.Visitor(), func(r db.Reader) error {
				crt, err := k.Carts.Get(t.Context(), r, tok)
				if err != nil {
					return err
				}
				q, err = k.Checkout.Quote(t.Context(), r, crt, c.ask)
				return err
			})
			if err != nil || q.Statement.ToPay != c.want || len(q.Payments) != c.pay || len(q.Short) != 0 {
				t.Errorf("%+v: %d %v", c.ask, q.Statement.ToPay, err)
			}
		}
	})
}

func TestReadingAPurchaserIsEntered(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		p := k.Order(t, k.Form(), cart.Line{Variant: k.Cup, Quantity: 1})
		o := k.Get(t, p.Order)
		entries := func(scope db.Scope) (got []vault.Access) {
			err := k.DB.Read(t.Context(), scope, func(r db.Reader) (err error) {
				got, _, err = k.Orders.Access(t.Context(), r, o.Head, 0)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return slices.DeleteFunc(got, func(a vault.Access) bool { return a.Purpose == vault.AccessReview })
		}
		if got := entries(k.Staff()); len(got) != 0 {
			t.Fatalf("a purchase alone was entered: %+v", got)
		}
		k.Read(t, func(ctx context.Context, r db.Reader) error {
			_, err := k.Orders.Reveal(ctx, r, o, vault.ViewOrder, "お問い合わせの確認")
			return err
		})
		bearer := flowtest.Visitor()
		bearer.Actor.Credential = p.Link
		for _, scope := range []db.Scope{k.Staff(), bearer} {
			got := entries(scope)
			if len(got) != 1 || got[0].Purpose != vault.ViewOrder || !slices.Contains(got[0].Classes, vault.Address) {
				t.Errorf("%s sees %+v", scope.Actor.Kind, got)
			}
		}
	})
}

// TestOneStatementStandsBehindEverySum buys carts of chance and compares every place that shows a sum.
func TestOneStatementStandsBehindEverySum(t *testing.T) {
	t.Parallel()
	k := flowtest.New(t, dbtest.New(t))
	k.Count(t, k.Tea, 1_000_000)
	k.Count(t, k.Cup, 1_000_000)
	rapid.Check(t, func(rt *rapid.T) {
		tea, cup := rapid.Int64Range(1, 40).Draw(rt, "tea"), rapid.Int64Range(0, 8).Draw(rt, "cup")
		lines := []cart.Line{{Variant: k.Tea, Quantity: tea}}
		if cup > 0 {
			lines = append(lines, cart.Line{Variant: k.Cup, Quantity: cup})
		}
		f := k.Form()
		f.Prefecture = id.String(id.Order(rapid.Int64Range(1, 47).Draw(rt, "prefecture")))
		f.Payment = rapid.SampledFrom([]string{"cod", "bank_transfer"}).Draw(rt, "payment")
		tok := k.Cart(t, lines...)
		c, err := k.Checkout.Confirm(t.Context(), flowtest.Visitor(), tok, f)
		if err != nil {
			rt.Fatal(err)
		}
		goods, ship, fee := tea*1_080+cup*3_300, int64(800), int64(0)
		if f.Prefecture == "47" {
			ship = 1_600
		}
		if goods >= 10_000 {
			ship = 0
		}
		if f.Payment == "cod" {
			switch sum := goods + ship; {
			case sum < 10_000:
				fee = 330
			case sum < 30_000:
				fee = 440
			default:
				fee = 660
			}
		}
		p, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), checkout.PlaceIn{Cart: tok, Form: f, Digest: c.Digest, Key: c.Key,
			Screen: flowtest.Screen})
		if err != nil {
			rt.Fatal(err)
		}
		o := k.Get(t, p.Order)
		again, err := statement.Compute(o.Statement.In())
		if err != nil || !reflect.DeepEqual(again, o.Statement) || !reflect.DeepEqual(c.Quote.Statement, o.Statement) {
			rt.Fatalf("the stored statement is not what was confirmed, or not what its parts give: %v", err)
		}
		if o.Total != goods+ship+fee || p.Total != o.Total {
			rt.Fatalf("%d to pay, want %d", o.Total, goods+ship+fee)
		}
		if shown := c.Six[1].Lines; !slices.Equal(shown, order.StatementLines(c.Lang, o.Statement)) {
			rt.Fatalf("the confirmation shows %v", shown)
		}
	})
}

func FuzzForgedDigest(f *testing.F) {
	k := flowtest.New(f, dbtest.New(f))
	in := k.Confirmed(f, k.Cart(f, cart.Line{Variant: k.Cup, Quantity: 1}), k.Form())
	for _, s := range []string{"", "1", "1......", in.Digest + ".", strings.ToUpper(in.Digest)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == in.Digest {
			return
		}
		bad := in
		bad.Digest = s
		if _, err := k.Checkout.Place(t.Context(), flowtest.Visitor(), bad); !fault.Is(err, fault.KindConflict) {
			t.Errorf("%q bought: %v", s, err)
		}
	})
}

func TestNeighbourShopSeesNothing(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		tok := k.Cart(t, cart.Line{Variant: k.Tea, Quantity: 1})
		p := k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1})
		other := db.Scope{Shop: 8, Actor: flowtest.Seed()}
		err := k.DB.Write(t.Context(), other, func(tx *db.Tx) error {
			if _, err := k.Carts.Get(t.Context(), tx, tok); !errors.Is(err, cart.ErrNone) {
				t.Errorf("cart: %v", err)
			}
			if _, err := k.Orders.Get(t.Context(), tx, p.Order); !errors.Is(err, order.ErrNone) {
				t.Errorf("order: %v", err)
			}
			c, err := k.Carts.Open(t.Context(), tx, secret.Token{}, "ja")
			if err != nil {
				return err
			}
			if _, err := k.Carts.Add(t.Context(), tx, c, cart.Line{Variant: k.Tea, Quantity: 1}); !errors.Is(err, cart.ErrNoVariant) {
				t.Errorf("another shop's variant went into the cart: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestNothingPersonalStandsClearInTheStore(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := k.Form()
		f.Note = "玄関前に置いてください"
		p := k.Order(t, f, cart.Line{Variant: k.Tea, Quantity: 1})
		o := k.Get(t, p.Order)
		for _, s := range []string{"山田", "ヤマダ", "hanako", "銀座", "0312345678", "玄関"} {
			if strings.Contains(fmt.Sprintf("%+v", o), s) {
				t.Errorf("an order prints %q", s)
			}
		}
		if o.Prefecture != 13 || o.Status != order.Placed {
			t.Errorf("%+v", o.Head)
		}
	})
}
