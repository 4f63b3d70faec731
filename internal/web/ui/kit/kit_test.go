package kit_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/web/frame/asset"
	"github.com/noren-shop/noren/internal/web/ui"
	"github.com/noren-shop/noren/internal/web/ui/chart"
	"github.com/noren-shop/noren/internal/web/ui/kit"
)

// picture is a plain drawing of a jar, in a colour.
func picture(hue int) string {
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600"><rect width="600" height="600" fill="hsl(%d 22%% 91%%)"/>`+
		`<ellipse cx="300" cy="470" rx="190" ry="22" fill="hsl(%d 18%% 82%%)"/><path d="M200 200h200l22 40v190q0 40-40 40H218q-40 0-40-40V240z" fill="hsl(%d 28%% 38%%)"/>`+
		`<rect x="196" y="160" width="208" height="48" rx="8" fill="hsl(%d 20%% 28%%)"/><rect x="236" y="280" width="128" height="130" fill="hsl(48 30%% 94%%)"/></svg>`, hue, hue, hue, hue)
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(svg))
}

// look is what pages are drawn with.
type look struct {
	*asset.Set
	nonce string
}

func page(l i18n.Lang, a look, title, site string) ui.Page {
	return ui.Page{Lang: l, Title: title, Site: site, Assets: a.Set, Path: "/", Nonce: a.nonce}
}

func shop(l i18n.Lang, a look, theme ui.Theme) templ.Component {
	p := page(l, a, "", "茶舗 青嵐")
	s := ui.Storefront{Page: p, Theme: theme, Shop: p.T("茶舗 青嵐", "Seiran Tea"), Home: "/", Cart: "/cart", CartCount: 2, Account: "/me",
		Tagline: p.T("宇治の小さなお茶屋です。", "A small tea shop in Uji."),
		Nav: []ui.Link{{Href: "/", Text: p.T("すべて", "All"), Current: true}, {Href: "#", Text: p.T("煎茶", "Sencha")}, {Href: "#", Text: p.T("抹茶", "Matcha")},
			{Href: "#", Text: p.T("ほうじ茶", "Hojicha")}, {Href: "#", Text: p.T("茶器", "Teaware")}, {Href: "#", Text: p.T("贈り物", "Gifts")}},
		Guide: []ui.Link{{Href: "#", Text: p.T("送料とお届け", "Shipping")}, {Href: "#", Text: p.T("返品について", "Returns")}, {Href: "#", Text: p.T("お問い合わせ", "Contact")}},
		Legal: []ui.Link{{Href: "#", Text: p.T("特定商取引法に基づく表記", "Legal notice")}, {Href: "#", Text: p.T("プライバシーポリシー", "Privacy")}}}
	names := [][2]string{{"宇治煎茶 朝露", "Sencha Asatsuyu"}, {"玉露 月影 50g 缶入り", "Gyokuro Tsukikage, 50 g tin"}, {"石臼挽き抹茶 若葉", "Stone-ground matcha Wakaba"},
		{"ほうじ茶 琥珀", "Hojicha Kohaku"}, {"急須 常滑 深緑", "Tokoname teapot"}, {"茶筒 桜皮", "Cherry-bark caddy"}, {"和紅茶 夕映え", "Japanese black tea"}, {"詰め合わせ 春の便り", "Spring gift box"}}
	cards := make([]ui.Card, len(names))
	for i, n := range names {
		cards[i] = ui.Card{Href: "#", Name: p.T(n[0], n[1]), Image: picture(40 + i*37), Price: ui.Price{Yen: int64(1080 + i*432), Reduced: i < 4}}
	}
	cards[1].Price.UpTo = 4320
	cards[3].Price.Was = 2700
	cards[3].Badge, cards[4].Badge = p.T("お買い得", "Offer"), p.T("売り切れ", "Sold out")
	return kit.Shop(s, cards)
}

