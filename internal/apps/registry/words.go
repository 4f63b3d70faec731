package registry

import (
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Words say plainly what a scope lets an app do, for the owner who is asked.
func Words(s actor.Scope) fault.Text {
	switch s {
	case actor.ReadProducts:
		return fault.Text{Ja: "商品・在庫・カテゴリーを見る", En: "See your products, stock and categories"}
	case actor.WriteProducts:
		return fault.Text{Ja: "商品・在庫・カテゴリーを変更する", En: "Change your products, stock and categories"}
	case actor.ReadSales:
		return fault.Text{Ja: "注文と、購入者の氏名・住所・電話番号・メールアドレスなどすべてを見る",
			En: "See your orders, with everything about the purchasers: names, addresses, phone numbers, e-mail addresses"}
	case actor.WriteSales:
		return fault.Text{Ja: "注文と購入者の情報を見て、変更する(入金・発送・取消を含む)",
			En: "See and change your orders and purchasers: mark them paid or sent, cancel them"}
	case actor.ReadCoupons:
		return fault.Text{Ja: "クーポンを見る", En: "See your coupons"}
	case actor.WriteCoupons:
		return fault.Text{Ja: "クーポンを作り、変更する", En: "Make and change coupons"}
	case actor.ReadScriptTags:
		return fault.Text{Ja: "このアプリがショップのページに置いたスクリプトを見る", En: "See the scripts that this app placed on your shop's pages"}
	case actor.WriteScriptTags:
		return fault.Text{Ja: "ショップのページにスクリプトを置く(ログイン・お支払い・マイページには置けません)",
			En: "Place scripts on your shop's pages (never on log-in, payment and account pages)"}
	case actor.ReadTemplates:
		return fault.Text{Ja: "デザインを見る", En: "See your design"}
	case actor.WriteTemplates:
		return fault.Text{Ja: "デザインを変更する", En: "Change your design"}
	case actor.ReadAnalytics:
		return fault.Text{Ja: "集計を見る(個人情報は含まれません)", En: "See figures, without personal data"}
	case actor.ChargeApplication:
		return fault.Text{Ja: "アプリの料金を請求する", En: "Charge you for the app"}
	case actor.ReadOrders:
		return fault.Text{Ja: "注文を見る(購入者が誰かは見えません)", En: "See your orders, without who the purchasers are"}
	case actor.WriteOrders:
		return fault.Text{Ja: "注文を変更する(購入者が誰かは見えません)", En: "Change your orders, without seeing who the purchasers are"}
	}
	for _, c := range vault.ScopeClasses([]actor.Scope{s}).Classes() {
		return fault.Text{Ja: "購入者の" + c.Label().Ja + "を見る", En: "See the purchasers' " + c.Label().En}
	}
	return fault.Text{Ja: string(s), En: string(s)}
}

// Personal says whether a scope shows anything about a person.
func Personal(s actor.Scope) bool { return vault.ScopeClasses([]actor.Scope{s}) != 0 }
