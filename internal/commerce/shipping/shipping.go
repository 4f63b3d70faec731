// Package shipping knows how a shop sends: methods, the fee to each prefecture, wished days and time slots, slip numbers.
//
// It guarantees that a fee comes from the shop's table and from nowhere else, that a wished day lies within what the method
// can keep, and that a slip number passes its carrier's check digit. It refuses destinations outside the 47 prefectures.
//
// What carriers offer stands in tables with dates, so that an order keeps the slots of its day.
package shipping

import (
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/postal"
)

// MethodID names a method of a shop.
type MethodID int64

// A Carrier brings parcels.
type Carrier string

// The carriers. Other is anyone without a known slip number or tracking page.
const (
	Yamato    Carrier = "yamato"
	Sagawa    Carrier = "sagawa"
	JapanPost Carrier = "japanpost"
	Other     Carrier = "other"
)

// Carriers lists them.
func Carriers() []Carrier { return []Carrier{Yamato, Sagawa, JapanPost, Other} }

// Valid says whether c is one of the carriers.
func (c Carrier) Valid() bool { return c == Yamato || c == Sagawa || c == JapanPost || c == Other }

// Label names the carrier.
func (c Carrier) Label(l i18n.Lang) string {
	switch c {
	case Yamato:
		return l.Pick("ヤマト運輸", "Yamato Transport")
	case Sagawa:
		return l.Pick("佐川急便", "Sagawa Express")
	case JapanPost:
		return l.Pick("日本郵便", "Japan Post")
	}
	return l.Pick("その他の配送業者", "Other carrier")
}

// Prefectures is how many there are, numbered from 1 as base/postal numbers them.
const Prefectures = int(postal.Okinawa)

// A Method is one way in which a shop sends.
type Method struct {
	ID       MethodID
	Carrier  Carrier
	Name     fault.Text
	Position int64
	Active   bool
	FreeOver int64 // goods from this sum on ship free; 0: never
	LeadDays int64 // business days until dispatch
	WishDays int64 // over how many days the wished day may be chosen; 0: no wish
	Version  int64
	Fees     [Prefectures]Fee // by prefecture - 1
}

// A Fee to a prefecture. The zero Fee is a prefecture that the method does not reach.
type Fee struct {
	Reached bool
	Yen     int64
}

// Flat is the same fee everywhere.
func Flat(yen int64) [Prefectures]Fee {
	var f [Prefectures]Fee
	for i := range f {
		f[i] = Fee{true, yen}
	}
	return f
}

// ErrPrefecture is a destination that is none of the 47 prefectures.
var ErrPrefecture = fault.Invalid("prefecture", fault.Text{
	Ja: "お届け先の都道府県を選んでください。日本国外へはお届けできません。",
	En: "Choose the prefecture to deliver to. We cannot deliver outside Japan.",
})

// Quote is what the method costs to a prefecture for goods of that sum (after price cuts on goods).
func (m Method) Quote(prefecture postal.Prefecture, goods int64) (int64, error) {
	if prefecture < postal.Hokkaido || prefecture > postal.Okinawa {
		return 0, ErrPrefecture
	}
	fee := m.Fees[prefecture-1]
	if !m.Active || !fee.Reached {
		return 0, fault.Invalid("shipping", fault.Text{
			Ja: "この配送方法は、お届け先の地域ではご利用いただけません。別の配送方法を選んでください。",
			En: "This delivery method does not reach your area. Please choose another.",
		})
	}
	if m.FreeOver > 0 && goods >= m.FreeOver {
		return 0, nil
	}
	return fee.Yen, nil
}

// Check returns every rule of a method that its settings break.
func (m Method) Check() error {
	var fs fault.Faults
	if !m.Carrier.Valid() {
		fs = append(fs, fault.Invalid("carrier", fault.Text{Ja: "配送業者を選んでください。", En: "Choose a carrier."}))
	}
	for _, f := range [][2]string{{"name_ja", m.Name.Ja}, {"name_en", m.Name.En}} {
		if n := len([]rune(strings.TrimSpace(f[1]))); n < 1 || n > maxName {
			fs = append(fs, fault.Invalid(f[0], fault.Text{
				Ja: "配送方法の名前を1文字以上50文字以内で入力してください。",
				En: "Enter a name for this delivery method, up to 50 characters.",
			}))
		}
	}
	for _, f := range []struct {
		field   string
		n, high int64
	}{{"free_over", m.FreeOver, maxYen}, {"lead_days", m.LeadDays, maxDays}, {"wish_days", m.WishDays, maxDays}} {
		if f.n < 0 || f.n > f.high {
			fs = append(fs, bounds(f.field, f.high))
		}
	}
	for i, f := range m.Fees {
		if f.Yen < 0 || f.Yen > maxYen {
			fs = append(fs, bounds("fee."+strconv.Itoa(i+1), maxYen))
		}
	}
	return fs.Err()
}

const (
	maxName = 50
	maxYen  = 999_999
	maxDays = 60
)

func bounds(field string, high int64) *fault.Fault {
	return fault.Invalid(field, fault.Text{
		Ja: "0以上" + i18n.Number(high) + "以下の整数で入力してください。",
		En: "Enter a whole number from 0 to " + i18n.Number(high) + ".",
	})
}

// A Window is the days between which a delivery may be wished, 2026-11-25 to 2026-12-04. Both empty: no wish.
type Window struct{ First, Last string }

// Window for an order of that moment: dispatch after the lead's business days, a day on the road, then WishDays days.
func (m Method) Window(now time.Time) Window {
	if m.WishDays == 0 {
		return Window{}
	}
	day := m.Dispatch(now).AddDate(0, 0, 1)
	return Window{day.Format(time.DateOnly), day.AddDate(0, 0, int(m.WishDays)-1).Format(time.DateOnly)}
}

// Dispatch is the last day on which an order of that moment leaves, counted in business days.
func (m Method) Dispatch(now time.Time) time.Time {
	day := now.In(i18n.Zone())
	day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, i18n.Zone())
	for left := m.LeadDays; left > 0; {
		day = day.AddDate(0, 0, 1)
		if business(day) {
			left--
		}
	}
	return day
}

// business leaves out the week-end. Public holidays and a shop's own closed days come with base/calendar.
func business(day time.Time) bool {
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

// A Wish is when a purchaser would like the parcel; empty fields are no wish.
type Wish struct {
	Day  string // 2026-11-25
	Slot string // a code of Slots
}

// CheckWish says whether the method can keep the wish for an order of that moment.
func (m Method) CheckWish(w Wish, now time.Time) error {
	var fs fault.Faults
	if w.Day != "" {
		win := m.Window(now)
		if _, err := time.Parse(time.DateOnly, w.Day); err != nil || win.First == "" || w.Day < win.First || w.Day > win.Last {
			fs = append(fs, fault.Invalid("wish_day", fault.Text{
				Ja: "お届け希望日は、選べる期間の中から選んでください。",
				En: "Choose a delivery day within the days on offer.",
			}))
		}
	}
	if w.Slot != "" {
		if _, ok := FindSlot(m.Carrier, w.Slot, now); !ok {
			fs = append(fs, fault.Invalid("wish_slot", fault.Text{
				Ja: "お届け時間帯を選び直してください。",
				En: "Choose the time of delivery again.",
			}))
		}
	}
	return fs.Err()
}
