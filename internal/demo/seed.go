package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/noren-shop/noren/internal/sample"
	"github.com/noren-shop/noren/internal/server"
)

// seedNumber makes every demo of one size the same.
const seedNumber = 20180107

// letters is the follower that must not send the past's mails.
const letters = "order letters"

// seed makes the sample shops, unless the folder has them from an earlier time.
func (d *demo) seed(ctx context.Context) (made, error) {
	m := made{operator: login{login: sample.OperatorEmail, password: sample.Password}}
	clock := &sample.Clock{}
	if err := os.MkdirAll(d.conf.DataDir, 0o700); err != nil {
		return m, err
	}
	h, err := server.Open(ctx, server.Options{Config: d.conf, Log: d.Log, Now: clock.Now})
	if err != nil {
		return m, err
	}
	defer h.Close()
	if err := h.Prepare(ctx); err != nil {
		return m, err
	}
	there, err := sample.Find(ctx, h.DB, d.conf.Domain)
	if err != nil {
		return m, err
	}
	kept := filepath.Join(d.dir, "seeded")
	if len(there.Shops) > 0 {
		if _, err := os.Stat(kept); err != nil {
			return m, errors.New(d.Lang.Pick(
				"このデータベースには、別のフォルダーで作ったデモが入っています。そのときの -data を指定するか、空のデータベースを使ってください。",
				"this database holds a demo that was made with another folder: name that one with -data, or use an empty database"))
		}
		m.logins, m.shops, m.handle = logins(there.Shops), ids(there.Shops), first(there.Shops)
		return m, d.payments.listen(ctx, h, m.shops)
	}
	d.say("サンプルの店を作っています（商品の写真を描き、数か月分の注文を通します）…", "Making the sample shops (drawing products, running months of orders through) …")
	s := services(h, clock)
	s.Account = d.payments.account
	res, err := sample.Seed(ctx, s, sample.Size{Shops: d.Shops, Products: d.Products, Orders: d.Orders,
		Pictures: sample.Default().Pictures}, seedNumber)
	if err != nil {
		return m, err
	}
	m.logins, m.shops, m.handle = logins(res.Shops), ids(res.Shops), first(res.Shops)
	if err := h.SampleIssuer(ctx); err != nil {
		return m, err
	}
	if err := res.Later(ctx); err != nil {
		return m, err
	}
	if err := d.payments.listen(ctx, h, m.shops); err != nil {
		return m, err
	}
	return m, os.WriteFile(kept, nil, 0o600)
}

func services(h *server.House, c *sample.Clock) sample.Services {
	return sample.Services{DB: h.DB, Clock: c, Vault: h.Vault, Outbox: h.Outbox, Skip: []string{letters, server.BillingFollower}, Postal: h.Postal, Signup: h.Signup,
		Tenants: h.Tenants, Catalog: h.Catalog, Pictures: h.Pictures, Stock: h.Stock, Carts: h.Carts, Orders: h.Orders,
		Shipping: h.Shipping, Payment: h.Payment, Gateways: h.Gateways, Checkout: h.Checkout, Fulfil: h.Fulfil}
}

func logins(shops []sample.Shop) []login {
	var out []login
	for _, s := range shops[:min(3, len(shops))] {
		out = append(out, login{"オーナー", "owner", s.Owner.Email, s.Owner.Password})
		if s.Staff.Email != "" {
			out = append(out, login{"スタッフ", "staff", s.Staff.Email, s.Staff.Password})
		}
	}
	return out
}

func ids(shops []sample.Shop) []int64 {
	out := make([]int64, len(shops))
	for i, s := range shops {
		out[i] = int64(s.ID)
	}
	return out
}

func first(shops []sample.Shop) string {
	if len(shops) == 0 {
		return ""
	}
	return shops[0].Handle
}
