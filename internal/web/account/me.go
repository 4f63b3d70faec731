package account

import (
	"errors"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// mine is a member's page: their orders, from what is clear.
type mine struct {
	entry
	orders []order.Head
	older  string
}

func titleMe() fault.Text { return fault.Text{Ja: "マイページ", En: "Your account"} }

func (a *Account) me(r *frame.Request) (frame.Response, error) { return a.mine(r, nil) }

// mine shows the member's page, and what was wrong with a change.
func (a *Account) mine(r *frame.Request, wrong error) (frame.Response, error) {
	if _, ok := fault.Of(wrong); wrong != nil && !ok {
		return frame.Response{}, wrong
	}
	e, err := a.entry(r, titleMe(), frame.Form{}, wrong)
	if err != nil {
		return frame.Response{}, err
	}
	e.Path = e.base + "/me"
	after, err := page.ParseCursor("after", r.Query("after"))
	if err != nil {
		after = page.Cursor{}
	}
	m := mine{entry: e}
	list, more, err := a.Member.Bought(r.Context(), r.Scope(), after)
	if err != nil {
		return frame.Response{}, err
	}
	m.orders = list
	if !more.IsZero() {
		m.older = e.base + "/me?after=" + more.String()
	}
	status := 200
	if wrong != nil {
		status = frame.StatusOf(wrong)
	}
	return frame.Page(mePage(m)).Status(status), nil
}

// myReaders says who has seen the member's data, on all their orders.
func (a *Account) myReaders(r *frame.Request) (frame.Response, error) {
	s, err := a.shop(r)
	if err != nil {
		return frame.Response{}, err
	}
	before, err := strconv.ParseInt(r.Query("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	list, more, err := a.Member.Readers(r.Context(), r.Scope(), before)
	if err != nil {
		return frame.Response{}, err
	}
	q := a.quiet(r, s, r.Lang().Pick("だれが私の情報を見たか", "Who has seen my data"))
	text := readersText{path: base(s.ID) + "/me", back: q.T("マイページに戻る", "Back to your account"),
		lede: q.T("このショップでお預かりした、あなたのお名前やご住所などを、いつ、だれが、何のために見たかの記録です（すべてのご注文を含みます）。記録は見る前に必ず書かれ、あとから書き換えられれば分かるようになっています。",
			"When, by whom and for what your data at this shop was read, on all your orders. The record is written before anything is shown, and a later change of it would be noticed.")}
	if more > 0 {
		text.older = base(s.ID) + "/me/readers?before=" + strconv.FormatInt(more, 10)
	}
	return frame.Page(readersPage(q, list, text)), nil
}

func (a *Account) changePassword(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	err = a.Vault.ChangePassword(r.Context(), r.Actor().Credential, f.Secret("old"), f.Secret("password"))
	if errors.Is(err, vault.ErrLogIn) {
		err = fault.Invalid("old", fault.Text{Ja: "いまのパスワードが違います。", En: "Your present password is wrong."})
	}
	if err != nil {
		return a.mine(r, err)
	}
	a.Letters.Changed(r.Context(), vault.MemberSubject(r.Shop(), r.Actor().Member), fault.Text{Ja: "パスワードが変更されました", En: "The password was changed"}, r.ID())
	r.SetFlash("password-changed")
	return frame.Redirect(base(r.Shop()) + "/me"), nil
}

// prefilled is the form as a member first sees it. Nobody is kept from buying by a vault that is away.
func (a *Account) prefilled(r *frame.Request) checkout.Form {
	f := checkout.Form{Lang: r.Lang()}
	if r.Actor().Kind != actor.Member {
		return f
	}
	if c, err := a.Member.Self(r.Context(), r.Scope()); err == nil {
		f.Name, f.Email = c.Name, c.Email
	}
	return f
}

func toneOf(s order.Status) ui.Tone {
	switch s {
	case order.Delivered:
		return ui.Good
	case order.Cancelled:
		return ui.Warn
	}
	return ui.Info
}
