package admin_test

import (
	"html"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/index"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
)

// personal is what must not stand on a page that opened nobody's data.
var personal = []string{"!花子", "!ハナコ", "!銀座", "!03-1234-5678", "!0312345678", "!hanako@example.jp"}

func at(n id.Order) string { return home + "/orders/" + id.String(n) }

func TestOrderIsMaskedUntilSomebodySaysWhatFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.cod(t)
		b := h.as(t, h.packer)
		b.get(at(n)).want(t, 200, append(personal, "東京都", "煎茶", "発送のため")...)
		if es := h.entries(t); len(es) != 0 {
			t.Fatalf("looking at a masked page was entered: %+v", es)
		}
		b.post(at(n)+"/show").want(t, 422, append(personal, "表示する目的を選んでください")...)
		b.post(at(n)+"/show", "purpose", "export").want(t, 422, personal...)
		a := b.post(at(n)+"/show", "purpose", string(vault.ShipOrder), "why", "箱詰め")
		a.want(t, 200, "山田 花子", "銀座1-2-3", "〒104-0061", "0312345678", "hanako@example.jp", "発送のため", `href="`+at(n)+`?lang=en"`)
		if c := a.header.Get("Cache-Control"); c != "private, no-store" {
			t.Errorf("revealed page may be kept: %q", c)
		}
		b.get(at(n)).want(t, 200, personal...)
		es := h.entries(t)
		if len(es) != 1 || es[0].Purpose != vault.ShipOrder || es[0].By != int64(h.packer.Account) || es[0].Persons != 1 {
			t.Fatalf("ledger: %+v", es)
		}
		h.as(t, h.Owner).get(at(n)).want(t, 200, "このお客様の情報を見た人", "<b>発送担当</b>", "<span>発送</span>", "住所")
		b.get(at(n)).want(t, 200, "!このお客様の情報を見た人")
	})
}

func TestPackingSlipIsAReadingLikeAnyOther(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.cod(t)
		b := h.as(t, h.packer)
		b.get(at(n)+"/slip").want(t, 405)
		b.post(at(n)+"/slip").want(t, 200, "納品書", "山田 花子", "暖簾商店", "8%対象※")
		if es := h.entries(t); len(es) != 1 || es[0].Purpose != vault.ShipOrder {
			t.Fatalf("ledger: %+v", es)
		}
	})
}

func TestOrdersAreListedWithNamesInOneRoundTrip(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		first, second := h.cod(t), h.bank(t)
		b := h.as(t, h.Owner)
		b.get(home+"/orders").want(t, 200, "山田 花子", h.Get(t, first).Number, h.Get(t, second).Number)
		if es := h.entries(t); len(es) != 1 || es[0].Purpose != vault.ListOrders || es[0].Persons != 2 {
			t.Fatalf("ledger: %+v", es)
		}
		b.get(home+"/orders?tab=ship").want(t, 200, h.Get(t, first).Number, "!"+h.Get(t, second).Number)
		b.get(home+"/orders?tab=pay").want(t, 200, "!"+h.Get(t, first).Number, h.Get(t, second).Number)
		b.get(home+"/orders?min=1000000").want(t, 200, "条件に合う注文はありません")
		b.get(home+"/orders?from=2026-11-22&until=2026-11-22").want(t, 200, h.Get(t, first).Number)
		b.get(home+"/orders?from=2026-11-23").want(t, 200, "条件に合う注文はありません")
		b.get(home+"/orders?min=abc").want(t, 422, "金額は数字で")
		b.get(home+"/orders?after=nonsense").want(t, 422)
		number := strings.ReplaceAll(h.Get(t, first).Number, "-", "")
		if a := b.get(home + "/orders?number=" + number); a.status != 303 || a.to != at(first) {
			t.Errorf("a number leads to %d %q", a.status, a.to)
		}
		b.get(home+"/orders?number=999999-000000").want(t, 200, "条件に合う注文はありません")
	})
}

