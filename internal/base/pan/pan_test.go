package pan_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/pan"
)

// cards are the trade's well-known test numbers; no account stands behind them.
func cards() map[pan.Brand][]string {
	return map[pan.Brand][]string{
		pan.Visa:       {"4242424242424242", "4000056655665556", "4111111111111111"},
		pan.Mastercard: {"5555555555554444", "2223003122003222", "5200828282828210"},
		pan.JCB:        {"3566002020360505", "3530111333300000"},
		pan.Amex:       {"378282246310005", "371449635398431"},
		pan.Diners:     {"30569309025904", "36227206271667", "3056930009020004"},
		pan.Discover:   {"6011111111111117", "6011000990139424"},
		pan.UnionPay:   {"6200000000000005", "6205500000000000004"},
	}
}

// groups cuts a number at places.
func groups(n, sep string, sizes ...int) string {
	var parts []string
	for _, s := range sizes {
		s = min(s, len(n))
		parts, n = append(parts, n[:s]), n[s:]
	}
	if n != "" {
		parts = append(parts, n)
	}
	return strings.Join(parts, sep)
}

func mapped(n string, f func(r rune) string) string {
	var b strings.Builder
	for _, r := range n {
		b.WriteString(f(r))
	}
	return b.String()
}

func zeroAt(zero rune) func(rune) string {
	return func(r rune) string { return string(zero + r - '0') }
}

// forms are the ways in which people and programs write a number.
func forms(n string) map[string]string {
	f := map[string]string{"plain": n, "in a sentence": "カードは" + n + "です", "quoted": `"` + n + `"`, "behind a word": "No" + n, "before a word": n + "cvc",
		"one by one": strings.Join(strings.Split(n, ""), " "), "in pairs": groups(n, "-", 2, 2, 2, 2, 2, 2, 2, 2, 2),
		"full-width":          mapped(n, zeroAt('０')),
		"Arabic":              mapped(n, zeroAt('٠')),
		"Devanagari":          mapped(n, zeroAt('०')),
		"bold":                mapped(n, zeroAt('𝟎')),
		"Chinese":             mapped(n, func(r rune) string { return string([]rune("〇一二三四五六七八九")[r-'0']) }),
		"zero-width":          strings.Join(strings.Split(n, ""), "\u200b"),
		"soft hyphens":        strings.Join(strings.Split(n, ""), "\u00ad"),
		"URL":                 mapped(n, func(r rune) string { return fmt.Sprintf("%%%02X", r) }),
		"URL twice":           mapped(n, func(r rune) string { return fmt.Sprintf("%%25%02X", r) }),
		"URL full-width":      url.QueryEscape(mapped(n, zeroAt('０'))),
		"URL spaces":          url.QueryEscape(groups(n, " ", 4, 4, 4, 4)),
		"JSON":                mapped(n, func(r rune) string { return fmt.Sprintf(`\u%04x`, r) }),
		"JSON twice":          mapped(n, func(r rune) string { return fmt.Sprintf(`\\u%04x`, r) }),
		"JSON full-width":     mapped(n, func(r rune) string { return fmt.Sprintf(`\uFF1%c`, r) }),
		"HTML":                mapped(n, func(r rune) string { return fmt.Sprintf("&#%d;", r) }),
		"HTML hex":            mapped(n, func(r rune) string { return fmt.Sprintf("&#x%x;", r) }),
		"HTML spaces":         groups(n, "&nbsp;", 4, 4, 4, 4),
		"UTF-16":              mapped(n, func(r rune) string { return string(r) + "\x00" }),
		"base64":              base64.StdEncoding.EncodeToString([]byte(n)),
		"base64url":           base64.RawURLEncoding.EncodeToString([]byte(`{"card":"` + n + `"}`)),
		"base64 at 1":         base64.StdEncoding.EncodeToString([]byte("x" + n + "yz")),
		"base64 at 2":         base64.StdEncoding.EncodeToString([]byte("xy" + groups(n, " ", 4, 4, 4, 4))),
		"base64 in base64":    base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(n)))),
		"base64 in a path":    "/oauth/authorize/" + base64.StdEncoding.EncodeToString([]byte(n)) + "/x",
		"base64 in a slug":    "order-" + base64.RawURLEncoding.EncodeToString([]byte(n)),
		"base64 behind word":  "data" + base64.StdEncoding.EncodeToString([]byte(n)),
		"base64 in URL":       url.QueryEscape("text " + base64.URLEncoding.EncodeToString([]byte(n))),
		"mixed escapes":       "%34"[:0] + fmt.Sprintf(`\u%04x&#%d;%%%02X`, n[0], n[1], n[2]) + n[3:],
		"year behind":         n + " 12/27",
		"in JSON":             `{"n":` + n + `,"id":7}`,
		"in a query":          "a=1&card=" + n + "&b=2",
		"two parts":           groups(n, " ", 4, 12),
		"spaced dashes":       groups(n, " - ", 4, 4, 4, 4),
		"between other words": "call 03-1234-5678, order 261122-483920, " + n + ", thanks",
	}
	shape := []int{4, 4, 4, 4}
	switch len(n) {
	case 15:
		shape = []int{4, 6, 5}
	case 14:
		shape = []int{4, 6, 4}
	}
	for name, sep := range map[string]string{"spaces": " ", "hyphens": "-", "dots": ".", "full-width spaces": "　", "no-break spaces": "\u00a0",
		"en dashes": "–", "minus signs": "−", "long vowels": "ー", "slashes": "/", "underscores": "_", "narrow spaces": "\u202f", "tabs": "\t"} {
		f[name] = groups(n, sep, shape...)
	}
	return f
}

