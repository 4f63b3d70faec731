// Package letter sends the letters about orders: to the purchaser when an order is placed, paid, shipped or cancelled, and
// to the shop when there is a new one.
//
// It guarantees that a letter's sums are the order's statement; that names and addresses leave the vault only when a letter
// is written, with an entry for that purpose; and that a letter that could not go is tried again with growing waits, while
// others go on. A letter is sent at least once: a crash between the hand-over to the mail server and the note that it went
// may send it a second time, under the same Message-ID. It refuses to put a purchaser's data into the letter to the shop.
package letter

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
)

// A Store opens transactions: *db.DB.
type Store interface {
	Read(ctx context.Context, s db.Scope, f func(db.Reader) error) error
	Write(ctx context.Context, s db.Scope, f func(*db.Tx) error) error
}

// Shops is what the flow asks of tenant.
type Shops interface {
	Get(ctx context.Context, r db.Reader) (tenant.Shop, error)
}

// Vault is what the flow asks of vault.Client.
type Vault interface {
	JobToken(ctx context.Context, why vault.Purpose, shop id.Shop) (secret.Token, error)
}

// Config is what the flow joins.
type Config struct {
	Store   Store
	Orders  *order.Service
	Payment *payment.Service
	Charges *charge.Service // nil: nothing goes through a payment provider
	Shops   Shops
	Sender  mail.Sender
	// From is the service's own address; letters to purchasers carry the shop's name before it. Empty is the sender's own.
	From string
	// Contact gives a shop's published particulars: the notice goes to its address.
	Contact func(ctx context.Context, shop id.Shop) (tenant.Legal, error)
	// Vault gives the job that opens addresses its credential for vault.OrderMail: *vault.Client.
	Vault Vault
	// OrderURL is the purchaser's page about an order; the link may be zero. AdminURL is the shop's.
	OrderURL func(shop tenant.Shop, o id.Order, link secret.Token) string
	AdminURL func(shop tenant.Shop, o id.Order) string
	// PayURL makes a new link with which the order can be paid.
	PayURL func(ctx context.Context, shop id.Shop, o id.Order) (string, error)
}

//go:embed letters/*.txt
var files embed.FS

// A Service is the flow.
type Service struct {
	Config
	letters map[order.MailKind]*mail.Letter
}

// New reads the letters.
func New(c Config) (*Service, error) {
	s := &Service{Config: c, letters: map[order.MailKind]*mail.Letter{}}
	for _, k := range kinds() {
		l, err := mail.ParseLetter(files, "letters/"+string(k)+".txt")
		if err != nil {
			return nil, err
		}
		s.letters[k] = l
	}
	return s, nil
}

func kinds() []order.MailKind {
	return []order.MailKind{order.MailPlaced, order.MailNotice, order.MailPaid, order.MailShipped, order.MailCancelled,
		order.MailSlip, order.MailPayLink, order.MailReminder, order.MailRefunded}
}

// due are the letters that a fact makes due.
func due() map[outbox.Event][]order.MailKind {
	return map[outbox.Event][]order.MailKind{
		order.WasPlaced:    {order.MailPlaced, order.MailNotice},
		order.WasPaid:      {order.MailPaid, order.MailPlaced, order.MailNotice}, // by card, the first two wait for this
		order.WasRepaid:    {order.MailPlaced, order.MailNotice},
		order.WasShipped:   {order.MailShipped},
		order.WasCancelled: {order.MailCancelled},
		order.WasAsked:     {order.MailPlaced, order.MailPaid, order.MailShipped}, // of these, what is due

		payment.WasSlipped:  {order.MailSlip},
		payment.WasAsked:    {order.MailPayLink},
		payment.WasReminded: {order.MailReminder},
		payment.WasGiven:    {order.MailRefunded},
	}
}

// Follower makes a job of each letter that a fact makes due. The job sends: so one address that fails holds up no other.
func (s *Service) Follower() outbox.Follower {
	events := []outbox.Event{order.WasPlaced, order.WasPaid, order.WasShipped, order.WasCancelled, payment.WasSlipped, payment.WasAsked,
		payment.WasReminded, order.WasRepaid, payment.WasGiven, order.WasAsked}
	return outbox.Follower{Name: "order letters", Events: events, Handle: func(ctx context.Context, f outbox.Fact) error {
		return s.Store.Write(ctx, db.Scope{Shop: f.Shop, Request: "order-letters"}, func(tx *db.Tx) error {
			for _, k := range due()[f.Event] {
				if err := job.Add(ctx, tx, kind(k), f.Subject, tx.Now()); err != nil {
					return fmt.Errorf("add letter's job: %w", err)
				}
			}
			return nil
		})
	}}
}

