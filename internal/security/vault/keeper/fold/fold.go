// Package fold makes texts comparable that people write in different ways: width, case, kana, spaces, hyphens.
//
// It guarantees that folding twice changes nothing more. It refuses no text.
package fold

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Text folds for search: NFKC (half-width kana and full-width letters become ordinary ones), lower case, hiragana to
// katakana, the
// many hyphens to one, all spaces gone.
func Text(s string) string {
	return norm.NFKC.String(strings.Map(fold, norm.NFKC.String(s)))
}

func fold(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return -1
	case r >= 'ぁ' && r <= 'ゖ':
		return r + 'ァ' - 'ぁ'
	case r == 'ー' || r == '‐' || r == '‑' || r == '–' || r == '—' || r == '―' || r == '−' || r == '─':
		return '-'
	}
	return unicode.ToLower(r)
}

// Digits keeps only digits, for phone numbers; +81 becomes 0.
func Digits(s string) string {
	s = norm.NFKC.String(s)
	s = strings.Replace(strings.TrimSpace(s), "+81", "0", 1)
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// Login folds a log-in id: width, case and spaces around, nothing more, so that no two people's fall together.
func Login(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))) }
