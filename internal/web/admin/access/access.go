// Package access shows who has read the shop's customers: the vault's ledger in the words of a shop's owner.
//
// It guarantees that what is shown is the ledger's own answer, refused and denied tries too, and that asking for one order's
// purchaser tells nothing of the others. It refuses to open anybody's data: the pages name roles, purposes and kinds of
// fields, never what they held. Acts on keys and log-ins, which show nothing of anybody, are the operator's to look at.
package access

import (
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Access is the room.
type Access struct {
	*desk.Desk
	Orders *order.Service
}

// Routes of the room.
func (a *Access) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/{shop}/access", Right: actor.ViewAccess, Handler: a.show},
	}
}

// perPage is how many entries a page holds.
const perPage = 50

// view is the page.
type view struct {
	ui.Admin
	list   List
	order  string // the number, when the page is about its purchaser
	back   string // the order's page
	first  string // the newest entries, when the page is a later one
	next   string
	all    string // without the filter
	failed string
}

func (a *Access) show(r *frame.Request) (frame.Response, error) {
	page, err := a.Admin(r, r.Lang().Pick("お客様の情報の閲覧記録", "Who has read my customers"))
	if err != nil {
		return frame.Response{}, err
	}
	home := a.URL(r, "/access")
	v := view{Admin: page, all: home}
	q := vault.AccessQuery{Limit: perPage}
	filter := ""
	if typed := r.Query("order"); typed != "" {
		var o order.Order
		err := r.Read(func(rd db.Reader) (err error) {
			o, err = a.Orders.Get(r.Context(), rd, id.Parse[id.Order](typed))
			return err
		})
		if err != nil {
			return frame.Response{}, err
		}
		q.Subject, filter = o.Subject(r.Shop()), "order="+id.String(o.ID)
		v.order, v.back = o.Number, a.URL(r, "/orders/"+id.String(o.ID))
	}
	if before := r.Query("before"); before != "" {
		n, err := strconv.ParseInt(before, 10, 64)
		if err != nil || n < 1 {
			return frame.Response{}, frame.ErrNotFound
		}
		q.Before = n
		v.first = address(home, filter)
	}
	status := 200
	var next int64
	v.list, next, err = a.Read(r, q)
	if err != nil {
		away, status, err := Away(r.Lang(), err)
		if err != nil {
			return frame.Response{}, err
		}
		v.failed = away
		return frame.Page(accessPage(v)).Status(status), nil
	}
	if next > 0 {
		v.next = address(home, filter, "before="+strconv.FormatInt(next, 10))
	}
	return frame.Page(accessPage(v)).Status(status), nil
}

func address(path string, query ...string) string {
	sep := "?"
	for _, q := range query {
		if q != "" {
			path, sep = path+sep+q, "&"
		}
	}
	return path
}

// Away says in words why the vault showed nothing; an error that is no such thing comes back.
func Away(l i18n.Lang, err error) (text string, status int, other error) {
	fs, ok := fault.Of(err)
	if !ok || fs[0].Kind != fault.KindUnavailable && fs[0].Kind != fault.KindTooMany {
		return "", 0, err
	}
	return l.Pick(fs[0].Text.Ja, fs[0].Text.En), frame.StatusOf(err), nil
}

// Read asks the ledger, and the vault who has which role.
func (a *Access) Read(r *frame.Request, q vault.AccessQuery) (List, int64, error) {
	var entries []vault.Access
	var next int64
	err := r.Read(func(rd db.Reader) (err error) {
		entries, next, err = a.Vault.AccessLog(r.Context(), rd, q)
		return err
	})
	if err != nil {
		return List{}, 0, err
	}
	roles := map[int64]actor.Role{}
	if len(entries) > 0 {
		members, err := a.Vault.Members(r.Context(), r.Actor().Credential, r.Shop())
		if err != nil {
			return List{}, 0, err
		}
		for _, m := range members {
			roles[m.Who.ID] = m.Role
		}
	}
	w := words{lang: r.Lang(), roles: roles, me: int64(r.Actor().Account), one: !q.Subject.IsZero()}
	l := List{lang: r.Lang()}
	for _, e := range entries {
		if e.Kind != "key act" && e.Kind != "session" {
			l.rows = append(l.rows, w.row(e))
		}
	}
	return l, next, nil
}
