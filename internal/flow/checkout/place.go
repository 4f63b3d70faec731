package checkout

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// A PlaceIn is the press of the order button.
type PlaceIn struct {
	Cart   secret.Token
	Form   Form
	Digest string       // of the confirmation that was shown
	Key    secret.Token // its idempotency key
	// Screen renders the confirmation as it was shown; its bytes are kept, sealed, with their SHA-256. Since the digest is
	// the same, so is the screen.
	Screen func(Confirmation) ([]byte, error)
}

// A Placed is what comes of it.
type Placed struct {
	Order  id.Order
	Number string
	Total  int64
	// Link is the capability with which the purchaser sees their order. It is given once: zero where the order had been
	// placed before (a second submit), and in the mail.
	Link   secret.Token
	Repeat bool
}

// A draft is an order that is ready to be stored: all that can be done before the transaction.
type draft struct {
	in     PlaceIn
	entry  entry
	faults fault.Faults
	legal  tenant.Legal
	shown  digest
	place  order.Place
	placed Placed
	charge id.Charge // for what goes through a provider

	// What the draft was made from, where that was a kept quote: it holds while the stamp does.
	kept  bool
	still bool // and under the lock it held
	memo  memoed
	made  Confirmation
}

const maxDraws = 4

// Place makes the order, once. The same key gives the same order again. When the confirmation no longer holds, it returns
// *Changed with the new one; when a piece has gone, a fault that names it.
func (s *Service) Place(ctx context.Context, scope db.Scope, in PlaceIn) (Placed, error) {
	if in.Key.IsZero() {
		return Placed{}, ErrKey
	}
	d := &draft{in: in, legal: s.contact(ctx, scope)}
	d.entry, d.faults = in.Form.read()
	if d.entry.payment == payment.Card && s.Closed != nil {
		if why, closed := s.Closed(ctx, scope.Shop); closed {
			return Placed{}, fault.Invalid("payment", why)
		}
	}
	d.shown, _ = parseDigest(in.Digest) // what does not parse equals nothing, and so has changed
	var err error
	for range maxDraws {
		if err = s.prepare(ctx, scope, d); err != nil || d.placed.Repeat {
			break
		}
		if err = s.store(ctx, scope, d); !errors.Is(err, order.ErrTaken) {
			break
		}
	}
	if c, is := errors.AsType[*Changed](err); is {
		return Placed{}, s.again(ctx, scope, in, c)
	}
	if err != nil {
		return Placed{}, err
	}
	return d.placed, nil
}

// prepare reads, checks, renders and seals, outside of the writing transaction.
func (s *Service) prepare(ctx context.Context, scope db.Scope, d *draft) error {
	kept, ok := s.memo.take(memoKey{scope.Shop, d.in.Cart.Digest(), d.entry.ask(), scope.Actor.Kind})
	return s.Store.Read(ctx, scope, func(r db.Reader) error {
		r = r.As(actor.Checkout)
		c, err := s.draw(ctx, r, d, kept, ok)
		if err != nil || d.placed.Repeat {
			return err
		}
		screen, err := d.in.Screen(c)
		if err != nil {
			return fmt.Errorf("render confirmation: %w", err)
		}
		m := c.Quote.Method
		p := order.Place{ID: id.Order(s.ids.Next(r.Now())), Lang: c.Lang, Prefecture: c.Prefecture, Payment: string(c.Quote.Payment.Method),
			Number: order.NewNumber(r.Now().UnixMilli(), s.ids.Next(r.Now())),
			Delivery: order.Delivery{Method: int64(m.ID), Carrier: string(m.Carrier), Name: m.Name,
				WishDay: c.Wish.Day, WishSlot: c.Wish.Slot},
			Idempotency: d.in.Key.Digest(),
			Mails:       letters(c.Quote.Payment.Method)}
		d.charge = id.Charge(s.ids.Next(r.Now()))
		if who := r.Actor(); who.Kind == actor.Member {
			p.Member = who.Member
		} else {
			p.Guest = id.Guest(s.ids.Next(r.Now()))
		}
		ev := order.Evidence{SHA256: sha256.Sum256(screen), Bytes: int64(len(screen)), Shown: r.Now().UnixMilli()}
		sealed, link, err := order.Seal(ctx, s.Vault, r, p, c.Person, screen, ev)
		if err != nil {
			return fmt.Errorf("seal order: %w", err)
		}
		p.Sealed = sealed
		d.place = p
		d.placed.Link = link
		return d.place.Agree(c.Quote.Statement, c.copies())
	})
}

