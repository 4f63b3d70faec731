// Package sink is the demo's mail page: what the service has sent, to be read without a mail server.
//
// It guarantees that a letter's HTML is never run: letters are shown as text. It refuses to exist outside the demo.
package sink

import (
	"log/slog"
	"strconv"

	"github.com/noren-shop/noren/internal/base/mail/sink"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/asset"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Door is the page.
type Door struct {
	box    *sink.Sink
	assets *asset.Set
}

// New makes the door over a running sink.
func New(box *sink.Sink, log *slog.Logger) (*frame.Mux, error) {
	assets, err := ui.NewAssets()
	if err != nil {
		return nil, err
	}
	d := &Door{box, assets}
	return frame.Browser(frame.Config{Name: "mail", Log: log, Routes: []frame.Route{
		{Method: "GET", Pattern: "/{$}", Right: frame.Public, Handler: d.list},
		{Method: "GET", Pattern: "/letters/{letter}", Right: frame.Public, Handler: d.letter},
		{Method: "GET", Pattern: "/letters.json", Right: frame.Public, Handler: d.json},
		assets.Route(),
	}})
}

func (d *Door) page(r *frame.Request, title string) ui.Ops {
	return ui.Ops{Page: ui.Page{Lang: r.Lang(), Title: title, Site: "Noren", Nonce: r.Nonce(), Assets: d.assets, Path: r.URLPath(), Hidden: ui.Unlisted},
		Nav: []ui.Link{{Href: "/", Text: r.Lang().Pick("届いたメール", "Mail"), Icon: ui.IconMail, Current: true}}}
}

func (d *Door) list(r *frame.Request) (frame.Response, error) {
	return frame.Page(listPage(d.page(r, r.Lang().Pick("届いたメール", "Mail")), d.box.List())), nil
}

func (d *Door) letter(r *frame.Request) (frame.Response, error) {
	n, err := strconv.Atoi(r.Path("letter"))
	l, ok := d.box.Get(n)
	if err != nil || !ok {
		return frame.Response{}, frame.ErrNotFound
	}
	return frame.Page(letterPage(d.page(r, l.Subject), l)), nil
}

// seen is a letter for programs: the demo's driver and tests.
type seen struct {
	ID      int    `json:"id"`
	From    string `json:"from"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

func (d *Door) json(*frame.Request) (frame.Response, error) {
	out := []seen{}
	for _, l := range d.box.List() {
		out = append(out, seen{l.ID, l.From, l.To, l.Subject, l.Text})
	}
	return frame.JSON(out), nil
}
