package cart_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
)

// upTo sells the variants from 1 to n.
type upTo id.Variant

func (n upTo) OnSale(_ context.Context, _ db.Reader, ids []id.Variant) (map[id.Variant]bool, error) {
	out := map[id.Variant]bool{}
	for _, v := range ids {
		out[v] = v > 0 && v <= id.Variant(n)
	}
	return out, nil
}

func visitor(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Visitor}.With()}
}

// in runs f on the cart of the token, which is made where there is none, in one transaction.
func in(t *testing.T, d *db.DB, tok secret.Token, f func(*db.Tx, *cart.Service, cart.Cart) (cart.Cart, error)) (cart.Cart, error) {
	t.Helper()
	var c cart.Cart
	err := d.Write(t.Context(), visitor(1), func(tx *db.Tx) error {
		s := cart.New(upTo(200))
		had, err := s.Open(t.Context(), tx, tok, i18n.Ja)
		if err != nil {
			return err
		}
		c, err = f(tx, s, had)
		if c.Token.IsZero() {
			c.Token = had.Token
		}
		return err
	})
	return c, err
}

func add(v id.Variant, n int64) func(*db.Tx, *cart.Service, cart.Cart) (cart.Cart, error) {
	return func(tx *db.Tx, s *cart.Service, c cart.Cart) (cart.Cart, error) {
		return s.Add(context.Background(), tx, c, cart.Line{Variant: v, Quantity: n})
	}
}

func look(t *testing.T, d *db.DB, shop id.Shop, tok secret.Token) (c cart.Cart, err error) {
	t.Helper()
	err = d.Read(t.Context(), visitor(shop), func(r db.Reader) (err error) {
		c, err = cart.New(upTo(200)).Get(t.Context(), r, tok)
		return err
	})
	return c, err
}

func TestQuantitiesAreWholeAndFrom1To999(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{"1": 1, "999": 999, " 12 ": 12, "１２": 12, "0": 0, "-1": 0, "1.5": 0, "1000": 0, "2147483648": 0,
		"9223372036854775808": 0, "": 0, "abc": 0, "1e2": 0, "+1": 0, "0x10": 0, "一": 0, "１．５": 0} {
		n, err := cart.ParseQuantity("quantity", s)
		if (want > 0) != (err == nil) || (want > 0 && n != want) {
			t.Errorf("%q: %d, %v", s, n, err)
		}
		if err != nil && !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestCartIsReachedByItsSecretOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, err := in(t, d, secret.Token{}, add(1, 2))
		if err != nil || c.Token.IsZero() {
			t.Fatal(err)
		}
		if got, err := look(t, d, 1, c.Token); err != nil || got.Of(1) != 2 || got.Quantity() != 2 || !got.Token.IsZero() {
			t.Errorf("%+v %v", got, err)
		}
		for _, tok := range []secret.Token{{}, secret.NewToken()} {
			if _, err := look(t, d, 1, tok); !errors.Is(err, cart.ErrNone) {
				t.Errorf("a stranger's secret: %v", err)
			}
		}
		if _, err := look(t, d, 2, c.Token); !errors.Is(err, cart.ErrNone) {
			t.Errorf("another shop: %v", err)
		}
	})
}