func TestOrdersAreFoundByWhoBought(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		mine := h.cod(t)
		f := h.Form()
		f.Name, f.Furigana, f.Phone, f.Email = "佐藤 健太郎", "サトウ ケンタロウ", "090-1111-2222", "ken@example.com"
		other := h.Order(t, f, cart.Line{Variant: h.Tea, Quantity: 1}).Order
		quiet := slog.New(slog.DiscardHandler)
		flow := index.New(h.DB, h.Vault.Client, h.Orders, quiet)
		for _, n := range []id.Order{mine, other} {
			if err := flow.Index(t.Context(), flowtest.Shop, n); err != nil {
				t.Fatal(err)
			}
		}
		b, find := h.as(t, h.packer), home+"/orders/find"
		first, second := h.Get(t, mine).Number, h.Get(t, other).Number
		for _, text := range []string{"HANAKO@example.jp", "０３-１２３４-５６７８", "花子", "はなこ"} {
			b.post(find, "sought", text).want(t, 200, first, "山田 花子", "!"+second, `value="`+text+`"`)
		}
		if es := h.entries(t); len(es) != 8 || es[0].Purpose != vault.ListOrders || es[1].Kind != "search" || es[1].Purpose != vault.FindOrder || es[1].By != 202 {
			t.Errorf("ledger: %+v", es)
		}
		b.post(find, "sought", "鈴木").want(t, 200, "見つかりませんでした", `value="鈴木"`)
		b.post(find, "sought", "ken@").want(t, 422, "全体を入力", `value="ken@"`, "!"+first)
		b.post(find, "sought", "<b>\"x").want(t, 200, "!<b>")
		if a := b.post(find, "sought", strings.ReplaceAll(first, "-", "")); a.status != 303 || a.to != home+"/orders?number="+first {
			t.Errorf("a number leads to %d %q", a.status, a.to)
		}
		b.get(find).want(t, 404)
		h.Vault.Stop()
		b.post(find, "sought", "花子").want(t, 503, "検索できませんでした", "保管庫に接続できません", `value="花子"`, "!"+first)
	})
}

func TestLongListsGoOnWhereThePageEnded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		for range 52 {
			h.Count(t, h.Tea, 50)
			h.Order(t, h.Form(), cart.Line{Variant: h.Tea, Quantity: 1})
			h.clock.Add(time.Minute)
		}
		b := h.as(t, h.Owner)
		seen := map[string]bool{}
		rows := regexp.MustCompile(`class="order-no">([0-9-]+)<`)
		next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
		for path, pages := home+"/orders?tab=ship", 1; path != ""; pages++ {
			a := b.get(path)
			a.want(t, 200)
			for _, m := range rows.FindAllStringSubmatch(a.body, -1) {
				if seen[m[1]] {
					t.Errorf("%s came twice", m[1])
				}
				seen[m[1]] = true
			}
			path = ""
			if m := next.FindStringSubmatch(a.body); m != nil {
				path = html.UnescapeString(m[1])
			}
			if pages > 2 {
				t.Fatal("too many pages")
			}
		}
		if es := h.entries(t); len(seen) != 52 || len(es) != 2 || es[0].Persons != 2 || es[1].Persons != 50 {
			t.Errorf("%d orders, ledger %+v", len(seen), es)
		}
	})
}

func TestVaultAwayLeavesTheListMasked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.cod(t)
		b := h.as(t, h.Owner)
		b.get(home).want(t, 200) // who is logged in is believed for a moment
		h.Vault.Stop()
		b.get(home+"/orders").want(t, 200, append(personal, h.Get(t, n).Number, "いま表示できません", "保管庫に接続できません")...)
		b.get(at(n)).want(t, 200, append(personal, "煎茶", "保管庫に接続できません")...)
		b.post(at(n)+"/show", "purpose", string(vault.ViewOrder)).want(t, 503, append(personal, "煎茶", "保管庫に接続できません")...)
		b.get(home+"/access").want(t, 503, "保管庫に接続できません")
	})
}

func TestOrderIsWorkedOnFromPaymentToDelivery(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.bank(t)
		owner, packer := h.as(t, h.Owner), h.as(t, h.packer)
		packer.get(at(n)).want(t, 200, "入金を待っています", "!入金を確認した", "!キャンセルする")
		packer.post(at(n)+"/paid", "version", "1").want(t, 403)
		if a := owner.post(at(n)+"/paid", "version", "1"); a.status != 303 || a.to != at(n) {
			t.Fatalf("%d %q %s", a.status, a.to, a.body)
		}
		owner.get(at(n)).want(t, 200, "入金済みにしました", "発送済みにする")
		packer.post(at(n)+"/ship", "version", "2", "carrier", "yamato", "slip", "1234-5678-9012").
			want(t, 422, "検査数字が合いません", "1234-5678-9012")
		if a := packer.post(at(n)+"/ship", "version", "2", "carrier", "yamato", "slip", "１２３４-5678-9013"); a.status != 303 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		packer.get(at(n)).want(t, 200, "発送済みにしました", "123456789013", "荷物を追跡", "送信待ち")
		if a := packer.post(at(n)+"/deliver", "version", "3"); a.status != 303 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		packer.get(at(n)).want(t, 200, "お届け済みにしました")
		if o := h.Get(t, n); o.Status != order.Delivered {
			t.Errorf("%s", o.Status)
		}
	})
}

