package ops

import (
	"bytes"
	"strconv"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/flow/evidence"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
	"github.com/noren-shop/noren/internal/web/ui/chart"

	"github.com/a-h/templ"
)

// nav is the console's menu; at is the current page's address.
func (d *Door) nav(r *frame.Request, at string) []ui.Link {
	list := []ui.Link{{Href: "/", Text: r.Lang().Pick("サービスの様子", "The service"), Icon: ui.IconHome},
		{Href: "/billing", Text: r.Lang().Pick("料金と売上", "Fees & revenue"), Icon: ui.IconYen},
		{Href: "/evidence", Text: r.Lang().Pick("カードの証拠", "Card evidence"), Icon: ui.IconFile},
		{Href: "/findings", Text: r.Lang().Pick("検知", "Findings"), Icon: ui.IconShield},
		{Href: "/switches", Text: r.Lang().Pick("安全スイッチ", "Safety switches"), Icon: ui.IconLock}}
	for i := range list {
		list[i].Current = list[i].Href == at
	}
	return list
}

// evidence shows what the watchers saw, and how the card standards' lists stand.
func (d *Door) evidence(r *frame.Request) (frame.Response, error) {
	rep, err := d.Evidence(r.Context())
	if err != nil {
		return frame.Response{}, err
	}
	p, err := d.console(r, r.Lang().Pick("カードの基準のための証拠", "Evidence for the card standards"), "/evidence")
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(evidencePage(p, rep)), nil
}

// print is the report as a file to print or attach, in Japanese: it has a style of its own, and is no page of this origin.
func (d *Door) print(r *frame.Request) (frame.Response, error) {
	rep, err := d.Evidence(r.Context())
	if err != nil {
		return frame.Response{}, err
	}
	var b bytes.Buffer
	if err := rep.HTML(&b); err != nil {
		return frame.Response{}, err
	}
	return frame.Download("noren-evidence-"+rep.Made.In(i18n.Zone()).Format("20060102-1504")+".html", "application/octet-stream", b.Bytes()), nil
}

func watchFigures(p ui.Page, r evidence.Report) []ui.Figure {
	total, same, _ := r.Watched()
	var looks, differ int64
	for _, h := range r.State.Hours {
		looks, differ = looks+h.Looks, differ+h.Differ
	}
	silent := 0
	for _, w := range r.State.Watchers {
		if w.Silent {
			silent++
		}
	}
	return []ui.Figure{
		{Name: p.T("一覧のとおりのページ", "Pages as listed"), Value: strconv.Itoa(same), Beside: p.T("全 ", "of ") + strconv.Itoa(total)},
		{Name: p.T("見張り", "Watchers"), Value: strconv.Itoa(len(r.State.Watchers) - silent), Beside: p.T("応答なし ", "silent ") + strconv.Itoa(silent)},
		{Name: p.T("48時間の確認", "Looks in 48 hours"), Value: i18n.Number(looks)},
		{Name: p.T("そのうち違い・不達", "Of them different or away"), Value: i18n.Number(differ)},
	}
}

func looksChart(p ui.Page, r evidence.Report) chart.Chart {
	c := chart.Chart{Lang: p.Lang, Title: p.T("外からの確認（1時間ごと、48時間）", "Looks from outside, by hour"), Unit: p.T("回", "looks")}
	for _, h := range r.State.Hours {
		c.Points = append(c.Points, chart.Point{Label: h.Hour.In(i18n.Zone()).Format(p.T("2日15時", "2 Jan 15:00")), Value: h.Looks})
	}
	return c
}

// watchedPages are the pages that are looked at, with the last look.
func watchedPages(p ui.Page, r evidence.Report) ui.Table {
	t := ui.Table{Caption: p.T("見張られているページ", "Watched pages"), Columns: []ui.Column{{Head: p.T("ページ", "Page"), Kind: ui.AsLead}, {Head: p.T("種類", "Kind")},
		{Head: p.T("結果", "Outcome")}, {Head: p.T("最後の確認", "Last look")}}}
	for _, l := range r.Pages() {
		if l.Watched == "" {
			continue
		}
		last := p.T("まだありません", "None yet")
		if l.Outcome != "" {
			last = l.Last.In(i18n.Zone()).Format("2006-01-02 15:04:05")
		}
		t.Rows = append(t.Rows, []templ.Component{ui.Words(l.Key), ui.Words(p.Say(l.Kind.Label())), outcome(p, string(l.Outcome)), ui.Words(last)})
	}
	return t
}

