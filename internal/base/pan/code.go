package pan

import (
	"slices"
	"strings"
)

// The names under which a security code is typed or written.
var codeNames = []string{"cvv", "cvv2", "cvc2", "cvn2", "securitycode", "cardcode", "verificationvalue", "verificationcode3",
	"セキュリティコード", "セキュリティーコード", "セキュリティ番号", "カード確認番号", "ｾｷｭﾘﾃｨｺｰﾄﾞ"}

// fieldNames are those that mean nothing else as a field's name, or before a colon.
var fieldNames = []string{"cvc", "csc", "cvn", "cav2", "cvcnumber", "cvvnumber", "cvccode", "cvvcode", "cardcvc", "cardcvv"}

// codeName says that a field is for a security code.
func codeName(name string) bool {
	name = plain(name)
	return slices.ContainsFunc(codeNames, func(n string) bool { return strings.HasSuffix(name, n) }) || slices.Contains(fieldNames, name)
}

// plain is a name without case and the signs in it.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "", ".", "", "[", "", "]", "").Replace(name))
}

const nameSpan = 48 // bytes before a code in which its name ends

// behindName says that what follows a text may be a security code: the text ends with a code's name.
func behindName(before string) bool {
	before = before[max(0, len(before)-nameSpan):]
	end := strings.TrimRightFunc(before, func(r rune) bool {
		return strings.ContainsRune(` 	:：=＝"'”」』】)）(（「#＃はがの-／/>`+"\u3000", r)
	})
	sure := len(end) < len(before) && strings.ContainsAny(before[len(end):], ":：=＝は")
	for _, n := range codeNames {
		if endsIn(end, n) {
			return true
		}
	}
	return sure && slices.ContainsFunc(fieldNames, func(n string) bool { return endsIn(end, n) })
}

// endsIn says that a text ends in a plain name, whatever case and signs it is written with.
func endsIn(text, name string) bool {
	i := len(text)
	for n := len(name) - 1; n >= 0; n-- {
		for i > 0 && strings.IndexByte("_- .[]", text[i-1]) >= 0 {
			i--
		}
		if i--; i < 0 {
			return false
		}
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != name[n] {
			return false
		}
	}
	return true
}

// codes adds the security codes: three or four digits behind their name, or right beside a number that was found.
func (s *scanned) codes(out []Match) []Match {
	numbers := len(out)
	next := 0
	for i, g := range s.groups {
		if g.len() != 3 && g.len() != 4 || s.words[g.word].groups > 1 {
			continue
		}
		d := s.digits[g.from:g.to]
		for next < numbers && out[next].End <= int(d[0].from) {
			next++
		}
		named := s.alone(int(d[len(d)-1].to)) && behindName(s.text[:d[0].from])
		beside := next > 0 && s.beside(out[next-1].End, i)
		if named || beside {
			out = append(out, Match{Start: int(d[0].from), End: int(d[len(d)-1].to), Kind: Code})
		}
	}
	return out
}

// alone says that no letter follows.
func (s *scanned) alone(end int) bool {
	return end == len(s.text) || hexOf(s.text[end]) < 0 && (s.text[end] < 'g' || s.text[end] > 'z') && (s.text[end] < 'G' || s.text[end] > 'Z')
}

// beside says that the i-th group is the first of three or four digits after a number, but for its expiry.
func (s *scanned) beside(end, i int) bool {
	from := int(s.digits[s.groups[i].from].from)
	if from-end > nameSpan || strings.ContainsAny(s.text[end:from], "\n{}<>") {
		return false
	}
	for k := i - 1; k >= 0 && int(s.digits[s.groups[k].from].from) >= end; k-- {
		if n := s.groups[k].len(); n != 2 && n != 4 || i-k > 2 {
			return false // more than an expiry stands between
		}
	}
	g := s.groups[i]
	return !(g.len() == 4 && s.expiry(g)) && s.text[end:from] != "" && !strings.ContainsAny(s.text[end:from], "\"':,=")
}

// expiry says that four digits are a month and a year: 12/25 and 1225 are none of the code's.
func (s *scanned) expiry(g group) bool {
	d := s.digits[g.from:g.to]
	month := d[0].v*10 + d[1].v
	return month >= 1 && month <= 12 && d[2].v >= 2 && d[2].v <= 4
}
