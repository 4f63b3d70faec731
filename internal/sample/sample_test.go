package sample_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/picture"
	"github.com/noren-shop/noren/internal/commerce/catalog/sale"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/sample"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/migrations"
)

const domain = "localhost"

// each runs the test in an empty house on every engine that is offered.
func each(t *testing.T, test func(t *testing.T, s sample.Services)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, house(t, dbtest.SQLite, db.Config{})) })
	if os.Getenv(dbtest.Env) != "" {
		t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, house(t, dbtest.Postgres, db.Config{})) })
	}
}

// house is what a server wires, on throw-away stores.
func house(t testing.TB, open func(testing.TB, db.Config) *db.DB, conf db.Config) sample.Services {
	t.Helper()
	clock := &sample.Clock{}
	conf.Schema, conf.Now = migrations.Schema(), clock.Now
	d := open(t, conf)
	v := vaulttest.New(t)
	v.Shop(t, d, id.Platform)
	blobs, err := blob.OpenFolder(t.TempDir(), 16<<20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	table, err := postal.Open()
	if err != nil {
		t.Fatal(err)
	}
	s := sample.Services{DB: d, Clock: clock, Vault: v.Client, Outbox: outbox.NewRunner(d, slog.New(slog.DiscardHandler), "test"),
		Skip: []string{"order letters"}, Postal: table, Tenants: tenant.New(v.Client), Catalog: catalog.New(), Pictures: picture.New(blobs),
		Stock: inventory.New(), Carts: cart.New(sale.Variants{}), Orders: order.New(v.Client), Shipping: shipping.New(), Payment: payment.New()}
	s.Signup = signup.New(d, v.Client, account.New(v.Client), s.Tenants, domain)
	s.Checkout = checkout.New(checkout.Config{Store: d, Carts: s.Carts, Stock: s.Stock, Shipping: s.Shipping, Payment: s.Payment,
		Orders: s.Orders, Vault: v.Client, Shops: s.Tenants, Rates: tax.Japan(),
		Contact: func(ctx context.Context, shop id.Shop) (tenant.Legal, error) {
			return s.Signup.LegalPage(ctx, shop, "test")
		}})
	s.Fulfil = fulfil.New(s.Orders, s.Payment, s.Stock)
	return s
}

func seed(t testing.TB, s sample.Services, size sample.Size, n uint64) sample.Result {
	t.Helper()
	res, err := sample.Seed(t.Context(), s, size, n)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// keeper is a shop's owner after a log-in.
func keeper(t *testing.T, s sample.Services, shop sample.Shop, who sample.Login) db.Scope {
	t.Helper()
	ses, err := s.Vault.LogIn(t.Context(), vault.LogIn{Realm: id.Platform, Login: who.Email, Password: secret.NewText(who.Password),
		Network: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Vault.Check(t.Context(), ses.Token)
	if err != nil {
		t.Fatal(err)
	}
	return db.Scope{Actor: p.Actor(shop.ID, ses.Token), Shop: shop.ID, Request: "test"}
}

func orders(t *testing.T, s sample.Services, at db.Scope) []order.Order {
	t.Helper()
	var out []order.Order
	err := s.DB.Read(t.Context(), at, func(r db.Reader) error {
		out = nil
		for f := (order.Filter{Limit: 100}); ; {
			heads, next, err := s.Orders.List(t.Context(), r, f)
			if err != nil {
				return err
			}
			for _, h := range heads {
				o, err := s.Orders.Get(t.Context(), r, h.ID)
				if err != nil {
					return err
				}
				out = append(out, o)
			}
			if f.After = next; next == (page.Cursor{}) {
				return nil
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// drawn is how many products of each shop have pictures in these tests.
const drawn = 4

func TestSeededShopsAreOpenAndAddUp(t *testing.T) {
	t.Parallel()
	each(t, checkAll)
}

// TestManyShopsAddUp is for the long run: sizes that a small service has.
func TestManyShopsAddUp(t *testing.T) {
	t.Parallel()
	if !dbtest.Long() {
		t.Skip("large sizes are for make test-long")
	}
	each(t, func(t *testing.T, s sample.Services) {
		res := seed(t, s, sample.Size{Shops: 40, Products: 800, Orders: 8_000}, 3)
		for _, shop := range res.Shops[:5] {
			for _, o := range orders(t, s, keeper(t, s, shop, shop.Owner)) {
				again, err := statement.Compute(o.Statement.In())
				if err != nil || again.ToPay != o.Total {
					t.Errorf("shop %s: order %s says %d, its statement %d, %v", shop.Handle, o.Number, o.Total, again.ToPay, err)
				}
			}
		}
	})
}

func checkAll(t *testing.T, s sample.Services) {
	t.Helper()
	size := sample.Size{Shops: 3, Products: 66, Orders: 90, Pictures: drawn * 3}
	res := seed(t, s, size, 1)
	t.Logf("cost: %+v", res.Cost)
	if len(res.Shops) != 3 || time.Until(s.Clock.Now()).Abs() > time.Minute {
		t.Fatalf("%d shops, clock at %v", len(res.Shops), s.Clock.Now())
	}
	if err := res.Later(t.Context()); err != nil {
		t.Fatal(err)
	}
	total, waiting, shipped := 0, 0, 0
	for _, shop := range res.Shops {
		at := keeper(t, s, shop, shop.Owner)
		checkFront(t, s, at)
		for _, o := range orders(t, s, at) {
			total++
			checkOrder(t, s, at, o)
			switch o.Status {
			case order.Placed, order.Paid:
				waiting++
			case order.Shipped, order.Delivered:
				shipped++
			}
		}
	}
	if total != size.Orders || waiting < 5 || shipped < 60 {
		t.Errorf("%d orders, %d waiting, %d shipped", total, waiting, shipped)
	}
	checkNames(t, s, res)
	found, err := sample.Find(t.Context(), s.DB, domain)
	if err != nil || !slices.Equal(found.Shops, res.Shops) || found.Operator != res.Operator {
		t.Errorf("found %+v, sowed %+v, %v", found, res, err)
	}
	if _, err := sample.Seed(t.Context(), s, size, 1); err == nil {
		t.Error("sowed twice")
	}
}

// checkFront looks at a shop as its visitors do, and counts its stock.
func checkFront(t *testing.T, s sample.Services, at db.Scope) {
	t.Helper()
	err := s.DB.Read(t.Context(), at, func(r db.Reader) error {
		shop, err := s.Tenants.Get(t.Context(), r)
		if err != nil {
			return err
		}
		if !shop.Selling() || len(shop.Missing()) > 0 || shop.Hero == "" || shop.Logo == "" {
			t.Errorf("%s is %s, lacks %v, hero %q", shop.Handle, shop.State, shop.Missing(), shop.Hero)
		}
		cards, _, err := shelf.New().List(t.Context(), r, shelf.Query{Limit: 100})
		if err != nil {
			return err
		}
		if len(cards) != 22 {
			t.Errorf("%s shows %d products", shop.Handle, len(cards))
		}
		picked, err := shelf.New().Picks(t.Context(), r, catalog.Recommended, 10)
		if err != nil {
			return err
		}
		if len(picked) < 4 {
			t.Errorf("%s recommends %d", shop.Handle, len(picked))
		}
		pictures := 0
		for _, c := range cards {
			page, err := shelf.New().Get(t.Context(), r, c.Handle)
			if err != nil {
				return err
			}
			for _, m := range page.Images {
				if pictures++; m.Alt == "" || m.AltEn == "" {
					t.Errorf("%s: nobody says what its picture shows", c.Handle)
				}
			}
		}
		if pictures <= drawn {
			t.Errorf("%s has %d pictures", shop.Handle, pictures)
		}
		bad, err := s.Stock.Audit(t.Context(), r)
		if len(bad) > 0 {
			t.Errorf("%s: stock does not add up: %v", shop.Handle, bad)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	legal, err := s.Signup.LegalPage(t.Context(), at.Shop, "test")
	if err != nil || legal.Seller == "" || legal.Phone == "" {
		t.Errorf("legal page: %v", err)
	}
}

// checkOrder proves an order's sums, its letters and its slip.
func checkOrder(t *testing.T, s sample.Services, at db.Scope, o order.Order) {
	t.Helper()
	st := o.Statement
	sum := int64(0)
	for _, l := range st.Lines {
		sum += l.Amount
	}
	rates := int64(0)
	for _, r := range st.PerRate {
		rates += r.Total
	}
	for _, c := range st.Charges {
		sum += c.Amount
	}
	if sum != st.Total || rates != st.Total || st.ToPay != o.Total || len(o.Lines) != len(st.Lines) {
		t.Errorf("order %s: lines and charges %d, rates %d, total %d, to pay %d, head %d", o.Number, sum, rates, st.Total, st.ToPay, o.Total)
	}
	err := s.DB.Read(t.Context(), at, func(r db.Reader) error {
		mails, err := s.Orders.Mails(t.Context(), r, o.ID)
		if err != nil {
			return err
		}
		for _, m := range mails {
			if m.State != order.Sent || m.Sent < o.Placed {
				t.Errorf("order %s: letter %s is %s", o.Number, m.Kind, m.State)
			}
		}
		parcels, err := s.Orders.Shipments(t.Context(), r, o.ID)
		if (o.Status == order.Shipped || o.Status == order.Delivered) && (len(parcels) != 1 || !strings.HasPrefix(parcels[0].Slip, "00")) {
			t.Errorf("order %s is %s with %v", o.Number, o.Status, parcels)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkNames opens purchasers' names as an owner does, and logs the others in.
func checkNames(t *testing.T, s sample.Services, res sample.Result) {
	t.Helper()
	shop := res.Shops[0]
	at := keeper(t, s, shop, shop.Staff)
	if at.Actor.Role != actor.Packer {
		t.Errorf("the packer is %q", at.Actor.Role)
	}
	at = keeper(t, s, shop, shop.Owner)
	err := s.DB.Read(t.Context(), at, func(r db.Reader) error {
		heads, _, err := s.Orders.List(t.Context(), r, order.Filter{Limit: 20})
		if err != nil {
			return err
		}
		names, err := s.Orders.Names(t.Context(), r, heads)
		for _, n := range names {
			if !strings.Contains(n, " ") {
				t.Errorf("a name is %q", n)
			}
		}
		if len(names) != 20 {
			t.Errorf("%d names", len(names))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if at := keeper(t, s, sample.Shop{}, res.Operator); at.Actor.Kind != actor.Operator {
		t.Errorf("the operator is %q", at.Actor.Kind)
	}
}

// print is what does not depend on drawn ids: what was bought when and for how much.
func print(t *testing.T, s sample.Services, res sample.Result) string {
	t.Helper()
	var b bytes.Buffer
	for _, shop := range res.Shops {
		all := orders(t, s, keeper(t, s, shop, shop.Owner))
		slices.SortFunc(all, func(a, b order.Order) int { return int(a.Placed - b.Placed) })
		for _, o := range all {
			b.WriteString(shop.Handle + i18n.Time(o.Placed).Format(time.DateOnly) + string(o.Status) + i18n.Number(o.Total))
			var titles []string
			for _, l := range o.Lines {
				titles = append(titles, l.Title())
			}
			slices.Sort(titles) // a cart's lines of one moment stand in the order of their ids, which are drawn anew
			b.WriteString(strings.Join(titles, " ") + "\n")
		}
	}
	return b.String()
}

func TestTheSameSeedSowsTheSame(t *testing.T) {
	t.Parallel()
	size := sample.Size{Shops: 2, Products: 6, Orders: 20}
	var prints []string
	for _, n := range []uint64{5, 5, 6} {
		s := house(t, dbtest.SQLite, db.Config{})
		prints = append(prints, print(t, s, seed(t, s, size, n)))
	}
	if prints[0] != prints[1] || prints[0] == prints[2] {
		t.Errorf("seeds 5, 5, 6:\n%s\n%s\n%s", prints[0], prints[1], prints[2])
	}
}

func TestMoreShopsThanWereWritten(t *testing.T) {
	t.Parallel()
	s := house(t, dbtest.SQLite, db.Config{})
	if none, err := sample.Find(t.Context(), s.DB, domain); err != nil || len(none.Shops) > 0 {
		t.Errorf("found %v in an empty store, %v", none, err)
	}
	res := seed(t, s, sample.Size{Shops: 7, Products: 14, Orders: 30}, 1)
	handles := map[string]bool{}
	for _, shop := range res.Shops {
		handles[shop.Handle] = true
	}
	if len(handles) != 7 {
		t.Errorf("%v", res.Shops)
	}
}

func TestSenselessSizesAreRefused(t *testing.T) {
	t.Parallel()
	for _, size := range []sample.Size{{}, {Shops: 3, Products: 2}, {Shops: 1, Products: 1, Orders: -1}} {
		if _, err := sample.Seed(t.Context(), sample.Services{}, size, 1); !errors.Is(err, sample.ErrSize) {
			t.Errorf("%+v: %v", size, err)
		}
	}
}

// BenchmarkSeed sows the demo's shops into a store that keeps what it was told, with and without pictures.
func BenchmarkSeed(b *testing.B) {
	for name, pictures := range map[string]int{"bare": 0, "pictures": 66} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				size := sample.Default()
				size.Pictures = pictures
				res := seed(b, house(b, dbtest.SQLite, db.Config{Inject: func() error { return nil }}), size, 1)
				b.ReportMetric(res.Cost.Drawing.Seconds(), "drawing-s/op")
				b.ReportMetric(res.Cost.Orders.Seconds(), "orders-s/op")
			}
		})
	}
}
