// Package pages is what people see of the simulated payment company: the hosted payment pages, the issuer's challenge, the till of
// a convenience store, and the dashboard that plays with all of it.
//
// It guarantees the defences of every door (policy, no framing, no posts from other sites), both languages, and pages that work on
// a phone and without script. It refuses to show or carry a card's number: what is typed goes to the book, which keeps none.
package pages

import (
	"errors"
	"log/slog"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/asset"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Door is the pages.
type Door struct {
	book   *book.Book
	api    string
	assets *asset.Set
}

// New makes the door; api is the address to tell merchants.
func New(b *book.Book, api string, log *slog.Logger) (*frame.Mux, error) {
	assets, err := ui.NewAssets()
	if err != nil {
		return nil, err
	}
	d := &Door{b, api, assets}
	return frame.Browser(frame.Config{TakesCards: true, Name: "paysim", Log: log, Explain: d.explain, Routes: []frame.Route{
		{Method: "GET", Pattern: "/{$}", Right: frame.Public, Handler: d.charges},
		{Method: "GET", Pattern: "/accounts", Right: frame.Public, Handler: d.accounts},
		{Method: "POST", Pattern: "/accounts", Right: frame.Public, Handler: d.openAccount},
		{Method: "GET", Pattern: "/cards", Right: frame.Public, Handler: d.cards},
		{Method: "GET", Pattern: "/charges/{charge}", Right: frame.Public, Handler: d.charge},
		{Method: "POST", Pattern: "/charges/{charge}/{act}", Right: frame.Public, Handler: d.act},
		{Method: "GET", Pattern: "/faults", Right: frame.Public, Handler: d.faults},
		{Method: "POST", Pattern: "/faults", Right: frame.Public, Handler: d.setFaults},
		{Method: "GET", Pattern: "/notices", Right: frame.Public, Handler: d.notices},
		{Method: "POST", Pattern: "/notices/{notice}/{act}", Right: frame.Public, Handler: d.renotice},
		{Method: "GET", Pattern: "/pay/{charge}", Right: frame.Public, Handler: d.pay},
		{Method: "POST", Pattern: "/pay/{charge}/card", Right: frame.Public, Handler: d.card},
		{Method: "POST", Pattern: "/pay/{charge}/saved", Right: frame.Public, Handler: d.saved},
		{Method: "POST", Pattern: "/pay/{charge}/store", Right: frame.Public, Handler: d.store},
		{Method: "POST", Pattern: "/pay/{charge}/back", Right: frame.Public, Handler: d.back},
		{Method: "GET", Pattern: "/pay/{charge}/challenge", Right: frame.Public, Handler: d.challenge},
		{Method: "POST", Pattern: "/pay/{charge}/challenge", Right: frame.Public, Handler: d.answer},
		{Method: "POST", Pattern: "/release", Right: frame.Public, Handler: d.release},
		{Method: "GET", Pattern: "/settlements", Right: frame.Public, Handler: d.settlements},
		{Method: "POST", Pattern: "/settlements", Right: frame.Public, Handler: d.settle},
		{Method: "GET", Pattern: "/till", Right: frame.Public, Handler: d.till},
		{Method: "POST", Pattern: "/till/{charge}", Right: frame.Public, Handler: d.payAtTill},
		assets.Route(),
	}})
}

// flashes are what a page says once.
func flashes(code string) (ui.Tone, fault.Text) {
	switch code {
	case "done":
		return ui.Good, fault.Text{Ja: "実行しました。", En: "Done."}
	case "paid":
		return ui.Good, fault.Text{Ja: "レジで支払われました。", En: "It was paid at the till."}
	case "late":
		return ui.Good, fault.Text{Ja: "期限の3日後に、レジで支払われました。", En: "It was paid at the till, three days after its deadline."}
	case "refused":
		return ui.Bad, fault.Text{Ja: "この状態では、その操作はできません。", En: "This charge's state does not allow that."}
	case "settled":
		return ui.Good, fault.Text{Ja: "精算しました。", En: "Settled."}
	}
	return ui.Plain, fault.Text{}
}

func (d *Door) page(r *frame.Request, title string) ui.Page {
	p := ui.Page{Lang: r.Lang(), Title: title, Site: "Paysim", Nonce: r.Nonce(), Assets: d.assets, Path: r.URLPath(), Hidden: ui.Unlisted}
	if tone, text := flashes(r.Flash()); text.En != "" {
		p.Note = ui.Note{Tone: tone, Text: p.Say(text)}
	}
	return p
}

// hosted is a page for the purchaser of a charge, in the charge's language until another is chosen.
func (d *Door) hosted(r *frame.Request, c book.Charge, ja, en string) hosted {
	l := langOf(r, c)
	p := d.page(r, l.Pick(ja, en))
	p.Lang, p.Path = l, "/pay/"+c.Ref
	return hosted{Quiet: ui.Quiet{Page: p, Shop: "Paysim", Home: "/pay/" + c.Ref,
		Seal: p.T("試験用（請求はありません）", "Payment simulator – no real money moves")}, c: c}
}

func langOf(r *frame.Request, c book.Charge) i18n.Lang {
	if c.Lang == "" || r.Cookie("lang") != "" || r.Query("lang") != "" {
		return r.Lang()
	}
	return i18n.Lang(c.Lang)
}

func (d *Door) explain(r *frame.Request, p frame.Problem) frame.Response {
	page := d.page(r, r.Lang().Pick(p.Title.Ja, p.Title.En))
	q := ui.Quiet{Page: page, Shop: "Paysim", Home: "/", Seal: page.T("決済シミュレーター", "Payment simulator")}
	return frame.Page(problemPage(q, p))
}

// open finds the charge of a hosted page.
func (d *Door) open(r *frame.Request) (book.Charge, error) {
	c, err := d.book.On(r.Path("charge"))
	if err != nil || c.URL == "" {
		return c, frame.ErrNotFound
	}
	return c, nil
}

// pay shows whatever comes next for a charge.
func (d *Door) pay(r *frame.Request) (frame.Response, error) {
	c, err := d.open(r)
	if err != nil {
		return frame.Response{}, err
	}
	switch {
	case c.State != book.Unpaid:
		return d.over(r, c), nil
	case c.Inner.Slow != 0:
		return frame.Page(slowPage(d.hosted(r, c, "カード会社に確認しています", "Asking your card's issuer"))).With("Refresh", "2").FramedBy(c.Frame), nil
	case c.Inner.Challenge != 0:
		return frame.Redirect("/pay/" + c.Ref + "/challenge"), nil
	case c.Slip.Number != "":
		return frame.Page(slipPage(d.hosted(r, c, "お支払い番号", "Your payment number"))), nil
	case c.Means == book.Convenience:
		return frame.Page(storePage(d.hosted(r, c, "コンビニを選ぶ", "Choose a store"))), nil
	}
	return d.cardForm(r, c, nil, frame.Form{}), nil
}

// over says how it ended and leads back: by the Refresh header, since a form's policy would stop a redirect to another origin. In a
// merchant's frame a button leads back, at the top: the merchant's own page stands in no frame.
func (d *Door) over(r *frame.Request, c book.Charge) frame.Response {
	h := d.hosted(r, c, "お支払いの結果", "Your payment")
	if h.framed = c.Frame != "" && r.Header("Sec-Fetch-Dest") != "document"; h.framed {
		return frame.Page(overPage(h)).FramedBy(c.Frame)
	}
	return frame.Page(overPage(h)).With("Refresh", "4; url="+c.Return)
}

func (d *Door) cardForm(r *frame.Request, c book.Charge, wrong error, f frame.Form) frame.Response {
	h := d.hosted(r, c, "カードでのお支払い", "Pay by card")
	h.errors, h.name, h.expiry = ui.ErrorsOf(h.Lang, wrong), "", ""
	if wrong != nil {
		h.name, h.expiry = f.Get("name"), f.Get("expiry")
	}
	res := frame.Page(cardPage(h)).FramedBy(c.Frame)
	if wrong != nil {
		return res.Status(422)
	}
	return res
}

func (d *Door) card(r *frame.Request) (frame.Response, error) {
	c, err := d.open(r)
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	tok, err := d.book.Tokenise(book.Typed{Number: f.Get("number"), Expiry: f.Get("expiry"), Code: f.Get("code"), Name: f.Get("name")})
	if _, isFault := fault.Of(err); isFault && c.State == book.Unpaid {
		return d.cardForm(r, c, err, f), nil
	}
	return d.next(r, err, func() (book.Charge, error) { return d.book.Confirm(c.Ref, tok) })
}

func (d *Door) saved(r *frame.Request) (frame.Response, error) {
	return d.next(r, nil, func() (book.Charge, error) { return d.book.Confirm(r.Path("charge"), "") })
}

func (d *Door) store(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	return d.next(r, err, func() (book.Charge, error) { return d.book.ChooseStore(r.Path("charge"), f.Get("store")) })
}

func (d *Door) back(r *frame.Request) (frame.Response, error) {
	c, err := d.book.GiveUp(r.Path("charge"))
	if err != nil && !errors.Is(err, book.ErrClosed) {
		return frame.Response{}, err
	}
	return d.over(r, c), nil // not by a redirect: the policy of the form would hold it
}

// next does a step and shows what follows. What is over shows how it ended.
func (d *Door) next(r *frame.Request, err error, do func() (book.Charge, error)) (frame.Response, error) {
	if err == nil {
		_, err = do()
	}
	if err != nil && !fault.Is(err, fault.KindConflict) {
		return frame.Response{}, err
	}
	return frame.Redirect("/pay/" + r.Path("charge")), nil
}

func (d *Door) challenge(r *frame.Request) (frame.Response, error) {
	c, err := d.open(r)
	if err != nil {
		return frame.Response{}, err
	}
	if c.State != book.Unpaid || c.Inner.Challenge == 0 {
		return frame.Redirect("/pay/" + c.Ref), nil
	}
	return frame.Page(challengePage(d.issuer(r, c, nil))).FramedBy(c.Frame), nil
}

func (d *Door) issuer(r *frame.Request, c book.Charge, wrong error) hosted {
	h := d.hosted(r, c, "本人認証", "Confirm that it is you")
	h.Shop, h.Seal = h.T("テストカード発行会社", "Test Card Issuer"), h.T("3Dセキュア（シミュレーション）", "3-D Secure, simulated")
	h.errors = ui.ErrorsOf(h.Lang, wrong)
	return h
}

func (d *Door) answer(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	ref := r.Path("charge")
	if f.Get("act") == "cancel" {
		return d.next(r, nil, func() (book.Charge, error) { return d.book.Abandon(ref) })
	}
	c, err := d.book.Challenge(ref, f.Get("code"))
	if fault.Is(err, fault.KindInvalid) {
		return frame.Page(challengePage(d.issuer(r, c, err))).FramedBy(c.Frame).Status(422), nil
	}
	return d.next(r, err, func() (book.Charge, error) { return c, nil })
}
