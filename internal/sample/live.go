package sample

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/sample/history"
)

// A deed is one thing that happens at one moment.
type deed struct {
	at time.Time
	do func(ctx context.Context) error
}

// A step moves an order within a transaction.
type step func(ctx context.Context, tx *db.Tx) (order.Order, error)

// An affair is an order between its deeds, which are never two at once.
type affair struct {
	*sower
	plot  *plot
	plan  *history.Order
	no    int
	place fulfil.Ref
}

// live lets everything happen in its order. What happens at one moment is stored together.
func (w *sower) live(ctx context.Context) error {
	var all []deed
	for _, p := range w.shops {
		for i := range p.trade.Orders {
			a := &affair{sower: w, plot: p, plan: &p.trade.Orders[i], no: i}
			all = append(all, a.deeds()...)
		}
	}
	slices.SortStableFunc(all, func(a, b deed) int { return cmp.Compare(a.at.UnixMilli(), b.at.UnixMilli()) })
	for len(all) > 0 {
		at := all[0].at
		var now []func() error
		for len(all) > 0 && all[0].at.Equal(at) {
			do := all[0].do
			now = append(now, func() error { return do(ctx) })
			all = all[1:]
		}
		w.Clock.set(at)
		if err := w.together(now); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// deeds are what happens to one order.
func (a *affair) deeds() []deed {
	out := []deed{{a.plan.Placed, a.buy}}
	add := func(at time.Time, mail order.MailKind, do step) {
		if !at.IsZero() {
			out = append(out, deed{at, func(ctx context.Context) error { return a.move(ctx, mail, do) }})
		}
	}
	add(a.plan.Paid, order.MailPaid, func(ctx context.Context, tx *db.Tx) (order.Order, error) {
		return a.Fulfil.MarkPaid(ctx, tx, a.place)
	})
	add(a.plan.Cancelled, order.MailCancelled, func(ctx context.Context, tx *db.Tx) (order.Order, error) {
		why := order.ByPurchaser
		if a.plan.Unpaid {
			why = order.NotPaid
		}
		return a.Fulfil.Cancel(ctx, tx, a.place, why)
	})
	add(a.plan.Refunded, "", func(ctx context.Context, tx *db.Tx) (order.Order, error) {
		return a.Fulfil.Refund(ctx, tx, a.place)
	})
	add(a.plan.Shipped, order.MailShipped, func(ctx context.Context, tx *db.Tx) (order.Order, error) {
		return a.Fulfil.Ship(ctx, tx, a.place, fulfil.Slip{Number: slip(a.no, a.plan.Shipped)})
	})
	add(a.plan.Delivered, "", func(ctx context.Context, tx *db.Tx) (order.Order, error) {
		return a.Fulfil.Deliver(ctx, tx, a.place)
	})
	return out
}

// buy is a visitor's way through the shop: cart, confirmation, order.
func (a *affair) buy(ctx context.Context) error {
	visitor := db.Scope{Shop: a.plot.id, Actor: actor.Actor{Kind: actor.Visitor}.With(), Request: "sample"}
	tok, err := a.fill(ctx, visitor)
	if err != nil {
		return fmt.Errorf("fill cart: %w", err)
	}
	form := a.form()
	c, err := a.Checkout.Confirm(ctx, visitor, tok, form)
	if err != nil {
		return fmt.Errorf("confirm order of %s in %s: %w", a.plan.Placed.Format(time.DateTime), a.plot.Handle, err)
	}
	press := checkout.PlaceIn{Cart: tok, Form: form, Digest: c.Digest, Key: c.Key, Screen: a.Screen}
	placed, err := a.Checkout.Place(ctx, visitor, press)
	if err != nil {
		return fmt.Errorf("place order of %s in %s: %w", a.plan.Placed.Format(time.DateTime), a.plot.Handle, err)
	}
	a.place = fulfil.Ref{Order: placed.Order, Version: 1}
	return a.DB.Write(ctx, a.desk(), func(tx *db.Tx) error { return a.sent(ctx, tx, order.MailPlaced, order.MailNotice) })
}

func (a *affair) fill(ctx context.Context, visitor db.Scope) (secret.Token, error) {
	var tok secret.Token
	err := a.DB.Write(ctx, visitor, func(tx *db.Tx) error {
		c, err := a.Carts.Open(ctx, tx, secret.Token{}, a.plan.Person.Lang)
		if err != nil {
			return err
		}
		for _, l := range a.plan.Lines {
			line := cart.Line{Variant: a.plot.variants[l.Product][l.Variant], Quantity: l.Quantity}
			if c, err = a.Carts.Add(ctx, tx, c, line); err != nil {
				return err
			}
		}
		tok = c.Token
		return nil
	})
	return tok, err
}

// form is what the purchaser types.
func (a *affair) form() checkout.Form {
	who, method := a.plan.Person, a.plot.method[0]
	f := checkout.Form{Lang: who.Lang, Name: who.Name, Furigana: who.Furigana, Company: who.Company, Postcode: who.Postcode,
		Prefecture: strconv.Itoa(int(who.Prefecture)), City: who.City, Street: who.Street, Building: who.Building,
		Phone: who.Phone, Email: who.Email, Note: a.plan.Note, Payment: string(payment.BankTransfer), Shipping: id.String(method.ID)}
	if a.plan.COD {
		f.Payment = string(payment.COD)
	}
	if first, err := time.Parse(time.DateOnly, method.Window(a.plan.Placed).First); err == nil && a.plan.Wish >= 0 {
		f.WishDay = first.AddDate(0, 0, min(a.plan.Wish, int(method.WishDays)-1)).Format(time.DateOnly)
	}
	if slots := shipping.Slots(method.Carrier, a.plan.Placed); len(slots) > 0 && a.plan.Slot >= 0 {
		f.WishSlot = slots[a.plan.Slot%len(slots)].Code
	}
	return f
}

// desk is the owner at work, who may also say that a letter of the past went out.
func (a *affair) desk() db.Scope {
	s := a.plot.owner
	s.Actor = s.Actor.With(actor.SendMail)
	return s
}

// move takes the order a step on, and notes that the letter about it went.
func (a *affair) move(ctx context.Context, mail order.MailKind, do step) error {
	var o order.Order
	err := a.DB.Write(ctx, a.desk(), func(tx *db.Tx) (err error) {
		if o, err = do(ctx, tx); err != nil {
			return err
		}
		if mail == "" {
			return nil
		}
		return a.sent(ctx, tx, mail)
	})
	if err != nil {
		return fmt.Errorf("move order of %s in %s: %w", a.plan.Placed.Format(time.DateTime), a.plot.Handle, err)
	}
	a.place.Version = o.Version
	return nil
}

func (a *affair) sent(ctx context.Context, tx *db.Tx, kinds ...order.MailKind) error {
	for _, k := range kinds {
		if err := a.Orders.MarkMail(ctx, tx, a.place.Order, k, order.Sent); err != nil {
			return err
		}
	}
	return nil
}

// slip is a number that passes the carriers' check digit, and no carrier has given out: it begins with 00.
func slip(no int, at time.Time) string {
	n := at.Unix()/86400%100_000*10_000 + int64(no%10_000)
	return fmt.Sprintf("%011d%d", n, n%7)
}
