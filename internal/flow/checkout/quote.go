package checkout

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/statement"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog/sale"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// An Ask is what a quote is for. Only the cart must be there.
type Ask struct {
	Lang       i18n.Lang
	Prefecture postal.Prefecture // 0: not known yet; the statement then has no shipping
	Method     shipping.MethodID // 0: the first that reaches there
	Payment    payment.Method    // empty: no fee yet
}

// A Quote is what a cart costs now, and what may be chosen.
type Quote struct {
	Shop      tenant.Shop
	Lines     []Line
	Statement statement.Statement
	Methods   []MethodChoice
	Payments  []PaymentChoice
	Method    shipping.Method // the zero Method where the prefecture is not known
	Payment   payment.Setting
	Short     fault.Faults // lines that cannot be had as they stand: off sale, too few left, too few or too many wanted
	Members   fault.Faults // lines that only members may buy; none for a member
	until     int64        // when the first of the lines goes off sale, in milliseconds; 0: none does
}

// A Line is a line of the cart with what it is.
type Line struct {
	Variant  id.Variant
	Quantity int64
	Item     sale.Item
}

// Title is the line's name with its variant's.
func (l Line) Title() string {
	if l.Item.Label == "" {
		return l.Item.Name
	}
	return l.Item.Name + "(" + l.Item.Label + ")"
}

// A MethodChoice is a way to send, and what it costs to the prefecture.
type MethodChoice struct {
	Method shipping.Method
	Fee    int64
	Window shipping.Window
	Slots  []shipping.Slot
}

// A PaymentChoice is a way to pay, and its fee; Why says why it cannot be chosen for this order.
type PaymentChoice struct {
	Setting payment.Setting
	Fee     int64
	Why     *fault.Fault
}

// Quote computes what a cart comes to before anyone logs in.
func (s *Service) Quote(ctx context.Context, r db.Reader, c cart.Cart, ask Ask) (Quote, error) {
	q, fs, err := s.quote(ctx, r, c, ask)
	if err != nil {
		return q, err
	}
	if err := s.count(ctx, r, c, &q); err != nil {
		return q, err
	}
	return q, fs.Err()
}

// quote is Quote with the faults of what was chosen apart, for a form that shows all of them.
func (s *Service) quote(ctx context.Context, r db.Reader, c cart.Cart, ask Ask) (Quote, fault.Faults, error) {
	var q Quote
	if len(c.Lines) == 0 {
		return q, nil, ErrEmpty
	}
	var err error
	if q.Shop, err = s.Shops.Get(ctx, r); err != nil {
		return q, nil, err
	}
	if err := s.lines(ctx, r, c, ask.Lang, &q); err != nil {
		return q, nil, err
	}
	in := statement.In{Rates: s.Rates.On(r.Now()), Rounding: q.Shop.Rounding}
	goods := int64(0)
	for _, l := range q.Lines {
		if l.Item.OnSale {
			goods += l.Quantity * l.Item.Price
			in.Lines = append(in.Lines, statement.Line{Name: l.Title(), Quantity: l.Quantity, UnitPrice: l.Item.Price,
				Class: l.Item.Class})
		}
	}
	if len(in.Lines) == 0 {
		return q, nil, nil // nothing of it is on sale: Short says so
	}
	var fs fault.Faults
	if in.Shipping, err = s.ship(ctx, r, ask, goods, &q, &fs); err != nil {
		return q, nil, err
	}
	if in.PaymentFee, err = s.pay(ctx, r, ask, goods+in.Shipping, &q, &fs); err != nil {
		return q, nil, err
	}
	if q.Statement, err = statement.Compute(in); err != nil {
		return q, nil, err
	}
	return q, fs, nil
}

func (s *Service) lines(ctx context.Context, r db.Reader, c cart.Cart, l i18n.Lang, q *Quote) error {
	items, err := sale.Items(ctx, r, l, c.Variants())
	if err != nil {
		return fmt.Errorf("look up cart's items: %w", err)
	}
	wanted := map[id.Product]int64{}
	for i, line := range c.Lines {
		it := items[line.Variant]
		if !it.OnSale {
			q.Short = append(q.Short, gone(i))
		}
		l := Line{line.Variant, line.Quantity, it}
		q.Lines = append(q.Lines, l)
		if it.ForMembers && r.Actor().Kind != actor.Member {
			q.Members = append(q.Members, forMembers(i, l.Title()))
		}
		if it.Until > 0 && (q.until == 0 || it.Until < q.until) {
			q.until = it.Until
		}
		wanted[it.Product] += line.Quantity
	}
	for i, l := range q.Lines {
		if f := Bounds(lineField(i), l.Item.Name, l.Item.Least, l.Item.Most, wanted[l.Item.Product]); l.Item.OnSale && f != nil {
			q.Short = append(q.Short, f)
		}
	}
	return nil
}

