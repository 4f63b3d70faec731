package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/customer/points"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/account"
	"github.com/noren-shop/noren/internal/web/admin"
	"github.com/noren-shop/noren/internal/web/admin/bill"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/api"
	apifeed "github.com/noren-shop/noren/internal/web/api/feed"
	"github.com/noren-shop/noren/internal/web/api/goods"
	"github.com/noren-shop/noren/internal/web/api/installation"
	"github.com/noren-shop/noren/internal/web/api/oauth"
	"github.com/noren-shop/noren/internal/web/api/people"
	"github.com/noren-shop/noren/internal/web/api/sales"
	"github.com/noren-shop/noren/internal/web/api/setting"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/asset"
	"github.com/noren-shop/noren/internal/web/frame/brake"
	"github.com/noren-shop/noren/internal/web/frame/metrics"
	"github.com/noren-shop/noren/internal/web/hooks"
	"github.com/noren-shop/noren/internal/web/media"
	"github.com/noren-shop/noren/internal/web/ops"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/storefront"
	"github.com/noren-shop/noren/internal/web/storefront/front"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Doors are every way in.
type Doors struct {
	Storefront *frame.Mux
	ByDoor     map[place.Door]*frame.Mux
	Ops        *frame.Mux
	Metrics    *frame.Mux
}

// All lists the doors, for tests that call every route.
func (d *Doors) All() []*frame.Mux {
	out := []*frame.Mux{d.Storefront, d.Ops, d.Metrics}
	for _, m := range d.ByDoor {
		out = append(out, m)
	}
	return out
}

// opener makes doors of one house.
type opener struct {
	h       *House
	book    *place.Book
	assets  *asset.Set
	hosts   *hosts
	observe func(frame.Observation)
}

// OpenDoors makes every door. Nothing is served before a listener leads to it.
func OpenDoors(h *House, book *place.Book) (*Doors, error) {
	assets, err := ui.NewAssets()
	if err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := reg.Register(h.heard); err != nil {
		return nil, fmt.Errorf("open metrics: %w", err)
	}
	observe, err := metrics.New(reg)
	if err != nil {
		return nil, fmt.Errorf("open metrics: %w", err)
	}
	o := &opener{h: h, book: book, assets: assets, hosts: newHosts(h.DB), observe: observe}
	d := &Doors{ByDoor: map[place.Door]*frame.Mux{}}
	for _, open := range []func(*Doors) error{
		o.admin,
		o.ops,
		o.account,
		o.storefront,
		o.media,
		o.api,
		o.hooks,
	} {
		if err := open(d); err != nil {
			return nil, err
		}
	}
	d.Metrics, err = frame.Browser(frame.Config{Name: "metrics", Log: h.Log, Store: h.DB, CardSeen: cardInRequest(h.Raise),
		Routes: append(frame.HealthRoutes(h.Healthy), metrics.Route(reg))})
	return d, err
}

// config is what every door has in common.
func (o *opener) config(name string, routes []frame.Route) frame.Config {
	return frame.Config{Name: name, Routes: routes, Store: o.h.DB, Log: o.h.Log, Observe: o.observe,
		Signal: o.h.Signals.Raise, Hold: brake.Hold(o.h.Switches.On), Guard: defend(o.h.Abuse),
		Proxies: o.h.Config.TrustedProxies, TLS: o.book.Scheme == "https",
		Images: o.book.Origins(place.Media), Explain: o.explain, CardSeen: cardInRequest(o.h.Raise)}
}

// explain shows a problem in the service's own design.
func (o *opener) explain(r *frame.Request, p frame.Problem) frame.Response {
	if strings.Contains(r.Header("Accept"), "application/json") {
		return frame.JSON(map[string]string{"message": r.Lang().Pick(p.Title.Ja, p.Title.En), "request": p.RequestID}).Status(p.Status)
	}
	q := ui.Quiet{Page: ui.Page{Lang: r.Lang(), Title: r.Lang().Pick(p.Title.Ja, p.Title.En), Site: "Noren", Nonce: r.Nonce(),
		Assets: o.assets, Path: r.URLPath(), Hidden: ui.Unlisted}, Shop: "Noren", Home: "/"}
	return frame.Page(problemPage(q, p)).Status(p.Status)
}

