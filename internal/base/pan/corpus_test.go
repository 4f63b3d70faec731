package pan_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/pan"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
)

// A maker writes one number of a kind, as others issue it.
type maker func(r *rand.Rand) string

func some(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(r.IntN(10))
	}
	return string(b)
}

// jan is a code of 13 digits with its check digit, of Japan.
func jan(r *rand.Rand) string {
	s := []string{"45", "49"}[r.IntN(2)] + some(r, 10)
	sum := 0
	for i, c := range s {
		sum += int(c-'0') * (1 + i%2*2)
	}
	return s + strconv.Itoa((10-sum%10)%10)
}

// seven puts the check digit behind that most carriers use: the number's rest by seven.
func seven(s string) string {
	n, _ := strconv.ParseInt(s, 10, 64)
	return s + strconv.FormatInt(n%7, 10)
}

// invoice is T, a check digit and a corporation's number of twelve digits.
func invoice(r *rand.Rand) string {
	s := some(r, 12)
	sum := 0
	for i, c := range s {
		sum += int(c-'0') * (2 - i%2)
	}
	return "T" + strconv.Itoa(9-sum%9) + s
}

func when(r *rand.Rand) time.Time {
	return time.Unix(1_700_000_000+r.Int64N(400_000_000), r.Int64N(1e9))
}

// inCard begins a text of digits as one issuer or another does, and ends it anyhow.
func inCard(r *rand.Rand) string {
	begin := []string{"4", "51", "55", "2221", "2720", "3528", "3589", "62", "65", "6011"}[r.IntN(10)]
	return begin + some(r, 16-len(begin))
}

func makers() map[string]maker {
	join := func(sep string, of maker, n int) maker {
		return func(r *rand.Rand) string {
			parts := make([]string, n)
			for i := range parts {
				parts[i] = of(r)
			}
			return strings.Join(parts, sep)
		}
	}
	number := func(n int) maker { return func(r *rand.Rand) string { return some(r, n) } }
	phone := func(r *rand.Rand) string {
		return []string{"0" + some(r, 1) + "-" + some(r, 4) + "-" + some(r, 4), "0" + some(r, 3) + "-" + some(r, 2) + "-" + some(r, 4),
			"090" + some(r, 8), "+81 90 " + some(r, 4) + " " + some(r, 4), "+" + some(r, 14)}[r.IntN(5)]
	}
	price := func(r *rand.Rand) string { return strconv.Itoa(100 + r.IntN(20_000)) }
	return map[string]maker{
		"JAN":                     jan,
		"JAN, five with spaces":   join(" ", jan, 5),
		"JAN, a CSV row":          func(r *rand.Rand) string { return jan(r) + ",急須," + price(r) + "," + price(r) + "," + some(r, 2) },
		"parcel, 12 digits":       func(r *rand.Rand) string { return seven(some(r, 11)) },
		"parcel, hyphens":         func(r *rand.Rand) string { return groups(seven(some(r, 11)), "-", 4, 4) },
		"parcel, 11 to 13 digits": func(r *rand.Rand) string { return some(r, 11+r.IntN(3)) },
		"invoice number":          invoice,
		"corporation":             func(r *rand.Rand) string { return invoice(r)[1:] },
		"phone":                   phone,
		"two phones":              join(" ", phone, 2),
		"address": func(r *rand.Rand) string {
			return some(r, 3) + "-" + some(r, 4) + " 京都府" + some(r, 1) + "-" + some(r, 2) + "-" + some(r, 3) + " " + phone(r)
		},
		"bank account":           func(r *rand.Rand) string { return some(r, 4) + "-" + some(r, 3) + "-" + some(r, 7) },
		"prices in a line":       join(" ", price, 6),
		"numbers in a table":     join("\t", func(r *rand.Rand) string { return strconv.Itoa(r.IntN(1000)) }, 8),
		"time":                   func(r *rand.Rand) string { return when(r).UTC().Format(time.RFC3339Nano) },
		"time in a name":         func(r *rand.Rand) string { return when(r).Format("20060102150405") + some(r, r.IntN(4)) },
		"seconds to nanoseconds": func(r *rand.Rand) string { return strconv.FormatInt(when(r).UnixNano(), 10)[:10+3*r.IntN(4)] },
		"UUID": func(r *rand.Rand) string {
			h := hexOf(r, 16)
			return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
		},
		"hexadecimal, 32":              func(r *rand.Rand) string { return hexOf(r, 16) },
		"hexadecimal, 64":              func(r *rand.Rand) string { return hexOf(r, 32) },
		"base64 token":                 func(r *rand.Rand) string { return base64.RawURLEncoding.EncodeToString(randBytes(r, 32)) },
		"base64 of a picture":          func(r *rand.Rand) string { return base64.StdEncoding.EncodeToString(randBytes(r, 2_000)) },
		"bytes":                        func(r *rand.Rand) string { return string(randBytes(r, 2_000)) },
		"fraction":                     func(r *rand.Rand) string { return strconv.FormatFloat(r.Float64()*10, 'f', -1, 64) },
		"marketplace order, 3-7-7":     func(r *rand.Rand) string { return some(r, 3) + "-" + some(r, 7) + "-" + some(r, 7) },
		"marketplace order, 6-8-10":    func(r *rand.Rand) string { return some(r, 6) + "-" + when(r).Format("20060102") + "-" + some(r, 10) },
		"random, 15 digits":            number(15),
		"random, 16 digits":            number(16),
		"random, 19 digits":            number(19),
		"random 16 in issuers' ranges": inCard,
		"the same, 4-4-4-4":            func(r *rand.Rand) string { return groups(inCard(r), " ", 4, 4, 4, 4) },
		"four prices of 4 digits":      join(" ", func(r *rand.Rand) string { return strconv.Itoa(1000 + r.IntN(9000)) }, 4),
	}
}

func randBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func hexOf(r *rand.Rand, n int) string { return hex.EncodeToString(randBytes(r, n)) }

// unavoidable are the rates above zero, in thousandths: numbers that nothing but their owner could tell from a card's.
func unavoidable() map[string]float64 {
	return map[string]float64{
		"random 16 in issuers' ranges": 105, // one in ten passes the check digit
		"the same, 4-4-4-4":            105,
		"random, 16 digits":            31,
		"random, 15 digits":            3,
		"random, 19 digits":            21,
		"four prices of 4 digits":      34, // beginning with 4, or 51 to 55…, and passing
		"prices in a line":             5,
		"numbers in a table":           2,
	}
}

// TestFalseAlarms measures how often what others issue is taken for a card number, and prints it: docs/pan.md has the table.
func TestFalseAlarms(t *testing.T) {
	t.Parallel()
	const tries = 40_000
	for kind, mk := range makers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, uint64(len(kind))))
			n, last := 0, ""
			tries := tries
			if kind == "bytes" || strings.HasPrefix(kind, "base64 of") {
				tries /= 10
			}
			for range tries {
				if s := mk(r); pan.Has(s) {
					n, last = n+1, s
				}
			}
			rate := 1000 * float64(n) / float64(tries)
			t.Logf("%-30s %8.3f in a thousand", kind, rate)
			if rate > unavoidable()[kind] {
				t.Errorf("%.3f in a thousand, at most %.3f: such as %q", rate, unavoidable()[kind], last)
			}
		})
	}
}

// TestNothingOfOursIsTakenForACard draws what Noren issues, over all the years for which ids last.
func TestNothingOfOursIsTakenForACard(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	src := id.NewSource()
	begin := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for range 60_000 {
		at := begin.Add(time.Duration(r.Int64N(int64(66 * 365 * 24 * time.Hour))))
		a, b := src.Next(at), src.Next(at.Add(time.Hour))
		number := order.NewNumber(at.UnixMilli(), r.Int64())
		small := strconv.Itoa(r.IntN(100_000))
		A, B := strconv.FormatInt(a, 10), strconv.FormatInt(b, 10)
		for _, s := range []string{A, number, A + " " + B, A + "-" + B, A + "-" + small, small + "-" + A, A + " " + small, A + "," + small + "," + B,
			number + " " + number, number + " " + small, small + " " + number, number + "-" + small, number + " " + A,
			"/s/" + A + "/orders/" + B, `{"order":` + A + `,"total":` + small + `,"shop":` + B + `}`, A + "." + small, A + "_" + small,
			fmt.Sprintf("order-%s-%s-placed", A, B), fmt.Sprintf("shop=%s order=%s took=%s", A, B, small)} {
			if pan.Has(s) {
				t.Fatalf("%q is taken for a card number", s)
			}
		}
		for _, pair := range [][2]string{{A, small}, {small, A}, {A, B}, {number, small}, {small, number}, {number, B}} {
			if pan.FindPair(pair[0], pair[1]) {
				t.Fatalf("%q are taken for a card number", pair)
			}
		}
	}
	for range 20_000 {
		if s := secret.NewToken().Reveal(); pan.Has(s) {
			t.Fatal("a token of ours is taken for a card number")
		}
	}
}

