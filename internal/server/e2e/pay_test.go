package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/paysim"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/paysim/paysimtest"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// A till is a shop that takes cards and convenience stores through the simulated company, whose notices reach its door.
type till struct {
	*servertest.Server
	sim     *paysimtest.Sim
	shop    servertest.Shop
	admin   string // the shop's pages there
	browser context.Context
}

// openTill takes cards at once, or ("at_dispatch") when the goods go out.
func openTill(t *testing.T, capture string) *till {
	t.Helper()
	var srv *servertest.Server
	now := func() time.Time {
		if srv == nil {
			return time.Now()
		}
		return srv.Clock.Now()
	}
	k := &till{sim: paysimtest.With(t, paysim.Config{Now: now}), browser: chrome(t)}
	srv = servertest.With(t, server.Options{Config: &config.Config{Paysim: k.sim.API}})
	k.Server = srv
	k.shop = k.OpenShop(t, "tea")
	k.Product(t, k.shop, catalog.In{Name: "煎茶 山ノ葉", Handle: "sencha", Variants: []catalog.VariantIn{{Price: 1_080}}}, 50)
	acc := k.sim.Account(t, "")
	at := "/" + id.String(k.shop.ID)
	k.admin = k.Book.Door(place.Admin, servertest.Domain) + at
	owner := k.Door(t, place.Admin)
	must(t, owner.Post("/login", "email", k.shop.Email, "password", vaulttest.Password), 303)
	at += "/settings/payment"
	must(t, owner.Post(at+"/provider", "name", "simulator", "version", "0", "active", "on", "public", "", "key", acc.Key.Reveal(),
		"notices", acc.Notices.Reveal()), 303)
	must(t, owner.Post(at+"/card", "version", "0", "card.active", "on", "capture", capture), 303)
	must(t, owner.Post(at+"/convenience", "version", "0", "convenience.active", "on", "deadline_days", "5", "remind_days", "1", "grace_days", "3",
		"fee", "0"), 303)
	_, news, err := k.NoticesFrom(t.Context(), k.shop.ID, provider.Simulator)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.sim.Book.Redirect(k.sim.Book.Accounts()[0].ID, news); err != nil {
		t.Fatal(err)
	}
	return k
}

// owner is logged in at the admin.
func (k *till) owner(t *testing.T) *person {
	t.Helper()
	p := visit(t, k.browser, "the owner")
	p.open(k.Book.Door(place.Admin, servertest.Domain) + "/login")
	p.fill("email", k.shop.Email, "password", vaulttest.Password)
	p.press(`main form button.primary`)
	p.until(`location.pathname !== "/login"`)
	return p
}

// chooses goes from the product to the last confirmation, with a way to pay.
func (p *person) chooses(k *till, way string) {
	p.Helper()
	p.also = append(p.also, k.sim.URL)
	p.open(k.shop.Origin + "/products/sencha")
	p.press(".buy-form button.primary")
	p.press(`form[action="/checkout"] button`)
	p.at("/checkout")
	p.fill("name", "山田 花子", "furigana", "ヤマダ ハナコ", "phone", "03-1234-5678", "email", "hanako@example.jp")
	if p.plain {
		p.fill("postcode", "104-0061")
		p.press(`main button[value="address"]`)
	} else {
		p.do(chromedp.SendKeys(`main [name="postcode"]`, "1040061"))
	}
	p.until(`document.querySelector('[name="city"]').value === "中央区" && document.querySelector("#order").innerText.includes("1,880円") &&
		!!document.querySelector('main input[value="` + way + `"]')`)
	p.fill("street", "銀座1-2-3")
	p.look("checkout")
	p.do(chromedp.Click(`main input[name="payment"][value="` + way + `"]`))
	p.press(`main .actions button[value="confirm"]`)
	p.sees("まだご注文は完了していません")
}

// orders places the order, and is led to the provider's page.
func (p *person) orders(k *till) {
	p.Helper()
	p.press(`form[action$="/checkout/place"] button.primary`)
	p.arrives(k)
}

func (p *person) arrives(k *till) {
	p.Helper()
	p.until(`location.origin === ` + quote(k.sim.URL) + ` && document.readyState === "complete"`)
}

// types enters a test card on the provider's page.
func (p *person) types(line string) {
	p.Helper()
	p.do(chromedp.SendKeys("#f-number", paysimtest.Number(p.T, line)), chromedp.SendKeys("#f-expiry", "12/40"), chromedp.SendKeys("#f-code", "123"),
		chromedp.SendKeys("#f-name", "TEST HANAKO"))
	p.press(`form[action$="/card"] button.primary`)
}

