package sample

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/sample/goods"
	"github.com/noren-shop/noren/internal/security/vault"
)

// together runs the tasks, at most atOnce of them at a time, and joins their errors.
func (w *sower) together(tasks []func() error) error {
	if len(tasks) == 1 {
		return tasks[0]()
	}
	errs := make([]error, len(tasks))
	var wg sync.WaitGroup
	for i, task := range tasks {
		w.gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-w.gate }()
			errs[i] = task()
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// open makes the operator and the shops.
func (w *sower) open(ctx context.Context) error {
	tasks := []func() error{func() error {
		s, err := w.Signup.Account(ctx, person("見本 運営", OperatorEmail, vault.OperatorStaff))
		if err != nil {
			return fmt.Errorf("make operator: %w", err)
		}
		return w.Vault.End(ctx, s.Token)
	}}
	for _, p := range w.shops {
		tasks = append(tasks, func() error {
			if err := w.openShop(ctx, p); err != nil {
				return fmt.Errorf("shop %s: %w", p.Handle, err)
			}
			return nil
		})
	}
	return w.together(tasks)
}

// openShop signs an owner up, makes the shop, fills its shelves and opens it.
func (w *sower) openShop(ctx context.Context, p *plot) error {
	session, err := w.Signup.Account(ctx, person(p.Owner.Name, p.Owner.Email, vault.ShopOwner))
	if err != nil {
		return fmt.Errorf("make owner: %w", err)
	}
	p.session = session.Token
	wish := signup.NewShop{Handle: p.Handle, Name: p.Name, Sells: p.Sells, Theme: p.Theme}
	shop, err := w.Signup.Shop(ctx, p.session, "sample", wish)
	if err != nil {
		return err
	}
	p.id = shop.ID
	who, err := w.Vault.Check(ctx, p.session)
	if err != nil {
		return err
	}
	p.owner = db.Scope{Actor: who.Actor(p.id, p.session), Shop: p.id, Request: "sample"}
	if err := w.Signup.Legal(ctx, p.owner.Actor, p.id, "sample", p.Legal); err != nil {
		return err
	}
	if err := w.hire(ctx, p); err != nil {
		return fmt.Errorf("make staff: %w", err)
	}
	if err := w.settle(ctx, p); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	if err := w.rails(ctx, p); err != nil {
		return fmt.Errorf("open account at the payment simulator: %w", err)
	}
	if err := w.stock(ctx, p); err != nil {
		return fmt.Errorf("fill shelves: %w", err)
	}
	return w.DB.Write(ctx, p.owner, func(tx *db.Tx) error {
		_, err := w.Tenants.SetState(ctx, tx, tenant.Open)
		return err
	})
}

// hire makes the shop's packer, where it has one.
func (w *sower) hire(ctx context.Context, p *plot) error {
	if p.Staff.Email == "" {
		return nil
	}
	s, err := w.Signup.Account(ctx, person(p.Staff.Name, p.Staff.Email, vault.StaffMember))
	if err != nil {
		return err
	}
	if err := w.Vault.Grant(ctx, p.session, s.Who, p.id, actor.Packer); err != nil {
		return err
	}
	return w.Vault.End(ctx, s.Token)
}

// settle writes the shop's settings, ways to send and ways to be paid.
func (w *sower) settle(ctx context.Context, p *plot) error {
	return w.DB.Write(ctx, p.owner, func(tx *db.Tx) error {
		shop, err := w.Tenants.Get(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := w.Tenants.Change(ctx, tx, shop.Version, p.Settings()); err != nil {
			return err
		}
		p.method = nil
		for _, m := range p.Methods() {
			made, err := w.Shipping.Create(ctx, tx, m)
			if err != nil {
				return err
			}
			p.method = append(p.method, made)
		}
		for _, s := range p.Payments() {
			if _, err := w.Payment.Configure(ctx, tx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// rails opens the shop's account at the payment simulator, and with it card and convenience store.
func (w *sower) rails(ctx context.Context, p *plot) error {
	if w.Account == nil {
		return nil
	}
	a, err := w.Account(ctx, p.Name)
	if err != nil {
		return err
	}
	return w.DB.Write(ctx, p.owner, func(tx *db.Tx) error {
		key, err := w.Vault.SealCredential(ctx, tx, gateway.KeyRef(a.Name), a.Key)
		if err != nil {
			return err
		}
		notices, err := w.Vault.SealCredential(ctx, tx, gateway.NoticesRef(a.Name), a.Notices)
		if err != nil {
			return err
		}
		stored := gateway.Account{Name: a.Name, Active: true, Endpoint: a.Endpoint, Public: a.Public}
		if stored.Key, err = key.BytesValue(); err != nil {
			return err
		}
		if stored.Notices, err = notices.BytesValue(); err != nil {
			return err
		}
		if _, err = w.Gateways.Save(ctx, tx, stored); err != nil {
			return err
		}
		for _, s := range []payment.Setting{{Method: payment.Card, Active: true, Capture: payment.AtOnce},
			{Method: payment.Convenience, Active: true, DeadlineDays: 3, Flat: 220, GraceDays: 3, RemindDays: 1}} {
			if _, err := w.Payment.Configure(ctx, tx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// perWrite is how many products one transaction makes, so that it stays short.
const perWrite = 25

// stock makes categories, products, picks and what is in stock at first.
func (w *sower) stock(ctx context.Context, p *plot) error {
	drawers := map[string]id.Category{}
	err := w.DB.Write(ctx, p.owner, func(tx *db.Tx) error {
		clear(drawers)
		return w.categories(ctx, tx, p.Categories, 0, drawers)
	})
	if err != nil {
		return fmt.Errorf("make categories: %w", err)
	}
	p.products, p.variants = make([]id.Product, len(p.inputs)), make([][]id.Variant, len(p.inputs))
	for from := 0; from < len(p.inputs); from += perWrite {
		err := w.DB.Write(ctx, p.owner, func(tx *db.Tx) error {
			for i := from; i < min(from+perWrite, len(p.inputs)); i++ {
				if err := w.product(ctx, tx, p, i, drawers); err != nil {
					return fmt.Errorf("make product %s: %w", p.inputs[i].Handle, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return w.DB.Write(ctx, p.owner, func(tx *db.Tx) error { return w.picks(ctx, tx, p) })
}

func (w *sower) categories(ctx context.Context, tx *db.Tx, cs []goods.Category, under id.Category,
	made map[string]id.Category) error {
	for i, c := range cs {
		n, err := w.Catalog.CreateCategory(ctx, tx, catalog.Category{Parent: under, Slug: c.Slug, Name: c.Name, NameEn: c.En,
			Position: int64(i)})
		if err != nil {
			return err
		}
		made[c.Slug] = n
		if err := w.categories(ctx, tx, c.Sub, n, made); err != nil {
			return err
		}
	}
	return nil
}

func (w *sower) product(ctx context.Context, tx *db.Tx, p *plot, i int, drawers map[string]id.Category) error {
	n, err := w.Catalog.Create(ctx, tx, p.inputs[i])
	if err != nil {
		return err
	}
	var in []id.Category
	for _, slug := range p.Products[i].In {
		in = append(in, drawers[slug])
	}
	if err := w.Catalog.SetCategories(ctx, tx, n, in); err != nil {
		return err
	}
	made, err := w.Catalog.Get(ctx, tx, n)
	if err != nil {
		return err
	}
	p.products[i], p.variants[i] = n, nil
	for k, v := range made.Variants { // in the order of the input
		p.variants[i] = append(p.variants[i], v.ID)
		if err := w.Stock.Set(ctx, tx, v.ID, p.trade.Stock[i][k], inventory.Received); err != nil {
			return err
		}
	}
	return nil
}

func (w *sower) picks(ctx context.Context, tx *db.Tx, p *plot) error {
	for _, l := range []catalog.PickList{catalog.Recommended, catalog.BestSeller, catalog.NewArrival} {
		var picked []id.Product
		for i, g := range p.Products {
			for _, k := range g.Picks {
				if catalog.PickList(k) == l {
					picked = append(picked, p.products[i])
				}
			}
		}
		if err := w.Catalog.SetPicks(ctx, tx, l, picked); err != nil {
			return err
		}
	}
	return nil
}