func desk(l i18n.Lang, a look) templ.Component {
	p := page(l, a, l.Pick("ホーム", "Home"), "Noren")
	p.Note = ui.Note{Tone: ui.Good, Text: p.T("保存しました。", "Saved.")}
	c := chart.Chart{Lang: l, Title: p.T("売上", "Sales"), Unit: p.T("円", " yen")}
	for i := range 14 {
		c.Points = append(c.Points, chart.Point{Label: fmt.Sprintf("11/%d", i+9), Value: int64(22000 + (i*7919)%41000)})
	}
	t := ui.Table{Caption: p.T("最近の注文", "Recent orders"), Columns: []ui.Column{{Head: p.T("注文番号", "Order"), Kind: ui.AsLead}, {Head: p.T("日時", "When")},
		{Head: p.T("状態", "State")}, {Head: p.T("支払い", "Payment")}, {Head: p.T("合計", "Total"), Kind: ui.AsNumber}}}
	for i := range 5 {
		tone, word := ui.Warn, p.T("発送待ち", "To dispatch")
		if i > 2 {
			tone, word = ui.Good, p.T("発送済み", "Dispatched")
		}
		t.Rows = append(t.Rows, []templ.Component{ui.Anchor("#", fmt.Sprintf("#%d", 20418-i)), ui.Words(l.DateTime(1795300000000 - int64(i)*5000000)),
			ui.BadgeOf(tone, word), ui.Words(p.T("代金引換", "Cash on delivery")), ui.Money(p, int64(3240+i*1180))})
	}
	nav := []ui.Link{{Href: "/", Text: p.T("ホーム", "Home"), Icon: ui.IconHome, Current: true}, {Href: "#", Text: p.T("注文", "Orders"), Icon: ui.IconOrder, Count: 5},
		{Href: "#", Text: p.T("商品", "Products"), Icon: ui.IconBox}, {Href: "#", Text: p.T("在庫", "Stock"), Icon: ui.IconStock},
		{Href: "#", Text: p.T("閲覧記録", "Access"), Icon: ui.IconEye}, {Href: "#", Text: p.T("スタッフ", "Staff"), Icon: ui.IconPeople}, {Href: "#", Text: p.T("設定", "Settings"), Icon: ui.IconGear}}
	return kit.Desk(ui.Admin{Page: p, Shop: p.T("茶舗 青嵐", "Seiran Tea"), Home: "/", Visit: "#", Who: "owner", Logout: "/logout", Nav: nav}, c, t)
}

func checkout(l i18n.Lang, a look) templ.Component {
	p := page(l, a, l.Pick("お届け先の入力", "Delivery"), l.Pick("茶舗 青嵐", "Seiran Tea"))
	e := ui.ErrorsOf(l, fault.Faults{
		fault.Invalid("kana", fault.Text{Ja: "フリガナを入力してください。", En: "Enter the reading of your name."}),
		fault.Invalid("street", fault.Text{Ja: "番地を入力してください。", En: "Enter the street."})})
	q := ui.Quiet{Page: p, Shop: p.Site, Home: "/", Broad: ui.Wide, Step: 1, Steps: []string{p.T("カート", "Cart"), p.T("お届け先", "Address"), p.T("確認", "Review"), p.T("完了", "Done")},
		Legal: []ui.Link{{Href: "#", Text: p.T("特定商取引法に基づく表記", "Legal notice")}, {Href: "#", Text: p.T("プライバシーポリシー", "Privacy")}}}
	return kit.Checkout(q, e, []ui.Sum{{Text: p.T("商品の合計", "Goods"), Yen: 5184}, {Text: p.T("送料", "Shipping"), Yen: 880}, {Text: p.T("代引手数料", "COD fee"), Yen: 330}, {Text: p.T("お支払い合計（税込）", "Total, tax included"), Yen: 6394}})
}

func console(l i18n.Lang, a look) templ.Component {
	p := page(l, a, "404", "Noren Ops")
	return kit.Console(ui.Ops{Page: p, Logout: "/logout", Nav: []ui.Link{{Href: "#", Text: p.T("ショップ", "Shops"), Icon: ui.IconStore, Current: true}, {Href: "#", Text: p.T("状態", "Health"), Icon: ui.IconChart},
		{Href: "#", Text: p.T("安全", "Safety"), Icon: ui.IconShield}}})
}

func pages(l i18n.Lang, a look) map[string]templ.Component {
	return map[string]templ.Component{"shop": shop(l, a, ui.Tea), "ceramics": shop(l, a, ui.Ceramics), "clothing": shop(l, a, ui.Clothing),
		"admin": desk(l, a), "checkout": checkout(l, a), "ops": console(l, a)}
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPagesObeyThePolicy(t *testing.T) {
	t.Parallel()
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|javascript:|<style|<script[^>]*>[^<]`)
	outside := regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`)
	id := regexp.MustCompile(`\sid="([^"]+)"`)
	for _, l := range []i18n.Lang{i18n.Ja, i18n.En} {
		for name, c := range pages(l, look{assets, "test"}) {
			html := render(t, c)
			if m := inline.FindString(html); m != "" {
				t.Errorf("%s: inline %q", name, m)
			}
			if m := outside.FindString(html); m != "" {
				t.Errorf("%s: loads from elsewhere: %q", name, m)
			}
			if strings.Count(html, "<h1") != 1 || !strings.Contains(html, `<html lang="`+string(l)+`">`) || !strings.Contains(html, `id="main"`) {
				t.Errorf("%s: no single heading, language or main part", name)
			}
			seen := map[string]bool{}
			for _, m := range id.FindAllStringSubmatch(html, -1) {
				if seen[m[1]] {
					t.Errorf("%s: id %s twice", name, m[1])
				}
				seen[m[1]] = true
			}
			if strings.Contains(html, `href=""`) || strings.Contains(html, `src=""`) {
				t.Errorf("%s: an asset is missing", name)
			}
		}
	}
}