// kind is a job kind of each letter, so that two letters about one order are two jobs.
func kind(k order.MailKind) job.Kind { return job.Kind("order letter " + string(k)) }

// Handle gives the jobs to their runner.
func (s *Service) Handle(r *job.Runner) {
	for _, k := range kinds() {
		r.Handle(kind(k), func(ctx context.Context, shop id.Shop, ref int64) error {
			return s.Send(ctx, shop, id.Order(ref), k)
		})
	}
}

// Send sends a letter that is not sent yet, and notes it. One that a mail server refuses for good is noted as skipped.
func (s *Service) Send(ctx context.Context, shop id.Shop, n id.Order, k order.MailKind) error {
	var credential secret.Token
	if k != order.MailNotice { // which names nobody
		var err error
		if credential, err = s.Vault.JobToken(ctx, vault.OrderMail, shop); err != nil {
			return fmt.Errorf("ask for a job's credential: %w", err)
		}
	}
	scope := db.Scope{Actor: actor.ForJob(actor.OrderMail, credential).With(actor.BrowseShop), Shop: shop,
		Request: "order-letter-" + id.String(n)}
	msg, ok, err := s.write(ctx, scope, n, k)
	if err != nil || !ok {
		return err
	}
	state := order.Sent
	if err := s.Sender.Send(ctx, msg); errors.Is(err, mail.ErrRefused) {
		state = order.Skip
	} else if err != nil {
		return fmt.Errorf("send letter: %w", err)
	}
	return s.Store.Write(ctx, scope, func(tx *db.Tx) error { return s.Orders.MarkMail(ctx, tx, n, k, state) })
}

// content is what the templates see.
type content struct {
	Shop, Name, Number  string
	Placed, Due         int64
	Statement           []string
	Total               int64
	Payment, Account    string
	Delivery            []string
	Refund, Card        bool
	Till                []string
	Pay                 string
	Refunded            int64 // all that went back, or is on its way
	Carrier, Slip, Link string
	Tracking            string
	Contact             []string
}

// write renders the letter; ok is false where it has gone already or is not due.
func (s *Service) write(ctx context.Context, scope db.Scope, n id.Order, k order.MailKind) (mail.Message, bool, error) {
	legal, err := s.Contact(ctx, scope.Shop)
	if err != nil {
		return mail.Message{}, false, fmt.Errorf("read shop's contact: %w", err)
	}
	msg, ok, pay := mail.Message{}, false, ""
	if k == order.MailPayLink {
		if pay, err = s.PayURL(ctx, scope.Shop, n); fault.Is(err, fault.KindConflict) {
			return msg, false, s.skip(ctx, scope, n, k) // paid meanwhile, or over
		} else if err != nil {
			return msg, false, fmt.Errorf("make link to pay: %w", err)
		}
	}
	err = s.Store.Read(ctx, scope, func(r db.Reader) error {
		m, err := s.Orders.Mail(ctx, r, n, k)
		if errors.Is(err, order.ErrNone) || (err == nil && m.State != order.NotYet) {
			ok = false
			return nil
		}
		if err != nil {
			return err
		}
		ok = true
		msg, err = s.compose(ctx, r, n, k, legal, pay)
		return err
	})
	return msg, ok, err
}

// skip notes that a letter has become pointless.
func (s *Service) skip(ctx context.Context, scope db.Scope, n id.Order, k order.MailKind) error {
	return s.Store.Write(ctx, scope, func(tx *db.Tx) error { return s.Orders.MarkMail(ctx, tx, n, k, order.Skip) })
}

func (s *Service) compose(
	ctx context.Context, r db.Reader, n id.Order, k order.MailKind, legal tenant.Legal, pay string,
) (mail.Message, error) {
	o, err := s.Orders.Get(ctx, r, n)
	if err != nil {
		return mail.Message{}, err
	}
	shop, err := s.Shops.Get(ctx, r)
	if err != nil {
		return mail.Message{}, err
	}
	l := o.Lang
	if k == order.MailNotice {
		l = i18n.Ja // the shop's
	}
	c := content{Shop: shop.Name, Number: o.Number, Placed: o.Placed, Total: o.Total,
		Statement: order.StatementLines(l, o.Statement), Delivery: delivery(l, o), Contact: contacts(l, legal)}
	if err := s.paying(ctx, r, o, &c, l); err != nil {
		return mail.Message{}, err
	}
	// One Message-ID for each letter, for ever: order, kind and shop are unique together.
	msg := mail.Message{ID: fmt.Sprintf("order-%d-%d-%s", int64(r.Shop()), int64(n), k)}
	if k == order.MailPayLink { // may be asked for again
		msg.ID += fmt.Sprintf("-%d", r.Now().Unix())
		c.Pay = pay
	}
	if k == order.MailRefunded {
		times, err := s.refunded(ctx, r, o.ID, &c)
		if err != nil {
			return mail.Message{}, err
		}
		msg.ID += fmt.Sprintf("-%d", times)
	}
	if k == order.MailNotice {
		msg.To = mail.Address{Name: shop.Name, Addr: legal.Email}
		c.Link = s.AdminURL(shop, n)
	} else {
		who, err := s.Orders.Addressee(ctx, r, o)
		if err != nil {
			return mail.Message{}, err
		}
		msg.To = mail.Address{Name: who.Name, Addr: who.Email}
		if s.From != "" {
			msg.From = mail.Address{Name: shop.Name, Addr: s.From}
		}
		msg.ReplyTo = mail.Address{Name: shop.Name, Addr: legal.Email}
		c.Name, c.Link = who.Name, s.OrderURL(shop, n, who.Link)
	}
	if k == order.MailShipped {
		if err := s.parcel(ctx, r, o, &c, l); err != nil {
			return mail.Message{}, err
		}
	}
	msg.Subject, msg.Text, err = s.letters[k].Render(l, c)
	return msg, err
}

