package book

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/fault"
)

// The answers of 3-D Secure.
const (
	Passed       = "passed"
	Attempted    = "attempted"
	Failed       = "failed"
	NotAvailable = "not_available"
)

// A Line of the table of test cards: a number of the trade's documentation, and what its issuer does.
type Line struct {
	Name        string
	Number      string
	Brand       string
	Ja, En      string // what happens
	ThreeDS     string // without a challenge
	Challenge   bool
	Reason      string // declined after 3-D Secure
	Slow        time.Duration
	RefundFails bool
	Disputed    bool
	Absent      string // declined so when its holder is not there
}

// Lines is the table. There are no other cards: a real one is refused unread.
func Lines() []Line {
	return []Line{
		{Name: "approve", Number: "4242424242424242", Brand: "visa", ThreeDS: Passed, Ja: "支払える（認証は自動で通過）", En: "pays; 3-D Secure passes by itself"},
		{Name: "challenge", Number: "4000000000003220", Brand: "visa", Challenge: true, Ja: "支払える（本人認証の画面あり・コード 1234）", En: "pays after a challenge; the code is 1234"},
		{Name: "mastercard", Number: "5555555555554444", Brand: "mastercard", ThreeDS: Passed, Ja: "支払える", En: "pays"},
		{Name: "jcb", Number: "3566002020360505", Brand: "jcb", ThreeDS: Passed, Ja: "支払える", En: "pays"},
		{Name: "amex", Number: "378282246310005", Brand: "amex", ThreeDS: Passed, Ja: "支払える（コードは4桁）", En: "pays; its code has 4 digits"},
		{Name: "attempted", Number: "4000000000003055", Brand: "visa", ThreeDS: Attempted, Ja: "支払える（カード会社が認証に不参加）", En: "pays; the issuer takes no part in 3-D Secure"},
		{Name: "slow", Number: "4000000000000077", Brand: "visa", ThreeDS: Passed, Slow: 20 * time.Second, Ja: "20秒かかって支払える", En: "pays after 20 seconds"},
		{Name: "declined", Number: "4000000000000002", Brand: "visa", ThreeDS: Passed, Reason: "refused", Ja: "断られる（理由なし）", En: "is declined without a reason"},
		{Name: "nofunds", Number: "4000000000009995", Brand: "visa", ThreeDS: Passed, Reason: "no_funds", Ja: "断られる（残高不足）", En: "is declined: no funds"},
		{Name: "expired", Number: "4000000000000069", Brand: "visa", ThreeDS: Passed, Reason: "expired", Ja: "断られる（期限切れ）", En: "is declined: out of date"},
		{Name: "fraud", Number: "4100000000000019", Brand: "visa", ThreeDS: Passed, Reason: "suspected_fraud", Ja: "断られる（不正の疑い）", En: "is declined: suspected fraud"},
		{Name: "afterwards", Number: "4000008400001629", Brand: "visa", Challenge: true, Reason: "refused", Ja: "本人認証のあとで断られる", En: "is declined after the challenge"},
		{Name: "3dsfails", Number: "4000008400001280", Brand: "visa", ThreeDS: Failed, Reason: "3ds_failed", Ja: "本人認証に失敗する", En: "fails 3-D Secure"},
		{Name: "no3ds", Number: "4000000000003097", Brand: "visa", ThreeDS: NotAvailable, Ja: "本人認証が行われない（店は受け付けない）", En: "3-D Secure is not run: a shop must not take it"},
		{Name: "refundfails", Number: "4000000000005126", Brand: "visa", ThreeDS: Passed, RefundFails: true, Ja: "支払えるが、返金が後で失敗する", En: "pays; a refund fails later"},
		{Name: "renewal", Number: "4000000000000341", Brand: "visa", ThreeDS: Passed, Absent: "no_funds", Ja: "登録はできるが、後日の請求は断られる（残高不足）", En: "can be registered; a later charge to it is declined: no funds"},
		{Name: "disputed", Number: "4000000000000259", Brand: "visa", ThreeDS: Passed, Disputed: true, Ja: "支払えるが、すぐに異議（チャージバック）", En: "pays, and is charged back at once"},
	}
}

