package account_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

const memberPassword = "twenty-seven indigo cups"

// join registers a member with a browser.
func (s *stall) join(t *testing.T, b *servertest.Browser, email string) *servertest.Browser {
	t.Helper()
	a := b.Post(s.path("/register"), "name", "山田 花子", "email", email, "password", memberPassword)
	if a.Status != 303 || a.Location() != s.path("/me") {
		t.Fatalf("register: %d to %q %s", a.Status, a.Location(), text(a.Body))
	}
	return b
}

// bought is a member who has bought a cup, and the order's path.
func (s *stall) bought(t *testing.T, email string) (*servertest.Browser, string) {
	t.Helper()
	b := s.join(t, s.Door(t, place.Account), email)
	b.Get(s.hand(t, cart.Line{Variant: s.cup, Quantity: 1}))
	return b, strings.TrimSuffix(s.buy(t, b, s.typed("email", email)), "/thanks")
}

func TestMemberBuysAndSeesTheirOrderAndWhoHasReadIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.join(t, s.Door(t, place.Account), "hanako@example.jp")
	has(t, b.Get(s.path("/me")), 200, "会員登録が完了しました。", "まだご注文はありません。")
	b.Get(s.hand(t, cart.Line{Variant: s.cup, Quantity: 1}))
	form := b.Get(s.path("/checkout"))
	has(t, form, 200, "ログイン中です。")
	for _, filled := range []string{`value="山田 花子"`, `value="hanako@example.jp"`} {
		if !strings.Contains(form.Body, filled) {
			t.Errorf("the form lacks %s", filled)
		}
	}
	path := strings.TrimSuffix(s.buy(t, b, s.typed()), "/thanks")
	o := s.order(t, orderOf(t, path+"/thanks"))
	if o.Member == 0 || o.Guest != 0 || o.Subject(s.shop.ID) != vault.MemberSubject(s.shop.ID, o.Member) {
		t.Errorf("the order is not the member's: member %d, guest %d", o.Member, o.Guest)
	}

	other := s.Door(t, place.Account) // another device: no cookie of the order, only the log-in
	if a := other.Post(s.path("/login"), "email", "Hanako@example.jp", "password", memberPassword, "next", path); a.Status != 303 || a.Location() != path {
		t.Fatalf("log in: %d to %q %s", a.Status, a.Location(), text(a.Body))
	}
	has(t, other.Get(s.path("/me")), 200, o.Number, "4,430円", "受付済み")
	has(t, other.Get(path), 200, "山田 花子 様", "0312345678", "だれが私の情報を見たか")
	err := s.DB.Read(t.Context(), s.owned(), func(r db.Reader) error {
		_, err := s.Orders.Reveal(t.Context(), r, o, vault.ViewOrder, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	has(t, other.Get(s.path("/me/readers")), 200, "ショップのスタッフ が見ました", "目的: 注文の確認", "あなた が見ました")

	if a := other.Post(s.path("/logout")); a.Status != 303 {
		t.Errorf("log out: %d", a.Status)
	}
	if a := other.Get(s.path("/me")); a.Status != 303 || !strings.Contains(a.Location(), s.path("/login?next=")) {
		t.Errorf("after the log-out: %d to %q", a.Status, a.Location())
	}
	has(t, other.Get(path), 404)
}

func TestMemberSeesNobodyElses(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, path := s.bought(t, "hanako@example.jp")
	number := s.order(t, orderOf(t, path+"/thanks")).Number
	stranger := s.join(t, s.Door(t, place.Account), "taro@example.jp")
	has(t, stranger.Get(path), 404)
	has(t, stranger.Get(path+"/readers"), 404)
	lacks(t, stranger.Get(s.path("/me")), number)
	lacks(t, stranger.Get(s.path("/me/readers")), "注文の確認")

	// Another shop, to which the same person is nobody, even with the session's value under its own cookie's name.
	next := s.OpenShop(t, "cups")
	session, err := s.Vault.LogIn(t.Context(), vault.LogIn{Realm: s.shop.ID, Login: "hanako@example.jp", Password: secret.NewText(memberPassword)})
	if err != nil {
		t.Fatal(err)
	}
	there := "/s/" + id.String(next.ID)
	thief := s.Door(t, place.Account)
	if a := thief.Post(there+"/login", "email", "hanako@example.jp", "password", memberPassword); a.Status != 401 {
		t.Errorf("log in at another shop: %d", a.Status)
	}
	for _, p := range []string{"/me", "/me/readers"} {
		thief.Cookie(t, "account-"+id.String(next.ID)+"-session", session.Token.Reveal())
		if a := thief.Get(there + p); a.Status != 303 || !strings.Contains(a.Location(), "/login?next=") {
			t.Errorf("%s at another shop: %d %s", p, a.Status, text(a.Body))
		}
	}
	thief.Cookie(t, "account-"+id.String(next.ID)+"-session", session.Token.Reveal())
	has(t, thief.Get(there+strings.TrimPrefix(path, s.path(""))), 404)
	thief.Cookie(t, "account-"+id.String(s.shop.ID)+"-session", session.Token.Reveal()) // the cookie is what the door believes
	has(t, thief.Get(path), 200, "山田 花子 様")
}

func TestUnknownMembersAndWrongPasswordsLookTheSame(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.join(t, s.Door(t, place.Account), "hanako@example.jp")
	b := s.Door(t, place.Account)
	strip := func(a servertest.Answer, email string) string { return strings.ReplaceAll(text(a.Body), email, "") }
	wrong := b.Post(s.path("/login"), "email", "hanako@example.jp", "password", "wrong")
	nobody := b.Post(s.path("/login"), "email", "nobody@example.jp", "password", "wrong")
	if wrong.Status != 401 || nobody.Status != 401 || strip(wrong, "hanako@example.jp") != strip(nobody, "nobody@example.jp") {
		t.Errorf("%d %d\n%s\n%s", wrong.Status, nobody.Status, text(wrong.Body), text(nobody.Body))
	}
	known := b.Post(s.path("/reset"), "email", "hanako@example.jp")
	unknown := b.Post(s.path("/reset"), "email", "nobody@example.jp")
	if known.Status != 200 || unknown.Status != 200 || text(known.Body) != text(unknown.Body) {
		t.Errorf("%d %d\n%s\n%s", known.Status, unknown.Status, text(known.Body), text(unknown.Body))
	}
	for _, bad := range []string{"//evil.example", "https://evil.example/", "/s/1/me", "/s/" + id.String(s.shop.ID) + "@evil/"} {
		if a := b.Post(s.path("/login"), "email", "hanako@example.jp", "password", memberPassword, "next", bad); a.Location() != s.path("/me") {
			t.Errorf("%q leads to %q", bad, a.Location())
		}
	}
}

func TestMemberWhoForgotThePasswordSetsANewOneByMail(t *testing.T) {
	t.Parallel()
	s := open(t)
	old := s.join(t, s.Door(t, place.Account), "hanako@example.jp")
	b := s.Door(t, place.Account)
	has(t, b.Post(s.path("/reset"), "email", "hanako@example.jp"), 200, "メールをご確認ください")
	s.Signin.Wait()
	link := ""
	for _, m := range s.Mail.Sent() {
		if m.To.Addr == "hanako@example.jp" {
			link = regexp.MustCompile(`http\S+` + s.path("/reset/") + `\S+`).FindString(m.Text)
		}
	}
	if !strings.HasPrefix(link, s.Book.Door(place.Account, servertest.Domain)) {
		t.Fatalf("link %q", link)
	}
	has(t, b.Get(link), 200, "新しいパスワードを決める")
	has(t, b.Post(link, "password", "short"), 422)
	const fresh = "thirty-one green kettles"
	if a := b.Post(link, "password", fresh); a.Status != 303 || a.Location() != s.path("/login") {
		t.Fatalf("%d %q %s", a.Status, a.Location(), text(a.Body))
	}
	has(t, b.Post(link, "password", fresh), 422, "このリンクは使えません。")
	if a := old.Get(s.path("/me")); a.Status != 303 {
		t.Errorf("the old session: %d", a.Status)
	}
	has(t, b.Post(s.path("/login"), "email", "hanako@example.jp", "password", memberPassword), 401)
	if a := b.Post(s.path("/login"), "email", "hanako@example.jp", "password", fresh); a.Status != 303 {
		t.Errorf("log in: %d", a.Status)
	}
	has(t, b.Post(s.path("/me/password"), "old", "wrong", "password", memberPassword), 422, "いまのパスワードが違います。")
	if a := b.Post(s.path("/me/password"), "old", fresh, "password", memberPassword); a.Status != 303 {
		t.Errorf("change: %d %s", a.Status, text(a.Body))
	}
	has(t, b.Get(s.path("/me")), 200, "パスワードを変更しました。")
}

func TestJoiningNamesEveryWrongFieldAndRefusesATakenAddress(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.Door(t, place.Account)
	a := b.Post(s.path("/register"), "name", "", "email", "x", "password", memberPassword)
	has(t, a, 422)
	lacks(t, a, memberPassword)
	has(t, b.Post(s.path("/register"), "name", "山田 花子", "email", "hanako@example.jp", "password", "short"), 422)
	s.join(t, b, "hanako@example.jp")
	has(t, s.Door(t, place.Account).Post(s.path("/register"), "name", "山田 花子", "email", "hanako@example.jp", "password", memberPassword), 409)
	has(t, b.Post("/s/999/register", "name", "山田 花子", "email", "hanako@example.jp", "password", memberPassword), 404)
}

func TestVaultAwayIsSaidOnAMembersPagesAndKeepsNobodyFromBuying(t *testing.T) {
	t.Parallel()
	s := open(t)
	b, path := s.bought(t, "hanako@example.jp")
	other := s.Door(t, place.Account)
	if a := other.Post(s.path("/login"), "email", "hanako@example.jp", "password", memberPassword); a.Status != 303 {
		t.Fatal(a.Status)
	}
	b.Get(s.hand(t, cart.Line{Variant: s.cup, Quantity: 1}))
	s.Keys.Stop()
	for _, p := range []string{s.path("/me"), s.path("/me/readers"), path} {
		has(t, other.Get(p), 503, "個人情報の保管庫に接続できません。")
	}
	has(t, other.Post(s.path("/login"), "email", "hanako@example.jp", "password", memberPassword), 503, "個人情報の保管庫に接続できません。")
	has(t, b.Get(path), 200, "ただいま表示できません") // the browser that bought holds the order's key
	o := s.order(t, orderOf(t, s.buy(t, b, s.typed())))
	if o.Member != 0 || o.Guest == 0 {
		t.Errorf("nobody could say who buys: member %d, guest %d", o.Member, o.Guest)
	}
}

func TestGuestBuysAsBefore(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.cup, Quantity: 1})
	has(t, b.Get(s.path("/checkout")), 200, "会員登録なしでもご注文いただけます")
	o := s.order(t, orderOf(t, s.buy(t, b, s.typed())))
	if o.Member != 0 || o.Guest == 0 || o.Subject(s.shop.ID) != vault.GuestSubject(s.shop.ID, o.Guest) {
		t.Errorf("member %d, guest %d", o.Member, o.Guest)
	}
	if a := b.Get(s.path("/me")); a.Status != 303 {
		t.Errorf("a guest's /me: %d", a.Status)
	}
	if front := s.Browse(t, s.shop.Origin).Get("/"); !strings.Contains(front.Body, s.path("/me")+`"`) {
		t.Error("the shop does not lead to the account")
	}
	s.Read(t, s.shop.ID, func(ctx context.Context, r db.Reader) error {
		if _, _, err := s.Orders.Mine(ctx, r, page.Cursor{}); err == nil {
			t.Error("somebody who is no member has a list")
		}
		return nil
	})
}
