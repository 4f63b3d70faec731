package evidence

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/security/pages"
)

//go:embed report.html
var page string

const stamp = "2006-01-02 15:04:05"

// Text writes the report for a terminal.
func (r Report) Text(w io.Writer, lang i18n.Lang) error {
	var b strings.Builder
	say := func(t fault.Text) string { return lang.Pick(t.Ja, t.En) }
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	total, same, _ := r.Watched()
	line("%s  %s  %s", lang.Pick("カードの基準のための証拠", "Evidence for the card standards"), r.Domain, r.Made.In(i18n.Zone()).Format(stamp+" MST"))
	line("%s  %s", lang.Pick("リリース", "Release"), r.Release)
	line("TLS  %s", say(r.TLS))
	line("%s  %d/%d", lang.Pick("一覧のとおりのページ", "Pages as the inventory has them"), same, total)
	for _, l := range r.Lists {
		line("\n== %s\n   %s", say(l.Name), say(l.About))
		for _, i := range l.Items {
			line("\n[%s] %s %s\n    %s", say(i.Answer.Label()), i.ID, say(i.Asks), say(i.Fact))
		}
	}
	line("\n== %s", lang.Pick("読み込まれるファイル", "What pages load"))
	for _, f := range r.Inventory.Files {
		line("%s  %d B  %s\n    sha256 %s\n    %s", f.Name, f.Size, f.Path, f.SHA256, say(f.Why))
	}
	line("\n== %s", lang.Pick("ページと、最後の確認", "Pages, and the last look at each"))
	for _, p := range r.Pages() {
		line("%-52s %-9s %s", p.Key, say(p.Kind.Label()), p.Text(lang))
	}
	for _, g := range r.HeaderGroups() {
		line("\n== %s: %s", lang.Pick("ヘッダー", "Headers"), strings.Join(g.Doors, ", "))
		for _, h := range g.Headers {
			line("%s: %s\n    %s", h.Name, h.Value, say(h.Why))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// A PageLine is one page with the last look at it.
type PageLine struct {
	Key     string
	Kind    pages.Kind
	Watched pages.Watched
	Outcome pages.Outcome // "" was never looked at
	Last    time.Time
	Notes   []string
}

// Text is the last look in words.
func (p PageLine) Text(lang i18n.Lang) string {
	switch {
	case p.Watched == pages.NotWatched:
		return lang.Pick("本人だけに見えるページ（同じレイアウト）", "seen by one person only (the same layout)")
	case p.Outcome == "":
		return lang.Pick("まだ確認していません", "not looked at yet")
	}
	at := p.Last.In(i18n.Zone()).Format(stamp)
	switch p.Outcome {
	case pages.Same:
		return lang.Pick("一覧のとおり ", "as the inventory has it, ") + at
	case pages.Away:
		return lang.Pick("届きません ", "does not come, ") + at + " " + strings.Join(p.Notes, "; ")
	}
	return lang.Pick("違いがあります ", "differs, ") + at + " " + strings.Join(p.Notes, "; ")
}

// Pages are the inventory's pages with the last look at each; those that are watched come first.
func (r Report) Pages() []PageLine {
	var first, rest []PageLine
	for _, p := range r.Inventory.Pages {
		l := PageLine{Key: p.Key(), Kind: p.Kind, Watched: p.Watched}
		for _, c := range r.State.Latest {
			if c.Page == l.Key {
				l.Outcome, l.Last, l.Notes = c.Outcome, c.Last, nil
				for _, d := range c.Differences {
					l.Notes = append(l.Notes, d.Note)
				}
			}
		}
		if l.Watched == pages.NotWatched {
			rest = append(rest, l)
			continue
		}
		first = append(first, l)
	}
	return append(first, rest...)
}

// A HeaderGroup is doors whose pages have the same headers.
type HeaderGroup struct {
	Doors   []string
	Headers []pages.Header
}

// HeaderGroups gathers the doors whose pages have the same headers.
func (r Report) HeaderGroups() []HeaderGroup {
	var out []HeaderGroup
	for _, p := range r.Inventory.Pages {
		i := slices.IndexFunc(out, func(g HeaderGroup) bool { return slices.Equal(g.Headers, p.Headers) })
		switch {
		case i < 0:
			out = append(out, HeaderGroup{Doors: []string{p.Door}, Headers: p.Headers})
		case !slices.Contains(out[i].Doors, p.Door):
			out[i].Doors = append(out[i].Doors, p.Door)
		}
	}
	return out
}

// HTML writes the report as one page to print, in Japanese: it is what is attached to what is filed.
func (r Report) HTML(w io.Writer) error {
	total, same, _ := r.Watched()
	t, err := template.New("report").Funcs(template.FuncMap{
		"time": func(t time.Time) string { return t.In(i18n.Zone()).Format(stamp) },
		"last": func(p PageLine) string { return p.Text(i18n.Ja) },
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("read the report's page: %w", err)
	}
	return t.Execute(w, struct {
		Report
		Total, Same int
	}{r, total, same})
}