func TestLinesJoinChangeAndGo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, err := in(t, d, secret.Token{}, add(1, 2))
		if err != nil {
			t.Fatal(err)
		}
		tok := c.Token
		for _, f := range []func(*db.Tx, *cart.Service, cart.Cart) (cart.Cart, error){
			add(1, 3), add(2, 1),
			func(tx *db.Tx, s *cart.Service, c cart.Cart) (cart.Cart, error) {
				return s.Change(t.Context(), tx, c, cart.Line{Variant: 2, Quantity: 7})
			},
			add(3, 1),
			func(tx *db.Tx, s *cart.Service, c cart.Cart) (cart.Cart, error) {
				return s.Remove(t.Context(), tx, c, 3)
			},
		} {
			if c, err = in(t, d, tok, f); err != nil {
				t.Fatal(err)
			}
		}
		got, err := look(t, d, 1, tok)
		if err != nil || got.Of(1) != 5 || got.Of(2) != 7 || got.Of(3) != 0 || got.Version != c.Version {
			t.Errorf("%+v %v, want what the change returned: %+v", got, err, c)
		}
		for _, bad := range []struct {
			v    id.Variant
			n    int64
			kind fault.Kind
		}{{1, 0, fault.KindInvalid}, {1, -3, fault.KindInvalid}, {1, 1 << 31, fault.KindInvalid}, {1, 995, fault.KindInvalid},
			{0, 1, fault.KindNotFound}, {999, 1, fault.KindNotFound}} {
			if _, err := in(t, d, tok, add(bad.v, bad.n)); !fault.Is(err, bad.kind) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if got, _ := look(t, d, 1, tok); got.Quantity() != 12 {
			t.Errorf("a refused change left something: %+v", got)
		}
	})
}

func TestCartHoldsAHundredLines(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	c, err := in(t, d, secret.Token{}, func(tx *db.Tx, s *cart.Service, c cart.Cart) (_ cart.Cart, err error) {
		for v := range id.Variant(cart.MaxLines) {
			if c, err = s.Add(t.Context(), tx, c, cart.Line{Variant: v + 1, Quantity: 1}); err != nil {
				return c, err
			}
		}
		return c, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in(t, d, c.Token, add(150, 1)); !errors.Is(err, cart.ErrFull) {
		t.Errorf("%v", err)
	}
	if _, err := in(t, d, c.Token, add(1, 1)); err != nil {
		t.Errorf("a line that is there cannot grow: %v", err)
	}
}

func TestMergeAddsUpAndForgetsTheOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, err := in(t, d, secret.Token{}, add(1, 998))
		if err != nil {
			t.Fatal(err)
		}
		b, err := in(t, d, secret.Token{}, add(1, 5))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = in(t, d, b.Token, add(2, 4)); err != nil {
			t.Fatal(err)
		}
		_, err = in(t, d, a.Token, func(tx *db.Tx, s *cart.Service, into cart.Cart) (cart.Cart, error) {
			from, err := s.Get(t.Context(), tx, b.Token)
			if err != nil {
				return into, err
			}
			return s.Merge(t.Context(), tx, into, from)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := look(t, d, 1, a.Token); err != nil || got.Of(1) != 999 || got.Of(2) != 4 {
			t.Errorf("%+v %v", got, err)
		}
		if _, err := look(t, d, 1, b.Token); !errors.Is(err, cart.ErrNone) {
			t.Errorf("the other cart is still there: %v", err)
		}
	})
}

func TestHundredAddsOfOneVariantAreOneLine(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, err := in(t, d, secret.Token{}, add(2, 1))
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := in(t, d, c.Token, add(1, 1)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, err := look(t, d, 1, c.Token); err != nil || got.Of(1) != 100 || len(got.Lines) != 2 {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestSweepTakesStaleCartsOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, err := in(t, d, secret.Token{}, add(1, 1))
		if err != nil {
			t.Fatal(err)
		}
		sweep := func(before int64) (n int) {
			err := d.Write(t.Context(), db.Scope{Shop: 1, Actor: actor.Actor{}.With(actor.SweepShops)}, func(tx *db.Tx) (err error) {
				n, err = cart.New(upTo(1)).Sweep(t.Context(), tx, before, 10)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := sweep(c.Updated); n != 0 {
			t.Errorf("%d fresh carts are gone", n)
		}
		if n := sweep(c.Updated + 1); n != 1 {
			t.Errorf("%d stale carts are gone", n)
		}
		if _, err := look(t, d, 1, c.Token); !errors.Is(err, cart.ErrNone) {
			t.Error(err)
		}
	})
}
