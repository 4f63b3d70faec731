package history

import (
	"time"

	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/sample/goods"
	"github.com/noren-shop/noren/internal/sample/people"
)

// A planner plans one shop's orders.
type planner struct {
	*Source
	shop           goods.Shop
	inputs         []catalog.In
	popular        []float64 // sums, by product
	regulars       []people.Person
	lead, deadline int64
}

// popularity adds a product's chance to be bought.
func (p *planner) popularity(i int) {
	w := 1.0
	for _, k := range p.shop.Products[i].Picks {
		switch catalog.PickList(k) {
		case catalog.BestSeller:
			w += 3
		case catalog.Recommended:
			w += 1.5
		case catalog.NewArrival:
			w++
		}
	}
	switch p.shop.Products[i].Stock {
	case goods.One, goods.Gone:
		w = 0
	case goods.Out, goods.Low:
		w = 0.6
	}
	if n := len(p.popular); n > 0 {
		w += p.popular[n-1]
	}
	p.popular = append(p.popular, w)
}

// order makes one that is placed at that moment.
func (p *planner) order(at time.Time) Order {
	o := Order{Placed: at, Person: p.purchaser(), Note: p.people.Note(), Wish: -1, Slot: -1, COD: p.rng.IntN(100) < 45}
	if p.rng.IntN(100) < 25 {
		o.Wish = p.rng.IntN(4)
	}
	if p.rng.IntN(100) < 35 {
		o.Slot = p.rng.IntN(5)
	}
	p.fate(&o)
	for range 1 + p.more() {
		p.line(&o)
	}
	if p.sum(o) > maxCOD && o.COD {
		o.COD = false
		for again := true; again; again = !o.Cancelled.IsZero() { // its lines may be scarce, so it must not be cancelled
			p.fate(&o)
		}
	}
	return o
}

// maxCOD leaves room for shipping below the lowest bound that a sample shop has.
const maxCOD = 80_000

// purchaser is somebody new, or one who comes back.
func (p *planner) purchaser() people.Person {
	if len(p.regulars) > 5 && p.rng.IntN(100) < 28 {
		return p.regulars[p.rng.IntN(len(p.regulars))]
	}
	who := p.people.Next()
	if p.rng.IntN(100) < 50 {
		p.regulars = append(p.regulars, who)
	}
	return who
}

// more is how many lines an order has beside its first.
func (p *planner) more() int {
	switch n := p.rng.IntN(100); {
	case n < 52:
		return 0
	case n < 80:
		return 1
	case n < 93:
		return 2
	}
	return 3
}

// line adds a variant, or does nothing where the order has it. Orders that are cancelled keep away from what is scarce, so
// that nobody else finds it missing.
func (p *planner) line(o *Order) {
	if p.popular[len(p.popular)-1] == 0 {
		return
	}
	for range 20 {
		i := throw(p.rng, p.popular)
		l := Line{Product: i, Variant: p.rng.IntN(len(p.inputs[i].Variants)), Quantity: 1}
		if !o.Cancelled.IsZero() && p.shop.Products[i].Stock != goods.Plenty {
			continue
		}
		if p.inputs[i].Variants[l.Variant].Price < 5_000 && p.rng.IntN(100) < 22 {
			l.Quantity = int64(2 + p.rng.IntN(3))
		}
		for _, had := range o.Lines {
			if had.Product == l.Product && had.Variant == l.Variant {
				return
			}
		}
		o.Lines = append(o.Lines, l)
		return
	}
}

func (p *planner) sum(o Order) (yen int64) {
	for _, l := range o.Lines {
		yen += l.Quantity * p.inputs[l.Product].Variants[l.Variant].Price
	}
	return yen
}

// fate says what becomes of an order, as far as it has happened by now.
func (p *planner) fate(o *Order) {
	var not time.Time
	o.Paid, o.Shipped, o.Delivered, o.Cancelled, o.Refunded, o.Unpaid = not, not, not, not, not, false
	chance := p.rng.IntN(100)
	ready := o.Placed
	switch {
	case chance < 3 && !o.COD:
		o.Cancelled, o.Unpaid = p.past(p.at(o.Placed, int(p.deadline)+1, 11)), true
		return
	case chance < 5 && o.COD:
		o.Cancelled = p.past(o.Placed.Add(2 * time.Hour))
		return
	case !o.COD:
		o.Paid = p.past(p.at(o.Placed, 1+p.rng.IntN(3), 10))
		if o.Paid.IsZero() {
			return
		}
		ready = o.Paid
		if chance < 5 {
			o.Cancelled = p.past(p.at(o.Paid, 0, 13))
			if !o.Cancelled.IsZero() {
				o.Refunded = p.past(p.at(o.Cancelled, 2, 10))
			}
			return
		}
	}
	if o.Shipped = p.past(p.dispatch(ready, p.rng.IntN(max(1, int(p.lead))))); o.Shipped.IsZero() {
		return
	}
	if o.Delivered = p.past(p.at(o.Shipped, 1+p.rng.IntN(2), 19)); o.Delivered.IsZero() {
		return
	}
	if o.COD { // the carrier hands the money over a week later
		o.Paid = p.past(p.at(o.Delivered, 7, 10))
	}
}

// past keeps what has happened.
func (p *planner) past(at time.Time) time.Time {
	if at.After(p.now) {
		return time.Time{}
	}
	return at
}

// at is a full hour some days later: shops do such things once a day.
func (p *planner) at(from time.Time, days, hour int) time.Time {
	return time.Date(from.Year(), from.Month(), from.Day()+days, hour, 5, 0, 0, from.Location())
}

// dispatch is the afternoon on which a parcel leaves, on a working day.
func (p *planner) dispatch(ready time.Time, days int) time.Time {
	if ready.Hour() >= 14 {
		days++
	}
	at := p.at(ready, days, 15)
	for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// sellUnique sells each piece that is gone to one order.
func (p *planner) sellUnique(orders []Order) {
	for i, g := range p.shop.Products[:len(p.inputs)] {
		if g.Stock != goods.Gone {
			continue
		}
		for k := len(orders) / 2; k < len(orders); k++ {
			if o := &orders[k]; !o.COD && !o.Shipped.IsZero() {
				o.Lines = append(o.Lines, Line{Product: i, Quantity: 1})
				break
			}
		}
	}
}

// stock is what must come in at first: all that is sold, and what is to be left.
func (p *planner) stock(orders []Order) [][]int64 {
	out := make([][]int64, len(p.inputs))
	for i, in := range p.inputs {
		out[i] = make([]int64, len(in.Variants))
		for k := range out[i] {
			out[i][k] = p.left(p.shop.Products[i].Stock)
		}
	}
	for _, o := range orders {
		for _, l := range o.Lines {
			if o.Cancelled.IsZero() || p.shop.Products[l.Product].Stock == goods.Plenty {
				out[l.Product][l.Variant] += l.Quantity
			}
		}
	}
	return out
}

// left is how many pieces of a variant there are to be at the end. Now and then one choice of several is sold out.
func (p *planner) left(stock string) int64 {
	n := p.rng.IntN(40)
	switch stock {
	case goods.One:
		return 1
	case goods.Out, goods.Gone:
		return 0
	case goods.Low:
		return int64(1 + n%3)
	}
	if n < 3 {
		return int64(n)
	}
	return int64(6 + n)
}
