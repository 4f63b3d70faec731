package pages

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/web/ui"
)

// hosted is a page for a purchaser.
type hosted struct {
	ui.Quiet
	c            book.Charge
	errors       ui.Errors
	name, expiry string // typed before
	framed       bool   // it stands in a merchant's frame, as far as the browser says
}

// top has a step leave the frame that the page may stand in: the issuer's answer, and what leads back to the shop.
func (h hosted) top() templ.Attributes {
	if h.c.Frame == "" {
		return templ.Attributes{}
	}
	return templ.Attributes{"target": "_top"}
}

// reasonOf is why a card did not pay, in words.
func reasonOf(code string) fault.Text {
	switch code {
	case "no_funds":
		return fault.Text{Ja: "残高が不足しています。", En: "There are no funds on it."}
	case "expired":
		return fault.Text{Ja: "カードの有効期限が切れています。", En: "It is out of date."}
	case "3ds_failed":
		return fault.Text{Ja: "本人認証ができませんでした。", En: "Its issuer could not confirm that it is you."}
	case "suspected_fraud":
		return fault.Text{Ja: "カード会社が取引を止めました。", En: "Its issuer has stopped the payment."}
	case "too_many":
		return fault.Text{Ja: "お試しの回数が上限に達しました。", En: "There were too many tries."}
	}
	return fault.Text{Ja: "カード会社が承認しませんでした。", En: "Its issuer said no."}
}

// endOf is how a charge ended.
func endOf(c book.Charge) fault.Text {
	switch c.State {
	case book.Captured, book.Authorised:
		return fault.Text{Ja: "お支払いを受け付けました", En: "Your payment went through"}
	case book.Declined:
		return fault.Text{Ja: "お支払いができませんでした", En: "Your payment did not go through"}
	case book.Voided:
		return fault.Text{Ja: "お支払いは取りやめられました", En: "This payment was cancelled"}
	}
	return fault.Text{Ja: "お店へ戻ります", En: "Back to the shop"}
}

func brandOf(code string) string {
	switch code {
	case "visa":
		return "Visa"
	case "mastercard":
		return "Mastercard"
	case "jcb":
		return "JCB"
	case "amex":
		return "American Express"
	}
	return code
}

func payKind(c book.Charge) ui.Kind {
	if c.Saved != "" {
		return ui.Normal // the saved card's button is the page's primary one
	}
	return ui.Primary
}

func storeOptions(l i18n.Lang) []ui.Option {
	var out []ui.Option
	for _, s := range book.Stores() {
		out = append(out, ui.Option{Value: s.Code, Text: l.Pick(s.Ja, s.En)})
	}
	return out
}

func storeName(l i18n.Lang, code string) string {
	for _, s := range book.Stores() {
		if s.Code == code {
			return l.Pick(s.Ja, s.En)
		}
	}
	return code
}

// spaced is a number in groups that can be read at a till.
func spaced(n string) string {
	if len(n) != 11 {
		return n
	}
	return n[:3] + "-" + n[3:7] + "-" + n[7:]
}

func cardRows(p ui.Page) ui.Table {
	t := ui.Table{Caption: p.T("テストカード", "Test cards"), Columns: []ui.Column{{Head: p.T("番号", "Number"), Kind: ui.AsLead}, {Head: p.T("どうなるか", "What happens")}}}
	for _, l := range book.Lines() {
		t.Rows = append(t.Rows, []templ.Component{code(l.Shown()), ui.Words(brandOf(l.Brand) + p.T("：", ": ") + p.T(l.Ja, l.En))})
	}
	return t
}

// stateOf is a charge's state as a badge.
func stateOf(p ui.Page, c book.Charge) templ.Component {
	switch {
	case c.Disputed > 0:
		return ui.BadgeOf(ui.Bad, p.T("チャージバック", "charged back"))
	case c.State == book.Captured && c.Refunded == c.Captured:
		return ui.BadgeOf(ui.Plain, p.T("全額返金", "refunded"))
	case c.State == book.Captured && c.Refunded > 0:
		return ui.BadgeOf(ui.Good, p.T("一部返金", "partly refunded"))
	case c.State == book.Captured:
		return ui.BadgeOf(ui.Good, p.T("売上確定", "captured"))
	case c.State == book.Authorised:
		return ui.BadgeOf(ui.Info, p.T("与信済み", "authorised"))
	case c.State == book.Declined:
		return ui.BadgeOf(ui.Bad, p.T("拒否", "declined"))
	case c.State == book.Voided:
		return ui.BadgeOf(ui.Plain, p.T("取消", "voided"))
	case c.Slip.Number != "":
		return ui.BadgeOf(ui.Warn, p.T("入金待ち", "slip unpaid"))
	}
	return ui.BadgeOf(ui.Warn, p.T("手続き中", "open"))
}

func meansOf(p ui.Page, c book.Charge) string {
	if c.Means == book.Convenience {
		if c.Slip.Store != "" {
			return storeName(p.Lang, c.Slip.Store)
		}
		return p.T("コンビニ", "Convenience store")
	}
	if c.Card.Last4 != "" {
		return brandOf(c.Card.Brand) + " •••• " + c.Card.Last4
	}
	return p.T("カード", "Card")
}

func noticeState(p ui.Page, n book.Notice) templ.Component {
	switch n.State {
	case book.Delivered:
		return ui.BadgeOf(ui.Good, p.T("送信済み", "sent"))
	case book.Withheld:
		return ui.BadgeOf(ui.Warn, p.T("保留", "withheld"))
	case book.GivenUp:
		return ui.BadgeOf(ui.Bad, p.T("断念", "given up"))
	}
	return ui.BadgeOf(ui.Info, p.T("送信待ち", "waiting"))
}

// answered is what the merchant said last.
func answered(p ui.Page, n book.Notice) string {
	if len(n.Answers) == 0 {
		return p.T("まだありません", "none yet")
	}
	a := n.Answers[len(n.Answers)-1]
	if a.Status == 0 {
		return p.T("届きませんでした", "could not be reached")
	}
	return strconv.Itoa(a.Status)
}

func short(ref string) string {
	if len(ref) > 14 {
		return ref[:14] + "…"
	}
	return ref
}