func TestPackerCannotCancel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.cod(t)
		b := h.as(t, h.packer)
		b.get(at(n)).want(t, 200, "!この注文をキャンセルする")
		b.post(at(n)+"/cancel", "version", "1", "reason", "other").want(t, 403)
		b.get(home+"/access").want(t, 403)
		if o := h.Get(t, n); o.Status != order.Placed || o.Version != 1 {
			t.Errorf("%s, version %d", o.Status, o.Version)
		}
		owner := h.as(t, h.Owner)
		owner.post(at(n)+"/cancel", "version", "1").want(t, 422, "キャンセルの理由を選んでください")
		if a := owner.post(at(n)+"/cancel", "version", "1", "reason", "stock"); a.status != 303 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		owner.get(at(n)).want(t, 200, "在庫がないため", "いまありません")
	})
}

func TestCancelledAfterPaymentAsksForTheRefund(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.bank(t)
		b := h.as(t, h.Owner)
		for _, s := range [][]string{{"/paid", "1"}, {"/cancel", "2"}} {
			if a := b.post(at(n)+s[0], "version", s[1], "reason", "purchaser"); a.status != 303 {
				t.Fatalf("%s: %d %s", s[0], a.status, a.body)
			}
		}
		b.get(at(n)).want(t, 200, "返金が必要です", "要返金")
		if a := b.post(at(n)+"/refund", "version", "3"); a.status != 303 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		b.get(at(n)).want(t, 200, "返金済み", "!返金が必要です")
	})
}

func TestConflictKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.cod(t)
		packer, owner := h.as(t, h.packer), h.as(t, h.Owner)
		if a := packer.post(at(n)+"/note", "version", "1", "note", "先に書いたメモ"); a.status != 303 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		a := owner.post(at(n)+"/note", "version", "1", "note", "電話で <b>確認</b> しました")
		a.want(t, 409, "ほかの人がこの注文を更新しました", "電話で &lt;b&gt;確認&lt;/b&gt; しました", `name="version" value="2"`, "!先に書いたメモ")
		owner.post(at(n)+"/ship", "version", "1", "carrier", "sagawa", "slip", "123456789013").
			want(t, 409, `value="123456789013"`, `<option value="sagawa" selected`)
		if a := owner.post(at(n)+"/note", "version", "2", "note", "電話で確認しました"); a.status != 303 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		owner.get(at(n)).want(t, 200, "!先に書いたメモ", "!電話で確認", "お届け先を表示すると読めます")
		owner.post(at(n)+"/show", "purpose", string(vault.AnswerInquiry)).want(t, 200, "先に書いたメモ", "電話で確認しました")
	})
}

func TestNeighbourIsNotFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.cod(t)
		h.Vault.Shop(t, h.DB, 8)
		neighbour := h.Vault.Owner(t, 8, 303)
		b := h.as(t, neighbour)
		for _, path := range []string{home, home + "/orders", at(n), home + "/access", "/8/orders/" + id.String(n), "/8/access?order=" + id.String(n)} {
			b.get(path).want(t, 404, personal...)
		}
		for _, path := range []string{"/show", "/slip", "/ship", "/paid", "/cancel", "/note", "/deliver", "/refund"} {
			b.post("/8/orders/"+id.String(n)+path, "version", "1", "purpose", string(vault.ViewOrder), "reason", "other", "note", "x").want(t, 404, personal...)
			b.post(at(n)+path, "version", "1", "purpose", string(vault.ViewOrder)).want(t, 404, personal...)
		}
		if a := h.as(t, actor.Actor{}).get(at(n)); a.status != 303 || !strings.Contains(a.to, "/login?next=") {
			t.Errorf("a stranger gets %d %q", a.status, a.to)
		}
		if es := h.entries(t); len(es) != 0 {
			t.Errorf("the neighbour was entered: %+v", es)
		}
	})
}

func TestHostileTextsStayTexts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		const evil = `"><script>alert(1)</script>`
		v := h.Add(t, catalog.In{Name: "急須" + evil, State: catalog.Showing, Variants: []catalog.VariantIn{{Price: 500}}}, 3)
		f := h.Form()
		f.Name, f.Note, f.Payment = "花子 "+evil, "のし "+evil, string(payment.COD)
		n := h.Order(t, f, cart.Line{Variant: v, Quantity: 1}).Order
		b := h.as(t, h.Owner)
		b.post(at(n)+"/note", "version", "1", "note", evil).want(t, 303)
		for _, a := range []answer{b.get(home), b.get(home + "/orders"), b.get(at(n)), b.post(at(n) + "/slip"),
			b.post(at(n)+"/show", "purpose", string(vault.ViewOrder)), b.get(home + "/orders?min=" + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E")} {
			if a.status != 200 && a.status != 422 || strings.Contains(a.body, "<script>alert") || !strings.Contains(a.body, "&lt;script&gt;alert(1)") {
				t.Errorf("%d: %s", a.status, a.body)
			}
		}
	})
}

