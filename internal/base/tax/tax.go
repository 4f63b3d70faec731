// Package tax knows Japan's consumption tax: its rates by date, and the tax contained in a sum that includes it.
//
// It guarantees integers only: the tax in a total is total × rate ÷ (100 + rate), rounded once, as the shop has set;
// a refund's tax is its sale's with the sign turned. It refuses rates outside 0 to 99 and tables whose dates go
// backwards.
package tax

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
)

// A Class is what kind of thing is sold. The rate of a class depends on the day.
type Class string

// The classes. Reduced is food and drink without alcohol and eating out, and newspapers by subscription.
const (
	Standard Class = "standard"
	Reduced  Class = "reduced"
)

// Valid says whether c is one of the classes.
func (c Class) Valid() bool { return c == Standard || c == Reduced }

// ReducedMark stands beside what carries the reduced rate, on screens, slips and invoices.
const ReducedMark = "※"

// A Rate is a percentage, national and local tax together.
type Rate int64

const maxRate = 99

// Rates are the rates of one day.
type Rates struct {
	Standard Rate `json:"standard"`
	Reduced  Rate `json:"reduced"`
}

// Of is the rate of a class.
func (r Rates) Of(c Class) Rate {
	if c == Reduced {
		return r.Reduced
	}
	return r.Standard
}

// Class is the class that counts on that day: where both rates are equal, nothing is reduced.
func (r Rates) Class(c Class) Class {
	if r.Standard == r.Reduced {
		return Standard
	}
	return c
}

// Valid says whether both rates are percentages and reduced is not above standard.
func (r Rates) Valid() bool {
	return 0 <= r.Reduced && r.Reduced <= r.Standard && r.Standard <= maxRate
}

// A Rounding says what happens to a fraction of a yen of tax. The law leaves the choice to the seller.
type Rounding string

// The roundings. They look at the size without the sign, so that a refund mirrors its sale.
const (
	Down    Rounding = "down"
	Up      Rounding = "up"
	Nearest Rounding = "nearest" // halves go up
)

// Valid says whether r is one of the roundings.
func (r Rounding) Valid() bool { return r == Down || r == Up || r == Nearest }

// Contained is the tax in a total that includes it. It cannot overflow.
func Contained(total int64, rate Rate, r Rounding) int64 {
	if rate <= 0 || rate > maxRate {
		return 0
	}
	n, d := int64(rate), int64(100+rate)
	whole, rest := total/d, total%d // rest has the sign of total
	tax, fraction := whole*n+rest*n/d, rest*n%d
	sign := int64(1)
	if fraction < 0 {
		sign, fraction = -1, -fraction
	}
	if (r == Up && fraction > 0) || (r == Nearest && 2*fraction >= d) {
		tax += sign
	}
	return tax
}

// A Period is the rates that hold from a day on, until the next period.
type Period struct {
	From string `json:"from"` // 2019-10-01, in Japan
	Rates
}

// A Table is the periods, oldest first.
type Table []Period

// Japan is the table as the law stands. (The reduced rate of 2019 and the rate of 2014 are both 8 %, and differ only
// in the split between state and prefecture.)
func Japan() Table {
	return Table{
		{"1989-04-01", Rates{3, 3}},
		{"1997-04-01", Rates{5, 5}},
		{"2014-04-01", Rates{8, 8}},
		{"2019-10-01", Rates{10, 8}},
	}
}

// On gives the rates of that moment's day in Japan, and zero rates before the first period.
func (t Table) On(moment time.Time) Rates {
	day := moment.In(i18n.Zone()).Format(time.DateOnly)
	var rates Rates
	for _, p := range t {
		if p.From > day {
			break
		}
		rates = p.Rates
	}
	return rates
}

// maxTable bounds a table's file.
const maxTable = 1 << 16

// Load reads a table from JSON, so that a change of the law needs no release.
func Load(r io.Reader) (Table, error) {
	dec := json.NewDecoder(io.LimitReader(r, maxTable))
	dec.DisallowUnknownFields()
	var t Table
	if err := dec.Decode(&t); err != nil {
		return nil, fmt.Errorf("read tax table: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("read tax table: more than one value")
	}
	if len(t) == 0 {
		return nil, fmt.Errorf("read tax table: empty")
	}
	for i, p := range t {
		if _, err := time.Parse(time.DateOnly, p.From); err != nil {
			return nil, fmt.Errorf("read tax table, period %d: %w", i+1, err)
		}
		if !p.Valid() {
			return nil, fmt.Errorf("read tax table, period %d: rates out of range", i+1)
		}
		if i > 0 && t[i-1].From >= p.From {
			return nil, fmt.Errorf("read tax table, period %d: not after the one before", i+1)
		}
	}
	return t, nil
}
