package shipping

import (
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
)

// A Slot is a time of day that a carrier offers, by the code of its slip form.
type Slot struct {
	Code string
	Name fault.Text
}

// A period is the slots that a carrier offers from a day on, until the next period.
type period struct {
	carrier Carrier
	from    string
	slots   []Slot
}

// slotTable has the newest period of a carrier last. Yamato ended 12–14 and 20–21 and began 19–21 on 2017-06-19; Japan Post ended
// 20–21 on 2024-04-01. Compared on 2026-11-22 with Japan Post's own page about days and slots; of Sagawa no page of its own was at
// hand: its six slots are those of its slip forms, and stand to be compared.
func slotTable() []period {
	morning := fault.Text{Ja: "午前中", En: "Morning"}
	return []period{
		{Yamato, "2017-06-19", []Slot{{"0812", morning}, hours("1416", "14", "16"), hours("1618", "16", "18"),
			hours("1820", "18", "20"), hours("1921", "19", "21")}},
		{Sagawa, "2017-01-01", []Slot{{"01", morning}, hours("12", "12", "14"), hours("14", "14", "16"),
			hours("16", "16", "18"), hours("18", "18", "20"), hours("19", "19", "21")}},
		{JapanPost, "2018-01-01", []Slot{{"51", morning}, hours("52", "12", "14"), hours("53", "14", "16"),
			hours("54", "16", "18"), hours("55", "18", "20"), hours("57", "20", "21"), hours("56", "19", "21")}},
		{JapanPost, "2024-04-01", []Slot{{"51", morning}, hours("52", "12", "14"), hours("53", "14", "16"),
			hours("54", "16", "18"), hours("55", "18", "20"), hours("56", "19", "21")}},
	}
}

func hours(code, from, to string) Slot {
	return Slot{code, fault.Text{Ja: from + "時〜" + to + "時", En: from + ":00–" + to + ":00"}}
}

// Slots are what the carrier offers at that moment.
func Slots(c Carrier, at time.Time) []Slot {
	day := at.In(i18n.Zone()).Format(time.DateOnly)
	var slots []Slot
	for _, p := range slotTable() {
		if p.carrier == c && p.from <= day {
			slots = p.slots
		}
	}
	return slots
}

// FindSlot is the slot of a code, as the carrier offered it at that moment.
func FindSlot(c Carrier, code string, at time.Time) (Slot, bool) {
	for _, s := range Slots(c, at) {
		if s.Code == code {
			return s, true
		}
	}
	return Slot{}, false
}

// ParseSlip reads a slip number as it is typed or scanned (hyphens, spaces, full-width digits, and the letters at both
// ends of a barcode's text) and checks it. The number is kept in digits alone.
func ParseSlip(field string, c Carrier, s string) (string, error) {
	if !c.Valid() {
		return "", fault.Invalid("carrier", fault.Text{Ja: "配送業者を選んでください。", En: "Choose a carrier."})
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case strings.ContainsRune(" \u3000-‐‑–—―−ーｰ－", r):
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if c == Other {
		return s, checkOther(field, s)
	}
	if len(s) > 2 && strings.ContainsRune("aAdD", rune(s[0])) && strings.ContainsRune("aAdD", rune(s[len(s)-1])) {
		s = s[1 : len(s)-1] // start and stop of the NW-7 barcode
	}
	if !digits(s) || !(len(s) == 12 || (c == JapanPost && len(s) == 11)) {
		return "", fault.Invalid(field, fault.Text{
			Ja: "送り状番号は12桁の数字で入力してください(ゆうパックなどは11桁も使えます)。",
			En: "Enter the slip number as 12 digits (Japan Post also uses 11).",
		})
	}
	if mod7(s[:len(s)-1]) != int(s[len(s)-1]-'0') {
		return "", fault.Invalid(field, fault.Text{
			Ja: "送り状番号の検査数字が合いません。数字をもう一度確かめてください。",
			En: "The slip number's check digit does not match. Please check the digits.",
		})
	}
	return s, nil
}

func checkOther(field, s string) error {
	ok := len(s) >= 1 && len(s) <= 40
	for _, r := range s {
		ok = ok && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}
	if ok {
		return nil
	}
	return fault.Invalid(field, fault.Text{
		Ja: "送り状番号は英数字40文字以内で入力してください。",
		En: "Enter the slip number in up to 40 letters and digits.",
	})
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// mod7 is the check digit of Japan's carriers: the number before it, modulo 7.
func mod7(s string) int {
	n := 0
	for _, r := range s {
		n = (n*10 + int(r-'0')) % 7
	}
	return n
}

// TrackingURL is the carrier's page about a parcel; empty where there is none.
func TrackingURL(c Carrier, slip string) string {
	if !digits(slip) {
		return ""
	}
	switch c {
	case Yamato:
		return "https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010?id=" + slip
	case Sagawa:
		return "https://k2k.sagawa-exp.co.jp/p/web/okurijosearch.do?okurijoNo=" + slip
	case JapanPost:
		return "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1=" + slip
	}
	return ""
}
