package dailymail

import (
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/security/vault"
)

func TestLetterIsInBothLanguages(t *testing.T) {
	t.Parallel()
	f, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	list := []vault.Reading{{ByKind: "staff", Purpose: vault.ViewOrder, Times: 3, Persons: 2}}
	signed := "noren/ledger\n12\nq83vEjRWeJA=\n\n— noren/ledger abc\n"
	for l, want := range map[i18n.Lang][]string{
		i18n.Ja: {"昨日の暖簾商店（2026年11月22日）", "売上: ", "お店の方（注文の確認）: 3回、のべ2名", "台帳の大きさ: 1,234", "ハッシュ: q83vEjRWeJA="},
		i18n.En: {"Yesterday at 暖簾商店 (22 November 2026)", "Sales: ", "You and your staff (view an order): 3 times, 2 persons", "Hash: q83vEjRWeJA="},
	} {
		subject, text, err := f.letter.Render(l, content{Shop: "暖簾商店", Day: 1_795_358_400_000, Orders: 2, Sales: 5_000, Size: 1_234,
			Hash: hash(signed), Signed: signed, Readings: readings(l, list)})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(subject+"\n"+text, w) {
				t.Errorf("%s: no %q in %s\n%s", l, w, subject, text)
			}
		}
	}
}
