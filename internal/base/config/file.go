package config

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/fault"
)

const maxFile = 64 << 10

// A line is one setting of the file.
type line struct{ key, value, where string }

// readFile reads lines of `name = value`: values bare or in double quotes, comments after #, a setting once.
func readFile(name string) ([]line, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	return parseFile(name, string(b))
}

func parseFile(name, content string) ([]line, error) {
	var fs fault.Faults
	if len(content) > maxFile || !utf8.ValidString(content) {
		return nil, fault.Faults{fault.Invalid("config", fault.Text{Ja: name + ": 64 KB までの UTF-8 の文書にしてください。",
			En: name + ": must be UTF-8 text of at most 64 KB"})}
	}
	var lines []line
	first := map[string]string{}
	n := 0
	for text := range strings.Lines(strings.TrimPrefix(content, "\ufeff")) {
		n++
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			continue
		}
		where := fmt.Sprintf("%s:%d", name, n)
		key, value, ok := strings.Cut(text, "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" || strings.ContainsAny(key, " \t\"'[]") {
			fs = append(fs, fault.Invalid("config", fault.Text{Ja: where + ": 「名前 = 値」の形にしてください。",
				En: where + ": must be of the form name = value"}))
			continue
		}
		value, ok = parseValue(strings.TrimSpace(value))
		if !ok {
			fs = append(fs, fault.Invalid(key, fault.Text{Ja: where + ": 引用符が閉じていないか、値のあとに余分な文字があります。",
				En: where + ": a quote is not closed, or something stands behind the value"}))
			continue
		}
		if before, twice := first[key]; twice {
			fs = append(fs, fault.Invalid(key, fault.Text{Ja: where + ": 二度目です（最初は " + before + "）。",
				En: where + ": set for the second time (first in " + before + ")"}))
			continue
		}
		first[key] = where
		lines = append(lines, line{key, value, where})
	}
	if err := fs.Err(); err != nil {
		return nil, err
	}
	return lines, nil
}

// parseValue takes a value with what stands behind it: a comment or nothing.
func parseValue(s string) (string, bool) {
	if !strings.HasPrefix(s, `"`) {
		if i := strings.Index(s, " #"); i >= 0 {
			s = s[:i]
		}
		if strings.HasPrefix(s, "#") {
			s = ""
		}
		return strings.TrimSpace(s), true
	}
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", false
	}
	rest := strings.TrimSpace(s[len(quoted):])
	if rest != "" && rest[0] != '#' {
		return "", false
	}
	v, err := strconv.Unquote(quoted)
	return v, err == nil && utf8.ValidString(v)
}