func TestEveryFormOfANumberIsFound(t *testing.T) {
	t.Parallel()
	for brand, list := range cards() {
		for _, n := range list {
			for name, text := range forms(n) {
				found := pan.Find(text)
				if len(found) == 0 || found[0].Kind != pan.Number || found[0].Brand != brand || found[0].Last4 != n[len(n)-4:] {
					t.Errorf("%s, %s: %q: found %+v", brand, name, text, found)
					continue
				}
				if left := pan.Redact(text); pan.Has(left) {
					t.Errorf("%s, %s: what was redacted still holds one: %q", brand, name, left)
				}
			}
		}
	}
}

func TestOtherNumbersAreNone(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"order number":          "261122-483920",
		"two order numbers":     "261122-483920 261122-483921",
		"order number and more": "261122-483920 1234",
		"phone":                 "03-1234-5678",
		"two phones":            "03-1234-5678 090-1234-5678",
		"phone and postcode":    "620-0054 0773-22-1234",
		"abroad":                "+4242424242424 2",
		"JAN":                   "4901234567894",
		"JANs":                  "4901234567894 4569951116179 4912345678904",
		"JAN that passes":       "4900000000009",
		"Yamato":                "4242-4242-4242",
		"Sagawa":                "364212345678",
		"post":                  "1234-5678-9012 3",
		"invoice number":        "T4000012090001",
		"invoice in parts":      "T4-0000-1209-0001",
		"time":                  "2026-11-22T13:54:58.123456789Z",
		"time in a name":        "20261122135458",
		"nanoseconds":           "1795355698123456789",
		"milliseconds":          "1795355698123",
		"UUID":                  "42424242-4242-4242-8242-424242424242",
		"UUID with a tail":      "aaaa4242-4242-4242-4242-bbbbbbbbbbbb",
		"hex":                   "a4242424242424242b0c1",
		"fraction":              "0.4242424242424242",
		"pi":                    "3.141592653589793",
		"a version":             "4.2.4.2.4.2",
		"an address":            "4242:4242:4242:4242",
		"money":                 "4,242,424,242,424,242",
		"another check digit":   "4242 4242 4242 4243",
		"another issuer":        "9999 9999 9999 9995",
		"a marketplace's order": "503-4242424-4242424",
		"prices":                "1200 980 15000 4200 300",
		"bank account":          "0001-001-1234567",
		"table":                 "1 2 3 4 5 6 7 8 9 10 11 12",
		"CVC cotton":            "CVC 180 g/m2",
		"a code by mail":        "確認コード 123456",
		"a room":                "security code: 98",
		"words":                 "cvv is what a card has on its back",
	} {
		if found := pan.Find(text); len(found) > 0 {
			t.Errorf("%s: %q: found %+v", name, text, found)
		}
	}
}

