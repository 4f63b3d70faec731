package vault

import (
	"fmt"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// The faults that callers branch on.
var (
	// ErrUnavailable: the vault, or its ledger, is away. Nothing personal is read.
	ErrUnavailable = fault.Unavailable(fault.Text{Ja: "個人情報の保管庫に接続できません。少し待ってから、もう一度お試しください。",
		En: "The store of personal data cannot be reached. Please wait a moment and try again."})
	// ErrBudget: a budget stopped the read. Nothing was shown.
	ErrBudget = fault.TooMany(fault.Text{Ja: "短い時間に多くの方の情報を開こうとしたため、停止しました。少し待つか、書き出しの承認を受けてください。",
		En: "Too many persons' data were asked for in a short time, so this was stopped. Wait a little, or have an export approved."})
	// ErrDenied: the credential does not reach so far.
	ErrDenied = fault.Denied(fault.Text{Ja: "この情報を見る権限がありません。", En: "You may not see this data."})
	// ErrUnauthenticated: the credential is unknown or has ended.
	ErrUnauthenticated = fault.Unauthenticated(fault.Text{Ja: "ログインし直してください。", En: "Please log in again."})
	// ErrLogIn: unknown log-in id and wrong password are the same.
	ErrLogIn = fault.Unauthenticated(fault.Text{Ja: "ログインIDまたはパスワードが違います。", En: "The log-in id or the password is wrong."})
	// ErrThrottled: too many wrong tries from this network.
	ErrThrottled = fault.TooMany(fault.Text{Ja: "ログインの失敗が続きました。しばらく待ってから、もう一度お試しください。",
		En: "There were too many failed log-ins. Please wait a while and try again."})
	// ErrCode: a wrong or used one-time code.
	ErrCode = fault.Invalid("code", fault.Text{Ja: "確認コードが違うか、すでに使われています。", En: "The code is wrong or has been used already."})
	// ErrLink: a reset link that is unknown, used or too old.
	ErrLink = fault.Invalid("", fault.Text{Ja: "このリンクは使えません。もう一度、お手続きを始めてください。",
		En: "This link does not work any more. Please start again."})
	// ErrLoginTaken: another account of the realm has this log-in id.
	ErrLoginTaken = fault.Conflict(fault.Text{Ja: "このログインIDは使えません。", En: "This log-in id cannot be used."})
	// ErrStepUp: the act needs the password or a code again.
	ErrStepUp = fault.Denied(fault.Text{Ja: "続けるには、もう一度パスワードか確認コードを入力してください。",
		En: "To go on, enter your password or a code once more."})
	// ErrGone: a record's key is not there: it was erased, or was never stored.
	ErrGone = fault.NotFound(fault.Text{Ja: "この情報は消去されています。", En: "This data has been erased."})
)

// failure reads an answer that did not go well.
func failure(s wire.Status, body []byte) error {
	var f wire.Failure
	if err := wire.Unmarshal(body, &f); err != nil {
		return ErrUnavailable.Because(fmt.Errorf("read vault's failure: %w", err))
	}
	cause := fmt.Errorf("vault says %d %q", s, f.Code)
	switch f.Code {
	case "login":
		return ErrLogIn
	case "throttled":
		return ErrThrottled
	case "code":
		return ErrCode
	case "link":
		return ErrLink
	case "login taken":
		return ErrLoginTaken
	case "step up":
		return ErrStepUp
	case "gone":
		return ErrGone
	}
	switch f.Code {
	case "invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "unsupported_grant_type", "redirect":
		return OAuthError(f.Code)
	}
	if t, ok := invalidTexts(f.Code); ok {
		return fault.Invalid(f.Field, t)
	}
	switch s {
	case wire.Denied:
		return ErrDenied.Because(cause)
	case wire.Unauthenticated:
		return ErrUnauthenticated.Because(cause)
	case wire.TooMany:
		return ErrBudget.Because(cause)
	case wire.Unavailable:
		return ErrUnavailable.Because(cause)
	case wire.NotFound:
		return fault.NotFound(fault.Text{Ja: "見つかりません。", En: "Not found."}).Because(cause)
	case wire.Conflict:
		return fault.Conflict(fault.Text{Ja: "状態が変わったため、実行できません。画面を読み込み直してください。",
			En: "This has changed in the meantime. Please reload the page."}).Because(cause)
	}
	return cause
}

func invalidTexts(code string) (fault.Text, bool) {
	switch code {
	case "password short":
		return fault.Text{Ja: "パスワードは10文字以上にしてください。", En: "The password needs at least 10 characters."}, true
	case "password long":
		return fault.Text{Ja: "パスワードが長すぎます(1,024バイトまで)。", En: "The password is too long (up to 1,024 bytes)."}, true
	case "password common":
		return fault.Text{Ja: "よく使われるパスワードです。別のものにしてください。", En: "This password is a common one. Please choose another."}, true
	case "password login":
		return fault.Text{Ja: "ログインIDを含まないパスワードにしてください。", En: "The password must not contain the log-in id."}, true
	case "login empty":
		return fault.Text{Ja: "ログインIDを入力してください。", En: "Please enter a log-in id."}, true
	case "passkey":
		return fault.Text{Ja: "パスキーを確認できませんでした。もう一度お試しください。", En: "The passkey could not be verified. Please try again."}, true
	case "last owner":
		return fault.Text{Ja: "最後のオーナーは外せません。", En: "The last owner cannot be removed."}, true
	}
	return fault.Text{}, false
}
