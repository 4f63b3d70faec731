package mail_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/mail"
)

const sample = `=== ja
Subject: ご注文 {{.Shop}}

{{line .Name}} 様
合計 {{yen .Total}}（{{date .At}}）
{{- range .Lines}}
・{{.}}
{{- end}}
=== en
Subject: Your order at {{.Shop}}

Dear {{line .Name}},
total {{yen .Total}} ({{dateTime .At}})
`

func TestLetterSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	l, err := mail.ParseLetter(fstest.MapFS{"order.txt": {Data: []byte(strings.ReplaceAll(sample, "\n", "\r\n"))}}, "order.txt")
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]any{"Shop": "茶\r\nBcc: x@x.example", "Name": "太郎\n様", "Total": int64(8901), "At": int64(1_790_000_000_000),
		"Lines": []string{"煎茶", "湯呑"}}
	for lang, want := range map[i18n.Lang][2]string{
		i18n.Ja: {"ご注文 茶 Bcc: x@x.example", "太郎 様 様\n合計 8,901円（2026年9月21日）\n・煎茶\n・湯呑\n"},
		i18n.En: {"Your order at 茶 Bcc: x@x.example", "Dear 太郎 様,\ntotal ¥8,901 (21 September 2026, 23:13)\n"},
	} {
		subject, text, err := l.Render(lang, data)
		if err != nil || subject != want[0] || text != want[1] {
			t.Errorf("%s: %v\n%q\n%q", lang, err, subject, text)
		}
	}
	if _, _, err := l.Render(i18n.Ja, map[string]any{"Shop": "x"}); err == nil {
		t.Error("a letter went out with a hole in it")
	}
}

func TestHalfALetterIsRefused(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"empty":      "",
		"one":        "=== ja\nSubject: a\n\nb\n",
		"no subject": "=== ja\na\n\nb\n=== en\nSubject: a\n\nb\n",
		"no text":    "=== ja\nSubject: a\n\n=== en\nSubject: a\n\nb\n",
		"broken":     "=== ja\nSubject: {{\n\nb\n=== en\nSubject: a\n\nb\n",
		"preface":    "hello\n=== ja\nSubject: a\n\nb\n=== en\nSubject: a\n\nb\n",
	} {
		if _, err := mail.ParseLetter(fstest.MapFS{"l": {Data: []byte(s)}}, "l"); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