func TestSecurityCodesAreFoundByNameAndBesideNumbers(t *testing.T) {
	t.Parallel()
	card := cards()[pan.Visa][0]
	for text, want := range map[string]string{
		"cvv: 123":      "cvv: ***",
		"CVV2=1234;":    "CVV2=***;",
		`{"cvv":"123"}`: `{"cvv":"***"}`,
		`{"cvc":123}`:   `{"cvc":***}`,
		"セキュリティコードは１２３です":                      "セキュリティコードは***です",
		"セキュリティコード 123":                        "セキュリティコード ***",
		"Security code - 123":                  "Security code - ***",
		"cvv123":                               "cvv***",
		card + " 123":                          "****4242 ***",
		card + " 12/27 123":                    "****4242 12/27 ***",
		card + " 1227":                         "****4242 1227",
		card + "（12/27）（123）":                  "****4242（12/27）（***）",
		"4242 4242 4242 4242 123":              "****4242 ***",
		"total 5200, cvv 999, order 261122-12": "total 5200, cvv ***, order 261122-12",
	} {
		if got := pan.Redact(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestFieldsBesideEachOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fields []pan.Field
		want   int // -1 is none
	}{
		{"in a value", []pan.Field{{"a", "x"}, {"note", "4242 4242 4242 4242"}}, 1},
		{"in a name", []pan.Field{{"4242424242424242", "x"}}, 0},
		{"two halves", []pan.Field{{"street", "42424242"}, {"building", "4242 4242"}}, 1},
		{"four and twelve", []pan.Field{{"a", "4242"}, {"b", "4242-4242-4242"}}, 1},
		{"four boxes", []pan.Field{{"card1", "4242"}, {"card2", "4242"}, {"card3", "4242"}, {"card4", "4242"}}, 3},
		{"code", []pan.Field{{"name", "x"}, {"card_cvc", "123"}}, 1},
		{"code in Japanese", []pan.Field{{"セキュリティコード", "1234"}}, 0},
		{"thirteen under its name", []pan.Field{{"card_number", "4222222222222"}}, 0},
		{"thirteen elsewhere", []pan.Field{{"jan", "4222222222222"}}, -1},
		{"prices", []pan.Field{{"price", "4242"}, {"price", "4242"}, {"price", "4242"}, {"price", "4242"}}, -1},
		{"postcode and phone", []pan.Field{{"postcode", "6200054"}, {"phone", "0773221234"}}, -1},
		{"id and count", []pan.Field{{"variant", "424242424242424"}, {"quantity", "2"}}, -1},
		{"order and slip", []pan.Field{{"number", "261122-483920"}, {"slip", "1234"}}, -1},
		{"six digits by mail", []pan.Field{{"code", "123456"}, {"cvx", "123"}}, -1},
	} {
		h, found := pan.FindFields(c.fields)
		if got := map[bool]int{true: h.Field, false: -1}[found]; got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if name, _, found := pan.FindForm(url.Values{"note": {"x"}, "b": {"4242424242424242"}}); !found || name != "b" {
		t.Errorf("form: %q, %v", name, found)
	}
	for raw, want := range map[string]string{
		`{"a":{"b":["x",{"note":"4242\u200b4242 4242 4242"}]}}`: "note",
		`{"n":4242424242424242}`:                                "n",
		`{"card":[4242,4242,4242,4242]}`:                        "card",
		`{"cvc":123}`:                                           "cvc",
		`{"a":"42424242","b":"42424242"}`:                       "b",
		`not JSON: 4242424242424242`:                            "",
	} {
		list := pan.JSONFields([]byte(raw))
		h, found := pan.FindFields(list)
		if !found || list[h.Field].Name != want {
			t.Errorf("%s: %v, %+v, want %s", raw, found, h, want)
		}
	}
}

// TestBase64IsFoundBehindAnyPath has numbers whose neighbours in a path decode into digits and letters.
func TestBase64IsFoundBehindAnyPath(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	for tried := 0; tried < 3_000; {
		n := inCard(r)
		if !pan.Has(n) {
			continue
		}
		tried++
		text := "/" + strings.Repeat("a/", r.IntN(9)) + "oauth/authorize/" + base64.StdEncoding.EncodeToString([]byte(n))
		if !pan.Has(text) {
			t.Fatalf("not found: %q", text)
		}
	}
}