// Bounds refuses fewer pieces of a product, or more, than the shop sells in one order.
func Bounds(field, name string, least, most, wanted int64) *fault.Fault {
	switch {
	case wanted < least:
		n := i18n.Number(least)
		return &fault.Fault{Kind: fault.KindConflict, Field: field, Text: fault.Text{
			Ja: "「" + name + "」は" + n + "点からご注文いただけます。数量を増やしてください。",
			En: "“" + name + "” is sold from " + n + " pieces on. Please raise the quantity.",
		}}
	case most > 0 && wanted > most:
		n := i18n.Number(most)
		return &fault.Fault{Kind: fault.KindConflict, Field: field, Text: fault.Text{
			Ja: "「" + name + "」は1回のご注文で" + n + "点までです。数量を減らしてください。",
			En: "At most " + n + " pieces of “" + name + "” go into one order. Please lower the quantity.",
		}}
	}
	return nil
}

func forMembers(i int, title string) *fault.Fault {
	return &fault.Fault{Kind: fault.KindConflict, Field: lineField(i), Text: fault.Text{
		Ja: "「" + title + "」は会員限定の商品です。ログインまたは会員登録をしてから、もう一度お進みください。",
		En: "“" + title + "” is for members. Please log in or sign up as a member and go on.",
	}}
}

// count adds the lines of which there are not enough left for this cart.
func (s *Service) count(ctx context.Context, r db.Reader, c cart.Cart, q *Quote) error {
	left, err := s.Stock.Left(ctx, r, c.Variants())
	if err != nil {
		return err
	}
	mine, err := s.Stock.Holding(ctx, r, held(c))
	if err != nil {
		return err
	}
	for i, l := range q.Lines {
		if n := left[l.Variant] + mine[l.Variant]; l.Item.OnSale && !l.Item.Uncounted && n < l.Quantity {
			q.Short = append(q.Short, SoldOut(i, l.Title(), n))
		}
	}
	return nil
}

func gone(i int) *fault.Fault {
	return &fault.Fault{Kind: fault.KindConflict, Field: lineField(i), Text: fault.Text{
		Ja: "販売が終わった商品がカートに入っています。カートから外して、もう一度お進みください。",
		En: "Your cart holds an item that is no longer on sale. Please take it out and go on.",
	}}
}

func lineField(i int) string { return "lines." + strconv.Itoa(i) }

// ship lists the ways to send and gives the chosen one's fee.
func (s *Service) ship(ctx context.Context, r db.Reader, ask Ask, goods int64, q *Quote, fs *fault.Faults) (int64, error) {
	if ask.Prefecture < postal.Hokkaido || ask.Prefecture > postal.Okinawa {
		return 0, nil // not known yet, or named as a fault of the form
	}
	methods, err := s.Shipping.Reaching(ctx, r, ask.Prefecture)
	if err != nil {
		return 0, err
	}
	for _, m := range methods {
		fee, err := m.Quote(ask.Prefecture, goods)
		if err != nil {
			return 0, err
		}
		q.Methods = append(q.Methods, MethodChoice{m, fee, m.Window(r.Now()), shipping.Slots(m.Carrier, r.Now())})
	}
	for _, c := range q.Methods {
		if ask.Method == 0 || c.Method.ID == ask.Method {
			q.Method = c.Method
			return c.Fee, nil
		}
	}
	*fs = append(*fs, errMethod)
	return 0, nil
}

var errMethod = fault.Invalid("shipping", fault.Text{
	Ja: "配送方法を選び直してください。お届け先の地域でご利用いただける方法が表示されています。",
	En: "Choose the delivery method again. The page shows those that reach your area.",
})

// pay lists the ways to pay and gives the chosen one's fee.
func (s *Service) pay(ctx context.Context, r db.Reader, ask Ask, sum int64, q *Quote, fs *fault.Faults) (int64, error) {
	settings, err := s.Payment.Settings(ctx, r)
	if err != nil {
		return 0, err
	}
	var chosen *PaymentChoice
	for _, set := range settings {
		if !set.Active {
			continue
		}
		fee, err := set.Fee(sum)
		c := PaymentChoice{Setting: set, Fee: fee}
		if err != nil {
			why, is := errors.AsType[*fault.Fault](err)
			if !is {
				return 0, err
			}
			c.Why = why
		}
		if set.Method == payment.Card && s.Closed != nil {
			if why, closed := s.Closed(ctx, r.Shop()); closed {
				c.Why = fault.Invalid("payment", why)
			}
		}
		q.Payments = append(q.Payments, c)
		if set.Method == ask.Payment {
			chosen = &q.Payments[len(q.Payments)-1]
		}
	}
	switch {
	case ask.Payment == "":
		return 0, nil
	case chosen == nil:
		*fs = append(*fs, payment.ErrMethod)
		return 0, nil
	case chosen.Why != nil:
		*fs = append(*fs, chosen.Why)
		return 0, nil
	}
	q.Payment = chosen.Setting
	return chosen.Fee, nil
}
