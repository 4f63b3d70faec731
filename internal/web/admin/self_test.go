package admin_test

import (
	"context"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"

	"github.com/pquerna/otp/totp"
)

// enter logs somebody in with a browser of their own.
func enter(t *testing.T, s *servertest.Server, email string) *servertest.Browser {
	t.Helper()
	b := s.Door(t, place.Admin)
	expect(t, b.Post("/login", "email", email, "password", vaulttest.Password), http.StatusSeeOther)
	return b
}

// expect checks a status and that the body says all of it; a text with a leading ! must not be there.
func expect(t *testing.T, a servertest.Answer, status int, says ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	body := html.UnescapeString(a.Body)
	for _, text := range says {
		if not, ok := strings.CutPrefix(text, "!"); ok == strings.Contains(body, strings.TrimPrefix(text, "!")) {
			t.Errorf("page says %q wrongly (%t): %s", not, !ok, body)
		}
	}
}

// hidden finds the value of a hidden field.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no field %s: %s", name, page)
	}
	return m[1]
}

// lastTo is the last letter to an address.
func lastTo(t *testing.T, s *servertest.Server, addr string) mail.Message {
	t.Helper()
	sent := s.Mail.Sent()
	for _, m := range slices.Backward(sent) {
		if m.To.Addr == addr {
			return m
		}
	}
	t.Fatalf("no letter among %d", len(sent))
	return mail.Message{}
}

func TestOpeningIsRefusedUntilTheLawIsMet(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	session := s.Person(t, "new@example.com")
	shop, err := s.Signup.Shop(t.Context(), session.Token, "test", signup.NewShop{Handle: "fresh", Name: "新しい店"})
	if err != nil {
		t.Fatal(err)
	}
	b, at := enter(t, s, "new@example.com"), "/"+id.String(shop.ID)+"/settings"
	expect(t, b.Post(at+"/state", "state", "open"), http.StatusConflict, "特定商取引法に基づく表記", "お届け時期", "返品・キャンセルの条件")
	wrong := b.Post(at+"/legal", "seller", "株式会社新店", "representative", "", "postcode", "12", "address", "東京都千代田区1-1", "phone", "x",
		"email", "shop@example.com")
	expect(t, wrong, http.StatusUnprocessableEntity, "株式会社新店", `href="#f-representative"`, `href="#f-postcode"`, `href="#f-phone"`, `!href="#f-email"`)
	expect(t, b.Post(at+"/legal", "seller", "株式会社新店", "representative", "新店 太郎", "postcode", "１００−０００１", "address", "東京都千代田区千代田1-1",
		"phone", "03-1234-5678", "hours", "平日", "email", "shop@example.com"), http.StatusSeeOther)
	expect(t, b.Get(at+"/legal"), http.StatusOK, `value="100-0001"`, "〒100-0001 東京都千代田区千代田1-1", "0312345678 平日")
	version := hidden(t, b.Get(at+"/basics").Body, "version")
	fields := []string{"version", version, "name", "新しい店", "theme", "tea", "rounding", "down", "delivery", "3日以内", "payment_time", "前払い", "returns", "8日以内"}
	expect(t, b.Post(at+"/basics", fields...), http.StatusSeeOther)
	fields[3] = "私の店名"
	stale := b.Post(at+"/basics", fields...)
	expect(t, stale, http.StatusConflict, "私の店名", "いま保存されている内容: 新しい店")
	fields[1] = hidden(t, stale.Body, "version")
	expect(t, b.Post(at+"/basics", fields...), http.StatusSeeOther)
	expect(t, b.Post(at+"/state", "state", "open"), http.StatusConflict, "配送方法と送料", "お支払い方法")
	s.Write(t, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.Shipping.Create(ctx, tx, shipping.Method{Carrier: shipping.Yamato, Name: fault.Text{Ja: "宅急便", En: "Parcel"}, Active: true,
			LeadDays: 3, WishDays: 10, Fees: shipping.Flat(800)}); err != nil {
			return err
		}
		_, err := s.Payment.Configure(ctx, tx, payment.Setting{Method: payment.COD, Active: true, Brackets: []payment.Bracket{{Below: 100_000, Fee: 330}}})
		return err
	})
	expect(t, b.Post(at+"/state", "state", "open"), http.StatusSeeOther)
	expect(t, b.Get(at), http.StatusOK, "開店しました", "営業中")
	expect(t, b.Post(at+"/state", "state", "paused"), http.StatusSeeOther)
	expect(t, b.Get("/postcode/1000001"), http.StatusOK, "東京都", "千代田区")
}