// draw gives the confirmation that the draft is made from: of the quote that was kept, which needs no question, or anew.
func (s *Service) draw(ctx context.Context, r db.Reader, d *draft, kept memoed, ok bool) (Confirmation, error) {
	d.kept = false
	if ok && kept.holds(r.Now()) {
		c, err := confirmed(r.Now(), kept.quote, d.entry, append(fault.Faults{}, d.faults...), d.legal)
		if err == nil && d.shown == c.digest() {
			d.kept, d.memo, d.made = true, kept, c
			return c, nil
		}
	}
	done, err := s.repeat(ctx, r, d)
	if err != nil || done {
		return Confirmation{}, err
	}
	_, c, err := s.check(ctx, r, d)
	return c, err
}

// hold locks the cart and gives it with the confirmation that holds now; none where the key has made an order before.
func (s *Service) hold(ctx context.Context, tx *db.Tx, d *draft) (cart.Cart, Confirmation, error) {
	at, err := lock(ctx, tx, d.in.Cart)
	d.still = err == nil && d.kept && at == d.memo.stamp && d.memo.holds(tx.Now())
	if d.still {
		return d.memo.cart, d.made, nil
	}
	if err != nil && !errors.Is(err, ErrEmpty) {
		return cart.Cart{}, Confirmation{}, err
	}
	done, err := s.repeat(ctx, tx, d)
	if err != nil || done {
		return cart.Cart{}, Confirmation{}, err
	}
	return s.check(ctx, tx, d)
}

// check computes the confirmation anew and compares it with the one that was shown.
func (s *Service) check(ctx context.Context, r db.Reader, d *draft) (cart.Cart, Confirmation, error) {
	crt, err := s.Carts.Get(ctx, r, d.in.Cart)
	if err != nil {
		return crt, Confirmation{}, empty(err)
	}
	c, err := s.confirm(ctx, r, crt, d.entry, d.faults, d.legal)
	if err != nil {
		return crt, c, err
	}
	if what := d.shown.changed(c.digest()); len(what) > 0 {
		return crt, c, &Changed{What: what}
	}
	return crt, c, nil
}

// store is the one transaction.
func (s *Service) store(ctx context.Context, scope db.Scope, d *draft) error {
	err := s.Store.WriteLocking(ctx, scope, func(tx *db.Tx) error {
		tx = tx.Lend(actor.Checkout)
		d.placed.Repeat = false
		crt, c, err := s.hold(ctx, tx, d)
		if err != nil || d.placed.Repeat {
			return err
		}
		p := d.place
		if !d.still {
			if err := p.Agree(c.Quote.Statement, c.copies()); err != nil {
				return fmt.Errorf("agree order: %w", err)
			}
		}
		if err := s.Orders.Place(ctx, tx, p); err != nil {
			return err
		}
		if _, err := s.Payment.Create(ctx, tx, p.ID, c.Quote.Payment, p.Statement.ToPay); err != nil {
			return err
		}
		if err := s.charge(ctx, tx, d, c); err != nil {
			return err
		}
		if _, err := s.Carts.Clear(ctx, tx, crt); err != nil {
			return err
		}
		// Stock comes last: what everybody wants is locked for the time of the commit alone.
		if err := s.Stock.Take(ctx, tx, held(crt), inventory.Ref{Kind: inventory.Order, ID: int64(p.ID)}, pieces(c.Quote)); err != nil {
			return s.named(err, c.Quote)
		}
		fact := order.Fact{Number: p.Number, Status: order.Placed, Total: p.Statement.ToPay, Version: 1}
		if err := outbox.Publish(tx, order.WasPlaced, int64(p.ID), fact); err != nil {
			return fmt.Errorf("publish order: %w", err)
		}
		d.placed.Order, d.placed.Number, d.placed.Total = p.ID, p.Number, p.Statement.ToPay
		return nil
	})
	if s.Store.IsTaken(err) {
		return order.ErrTaken
	}
	return err
}

