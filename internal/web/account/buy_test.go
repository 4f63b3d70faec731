package account_test

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

func TestGuestBuys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang    i18n.Lang
		payment string
		total   int64
		form    []string // the first view, before anything is typed
		confirm []string
		thanks  []string
	}{
		{i18n.Ja, "cod", 6_590, []string{"ご注文内容", "5,460円", "都道府県を選ぶと表示", "銀行振込", "330円"},
			[]string{"数量", "宇治煎茶 100g※ × 2", "販売価格と送料を含む支払総額", "送料 800円", "決済手数料 330円", "6,590円",
				"8%対象※ 2,160円（内消費税 160円）", "お支払いの方法と時期", "代金引換", "商品の引渡時期", "宅急便", "3営業日",
				"お申込みの撤回・キャンセル・返品", "8日以内", "0312345678", "お申込みの期間", "東京都中央区銀座1-2-3", "ノレンビル 4F", "ヤマダ ハナコ"},
			[]string{"ありがとうございます", "6,590円を配達員に"}},
		{i18n.En, "cod", 6_590, []string{"Your order", "¥5,460", "Choose a prefecture"},
			[]string{"Quantity", "Uji sencha 100g※ × 2", "Shipping ¥800", "Payment fee ¥330", "¥6,590", "How and when to pay", "Cash on delivery",
				"When it is delivered", "Withdrawal, cancellation and returns", "Period of the offer", "shop@example.com"},
			[]string{"Thank you", "Pay ¥6,590 to the carrier"}},
		{i18n.Ja, "bank_transfer", 6_260, nil, []string{"銀行振込", "2026年11月29日まで", "6,260円"},
			[]string{"のれん銀行 本店 普通 1234567", "6,260円", "2026年11月29日まで"}},
		{i18n.En, "bank_transfer", 6_260, nil, []string{"Bank transfer", "29 November 2026"}, []string{"のれん銀行 本店 普通 1234567", "¥6,260"}},
	} {
		t.Run(string(c.lang)+" "+c.payment, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			b := s.enter(t, c.lang, cart.Line{Variant: s.tea, Quantity: 2}, cart.Line{Variant: s.cup, Quantity: 1})
			has(t, b.Get(s.path("/checkout")), 200, c.form...)
			a := s.confirm(t, b, s.typed("payment", c.payment))
			has(t, a, 200, c.confirm...)
			thanks := b.Post(s.path("/checkout/place"), hidden(a.Body)...)
			if thanks.Status != 303 {
				t.Fatalf("%d %s", thanks.Status, text(thanks.Body))
			}
			o := s.order(t, orderOf(t, thanks.Location()))
			has(t, b.Get(thanks.Location()), 200, append(c.thanks, o.Number)...)
			if o.Total != c.total || o.Payment != c.payment || o.Lang != c.lang || len(o.Lines) != 2 {
				t.Errorf("%+v", o)
			}
			s.evidence(t, o, a.Body)
			has(t, b.Get(s.path("/checkout")), 409) // the cart is empty now
		})
	}
}

// evidence checks that what is kept is what was shown, byte for byte.
func (s *stall) evidence(t *testing.T, o order.Order, page string) {
	t.Helper()
	err := s.DB.Read(t.Context(), s.owned(), func(r db.Reader) error {
		kept, ev, err := s.Orders.Screen(t.Context(), r, o, "")
		if err != nil {
			return err
		}
		if len(kept) < 1000 || !strings.Contains(page, string(kept)) || ev.SHA256 != sha256.Sum256(kept) || ev.Bytes != int64(len(kept)) {
			t.Errorf("what is kept is not what was shown: %s", kept)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTotalIsThereBeforeAnyoneSaysWhoTheyAre(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1})
	for _, c := range []struct{ prefecture, payment, want string }{
		{"", "", "1,080円"}, {"13", "", "1,880円"}, {"13", "cod", "2,210円"}, {"13", "card", "1,880円"}, {"48", "", "1,080円"}, {"-1", "x", "1,080円"}} {
		a := b.Post(s.path("/checkout"), "prefecture", c.prefecture, "payment", c.payment, "name", "山田 <花子>")
		has(t, a, 200, c.want)
		if !strings.Contains(a.Body, "山田 &lt;花子&gt;") {
			t.Errorf("%+v: what was typed is gone", c)
		}
	}
}

func TestPostcodeFillsTheAddressIn(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1})
	if a := b.Get("/postcode/1040061"); a.Status != 200 || a.Body != `{"prefecture":"13","city":"中央区","town":"銀座"}`+"\n" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	for _, code := range []string{"0000000", "104", "abc", "10400610", "１０４００６１"} {
		if a := b.Get("/postcode/" + code); a.Status != 404 {
			t.Errorf("%s: %d", code, a.Status)
		}
	}
	a := b.Post(s.path("/checkout"), "act", "address", "postcode", "１０４−００６１", "name", "山田 花子")
	has(t, a, 200, "1,880円")
	for _, want := range []string{`value="中央区"`, `value="銀座"`, `value="山田 花子"`, `<option value="13" selected>`} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("no %s", want)
		}
	}
	has(t, b.Post(s.path("/checkout"), "act", "address", "postcode", "000-0000", "city", "どこか"), 422, "見つかりませんでした")
}

