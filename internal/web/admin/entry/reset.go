package entry

import (
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/web/frame"
)

func (e *Entry) showReset(r *frame.Request) (frame.Response, error) {
	return frame.Page(resetPage(e.Quiet(r, r.Lang().Pick("パスワードの再設定", "Reset your password")), form{})), nil
}

// reset sends a link to whom the e-mail belongs to. Its answer is the same for everyone.
func (e *Entry) reset(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	title := r.Lang().Pick("パスワードの再設定", "Reset your password")
	if f.Get("email") == "" {
		err := fault.Invalid("email", fault.Text{Ja: "メールアドレスを入力してください。", En: "Please enter your e-mail address."})
		return again(err, resetPage(e.Quiet(r, title), kept(r, f, err, "email")))
	}
	token, who, err := e.Vault.StartReset(r.Context(), id.Platform, f.Get("email"), r.ClientIP().String())
	if err != nil {
		return again(err, resetPage(e.Quiet(r, title), kept(r, f, err, "email")))
	}
	if !who.IsZero() {
		e.Letters.Reset(r.Context(), who, e.origin(r)+"/reset/"+token.Reveal(), r.ID())
	}
	return frame.Page(resetSentPage(e.Quiet(r, title))), nil
}

func (e *Entry) showNewPassword(r *frame.Request) (frame.Response, error) {
	return frame.Page(newPasswordPage(e.Quiet(r, r.Lang().Pick("新しいパスワード", "A new password")), form{})), nil
}

func (e *Entry) newPassword(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if err := e.Vault.FinishReset(r.Context(), secret.ParseToken(r.Path("token")), f.Secret("password")); err != nil {
		return again(err, newPasswordPage(e.Quiet(r, r.Lang().Pick("新しいパスワード", "A new password")), kept(r, f, err)))
	}
	r.SetFlash("password-changed")
	return frame.Redirect("/login"), nil
}