// finds opens a page until it says so: something has happened behind it.
func (p *person) finds(address string, words ...string) {
	p.Helper()
	late := time.Now().Add(patience)
	for {
		p.open(address)
		missing := ""
		for _, w := range words {
			if !strings.Contains(p.text(`document.body.innerText`), w) {
				missing = w
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(late) {
			p.stuck("find "+missing, nil)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// here is the order's own address, from any of its pages, and at the admin.
func (p *person) here(k *till) (own, admin string) {
	p.Helper()
	own = regexp.MustCompile(`^.*/orders/[0-9]+`).FindString(p.text(`location.href`))
	if own == "" {
		p.stuck("know the order", nil)
	}
	return own, k.admin + own[strings.LastIndex(own, "/orders/"):]
}

// look writes what is seen, on a desk and a phone and in both languages, to the folder that NOREN_LOOK names, for people to look at.
func (p *person) look(name string) {
	p.Helper()
	dir := os.Getenv("NOREN_LOOK")
	if dir == "" {
		return
	}
	p.photograph(dir, name+"-ja")
	if p.plain || name == "checkout" || name == "refused" { // another view would lose what was typed
		return
	}
	here := p.text(`location.href`)
	mark := "?"
	if strings.Contains(here, "?") {
		mark = "&"
	}
	p.open(here + mark + "lang=en")
	p.photograph(dir, name+"-en")
	p.open(here + mark + "lang=ja")
}

func (p *person) photograph(dir, name string) {
	p.Helper()
	for _, width := range []int64{1280, 390} {
		p.do(chromedp.EmulateViewport(width, 844))
		b, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+"-"+strconv.FormatInt(width, 10)+".png"), b, 0o600)
		}
		if err != nil {
			p.stuck("be photographed", err)
		}
	}
}

func TestCardWithAChallengeIsCapturedAtDispatchAndRefundedInPart(t *testing.T) {
	t.Parallel()
	k := openTill(t, "at_dispatch")
	p := visit(t, k.browser, "the purchaser")
	p.chooses(k, "card")
	p.orders(k)
	p.types("challenge")
	p.sees("認証コード")
	p.do(chromedp.SendKeys("#f-code", book.ChallengeCode))
	p.press(`button[value="confirm"]`)
	p.at("/paid") // by itself
	p.sees("お支払いの手続きが完了しました", "発送時に確定")
	p.look("paid")
	own, admin := p.here(k)
	p.open(own)
	p.look("order-paid")
	number := regexp.MustCompile(`[0-9]{4,}(-[0-9]+)*`).FindString(letterTo(t, k.Server, "hanako@example.jp", "ご注文").Subject)
	owner := k.owner(t)
	owner.finds(admin, "与信確保済み", "本人認証済み")
	owner.look("admin-authorised")
	owner.dispatches(k.admin, number)
	owner.finds(admin, "入金済み")
	owner.do(chromedp.Click(`#back summary`))
	owner.fill("amount", "300", "why", "returned")
	owner.text(`window.confirm = () => true, ""`)
	owner.press(`form[action$="/money/back"] button`)
	owner.finds(admin, "300円", "返品")
	k.Clock.Add(time.Hour) // the company takes its time
	owner.finds(admin, "一部返金済み")
	owner.look("admin-refunded")
	if got := k.sim.Book.Charges(1)[0]; got.State != book.Captured || got.Refunded != 300 || got.ThreeDS != book.Passed {
		t.Errorf("%+v", got)
	}
	p.calm()
	owner.calm()
}

func TestDeclinedCardIsPaidAnotherWayWithoutJavaScript(t *testing.T) {
	t.Parallel()
	k := openTill(t, "at_once")
	p := visit(t, k.browser, "the purchaser without JavaScript")
	p.plain = true
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	p.chooses(k, "card")
	p.orders(k)
	p.types("nofunds")
	p.sees("このカードでは支払えませんでした")
	p.press(`form[action$="/back"] button`)
	p.at("/paid")
	p.sees("お支払いは完了していません")
	p.look("declined")
	p.press(`form[action$="/pay"] button`) // once more, with another card
	p.arrives(k)
	p.types("declined")
	p.press(`form[action$="/back"] button`)
	p.at("/paid")
	p.do(chromedp.Click(`main input[name="payment"][value="bank_transfer"]`))
	p.press(`form[action$="/pay/method"] button`)
	p.at("/pay")
	p.sees("お振り込みをお待ちしています", "のれん銀行")
	p.look("transfer")
	own, admin := p.here(k)
	owner := k.owner(t)
	owner.confirmsTheTransfer(k)
	owner.finds(admin, "入金済み")
	p.finds(own+"/pay", "お支払いを確認しました")
	p.calm()
	owner.calm()
}

// confirmsTheTransfer reads the bank's file in, and confirms what it proposes.
func (p *person) confirmsTheTransfer(k *till) {
	p.Helper()
	name := filepath.Join(p.TempDir(), "bank.csv")
	day := k.Clock.Now().Format("2006/01/02")
	if err := os.WriteFile(name, []byte("日付,入金,摘要,残高\n"+day+",1880,振込 ﾔﾏﾀﾞ ﾊﾅｺ,1880\n"), 0o600); err != nil {
		p.Fatal(err)
	}
	p.open(k.admin + "/payments/bank")
	p.do(chromedp.SetUploadFiles(`main input[type="file"]`, []string{name}))
	p.press(`form[action$="/import"] button`)
	p.sees("ヤマダ ハナコ", "1,880円")
	p.look("admin-bank-file")
	p.press(`#confirm button.primary`)
}

func TestConvenienceStoreIsPaidThreeDaysAfterTheOrder(t *testing.T) {
	t.Parallel()
	k := openTill(t, "at_once")
	p := visit(t, k.browser, "the purchaser")
	p.chooses(k, "convenience")
	p.orders(k)
	p.do(chromedp.Click(`input[value="lawson"]`))
	p.press(`form[action$="/store"] button`)
	p.press(`a.button.primary`)
	p.at("/paid")
	p.sees("お支払い番号", "お支払い期限", "レジ")
	p.look("number")
	own, admin := p.here(k)
	p.open(own)
	p.look("order-unpaid")
	k.Clock.Add(72 * time.Hour)
	if _, err := k.sim.Book.PayAtTill(k.sim.Book.Charges(1)[0].Ref, 0); err != nil {
		t.Fatal(err)
	}
	p.finds(own+"/pay", "お支払いを確認しました") // this page asks nobody: the company's notice has come
	owner := k.owner(t)
	owner.finds(admin, "入金済み")
	owner.look("admin-paid")
	p.calm()
	owner.calm()
}

func TestALinkFromTheAdminIsMailedAndPaid(t *testing.T) {
	t.Parallel()
	k := openTill(t, "at_once")
	p := visit(t, k.browser, "the purchaser")
	p.chooses(k, "card")
	p.orders(k)
	p.press(`form[action$="/back"] button`)
	p.at("/paid")
	own, admin := p.here(k)
	owner := k.owner(t)
	owner.finds(admin, "未入金")
	owner.look("admin-unpaid")
	owner.press(`form[action$="/money/link"] button`)
	link := regexp.MustCompile(`http\S+/pay/\S+`).FindString(letterTo(t, k.Server, "hanako@example.jp", "/pay/").Text)
	friend := visit(t, k.browser, "a friend who pays")
	friend.also = append(friend.also, k.sim.URL)
	friend.open(link)
	friend.at("/pay")
	friend.sees("お支払いがまだ済んでいません", "1,880円")
	friend.look("link")
	friend.press(`form[action$="/pay"] button`)
	friend.arrives(k)
	friend.types("approve")
	friend.at("/paid")
	friend.sees("お支払いを確認しました")
	p.finds(own+"/pay", "お支払いを確認しました")
	for _, p := range []*person{p, owner, friend} {
		p.calm()
	}
}

func TestMemberKeepsACardPaysWithItAndRemovesIt(t *testing.T) {
	t.Parallel()
	k := openTill(t, "at_once")
	p := visit(t, k.browser, "the member")
	base := k.Book.Door(place.Account, servertest.Domain) + "/s/" + id.String(k.shop.ID)
	k.registers(t, p, base)
	p.chooses(k, "card")
	p.press(`form[action$="/checkout/place"] button.primary`)
	p.at("/pay") // to keep the card, or not
	p.look("pay-member")
	p.do(chromedp.Click(`main input[name="save"]`))
	p.press(`form[action$="/pay"] button`)
	p.arrives(k)
	p.types("approve")
	p.at("/paid")
	p.sees("お支払いを確認しました")
	p.open(base + "/me/cards")
	p.sees("4242")
	p.look("cards")
	p.press(`form[action$="/remove"] button`)
	p.sees("保存したカードはありません")
	p.look("cards-none")
	p.calm()
}

// registers makes somebody a member of the shop.
func (k *till) registers(t *testing.T, p *person, base string) {
	t.Helper()
	p.open(base + "/register")
	p.fill("name", "山田 花子", "email", "hanako@example.jp", "password", "twenty-seven indigo cups")
	p.press(`main form button.primary`)
	p.until(`!location.pathname.endsWith("/register")`)
}

// TestATypedCardNumberIsRefusedWithAPage: a card number in any field of ours does not come in, and the page says where it belongs.
func TestATypedCardNumberIsRefusedWithAPage(t *testing.T) {
	t.Parallel()
	k := openTill(t, "at_once")
	p := visit(t, k.browser, "who types a card number into the name")
	p.open(k.Book.Door(place.Account, servertest.Domain) + "/s/" + id.String(k.shop.ID) + "/register")
	p.fill("name", paysimtest.Number(t, "approve"), "email", "taro@example.jp", "password", "twenty-seven indigo cups")
	p.press(`main form button.primary`)
	p.sees("カード番号")
	p.look("refused")
	b := k.Door(t, place.Account)
	must(t, b.Post("/s/"+id.String(k.shop.ID)+"/register", "name", paysimtest.Number(t, "approve")), 422)
}

// TestOwnersMoneyPagesOpen walks the owner's pages about money.
func TestOwnersMoneyPagesOpen(t *testing.T) {
	t.Parallel()
	k := openTill(t, "at_once")
	owner := k.owner(t)
	for name, path := range map[string]string{"settings-payment": "/settings/payment", "settings-provider": "/settings/payment/provider",
		"payments": "/payments", "bank": "/payments/bank"} {
		owner.open(k.admin + path)
		if h := owner.text(`document.querySelector("h1").innerText`); h == "" {
			t.Errorf("%s has no heading", path)
		}
		owner.look("admin-" + name)
	}
	owner.calm()
}
