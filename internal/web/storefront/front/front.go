// Package front is what every page of a storefront stands on: which shop it is, whether it is open, what is in the
// visitor's cart, and the page around it all.
//
// It guarantees that what it keeps in memory of a shop, and the pages kept of it, are what the store says: at once
// after a commit of this process, within a second after another's. It refuses to show anything of a shop that is not
// open to visitors.
package front

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/asset"
	"github.com/noren-shop/noren/internal/web/place"
)

// A Store is the shops' data: *db.DB.
type Store interface {
	frame.Store
	OnWrite(func(id.Shop))
}

// Deps are what a Front needs.
type Deps struct {
	Store   Store
	Tenants *tenant.Service
	Catalog *catalog.Service
	Shelf   *shelf.Service
	Carts   *cart.Service
	Places  *place.Book
	Assets  *asset.Set
	Log     *slog.Logger
}

// A Front is every storefront's common ground.
type Front struct {
	Deps
	Pages   *frame.PageCache
	visitor actor.Actor
	began   time.Time
	shops   sync.Map // id.Shop → *known
}

// A Shop is what every page of a shop shows.
type Shop struct {
	tenant.Shop
	Tree catalog.Tree
}

// known is what is in memory of one shop.
type known struct {
	mu      sync.Mutex   // one asks the store at a time
	checked atomic.Int64 // when the store was last asked, since the front began; 0 is never
	stale   atomic.Bool  // this process has written to the shop since
	shop    atomic.Pointer[Shop]
	version int64 // of shop; under mu
}

const (
	pageBytes = 128 << 20
	pageTime  = 10 * time.Minute
	fresh     = time.Second // how long the store need not be asked again
)

// New makes the front.
func New(d Deps) (*Front, error) {
	pages, err := frame.NewPageCache(pageBytes, pageTime)
	if err != nil {
		return nil, err
	}
	f := &Front{Deps: d, Pages: pages, visitor: actor.Actor{Kind: actor.Visitor}.With(), began: time.Now()}
	d.Store.OnWrite(func(s id.Shop) {
		if k, ok := f.shops.Load(s); ok {
			k.(*known).stale.Store(true)
		}
	})
	return f, nil
}

func (f *Front) known(s id.Shop) *known {
	if k, ok := f.shops.Load(s); ok {
		return k.(*known)
	}
	k, _ := f.shops.LoadOrStore(s, new(known))
	return k.(*known)
}

// age is how long ago the store was asked.
func (f *Front) age(k *known) time.Duration {
	at := k.checked.Load()
	if at == 0 {
		return time.Hour
	}
	return time.Since(f.began) - time.Duration(at)
}

// Fresh sees to it that what is kept of a shop is no older than it may be. Most often it looks at a clock and
// returns; once a second, and after a commit, one visitor asks the store for three numbers.
func (f *Front) Fresh(s id.Shop) {
	k := f.known(s)
	age := f.age(k)
	if age < fresh && !k.stale.Load() {
		return
	}
	if age < 2*fresh && !k.stale.Load() {
		if !k.mu.TryLock() {
			return // somebody is asking just now
		}
	} else {
		k.mu.Lock()
	}
	defer k.mu.Unlock()
	if !k.stale.Swap(false) && f.age(k) < fresh { // before the read: a commit meanwhile makes it stale again
		return
	}
	at := time.Since(f.began)
	if err := f.read(s, k); err != nil {
		f.Log.Warn("read storefront", "shop", int64(s), "err", err) // the last that was known stands: a store that is away closes no shop
	}
	k.checked.Store(max(int64(at), 1))
}

// read asks the store what a shop is now, if its versions have moved.
func (f *Front) read(s id.Shop, k *known) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var version int64
	var got *Shop
	err := f.Store.Read(ctx, db.Scope{Actor: f.visitor, Shop: s, Request: "front"}, func(r db.Reader) error {
		got = nil
		shop, err := f.Tenants.Get(ctx, r)
		if err != nil {
			return err
		}
		if version, err = f.Shelf.Version(ctx, r); err != nil {
			return err
		}
		if version += shop.Version; version == k.version {
			return nil
		}
		got = &Shop{Shop: shop}
		all, err := f.Catalog.Categories(ctx, r)
		got.Tree = all.Shown()
		return err
	})
	if err != nil || got == nil {
		return err
	}
	k.shop.Store(got)
	k.version = version
	f.Pages.Follow(s, uint64(version))
	return nil
}

// Shop is the shop as it is now.
func (f *Front) Shop(s id.Shop) (*Shop, error) {
	f.Fresh(s)
	if shop := f.known(s).shop.Load(); shop != nil {
		return shop, nil
	}
	return nil, frame.ErrNoShop
}
