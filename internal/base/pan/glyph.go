package pan

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A class is what a sign is to a number.
type class uint8

// The classes.
const (
	stop      class = iota // ends a number
	digit                  // one of its digits
	space                  // may stand between its groups
	dash                   //
	dot                    //
	other                  // may, too, but only in a number's usual shape
	invisible              // is not seen
	letter                 // a Latin letter, which hexadecimal numbers do not have
	hexLetter              // one that they have
)

// A glyph is one sign of a text, however it is written.
type glyph struct {
	from, to int32 // bytes
	class    class
	v        byte // of a digit
}

// digitOf reads a decimal digit of any script, and the circled, raised and Chinese ones that people write as digits.
func digitOf(r rune) (v byte, ok bool) {
	switch {
	case r >= '0' && r <= '9':
		return byte(r - '0'), true
	case r < 0xB2:
		return 0, false
	case r >= 0xFF10 && r <= 0xFF19:
		return byte(r - 0xFF10), true
	case r >= 0x3000 && r <= 0x9FFF:
		return chinese(r)
	}
	for _, s := range []struct{ low, high, zero rune }{
		{0xB2, 0xB3, 0xB0}, {0xB9, 0xB9, 0xB8}, {0x2070, 0x2070, 0x2070}, {0x2074, 0x2079, 0x2070}, {0x2080, 0x2089, 0x2080}, {0x2460, 0x2468, 0x245F},
		{0x2474, 0x247C, 0x2473}, {0x24EA, 0x24EA, 0x24EA}, {0x24FF, 0x24FF, 0x24FF}, {0x2776, 0x277E, 0x2775},
		{0x2780, 0x2788, 0x277F}, {0x278A, 0x2792, 0x2789}} {
		if r >= s.low && r <= s.high {
			return byte(r - s.zero), true
		}
	}
	for _, t := range unicode.Nd.R16 { // whole alphabets of ten, one after the other
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	return 0, false
}

func chinese(r rune) (byte, bool) {
	switch r {
	case '〇', '零':
		return 0, true
	case '一':
		return 1, true
	case '二':
		return 2, true
	case '三':
		return 3, true
	case '四':
		return 4, true
	case '五':
		return 5, true
	case '六':
		return 6, true
	case '七':
		return 7, true
	case '八':
		return 8, true
	case '九':
		return 9, true
	}
	return 0, false
}

// classOf says what a sign is.
func classOf(r rune) (class, byte) {
	if v, ok := digitOf(r); ok {
		return digit, v
	}
	switch {
	case r >= 'a' && r <= 'f', r >= 'A' && r <= 'F':
		return hexLetter, 0
	case r >= 'g' && r <= 'z', r >= 'G' && r <= 'Z':
		return letter, 0
	case r == ' ', r == '\t', r == '+', r == 0x3000:
		return space, 0
	case r == 0:
		return invisible, 0 // of UTF-16
	case r < 0x80:
		switch r {
		case '-':
			return dash, 0
		case '.':
			return dot, 0
		case '/', '_', '*', '|', '\'':
			return other, 0
		}
		return stop, 0
	case strings.ContainsRune("‐‑‒–—―−ーｰ－─━﹣⁃˗", r):
		return dash, 0
	case strings.ContainsRune("．。｡·・･•", r):
		return dot, 0
	case r == '／' || r == '＿':
		return other, 0
	case unicode.Is(unicode.Zs, r):
		return space, 0
	case r == 0xAD || r == 0x34F || r == 0x180E || r == utf8.RuneError || unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me):
		return invisible, 0
	}
	return stop, 0
}

// at reads the sign that begins at a byte, through URL, JSON and HTML escapes.
func at(s string, i int) glyph {
	r, n := rune(s[i]), 1
	switch {
	case r >= '0' && r <= '9':
		return glyph{int32(i), int32(i + 1), digit, byte(r - '0')}
	case r == '%':
		r, n = percent(s[i:])
	case r == '\\':
		r, n = backslash(s[i:])
	case r == '&':
		r, n = entity(s[i:])
	case r >= utf8.RuneSelf:
		r, n = utf8.DecodeRuneInString(s[i:])
	}
	c, v := classOf(r)
	return glyph{int32(i), int32(i + n), c, v}
}

