package paying

import (
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Hint says in a sentence how a way to pay works.
func Hint(p ui.Page, s payment.Setting) string {
	n := strconv.FormatInt(s.DeadlineDays, 10)
	switch s.Method {
	case payment.COD:
		return p.T("商品のお受け取り時に、配達員へお支払いください。", "Pay the carrier when the parcel arrives.")
	case payment.BankTransfer:
		return p.T("ご注文から"+n+"日以内にお振り込みください。振込手数料はお客様のご負担です。",
			"Transfer within "+n+" days of ordering. Your bank may charge a fee.")
	case payment.Convenience:
		return p.T("ご注文後に番号を発行します。"+n+"日以内に、お近くのコンビニのレジまたは端末でお支払いください。",
			"You get a number after ordering. Pay within "+n+" days at a convenience store near you.")
	case payment.Card:
		if s.Capture == payment.AtDispatch {
			return p.T("決済会社の安全な画面で入力します（本人認証あり）。カード番号は当店に残りません。代金は発送時に確定します。",
				"You type it on the payment company's own page, with a check of who you are. The shop never has the number. The money is taken at dispatch.")
		}
		return p.T("決済会社の安全な画面で入力します（本人認証あり）。カード番号は当店に残りません。",
			"You type it on the payment company's own page, with a check of who you are. The shop never has the number.")
	}
	return ""
}

// CardText is what may be shown of a card, as people know it: "visa 4242 2027-04" is Visa •••• 4242 (2027/04).
func CardText(p ui.Page, stored string) string {
	parts := strings.Fields(stored)
	if len(parts) < 2 {
		return p.T("カード", "Card")
	}
	brand := map[string]string{"visa": "Visa", "mastercard": "Mastercard", "jcb": "JCB", "amex": "American Express", "diners": "Diners Club"}[strings.ToLower(parts[0])]
	if brand == "" {
		brand = parts[0]
	}
	out := brand + " •••• " + parts[1]
	if len(parts) > 2 {
		out += p.T("（有効期限 ", " (expires ") + strings.ReplaceAll(parts[2], "-", "/") + p.T("）", ")")
	}
	return out
}
