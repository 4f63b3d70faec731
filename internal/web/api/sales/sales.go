// Package sales serves orders, as the contract has them.
//
// It guarantees that a purchaser's fields are opened only where the answer shows them, and that a filter which the service cannot read
// is as if it had not been sent. It refuses to show more than a hundred sales at once.
package sales

import (
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	flow "github.com/noren-shop/noren/internal/flow/sales"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/api"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// Resource serves them.
type Resource struct {
	Tenants *tenant.Service
	Sales   *flow.Service
	Orders  *order.Service
	Fulfil  *fulfil.Service
}

// Operations that it brings.
func (s *Resource) Operations() []api.Operation {
	return []api.Operation{
		{ID: "getSales", Method: "GET", Path: "/v1/sales", Right: actor.ViewOrders, Do: s.list},
		{ID: "statSale", Method: "GET", Path: "/v1/sales/stat", Right: actor.ViewOrders, Do: s.stat},
		{ID: "getSale", Method: "GET", Path: "/v1/sales/{sale_id}", Right: actor.ViewOrders, Do: s.get},
		{ID: "updateSale", Method: "PUT", Path: "/v1/sales/{sale_id}", Right: actor.EditOrders, Do: s.update},
		{ID: "cancelSale", Method: "PUT", Path: "/v1/sales/{sale_id}/cancel", Right: actor.EditOrders, Do: s.cancel},
		{ID: "sendSalesMail", Method: "POST", Path: "/v1/sales/{sale_id}/mails", Right: actor.EditOrders, Do: s.mail},
	}
}

const (
	usual = 10
	most  = 100
)

func (s *Resource) list(c *call.Call) (frame.Response, error) {
	f, err := filter(c)
	if err != nil {
		return frame.Response{}, err
	}
	p := c.Page(usual, most)
	f.Limit, f.Offset, f.Want = p.Limit, p.Offset, wants(c)
	var shop tenant.Shop
	var found []flow.Sale
	var total int64
	err = c.Read(func(r db.Reader) (err error) {
		if shop, err = s.Tenants.Get(c.Context(), r); err != nil {
			return err
		}
		f.From, f.Until = window(c, r.Now())
		found, total, err = s.Sales.List(c.Context(), r, f)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	out := make([]call.Record, len(found))
	for i, v := range found {
		out[i] = record(shop, v, flow.Reach(c.Actor()))
	}
	return c.Listed("sales", out, p.Of(total)), nil
}

// wants are the classes that the answer will show.
func wants(c *call.Call) vault.Mask {
	m := vault.Mask(0)
	if c.Wants("customer") {
		m = m.With(vault.Name, vault.Furigana, vault.Company, vault.Address, vault.Phone, vault.Email)
	}
	if c.Wants("sale_deliveries") {
		m = m.With(vault.Name, vault.Furigana, vault.Address, vault.Phone)
	}
	if c.Wants("memo") {
		m = m.With(vault.Message)
	}
	return m
}

// everything is what one sale shows.
func everything() vault.Mask {
	return vault.Mask(0).With(vault.Name, vault.Furigana, vault.Company, vault.Address, vault.Phone, vault.Email, vault.Message)
}

func filter(c *call.Call) (f flow.Filter, err error) {
	if f.IDs, err = ids(c, "ids"); err != nil {
		return f, err
	}
	if f.Customers, err = ids(c, "customer_ids"); err != nil {
		return f, err
	}
	methods, err := ids(c, "payment_ids")
	if err != nil {
		return f, err
	}
	if methods != nil {
		f.Payments = codes(methods)
	}
	if t, ok := c.Time("update_date_min"); ok {
		f.UpdatedFrom = t.UnixMilli()
	}
	if t, ok := c.Until("update_date_max"); ok {
		f.UpdatedUntil = t.UnixMilli()
	}
	f.Paid, f.Delivered, f.Cancelled = flag(c, "paid"), flag(c, "delivered"), flag(c, "canceled")
	if mobile, ok := c.Bool("mobile"); ok && mobile {
		f.IDs = []int64{} // there is no shop of its own for telephones, so nothing was sold there
	}
	f.Mails = map[order.MailKind]order.MailState{}
	for name, kind := range mails() {
		if state, ok := c.Choice(name+"_mail_state", "not_yet", "sent", "pass"); ok {
			f.Mails[kind] = mailState(state)
		}
	}
	f.Name, f.Furigana, f.Email = c.Text("customer_name"), c.Text("customer_furigana"), c.Text("customer_mail")
	return f, nil
}

func ids(c *call.Call, name string) ([]int64, error) {
	list, given, err := c.IDs(name)
	if err != nil || !given {
		return nil, err
	}
	return list, nil
}

func codes(methods []int64) []string {
	out := []string{}
	for _, n := range methods {
		for _, m := range payment.Methods() {
			if m.No() == n {
				out = append(out, string(m))
			}
		}
	}
	return out
}

func flag(c *call.Call, name string) *bool {
	v, ok := c.Bool(name)
	if !ok {
		return nil
	}
	return &v
}

// mails are the letters that the contract knows, by its names.
func mails() map[string]order.MailKind {
	return map[string]order.MailKind{"accepted": order.MailPlaced, "paid": order.MailPaid, "delivered": order.MailShipped}
}

func mailState(s string) order.MailState {
	switch s {
	case "sent":
		return order.Sent
	case "pass":
		return order.Skip
	}
	return order.NotYet
}

// window is when sales were made: without a date the last seven days, with an end alone the seven days before it.
func window(c *call.Call, now time.Time) (from, until int64) {
	start, has := c.Time("after")
	if !has {
		start, has = c.Time("make_date_min")
	}
	end, ends := c.Until("before")
	last, _ := c.Time("before")
	if !ends {
		end, ends = c.Until("make_date_max")
		last, _ = c.Time("make_date_max")
	}
	if !ends {
		end, last = now.Add(time.Millisecond), now
	}
	if !has {
		d := last.In(i18n.Zone())
		start = time.Date(d.Year(), d.Month(), d.Day()-7, 0, 0, 0, 0, i18n.Zone())
	} else if !ends {
		return start.UnixMilli(), 0
	}
	return start.UnixMilli(), end.UnixMilli()
}

func (s *Resource) get(c *call.Call) (frame.Response, error) {
	n := id.Parse[id.Order](c.Path("sale_id"))
	return s.show(c, n)
}

// show answers with a sale as it is now.
func (s *Resource) show(c *call.Call, n id.Order) (frame.Response, error) {
	var shop tenant.Shop
	var v flow.Sale
	err := c.Read(func(r db.Reader) (err error) {
		if shop, err = s.Tenants.Get(c.Context(), r); err != nil {
			return err
		}
		v, err = s.Sales.Get(c.Context(), r, n, everything())
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("sale", record(shop, v, flow.Reach(c.Actor())))), nil
}

func (s *Resource) stat(c *call.Call) (frame.Response, error) {
	var shop tenant.Shop
	var stat flow.Stat
	err := c.Read(func(r db.Reader) (err error) {
		if shop, err = s.Tenants.Get(c.Context(), r); err != nil {
			return err
		}
		day, ok := c.Time("make_date")
		if !ok {
			day = r.Now()
		}
		stat, err = s.Sales.Stat(c.Context(), r, day)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("sales_stat", call.NewRecord("account_id", shop.Account, "date", stat.Day.Unix(),
		"amount_today", stat.Today.Yen, "count_today", stat.Today.Orders,
		"amount_last_7days", stat.Week.Yen, "count_last_7days", stat.Week.Orders,
		"amount_this_month", stat.Month.Yen, "count_this_month", stat.Month.Orders))), nil
}
