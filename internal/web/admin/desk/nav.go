package desk

import (
	"net/url"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// room is one place in the shop's menu; the first four stand within a thumb's reach on a phone.
type room struct {
	path string
	text fault.Text
	icon ui.Icon
	need actor.Right
}

func rooms() []room {
	return []room{
		{"", fault.Text{Ja: "ホーム", En: "Home"}, ui.IconHome, actor.ViewOrders},
		{"/orders", fault.Text{Ja: "注文", En: "Orders"}, ui.IconOrder, actor.ViewOrders},
		{"/products", fault.Text{Ja: "商品", En: "Products"}, ui.IconBox, actor.ViewCatalog},
		{"/stock", fault.Text{Ja: "在庫", En: "Stock"}, ui.IconStock, actor.ViewCatalog},
		{"/payments", fault.Text{Ja: "入金・決済", En: "Payments"}, ui.IconYen, actor.ViewOrders},
		{"/access", fault.Text{Ja: "閲覧の記録", En: "Who has read"}, ui.IconEye, actor.ViewAccess},
		{"/apps", fault.Text{Ja: "アプリ", En: "Apps"}, ui.IconKey, actor.ManageApps},
		{"/settings", fault.Text{Ja: "設定", En: "Settings"}, ui.IconGear, actor.EditSettings},
		{"/billing", fault.Text{Ja: "プランと請求", En: "Plan & bill"}, ui.IconYen, actor.PayBills},
		{"/staff", fault.Text{Ja: "スタッフ", En: "Staff"}, ui.IconPeople, actor.EditStaff},
	}
}

func (d *Desk) nav(r *frame.Request) []ui.Link {
	var out []ui.Link
	home := d.URL(r, "")
	for _, m := range rooms() {
		if !r.Actor().May(m.need) {
			continue
		}
		at := home + m.path
		current := r.URLPath() == at || m.path != "" && strings.HasPrefix(r.URLPath(), at+"/")
		out = append(out, ui.Link{Href: at, Text: r.Lang().Pick(m.text.Ja, m.text.En), Icon: m.icon, Current: current})
	}
	return append(out, d.me(r))
}

func queryEscape(s string) string { return url.QueryEscape(s) }

// said turns a flash's code into its words.
func said(r *frame.Request, code string) ui.Note {
	for _, n := range notes() {
		if n.code == code {
			return ui.Note{Tone: n.tone, Text: r.Lang().Pick(n.text.Ja, n.text.En)}
		}
	}
	return ui.Note{}
}

type flash struct {
	code string
	tone ui.Tone
	text fault.Text
}

// notes are what the admin says after something was done.
func notes() []flash {
	return []flash{
		{"saved", ui.Good, fault.Text{Ja: "保存しました。", En: "Saved."}},
		{"removed", ui.Good, fault.Text{Ja: "削除しました。", En: "Removed."}},
		{"opened", ui.Good, fault.Text{Ja: "開店しました。おめでとうございます。", En: "Your shop is open. Congratulations!"}},
		{"paused", ui.Info, fault.Text{Ja: "一時休業にしました。商品は見られますが、注文は受け付けません。",
			En: "The shop is paused: it can be browsed, but takes no orders."}},
		{"closed", ui.Info, fault.Text{Ja: "閉店しました。", En: "The shop is closed."}},
		{"welcome", ui.Good, fault.Text{Ja: "アカウントを作りました。次はショップを作りましょう。", En: "Your account is ready. Now let us make your shop."}},
		{"shop-made", ui.Good, fault.Text{Ja: "ショップができました。開店までの手順を進めましょう。", En: "Your shop is made. Follow the steps below to open it."}},
		{"password-changed", ui.Good, fault.Text{Ja: "パスワードを変更しました。ほかの端末はログアウトされました。",
			En: "Your password is changed. Other devices have been logged out."}},
		{"logged-out", ui.Info, fault.Text{Ja: "ログアウトしました。", En: "You are logged out."}},
		{"paid", ui.Good, fault.Text{Ja: "入金済みにしました。", En: "Marked as paid."}},
		{"shipped", ui.Good, fault.Text{Ja: "発送済みにしました。お客様にメールが送られます。", En: "Marked as shipped. The customer gets a mail."}},
		{"cancelled", ui.Info, fault.Text{Ja: "注文をキャンセルし、在庫を戻しました。", En: "The order is cancelled and its stock returned."}},
		{"delivered", ui.Good, fault.Text{Ja: "お届け済みにしました。", En: "Marked as delivered."}},
		{"refunded", ui.Good, fault.Text{Ja: "返金済みにしました。", En: "Marked as refunded."}},
		{"deposits-confirmed", ui.Good, fault.Text{Ja: "入金を確認しました。お客様にメールが送られます。", En: "Confirmed. The customers get a mail."}},
		{"deposit-aside", ui.Info, fault.Text{Ja: "注文の入金ではないものとして外しました。", En: "Set aside."}},
		{"deposit-undone", ui.Info, fault.Text{Ja: "取り消しました。", En: "Undone."}},
		{"money-back", ui.Good, fault.Text{Ja: "返金を受け付けました。お客様にメールが送られます。", En: "The refund is on its way. The customer gets a mail."}},
		{"link-sent", ui.Good, fault.Text{Ja: "お支払いリンクをメールで送ります。", En: "The link to pay is on its way by mail."}},
		{"looked", ui.Info, fault.Text{Ja: "決済会社に問い合わせました。最新の状態です。", En: "The provider was asked. This is how it stands now."}},
		{"noted", ui.Good, fault.Text{Ja: "メモを追加しました。", En: "Your note is added."}},
		{"passkey-added", ui.Good, fault.Text{Ja: "パスキーを追加しました。", En: "The passkey is added."}},
		{"passkey-removed", ui.Good, fault.Text{Ja: "パスキーを削除しました。", En: "The passkey is removed."}},
		{"sessions-ended", ui.Good, fault.Text{Ja: "ログアウトさせました。", En: "That log-in has ended."}},
		{"confirmed", ui.Good, fault.Text{Ja: "本人確認ができました。続けてください。", En: "Thank you. Please go on."}},
		{"invited", ui.Good, fault.Text{Ja: "招待メールを送ります。", En: "The invitation is on its way."}},
		{"withdrawn", ui.Info, fault.Text{Ja: "招待を取り消しました。", En: "The invitation is withdrawn."}},
		{"role-given", ui.Good, fault.Text{Ja: "役割を変更しました。", En: "The role is changed."}},
		{"staff-removed", ui.Info, fault.Text{Ja: "スタッフを外しました。", En: "They no longer work here."}},
		{"plan-changed", ui.Good, fault.Text{Ja: "プランを変更しました。", En: "Your plan is changed."}},
		{"card-registered", ui.Good, fault.Text{Ja: "カードを登録しました。これからの料金はこのカードに請求します。", En: "Your card is registered and will be charged from now on."}},
		{"card-pending", ui.Info, fault.Text{Ja: "カードの登録を確認しています。数分後に、この画面を読み込み直してください。",
			En: "Your card is being checked. Please reload this page in a few minutes."}},
		{"by-transfer", ui.Good, fault.Text{Ja: "銀行振込に変更しました。登録されていたカードは削除しました。", En: "You now pay by bank transfer. Your card is no longer kept."}},
		{"bill-paid", ui.Good, fault.Text{Ja: "お支払いが完了しました。ありがとうございます。", En: "Paid. Thank you."}},
		{"app-removed", ui.Info, fault.Text{Ja: "アプリを外しました。もう何も読み書きできません。", En: "The app is removed. It can neither read nor write any more."}},
		{"app-submitted", ui.Good, fault.Text{Ja: "公開を申請しました。運営者が確認します。", En: "Thank you. The operator will look at your app."}},
		{"totp-on", ui.Good, fault.Text{Ja: "2段階認証を有効にしました。", En: "Two-step log-in is on."}},
		{"totp-off", ui.Info, fault.Text{Ja: "2段階認証を無効にしました。", En: "Two-step log-in is off."}},
	}
}