func lineOf(name string) Line {
	for _, l := range Lines() {
		if l.Name == name {
			return l
		}
	}
	return Line{}
}

// Shown is a number in groups, as on a card.
func (l Line) Shown() string {
	if len(l.Number) == 15 {
		return l.Number[:4] + " " + l.Number[4:10] + " " + l.Number[10:]
	}
	return l.Number[:4] + " " + l.Number[4:8] + " " + l.Number[8:12] + " " + l.Number[12:]
}

// fingerprint is the same for the same number, in every book.
func (l Line) fingerprint() string {
	d := sha256.Sum256([]byte("paysim test card " + l.Name))
	return "fp_" + hex.EncodeToString(d[:10])
}

// digits takes what people type: spaces and hyphens between, full width too.
func digits(s string) (string, bool) {
	if len(s) > 200 || !utf8.ValidString(s) {
		return "", false
	}
	var out strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			out.WriteRune(r)
		case r >= '０' && r <= '９':
			out.WriteRune(r - '０' + '0')
		case strings.ContainsRune(" -‐−ー　", r):
		default:
			return "", false
		}
	}
	return out.String(), true
}

// expiry reads MM/YY (or MMYY, MM/YYYY) and gives 2030-12.
func expiry(s string, now time.Time) (string, error) {
	n, ok := digits(strings.NewReplacer("/", "", "／", "").Replace(s))
	if ok && len(n) == 6 && n[2:4] == "20" {
		n = n[:2] + n[4:]
	}
	at, err := time.ParseInLocation("0106", n, now.Location())
	if !ok || len(n) != 4 || err != nil {
		return "", fault.Invalid("expiry", fault.Text{Ja: "有効期限を「月/年」で入力してください（例：12/30）。", En: "Enter the expiry as month/year, such as 12/30."})
	}
	if !now.Before(at.AddDate(0, 1, 0)) {
		return "", fault.Invalid("expiry", fault.Text{Ja: "有効期限が過ぎています。", En: "This card is out of date."})
	}
	return at.Format("2006-01"), nil
}

// Typed is what was typed into the card page. It lives for one request.
type Typed struct{ Number, Expiry, Code, Name string }

// read turns what was typed into a line of the table and what may be shown of it.
func (t Typed) read(now time.Time) (Line, Display, error) {
	var wrong fault.Faults
	var line Line
	n, ok := digits(t.Number)
	for _, l := range Lines() {
		if ok && l.Number == n {
			line = l
		}
	}
	if line.Name == "" {
		wrong = append(wrong, fault.Invalid("number", fault.Text{
			Ja: "テスト用のカード番号だけが使えます。本物のカード番号は入力しないでください。",
			En: "Only the test card numbers work here. Do not enter a real card's number."}))
	}
	until, err := expiry(t.Expiry, now)
	if err := wrong.Add(err); err != nil {
		return Line{}, Display{}, err
	}
	want := 3
	if line.Brand == "amex" {
		want = 4
	}
	if c, ok := digits(t.Code); !ok || len(c) != want && (line.Name != "" || len(c) != 4) {
		wrong = append(wrong, fault.Invalid("code", fault.Text{
			Ja: "セキュリティコードを3桁（アメックスは4桁）で入力してください。何の数字でもかまいません。",
			En: "Enter a security code of 3 digits (American Express: 4). Any digits will do."}))
	}
	if t.Name == "" || len(t.Name) > 200 {
		wrong = append(wrong, fault.Invalid("name", fault.Text{Ja: "カードの名義を入力してください。", En: "Enter the name on the card."}))
	}
	if err := wrong.Err(); err != nil {
		return Line{}, Display{}, err
	}
	return line, Display{Brand: line.Brand, Last4: line.Number[len(line.Number)-4:], Expires: until, Fingerprint: line.fingerprint()}, nil
}
