package i18n

import (
	"iter"
	"strconv"
	"strings"
)

// maxTags bounds how much of a hostile header is read.
const maxTags = 16

func splitComma(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		n := 0
		for part := range strings.SplitSeq(s, ",") {
			if n++; n > maxTags || !yield(strings.TrimSpace(part)) {
				return
			}
		}
	}
}

func weight(part string) (tag string, q float64) {
	tag, params, _ := strings.Cut(part, ";")
	q = 1
	if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || f < 0 || f > 1 {
			return strings.ToLower(tag), 0
		}
		q = f
	}
	return strings.ToLower(strings.TrimSpace(tag)), q
}

func hasPrefix(tag, lang string) bool { return tag == lang || strings.HasPrefix(tag, lang+"-") }
