package orders

import (
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/web/admin/access"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// maxSought is how much the search box takes, in characters.
const maxSought = 254

// seek answers the search box. A number leads to the list's own address; whoever is looked for by name, e-mail or phone
// stands in no address: not in the browser's history, not in a log. What was typed stays in the box, whatever happens.
func (o *Orders) seek(r *frame.Request) (frame.Response, error) {
	form, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	typed := form.Get("sought")
	if n := number(typed); isNumber(n) {
		return frame.Redirect(o.URL(r, "/orders?number="+n)), nil
	}
	admin, err := o.Admin(r, r.Lang().Pick("注文の検索", "Search orders"))
	if err != nil {
		return frame.Response{}, err
	}
	v := listView{Admin: admin, at: o.URL(r, "/orders"), tab: noTab, typed: map[string]string{}, sought: typed, person: true, filtered: true}
	v.Path = v.at // the answer to a form cannot be asked for again by its address
	found, status, err := o.persons(r, &v, typed)
	if err != nil {
		return frame.Response{}, err
	}
	if err := o.fill(r, &v, found.Heads); err != nil {
		return frame.Response{}, err
	}
	if found.Newest > 0 {
		n := i18n.Number(int64(found.Newest))
		v.bounded = v.T("名前の一部では、新しい注文"+n+"件から探しました。それより前の注文は、名前の全体、メールアドレス、電話番号、注文番号で探せます。",
			"Part of a name was looked for in the newest "+n+" orders. Earlier ones are found by whole name, e-mail, phone or number.")
	}
	return frame.Page(listPage(v)).Status(status), nil
}

// persons looks for the typed person. What was typed wrongly, and a vault that is away or says stop, become part of the page.
func (o *Orders) persons(r *frame.Request, v *listView, typed string) (found order.Found, status int, err error) {
	if len([]rune(typed)) > maxSought {
		typed = "" // and is refused as if empty
	}
	err = r.Read(func(rd db.Reader) (err error) {
		found, err = o.Orders.Find(r.Context(), rd, "sought", typed)
		return err
	})
	if err == nil {
		return found, 200, nil
	}
	if fault.Is(err, fault.KindInvalid) {
		v.errors = ui.ErrorsOf(r.Lang(), err)
		return order.Found{}, frame.StatusOf(err), nil
	}
	v.stopped, status, err = access.Away(r.Lang(), err)
	return order.Found{}, status, err
}

// fill makes the found orders the page's rows, with the names where they can be had.
func (o *Orders) fill(r *frame.Request, v *listView, heads []order.Head) error {
	names, away, err := o.names(r, heads)
	if err != nil {
		return err
	}
	v.masked = away
	if err := o.count(r, v); err != nil {
		return err
	}
	for _, h := range heads {
		v.rows = append(v.rows, o.row(r, v.Page, h, names[h.ID]))
	}
	return nil
}

// isNumber says whether a text is a whole order number: 261122-483920.
func isNumber(s string) bool {
	return len(s) == 13 && s[6] == '-' && strings.Trim(s[:6]+s[7:], "0123456789") == ""
}

// mayFind says whether the box looks for persons too.
func mayFind(a actor.Actor) bool { return a.May(actor.ViewPersons) }