func TestFeesAndPaymentAreSetUp(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.NewShop(t, "tea")
	b, at := enter(t, s, shop.Email), "/"+id.String(shop.ID)+"/settings"
	base := []string{"carrier", "yamato", "name_ja", "宅急便", "name_en", "Parcel", "active", "on", "lead_days", "2", "wish_days", "7"}
	expect(t, b.Post(at+"/shipping/new", append(base, "apply", "kanto", "region.kanto", "770", "fee.1", "1200")...), http.StatusOK,
		`name="fee.13" type="text" value="770"`, `name="fee.1" type="text" value="1200"`, `!name="fee.27" type="text" value="770"`)
	expect(t, b.Post(at+"/shipping/new", append(base, "fee.1", "高い")...), http.StatusUnprocessableEntity, `href="#f-fee.1"`, "高い")
	expect(t, b.Post(at+"/shipping/new", append(base, "fee.1", "１,２００円", "fee.13", "770")...), http.StatusSeeOther)
	expect(t, b.Get(at+"/shipping"), http.StatusOK, "770円〜1,200円（2都道府県）")
	_, form, _ := strings.Cut(b.Get(at+"/payment").Body, at+"/payment/cod")
	version := hidden(t, form, "version")
	expect(t, b.Post(at+"/payment/cod", "version", version, "cod.active", "on", "below.0", "30000", "fee.0", "440", "below.1", "10000", "fee.1", "330"),
		http.StatusUnprocessableEntity, "金額の小さい順", `value="30000"`)
	expect(t, b.Post(at+"/payment/cod", "version", version, "cod.active", "on", "below.0", "30000", "fee.0", "440"), http.StatusSeeOther)
	expect(t, b.Post(at+"/payment/cod", "version", version, "cod.active", "on", "below.0", "50000", "fee.0", "550"), http.StatusConflict,
		`value="50000"`, "いま保存されている内容: 30000")
}

func TestSettingsAreClosedToOthers(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	mine, other := s.NewShop(t, "tea"), s.NewShop(t, "pots")
	b := enter(t, s, mine.Email)
	for _, path := range []string{"/settings", "/settings/legal", "/settings/payment", "/staff"} {
		expect(t, b.Get("/"+id.String(other.ID)+path), http.StatusNotFound)
	}
	packer := s.Person(t, "packer@example.com")
	if err := s.Vault.Grant(t.Context(), mine.Owner.Credential, packer.Who, mine.ID, actor.Packer); err != nil {
		t.Fatal(err)
	}
	p := enter(t, s, "packer@example.com")
	for _, path := range []string{"/settings", "/settings/legal", "/staff"} {
		expect(t, p.Get("/"+id.String(mine.ID)+path), http.StatusForbidden)
	}
	expect(t, p.Post("/"+id.String(mine.ID)+"/settings/state", "state", "closed"), http.StatusForbidden)
}

func TestStaffComeByInvitationAndGo(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.NewShop(t, "tea")
	owner, at := enter(t, s, shop.Email), "/"+id.String(shop.ID)+"/staff"
	expect(t, owner.Get(at), http.StatusOK, "暖簾 花子", shop.Email)
	expect(t, owner.Post(at+"/invitations", "email", "nobody", "role", "packer"), http.StatusUnprocessableEntity, "nobody", `href="#f-email"`)
	expect(t, owner.Post(at+"/invitations", "email", "taro@example.com", "role", "packer"), http.StatusSeeOther)
	s.Signin.Wait()
	link := regexp.MustCompile(`http://\S+(/join/\S+)`).FindStringSubmatch(lastTo(t, s, "taro@example.com").Text)[1]
	taro := s.Door(t, place.Admin)
	expect(t, taro.Get(link), http.StatusOK, "暖簾商店", "発送担当")
	expect(t, taro.Post(link, "name", "太郎", "email", "taro@example.com", "password", "short"), http.StatusUnprocessableEntity, "太郎", `href="#f-password"`)
	expect(t, taro.Post(link, "name", "発送 太郎", "email", "taro@example.com", "password", vaulttest.Password), http.StatusSeeOther)
	expect(t, taro.Get(link), http.StatusOK, "招待を受け取りました")
	expect(t, taro.Get("/"+id.String(shop.ID)+"/orders"), http.StatusNotFound)
	expect(t, s.Door(t, place.Admin).Get(link), http.StatusNotFound)
	list := owner.Get(at)
	expect(t, list, http.StatusOK, "taro@example.com", "スタッフに加える")
	confirm := regexp.MustCompile(`action="([^"]+/confirm)"`).FindStringSubmatch(list.Body)[1]
	expect(t, owner.Post(confirm), http.StatusSeeOther)
	s.Clock.Add(3 * time.Second)
	list = owner.Get(at)
	expect(t, list, http.StatusOK, "発送 太郎", "!スタッフに加える")
	expect(t, taro.Get("/"+id.String(shop.ID)+"/orders"), http.StatusOK)
	remove := regexp.MustCompile(`action="([^"]+/remove)"`).FindAllStringSubmatch(list.Body, -1)
	refused, gone := 0, 0
	for _, m := range remove { // the owner is the last one, and stays
		switch a := owner.Post(m[1]); a.Status {
		case http.StatusConflict, http.StatusUnprocessableEntity:
			refused++
		case http.StatusSeeOther:
			gone++
		}
	}
	if refused != 1 || gone != 1 {
		t.Errorf("%d refused and %d gone of %d", refused, gone, len(remove))
	}
	expect(t, taro.Get("/"+id.String(shop.ID)+"/orders"), http.StatusNotFound)
}

