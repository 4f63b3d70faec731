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

// look reads a text once and says what to search it for. Most texts need nothing more.
func look(s string) (h hint) {
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
			if word++; run >= minLen {
				h |= digits
			}
			i += n
			continue
		}
		if short == 3 || short == 4 {
			h |= named3(s[:from])
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
	if short == 3 || short == 4 {
		h |= named3(s[:from])
	}
	return h
}

// named3 is the hint of a few digits behind a text.
func named3(before string) hint {
	if behindName(before) {
		return digits
	}
	return nothing
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
