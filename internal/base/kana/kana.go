// Package kana knows the forms in which Japanese text is typed: half-width and full-width, hiragana and katakana.
//
// It guarantees one form for one text: half-width kana become full-width with their voiced marks joined, full-width
// Latin letters and digits become half-width, and search folding makes all of them alike. It refuses to change
// kanji: the variants of a person's name (﨑, 神) stay as they were typed, except for search.
package kana

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	voiced       = '\u3099' // the marks that join what stands before them
	semiVoiced   = '\u309A'
	halfVoiced   = 'ﾞ'
	halfSemi     = 'ﾟ'
	toKatakana   = 'ァ' - 'ぁ'
	firstHalf    = '｡'
	lastHalf     = 'ﾟ'
	firstFull    = '！' // full-width ASCII
	lastFull     = '～'
	fullToASCII  = '！' - '!'
	fullSpace    = '\u3000'
	halfInOrder  = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜"
	takesVoiced  = "かきくけこさしすせそたちつてとはひふへほカキクケコサシスセソタチツテトハヒフヘホゝヽ" // + 1
	takesSemi    = "はひふへほハヒフヘホ"                                 // + 2
	farVoiced    = "うゔウヴワヷヰヸヱヹヲヺ"                               // pairs
	bytesInOrder = len("。")
)

// Widen makes half-width kana full-width, joining voiced marks, also those that some systems send apart (か and
// U+3099).
func Widen(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	last := rune(-1) // held back, because a mark may follow
	flush := func() {
		if last >= 0 {
			b.WriteRune(last)
		}
	}
	for _, r := range s {
		joined := rune(0)
		switch r {
		case halfVoiced, voiced:
			joined = join(last, voiced)
		case halfSemi, semiVoiced:
			joined = join(last, semiVoiced)
		}
		if joined != 0 {
			last = joined
			continue
		}
		flush()
		last = widenRune(r)
	}
	flush()
	return b.String()
}

func widenRune(r rune) rune {
	switch {
	case r >= firstHalf && r <= lastHalf:
		full, _ := utf8.DecodeRuneInString(halfInOrder[int(r-firstHalf)*bytesInOrder:])
		return full
	case r == voiced:
		return '゛'
	case r == semiVoiced:
		return '゜'
	}
	return r
}

// join is the letter with its mark, or 0 where the letter takes none.
func join(r, mark rune) rune {
	if r < 0 {
		return 0
	}
	if mark == semiVoiced {
		if strings.ContainsRune(takesSemi, r) {
			return r + 2
		}
		return 0
	}
	if strings.ContainsRune(takesVoiced, r) {
		return r + 1
	}
	far := []rune(farVoiced)
	for i := 0; i < len(far); i += 2 {
		if far[i] == r {
			return far[i+1]
		}
	}
	return 0
}

// Narrow makes full-width Latin letters, digits, signs and the space half-width.
func Narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= firstFull && r <= lastFull:
			return r - fullToASCII
		case r == fullSpace:
			return ' '
		case r == '￥':
			return '¥'
		}
		return r
	}, s)
}

// Katakana turns hiragana into katakana.
func Katakana(s string) string {
	return strings.Map(func(r rune) rune {
		if (r >= 'ぁ' && r <= 'ゖ') || r == 'ゝ' || r == 'ゞ' {
			return r + toKatakana
		}
		return r
	}, s)
}

// Hiragana turns katakana into hiragana; ヷ ヸ ヹ ヺ, which have none, stay.
func Hiragana(s string) string {
	return strings.Map(func(r rune) rune {
		if (r >= 'ァ' && r <= 'ヶ') || r == 'ヽ' || r == 'ヾ' {
			return r - toKatakana
		}
		return r
	}, s)
}

// IsKatakana says whether s is a reading: full-width katakana, the long mark, the middle dot and single spaces, with
// a letter in it.
func IsKatakana(s string) bool {
	letter, lastSpace := false, true
	for _, r := range s {
		switch {
		case (r >= 'ァ' && r <= 'ヺ') || r == 'ヽ' || r == 'ヾ':
			letter, lastSpace = true, false
		case r == 'ー' || r == '・':
			lastSpace = false
		case r == ' ' && !lastSpace:
			lastSpace = true
		default:
			return false
		}
	}
	return letter && !lastSpace
}

// Tidy is the form in which typed text is kept: Widen, Narrow, no space at the ends, single spaces between.
func Tidy(s string) string { return Spaces(Narrow(Widen(s))) }

// Spaces joins every run of spaces to one and drops those at the ends. Line breaks and tabs stay inside, for a
// caller to refuse.
func Spaces(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range strings.TrimSpace(s) {
		if unicode.Is(unicode.Zs, r) {
			space = true
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Fold is the form for search: width, kana, case, and compatible signs (㈱, ①) alike, so that ｶﾌﾞ, カブ and かぶ meet.
func Fold(s string) string {
	return Spaces(Katakana(strings.ToLower(norm.NFKC.String(Widen(s)))))
}

// Cut keeps the first n characters, and never leaves a letter without a mark that followed it: then it drops the
// letter.
func Cut(s string, n int) string {
	if n <= 0 {
		return ""
	}
	letter, count := 0, 0 // where the last letter began
	for i, r := range s {
		isMark := unicode.Is(unicode.M, r)
		if count == n {
			if isMark {
				return s[:letter]
			}
			return s[:i]
		}
		if !isMark {
			letter = i
		}
		count++
	}
	return s
}
