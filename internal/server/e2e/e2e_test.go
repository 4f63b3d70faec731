package e2e_test

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// TestBrowserOpensAShopAndBuys is the thread that everything hangs on: an owner opens a shop and puts a product on sale, a
// guest buys it with and without JavaScript, letters come, the owner dispatches it, the guest sees who has read their data.
func TestBrowserOpensAShopAndBuys(t *testing.T) {
	t.Parallel()
	browser := chrome(t)
	s := servertest.New(t)

	owner := visit(t, browser, "the owner")
	shop := owner.opensAShop(s)
	owner.sells(shop.admin)
	owner.press(`main form[action$="/settings/state"] button.primary`) // offered once everything is there
	owner.sees("注文を受け付けています。")

	guest := visit(t, browser, "the purchaser")
	guest.picksTheTea(shop.front)
	guest.entersWithJavaScript()
	number := guest.ordersAndIsThanked()

	plain := visit(t, browser, "the purchaser without JavaScript")
	if _, err := chromedp.Call(plain.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	plain.picksTheTea(shop.front)
	plain.entersWithoutJavaScript()
	if other := plain.ordersAndIsThanked(); other == number {
		t.Errorf("both orders are %s", number)
	}

	confirmed := letterTo(t, s, "hanako@example.jp", number)
	owner.dispatches(shop.admin, number)
	letterTo(t, s, "hanako@example.jp", "123456789013")

	link := regexp.MustCompile(`http://\S+/open/\S+`).FindString(confirmed.Text)
	if link == "" {
		t.Fatalf("no link in the letter:\n%s", confirmed.Text)
	}
	later := visit(t, browser, "the purchaser, later")
	later.open(link)
	later.sees(number, "山田 花子", "123456789013")
	if strings.Contains(later.text(`location.href`), "/open/") {
		t.Error("the link's secret stays in the address bar")
	}
	later.press(`a[href$="/readers"]`)
	later.sees("だれが私の情報を見たか", "ショップのスタッフが見ました", "Noren の自動処理が見ました", "あなたが見ました", "発送")
	for _, p := range []*person{owner, guest, plain, later} {
		p.calm()
	}
	visit(t, browser, "somebody who breaks the policy").isNoticed(shop.front)
}

// isNoticed breaks the policy on purpose: it shows that calm can fail.
func (p *person) isNoticed(front string) {
	p.Helper()
	p.open(front)
	p.text(`document.body.setAttribute("style", "color: red"), fetch("http://elsewhere.example/").catch(() => 0), ""`)
	for late := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		p.mu.Lock()
		all := strings.Join(p.troubles, "\n")
		p.mu.Unlock()
		if strings.Contains(all, "style") && strings.Contains(all, "elsewhere.example") {
			return
		}
		if time.Now().After(late) {
			p.Fatalf("an inline style and a foreign request were not noticed:\n%s", all)
		}
	}
}

// A shop is where its owner works and where it sells.
type shop struct{ admin, front string }

// opensAShop signs up, makes the shop, and fills in what it needs to open.
func (p *person) opensAShop(s *servertest.Server) shop {
	p.Helper()
	p.open(s.Book.Door(place.Admin, servertest.Domain) + "/signup")
	p.fill("name", "茶山 太郎", "email", "owner@example.com", "password", "sencha to gyokuro 7")
	p.press("main button.primary")
	p.at("/shops/new")
	p.fill("name", "山ノ葉茶舗", "handle", "yamanoha", "sells", "日本茶")
	p.do(chromedp.Click(`main input[name="theme"][value="tea"]`))
	p.press("main button.primary")
	p.at("/settings/legal")
	p.fill("seller", "山ノ葉茶舗", "representative", "茶山 太郎", "phone", "0312345678", "email", "shop@example.com")
	p.do(chromedp.SendKeys(`main [name="postcode"]`, "1000001"))
	p.until(`document.querySelector('[name="address"]').value.includes("千代田")`)
	p.do(chromedp.SendKeys(`main [name="address"]`, "1-1"))
	p.press("main button.primary")
	p.sees("茶山 太郎", "〒100-0001 東京都千代田区千代田1-1")

	settings := strings.TrimSuffix(p.text(`location.href`), "/legal")
	p.open(settings + "/basics")
	p.fill("delivery", "ご注文から3営業日以内に発送します。", "payment_time", "代金引換は商品の受け取り時です。",
		"returns", "お届けから8日以内の未開封品は返品できます。")
	p.press("main button.primary")
	p.open(settings + "/shipping/new")
	p.fill("name_ja", "宅急便", "name_en", "Parcel", "lead_days", "3", "wish_days", "10", "region.all", "800")
	p.press(`main button[name="apply"][value="all"]`)
	p.press("main .actions button.primary")
	p.at("/settings/shipping")
	p.sees("宅急便")
	p.open(settings + "/payment")
	p.do(chromedp.Click(`form[action$="/payment/cod"] input[type="checkbox"]`))
	p.do(chromedp.SetValue(`form[action$="/payment/cod"] .bracket input`, "100000"),
		chromedp.SetValue(`form[action$="/payment/cod"] .bracket .field:nth-child(2) input`, "330"))
	p.press(`form[action$="/payment/cod"] button.primary`)
	p.at("/settings/payment")
	p.until(`document.querySelector('form[action$="/payment/cod"] input[type="checkbox"]').checked`)
	admin := strings.TrimSuffix(settings, "/settings")
	p.open(admin + "/settings")
	return shop{admin: admin, front: "http://yamanoha." + servertest.Domain + ":" + p.text(`location.port`)}
}

