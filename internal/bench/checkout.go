package bench

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/bench/buyer"
	"github.com/noren-shop/noren/internal/bench/limit"
	"github.com/noren-shop/noren/internal/bench/load"
)

// orders is how many a round places.
func (b *bencher) orders() int {
	if b.Quick {
		return 150
	}
	return 1000
}

const (
	preparers = 8
	runTime   = 2 * time.Minute
	drainTime = 2 * time.Minute
)

// checkout measures the press of the order button at the account door: all that comes before it is prepared.
func (b *bencher) checkout(ctx context.Context) error {
	if err := b.learn(ctx); err != nil {
		return fmt.Errorf("read an order's rows: %w", err)
	}
	for _, c := range []struct {
		name   fault.Text
		hot    int
		path   string
		of     fault.Text
		target float64
	}{
		{fault.Text{Ja: "注文(多くの商品)", En: "Checkout, many products"}, 0, "/order",
			fault.Text{Ja: "上限: 同じ行を書くだけ", En: "limit: the same rows, nothing else"}, .6},
		{fault.Text{Ja: "注文(全員が同じ2商品)", En: "Checkout, everybody buys the same two"}, 2, "/order",
			fault.Text{Ja: "上限: 同じ行を書くだけ", En: "limit: the same rows, nothing else"}, 0},
		{fault.Text{Ja: "注文(最小の注文との比較)", En: "Checkout beside the minimal order"}, 0, "/minimal",
			fault.Text{Ja: "参考: 最小の注文", En: "for scale: the minimal order"}, 0},
	} {
		ours := func(ctx context.Context, round int) (load.Sample, error) {
			reqs, at, err := b.presses(ctx, c.hot, round)
			if err != nil {
				return load.Sample{}, fmt.Errorf("prepare orders: %w", err)
			}
			if _, err := b.crowd.Drained(ctx, drainTime); err != nil {
				return load.Sample{}, err
			}
			s, err := b.press(ctx, at, reqs)
			if err != nil {
				return s, err
			}
			_, err = b.crowd.Drained(ctx, drainTime) // what follows an order is not the limit's burden
			return s, err
		}
		theirs := func(ctx context.Context, round int) (load.Sample, error) {
			reqs := make([][]byte, b.orders())
			for i := range reqs {
				reqs[i] = load.Post(c.path, b.rowsOf(c.hot, round*len(reqs)+i))
			}
			return b.press(ctx, b.limit, reqs)
		}
		row := Row{Part: PartCheckout, Name: c.name, Of: c.of, Target: c.target}
		if err := b.versus(ctx, row, ours, theirs); err != nil {
			return err
		}
	}
	return nil
}

func (b *bencher) press(ctx context.Context, at string, reqs [][]byte) (load.Sample, error) {
	return load.Ask(ctx, load.Target{Address: at, Status: http.StatusSeeOther, Next: func(i int) []byte {
		if i >= len(reqs) {
			return nil
		}
		return reqs[i]
	}}, load.Run{Conns: b.Conns, Time: runTime})
}

// learn gives the limit the rows of a real order, under a shop of its own.
func (b *bencher) learn(ctx context.Context) error {
	in, err := b.crowd.Confirmed(ctx, b.crowd.Two(0, 0))
	if err != nil {
		return err
	}
	if err := b.crowd.Place(ctx, in); err != nil {
		return err
	}
	var t limit.Template
	err = b.house.DB.Read(ctx, b.crowd.Visitor(), func(r db.Reader) error {
		return r.QueryRow(ctx, limit.SelectTemplate, r.Shop()).Scan(t.Into()...)
	})
	if err != nil {
		return err
	}
	t.Shop += 1 << 20
	return b.teach(ctx, "/template", t)
}

// rowsOf is the limit's form: the same fields as ours, for it reads them, too.
func (b *bencher) rowsOf(hot, i int) []byte {
	v := b.crowd.Two(i, hot)
	f := formOf("")
	f.Set("v", fmt.Sprintf("%d,%d", v[0], v[1]))
	f.Set("digest", strings.Repeat("x", 130))
	f.Set("key", strings.Repeat("x", 43))
	f.Set("shown", strings.Repeat("x", 64))
	return []byte(f.Encode())
}

func formOf(shipping string) url.Values {
	f := buyer.Form()
	return url.Values{"name": {f.Name}, "furigana": {f.Furigana}, "company": {""}, "postcode": {f.Postcode}, "prefecture": {f.Prefecture},
		"city": {f.City}, "street": {f.Street}, "building": {f.Building}, "phone": {f.Phone}, "email": {f.Email}, "note": {""},
		"payment": {f.Payment}, "shipping": {shipping}, "wish_day": {""}, "wish_slot": {""}}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)

// presses fills carts, confirms them at the account door, and gives what pressing each order button sends.
func (b *bencher) presses(ctx context.Context, hot, round int) (reqs [][]byte, at string, err error) {
	at = address(b.ready.Account.URL)
	shop := id.String(b.crowd.Shop)
	reqs = make([][]byte, b.orders())
	err = buyer.Many(len(reqs), preparers, func(i int) error {
		tok, err := b.crowd.Cart(ctx, b.crowd.Two(round*len(reqs)+i, hot))
		if err != nil {
			return err
		}
		cookie := "Cookie: account-" + shop + "-cart=" + tok.Reveal()
		form := formOf("")
		form.Set("act", "confirm")
		res, body, err := load.Fetch(ctx, at, load.Post("/s/"+shop+"/checkout", []byte(form.Encode()), cookie))
		if err != nil {
			return err
		}
		press := url.Values{}
		for _, m := range hidden.FindAllStringSubmatch(string(body), -1) {
			press.Set(m[1], html.UnescapeString(m[2]))
		}
		if res.StatusCode != http.StatusOK || press.Get("key") == "" {
			return fmt.Errorf("the confirmation answered %d", res.StatusCode)
		}
		reqs[i] = load.Post("/s/"+shop+"/checkout/place", []byte(press.Encode()), cookie)
		return nil
	})
	return reqs, at, err
}