func outcome(p ui.Page, o string) templ.Component {
	switch o {
	case "same":
		return ui.BadgeOf(ui.Good, p.T("一覧のとおり", "As listed"))
	case "changed":
		return ui.BadgeOf(ui.Bad, p.T("違いがあります", "Differs"))
	case "unreachable":
		return ui.BadgeOf(ui.Bad, p.T("届きません", "Does not come"))
	}
	return ui.BadgeOf(ui.Warn, p.T("未確認", "Not looked at"))
}

func troubles(p ui.Page, r evidence.Report) ui.Table {
	t := ui.Table{Caption: p.T("見つかった違い", "Differences found"), Columns: []ui.Column{{Head: p.T("ページ", "Page"), Kind: ui.AsLead}, {Head: p.T("いつ", "When")},
		{Head: p.T("回数", "Looks"), Kind: ui.AsNumber}, {Head: p.T("違い", "What")}}}
	for _, c := range r.State.Troubles {
		note := ""
		for _, d := range c.Differences {
			note += string(d.Code) + ": " + d.Note + "\n"
		}
		t.Rows = append(t.Rows, []templ.Component{ui.Words(c.Page), ui.Words(c.Last.In(i18n.Zone()).Format("2006-01-02 15:04:05")),
			ui.Words(strconv.FormatInt(c.Looks, 10)), ui.Words(note)})
	}
	return t
}

func answers(p ui.Page, l evidence.List) ui.Table {
	t := ui.Table{Caption: p.Say(l.Name), Columns: []ui.Column{{Head: p.T("項目", "Item"), Kind: ui.AsLead}, {Head: p.T("答え", "Answer")},
		{Head: p.T("いまの事実", "The fact now")}}}
	for _, i := range l.Items {
		tone, word := ui.Good, p.T("満たす", "Met")
		switch i.Answer {
		case evidence.Not:
			tone, word = ui.Bad, p.T("満たさない", "Not met")
		case evidence.Yours:
			tone, word = ui.Plain, p.T("あなたが行う", "Yours to do")
		}
		t.Rows = append(t.Rows, []templ.Component{ui.Words(i.ID + "　" + p.Say(i.Asks)), ui.BadgeOf(tone, word), ui.Words(p.Say(i.Fact))})
	}
	return t
}

func files(p ui.Page, r evidence.Report) ui.Table {
	t := ui.Table{Caption: p.T("ページが読み込むファイル", "What pages load"), Columns: []ui.Column{{Head: p.T("ファイル", "File"), Kind: ui.AsLead},
		{Head: p.T("大きさ", "Size"), Kind: ui.AsNumber}, {Head: "SHA-256"}, {Head: p.T("理由", "Reason")}}}
	for _, f := range r.Inventory.Files {
		t.Rows = append(t.Rows, []templ.Component{ui.Words(f.Name), ui.Words(i18n.Number(int64(f.Size)) + " B"), codeWords(f.SHA256), ui.Words(p.Say(f.Why))})
	}
	return t
}

func headers(p ui.Page, g evidence.HeaderGroup) ui.Table {
	t := ui.Table{Caption: p.T("セキュリティヘッダー", "Security headers"), Columns: []ui.Column{{Head: p.T("ヘッダー", "Header"), Kind: ui.AsLead},
		{Head: p.T("値", "Value")}, {Head: p.T("理由", "Reason")}}}
	for _, h := range g.Headers {
		t.Rows = append(t.Rows, []templ.Component{ui.Words(h.Name), codeWords(h.Value), ui.Words(p.Say(h.Why))})
	}
	return t
}