func TestEveryWrongFieldIsNamedAtOnceAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	s := open(t)
	for l, wants := range map[i18n.Lang][]string{
		i18n.Ja: {"お名前：絵文字", "フリガナ：", "郵便番号：", "都道府県：", "町名・番地：", "電話番号：", "メールアドレス：", "お支払い方法："},
		i18n.En: {"Name: Emoji", "Reading (furigana): ", "Postcode: ", "Prefecture: ", "Town and number: ", "Phone: ", "E-mail: ", "Payment: "},
	} {
		b := s.enter(t, l, cart.Line{Variant: s.tea, Quantity: 1})
		fields := s.typed("name", "山田😀", "furigana", "yamada", "postcode", "1", "prefecture", "48", "street", "", "phone", "12",
			"email", "hanako@", "payment", "card", "act", "confirm")
		a := b.Post(s.path("/checkout"), fields...)
		has(t, a, 422, wants...)
		for _, typed := range []string{`value="山田😀"`, `value="yamada"`, `value="hanako@"`, `value="中央区"`, "玄関前に置いてください 😀</textarea>"} {
			if !strings.Contains(a.Body, typed) {
				t.Errorf("%s is lost", typed)
			}
		}
		if !strings.Contains(a.Body, `id="f-name-error"`) {
			t.Error("the message is not at the field")
		}
		has(t, b.Post(s.path("/checkout"), s.typed("wish_day", "2020-01-01", "wish_slot", "9999", "act", "confirm")...), 422)
		has(t, b.Post(s.path("/checkout"), s.typed("note", strings.Repeat("あ", 501), "act", "confirm")...), 422)
	}
	if n := s.orders(t); n != 0 {
		t.Errorf("%d orders", n)
	}
}

func TestAskingForACorrectionLosesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1})
	carried := hidden(s.confirm(t, b, s.typed()).Body)
	a := b.Post(s.path("/checkout"), set(carried, "act", "edit")...)
	has(t, a, 200, "確認画面へ進む")
	for _, v := range []string{"山田 花子", "やまだ はなこ", "ﾉﾚﾝﾋﾞﾙ 4F", "03-1234-5678"} {
		if !strings.Contains(a.Body, `value="`+v+`"`) {
			t.Errorf("%s is lost", v)
		}
	}
}

func TestPricesAndQuantitiesOfTheClientAreNotRead(t *testing.T) {
	t.Parallel()
	s := open(t)
	other := s.OpenShop(t, "other")
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1})
	forged := s.typed("price", "1", "total", "1", "to_pay", "0", "quantity", "2147483648", "lines.0.quantity", "-1", "fee", "0",
		"variant", id.String(s.cup), "shop", id.String(other.ID), "discount", "1080")
	a := s.confirm(t, b, forged)
	has(t, a, 200, "2,210円")
	fields := append(hidden(a.Body), "price", "1", "total", "1", "quantity", "0.5")
	o := s.order(t, orderOf(t, b.Post(s.path("/checkout/place"), fields...).Location()))
	if o.Total != 2_210 || len(o.Lines) != 1 || o.Lines[0].Quantity != 1 {
		t.Errorf("%+v", o)
	}
}

func TestForgedConfirmationBuysNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1})
	shown := hidden(s.confirm(t, b, s.typed()).Body)
	for name, c := range map[string]struct {
		field, value string
		status       int
	}{"digest": {"digest", "1.a.b.c.d.e.f", 409}, "screen": {"shown", strings.Repeat("0", 64), 409}, "key": {"key", "", 409},
		"shipping": {"shipping", "1", 422}, "payment": {"payment", "bank_transfer", 409}, "name": {"name", "他人", 409}, "bad name": {"name", "\U0001F600", 422}} {
		a := b.Post(s.path("/checkout/place"), set(slices.Clone(shown), c.field, c.value)...)
		if a.Status != c.status {
			t.Errorf("%s: %d %s", name, a.Status, text(a.Body))
		}
	}
	if n := s.orders(t); n != 0 {
		t.Errorf("%d orders", n)
	}
	if a := b.Post(s.path("/checkout/place"), shown...); a.Status != 303 {
		t.Errorf("the true one: %d", a.Status)
	}
}

func TestChangeSinceTheConfirmationIsShown(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.cup, Quantity: 1})
	a := s.confirm(t, b, s.typed())
	s.Write(t, s.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		p, err := s.Catalog.Get(ctx, tx, s.pot.ID)
		if err != nil {
			return err
		}
		in := p.In()
		in.Variants[0].Price = 3_500
		return s.Catalog.Change(ctx, tx, p.ID, p.Version, in)
	})
	a = b.Post(s.path("/checkout/place"), hidden(a.Body)...)
	has(t, a, 409, "ご注文はまだ完了していません", "変わったもの: 商品の価格または数量", "4,630円", "注文を確定する")
	a = b.Post(s.path("/checkout/place"), hidden(a.Body)...)
	if a.Status != 303 || s.order(t, orderOf(t, a.Location())).Total != 4_630 {
		t.Errorf("%d %s", a.Status, text(a.Body))
	}
}

func TestDeadlineThatMovedAtMidnightIsShownAnew(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.cup, Quantity: 1})
	a := s.confirm(t, b, s.typed("payment", "bank_transfer"))
	has(t, a, 200, "2026年11月29日まで")
	s.Clock.Add(6 * time.Hour)
	a = b.Post(s.path("/checkout/place"), hidden(a.Body)...)
	has(t, a, 409, "2026年11月30日まで", "変わったもの: お届け・お支払い・返品の条件")
	again := b.Post(s.path("/checkout/place"), hidden(a.Body)...)
	if again.Status != 303 {
		t.Fatalf("%d %s", again.Status, text(again.Body))
	}
	s.evidence(t, s.order(t, orderOf(t, again.Location())), a.Body)
}

func TestSoldOutAtTheLastStepNamesThePiece(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1}, cart.Line{Variant: s.cup, Quantity: 1})
	a := s.confirm(t, b, s.typed())
	s.Clock.Add(checkout.HoldTime + time.Second)
	s.Write(t, s.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.Stock.Sweep(ctx, tx, 100); err != nil {
			return err
		}
		return s.Stock.Set(ctx, tx, s.cup, 0, inventory.Counted)
	})
	a = b.Post(s.path("/checkout/place"), hidden(a.Body)...)
	has(t, a, 409, "「湯呑 白磁」は売り切れました", "カートに戻って直す")
	if !strings.Contains(a.Body, `href="`+s.shop.Origin+`/cart"`) || !strings.Contains(a.Body, `value="山田 花子"`) {
		t.Error("no way back to the cart, or what was typed is lost")
	}
	lacks(t, a, "注文を確定する")
	if n := s.orders(t); n != 0 {
		t.Errorf("%d orders", n)
	}
}

func TestDoubleSubmitLeadsToTheSameThanks(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1})
	fields := hidden(s.confirm(t, b, s.typed()).Body)
	first, second := b.Post(s.path("/checkout/place"), fields...), b.Post(s.path("/checkout/place"), fields...)
	if first.Status != 303 || second.Status != 303 || first.Location() != second.Location() || s.orders(t) != 1 {
		t.Errorf("%d %q, %d %q", first.Status, first.Location(), second.Status, second.Location())
	}
	has(t, b.Get(second.Location()), 200, "ありがとうございます")
}

