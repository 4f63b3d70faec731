package entry

import (
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

func (e *Entry) showSignup(r *frame.Request) (frame.Response, error) {
	return frame.Page(signupPage(e.wizard(r, r.Lang().Pick("ショップを開く", "Open a shop"), 0), form{})), nil
}

func (e *Entry) wizard(r *frame.Request, title string, step int) ui.Quiet {
	q := e.Quiet(r, title)
	q.Step = step
	q.Steps = []string{q.T("アカウント", "Account"), q.T("ショップ", "Shop"), q.T("開店の準備", "Preparation")}
	return q
}

func (e *Entry) signup(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	title := r.Lang().Pick("ショップを開く", "Open a shop")
	s, err := e.Signup.Account(r.Context(), signup.Person{Name: f.Get("name"), Email: f.Get("email"), Password: f.Secret("password"),
		Lang: r.Lang(), Population: vault.ShopOwner, Network: r.ClientIP().String(), Agent: r.Header("User-Agent"), Request: r.ID()})
	if err != nil {
		shown := err
		if fs, ok := fault.Of(err); ok && fs[0].Is(vault.ErrLoginTaken) {
			// The address's owner can see that it is taken by logging in; here it is said at the field.
			shown = fault.Invalid("email", fault.Text{Ja: "このメールアドレスは使えません。すでに登録済みの場合は、ログインしてください。",
				En: "This e-mail address cannot be used. If you have an account already, please log in."})
		}
		return again(shown, signupPage(e.wizard(r, title, 0), kept(r, f, shown, "name", "email")))
	}
	e.LogIn(r, s)
	r.SetFlash("welcome")
	return frame.Redirect("/shops/new"), nil
}

func (e *Entry) showNewShop(r *frame.Request) (frame.Response, error) {
	return frame.Page(newShopPage(e.wizard(r, r.Lang().Pick("ショップを作る", "Make your shop"), 1), form{}, e.Domain)), nil
}

func (e *Entry) newShop(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	shop, err := e.Signup.Shop(r.Context(), r.Actor().Credential, r.ID(),
		signup.NewShop{Handle: f.Get("handle"), Name: f.Get("name"), Sells: f.Get("sells"), Theme: f.Get("theme")})
	if err != nil {
		return again(err, newShopPage(e.wizard(r, r.Lang().Pick("ショップを作る", "Make your shop"), 1),
			kept(r, f, err, "handle", "name", "sells", "theme"), e.Domain))
	}
	e.Forget(r.Actor().Credential) // the session has a shop now
	r.SetFlash("shop-made")
	return frame.Redirect("/" + id.String(shop.ID) + "/settings/legal"), nil
}
