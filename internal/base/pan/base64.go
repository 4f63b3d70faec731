package pan

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// inBase64 adds what stands in base64 words, whole or in their middle.
func inBase64(out []Match, s string, depth int) []Match {
	from := -1
	for i := 0; i <= len(s); i++ {
		if i < len(s) && letter64(s[i]) {
			if from < 0 {
				from = i
			}
			continue
		}
		if from >= 0 && i-from >= shortWord {
			if m, ok := decoded(s[from:i], depth); ok {
				m.Start, m.End = from, i
				out = append(out, m)
			}
		}
		from = -1
	}
	return out
}

func letter64(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '/' || c == '-' || c == '_'
}

// decoded looks into a word at each of the four places at which base64 may begin.
func decoded(word string, depth int) (Match, bool) {
	word = strings.NewReplacer("-", "+", "_", "/").Replace(word)
	buf := make([]byte, base64.RawStdEncoding.DecodedLen(len(word)))
	for skip := range 4 {
		part := word[skip:]
		if len(part)%4 == 1 {
			part = part[:len(part)-1]
		}
		if len(part) < shortWord {
			break
		}
		n, err := base64.RawStdEncoding.Decode(buf, []byte(part))
		if err != nil {
			continue
		}
		text := string(buf[:n])
		k := look(text)
		if k&armoured != 0 && !utf8.ValidString(text) {
			k &^= armoured // only a text is worth a second armour
		}
		if found := find(text, k, depth+1); len(found) > 0 {
			return found[0], true
		}
	}
	return Match{}, false
}
