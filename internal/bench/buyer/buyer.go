// Package buyer fills carts for the bench, through the features that visitors fill theirs through.
//
// It guarantees that what it buys is in stock, and that no cart is used twice. It refuses shops that are not the bench's
// own: it sets stock as it likes.
package buyer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Services are what it fills carts with.
type Services struct {
	DB       *db.DB
	Catalog  *catalog.Service
	Stock    *inventory.Service
	Carts    *cart.Service
	Orders   *order.Service
	Checkout *checkout.Service
	Vault    *vault.Client
}

// A Crowd are the visitors of one shop.
type Crowd struct {
	Services
	Shop     id.Shop
	Variants []id.Variant
}

// pieces is how many of everything there are: enough for any run.
const pieces = 50_000_000

// New finds what the shop sells and fills its shelves.
func New(ctx context.Context, s Services, shop id.Shop) (*Crowd, error) {
	c := &Crowd{Services: s, Shop: shop}
	var products []id.Product
	err := s.DB.Read(ctx, c.seed(), func(r db.Reader) error {
		products = nil
		var after page.Cursor
		for {
			rows, next, err := s.Catalog.List(ctx, r, catalog.Query{After: after, Limit: page.MaxLimit})
			if err != nil {
				return err
			}
			for _, p := range rows {
				products = append(products, p.ID)
			}
			if after = next; after.IsZero() {
				return nil
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	for _, p := range products {
		if err := s.DB.Write(ctx, c.seed(), func(tx *db.Tx) error { return c.shelve(ctx, tx, p) }); err != nil {
			return nil, fmt.Errorf("fill shelf: %w", err)
		}
	}
	if len(c.Variants) < 2 {
		return nil, errors.New("the shop sells too little to measure")
	}
	return c, nil
}

func (c *Crowd) shelve(ctx context.Context, tx *db.Tx, n id.Product) error {
	p, err := c.Catalog.Get(ctx, tx, n)
	if err != nil {
		return err
	}
	var more []id.Variant
	for _, v := range p.Variants {
		if err := c.Stock.Set(ctx, tx, v.ID, pieces, inventory.Counted); err != nil {
			return err
		}
		more = append(more, v.ID)
	}
	if p.State == catalog.Showing {
		tx.OnCommit(func() { c.Variants = append(c.Variants, more...) })
	}
	return nil
}

func (c *Crowd) seed() db.Scope {
	return db.Scope{Shop: c.Shop, Actor: actor.Actor{Kind: actor.Job}.With(actor.Seed.Rights()...), Request: "bench"}
}

// Visitor is a scope at the storefront.
func (c *Crowd) Visitor() db.Scope {
	return db.Scope{Shop: c.Shop, Actor: actor.Actor{Kind: actor.Visitor}.With(), Request: "bench"}
}

// Two are the variants of the i-th cart: all differ as long as there are goods; hot takes the same two each time.
func (c *Crowd) Two(i int, hot int) []id.Variant {
	n := len(c.Variants)
	if hot > 0 {
		n = min(n, hot)
	}
	return []id.Variant{c.Variants[2*i%n], c.Variants[(2*i+1)%n]}
}

// Cart makes a cart with one piece of each.
func (c *Crowd) Cart(ctx context.Context, variants []id.Variant) (secret.Token, error) {
	var tok secret.Token
	err := c.DB.Write(ctx, c.Visitor(), func(tx *db.Tx) error {
		crt, err := c.Carts.Open(ctx, tx, secret.Token{}, i18n.Ja)
		if err != nil {
			return err
		}
		for _, v := range variants {
			if crt, err = c.Carts.Add(ctx, tx, crt, cart.Line{Variant: v, Quantity: 1}); err != nil {
				return err
			}
		}
		tok = crt.Token
		return nil
	})
	return tok, err
}

// Form is a purchaser's, without fault.
func Form() checkout.Form {
	return checkout.Form{Lang: i18n.Ja, Name: "山田 花子", Furigana: "やまだ はなこ", Postcode: "104-0061", Prefecture: "13",
		City: "中央区", Street: "銀座1-2-3", Building: "のれんビル 4F", Phone: "03-1234-5678", Email: "hanako@example.jp",
		Payment: string(payment.COD)}
}

// Confirmed is a cart that needs only the press of the button.
func (c *Crowd) Confirmed(ctx context.Context, variants []id.Variant) (checkout.PlaceIn, error) {
	tok, err := c.Cart(ctx, variants)
	if err != nil {
		return checkout.PlaceIn{}, err
	}
	f := Form()
	err = c.DB.Read(ctx, c.Visitor(), func(r db.Reader) error {
		crt, err := c.Carts.Get(ctx, r, tok)
		if err != nil {
			return err
		}
		q, err := c.Checkout.Quote(ctx, r, crt, checkout.Ask{Lang: i18n.Ja, Prefecture: checkout.Prefecture(f.Prefecture)})
		f.Shipping = id.String(q.Method.ID)
		return err
	})
	if err != nil {
		return checkout.PlaceIn{}, err
	}
	k, err := c.Checkout.Confirm(ctx, c.Visitor(), tok, f)
	return checkout.PlaceIn{Cart: tok, Form: f, Digest: k.Digest, Key: k.Key, Screen: screen}, err
}

func screen(c checkout.Confirmation) ([]byte, error) {
	var b []byte
	for _, s := range c.Six {
		b = fmt.Appendln(b, s.Title, s.Lines)
	}
	return b, nil
}

// Place presses the button.
func (c *Crowd) Place(ctx context.Context, in checkout.PlaceIn) error {
	_, err := c.Checkout.Place(ctx, c.Visitor(), in)
	return err
}

// Owner logs in.
func (c *Crowd) Owner(ctx context.Context, email, password string) (db.Scope, error) {
	s, err := c.Vault.LogIn(ctx, vault.LogIn{Realm: id.Platform, Login: email, Password: secret.NewText(password), Network: "127.0.0.1",
		Agent: "noren bench"})
	if err != nil {
		return db.Scope{}, fmt.Errorf("log in: %w", err)
	}
	who, err := c.Vault.Check(ctx, s.Token)
	if err != nil {
		return db.Scope{}, fmt.Errorf("check session: %w", err)
	}
	return db.Scope{Shop: c.Shop, Actor: who.Actor(c.Shop, s.Token), Request: "bench"}, nil
}

// List reads a page of n orders as the owner.
func (c *Crowd) List(ctx context.Context, owner db.Scope, n int) error {
	return c.DB.Read(ctx, owner, func(r db.Reader) error {
		hs, _, err := c.Orders.List(ctx, r, order.Filter{Limit: n})
		if err == nil && len(hs) != n {
			return fmt.Errorf("%d orders instead of %d", len(hs), n)
		}
		return err
	})
}

// ListNamed is List with the purchasers' names.
func (c *Crowd) ListNamed(ctx context.Context, owner db.Scope, n int) error {
	return c.DB.Read(ctx, owner, func(r db.Reader) error {
		hs, _, err := c.Orders.List(ctx, r, order.Filter{Limit: n})
		if err != nil {
			return err
		}
		names, err := c.Orders.Names(ctx, r, hs)
		if err == nil && len(names) != n {
			return fmt.Errorf("%d names instead of %d", len(names), n)
		}
		return err
	})
}

// Drained waits until every follower has had every fact, so that what one run left is not another's burden. It says how
// long that took, and gives up after most.
func (c *Crowd) Drained(ctx context.Context, most time.Duration) (time.Duration, error) {
	began := time.Now()
	for {
		var left int64
		err := c.DB.Read(ctx, c.seed(), func(r db.Reader) error { return r.QueryRow(ctx, sqlBehind, r.Shop()).Scan(&left) })
		if err != nil {
			return 0, fmt.Errorf("count facts that wait: %w", err)
		}
		if left == 0 || time.Since(began) > most {
			return time.Since(began), nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Many does n things, some at once, and returns the first error.
func Many(n, atOnce int, do func(i int) error) error {
	var wg sync.WaitGroup
	next, errs := make(chan int), make(chan error, atOnce)
	for range atOnce {
		wg.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					select {
					case errs <- err:
					default:
					}
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	close(errs)
	return <-errs
}