// letters are those that are due when an order is placed. An order by card is only an order to people once the card pays for it.
func letters(m payment.Method) []order.MailKind {
	if m == payment.Card {
		return nil
	}
	return []order.MailKind{order.MailPlaced, order.MailNotice}
}

// charge stores what is to be opened at a provider after the commit, with its key. Other ways to pay need no statement.
func (s *Service) charge(ctx context.Context, tx *db.Tx, d *draft, c Confirmation) error {
	how := c.Quote.Payment
	if !how.Method.Rails() {
		return nil
	}
	a, err := s.Gateways.Active(ctx, tx)
	if err != nil {
		return err
	}
	_, err = s.Charges.Add(tx, charge.Plan{ID: d.charge, Order: d.place.ID, No: 1, Provider: a.Name, Setting: how,
		Amount: c.Quote.Statement.ToPay, Due: how.Due(tx.Now())})
	return err
}

// repeat finds the order that the key made before.
func (s *Service) repeat(ctx context.Context, r db.Reader, d *draft) (bool, error) {
	h, err := s.Orders.ByKey(ctx, r, d.in.Key.Digest())
	if errors.Is(err, order.ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d.placed = Placed{Order: h.ID, Number: h.Number, Total: h.Total, Repeat: true}
	return true, nil
}

// again is the new confirmation to show after a change, its pieces held.
func (s *Service) again(ctx context.Context, scope db.Scope, in PlaceIn, c *Changed) error {
	now, err := s.Confirm(ctx, scope, in.Cart, in.Form)
	if err != nil {
		return err
	}
	c.Now = now
	return c
}

// copies are the lines as the order keeps them.
func (c Confirmation) copies() []order.Line {
	out := make([]order.Line, len(c.Quote.Lines))
	for i, l := range c.Quote.Lines {
		it := l.Item
		out[i] = order.Line{Product: it.Product, Variant: l.Variant, Name: it.Name, Label: it.Label, SKU: it.Model,
			UnitPrice: it.Price, Rate: c.Quote.Statement.Lines[i].Rate, Quantity: l.Quantity}
	}
	return out
}

// held is what the cart's pieces are held for.
func held(c cart.Cart) inventory.Ref { return inventory.Ref{Kind: inventory.Cart, ID: int64(c.ID)} }

// pieces are those of the lines that are counted.
func pieces(q Quote) []inventory.Line {
	out := make([]inventory.Line, 0, len(q.Lines))
	for _, l := range q.Lines {
		if !l.Item.Uncounted {
			out = append(out, inventory.Line{Variant: l.Variant, Quantity: l.Quantity})
		}
	}
	return out
}

// named turns inventory's answer into faults that name the cart's lines.
func (s *Service) named(err error, q Quote) error {
	short, is := errors.AsType[*inventory.SoldOut](err)
	if !is {
		return err
	}
	var fs fault.Faults
	for i, l := range q.Lines {
		for _, v := range short.Short {
			if v.Variant == l.Variant {
				fs = append(fs, SoldOut(i, l.Title(), v.Left))
			}
		}
	}
	if len(fs) == 0 {
		return err
	}
	return fs
}

// empty says to the visitor that there is nothing to buy, where the cart itself is gone.
func empty(err error) error {
	if errors.Is(err, cart.ErrNone) {
		return ErrEmpty
	}
	return err
}
