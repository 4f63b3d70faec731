package billing

import (
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
)

// A Day is a day in Japan, counted from 1970.
type Day int64

const dayMS = int64(24 * time.Hour / time.Millisecond)
const zoneMS = int64(9 * time.Hour / time.Millisecond)

// DayOf is the day of a moment in milliseconds.
func DayOf(ms int64) Day {
	d := ms + zoneMS
	if d < 0 {
		d -= dayMS - 1
	}
	return Day(d / dayMS)
}

// DayOn is a day of the calendar.
func DayOn(year int, month time.Month, day int) Day {
	return DayOf(time.Date(year, month, day, 0, 0, 0, 0, i18n.Zone()).UnixMilli())
}

// ParseDay reads 2026-11-22; ok is false for anything else.
func ParseDay(s string) (d Day, ok bool) {
	t, err := time.ParseInLocation(time.DateOnly, s, i18n.Zone())
	return DayOf(t.UnixMilli()), err == nil
}

// MS is the day's first moment.
func (d Day) MS() int64 { return int64(d)*dayMS - zoneMS }

// String is 2026-11-22.
func (d Day) String() string { return i18n.Time(d.MS()).Format(time.DateOnly) }

// Month is the day's.
func (d Day) Month() Month {
	t := i18n.Time(d.MS())
	return Month(t.Year()*100 + int(t.Month()))
}

// A Month is 202611.
type Month int64

// First is the month's first day.
func (m Month) First() Day { return DayOn(int(m/100), time.Month(m%100), 1) }

// Next is the month after it.
func (m Month) Next() Month {
	if m%100 == 12 {
		return m + 89
	}
	return m + 1
}

// Before is the month before it.
func (m Month) Before() Month {
	if m%100 == 1 {
		return m - 89
	}
	return m - 1
}

// Days is how many days it has.
func (m Month) Days() int64 { return int64(m.Next().First() - m.First()) }

// String is 2026-11.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", int64(m)/100, int64(m)%100) }

// Label names the month.
func (m Month) Label(l i18n.Lang) string {
	return i18n.Time(m.First().MS()).Format(l.Pick("2006年1月", "January 2006"))
}
