package pan

import "unicode/utf8"

// A hint is what a text must be searched for, after one quick look.
type hint uint8

const (
	nothing  hint = 0
	digits   hint = 1 // enough of them near each other, or a few behind a code's name
	armoured hint = 2 // a word that may be base64
)

const (
	nearBy    = 14 // bytes between two digits of one number: an escape, separators
	shortWord = 18 // 13 digits make as many letters of base64
)

// look reads a text once and says what to search it for, and from which byte to which it has digits. Most texts need nothing
// more.
func look(s string) (h hint, lo, hi int) {
	first := 0
	run, gap, word, short, from := 0, 0, 0, 0, 0
	for i := 0; i < len(s); {
		c, n := s[i], 1
		is := c-'0' <= 9
		if c >= utf8.RuneSelf {
			var r rune
			if r, n = utf8.DecodeRuneInString(s[i:]); mayBeDigit(r) {
				_, is = digitOf(r)
			}
		}
		if is {
			if short == 0 {
				from = i
			}
			run, gap, short = run+1, 0, short+1
			if run == 1 {
				first = i
			}
			i += n
			if word++; run >= minLen {
				h, lo, hi = h|digits, lower(h, lo, first), i
			}
			continue
		}
		if (short == 3 || short == 4) && behindName(s[:from]) {
			h, lo, hi = h|digits, lower(h, lo, from), i
		}
		short = 0
		if gap += n; gap > nearBy {
			run = 0
		}
		i += n
		if letter64(c) {
			word++
			continue
		}
		if word >= shortWord {
			h |= armoured
		}
		word = 0
	}
	if word >= shortWord {
		h |= armoured
	}
	if (short == 3 || short == 4) && behindName(s[:from]) {
		h, lo, hi = h|digits, lower(h, lo, from), len(s)
	}
	return h, around(s, lo), min(len(s), hi+nameSpan)
}

// lower is the first byte of all that is worth a search.
func lower(h hint, lo, at int) int {
	if h&digits != 0 {
		return lo
	}
	return at
}

// around goes back to where the word begins, escapes and all.
func around(s string, i int) int {
	for n := 0; i > 0 && n < nameSpan && s[i-1] > ' '; n++ {
		i--
	}
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// mayBeDigit passes over kana, most of the Chinese characters, and what is not a text, before anything slower is asked.
func mayBeDigit(r rune) bool {
	switch {
	case r >= 0x3008 && r <= 0x4DFF, r == utf8.RuneError:
		return false
	case r >= 0x3000 && r <= 0x9FFF:
		_, ok := chinese(r)
		return ok
	}
	return true
}
