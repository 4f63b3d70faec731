// Package i18n speaks Japanese and English: the choice between two texts, and how sums, counts and times are written.
//
// It guarantees that both texts stand side by side in the code, so that neither can be forgotten. It refuses other
// languages for now, and other zones than Japan's: every shop is in Japan.
package i18n

import (
	"strconv"
	"time"
)

// Lang is a reader's language.
type Lang string

// The languages Noren speaks.
const (
	Ja Lang = "ja"
	En Lang = "en"
)

// Pick returns the reader's text of the two.
func (l Lang) Pick(ja, en string) string {
	if l == En {
		return en
	}
	return ja
}

// Match picks the language of an Accept-Language header: English only when it is wanted more than Japanese.
func Match(header string) Lang {
	best, bestQ := Ja, -1.0
	for part := range splitComma(header) {
		tag, q := weight(part)
		var l Lang
		switch {
		case hasPrefix(tag, "ja"):
			l = Ja
		case hasPrefix(tag, "en"):
			l = En
		default:
			continue
		}
		if q > bestQ {
			best, bestQ = l, q
		}
	}
	return best
}

// Zone is Japan's, which has no summer time.
func Zone() *time.Location { return time.FixedZone("JST", 9*60*60) }

// Time is the moment of a stored time (milliseconds since 1970, UTC), in Japan's zone.
func Time(ms int64) time.Time { return time.UnixMilli(ms).In(Zone()) }

// Date writes a day: 2026年11月22日, or 22 November 2026.
func (l Lang) Date(ms int64) string {
	return Time(ms).Format(l.Pick("2006年1月2日", "2 January 2006"))
}

// DateTime writes a moment to the minute: 2026年11月22日 14:05, or 22 November 2026, 14:05 (JST).
func (l Lang) DateTime(ms int64) string {
	return Time(ms).Format(l.Pick("2006年1月2日 15:04", "2 January 2006, 15:04"))
}

// Yen writes a sum: 1,234円, or ¥1,234.
func (l Lang) Yen(yen int64) string {
	if l == En {
		if yen < 0 {
			return "-¥" + Number(-yen)
		}
		return "¥" + Number(yen)
	}
	return Number(yen) + "円"
}

// Number groups digits by three.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