func TestAStreamFindsWhatCrossesItsEdges(t *testing.T) {
	t.Parallel()
	card := cards()[pan.Visa][0]
	long := mapped(card, zeroAt('０'))
	for _, piece := range []int{1, 7, 4096, 1 << 20} {
		for _, at := range []int{0, 5, 64<<10 - 9, 65<<10 - 3, 66<<10 - 8, 130_003, 300_000} {
			for _, form := range []string{card, long, groups(card, " ", 4, 4, 4)} {
				if piece == 1 && at > 100_000 {
					continue
				}
				text := strings.Repeat("a ", at)[:at] + " " + form + " " + strings.Repeat("z,", 70_000)
				var found []int64
				s := pan.NewStream(func(off int64, _ pan.Match) error { found = append(found, off); return nil })
				var out bytes.Buffer
				w := pan.NewWriter(&out)
				for rest := text; rest != ""; rest = rest[min(piece, len(rest)):] {
					for _, to := range []io.Writer{s, w} {
						if _, err := io.WriteString(to, rest[:min(piece, len(rest))]); err != nil {
							t.Fatal(err)
						}
					}
				}
				if err := errors.Join(s.Close(), w.Close()); err != nil {
					t.Fatal(err)
				}
				if len(found) != 1 || found[0] != int64(at+1) {
					t.Errorf("pieces of %d: found %v, want %d", piece, found, at+1)
				}
				if want := strings.Replace(text, form, "****4242", 1); out.String() != want {
					t.Errorf("pieces of %d, at %d: redacted otherwise (%d and %d bytes)", piece, at, out.Len(), len(want))
				}
				r := pan.NewReader(strings.NewReader(text), func(pan.Match) error { return io.ErrUnexpectedEOF })
				if got, err := io.ReadAll(r); !errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(string(got), form) && len(got) == len(text) {
					t.Errorf("the reader went on: %v", err)
				}
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, list := range cards() {
		for _, text := range forms(list[0]) {
			f.Add(text)
		}
	}
	r := rand.New(rand.NewPCG(3, 3))
	for _, mk := range makers() {
		f.Add(mk(r)[:9])
	}
	f.Add("cvv=123&%u0034&#x110000000;&amp;&amp;#52;%25%25%2534\\\\\\u{34}")
	f.Fuzz(func(t *testing.T, s string) {
		at := 0
		for _, m := range pan.Find(s) {
			if m.Start < at || m.End <= m.Start || m.End > len(s) {
				t.Fatalf("a match at %d to %d of %d, after %d", m.Start, m.End, len(s), at)
			}
			at = m.End
		}
		left := pan.Redact(s)
		for _, m := range pan.Find(left) { // what is cut may bring others together, but not the same again
			if m.Kind == pan.Number && strings.Contains(left[m.Start:m.End], "****") {
				t.Fatalf("redacted, and still found")
			}
		}
		if s != "" {
			half := len(s) / 2
			pan.FindPair(s[:half], s[half:])
			pan.FindFields(pan.JSONFields([]byte(s)))
		}
	})
}

func BenchmarkFind(b *testing.B) {
	form := "shipping=123456789012345&name=" + "%E5%B1%B1%E7%94%B0+%E8%8A%B1%E5%AD%90&phone=03-1234-5678&postcode=104-0061&email=hanako%40example.jp"
	text := strings.Repeat("京都の路地裏で、お茶と器を商っています。毎日の暮らしに。", 40)
	for name, s := range map[string]string{
		"path":        "/orders/123456789012345?page=2",
		"header":      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		"form":        form,
		"text, 3 KB":  text,
		"csv, 100 KB": strings.Repeat("4901234567894,急須,5200,12,2026-11-22\n", 2_400),
		"log line":    `time=2026-11-22T13:54:58.123Z level=INFO msg=request request=aGVsbG8 door=admin shop=123456789012345 route="/{shop}/orders" status=200`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				if pan.Has(s) {
					b.Fatal("found")
				}
			}
		})
	}
}
