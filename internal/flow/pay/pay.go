// Package pay takes an order's money through payment providers: it opens charges, settles what they have become, gives back,
// sweeps what was left, and compares with what was paid out.
//
// It guarantees that whatever news comes, in whatever order and however often, an order's money ends as it should: news only
// says which order to look at, the provider tells the rest, and what is wanted follows from one pure function (charge.Case). What
// is wanted is stored, with the key for the provider, before the provider is asked; a job that was stored with it goes on after
// a crash. No provider is called from within a transaction. One charge of an order is kept; money of any other goes back.
// It refuses card payments without EMV 3-D Secure and charges of another sum than was asked for.
package pay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/settlement"
	"github.com/noren-shop/noren/internal/commerce/payment/wallet"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// Open makes a provider of a shop's account: the wiring has the vault open its secrets and gives it a client for going out.
type Open func(ctx context.Context, shop id.Shop, a gateway.Account) (provider.Provider, error)

// An Attempt is a purchaser's try to pay, of which abuse defence is asked first.
type Attempt struct {
	Shop    id.Shop
	Order   id.Order
	Member  id.Member
	Means   provider.Means
	Amount  int64
	Saved   bool   // with a saved card
	Addr    string // the network address
	Browser string // a digest of what the browser says of itself
}

// An Outcome is what became of a charge, of which abuse defence is told. The fingerprint is the provider's for the card.
type Outcome struct {
	Shop        id.Shop
	Order       id.Order
	Charge      id.Charge
	Means       provider.Means
	State       provider.State
	Reason      string
	ThreeDS     provider.ThreeDS
	Fingerprint string
}

// Shops is what the flow asks of tenant.
type Shops interface {
	Get(ctx context.Context, r db.Reader) (tenant.Shop, error)
}

// Config is what the flow joins. Ask, Tell and Closed may be nil.
type Config struct {
	Store      *db.DB
	Orders     *order.Service
	Payment    *payment.Service
	Charges    *charge.Service
	Gateways   *gateway.Service
	Wallet     *wallet.Service
	Settlement *settlement.Service
	Shops      Shops
	Open       Open
	// Cancel takes an unpaid order back, with its stock: fulfil's.
	Cancel func(ctx context.Context, tx *db.Tx, o id.Order, version int64, why order.Reason) error
	// Return is where a purchaser's browser comes back to.
	Return func(shop id.Shop, o id.Order, c id.Charge) string
	// Ask refuses an attempt with a fault.
	Ask  func(ctx context.Context, a Attempt) error
	Tell func(ctx context.Context, o Outcome)
	// Closed says that new cards are not taken now, and why.
	Closed func(ctx context.Context, shop id.Shop) (fault.Text, bool)
	Raise  signal.Raise
	Log    *slog.Logger
}

// A Service is the flow.
type Service struct {
	Config
	ids   *id.Source
	mu    sync.Mutex
	turns map[turn]*sync.Mutex
	users map[turn]int
}

type turn struct {
	shop  id.Shop
	order id.Order
}

// New makes the flow.
func New(c Config) *Service {
	if c.Raise == nil {
		c.Raise = signal.Nowhere
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: c, ids: id.NewSource(), turns: map[turn]*sync.Mutex{}, users: map[turn]int{}}
}

// The codes of what security hears of.
const (
	SignalForged  signal.Code = "payment.forged-notice"
	SignalThreeDS signal.Code = "payment.three-ds-missing"
	SignalAmount  signal.Code = "payment.amount-mismatch"
	SignalOwed    signal.Code = "payment.refund-owed" // money must go back that no provider can give back
	SignalCapture signal.Code = "payment.capture-refused"
	SignalLapsed  signal.Code = "payment.authorisation-lapsed"
	SignalBooks   signal.Code = "payment.books-differ"
)

// The faults that callers branch on.
var (
	ErrPaid = fault.Conflict(fault.Text{
		Ja: "このご注文のお支払いは済んでいます。", En: "This order has been paid.",
	})
	ErrOver = fault.Conflict(fault.Text{
		Ja: "このご注文のお支払い期限は過ぎています。お手数ですが、もう一度ご注文ください。",
		En: "The time to pay for this order is over. Please order once more.",
	})
	ErrTries = fault.TooMany(fault.Text{
		Ja: "お支払いの手続きが何度も失敗したため、このご注文ではカードをお使いいただけません。ショップへお問い合わせください。",
		En: "Paying has failed too often for this order. Please contact the shop.",
	})
	ErrUnsettled = fault.Unavailable(fault.Text{
		Ja: "お支払いの状態を確認しています。しばらくしてから、もう一度ご覧ください。",
		En: "The payment is still being checked. Please look again in a moment.",
	})
	ErrMethod = fault.Conflict(fault.Text{
		Ja: "このご注文のお支払い方法では、この操作はできません。",
		En: "The way this order is paid does not allow this.",
	})
)

// callTime bounds one call of a provider.
const callTime = 20 * time.Second

// self is Noren at work in a shop.
func self(shop id.Shop) db.Scope {
	return db.Scope{Actor: actor.ForJob(actor.Pay, secret.Token{}), Shop: shop, Request: "pay"}
}

// take makes one caller of this process at a time settle an order. What holds between processes is versions and keys; this
// only spares the provider.
func (s *Service) take(t turn) (leave func()) {
	s.mu.Lock()
	m := s.turns[t]
	if m == nil {
		m = &sync.Mutex{}
		s.turns[t] = m
	}
	s.users[t]++
	s.mu.Unlock()
	m.Lock()
	return func() {
		m.Unlock()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.users[t]--; s.users[t] == 0 {
			delete(s.users, t)
			delete(s.turns, t)
		}
	}
}

// A Sheet is all that is known of an order's money, for pages. Card displays are opened apart (charge.Service.Shown).
type Sheet struct {
	Payment payment.Payment
	Charges []charge.Charge
	Refunds []charge.Refund
	Left    int64 // what can still be given back
	Owed    int64 // what the shop must pay back by itself
}

// Last is the newest charge, the zero one where there is none.
func (s Sheet) Last() charge.Charge {
	if len(s.Charges) == 0 {
		return charge.Charge{}
	}
	return s.Charges[len(s.Charges)-1]
}

// Keeper is the charge that pays the order, the zero one where there is none.
func (s Sheet) Keeper() charge.Charge {
	for _, c := range s.Charges {
		if c.Accepted && !c.Dead() {
			return c
		}
	}
	return charge.Charge{}
}

// See reads an order's money. The reader must be allowed to view the order.
func (s *Service) See(ctx context.Context, r db.Reader, o id.Order) (Sheet, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Sheet{}, err
	}
	p, err := s.Payment.Get(ctx, r, o)
	if err != nil {
		return Sheet{}, err
	}
	sh := Sheet{Payment: p}
	if sh.Charges, sh.Refunds, err = s.Charges.Of(ctx, r, o); err != nil {
		return Sheet{}, err
	}
	for _, f := range sh.Refunds {
		if f.State == charge.Owed {
			sh.Owed += f.Amount
		}
	}
	switch p.State {
	case payment.Authorised:
		sh.Left = max(p.Kept()-1, 0) // all of it is a cancellation
	case payment.Paid, payment.PartRefunded:
		sh.Left = p.Kept()
	case payment.RefundDue:
		if sh.Keeper().ID != 0 {
			sh.Left = p.Kept()
		}
	}
	return sh, nil
}
