package vault

import (
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
)

// A Purpose is why personal data is read: a stable code that stands in the ledger for ever.
type Purpose string

// The purposes.
const (
	ViewOrder     Purpose = "order-view"
	ListOrders    Purpose = "order-list"
	FindOrder     Purpose = "order-find"
	ShipOrder     Purpose = "order-ship"
	MatchPayment  Purpose = "payment-match" // whose bank transfer is it?
	OrderMail     Purpose = "order-mail"
	IndexOrder    Purpose = "order-index"
	AnswerInquiry Purpose = "inquiry-answer"
	ViewCustomer  Purpose = "customer-view"
	ExportData    Purpose = "export"
	OwnData       Purpose = "own-data"
	AccessReview  Purpose = "access-review"
	SignInMail    Purpose = "signin-mail"
	ShopMail      Purpose = "shop-mail" // letters of the service to owners and staff
	ManageStaff   Purpose = "staff-manage"
	LegalPage     Purpose = "legal-page" // the disclosure that the law has a shop show to everyone
	Respond       Purpose = "incident-respond"
	Operate       Purpose = "operate"
	AppOrders     Purpose = "app-orders"    // the API gives orders to an app
	AppCustomers  Purpose = "app-customers" // and customers
	// What a credential (see Credential) is for, and showing one to a person.
	UsePayment       Purpose = "use-payment" // a payment provider's API key
	UseNotice        Purpose = "use-notice"  // what notices to us are checked with
	UseHook          Purpose = "use-hook"    // what our messages to apps are signed with
	UseMail          Purpose = "use-mail"    // a mail server's password
	RevealCredential Purpose = "credential-reveal"
)

// A Rule says who may read for a purpose. The vault checks it; the caller's word does not count.
type Rule struct {
	Text   fault.Text
	Right  actor.Right // a staff member's role in the shop must have it; "" where staff may not
	Self   bool        // a person may read their own record, and a guest what their link shows
	Job    bool        // Noren itself may, with a token for this purpose
	Ops    bool        // operator staff may, in the platform's realm
	App    bool        // an app may, whose scopes stand for Right and for the classes
	LookUp bool        // blind indexes of typed texts are given, so that people can be looked up
	Index  bool        // nothing is given but blind indexes of sealed fields: no text, no match
	Secret bool        // credentials, and nothing of a person's
	// Classes are all that the purpose needs; 0 is no bound. More is denied.
	Classes Mask
}

// Purposes is the table.
func Purposes() map[Purpose]Rule {
	reach := Mask(0).With(Name, Email)
	letter := reach.With(Furigana, Company, Address, Phone, Delivery, Purchase, Message, CardDisplay)
	return map[Purpose]Rule{
		ViewOrder:  {Text: fault.Text{Ja: "注文の確認", En: "view an order"}, Right: actor.ViewPersons, Self: true},
		ListOrders: {Text: fault.Text{Ja: "注文一覧", En: "list orders"}, Right: actor.ViewPersons},
		FindOrder:  {Text: fault.Text{Ja: "注文の検索", En: "search orders"}, Right: actor.ViewPersons, LookUp: true},
		ShipOrder:  {Text: fault.Text{Ja: "発送", En: "ship an order"}, Right: actor.ShipOrders},
		MatchPayment: {Text: fault.Text{Ja: "入金の照合", En: "match a payment"}, Right: actor.EditOrders,
			Classes: Mask(0).With(Name, Furigana)},
		OrderMail: {Text: fault.Text{Ja: "注文メールの送信", En: "send an order mail"}, Job: true, Classes: letter},
		IndexOrder: {Text: fault.Text{Ja: "検索用の索引づくり", En: "index orders for search"}, Job: true, Index: true,
			Classes: Mask(0).With(Name, Furigana, Phone, Email)},
		AnswerInquiry: {Text: fault.Text{Ja: "お問い合わせ対応", En: "answer an inquiry"}, Right: actor.ViewPersons},
		ViewCustomer:  {Text: fault.Text{Ja: "顧客情報の確認", En: "view a customer"}, Right: actor.ViewPersons},
		ExportData:    {Text: fault.Text{Ja: "データの書き出し", En: "export data"}, Right: actor.ViewPersons},
		OwnData:       {Text: fault.Text{Ja: "本人による確認", En: "one's own data"}, Self: true},
		AccessReview:  {Text: fault.Text{Ja: "閲覧履歴の確認", En: "review who read"}, Right: actor.ViewAccess, Self: true},
		SignInMail:    {Text: fault.Text{Ja: "ログイン関連メール", En: "send a sign-in mail"}, Job: true, Classes: reach},
		ShopMail:      {Text: fault.Text{Ja: "サービスからのお知らせ", En: "send a service mail"}, Job: true, Classes: reach},
		ManageStaff:   {Text: fault.Text{Ja: "スタッフの管理", En: "manage staff"}, Right: actor.EditStaff},
		LegalPage: {Text: fault.Text{Ja: "法定表示", En: "legal page"}, Right: actor.EditSettings, Job: true,
			Classes: Mask(0).With(CommercialDisclosure)},
		Respond:      {Text: fault.Text{Ja: "事故対応", En: "respond to an incident"}, Ops: true},
		AppOrders:    {Text: fault.Text{Ja: "アプリへの注文の提供", En: "give orders to an app"}, Right: actor.ViewPersons, App: true},
		AppCustomers: {Text: fault.Text{Ja: "アプリへの顧客情報の提供", En: "give customers to an app"}, Right: actor.ViewPersons, App: true},
		Operate:      {Text: fault.Text{Ja: "サービス運営", En: "operate the service"}, Ops: true},

		UsePayment:       {Text: fault.Text{Ja: "決済会社への接続", En: "connect to the payment provider"}, Job: true, Secret: true},
		UseNotice:        {Text: fault.Text{Ja: "通知の署名の確認", En: "check a notice's signature"}, Job: true, Secret: true},
		UseHook:          {Text: fault.Text{Ja: "アプリへの通知の署名", En: "sign a message to an app"}, Job: true, Secret: true},
		UseMail:          {Text: fault.Text{Ja: "メールサーバーへの接続", En: "connect to the mail server"}, Job: true, Secret: true},
		RevealCredential: {Text: fault.Text{Ja: "接続情報の表示", En: "show a credential"}, Right: actor.EditSettings, Ops: true, Secret: true},
	}
}

// Label names the purpose to people.
func (p Purpose) Label() fault.Text { return Purposes()[p].Text }
