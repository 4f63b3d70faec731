// Package contact reads what a person types about themselves: name, furigana, phone, mail, postcode, address.
//
// It guarantees one normal form per field (full-width kana, half-width Latin letters and digits, single spaces) and,
// where a text is refused, a fault that names the field and says what to do. Anything a carrier can print is
// accepted, half-width kana included. It refuses emoji, control characters and what is too long. No fault repeats
// what was typed.
package contact

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/kana"
)

// The longest texts, in characters.
const (
	MaxName     = 50
	MaxFurigana = 50
	MaxAddress  = 100
	MaxEmail    = 254
	maxTyped    = 1000 // bytes read before anything else is looked at
)

// A Reader is one of this package's functions: it takes a field's name and what was typed, and gives the normal form.
type Reader func(field, typed string) (string, error)

// Optional reads a field that may stay empty.
func Optional(read Reader, field, typed string) (string, error) {
	if strings.TrimSpace(typed) == "" {
		return "", nil
	}
	return read(field, typed)
}

// Name reads a person's, department's or company's name: letters of any script, digits, punctuation and the signs
// that carriers can print.
func Name(field, typed string) (string, error) {
	return line(field, typed, MaxName, fault.Text{Ja: "お名前を入力してください。", En: "Enter a name."})
}

// Furigana reads a name's reading: katakana of either width or hiragana, given as full-width katakana.
func Furigana(field, typed string) (string, error) {
	s, err := line(field, typed, MaxFurigana, fault.Text{Ja: "フリガナを入力してください。", En: "Enter the reading (furigana)."})
	if err != nil {
		return "", err
	}
	if s = kana.Katakana(s); !kana.IsKatakana(s) {
		return "", fault.Invalid(field, fault.Text{
			Ja: "フリガナは全角カタカナで入力してください（例：ヤマダ ハナコ）。",
			En: "Enter the reading in katakana (for example ヤマダ ハナコ).",
		})
	}
	return s, nil
}

// AddressLine reads one line of an address. Between digits every kind of dash becomes a hyphen.
func AddressLine(field, typed string) (string, error) {
	s, err := line(field, typed, MaxAddress, fault.Text{Ja: "住所を入力してください。", En: "Enter the address."})
	if err != nil {
		return "", err
	}
	return hyphens(s), nil
}

// Phone reads a phone number in Japan and gives its 10 or 11 digits. +81 counts as the leading 0.
func Phone(field, typed string) (string, error) {
	if strings.TrimSpace(typed) == "" {
		return "", fault.Invalid(field, fault.Text{Ja: "電話番号を入力してください。", En: "Enter a phone number."})
	}
	s, ok := digits(typed, "()./")
	if ok {
		if rest, abroad := strings.CutPrefix(s, "+81"); abroad {
			s = "0" + strings.TrimPrefix(rest, "0")
		}
		ok = (len(s) == 10 || len(s) == 11) && s[0] == '0' && s[1] != '0' && !strings.Contains(s, "+")
	}
	if !ok {
		return "", fault.Invalid(field, fault.Text{
			Ja: "電話番号は市外局番から10桁または11桁の数字で入力してください（例：03-1234-5678）。",
			En: "Enter a phone number in Japan of 10 or 11 digits, with its area code (for example 03-1234-5678).",
		})
	}
	return s, nil
}

// Postcode reads a postcode and gives its seven digits.
func Postcode(field, typed string) (string, error) {
	if strings.TrimSpace(typed) == "" {
		return "", fault.Invalid(field, fault.Text{Ja: "郵便番号を入力してください。", En: "Enter a postcode."})
	}
	s, ok := digits(strings.TrimPrefix(strings.TrimSpace(typed), "〒"), "")
	if !ok || len(s) != 7 || s[0] == '+' {
		return "", fault.Invalid(field, fault.Text{
			Ja: "郵便番号は7桁の数字で入力してください（例：100-0001）。",
			En: "Enter a postcode of 7 digits (for example 100-0001).",
		})
	}
	return s, nil
}

// line reads one line of text.
func line(field, typed string, limit int, missing fault.Text) (string, error) {
	s := kana.Tidy(bounded(typed))
	switch {
	case len(typed) > maxTyped || utf8.RuneCountInString(s) > limit:
		n := strconv.Itoa(limit)
		return "", fault.Invalid(field, fault.Text{
			Ja: n + "文字以内で入力してください。",
			En: "Use at most " + n + " characters.",
		})
	case s == "":
		return "", fault.Invalid(field, missing)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unprintable):
		return "", fault.Invalid(field, fault.Text{
			Ja: "絵文字や改行、特殊な文字は送り状に印刷できません。取り除いて入力してください。",
			En: "Emoji, line breaks and special characters cannot be printed on a parcel's label. Please leave them out.",
		})
	}
	return s, nil
}

// bounded is what is read of a text; line refuses the longer ones by their whole length.
func bounded(typed string) string { return typed[:min(len(typed), maxTyped)] }

// unprintable is what no carrier's label shows: emoji, controls, invisible and private characters. Signs pass when
// the carriers' character set has them (☆, ㈱), letters and punctuation always: for those a slip has its substitutes.
func unprintable(r rune) bool {
	switch {
	case r == utf8.RuneError, r >= 0xFE00 && r <= 0xFE0F: // forms of emoji
		return true
	case unicode.In(r, unicode.L, unicode.Mn, unicode.Mc, unicode.N, unicode.P), r == ' ', r == '¥', isDash(r):
		return false
	case unicode.Is(unicode.S, r):
		_, err := japanese.ShiftJIS.NewEncoder().String(string(r))
		return err != nil
	}
	return true
}

// isDash is every sign that people type for a hyphen.
func isDash(r rune) bool { return strings.ContainsRune("-‐‑‒–—―−ーｰ－─", r) }

// hyphens makes a dash between digits a hyphen.
func hyphens(s string) string {
	rs := []rune(s)
	for i := 1; i+1 < len(rs); i++ {
		if isDash(rs[i]) && isDigit(rs[i-1]) && isDigit(rs[i+1]) {
			rs[i] = '-'
		}
	}
	return string(rs)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// digits drops dashes, spaces and the separators, and fails on anything else but digits and a leading plus.
func digits(typed, separators string) (string, bool) {
	if len(typed) > maxTyped {
		return "", false
	}
	var b strings.Builder
	for _, r := range kana.Tidy(typed) {
		switch {
		case isDigit(r), r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case isDash(r), r == ' ', strings.ContainsRune(separators, r):
		default:
			return "", false
		}
	}
	return b.String(), true
}
