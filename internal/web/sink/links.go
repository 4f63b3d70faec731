package sink

import "regexp"

type part struct{ text, href string }

var address = regexp.MustCompile(`https?://[^\s<>"）)]+`)

// links splits a letter's text where it names an address.
func links(s string) []part {
	var out []part
	for {
		at := address.FindStringIndex(s)
		if at == nil {
			return append(out, part{text: s})
		}
		out = append(out, part{text: s[:at[0]]}, part{text: s[at[0]:at[1]], href: s[at[0]:at[1]]})
		s = s[at[1]:]
	}
}
