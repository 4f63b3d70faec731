package orders

import (
	"encoding/json"
	"errors"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/admin/access"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// sheet is an order's page.
type sheet struct {
	ui.Admin
	at, number, placed, status, version string
	tone                                ui.Tone
	queue                               order.Queue
	lines                               []lineView
	sums                                []ui.Sum
	taxes                               []string
	prefecture, method, wish            string
	pay                                 payView
	money                               moneyView
	parcels                             []parcelView
	mails                               []mailView
	events                              []eventView
	may                                 rights
	carriers, reasons                   []ui.Option

	person  *person // nil while masked
	failed  string  // why the vault showed nothing
	reads   access.List
	readAll string
	unread  string // why the list of readers is not there

	typed  map[string]string
	errors ui.Errors
	moved  string // a conflict, in words
}

// rights are the steps that this person may take with the order as it is.
type rights struct{ pay, ship, deliver, cancel, refund, persons, access, edit bool }

type lineView struct{ title, sku, quantity, unit, amount, mark string }

type payView struct {
	method, state, amount, due, paid, account string
	tone                                      ui.Tone
}

type parcelView struct{ carrier, slip, track, when string }

type mailView struct {
	name, state, when string
	tone              ui.Tone
}

type eventView struct {
	when, who, act, more string
	note                 bool // a note's text is sealed
	text                 string
}

// person is a purchaser in the clear, for one answer.
type person struct {
	order.Person
	why string
}

// facts are what a page is made of.
type facts struct {
	order   order.Order
	pay     payment.Payment
	money   pay.Sheet
	journal []order.Event
	parcels []order.Shipment
	mails   []order.Mail
}

func (o *Orders) facts(r *frame.Request, rd db.Reader, n id.Order) (f facts, err error) {
	ctx := r.Context()
	if f.order, err = o.Orders.Get(ctx, rd, n); err != nil {
		return f, err
	}
	if f.pay, err = o.Payment.Get(ctx, rd, n); err != nil && !errors.Is(err, payment.ErrNone) {
		return f, err
	}
	if err == nil && o.Pay != nil {
		if f.money, err = o.Pay.See(ctx, rd, n); err != nil {
			return f, err
		}
	}
	if f.journal, err = o.Orders.Journal(ctx, rd, n); err != nil {
		return f, err
	}
	if f.parcels, err = o.Orders.Shipments(ctx, rd, n); err != nil {
		return f, err
	}
	f.mails, err = o.Orders.Mails(ctx, rd, n)
	return f, err
}

func (o *Orders) show(r *frame.Request) (frame.Response, error) {
	s, f, err := o.sheet(r)
	if err != nil {
		return frame.Response{}, err
	}
	return o.answer(r, s, f, 200)
}

// answer is the page, with who has looked so far.
func (o *Orders) answer(r *frame.Request, s sheet, f facts, status int) (frame.Response, error) {
	if err := o.readers(r, &s, f.order); err != nil {
		return frame.Response{}, err
	}
	return frame.Page(orderPage(s)).Status(status), nil
}

// sheet reads the order that the address names, masked.
func (o *Orders) sheet(r *frame.Request) (sheet, facts, error) {
	n, err := frame.PathID[id.Order](r, "order")
	if err != nil {
		return sheet{}, facts{}, err
	}
	var f facts
	err = r.Read(func(rd db.Reader) (err error) {
		f, err = o.facts(r, rd, n)
		return err
	})
	if err != nil {
		return sheet{}, f, err
	}
	admin, err := o.Admin(r, r.Lang().Pick("注文 ", "Order ")+f.order.Number)
	if err != nil {
		return sheet{}, f, err
	}
	s := fill(admin, f, r.Actor())
	s.at = o.page(r, n)
	s.Path = s.at // the choice of language leads to the order, whatever was posted
	return s, f, nil
}

// readers are the last who have opened this purchaser's data, for those who may know.
func (o *Orders) readers(r *frame.Request, s *sheet, ord order.Order) error {
	if !s.may.access {
		return nil
	}
	s.readAll = o.URL(r, "/access?order="+id.String(ord.ID))
	list, _, err := o.reads().Read(r, vault.AccessQuery{Subject: ord.Subject(r.Shop()), Limit: 5})
	if err != nil {
		if s.unread, _, err = access.Away(r.Lang(), err); err != nil {
			return err
		}
	}
	s.reads = list
	return nil
}

func fill(a ui.Admin, f facts, who actor.Actor) sheet {
	o := f.order
	s := sheet{Admin: a, number: o.Number, placed: a.Lang.DateTime(o.Placed), status: StatusText(a.Page, o.Head), tone: StatusTone(o.Head),
		queue: o.Queue(), version: id.String(id.Order(o.Version)), prefecture: o.Prefecture.Name(a.Lang), method: a.Say(o.Delivery.Name),
		wish: wish(a.Page, o), sums: sums(a.Page, o.Statement), typed: map[string]string{"carrier": o.Delivery.Carrier}}
	for i, l := range o.Lines {
		v := lineView{title: l.Title(), sku: l.SKU, quantity: i18n.Number(l.Quantity), unit: a.Lang.Yen(l.UnitPrice)}
		if i < len(o.Statement.Lines) {
			v.amount, v.mark = a.Lang.Yen(o.Statement.Lines[i].Amount), o.Statement.Lines[i].Mark()
		}
		s.lines = append(s.lines, v)
	}
	s.taxes = taxes(a.Page, o.Statement)
	s.pay = payOf(a.Page, f.pay)
	s.money = moneyOf(a.Page, o, f.money, who)
	for _, p := range f.parcels {
		c := shipping.Carrier(p.Carrier)
		s.parcels = append(s.parcels, parcelView{c.Label(a.Lang), p.Slip, shipping.TrackingURL(c, p.Slip), a.Lang.DateTime(p.Shipped)})
	}
	for _, m := range f.mails {
		s.mails = append(s.mails, mail(a.Page, m))
	}
	for i := len(f.journal) - 1; i >= 0; i-- {
		s.events = append(s.events, event(a.Page, f.journal[i], who))
	}
	for _, c := range shipping.Carriers() {
		s.carriers = append(s.carriers, ui.Option{Value: string(c), Text: c.Label(a.Lang)})
	}
	s.reasons = []ui.Option{{Value: "", Text: a.T("選んでください", "Choose")}}
	for _, why := range order.Reasons() {
		s.reasons = append(s.reasons, ui.Option{Value: string(why), Text: a.Say(why.Label())})
	}
	edit, ship := who.May(actor.EditOrders), who.May(actor.ShipOrders)
	s.may = rights{pay: edit && o.May(order.Pay) && f.pay.State == payment.Pending && !f.pay.Method.Rails(), ship: ship && o.May(order.Ship),
		deliver: ship && o.May(order.Deliver), cancel: edit && o.May(order.Cancel),
		refund:  edit && o.May(order.Refund) && f.pay.State == payment.RefundDue && !f.pay.Method.Rails(),
		persons: who.May(actor.ViewPersons), access: who.May(actor.ViewAccess), edit: edit}
	return s
}

func wish(p ui.Page, o order.Order) string {
	out := o.Delivery.WishDay
	if slot, ok := shipping.FindSlot(shipping.Carrier(o.Delivery.Carrier), o.Delivery.WishSlot, i18n.Time(o.Placed)); ok {
		out += " " + p.Say(slot.Name)
	}
	return out
}

func sums(p ui.Page, st statement.Statement) []ui.Sum {
	out := []ui.Sum{{Text: p.T("商品", "Goods"), Yen: st.GoodsTotal}}
	for _, c := range st.Charges {
		out = append(out, ui.Sum{Text: c.Kind.Label(p.Lang), Yen: c.Amount})
	}
	for _, d := range st.Discounts {
		out = append(out, ui.Sum{Text: d.Label(p.Lang), Yen: -d.Amount})
	}
	return append(out, ui.Sum{Text: p.T("お支払い合計(税込)", "Total, tax included"), Yen: st.ToPay})
}

func taxes(p ui.Page, st statement.Statement) (out []string) {
	for _, r := range st.PerRate {
		out = append(out, r.Label(p.Lang)+" "+p.Lang.Yen(r.Total)+p.T("(内消費税 ", " (tax ")+p.Lang.Yen(r.Tax)+p.T(")", ")"))
	}
	if st.HasReduced() {
		out = append(out, statement.ReducedNote(p.Lang))
	}
	return out
}

func payOf(p ui.Page, pay payment.Payment) payView {
	v := payView{method: pay.Method.Label(p.Lang), state: pay.State.Label(p.Lang), amount: p.Lang.Yen(pay.Amount), account: pay.Account}
	switch pay.State {
	case payment.Paid, payment.PartRefunded:
		v.tone = ui.Good
	case payment.Authorised:
		v.tone = ui.Info
	case payment.RefundDue, payment.Lapsed:
		v.tone = ui.Bad
	case payment.Pending:
		v.tone = ui.Warn
		if pay.Due > 0 {
			v.due = p.Lang.Date(pay.Due)
		}
	}
	if pay.PaidAt > 0 {
		v.paid = p.Lang.DateTime(pay.PaidAt)
	}
	return v
}

func mail(p ui.Page, m order.Mail) mailView {
	v := mailView{name: m.Kind.Label(p.Lang)}
	switch m.State {
	case order.Sent:
		v.state, v.tone, v.when = p.T("送信済み", "Sent"), ui.Good, p.Lang.DateTime(m.Sent)
	case order.Skip:
		v.state = p.T("送らない", "Skipped")
	default:
		v.state, v.tone = p.T("送信待ち", "Not yet sent"), ui.Warn
	}
	return v
}

func event(p ui.Page, e order.Event, me actor.Actor) eventView {
	v := eventView{when: p.Lang.DateTime(e.At), act: e.Act.Label(p.Lang), note: e.Act == order.Note}
	switch e.Actor {
	case actor.Staff:
		v.who = p.T("スタッフ", "Staff")
		if e.Account == me.Account {
			v.who = p.T("あなた", "You")
		}
	case actor.Visitor, actor.Member:
		v.who = p.T("お客様", "The customer")
	default:
		v.who = "Noren"
	}
	var body struct {
		Carrier shipping.Carrier `json:"carrier"`
		Slip    string           `json:"slip"`
		Reason  order.Reason     `json:"reason"`
	}
	if json.Unmarshal(e.Body, &body) != nil {
		return v // an entry without more to say
	}
	switch {
	case body.Reason != "":
		v.more = p.Say(body.Reason.Label())
	case body.Carrier != "":
		v.more = body.Carrier.Label(p.Lang) + " " + body.Slip
	}
	return v
}
