// Package deposits is where staff read in the bank's file, see what each deposit is for, and confirm it.
//
// It guarantees that nothing is paid before somebody presses the button, and that what somebody else decided in the meantime is
// said and not overwritten. Payers' names stand on the one answer that asked for them. It refuses rules: the flow has them.
package deposits

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/payment/bankfile"
	"github.com/noren-shop/noren/internal/commerce/payment/deposit"
	"github.com/noren-shop/noren/internal/flow/bank"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Deposits is the room.
type Deposits struct {
	*desk.Desk
	Bank *bank.Flow
}

const (
	at      = "/{shop}/payments/bank"
	oneAt   = at + "/{deposit}"
	waiting = 100 // deposits on the page
	files   = 10  // imports on the page
)

// Routes of the room.
func (d *Deposits) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: at, Right: actor.EditOrders, Handler: d.list},
		{Method: "GET", Pattern: at + "/past", Right: actor.EditOrders, Handler: d.past},
		{Method: "POST", Pattern: at + "/import", Right: actor.EditOrders, Handler: d.read,
			Limits: frame.Limits{Body: bankfile.MaxBytes + 64<<10, Time: time.Minute}},
		{Method: "POST", Pattern: at + "/confirm", Right: actor.EditOrders, Handler: d.confirm},
		{Method: "POST", Pattern: at + "/again", Right: actor.EditOrders, Handler: d.again},
		{Method: "GET", Pattern: oneAt, Right: actor.EditOrders, Handler: d.show},
		{Method: "POST", Pattern: oneAt + "/apply", Right: actor.EditOrders, Handler: d.apply},
		{Method: "POST", Pattern: oneAt + "/ignore", Right: actor.EditOrders, Handler: d.ignore},
		{Method: "POST", Pattern: oneAt + "/undo", Right: actor.EditOrders, Handler: d.undo},
	}
}

// listView is the page of what waits for a decision.
type listView struct {
	ui.Admin
	at       string
	errors   ui.Errors
	ask      bool // for the columns
	typed    map[string]string
	groups   []group
	away     string // why there are no names
	unnamed  bool
	failed   []string // picks that could not be confirmed
	files    []fileView
	imported string
	more     bool
}

// group is deposits of like verdicts.
type group struct {
	title, lede string
	rows        []rowView
	pick        bool // they can be confirmed together
}

type rowView struct {
	id, href, value, day, amount, payer, verdict, note string
	tone                                               ui.Tone
	orders                                             []orderView
	checked                                            bool
}

type orderView struct{ href, number, total, placed string }

type fileView struct{ when, kind, rows, fresh string }

func (d *Deposits) home(r *frame.Request) string { return d.URL(r, "/payments/bank") }

func (d *Deposits) list(r *frame.Request) (frame.Response, error) {
	v, err := d.listView(r)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(listPage(v)), nil
}

func (d *Deposits) listView(r *frame.Request) (listView, error) {
	admin, err := d.Admin(r, r.Lang().Pick("銀行振込の入金", "Bank deposits"))
	if err != nil {
		return listView{}, err
	}
	v := listView{Admin: admin, at: d.home(r), typed: map[string]string{}}
	v.Path = v.at
	items, next, away, err := d.Bank.Items(r.Context(), r.Scope(), deposit.Filter{States: []deposit.State{deposit.Open}, Limit: waiting})
	if err != nil {
		return v, err
	}
	v.more = !next.IsZero()
	if away != nil {
		fs, _ := fault.Of(away)
		v.away = v.Say(fs[0].Text)
	}
	v.groups = d.groups(r, v.Page, items)
	err = r.Read(func(rd db.Reader) error {
		list, err := d.Bank.Deposits.Files(r.Context(), rd, files)
		for _, f := range list {
			v.files = append(v.files, fileView{v.Lang.DateTime(f.At), v.Say(f.Kind.Label()), strconv.FormatInt(f.Rows, 10), strconv.FormatInt(f.Fresh, 10)})
			if id.String(f.ID) == r.Query("imported") {
				v.imported = v.T(strconv.FormatInt(f.Rows, 10)+"件の入金のうち、新しい"+strconv.FormatInt(f.Fresh, 10)+"件を取り込みました。",
					strconv.FormatInt(f.Fresh, 10)+" new of "+strconv.FormatInt(f.Rows, 10)+" deposits were read in.")
			}
		}
		if len(list) > 0 && list[0].Kind == bankfile.CSV {
			v.remember(list[0].Columns)
		}
		return err
	})
	v.unnamed = r.Query("unnamed") != ""
	return v, err
}

