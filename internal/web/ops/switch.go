package ops

import (
	"errors"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/detect"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

// who is what the history says of flips made here.
const who = "operator"

// advice is a finding's "what to do".
func advice(p ui.Page, f detect.Detail) string {
	_, do := f.Words()
	return p.Say(do)
}

// flipForm is what was typed.
type flipForm struct {
	name, shop, app, hours, reason, renewals string
}

// switchView is one that is on, for its panel.
type switchView struct {
	switches.Switch
	title, target, until string
	asked                bool
	mine                 bool // this person asked to lift it
}

func (d *Door) showSwitches(r *frame.Request) (frame.Response, error) {
	return d.switches(r, flipForm{renewals: string(switches.RenewalsGoOn), hours: "24"}, nil)
}

func (d *Door) switches(r *frame.Request, f flipForm, wrong error) (frame.Response, error) {
	if err := d.Switches.Load(r.Context()); err != nil { // what another node has just done, too
		return frame.Response{}, err
	}
	changes, err := d.Switches.Changes(r.Context(), r.Scope())
	if err != nil {
		return frame.Response{}, err
	}
	p, err := d.console(r, r.Lang().Pick("安全スイッチ", "Safety switches"), "/switches")
	if err != nil {
		return frame.Response{}, err
	}
	p.Note = flipNote(p.Page, r.Flash())
	var on []switchView
	for _, w := range d.Switches.List() {
		i, _ := switches.InfoOf(w.Name)
		v := switchView{Switch: w, title: p.Say(i.Title), target: targetWords(p.Page, w.Target), until: p.T("切るまで", "until it is lifted"),
			asked: !w.OffAt.IsZero(), mine: w.Asker == r.Actor().Account && w.AskedBy == who}
		if !w.Until.IsZero() {
			v.until = p.Lang.DateTime(w.Until.UnixMilli())
		}
		on = append(on, v)
	}
	out := switchesPage(p, on, f, changeTable(p.Page, changes), ui.ErrorsOf(r.Lang(), wrong))
	if wrong != nil {
		return again(wrong, out)
	}
	return frame.Page(out), nil
}

func flipNote(p ui.Page, code string) ui.Note {
	switch code {
	case "switch-on":
		return ui.Note{Tone: ui.Good, Text: p.T("スイッチを入れました。すべての機械で5秒以内に効きます。", "The switch is set; it is in force on every node within 5 seconds.")}
	case "switch-asked":
		return ui.Note{Tone: ui.Info, Text: p.T("切る申請をしました。ほかの運営者が同意するとすぐに、誰も止めなければ10分後に切れます。",
			"You have asked to lift it. It lifts as soon as another operator agrees, or in 10 minutes unless somebody says no.")}
	case "switch-off":
		return ui.Note{Tone: ui.Good, Text: p.T("スイッチを切りました。", "The switch is lifted.")}
	case "switch-kept":
		return ui.Note{Tone: ui.Info, Text: p.T("入れたままにしました。", "The switch stays on.")}
	}
	return ui.Note{}
}

func (d *Door) switchOn(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	typed := flipForm{f.Get("name"), f.Get("shop"), f.Get("app"), f.Get("hours"), f.Get("reason"), f.Get("renewals")}
	in, err := d.flip(typed)
	if err == nil {
		err = d.Switches.TurnOn(r.Context(), r.Scope(), in)
	}
	if err != nil {
		return d.switches(r, typed, err)
	}
	r.SetFlash("switch-on")
	return frame.Redirect("/switches"), nil
}

// flip reads what was typed.
func (d *Door) flip(t flipForm) (switches.In, error) {
	in := switches.In{Name: switches.Name(t.name), Reason: t.reason, Renewals: switches.Renewals(t.renewals), Who: who}
	var err error
	if in.Target, err = target(t.shop, t.app); err != nil {
		return in, err
	}
	if t.hours != "" {
		n, err := strconv.Atoi(t.hours)
		if err != nil || n < 1 || n > 366*24 {
			return in, fault.Invalid("hours", fault.Text{Ja: "時間は1以上の整数で入力してください。", En: "Use a whole number of hours, 1 or more."})
		}
		in.Until = d.Now().Add(time.Duration(n) * time.Hour)
	}
	return in, nil
}

func target(shop, app string) (t switches.Target, err error) {
	if shop != "" && shop != "0" {
		if t.Shop = id.Parse[id.Shop](shop); t.Shop == 0 {
			return t, fault.Invalid("shop", fault.Text{Ja: "ショップ番号を確かめてください。", En: "Check the shop's number."})
		}
	}
	if app != "" && app != "0" {
		if t.App = id.Parse[int64](app); t.App == 0 {
			return t, fault.Invalid("app", fault.Text{Ja: "アプリ番号を確かめてください。", En: "Check the app's number."})
		}
	}
	return t, nil
}

// switchOff asks to lift a switch, or agrees. Either takes the password or a code once more.
func (d *Door) switchOff(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	typed := flipForm{renewals: string(switches.RenewalsGoOn), hours: "24"}
	to, err := target(f.Get("shop"), f.Get("app"))
	if err != nil {
		return d.switches(r, typed, err)
	}
	if err := d.Vault.StepUp(r.Context(), r.Actor().Credential, f.Secret("proof"), r.ClientIP().String()); err != nil {
		if errors.Is(err, vault.ErrLogIn) || errors.Is(err, vault.ErrCode) {
			err = fault.Invalid("proof", fault.Text{Ja: "パスワードか確認コードが違います。", En: "The password or the code is wrong."})
		}
		return d.switches(r, typed, err)
	}
	lifted, err := d.Switches.TurnOff(r.Context(), r.Scope(), switches.Name(f.Get("name")), to, who, f.Get("reason"))
	if err != nil {
		return d.switches(r, typed, err)
	}
	r.SetFlash(map[bool]string{true: "switch-off", false: "switch-asked"}[lifted])
	return frame.Redirect("/switches"), nil
}

func (d *Door) switchKeep(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	to, err := target(f.Get("shop"), f.Get("app"))
	if err == nil {
		err = d.Switches.Keep(r.Context(), r.Scope(), switches.Name(f.Get("name")), to, who)
	}
	if err != nil {
		return d.switches(r, flipForm{renewals: string(switches.RenewalsGoOn), hours: "24"}, err)
	}
	r.SetFlash("switch-kept")
	return frame.Redirect("/switches"), nil
}

func targetWords(p ui.Page, t switches.Target) string {
	if t.App != 0 {
		return p.T("アプリ ", "App ") + id.String(t.App)
	}
	return shopWords(p, t.Shop)
}

func changeTable(p ui.Page, list []switches.Change) ui.Table {
	t := ui.Table{Caption: p.T("履歴", "History"), Columns: []ui.Column{{Head: p.T("スイッチ", "Switch"), Kind: ui.AsLead}, {Head: p.T("日時", "When")},
		{Head: p.T("対象", "Of")}, {Head: p.T("操作", "Act")}, {Head: p.T("だれ", "By")}, {Head: p.T("理由", "Reason")}}}
	for _, c := range list {
		i, _ := switches.InfoOf(c.Name)
		by := p.T(map[string]string{who: "運営者", "command line": "コマンド", "playbook": "自動"}[c.Who], c.Who)
		if c.Account != 0 {
			by += " " + id.String(c.Account)
		}
		tone := ui.Plain
		if c.Act == switches.ActOn {
			tone = ui.Warn
		}
		t.Rows = append(t.Rows, []templ.Component{ui.Words(p.Say(i.Title)), ui.Words(p.Lang.DateTime(c.At.UnixMilli())), ui.Words(targetWords(p, c.Target)),
			ui.BadgeOf(tone, p.Say(c.Act.Label())), ui.Words(by), ui.Words(c.Reason)})
	}
	return t
}

// switchOptions are the choices, each with what it does.
func switchOptions(p ui.Page) (list []ui.Option) {
	for _, i := range switches.All() {
		list = append(list, ui.Option{Value: string(i.Name), Text: p.Say(i.Title), Hint: p.Say(i.What)})
	}
	return list
}

// console is a page of the console, with what waits beside its way.
func (d *Door) console(r *frame.Request, title, at string) (ui.Ops, error) {
	waiting, err := d.Findings.Waiting(r.Context(), r.Scope())
	if err != nil {
		return ui.Ops{}, err
	}
	p := ui.Ops{Page: d.page(r, title), Logout: "/logout", Nav: d.nav(r, at)}
	for i := range p.Nav {
		switch p.Nav[i].Href {
		case "/findings":
			p.Nav[i].Count = int(waiting)
		case "/switches":
			p.Nav[i].Count = len(d.Switches.List())
		}
	}
	return p, nil
}