func TestHomeShowsTheDayWithoutOpeningAnybodysData(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.cod(t)
		h.bank(t)
		h.Count(t, h.Cup, 2)
		b := h.as(t, h.Owner)
		b.get(home).want(t, 200, append(personal, h.Get(t, n).Number, "発送待ち", "湯呑", "残り2点", "一時休業にする", "<svg class=\"chart\"", "!開店までの準備")...)
		if es := h.entries(t); len(es) != 0 {
			t.Errorf("the first page opened somebody's data: %+v", es)
		}
		h.as(t, h.packer).get(home).want(t, 200, "!一時休業にする", "発送待ち")
		if a := b.get("/"); a.status != 303 || a.to != home {
			t.Errorf("one shop: %d %q", a.status, a.to)
		}
		h.Vault.Shop(t, h.DB, 8)
		who := vault.AccountSubject(vault.ShopOwner, h.Owner.Account)
		if err := h.Vault.Grant(t.Context(), h.Owner.Credential, who, 8, actor.Owner); err != nil {
			t.Fatal(err)
		}
		err := h.DB.Write(t.Context(), db.Scope{Shop: 8, Actor: flowtest.Seed()}, func(tx *db.Tx) error {
			_, err := h.Tenant.Create(t.Context(), tx, "second-shop", tenant.Settings{Name: "二つ目の店"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		h.Vault.Clock.Add(3 * time.Second) // the desk asks the vault again
		b.get("/").want(t, 200, "暖簾商店", "二つ目の店", `href="/8"`, "準備中")
		b.get("/8").want(t, 200, "開店までの準備", "5項目のうち0項目が完了", "/8/settings/legal", "!開店する</button>")
		none := h.Vault.LogIn(t, vault.AccountSubject(vault.ShopOwner, 404), "new@example.com")
		if a := h.as(t, actor.Actor{Credential: none}).get("/"); a.status != 303 || a.to != "/shops/new" {
			t.Errorf("no shop: %d %q", a.status, a.to)
		}
	})
}

func TestReadersOfCustomersAreListedInPlainWords(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		first, second := h.cod(t), h.bank(t)
		owner, packer := h.as(t, h.Owner), h.as(t, h.packer)
		owner.get(home+"/access").want(t, 200, "まだだれも見ていません")
		packer.post(at(first)+"/show", "purpose", string(vault.ShipOrder)).want(t, 200, "花子")
		packer.get(home+"/orders").want(t, 200, "花子")
		owner.post(at(second)+"/show", "purpose", string(vault.AnswerInquiry)).want(t, 200, "花子")
		owner.get(home+"/access").want(t, 200, append(personal, "発送担当", "No. 202", "オーナー(あなた)", "お問い合わせ対応", "注文一覧", "2人分", "氏名", "住所")...)
		owner.get(home+"/access?order="+id.String(first)).want(t, 200, h.Get(t, first).Number, "発送担当", "注文一覧", "!お問い合わせ対応")
		owner.get(home+"/access?order=1").want(t, 404)
		owner.get(home+"/access?before=x").want(t, 404)
		es := h.entries(t)
		oldest := strconv.FormatInt(es[len(es)-1].Seq+1, 10)
		owner.get(home+"/access?before="+oldest).want(t, 200, "発送担当", "!お問い合わせ対応")
	})
}

func TestEveryShopPageNeedsItsRight(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		n := h.cod(t)
		stranger := h.as(t, actor.Actor{})
		for _, path := range []string{"/", home, home + "/orders", at(n), home + "/access"} {
			if a := stranger.get(path); a.status != 303 || !strings.Contains(a.to, "/login") {
				t.Errorf("%s: %d %q", path, a.status, a.to)
			}
		}
		for _, path := range []string{"/show", "/slip", "/ship", "/paid", "/cancel", "/note", "/deliver", "/refund"} {
			stranger.post(at(n)+path, "version", "1").want(t, 401, personal...)
		}
		if h.Left(t, h.Tea) != 49 || inventory.FewLeft != 5 {
			t.Error("a stranger changed something")
		}
	})
}