// remember fills the columns in as they were used last.
func (v *listView) remember(c bankfile.Columns) {
	for name, n := range map[string]int{"day": c.Day, "amount": c.Amount, "payer": c.Payer, "balance": c.Balance, "skip": c.Skip} {
		if n > 0 {
			v.typed[name] = strconv.Itoa(n)
		}
	}
}

// groups sorts what waits by how sure it is.
func (d *Deposits) groups(r *frame.Request, p ui.Page, items []bank.Item) []group {
	sure := group{title: p.T("注文と一致した入金", "Matches"), pick: true,
		lede: p.T("金額とお名前（または注文番号）が、1件の注文と一致しています。", "Sum and name, or order number, are those of one order.")}
	check := group{title: p.T("確かめてほしい入金", "Please check"), pick: true,
		lede: p.T("候補の注文があります。お名前と金額を確かめて、正しいものだけを選んでください。",
			"There is an order that this may be for. Look at name and sum, and choose only those that are right.")}
	none := group{title: p.T("注文が見つからない入金", "No order found"),
		lede: p.T("開いて、注文番号を入力するか、注文の入金ではないものとして外してください。", "Open it to type an order number, or to set it aside.")}
	for _, it := range items {
		row := d.row(r, p, it)
		switch {
		case it.Verdict == deposit.Sure:
			row.checked = true
			sure.rows = append(sure.rows, row)
		case len(it.For) > 0:
			check.rows = append(check.rows, row)
		default:
			none.rows = append(none.rows, row)
		}
	}
	var out []group
	for _, g := range []group{sure, check, none} {
		if len(g.rows) > 0 {
			out = append(out, g)
		}
	}
	return out
}

func tone(v deposit.Verdict) ui.Tone {
	switch v {
	case deposit.Sure:
		return ui.Good
	case deposit.None:
		return ui.Plain
	case deposit.Over, deposit.Under:
		return ui.Bad
	}
	return ui.Warn
}

func (d *Deposits) row(r *frame.Request, p ui.Page, it bank.Item) rowView {
	n := id.String(it.ID)
	v := rowView{id: n, href: d.home(r) + "/" + n, value: n + "." + strconv.FormatInt(it.Version, 10), day: it.Day, amount: p.Lang.Yen(it.Amount),
		payer: it.Payer, verdict: p.Say(it.Verdict.Label()), tone: tone(it.Verdict)}
	for _, h := range it.For {
		v.orders = append(v.orders, orderView{d.URL(r, "/orders/"+id.String(h.ID)), h.Number, p.Lang.Yen(h.Total), p.Lang.Date(h.Placed)})
	}
	switch gap := it.Amount - it.Sum(); {
	case len(it.For) == 0 || gap == 0:
	case gap > 0:
		v.note = p.T("注文より"+p.Lang.Yen(gap)+"多く入金されています。確認すると注文は入金済みになります。差額はお客様にご連絡のうえ返金してください。",
			p.Lang.Yen(gap)+" more than the order. Confirming it pays the order; please return the rest.")
	default:
		v.note = p.T("注文より"+p.Lang.Yen(-gap)+"足りません（振込手数料が引かれたのかもしれません）。確認すると、不足のまま入金済みになります。",
			p.Lang.Yen(-gap)+" less than the order (perhaps the bank's fee). Confirming it accepts the difference.")
	}
	return v
}

// read takes a file in.
func (d *Deposits) read(r *frame.Request) (frame.Response, error) {
	var file []byte
	form, err := r.Upload(func(f frame.File) error {
		b, err := io.ReadAll(io.LimitReader(f, bankfile.MaxBytes+1))
		file = b
		return err
	})
	if err != nil {
		return frame.Response{}, err
	}
	var res bank.Result
	switch {
	case len(file) == 0:
		err = fault.Invalid("file", fault.Text{Ja: "銀行のファイルを選んでください。", En: "Choose the bank's file."})
	default:
		res, err = d.Bank.Import(r.Context(), r.Scope(), bytes.NewReader(file), columns(form))
	}
	if err == nil {
		to := d.home(r) + "?imported=" + id.String(res.File.ID)
		if res.Unnamed {
			to += "&unnamed=1"
		}
		return frame.Redirect(to), nil
	}
	if _, ok := fault.Of(err); !ok {
		return frame.Response{}, err
	}
	v, failed := d.listView(r)
	if failed != nil {
		return frame.Response{}, failed
	}
	for _, name := range []string{"day", "amount", "payer", "balance", "skip"} {
		v.typed[name] = form.Get(name)
	}
	v.errors, v.ask = ui.ErrorsOf(r.Lang(), err), form.Get("by") == "hand" || v.errors.At("columns") != ""
	if fault.Is(err, fault.KindDenied) || fault.Is(err, fault.KindNotFound) {
		return frame.Response{}, err
	}
	return frame.Page(listPage(v)).Status(frame.StatusOf(err)), nil
}

