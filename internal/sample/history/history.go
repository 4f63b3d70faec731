// Package history plans months of trade for sample shops: who orders what and when, and what becomes of each order.
//
// It guarantees that the same seed gives the same plan; that orders follow a believable rhythm (growth, weekends, noon and
// evening, one day of a sale); that stock is never short on the way and ends as each product says; and that what lies after
// the end of the plan has not happened: the newest orders wait. It refuses to touch a store: the plan is data.
package history

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/sample/goods"
	"github.com/noren-shop/noren/internal/sample/people"
)

// Days is how far back the trade goes.
const Days = 150

// A Line is a variant, by its place in the product's list, and how many of it.
type Line struct {
	Product, Variant int
	Quantity         int64
}

// An Order is one purchase and its fate. A zero time is something that does not happen, or not yet.
type Order struct {
	Placed    time.Time
	Person    people.Person
	Note      string
	Lines     []Line
	COD       bool
	Wish      int // days after the first that may be wished; -1 for none
	Slot      int // of the carrier's; -1 for any
	Paid      time.Time
	Shipped   time.Time
	Delivered time.Time
	Cancelled time.Time
	Refunded  time.Time
	Unpaid    bool // why it was cancelled: the money did not come; else the purchaser's wish
}

// A Trade is one shop's history.
type Trade struct {
	Opened time.Time
	Orders []Order
	Stock  [][]int64 // what comes in at the beginning, by product and variant
}

// A Source plans. It is for one goroutine.
type Source struct {
	rng     *rand.Rand
	people  *people.Source
	now     time.Time
	moments []time.Time
}

// maxMoments bounds the different moments, so that large histories have more at once to commit together.
const maxMoments = 20_000

// New plans for shops that have about so many orders each, up to now. All shops share a list of moments: what happens in
// several shops at one moment can be stored at once.
func New(p *people.Source, seed uint64, now time.Time, each int) *Source {
	s := &Source{rng: rand.New(rand.NewPCG(seed, 0x6f7264657273)), people: p, now: now.In(i18n.Zone()).Truncate(time.Second)}
	s.moments = s.draw(min(each+each/3+1, maxMoments))
	return s
}

// Start is when the shops were opened.
func (s *Source) Start() time.Time { return s.day(0).Add(9 * time.Hour) }

func (s *Source) day(n int) time.Time {
	d := s.now.AddDate(0, 0, n-Days)
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, i18n.Zone())
}

// saleDay is the day on which everybody orders: 40 days ago.
const saleDay = Days - 40

// weight of a day: growth, the week's rhythm, the sale, and a good last day so that there is work waiting.
func (s *Source) weight(n int) float64 {
	w := 0.5 + float64(n)/Days
	switch s.day(n).Weekday() {
	case time.Sunday:
		w *= 1.5
	case time.Saturday:
		w *= 1.25
	case time.Monday, time.Friday:
		w *= 1.1
	}
	switch {
	case n == saleDay:
		w *= 6
	case n == saleDay-1 || n == saleDay+1:
		w *= 2
	case n >= Days-1:
		w *= 3
	}
	return w
}

// hours is how orders are spread over the day, per thousand.
func hours() [24]float64 {
	return [24]float64{24, 12, 6, 4, 4, 8, 16, 30, 40, 44, 46, 48, 66, 56, 42, 42, 44, 46, 48, 58, 82, 96, 84, 54}
}

// draw makes n moments after the opening and before now, in order.
func (s *Source) draw(n int) []time.Time {
	var days []float64
	sum := 0.0
	for d := range Days + 1 {
		sum += s.weight(d)
		days = append(days, sum)
	}
	var clock []float64
	part := 0.0
	for _, h := range hours() {
		part += h
		clock = append(clock, part)
	}
	out := make([]time.Time, 0, n)
	first := s.Start().Add(time.Hour)
	for len(out) < n {
		at := s.day(throw(s.rng, days)).Add(time.Duration(throw(s.rng, clock)) * time.Hour)
		at = at.Add(time.Duration(s.rng.IntN(3600)) * time.Second)
		if at.After(first) && at.Before(s.now) {
			out = append(out, at)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// throw draws a place with the chance that its step in the sums gives.
func throw(r *rand.Rand, sums []float64) int {
	at := r.Float64() * sums[len(sums)-1]
	n, _ := slices.BinarySearch(sums, at)
	return min(n, len(sums)-1)
}

// Plan makes a shop's history of n orders. inputs are its products as the catalogue takes them.
func (s *Source) Plan(shop goods.Shop, inputs []catalog.In, n int) Trade {
	p := planner{Source: s, shop: shop, inputs: inputs, lead: shop.Shipping[0].LeadDays, deadline: shop.DeadlineDays}
	for i := range inputs {
		p.popularity(i)
	}
	at := s.choose(n)
	t := Trade{Opened: s.Start(), Orders: make([]Order, n)}
	for i := range t.Orders {
		t.Orders[i] = p.order(at[i])
	}
	p.sellUnique(t.Orders)
	t.Stock = p.stock(t.Orders)
	return t
}

// choose takes n moments in order, each once as long as there are enough.
func (s *Source) choose(n int) []time.Time {
	var out []time.Time
	for n > 0 && len(s.moments) > 0 {
		all := s.rng.Perm(len(s.moments))
		take := all[:min(n, len(all))]
		for _, i := range take {
			out = append(out, s.moments[i])
		}
		n -= len(take)
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}
