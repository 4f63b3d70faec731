package ops

import (
	"strconv"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/detect"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

const findingsPage = 30

func (d *Door) listFindings(r *frame.Request) (frame.Response, error) {
	after, err := page.ParseCursor("after", r.Query("after"))
	if err != nil {
		return frame.Response{}, err
	}
	f := detect.Filter{After: after, Number: findingsPage}
	if r.Query("done") != "" {
		f.Done = detect.Closed
	}
	list, next, err := d.Findings.List(r.Context(), r.Scope(), f)
	if err != nil {
		return frame.Response{}, err
	}
	p, err := d.console(r, r.Lang().Pick("検知", "Findings"), "/findings")
	if err != nil {
		return frame.Response{}, err
	}
	more := ""
	if !next.IsZero() {
		more = "/findings?after=" + next.String()
		if f.Done == detect.Closed {
			more += "&done=1"
		}
	}
	return frame.Page(findingsPageOf(p, findingTable(p.Page, list), len(list), f.Done == detect.Closed, more)), nil
}

// findingPath is where a finding is shown: its shop, then its id.
func findingPath(shop id.Shop, f detect.ID) string {
	return "/findings/" + strconv.FormatInt(int64(shop), 10) + "/" + id.String(f)
}

// place reads them from the path. The platform is shop 0.
func findingAt(r *frame.Request) (id.Shop, detect.ID, error) {
	f, err := frame.PathID[detect.ID](r, "finding")
	if err != nil {
		return 0, 0, err
	}
	if r.Path("of") == "0" {
		return id.Platform, f, nil
	}
	shop, err := frame.PathID[id.Shop](r, "of")
	return shop, f, err
}

func (d *Door) showFinding(r *frame.Request) (frame.Response, error) {
	shop, f, err := findingAt(r)
	if err != nil {
		return frame.Response{}, err
	}
	return d.finding(r, shop, f, nil)
}

func (d *Door) finding(r *frame.Request, shop id.Shop, f detect.ID, wrong error) (frame.Response, error) {
	found, err := d.Findings.Get(r.Context(), r.Scope(), shop, f)
	if err != nil {
		return frame.Response{}, err
	}
	title, _ := found.Words()
	p, err := d.console(r, r.Lang().Pick(title.Ja, title.En), "/findings")
	if err != nil {
		return frame.Response{}, err
	}
	out := findingPageOf(p, found, eventTable(p.Page, found.Events), remarkTable(p.Page, found.Remarks), ui.ErrorsOf(r.Lang(), wrong))
	if wrong != nil {
		return again(wrong, out)
	}
	return frame.Page(out), nil
}

func (d *Door) moveFinding(r *frame.Request) (frame.Response, error) {
	shop, at, err := findingAt(r)
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if err := d.Findings.Move(r.Context(), r.Scope(), shop, at, detect.State(f.Get("to")), f.Get("note")); err != nil {
		return d.finding(r, shop, at, err)
	}
	return frame.Redirect(findingPath(shop, at)), nil
}

func shopWords(p ui.Page, shop id.Shop) string {
	if shop == id.Platform {
		return p.T("サービス全体", "The service")
	}
	return p.T("ショップ ", "Shop ") + id.String(shop)
}

func gravityTone(g signal.Gravity) ui.Tone {
	switch {
	case g >= signal.High:
		return ui.Bad
	case g == signal.Medium:
		return ui.Warn
	}
	return ui.Info
}

func stateTone(s detect.State) ui.Tone {
	switch s {
	case detect.Open:
		return ui.Warn
	case detect.Seen:
		return ui.Info
	}
	return ui.Plain
}

func findingTable(p ui.Page, list []detect.Finding) ui.Table {
	t := ui.Table{Caption: p.T("検知", "Findings"), Columns: []ui.Column{{Head: p.T("内容", "What"), Kind: ui.AsLead}, {Head: p.T("重さ", "Gravity")},
		{Head: p.T("状態", "State")}, {Head: p.T("対象", "Where")}, {Head: p.T("回数", "Times"), Kind: ui.AsNumber}, {Head: p.T("最後", "Last")}}}
	for _, f := range list {
		title, _ := f.Words()
		t.Rows = append(t.Rows, []templ.Component{ui.Anchor(findingPath(f.Shop, f.ID), p.Say(title)),
			ui.BadgeOf(gravityTone(f.Gravity), p.Say(f.Gravity.Label())), ui.BadgeOf(stateTone(f.State), p.Say(f.State.Label())),
			ui.Words(shopWords(p, f.Shop)), ui.Words(strconv.FormatInt(f.Times, 10)), ui.Words(p.Lang.DateTime(f.Last.UnixMilli()))})
	}
	return t
}

func eventTable(p ui.Page, list []signal.Stored) ui.Table {
	t := ui.Table{Caption: p.T("事象", "Events"), Columns: []ui.Column{{Head: p.T("日時", "When"), Kind: ui.AsLead}, {Head: p.T("回数", "Times"), Kind: ui.AsNumber},
		{Head: p.T("場所", "Where")}, {Head: p.T("だれ", "Who")}, {Head: p.T("送信元", "From")}, {Head: p.T("補足", "Note")}}}
	for _, e := range list {
		who := string(e.Kind)
		if e.Account != 0 {
			who += " " + id.String(e.Account)
		}
		t.Rows = append(t.Rows, []templ.Component{ui.Words(p.Lang.DateTime(e.FirstMS)), ui.Words(strconv.FormatInt(e.Times, 10)), ui.Words(e.Where),
			ui.Words(who), ui.Words(short(e.Addr)), ui.Words(e.Note)})
	}
	return t
}

// short is the beginning of a digest: enough to see which events came from one place.
func short(digest string) string { return digest[:min(8, len(digest))] }

func remarkTable(p ui.Page, list []detect.Remark) ui.Table {
	t := ui.Table{Caption: p.T("対応", "What was done"), Columns: []ui.Column{{Head: p.T("日時", "When"), Kind: ui.AsLead}, {Head: p.T("状態", "State")},
		{Head: p.T("運営者", "Operator")}, {Head: p.T("内容", "Note")}}}
	for _, m := range list {
		t.Rows = append(t.Rows, []templ.Component{ui.Words(p.Lang.DateTime(m.At.UnixMilli())), ui.BadgeOf(stateTone(m.State), p.Say(m.State.Label())),
			ui.Words(id.String(m.Account)), ui.Words(m.Note)})
	}
	return t
}