// columns are what was chosen by hand; zero where the headings are to tell.
func columns(f frame.Form) bankfile.Columns {
	if f.Get("by") != "hand" {
		return bankfile.Columns{}
	}
	n := func(name string) int {
		v, err := strconv.Atoi(f.Get(name))
		if err != nil || v < 0 || v > 60 {
			return 0
		}
		return v
	}
	return bankfile.Columns{Day: n("day"), Amount: n("amount"), Payer: n("payer"), Balance: n("balance"), Skip: n("skip")}
}

// confirm pays the orders of every deposit that was ticked.
func (d *Deposits) confirm(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	var picks []bank.Pick
	for _, s := range f.All("pick") {
		n, version, _ := strings.Cut(s, ".")
		p := bank.Pick{Deposit: id.Parse[id.Deposit](n), Version: id.Parse[int64](version)}
		if p.Deposit == 0 || p.Version == 0 || len(picks) >= waiting {
			return frame.Response{}, frame.Malformed()
		}
		picks = append(picks, p)
	}
	if len(picks) == 0 {
		return frame.Redirect(d.home(r)), nil
	}
	out, err := d.Bank.Confirm(r.Context(), r.Scope(), picks)
	if err != nil {
		return frame.Response{}, err
	}
	var failed []string
	for _, o := range out {
		if fault.Is(o.Err, fault.KindDenied) || fault.Is(o.Err, fault.KindNotFound) {
			return frame.Response{}, o.Err
		}
		if fs, ok := fault.Of(o.Err); ok {
			failed = append(failed, r.Lang().Pick(fs[0].Text.Ja, fs[0].Text.En))
		}
	}
	if len(failed) == 0 {
		r.SetFlash("deposits-confirmed")
		return frame.Redirect(d.home(r)), nil
	}
	v, err := d.listView(r)
	if err != nil {
		return frame.Response{}, err
	}
	v.failed = failed
	return frame.Page(listPage(v)).Status(409), nil
}

// again compares what waits once more.
func (d *Deposits) again(r *frame.Request) (frame.Response, error) {
	err := d.Bank.Again(r.Context(), r.Scope())
	if err == nil {
		return frame.Redirect(d.home(r)), nil
	}
	if !fault.Is(err, fault.KindUnavailable) && !fault.Is(err, fault.KindTooMany) && !fault.Is(err, fault.KindConflict) {
		return frame.Response{}, err
	}
	v, failed := d.listView(r)
	if failed != nil {
		return frame.Response{}, failed
	}
	fs, _ := fault.Of(err)
	v.away = v.Say(fs[0].Text)
	return frame.Page(listPage(v)).Status(frame.StatusOf(err)), nil
}

// pastView is what was decided.
type pastView struct {
	ui.Admin
	at          string
	rows        []rowView
	first, next string
}

func (d *Deposits) past(r *frame.Request) (frame.Response, error) {
	admin, err := d.Admin(r, r.Lang().Pick("処理した入金", "Deposits dealt with"))
	if err != nil {
		return frame.Response{}, err
	}
	v := pastView{Admin: admin, at: d.home(r)}
	after, err := page.ParseCursor("after", r.Query("after"))
	if err != nil {
		return frame.Response{}, err
	}
	items, next, err := d.Bank.Past(r.Context(), r.Scope(), after)
	if err != nil {
		return frame.Response{}, err
	}
	for _, it := range items {
		row := d.row(r, v.Page, it)
		row.note = ""
		row.verdict, row.tone = stateText(v.Page, it.State)
		if it.State == deposit.Ignored {
			row.orders = nil
		}
		v.rows = append(v.rows, row)
	}
	if !after.IsZero() {
		v.first = v.at + "/past"
	}
	if !next.IsZero() {
		v.next = v.at + "/past?after=" + next.String()
	}
	return frame.Page(pastPage(v)), nil
}

func stateText(p ui.Page, s deposit.State) (string, ui.Tone) {
	switch s {
	case deposit.Applied:
		return p.T("入金として確認済み", "Confirmed"), ui.Good
	case deposit.Ignored:
		return p.T("注文の入金ではない", "Set aside"), ui.Plain
	}
	return p.T("未処理", "To decide"), ui.Warn
}
