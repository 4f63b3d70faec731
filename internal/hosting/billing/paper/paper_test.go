package paper

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/pdf"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/hosting/billing"
)

func bill(t *testing.T, number string) billing.Document {
	t.Helper()
	s, err := statement.Compute(statement.In{Rates: tax.Rates{Standard: 10, Reduced: 8}, Rounding: tax.Down, Lines: []statement.Line{
		{Name: "ライトプラン 利用料（1月1日〜1月31日）", Quantity: 1, UnitPrice: 1_100, Class: tax.Standard},
		{Name: "受注手数料（ライトプラン）", Quantity: 7, UnitPrice: 22, Class: tax.Standard}}})
	if err != nil {
		t.Fatal(err)
	}
	return billing.Document{Code: "NB-7-0002", Kind: billing.Invoice, Month: 202701, Made: billing.DayOn(2027, 2, 1).MS(), Total: s.Total, Tax: s.Tax,
		Body: billing.Body{Issuer: billing.Issuer{Name: "のれん運営株式会社", Address: "東京都千代田区", Number: number, Bank: "のれん銀行"}, Statement: s,
			English: []string{"Light plan, 1 Jan – 31 Jan", "Fees per order (Light plan)"}, From: billing.DayOn(2027, 1, 1), Until: billing.DayOn(2027, 1, 31),
			Due: billing.DayOn(2027, 2, 28).MS(), Method: billing.Transfer}}
}

// TestPapersSayWhatTheLawAsks looks at what is printed: the six items of a qualified invoice, and none of its claim without a number.
func TestPapersSayWhatTheLawAsks(t *testing.T) {
	t.Parallel()
	to := billing.Recipient{Name: "株式会社暖簾商店", Postcode: "1000001", Address: "東京都千代田区千代田1-1"}
	note := bill(t, "T7000012050002")
	note.Kind, note.Body.Corrects = billing.CreditNote, []string{"NB-7-0001 (2027-01-01)"}
	for _, c := range []struct {
		d          billing.Document
		l          i18n.Lang
		must, mayn []string
	}{
		{bill(t, "T7000012050002"), i18n.Ja, []string{"適格請求書", "のれん運営株式会社", "登録番号: T7000012050002", "2027年2月1日", "2027年1月1日〜2027年1月31日",
			"受注手数料（ライトプラン）", "1,254円", "10%対象", "114円", "株式会社暖簾商店 御中", "〒100-0001", "のれん銀行", "2027年2月28日"}, []string{"ではありません"}},
		{bill(t, ""), i18n.Ja, []string{"請求書", "適格請求書ではありません"}, []string{"登録番号"}},
		{bill(t, "T7000012050002"), i18n.En, []string{"Qualified invoice", "Fees per order (Light plan)", "At 10%", "¥114"}, []string{"受注手数料"}},
		{note, i18n.Ja, []string{"適格返還請求書", "NB-7-0001 (2027-01-01)", "ご返還金額", "114円"}, []string{"お振込先", "お支払い期限"}},
	} {
		got := fmt.Sprintf("%+v", document(c.d, to, c.l).Blocks)
		for _, w := range c.must {
			if !strings.Contains(got, w) {
				t.Errorf("%s %s: no %q in %s", c.d.Kind, c.l, w, got)
			}
		}
		for _, w := range c.mayn {
			if strings.Contains(got, w) {
				t.Errorf("%s %s: %q in %s", c.d.Kind, c.l, w, got)
			}
		}
	}
	if got := honorific("山田 花子"); got != " 様" {
		t.Errorf("a person is addressed with%s", got)
	}
}

func TestAPaperIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	p, err := pdf.Open()
	if err != nil {
		t.Fatal(err)
	}
	d := bill(t, "T7000012050002")
	one, err := Render(p, d, billing.Recipient{Name: "花子茶舗"}, i18n.Ja)
	if err != nil {
		t.Fatal(err)
	}
	d.Applied, d.Paid, d.State, d.Due = 10, 20, billing.Paid, 0 // what happens later
	two, err := Render(p, d, billing.Recipient{Name: "花子茶舗"}, i18n.Ja)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("the paper has changed (%v)", err)
	}
}