func (o *opener) ops(d *Doors) error {
	h := o.h
	door := &ops.Door{Vault: h.Vault, Operate: h.Operate, Billing: h.Billing, Sim: h.Config.Paysim != "", Places: o.book, Assets: o.assets, Engine: h.engine(), Now: h.Now, Evidence: h.Evidence,
		Findings: h.Findings, Switches: h.Switches}
	c := o.config("ops", door.Routes())
	c.Authenticate, c.Login = door.Authenticate, door.LoginPage
	c.Hold = brake.Exports(h.Switches.On) // who lifts switches is never held by one, but for files
	m, err := frame.Browser(c)
	d.Ops, d.ByDoor[place.Ops] = m, m
	return err
}

// engine is the store's, where there is one: the inventory is made without.
func (h *House) engine() string {
	if h.DB == nil {
		return ""
	}
	return h.DB.Engine()
}

func (o *opener) admin(d *Doors) error {
	h := o.h
	dk := &desk.Desk{Vault: h.Vault, Tenants: h.Tenants, Places: o.book, Assets: o.assets, Now: h.Now,
		Alarm: bill.Alarm(h.Billing)}
	c := o.config("admin", append(admin.Routes(admin.Deps{Desk: dk, Store: h.DB, Signup: h.Signup, Letters: h.Signin,
		Domain: h.Config.Domain, Log: h.Log, Catalog: h.Catalog, Pictures: h.Pictures, Stock: h.Stock, Orders: h.Orders,
		Payment: h.Payment, Shipping: h.Shipping, Fulfil: h.Fulfil, Opening: h.Opening, Invites: h.Invite, Accounts: h.Accounts, Postal: h.Postal, Install: h.Install, Billing: h.Billing,
		Bank: h.Bank, Pay: h.Pay, Gateways: h.Gateways, Sim: h.Config.Paysim != "", Deposits: h.Deposits, Charges: h.Charges, Settled: h.Settled,
		Notices: h.NoticeURL}),
		o.assets.Route()))
	c.Authenticate, c.Login = dk.Authenticate, dk.LoginPage
	m, err := frame.Browser(c)
	d.ByDoor[place.Admin] = m
	return err
}

// account is the checkout and the purchasers' pages.
func (o *opener) account(d *Doors) error {
	h := o.h
	a := account.New(account.Deps{Tenants: h.Tenants, Carts: h.Carts, Checkout: h.Checkout, Own: h.Own, Shelf: h.Shelf, Postal: h.Postal, Places: o.book,
		Assets: o.assets, Now: h.Now, Vault: h.Vault, Member: h.Member, Letters: h.Signin, Pay: h.Pay,
		Frames: cardFrames(h.Config)})
	c := o.config("account", append(a.Routes(), o.assets.Route()))
	c.Authenticate, c.Explain, c.Login = a.Authenticate, a.Explain, a.LoginPage
	m, err := frame.Browser(c)
	d.ByDoor[place.Account] = m
	return err
}

// hooks is where payment providers bring their news.
func (o *opener) hooks(d *Doors) error {
	door := &hooks.Door{Pay: o.h.Pay, Order: func(shop id.Shop, n id.Order) string { return OrderURL(o.book, shop, n, secret.Token{}) }}
	c := o.config("hooks", door.Routes())
	c.Hold = nil // money that moved elsewhere is heard of whatever is stopped here
	m, err := frame.Hook(c)
	d.ByDoor[place.Hooks] = m
	return err
}

