package stock

import (
	"net/url"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/catalog/sale"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/inventory/sheet"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

// historyView is one variant's page.
type historyView struct {
	all, here string
	product   string // its address
	item      sale.Item
	level     inventory.Level
	may       bool
	moves     []moveView
	next      string
	first     string
	delta     string
	reason    string
	errors    ui.Errors
}

type moveView struct {
	when, why, by string
	delta         int64
	order         string // its address
}

func (s *Stock) history(r *frame.Request) (frame.Response, error) { return s.one(r, frame.Form{}, nil) }

func (s *Stock) one(r *frame.Request, f frame.Form, cause error) (frame.Response, error) {
	variant, err := frame.PathID[id.Variant](r, "variant")
	if err != nil {
		return frame.Response{}, err
	}
	after, err := page.ParseCursor("after", r.Query("after"))
	if err != nil {
		return frame.Response{}, err
	}
	v := historyView{all: s.URL(r, "/stock"), here: s.URL(r, "/stock/"+id.String(variant)), may: r.Actor().May(actor.EditStock),
		delta: f.Get("delta"), reason: f.Get("reason"), errors: ui.ErrorsOf(r.Lang(), cause)}
	var moves []inventory.Movement
	var next page.Cursor
	err = r.Read(func(rd db.Reader) error {
		items, err := sale.Items(r.Context(), rd, r.Lang(), []id.Variant{variant})
		if err != nil {
			return err
		}
		if _, ok := items[variant]; !ok {
			return inventory.ErrMissing
		}
		v.item = items[variant]
		levels, err := s.Counts.Levels(r.Context(), rd, []id.Variant{variant})
		if err != nil {
			return err
		}
		v.level = levels[variant]
		moves, next, err = s.Counts.Movements(r.Context(), rd, variant, after, perPage)
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	v.product = s.URL(r, "/products/"+id.String(v.item.Product))
	for _, m := range moves {
		v.moves = append(v.moves, s.move(r, m))
	}
	if !next.IsZero() {
		v.next = v.here + "?after=" + next.String()
	}
	if !after.IsZero() {
		v.first = v.here
	}
	a, err := s.Admin(r, r.Lang().Pick("在庫: ", "Stock: ")+v.item.Name)
	if err != nil {
		return frame.Response{}, err
	}
	res := frame.Page(historyPage(a, v))
	if cause != nil {
		res = res.Status(frame.StatusOf(cause))
	}
	return res, nil
}

func (s *Stock) move(r *frame.Request, m inventory.Movement) moveView {
	l := r.Lang()
	v := moveView{when: l.DateTime(m.AtMS), why: m.Reason.Label(l), delta: m.Delta}
	switch {
	case m.Account != 0 && m.Account == r.Actor().Account:
		v.by = l.Pick("あなた", "You")
	case m.Kind == actor.Staff:
		v.by = l.Pick("スタッフ", "Staff")
	case m.Kind == actor.Job:
		v.by = "Noren"
	default:
		v.by = l.Pick("お客様", "Customer")
	}
	if m.Ref.Kind == inventory.Order && m.Ref.ID != 0 && r.Actor().May(actor.ViewOrders) {
		v.order = s.URL(r, "/orders/"+id.String(m.Ref.ID))
	}
	return v
}

func (s *Stock) adjust(r *frame.Request) (frame.Response, error) {
	variant, err := frame.PathID[id.Variant](r, "variant")
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	delta, err := whole("delta", f.Get("delta"), -inventory.MaxOnHand, inventory.MaxOnHand)
	if err == nil && delta == 0 {
		err = fault.Invalid("delta", fault.Text{Ja: "増やす数か、減らす数（-3 など）を入力してください。",
			En: "Enter how many come, or go (such as -3)."})
	}
	if err == nil {
		err = r.Write(func(tx *db.Tx) error {
			return at("delta", s.Counts.Adjust(r.Context(), tx, variant, delta, inventory.Reason(f.Get("reason"))))
		})
	}
	if _, ok := fault.Of(err); ok && !fault.Is(err, fault.KindNotFound) {
		return s.one(r, f, err)
	}
	if err != nil {
		return frame.Response{}, err
	}
	r.SetFlash("saved")
	return frame.Redirect(s.URL(r, "/stock/"+id.String(variant))), nil
}

func (v listView) url(f sheet.Filter, after string) string {
	q := url.Values{}
	for name, s := range map[string]string{"q": v.query.Text, "show": string(f), "after": after} {
		if s != "" {
			q.Set(name, s)
		}
	}
	if v.query.Product != 0 {
		q.Set("product", id.String(v.query.Product))
	}
	return (&url.URL{Path: v.base, RawQuery: q.Encode()}).String()
}

func (v listView) filters(p ui.Page) []ui.Link {
	few := strconv.Itoa(inventory.FewLeft)
	var out []ui.Link
	for _, f := range []struct {
		is   sheet.Filter
		text string
	}{{sheet.All, p.T("すべて", "All")}, {sheet.Low, p.T("残り"+few+"個以下", few+" or fewer")}, {sheet.SoldOut, p.T("売り切れ", "Sold out")}} {
		out = append(out, ui.Link{Href: v.url(f.is, ""), Text: f.text, Current: f.is == v.query.Filter})
	}
	return out
}

// reasons are those that staff may give.
func reasons(l i18n.Lang) []ui.Option {
	var out []ui.Option
	for _, why := range []inventory.Reason{inventory.Counted, inventory.Received, inventory.Damaged, inventory.Returned, inventory.Corrected} {
		out = append(out, ui.Option{Value: string(why), Text: why.Label(l)})
	}
	return out
}

func (v listView) columns(p ui.Page) []ui.Column {
	return []ui.Column{{Head: p.T("商品", "Product"), Kind: ui.AsLead}, {Head: p.T("在庫数", "On hand")},
		{Head: p.T("取り置き", "Held"), Kind: ui.AsNumber}, {Head: p.T("販売できる数", "Free to sell"), Kind: ui.AsNumber}, {Head: p.T("履歴", "History")}}
}

func (v listView) cells(p ui.Page) [][]templ.Component {
	var out [][]templ.Component
	for _, row := range v.rows {
		out = append(out, []templ.Component{nameCell(row, p), countCell(row, p, v.may), ui.Words(i18n.Number(row.Held)), leftCell(row, p),
			ui.Anchor(row.href, p.T("増減・履歴", "Adjust, history"))})
	}
	return out
}

func (v historyView) cells(p ui.Page) [][]templ.Component {
	var out [][]templ.Component
	for _, m := range v.moves {
		out = append(out, []templ.Component{ui.Words(m.when), deltaCell(m), whyCell(m, p), ui.Words(m.by)})
	}
	return out
}

func signed(n int64) string {
	if n > 0 {
		return "+" + i18n.Number(n)
	}
	return i18n.Number(n)
}

func plainNumber(n int64) string { return strconv.FormatInt(n, 10) }

// few says that a shopper is told how many are left.
func (r rowView) few() bool { return r.Left() <= inventory.FewLeft }

func (v historyView) title() string {
	if v.item.Label == "" {
		return v.item.Name
	}
	return v.item.Name + " " + v.item.Label
}

// chosen is the reason that stands in the form.
func (v historyView) chosen() string {
	if v.reason != "" {
		return v.reason
	}
	return string(inventory.Received)
}
