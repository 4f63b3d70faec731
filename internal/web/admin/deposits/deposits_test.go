package deposits_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// buy places an order by bank transfer.
func buy(t *testing.T, s *servertest.Server, shop servertest.Shop, v id.Variant, furigana string) (o order.Order) {
	t.Helper()
	visitor := db.Scope{Shop: shop.ID, Actor: actor.Actor{Kind: actor.Visitor}.With(), Request: "test"}
	var tok secret.Token
	err := s.DB.Write(t.Context(), visitor, func(tx *db.Tx) error {
		c, err := s.Carts.Open(t.Context(), tx, secret.Token{}, i18n.Ja)
		if err != nil {
			return err
		}
		tok = c.Token
		_, err = s.Carts.Add(t.Context(), tx, c, cart.Line{Variant: v, Quantity: 1})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	form := checkout.Form{Lang: i18n.Ja, Name: "山田 花子", Furigana: furigana, Postcode: "104-0061", Prefecture: "13", City: "中央区",
		Street: "銀座1-2-3", Phone: "03-1234-5678", Email: "hanako@example.jp", Payment: string(payment.BankTransfer), Shipping: id.String(shop.Method.ID)}
	c, err := s.Checkout.Confirm(t.Context(), visitor, tok, form)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := s.Checkout.Place(t.Context(), visitor, checkout.PlaceIn{Cart: tok, Form: form, Digest: c.Digest, Key: c.Key,
		Screen: func(checkout.Confirmation) ([]byte, error) { return []byte("screen"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return get(t, s, shop, placed.Order)
}

func get(t *testing.T, s *servertest.Server, shop servertest.Shop, n id.Order) (o order.Order) {
	t.Helper()
	s.Read(t, shop.ID, func(ctx context.Context, r db.Reader) (err error) {
		o, err = s.Orders.Get(ctx, r, n)
		return err
	})
	return o
}

var (
	pickRE    = regexp.MustCompile(`name="pick" value="([0-9.]+)" id="d[0-9]+"( checked)?`)
	versionRE = regexp.MustCompile(`name="version" value="([0-9]+)"`)
)

func want(t *testing.T, a servertest.Answer, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d, want %d", a.Status, status)
	}
	for _, s := range texts {
		if not, absent := strings.CutPrefix(s, "!"); absent == strings.Contains(a.Body, strings.TrimPrefix(s, "!")) {
			t.Errorf("%q: there is %v", not, !absent)
		}
	}
}

func TestStaffReadInConfirmAndTakeBack(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	shop := s.OpenShop(t, "tea")
	p := s.Product(t, shop, catalog.In{Name: "湯呑", Handle: "cup", Variants: []catalog.VariantIn{{Price: 3_300}}}, 50)
	a, b := buy(t, s, shop, p.Variants[0].ID, "ヤマダ ハナコ"), buy(t, s, shop, p.Variants[0].ID, "サトウ ジュン")
	w := s.Door(t, place.Admin)
	if in := w.Post("/login", "email", shop.Email, "password", vaulttest.Password); in.Status != http.StatusSeeOther {
		t.Fatal(in.Status)
	}
	home := "/" + id.String(shop.ID) + "/payments/bank"
	want(t, w.Get(home), 200, "確認を待つ入金はありません", "取り込んで照合する")
	want(t, w.Upload(home+"/import", "file", []byte("a,b\n1,2\n")), 422, "どの列が何を表すか", "列番号")
	want(t, w.Upload(home+"/import", "file"), 422, "銀行のファイルを選んでください")
	csv := fmt.Sprintf("日付,入金,摘要,残高\n2026/11/22,%d,振込 ﾔﾏﾀﾞ ﾊﾅｺ,10000\n2026/11/22,%d,ｻﾄｳ ｼﾞﾕﾝ,20000\n2026/11/22,12,ﾘｿｸ,20012\n", a.Total, b.Total-330)
	up := w.Upload(home+"/import", "file", []byte(csv))
	if up.Status != http.StatusSeeOther {
		t.Fatal(up.Status, up.Body)
	}
	page := w.Get(up.Location())
	want(t, page, 200, "3件の入金のうち、新しい3件", "ヤマダ ハナコ", a.Number, b.Number, "330円足りません", "リソク", "注文が見つからない入金")
	picks := pickRE.FindAllStringSubmatch(page.Body, -1)
	if len(picks) != 2 || picks[0][2] == "" || picks[1][2] != "" {
		t.Fatalf("%v", picks)
	}
	if again := w.Get(w.Upload(home+"/import", "file", []byte(csv)).Location()); !strings.Contains(again.Body, "新しい0件") {
		t.Error("a second import added something")
	}
	if done := w.Post(home+"/confirm", "pick", picks[0][1]); done.Status != http.StatusSeeOther {
		t.Fatal(done.Status, done.Body)
	}
	if get(t, s, shop, a.ID).Status != order.Paid {
		t.Error("not paid")
	}
	want(t, w.Post(home+"/confirm", "pick", picks[0][1]), 409, "ほかの人がこの入金を処理しました")
	want(t, w.Get(home+"/past"), 200, a.Number, "!ヤマダ")
	one := home + "/" + strings.Split(picks[0][1], ".")[0]
	shown := w.Get(one)
	want(t, shown, 200, "ヤマダ ハナコ", "取り消す", "あなた")
	version := versionRE.FindStringSubmatch(shown.Body)[1]
	if done := w.Post(one+"/undo", "version", version); done.Status != http.StatusSeeOther {
		t.Fatal(done.Status, done.Body)
	}
	if get(t, s, shop, a.ID).Status != order.Placed {
		t.Error("still paid")
	}
	want(t, w.Post(one+"/undo", "version", version), 409, "ほかの人がこの入金を処理しました")
	version = versionRE.FindStringSubmatch(w.Get(one).Body)[1]
	want(t, w.Post(one+"/apply", "version", version, "how", "number", "number", "999999-000000"), 422, "999999-000000", "この番号の注文は見つかりません")
	if done := w.Post(one+"/apply", "version", version, "how", "number", "number", strings.ReplaceAll(b.Number, "-", "")); done.Status != http.StatusSeeOther {
		t.Fatal(done.Status, done.Body)
	}
	if get(t, s, shop, b.ID).Status != order.Paid {
		t.Error("the typed order is not paid")
	}
	if done := w.Post(home + "/again"); done.Status != http.StatusSeeOther {
		t.Error(done.Status)
	}
}
