package pay

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/wallet"
)

// Handle gives the flow's jobs to their runner.
func (s *Service) Handle(r *job.Runner) {
	r.Handle(charge.SettleJob, func(ctx context.Context, shop id.Shop, ref int64) error {
		return s.Settle(ctx, shop, id.Order(ref))
	})
	r.Handle(forgetJob, s.forget)
	r.Handle(reconcileJob, s.reconcile)
}

// maxRounds bounds how often one call of Settle looks. Each round either changes something or ends.
const maxRounds = 12

// Settle looks at an order's charges and does what is to be done about its money, until what the providers tell is what is wanted.
// It may be called at any time, by anyone, any number of times at once.
func (s *Service) Settle(ctx context.Context, shop id.Shop, o id.Order) error {
	defer s.take(turn{shop, o})()
	t := &settling{Service: s, shop: shop, order: o, refused: map[string]bool{}, providers: map[provider.Name]provider.Provider{}}
	for range maxRounds {
		steps, again, err := t.round(ctx)
		if err != nil {
			return err
		}
		if len(steps) == 0 && !again {
			return nil
		}
		for _, st := range steps {
			if err := t.do(ctx, st); err != nil {
				return err
			}
		}
	}
	return ErrUnsettled
}

// A settling is one call of Settle.
type settling struct {
	*Service
	shop      id.Shop
	order     id.Order
	refused   map[string]bool // the keys of steps that a provider will not do
	providers map[provider.Name]provider.Provider
	names     map[id.Charge]provider.Name
}

