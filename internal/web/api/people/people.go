// Package people serves customers, as the contract has them.
//
// It guarantees that a person's fields come through the vault alone, and that what a shop does not keep is null. It refuses to show more
// than a hundred customers at once.
package people

import (
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/customer/points"
	flow "github.com/noren-shop/noren/internal/flow/people"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/api"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// Resource serves them.
type Resource struct {
	Tenants *tenant.Service
	People  *flow.Service
	Points  *points.Service
}

// Operations that it brings.
func (s *Resource) Operations() []api.Operation {
	return []api.Operation{
		{ID: "getCustomers", Method: "GET", Path: "/v1/customers", Right: actor.ViewOrders, Do: s.list},
		{ID: "getCustomer", Method: "GET", Path: "/v1/customers/{customer_id}", Right: actor.ViewOrders, Do: s.get},
		{ID: "postCustomerPoints", Method: "POST", Path: "/v1/customers/{customer_id}/points", Right: actor.EditOrders, Do: s.points},
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
	f.Limit, f.Offset = p.Limit, p.Offset
	var shop tenant.Shop
	var found []flow.Purchaser
	var total int64
	err = c.Read(func(r db.Reader) (err error) {
		if shop, err = s.Tenants.Get(c.Context(), r); err != nil {
			return err
		}
		found, total, err = s.People.List(c.Context(), r, f)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	out := make([]call.Record, len(found))
	for i, v := range found {
		out[i] = record(shop, v)
	}
	return c.Listed("customers", out, p.Of(total)), nil
}

// filter reads the query. A shop keeps no sex, no messenger's name and no membership of anyone, and sends no letters that are not about an
// order: whoever is looked for by these is not there.
func filter(c *call.Call) (f flow.Filter, err error) {
	ids, given, err := c.IDs("ids")
	if err != nil {
		return f, err
	}
	if given {
		f.IDs = ids
	}
	_, sex := c.Choice("sex", "male", "female", "not_applicable")
	magazine, _ := c.Bool("receive_mail_magazine")
	if sex || magazine || c.Text("line_uid") != "" || c.Text("membership_id") != "" {
		f.IDs = []int64{}
	}
	if member, ok := c.Bool("member"); ok {
		f.Member = &member
	}
	// A customer is written once: what the contract calls updated is when they came.
	for _, name := range []string{"make_date_min", "update_date_min"} {
		if t, ok := c.Time(name); ok {
			f.From = max(f.From, t.UnixMilli())
		}
	}
	for _, name := range []string{"make_date_max", "update_date_max"} {
		if t, ok := c.Until(name); ok && (f.Until == 0 || t.UnixMilli() < f.Until) {
			f.Until = t.UnixMilli()
		}
	}
	f.Sought = map[vault.Class]string{}
	for name, class := range map[string]vault.Class{"name": vault.Name, "furigana": vault.Furigana, "mail": vault.Email,
		"postal": vault.Address, "tel": vault.Phone} {
		text := c.Text(name)
		if class == vault.Phone || class == vault.Address { // kept as digits
			text = strings.NewReplacer("-", "", " ", "").Replace(text)
		}
		if text != "" {
			f.Sought[class] = text
		}
	}
	return f, nil
}

func (s *Resource) get(c *call.Call) (frame.Response, error) {
	var shop tenant.Shop
	var v flow.Purchaser
	err := c.Read(func(r db.Reader) (err error) {
		if shop, err = s.Tenants.Get(c.Context(), r); err != nil {
			return err
		}
		v, err = s.People.Get(c.Context(), r, id.Parse[int64](c.Path("customer_id")))
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("customer", record(shop, v))), nil
}

func record(shop tenant.Shop, v flow.Purchaser) call.Record {
	first, rest := strings.Join(v.Address, ""), ""
	if len(v.Address) > 2 {
		first, rest = v.Address[0]+v.Address[1], strings.Join(v.Address[2:], " ")
	}
	var place, name any
	if v.Prefecture != 0 {
		place, name = int(v.Prefecture), v.Prefecture.Name(i18n.Ja)
	}
	return call.NewRecord("id", v.ID, "account_id", shop.Account, "name", call.Nullable(v.Name), "furigana", call.Nullable(v.Furigana),
		"hojin", call.Nullable(v.Company), "busho", nil, "sex", nil, "birthday", nil, "postal", call.Nullable(v.Postcode),
		"pref_id", place, "pref_name", name, "address1", call.Nullable(first), "address2", call.Nullable(rest),
		"mail", call.Nullable(v.Email), "tel", call.Nullable(v.Phone), "fax", nil, "tel_mobile", nil, "other", nil,
		"points", v.Points, "member", v.Member, "sales_count", v.Bought, "receive_mail_magazine", false,
		"answer_free_form1", nil, "answer_free_form2", nil, "answer_free_form3", nil,
		"make_date", v.Made/1000, "update_date", v.Made/1000, "memo", nil)
}

// points adds what is sent to the balance; a customer who is not there comes before a body that cannot be read.
func (s *Resource) points(c *call.Call) (frame.Response, error) {
	n := id.Parse[int64](c.Path("customer_id"))
	in, err := c.Body()
	if err != nil {
		return frame.Response{}, err
	}
	var balance int64
	err = c.Write(func(tx *db.Tx) error {
		if err := s.People.There(c.Context(), tx, n); err != nil {
			return err
		}
		delta, ok := in.Int("points")
		if !ok {
			return call.Refuse(422100, "points", "ポイントの指定に誤りがあります。")
		}
		if balance, err = s.Points.Add(c.Context(), tx, n, delta); err == points.ErrRange {
			return call.Refuse(422014, "points", points.ErrRange.Text.Ja)
		}
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(call.NewRecord("customer_id", n, "points", balance)), nil
}