func (o *opener) storefront(d *Doors) error {
	h := o.h
	c := o.config("storefront", nil)
	c.Resolve = func(host string) (id.Shop, bool) { s := o.hosts.shop(host); return s, s != id.Platform }
	c, err := storefront.Config(c, storefront.Deps{Checkout: h.Checkout, Shipping: h.Shipping, Payment: h.Payment,
		Deps: front.Deps{Store: h.DB, Tenants: h.Tenants, Catalog: h.Catalog, Shelf: h.Shelf, Carts: h.Carts, Places: o.book,
			Assets: o.assets, Log: h.Log}})
	if err != nil {
		return err
	}
	d.Storefront, err = frame.Browser(c)
	return err
}

// api is the door for apps.
func (o *opener) api(d *Doors) error {
	part := &oauth.Door{Vault: o.h.Vault, Places: o.book}
	c := api.Configure(o.config("api", part.Routes()), o.h.Vault, o.h.bounds(), o.resources()...)
	known := c.Authenticate
	c.Authenticate = func(r *frame.Request) (actor.Actor, error) {
		a, err := known(r)
		if err != nil || a.App == 0 {
			return a, err
		}
		if w, stopped := o.h.Switches.Stopped(int64(a.App)); stopped {
			r.Signal(signal.SwitchHeld, string(w.Name), "")
			return actor.Actor{}, w.Refusal()
		}
		return a, nil
	}
	m, err := frame.API(c)
	d.ByDoor[place.API] = m
	return err
}

// resources are what the public API serves.
func (o *opener) resources() []api.Resource {
	h := o.h
	return []api.Resource{
		&setting.Resource{Tenants: h.Tenants, Shipping: h.Shipping, Payment: h.Payment, Rates: tax.Japan().On, Now: h.Now,
			Legal: func(ctx context.Context, shop id.Shop) (tenant.Legal, error) {
				return h.Signup.LegalPage(ctx, shop, "api")
			},
			Origin: func(s tenant.Shop) string { return o.book.Shop(s.ID, s.Handle, h.Config.Domain) },
			Media:  func(shop id.Shop, blob string) string { return o.book.Picture(shop, blob, "") }},
		&people.Resource{Tenants: h.Tenants, People: h.People, Points: points.New()},
		&sales.Resource{Tenants: h.Tenants, Sales: h.Sales, Orders: h.Orders, Fulfil: h.Fulfil},
		&goods.Resource{Tenants: h.Tenants, Catalog: h.Catalog, Register: h.Register, Groups: h.Groups, Stock: h.Stock, Pictures: h.Pictures,
			Rates: tax.Japan(), Media: func(shop id.Shop, f catalog.File) string {
				return o.book.Picture(shop, place.PictureName(f.Digest, f.Width, f.Ext()), "")
			}},
		&apifeed.Resource{Feed: h.Feed},
		&installation.Resource{Install: h.Install},
	}
}

func (o *opener) media(d *Doors) error {
	c := o.config("media", media.Routes(o.h.Blobs))
	c.Explain = nil // no style sheet is served here: the frame's plain page
	m, err := frame.Browser(c)
	d.ByDoor[place.Media] = m
	return err
}

// Healthy says whether this process can serve: its store answers. A vault that is away is not a reason to stop selling.
func (h *House) Healthy(ctx context.Context) error {
	return h.DB.Read(ctx, db.Scope{Request: "health"}, func(r db.Reader) error {
		_, _, err := tenant.Host(ctx, r, "health")
		return err
	})
}

// shop finds the shop of a host; 0 is none.
func (s *hosts) shop(host string) id.Shop {
	now := s.db.Now()
	s.mu.Lock()
	k, ok := s.known[host]
	s.mu.Unlock()
	if ok && now.Before(k.till) {
		return k.shop
	}
	var shop id.Shop
	err := s.db.Read(context.Background(), db.Scope{Request: "host"}, func(r db.Reader) (err error) {
		shop, _, err = tenant.Host(context.Background(), r, host)
		return err
	})
	if err != nil {
		return k.shop // the last that was known: a store that is away for a moment closes no shop
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxHosts {
		clear(s.known)
	}
	s.known[host] = knownHost{shop, now.Add(hostTime)}
	return shop
}