// round looks, and stores what was seen and what is wanted. It gives what the providers are to be asked for, and whether
// to look again since somebody else wrote meanwhile.
func (t *settling) round(ctx context.Context) (steps []charge.Step, again bool, err error) {
	var seen view
	err = t.Store.Read(ctx, self(t.shop), func(r db.Reader) (err error) {
		seen, err = t.view(ctx, r, t.order)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	t.names = map[id.Charge]provider.Name{}
	heard := make([]*provider.Charge, len(seen.kase.Charges))
	for i, c := range seen.kase.Charges {
		t.names[c.ID] = c.Provider
		if c.Dead() {
			continue
		}
		if heard[i], err = t.look(ctx, c); err != nil {
			return nil, false, err
		}
	}
	var w *writing
	err = t.Store.Write(ctx, self(t.shop), func(tx *db.Tx) (err error) {
		w = &writing{Service: t.Service, tx: tx, refused: t.refused}
		return w.write(ctx, t.order, seen.kase.Charges, heard)
	})
	if err != nil {
		return nil, false, err
	}
	for _, e := range w.signals {
		e.Shop, e.Actor, e.Where = t.shop, self(t.shop).Actor, "settle payment"
		t.Raise(ctx, e)
	}
	if t.Tell != nil {
		for _, o := range w.outcomes {
			t.Tell(ctx, o)
		}
	}
	return w.steps, w.again, nil
}

// look asks about one charge. nil: the provider does not know it, since it was never opened.
func (t *settling) look(ctx context.Context, c charge.Charge) (*provider.Charge, error) {
	p, err := t.provider(ctx, c.Provider)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	got, err := p.Look(ctx, c.Ref, c.Key)
	if fault.Is(err, fault.KindNotFound) && c.Ref == "" {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at charge: %w", err)
	}
	return &got, nil
}

func (t *settling) provider(ctx context.Context, name provider.Name) (provider.Provider, error) {
	if p := t.providers[name]; p != nil {
		return p, nil
	}
	p, err := t.connect(ctx, t.shop, name)
	t.providers[name] = p
	return p, err
}

// connect makes a provider of the account by that name.
func (s *Service) connect(ctx context.Context, shop id.Shop, name provider.Name) (provider.Provider, error) {
	var a gateway.Account
	err := s.Store.Read(ctx, self(shop), func(r db.Reader) (err error) {
		a, err = s.Gateways.Named(ctx, r, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	p, err := s.Open(ctx, shop, a)
	if err != nil {
		return nil, fmt.Errorf("connect to provider: %w", err)
	}
	return p, nil
}

// do asks for one step. What the provider refuses for good is remembered, and looked at once more before it is believed.
func (t *settling) do(ctx context.Context, st charge.Step) error {
	p, err := t.provider(ctx, t.names[st.Charge])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	switch st.Act {
	case charge.Capture:
		_, err = p.Capture(ctx, st.Ref, st.Amount, st.Key)
	case charge.Void:
		_, err = p.Void(ctx, st.Ref, st.Key)
	case charge.GiveBack:
		_, err = p.Refund(ctx, st.Ref, st.Amount, st.Key)
	}
	if fault.Is(err, fault.KindConflict) {
		t.refused[st.Key] = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", st.Act, err)
	}
	return nil
}

// A view is an order with its money.
type view struct {
	order   order.Order
	payment payment.Payment
	kase    charge.Case
}

func (s *Service) view(ctx context.Context, r db.Reader, o id.Order) (v view, err error) {
	r = r.As(actor.Pay)
	if v.order, err = s.Orders.Get(ctx, r, o); err != nil {
		return v, err
	}
	if v.payment, err = s.Payment.Get(ctx, r, o); err != nil {
		return v, err
	}
	cs, rs, err := s.Charges.Of(ctx, r, o)
	st, p := v.order.Status, v.payment
	v.kase = charge.Case{Cancelled: st == order.Cancelled, Dispatched: st == order.Shipped || st == order.Delivered,
		Over:   st == order.Placed && p.State == payment.Pending && p.End > 0 && p.End <= r.Now().UnixMilli(),
		Amount: p.Amount, Back: p.Back, Charges: cs, Refunds: rs}
	return v, err
}

// A writing is the transaction of one round. It may be run again, and is made anew each time.
type writing struct {
	*Service
	tx       *db.Tx
	refused  map[string]bool
	steps    []charge.Step
	again    bool
	signals  []signal.Event
	outcomes []Outcome
}

// write takes in what was heard of charges that are still as they were when they were asked about.
func (w *writing) write(ctx context.Context, o id.Order, asked []charge.Charge, heard []*provider.Charge) error {
	v, err := w.view(ctx, w.tx, o)
	if err != nil {
		return err
	}
	before, now := v.kase.Copy(), w.tx.NowMS()
	for i := range v.kase.Charges {
		c := &v.kase.Charges[i]
		if i >= len(asked) || c.Version != asked[i].Version {
			w.again = true // what was heard may be older than what is known
			continue
		}
		if heard[i] == nil {
			continue
		}
		v.kase.Hear(i, *heard[i], now)
		if err := w.keep(ctx, v.order, c, *heard[i]); err != nil {
			return err
		}
		w.tell(before.Charges[i], *c, *heard[i])
	}
	v.kase.Decide(now)
	for _, st := range v.kase.Steps() {
		if w.refused[st.Key] {
			v.kase.Refuse(st)
		}
	}
	if err := w.Charges.Save(ctx, w.tx, before, &v.kase); err != nil {
		return err
	}
	if err := w.follow(ctx, &v, before); err != nil {
		return err
	}
	w.steps = v.kase.Steps()
	return nil
}

// keep seals what the card shows, and the card itself where its member asked for it.
func (w *writing) keep(ctx context.Context, o order.Order, c *charge.Charge, h provider.Charge) error {
	if h.Card.Last4 == "" && h.Saved == "" {
		return nil
	}
	if err := w.Charges.Keep(ctx, w.tx, c, o.Subject(w.tx.Shop()), h.Card); err != nil {
		return err
	}
	if !c.Save || h.Saved == "" || o.Member == 0 {
		return nil
	}
	return w.Wallet.Keep(ctx, w.tx, wallet.Card{Member: o.Member, Provider: c.Provider, Token: h.Saved, Holder: h.Holder}, h.Card)
}

// tell notes what abuse defence and the operator hear of after the commit.
func (w *writing) tell(before, c charge.Charge, h provider.Charge) {
	if before.State != c.State || before.Reason != c.Reason {
		w.outcomes = append(w.outcomes, Outcome{Shop: w.tx.Shop(), Order: c.Order, Charge: c.ID, Means: c.Means, State: c.State,
			Reason: c.Reason, ThreeDS: c.ThreeDS, Fingerprint: h.Card.Fingerprint})
	}
	if before.Refused == "" {
		switch c.Refused {
		case charge.NoThreeDS:
			w.raise(SignalThreeDS, c.Order, "a card payment without 3-D Secure is given back")
		case charge.WrongAmount:
			w.raise(SignalAmount, c.Order, "a charge of another sum than was asked for is given back")
		}
	}
	if before.Accepted && !before.Dead() && c.Dead() {
		w.raise(SignalLapsed, c.Order, "an authorisation ended before the money was taken")
	}
}

func (w *writing) raise(code signal.Code, o id.Order, note string) {
	w.signals = append(w.signals, signal.Event{Code: code, About: id.String(o), Note: note})
}

// follow moves the order and its payment to where the charges are, and publishes what has happened.
func (w *writing) follow(ctx context.Context, v *view, before charge.Case) (err error) {
	if v.kase.Ends() {
		if err := w.Cancel(ctx, w.tx, v.order.ID, v.order.Version, order.NotPaid); err != nil {
			return fmt.Errorf("cancel unpaid order: %w", err)
		}
		v.kase.Cancelled = true
		return nil
	}
	if err := w.news(ctx, v, before); err != nil {
		return err
	}
	if !v.payment.Method.Rails() {
		return nil
	}
	if v.kase.Back != v.payment.Back {
		if v.payment, err = w.Payment.Promise(ctx, w.tx, v.payment, v.kase.Back); err != nil {
			return err
		}
	}
	to := v.kase.State()
	if to.Secured() && v.order.Status == order.Placed {
		if err := w.secure(ctx, v); err != nil {
			return err
		}
	}
	if to == v.payment.State {
		return nil
	}
	if v.payment, err = w.Payment.Follow(ctx, w.tx, v.payment, to); err != nil {
		return err
	}
	if to == payment.Refunded && v.order.Status == order.Cancelled {
		o, err := w.Orders.Refund(ctx, w.tx, v.order.ID, v.order.Version)
		if err != nil {
			return err
		}
		return publish(w.tx, order.WasRefunded, o.ID, o.Fact())
	}
	return nil
}

// secure notes on the order that its money has come, or is set aside.
func (w *writing) secure(ctx context.Context, v *view) error {
	pay := w.Orders.Pay
	if v.payment.Method == payment.Card {
		pay = w.Orders.Secure
	}
	o, err := pay(ctx, w.tx, v.order.ID, v.order.Version)
	if err != nil {
		return err
	}
	v.order.Version, v.order.Status = o.Version, o.Status
	return publish(w.tx, order.WasPaid, o.ID, o.Fact())
}

// news publishes what the charges and refunds tell.
func (w *writing) news(ctx context.Context, v *view, before charge.Case) error {
	state := v.kase.State()
	for i, c := range v.kase.Charges {
		old := charge.Charge{}
		if i < len(before.Charges) {
			old = before.Charges[i]
		}
		facts := map[outbox.Event]int64{}
		if c.Captured > old.Captured {
			facts[payment.WasCaptured] = c.Captured - old.Captured
		}
		if c.Refunded > old.Refunded {
			facts[payment.WasGiven] = c.Refunded - old.Refunded
		}
		if c.State == provider.Declined && old.State != c.State {
			facts[payment.WasDeclined] = c.Amount
		}
		_, had := old.Slip()
		if _, has := c.Slip(); has && !had {
			facts[payment.WasSlipped] = c.Amount
			if err := w.Orders.Write(ctx, w.tx, c.Order, order.MailSlip); err != nil {
				return err
			}
		}
		if c.Trouble == charge.NoCapture && old.Trouble == "" {
			w.raise(SignalCapture, c.Order, "the provider will not take the money that was set aside")
		}
		for _, e := range []outbox.Event{payment.WasCaptured, payment.WasGiven, payment.WasDeclined, payment.WasSlipped} {
			if n, has := facts[e]; has {
				letter := map[outbox.Event]order.MailKind{payment.WasGiven: order.MailRefunded, payment.WasSlipped: order.MailSlip}[e]
				if letter != "" {
					if err := w.Orders.Write(ctx, w.tx, c.Order, letter); err != nil {
						return err
					}
				}
				if err := publish(w.tx, e, c.Order, payment.Fact{State: state, Amount: n, Reason: c.Reason}); err != nil {
					return err
				}
			}
		}
	}
	for i, r := range v.kase.Refunds {
		if r.State == charge.Owed && (i >= len(before.Refunds) || before.Refunds[i].State != charge.Owed) {
			w.raise(SignalOwed, r.Order, "money must go back that the provider cannot give back")
			if err := publish(w.tx, payment.WasOwed, r.Order, payment.Fact{State: state, Amount: r.Amount, Reason: string(r.Why)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func publish(tx *db.Tx, e outbox.Event, o id.Order, body any) error {
	if err := outbox.Publish(tx, e, int64(o), body); err != nil {
		return fmt.Errorf("publish %s: %w", e, err)
	}
	return nil
}

// settleSoon is Settle for a caller who has stored a job for it: what fails is left to the job.
func (s *Service) settleSoon(ctx context.Context, shop id.Shop, o id.Order) {
	if err := s.Settle(ctx, shop, o); err != nil && !errors.Is(err, context.Canceled) {
		s.Log.Warn("settling a payment is left to its job", "shop", int64(shop), "order", int64(o), "err", err)
	}
}
