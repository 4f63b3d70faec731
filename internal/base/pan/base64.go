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
			m, ok := decoded(s[from:i], depth)
			if !ok { // what stands before it in a path may have decoded into a digit or a letter
				m, ok = inSegments(s[from:i], depth)
			}
			if ok {
				m.Start, m.End = from, i
				out = append(out, m)
			}
		}
		from = -1
	}
	return out
}

// inSegments looks into the parts of a word that signs divide which base64 has, too.
func inSegments(word string, depth int) (Match, bool) {
	if !strings.ContainsAny(word, "/-_+") {
		return Match{}, false
	}
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return strings.ContainsRune("/-_+", r) }) {
		if len(part) >= shortWord {
			if m, ok := decoded(part, depth); ok {
				return m, true
			}
		}
	}
	return Match{}, false
}

func letter64(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '/' || c == '-' || c == '_'
}

// decoded looks into a word at each of the four places at which base64 may begin.
func decoded(word string, depth int) (Match, bool) {
	enc := base64.RawStdEncoding
	if strings.ContainsAny(word, "-_") {
		enc = base64.RawURLEncoding
		if strings.ContainsAny(word, "+/") {
			word = strings.NewReplacer("+", "-", "/", "_").Replace(word)
		}
	}
	buf := make([]byte, max(enc.DecodedLen(len(word)), 64)) // never on a stack, whose old places nobody cleans
	defer clear(buf)
	for skip := range 4 {
		part := word[skip:]
		if len(part)%4 == 1 {
			part = part[:len(part)-1]
		}
		if len(part) < shortWord {
			break
		}
		n, err := enc.Decode(buf, []byte(part))
		if err != nil || !worth(buf[:n]) {
			continue
		}
		text := onHeap(buf[:n])
		k, lo, hi := look(text)
		if found := find(text, k, lo, hi, depth+1); len(found) > 0 {
			return found[0], true
		}
	}
	return Match{}, false
}

// worth says that bytes may hold a number: they are a text, or enough of them are digits.
func worth(b []byte) bool {
	if utf8.Valid(b) {
		return true
	}
	n := 0
	for _, c := range b {
		if c-'0' <= 9 {
			n++
		}
	}
	return n >= minLen
}

// onHeap makes a text of bytes. A short one that the compiler puts on a stack would stay there after its time: nobody cleans
// stacks, while the heap's freed memory can be overwritten (docs/pan.md).
func onHeap(b []byte) string {
	var s strings.Builder
	s.Grow(max(len(b), 64)) // the compiler keeps up to 32 bytes on the stack
	s.Write(b)
	return s.String()
}