// percent reads %34 and %EF%BC%94, and those whose % is written %25.
func percent(s string) (rune, int) {
	var buf [utf8.UTFMax]byte
	used, n := 0, 0
	for n < len(buf) {
		b, size, ok := percentByte(s[used:])
		if !ok {
			break
		}
		buf[n], used, n = b, used+size, n+1
		if utf8.FullRune(buf[:n]) {
			r, _ := utf8.DecodeRune(buf[:n])
			return r, used
		}
	}
	return '%', 1
}

func percentByte(s string) (b byte, size int, ok bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, 0, false
	}
	i := 1
	for i+4 <= len(s) && s[i] == '2' && s[i+1] == '5' {
		i += 2
	}
	if i+2 > len(s) {
		return 0, 0, false
	}
	h, l := hexOf(s[i]), hexOf(s[i+1])
	return byte(h<<4 | l), i + 2, h >= 0 && l >= 0
}

// backslash reads \u0034, \x34, \u{34} and those whose backslash is written several times; \t, and a slash.
func backslash(s string) (rune, int) {
	i := 1
	for i < len(s) && s[i] == '\\' && i < 8 {
		i++
	}
	if i >= len(s) {
		return '\\', 1
	}
	width := 0
	switch s[i] {
	case 'u':
		width = 4
	case 'x':
		width = 2
	case '/':
		return '/', i + 1
	case 't':
		return ' ', i + 1
	default:
		return '\\', 1
	}
	i++
	braces := i < len(s) && s[i] == '{'
	if braces {
		i++
		width = 8
	}
	r, k := number(s[i:], 16, width)
	if k == 0 || !braces && k < width {
		return '\\', 1
	}
	if i += k; braces {
		if i >= len(s) || s[i] != '}' {
			return '\\', 1
		}
		i++
	}
	return r, i
}

// entity reads &#52; &#x34; and the named ones that are not seen or are spaces.
func entity(s string) (rune, int) {
	if strings.HasPrefix(s, "&amp;") && len(s) > 5 { // written twice
		if r, n := entity("&" + s[5:min(len(s), 40)]); n > 1 {
			return r, n + 4
		}
	}
	if len(s) > 3 && s[1] == '#' {
		base, i := int32(10), 2
		if s[2] == 'x' || s[2] == 'X' {
			base, i = 16, 3
		}
		r, k := number(s[i:], base, 8)
		if k == 0 {
			return '&', 1
		}
		if i += k; i < len(s) && s[i] == ';' {
			i++
		}
		return r, i
	}
	for _, e := range []struct {
		name string
		r    rune
	}{{"&nbsp;", ' '}, {"&ensp;", ' '}, {"&emsp;", ' '}, {"&thinsp;", ' '}, {"&shy;", 0}, {"&zwnj;", 0}, {"&zwj;", 0}, {"&hyphen;", '-'},
		{"&dash;", '-'}, {"&ndash;", '-'}, {"&mdash;", '-'}, {"&minus;", '-'}, {"&period;", '.'}} {
		if strings.HasPrefix(s, e.name) {
			return e.r, len(e.name)
		}
	}
	return '&', 1
}

// number reads up to width digits of a base.
func number(s string, base int32, width int) (r rune, n int) {
	for n < len(s) && n < width {
		h := hexOf(s[n])
		if h < 0 || h >= base {
			break
		}
		r = r*base + h
		n++
	}
	if r > unicode.MaxRune || r < 0 {
		return utf8.RuneError, n
	}
	return r, n
}

func hexOf(c byte) int32 {
	switch {
	case c >= '0' && c <= '9':
		return int32(c - '0')
	case c >= 'a' && c <= 'f':
		return int32(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int32(c-'A') + 10
	}
	return -1
}