// sells puts a product with a picture on the shelf, and counts it.
func (p *person) sells(admin string) {
	p.Helper()
	p.open(admin + "/products/new")
	p.fill("name", "煎茶 山ノ葉", "description", "春の一番茶です。", "variants.0.price", "1080")
	p.do(chromedp.Click(`main input[name="tax"][value="reduced"]`), chromedp.Click(`main input[name="state"][value="showing"]`))
	p.press("main .goods-save button.primary")
	p.at("/pictures")
	p.do(chromedp.SetUploadFiles(`main input[type="file"]`, []string{picture(p.T)}))
	p.press("main button.primary")
	p.until(`[...document.querySelectorAll(".album img")].some((i) => i.complete && i.naturalWidth > 0)`)
	p.fill("alt", "湯のみに注いだ煎茶")
	p.press("main .album-words button")
	p.open(admin + "/stock")
	p.do(chromedp.SetValue(`main input[name^="count."]`, "12"))
	p.press("main .stock-save button.primary")
	p.until(`document.querySelector('main input[name^="count."]').value === "12"`)
	p.open(admin)
}

// picture is a photograph's file.
func picture(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for x := range 640 {
		for y := range 480 {
			img.Set(x, y, color.RGBA{R: uint8(x / 3), G: uint8(90 + y/4), B: 60, A: 255})
		}
	}
	name := filepath.Join(t.TempDir(), "tea.png")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return name
}

// picksTheTea goes from the shop's front to the checkout.
func (p *person) picksTheTea(front string) {
	p.Helper()
	p.open(front)
	p.sees("山ノ葉茶舗")
	p.press(`main a[href^="/products"]`)
	p.press(`.product-name a`)
	p.sees("煎茶 山ノ葉", "1,080円")
	p.until(`[...document.querySelectorAll(".gallery img")].some((i) => i.complete && i.naturalWidth > 0 && i.alt)`)
	p.fill("quantity", "2")
	p.press(".buy-form button.primary")
	p.at("/cart")
	p.sees("2,160円")
	p.press(`form[action="/checkout"] button`)
	p.at("/checkout")
	p.sees("ご注文内容")
}

func (p *person) entersWithJavaScript() {
	p.Helper()
	p.fill("name", "山田 花子", "furigana", "ﾔﾏﾀﾞ ﾊﾅｺ", "phone", "03-1234-5678", "email", "hanako@example.jp")
	p.do(chromedp.SendKeys(`main [name="postcode"]`, "1040061"))
	p.until(`document.querySelector('[name="city"]').value === "中央区" && document.querySelector('[name="street"]').value === "銀座" &&
		document.querySelector('[name="prefecture"]').selectedOptions[0].text === "東京都"`)
	p.do(chromedp.SendKeys(`main [name="street"]`, "1-2-3"))
	p.until(`document.querySelector("#order").innerText.includes("3,290円")`) // with shipping and the one way to pay, on the same page
	p.press(`main .actions button[value="confirm"]`)
}

func (p *person) entersWithoutJavaScript() {
	p.Helper()
	p.fill("name", "佐藤 実", "furigana", "サトウ ミノル", "phone", "090-1234-5678", "email", "minoru@example.jp", "postcode", "530-0001")
	p.press(`main button[value="address"]`)
	p.until(`document.querySelector('[name="city"]').value === "大阪市北区" && document.querySelector('[name="prefecture"]').selectedOptions[0].text === "大阪府"`)
	p.fill("street", "梅田1-2-3")
	p.do(chromedp.Click(`main input[name="payment"][value="cod"]`))
	p.press(`button[form="buy"]`)
	p.sees("3,290円")
	p.press(`main .actions button[value="confirm"]`)
}

// ordersAndIsThanked looks at the final confirmation's six items, places the order, and gives its number.
func (p *person) ordersAndIsThanked() string {
	p.Helper()
	p.sees("まだご注文は完了していません", "3,290円")
	for item, says := range map[string]string{"quantity": "× 2", "price": "3,290円", "payment": "代金引換", "delivery": "宅急便",
		"withdrawal": "8日以内", "period": ""} {
		p.until(`((e) => e && e.innerText.trim().length > 4 && e.innerText.includes(` + quote(says) + `))(document.querySelector('[data-item="` + item + `"]'))`)
	}
	p.press(`form[action$="/checkout/place"] button.primary`)
	p.at("/thanks")
	p.sees("ご注文を承りました")
	number := p.text(`document.querySelector(".order-number b").innerText`)
	if number == "" {
		p.stuck("read the order's number", nil)
	}
	return number
}

// dispatches opens the order as its owner, shows whom it goes to, and sends it.
func (p *person) dispatches(admin, number string) {
	p.Helper()
	p.open(admin + "/orders")
	p.fill("sought", number)
	p.press(`form[action$="/find"] button`)
	p.sees(number)
	if strings.Contains(p.text(`document.body.innerText`), "銀座") {
		p.Error("the address is shown before anybody said what for")
	}
	p.press(`button[name="purpose"][value="order-ship"]`)
	p.sees("山田 花子", "ヤマダ ハナコ", "銀座1-2-3")
	p.fill("slip", "1234-5678-9013")
	p.press(`form[action$="/ship"] button.primary`)
	p.sees("発送済みです", "123456789013")
}

// letterTo waits for a letter that says so.
func letterTo(t *testing.T, s *servertest.Server, to, says string) mail.Message {
	t.Helper()
	for late := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		for _, m := range s.Mail.Sent() {
			if m.To.Addr == to && strings.Contains(m.Subject+m.Text, says) {
				return m
			}
		}
		if time.Now().After(late) {
			t.Fatalf("no letter to %s says %s: %d were sent", to, says, len(s.Mail.Sent()))
		}
	}
}
