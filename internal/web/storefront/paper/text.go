package paper

import (
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/web/storefront/front"
)

func postcode(s string) string {
	if len(s) == 7 {
		return s[:3] + "-" + s[3:]
	}
	return s
}

// feeRange is what a way costs, from the least to the most.
func feeRange(t terms, m shipping.Method) string {
	low, high := int64(-1), int64(0)
	for _, f := range m.Fees {
		if f.Reached {
			if low < 0 || f.Yen < low {
				low = f.Yen
			}
			high = max(high, f.Yen)
		}
	}
	s := between(t, max(low, 0), high)
	if m.FreeOver > 0 {
		s += t.T("（商品の合計が"+t.Lang.Yen(m.FreeOver)+"以上で無料）", " (free for goods from "+t.Lang.Yen(m.FreeOver)+")")
	}
	return s
}

func codRange(t terms, s payment.Setting) string {
	if len(s.Brackets) == 0 {
		return ""
	}
	return between(t, s.Brackets[0].Fee, s.Brackets[len(s.Brackets)-1].Fee)
}

func between(t terms, low, high int64) string {
	if low == high {
		return t.Lang.Yen(low)
	}
	return t.Lang.Yen(low) + t.T("〜", "–") + t.Lang.Yen(high)
}

// clause is one of the privacy policy's.
type clause struct{ title, text string }

// policy says what is true of every shop here.
func policy(v *front.View) []clause {
	shop := v.Site
	return []clause{
		{v.T("お預かりする情報", "What we collect"),
			v.T("ご注文の際に、お名前、ご住所、電話番号、メールアドレスなど、商品のお届けとお支払いに必要な情報をお預かりします。商品を見るだけの方から、お名前などを伺うことはありません。",
				"When you order, we ask for what delivery and payment need: your name, address, telephone number and e-mail address. If you only look around, we do not ask who you are.")},
		{v.T("利用の目的", "What it is for"),
			v.T(shop+"は、お預かりした情報を、商品の発送、ご注文に関するご連絡、お問い合わせへの対応、法令に基づく記録の保存のために利用します。",
				shop+" uses it to send your order, to write to you about it, to answer your questions, and to keep the records that the law asks for.")},
		{v.T("第三者への提供", "Who else sees it"),
			v.T("お届けに必要な範囲で配送業者に、また法令に基づく場合に限り、情報を提供します。",
				"The carrier sees what is needed to deliver. Beyond that we pass it on only where the law requires it.")},
		{v.T("安全のための取り組み", "How it is protected"),
			v.T("個人情報は、ショップの仕組みを提供する Noren が暗号化して保管し、読み出すための鍵はウェブサーバーとは別の仕組みが守ります。スタッフが情報を見るたびに、その記録が残ります。",
				"Noren, which runs this shop's software, keeps personal data encrypted, and the keys apart from the web server. Whenever staff look at it, that is recorded.")},
		{v.T("クッキー", "Cookies"),
			v.T("カートの中身と表示言語を覚えておくためにのみ使います。広告や行動の追跡には使いません。",
				"We use them only to remember your cart and your language, never for advertising or tracking.")},
		{v.T("開示・訂正・削除のご請求", "Your rights"),
			v.T("ご自身の情報の開示、訂正、利用停止、削除をご希望のときは、特定商取引法に基づく表記に記載の連絡先までご連絡ください。",
				"To see, correct or erase your data, or to have us stop using it, write to the contact in our legal notice.")},
	}
}
