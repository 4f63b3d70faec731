package signal

import "github.com/noren-shop/noren/internal/base/fault"

// paymentCodes are raised by flow/pay.
func paymentCodes() []Info {
	return []Info{
		{"payment.forged-notice", High, fault.Text{Ja: "偽造された決済通知", En: "A forged notice of payment"},
			fault.Text{Ja: "通知は使っていません。続くなら、通知の鍵を決済会社で作り直してください。",
				En: "It was not used. If it goes on, have the provider make a new key for notices."}},
		{"payment.three-ds-missing", High, fault.Text{Ja: "本人認証のないカード決済", En: "A card payment without 3-D Secure"},
			fault.Text{Ja: "返金しました。決済会社の設定で、3-Dセキュアが有効か確かめてください。",
				En: "It was given back. See at the provider whether 3-D Secure is on."}},
		{"payment.amount-mismatch", High, fault.Text{Ja: "請求額と違う決済", En: "A charge of another sum than was asked for"},
			fault.Text{Ja: "返金しました。注文と決済会社の記録を見比べてください。", En: "It was given back. Compare the order with the provider's record."}},
		{"payment.refund-owed", Medium, fault.Text{Ja: "決済会社から返せない返金", En: "Money to go back that no provider can give back"},
			fault.Text{Ja: "ショップから購入者へ、別の方法で返金が要ります。", En: "The shop must pay the purchaser back another way."}},
		{"payment.capture-refused", Medium, fault.Text{Ja: "売上の確定を断られた", En: "A capture was refused"},
			fault.Text{Ja: "出荷前なら止めて、購入者にお支払いをやり直してもらってください。",
				En: "If it is not dispatched, hold it and ask the purchaser to pay again."}},
		{"payment.authorisation-lapsed", Medium, fault.Text{Ja: "与信の期限が切れた", En: "An authorisation ended before the money was taken"},
			fault.Text{Ja: "購入者にお支払いをやり直してもらってください。", En: "Ask the purchaser to pay again."}},
		{"payment.books-differ", High, fault.Text{Ja: "入金と帳簿が合わない", En: "What was paid out differs from the books"},
			fault.Text{Ja: "照合の一覧で差額の注文を確かめ、決済会社に問い合わせてください。",
				En: "Look at the differing orders in the reconciliation, and ask the provider."}},
	}
}

// pageCodes are raised by what hears from the pages' watchers, and at what pages take in.
func pageCodes() []Info {
	return []Info{
		{"pan.entered", High, fault.Text{Ja: "カード番号を入れてはいけない場所への入力", En: "A card number where none may be"},
			fault.Text{Ja: "入力は受け付けず、番号も残していません。続くなら、その画面の案内と、送信元を確かめてください。",
				En: "It was refused and is kept nowhere. If it goes on, look at what that page asks for and who sends it."}},
		{"page.script-changed", Grave, fault.Text{Ja: "決済・ログイン画面のスクリプトが変わった", En: "A script on a checkout or log-in page changed"},
			fault.Text{Ja: "更新の直後でなければ改ざんを疑い、カードの新規登録を止めて、証拠のページで差分を確かめてください。",
				En: "Unless a release has just gone out, take it for tampering: close card sign-ups, and look at the difference on the evidence page."}},
		{"page.header-changed", High, fault.Text{Ja: "決済・ログイン画面の安全ヘッダーが変わった", En: "A security header of a checkout or log-in page changed"},
			fault.Text{Ja: "リバースプロキシの設定を確かめてください。", En: "Look at the reverse proxy's configuration."}},
		{"page.unreachable", Medium, fault.Text{Ja: "監視中の画面が表示できない", En: "A watched page does not come"},
			fault.Text{Ja: "外からその画面が開けるか確かめてください。", En: "See whether the page opens from outside."}},
		{"page.certificate-expiring", Medium, fault.Text{Ja: "証明書の期限が近い", En: "A certificate is about to end"},
			fault.Text{Ja: "証明書の自動更新が動いているか確かめてください。", En: "See why it is not renewed by itself."}},
		{"watcher.silent", High, fault.Text{Ja: "画面の監視が止まっている", En: "A watcher of pages is silent"},
			fault.Text{Ja: "監視プロセスを確かめ、動かし直してください。", En: "Look at the watcher's process and start it again."}},
	}
}