func TestTheLogInIsOnesOwn(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	s.Person(t, "hanako@example.com")
	b, elsewhere := enter(t, s, "hanako@example.com"), enter(t, s, "hanako@example.com")
	expect(t, elsewhere.Get("/me"), http.StatusOK)
	for range 2 { // Person's own session, and elsewhere's
		expect(t, b.Post("/me/sessions/end", "session", hidden(t, b.Get("/me").Body, "session")), http.StatusSeeOther)
	}
	expect(t, elsewhere.Get("/me"), http.StatusSeeOther)
	expect(t, b.Post("/me/password", "old", "not-my-password", "password", "another-word-9911"), http.StatusUnprocessableEntity, `href="#f-old"`)
	expect(t, b.Post("/me/password", "old", vaulttest.Password, "password", "short"), http.StatusUnprocessableEntity, `href="#f-password"`)
	expect(t, b.Post("/me/password", "old", vaulttest.Password, "password", "another-word-9911"), http.StatusSeeOther)
	s.Signin.Wait()
	if sent := s.Mail.Sent(); len(sent) == 0 || !strings.Contains(sent[len(sent)-1].Text, "パスワードが変更されました") {
		t.Errorf("nobody was told of the new password: %d letters", len(sent))
	}
	expect(t, b.Post("/me/sessions/end-all"), http.StatusSeeOther)
	expect(t, b.Get("/me"), http.StatusSeeOther)
}

func TestAnAuthenticatorIsSetUpAndTakenOff(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	s.Person(t, "hanako@example.com")
	b := enter(t, s, "hanako@example.com")
	s.Clock.Add(16 * time.Minute)
	expect(t, b.Post("/me/totp/begin"), http.StatusOK, "ご本人の確認", "!otpauth")
	expect(t, b.Post("/me/totp/begin", "proof", "wrong-password"), http.StatusUnprocessableEntity, `href="#f-proof"`)
	page := b.Post("/me/totp/begin", "proof", vaulttest.Password)
	expect(t, page, http.StatusOK, "otpauth://totp/Noren:hanako@example.com", `class="qr"`)
	key := hidden(t, page.Body, "key")
	expect(t, b.Post("/me/totp/confirm", "key", key, "code", "000000"), http.StatusUnprocessableEntity, key, `href="#f-code"`)
	code := func() string {
		t.Helper()
		c, err := totp.GenerateCode(key, s.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	done := b.Post("/me/totp/confirm", "key", key, "code", code())
	expect(t, done, http.StatusOK, "復旧コード")
	recovery := regexp.MustCompile(`<li>([^<]+)</li>`).FindStringSubmatch(done.Body)[1]
	expect(t, b.Get("/me"), http.StatusOK, "有効", "!"+recovery)

	s.Clock.Add(time.Minute)
	again := s.Door(t, place.Admin)
	asked := again.Post("/login", "email", "hanako@example.com", "password", vaulttest.Password, "next", "/me?a=1&b=2")
	expect(t, asked, http.StatusSeeOther)
	if got := hidden(t, again.Get(asked.Location()).Body, "next"); got != "/me?a=1&amp;b=2" {
		t.Errorf("goes on to %q", got)
	}
	expect(t, again.Get("/me"), http.StatusSeeOther)
	expect(t, again.Post("/login/code", "code", "123456"), http.StatusUnprocessableEntity)
	expect(t, again.Post("/login/code", "code", code(), "next", "/me"), http.StatusSeeOther)
	expect(t, again.Get("/me"), http.StatusOK)
	expect(t, again.Post("/me/totp/remove", "code", "wrong"), http.StatusUnprocessableEntity, `href="#f-code"`)
	expect(t, again.Post("/me/totp/remove", "code", recovery), http.StatusSeeOther)
	expect(t, again.Get("/me"), http.StatusOK, "認証アプリを設定する")
}

func TestAPasswordIsResetByMail(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	s.Person(t, "hanako@example.com")
	b := s.Door(t, place.Admin)
	stranger, known := b.Post("/reset", "email", "nobody@example.com"), b.Post("/reset", "email", "hanako@example.com")
	expect(t, stranger, http.StatusOK, "メールをご確認ください")
	expect(t, known, http.StatusOK, "メールをご確認ください")
	s.Signin.Wait()
	link := regexp.MustCompile(`http://\S+(/reset/\S+)`).FindStringSubmatch(lastTo(t, s, "hanako@example.com").Text)[1]
	expect(t, b.Post(link, "password", "short"), http.StatusUnprocessableEntity, `href="#f-password"`)
	expect(t, b.Post(link, "password", "a-new-word-5512"), http.StatusSeeOther)
	expect(t, b.Post(link, "password", "a-new-word-5513"), http.StatusUnprocessableEntity, "もう一度")
	if _, err := s.Vault.LogIn(t.Context(), vault.LogIn{Realm: id.Platform, Login: "hanako@example.com",
		Password: secret.NewText("a-new-word-5512"), Network: "192.0.2.9"}); err != nil {
		t.Error(err)
	}
}