func TestHandoverIsTakenOnceInItsShop(t *testing.T) {
	t.Parallel()
	s := open(t)
	other := s.OpenShop(t, "other")
	address := s.hand(t, cart.Line{Variant: s.tea, Quantity: 1})
	b := s.Door(t, place.Account)
	neighbours := strings.Replace(address, s.path(""), "/s/"+id.String(other.ID), 1)
	has(t, b.Get(neighbours), 410, "カートに戻る")
	if a := b.Get(address); a.Status != 303 || strings.Contains(a.Location(), "t=") {
		t.Fatalf("%d %q", a.Status, a.Location())
	}
	a := b.Get(address)
	has(t, a, 410, "カートに戻る", "途中だったお手続きを続ける")
	if !strings.Contains(a.Body, `href="`+s.shop.Origin+`/cart"`) {
		t.Error("no way back to the shop's cart")
	}
	has(t, s.Door(t, place.Account).Get(address), 410)
	has(t, s.Door(t, place.Account).Get(s.path("/checkout")), 409, "カートは空です") // no cart came with this browser
	has(t, b.Get("/s/"+id.String(other.ID)+"/checkout"), 409, "カートは空です")
	has(t, b.Get("/s/1/checkout"), 404)
	has(t, b.Get("/s/0/checkout"), 404)
}

func TestShopWithoutTheSixItemsShowsNoButton(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.tea, Quantity: 1})
	fields := hidden(s.confirm(t, b, s.typed()).Body)
	check := func(want string) {
		t.Helper()
		for _, a := range []servertest.Answer{b.Get(s.path("/checkout")), b.Post(s.path("/checkout"), s.typed("act", "confirm")...),
			b.Post(s.path("/checkout/place"), fields...)} {
			has(t, a, 409, want)
			lacks(t, a, "注文を確定する", "確認画面へ進む")
		}
	}
	s.Write(t, s.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE shop SET returns = '', version = version + 1 WHERE shop_id = $1`, tx.Shop())
		return err
	})
	check("法律で定められた表示")
	s.Write(t, s.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE shop SET returns = 'x', version = version + 1 WHERE shop_id = $1`, tx.Shop())
		return err
	})
	s.SetState(t, s.shop, tenant.Paused)
	check("現在ご注文を受け付けていません")
	if n := s.orders(t); n != 0 {
		t.Errorf("%d orders", n)
	}
}

func TestConfirmationInAnotherLanguageIsShownAnew(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.enter(t, i18n.Ja, cart.Line{Variant: s.cup, Quantity: 1})
	a := s.confirm(t, b, s.typed())
	b.Get(s.path("/checkout?lang=en")) // in another tab
	a = b.Post(s.path("/checkout/place"), hidden(a.Body)...)
	if a.Status != 409 || s.orders(t) != 0 {
		t.Fatalf("bought what was shown in another language: %d %s", a.Status, text(a.Body))
	}
	again := b.Post(s.path("/checkout/place"), hidden(a.Body)...)
	if again.Status != 303 {
		t.Fatalf("%d %s", again.Status, text(again.Body))
	}
	s.evidence(t, s.order(t, orderOf(t, again.Location())), a.Body)
}

func TestCartComesFromTheStorefront(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.Browse(t, s.shop.Origin)
	if a := b.Post("/products/"+s.pot.Handle, "variant", id.String(s.cup), "quantity", "2"); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, text(a.Body))
	}
	a := b.Post("/checkout")
	if a.Status != 303 || !strings.HasPrefix(a.Location(), s.Book.Door(place.Account, servertest.Domain)+s.path("/enter?t=")) {
		t.Fatalf("%d %q", a.Status, a.Location())
	}
	door := b.At(s.Book.Door(place.Account, servertest.Domain))
	if a = door.Get(a.Location()); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, text(a.Body))
	}
	has(t, door.Get(a.Location()), 200, "湯呑 白磁", "6,600円")
	s.buy(t, door, s.typed())
	has(t, b.Get("/cart"), 200, "カートは空です")
}
