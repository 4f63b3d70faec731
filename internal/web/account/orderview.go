package account

import (
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/own"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/ui"
)

// stages are how far an order is, and the place of its status among them.
func stages(l i18n.Lang, v own.View) ([]string, int) {
	o := v.Order
	names := []string{l.Pick("受付", "Placed"), l.Pick("入金確認", "Paid"), l.Pick("発送", "Dispatched"), l.Pick("お届け", "Delivered")}
	at := map[order.Status]int{order.Placed: 0, order.Paid: 1, order.Shipped: 2, order.Delivered: 3}[o.Status]
	if !payment.Method(o.Payment).BeforeDispatch() {
		names = append(names[:1], names[2:]...)
		at = map[order.Status]int{order.Shipped: 1, order.Delivered: 2}[o.Status]
	}
	return names, at
}

// news says how the order stands, in a sentence.
func news(l i18n.Lang, v own.View) ui.Note {
	o := v.Order
	switch {
	case o.Status == order.Cancelled && v.Payment.State == payment.RefundDue:
		return ui.Note{Tone: ui.Warn, Text: l.Pick("このご注文はキャンセルされました。お支払い済みの代金は返金いたします。",
			"This order has been cancelled. What you have paid will be returned.")}
	case o.Status == order.Cancelled:
		return ui.Note{Tone: ui.Warn, Text: l.Pick("このご注文はキャンセルされました。", "This order has been cancelled.")}
	case o.Status == order.Delivered:
		return ui.Note{Tone: ui.Good, Text: l.Pick("お届けが完了しました。ありがとうございました。", "Your order has been delivered. Thank you.")}
	case o.Status == order.Shipped:
		return ui.Note{Tone: ui.Good, Text: l.Pick("発送しました。到着まで少しお待ちください。", "Your order is on its way.")}
	case unpaid(v):
		return ui.Note{Tone: ui.Warn, Text: l.Pick("お支払いがまだ済んでいません。下のボタンからお支払いいただくか、お支払い方法をお選びください。",
			"It has not been paid yet. Please pay by the button below, or choose another way.")}
	case waiting(v):
		return ui.Note{Tone: ui.Info, Text: l.Pick("お振り込みをお待ちしています。確認でき次第、発送の準備に入ります。",
			"We are waiting for your transfer. As soon as it is here, we prepare your order.")}
	}
	return ui.Note{Tone: ui.Info, Text: l.Pick("ご注文を承りました。発送の準備をしています。", "We have your order and are preparing it.")}
}

// unpaid says that the order can be paid through a provider now.
func unpaid(v own.View) bool {
	return v.Payment.Method.Rails() && v.Payment.State.Open() && v.Order.Status != order.Cancelled
}

// waiting says that a transfer is to be made.
func waiting(v own.View) bool {
	return v.Payment.Method == payment.BankTransfer && v.Payment.State == payment.Pending
}

// sending is how the order travels, as agreed.
func sending(l i18n.Lang, o order.Order) []string {
	d := o.Delivery
	out := []string{l.Pick(d.Name.Ja, d.Name.En)}
	if d.WishDay != "" {
		out = append(out, l.Pick("お届け希望日: ", "Wished day: ")+d.WishDay)
	}
	if s, ok := shipping.FindSlot(shipping.Carrier(d.Carrier), d.WishSlot, i18n.Time(o.Placed)); ok {
		out = append(out, l.Pick("お届け時間帯: "+s.Name.Ja, "Wished time: "+s.Name.En))
	}
	return out
}

// tracking is where a parcel can be followed; empty where it cannot.
func tracking(p order.Shipment) string {
	return shipping.TrackingURL(shipping.Carrier(p.Carrier), p.Slip)
}

func carrier(l i18n.Lang, p order.Shipment) string { return shipping.Carrier(p.Carrier).Label(l) }

// readersText is what a list of readers says of itself.
type readersText struct{ lede, back, path, older string }

// whoRead names the reader of an entry in plain words.
func whoRead(e vault.Access) fault.Text {
	switch e.ByKind {
	case "visitor", "member":
		return fault.Text{Ja: "あなた", En: "You"}
	case "staff":
		return fault.Text{Ja: "ショップのスタッフ", En: "The shop's staff"}
	case "operator":
		return fault.Text{Ja: "Noren の運営スタッフ", En: "Noren's operators"}
	case "job":
		return fault.Text{Ja: "Noren の自動処理", En: "Noren, automatically"}
	case "app":
		return fault.Text{Ja: "ショップが使っているアプリ", En: "An app that the shop uses"}
	}
	return fault.Text{Ja: "Noren の個人情報保管庫", En: "Noren's store of personal data"}
}

// whatWasDone says in plain words what an entry is.
func whatWasDone(e vault.Access) fault.Text {
	switch e.Kind {
	case "read":
		return fault.Text{Ja: "見ました", En: "looked"}
	case "search":
		return fault.Text{Ja: "検索で見つけました", En: "found by a search"}
	case "export":
		return fault.Text{Ja: "書き出しました", En: "exported"}
	case "erase":
		return fault.Text{Ja: "消去しました", En: "erased"}
	case "refused", "denied":
		return fault.Text{Ja: "見ようとしましたが、止められました", En: "tried to look and was stopped"}
	}
	return fault.Text{Ja: "扱いました（" + e.Kind + "）", En: "handled (" + e.Kind + ")"}
}

// reason is why, in the purpose's words.
func reason(p ui.Page, e vault.Access) string {
	t := e.Purpose.Label()
	if t.Ja == "" {
		return string(e.Purpose)
	}
	return p.Say(t)
}

// classes names what was read.
func classes(p ui.Page, e vault.Access) string {
	out := ""
	for _, c := range e.Classes {
		if out != "" {
			out += p.T("、", ", ")
		}
		out += p.Say(c.Label())
	}
	return out
}

func names(l i18n.Lang, v own.View) []string { n, _ := stages(l, v); return n }

func reached(l i18n.Lang, v own.View) int { _, at := stages(l, v); return at }

// nextSteps says what happens after the purchase.
func nextSteps(l i18n.Lang, v own.View) []string {
	var out []string
	if waiting(v) {
		due := l.Date(v.Payment.Due)
		out = append(out, l.Pick(due+"までに、上の口座へお振り込みください。", "Transfer the amount by "+due+"."),
			l.Pick("ご入金を確認したら、メールでお知らせします。", "When it has come, we write to you."))
	}
	out = append(out, v.Shop.Delivery,
		l.Pick("発送したら、送り状番号をメールでお知らせします。", "When the parcel leaves, you get its slip number by e-mail."))
	if v.Payment.Method == payment.COD {
		sum := l.Yen(v.Payment.Amount)
		out = append(out, l.Pick("お受け取りのときに、"+sum+"を配達員にお支払いください。", "Pay "+sum+" to the carrier when it arrives."))
	}
	return out
}