func (s *Service) paying(ctx context.Context, r db.Reader, o order.Order, c *content, l i18n.Lang) error {
	p, err := s.Payment.Get(ctx, r, o.ID)
	if err != nil {
		return err
	}
	c.Payment = p.Method.Label(l)
	c.Refund = p.State == payment.RefundDue
	c.Card = c.Refund && p.Method == payment.Card
	switch p.Method {
	case payment.BankTransfer:
		c.Account, c.Due = p.Account, p.Due
	case payment.Convenience:
		c.Due = p.Due
		c.Till, err = s.slip(ctx, r, o.ID, l)
	}
	return err
}

// refunded fills in what went back, and says in how many refunds.
func (s *Service) refunded(ctx context.Context, r db.Reader, o id.Order, c *content) (times int, err error) {
	if s.Charges == nil {
		return 0, nil
	}
	_, rs, err := s.Charges.Of(ctx, r, o)
	for _, f := range rs {
		if f.State != charge.Less {
			c.Refunded, times = c.Refunded+f.Amount, times+1
		}
	}
	return times, err
}

// slip writes what one needs at a convenience store's till.
func (s *Service) slip(ctx context.Context, r db.Reader, o id.Order, l i18n.Lang) (out []string, err error) {
	if s.Charges == nil {
		return nil, nil
	}
	cs, _, err := s.Charges.Of(ctx, r, o)
	if err != nil {
		return nil, err
	}
	for _, c := range cs {
		slip, ok := c.Slip()
		if !ok || c.Dead() {
			continue
		}
		out = nil
		if slip.Number != "" {
			out = append(out, charge.Store(slip.Store, l)+l.Pick(" お支払い番号: ", " payment number: ")+slip.Number)
		}
		for _, n := range slip.Numbers {
			line := charge.Store(n.Store, l) + l.Pick(" お支払い番号: ", " payment number: ") + n.Number
			if n.Confirm != "" {
				line += l.Pick(" / 確認番号: ", " / confirmation number: ") + n.Confirm
			}
			out = append(out, line)
		}
		if slip.Details != "" {
			out = append(out, slip.Details)
		}
	}
	return out, nil
}

func (s *Service) parcel(ctx context.Context, r db.Reader, o order.Order, c *content, l i18n.Lang) error {
	ps, err := s.Orders.Shipments(ctx, r, o.ID)
	if err != nil || len(ps) == 0 {
		return err
	}
	last := ps[len(ps)-1]
	carrier := shipping.Carrier(last.Carrier)
	c.Carrier, c.Slip, c.Tracking = carrier.Label(l), last.Slip, shipping.TrackingURL(carrier, last.Slip)
	return nil
}

func delivery(l i18n.Lang, o order.Order) []string {
	d := o.Delivery
	out := []string{l.Pick(d.Name.Ja, d.Name.En)}
	if d.WishDay != "" {
		out = append(out, l.Pick("お届け希望日: ", "Wished day: ")+d.WishDay)
	}
	if s, ok := shipping.FindSlot(shipping.Carrier(d.Carrier), d.WishSlot, i18n.Time(o.Placed)); ok {
		out = append(out, l.Pick("お届け時間帯: "+s.Name.Ja, "Wished time: "+s.Name.En))
	}
	return out
}

func contacts(l i18n.Lang, legal tenant.Legal) []string {
	var out []string
	for _, s := range []string{legal.Seller, legal.Phone, legal.Hours, legal.Email} {
		if s != "" {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return []string{l.Pick("ショップのページをご覧ください。", "Please see the shop's pages.")}
	}
	return out
}
