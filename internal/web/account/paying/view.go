package paying

import (
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/wallet"
	"github.com/noren-shop/noren/internal/flow/pay"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// stand is where a payment is, for its purchaser.
type stand int

const (
	toPay    stand = iota // it can be paid now
	looking               // just back from the provider, which has not said yet
	declined              // it was not accepted: try again
	numbered              // a number waits for its till
	transfer              // to the shop's account
	done                  // paid, or set aside
	onArrival
	over // the order is cancelled
)

// view is the page of an order's payment.
type view struct {
	ui.Quiet
	stand    stand
	number   string
	sum      string
	due      string
	method   string
	reason   string // why it was declined
	why      string // what went wrong just now
	slip     slipView
	account  string
	at       string // of the order
	link     bool
	tries    int
	ways     []ui.Option
	way      string
	cards    []ui.Option
	member   bool
	dispatch bool // the money is taken at dispatch
}

type slipView struct {
	numbers        []storeNumber
	until, details string
}

type storeNumber struct{ store, number, confirm string }

// page is the order's payment as it stands; tries counts how often the page has asked.
func (p *Pages) page(r *frame.Request, of owned, sh pay.Sheet, why error, tries int) (frame.Response, error) {
	l := r.Lang()
	v := view{Quiet: p.Quiet(r, of.shop, l.Pick("お支払い", "Payment")), number: of.order.Number, sum: l.Yen(sh.Payment.Kept()),
		method: sh.Payment.Method.Label(l), account: sh.Payment.Account, at: p.path(r, of.order.ID), link: of.link, tries: tries,
		way: string(sh.Payment.Method), member: of.mine, dispatch: sh.Payment.State == payment.Authorised}
	v.Path = v.at + "/pay"
	if sh.Payment.Due > 0 {
		v.due = l.DateTime(sh.Payment.Due)
	}
	v.stand = standing(of.order, sh, tries)
	last := sh.Last()
	v.slip = slipFor(l, last)
	if v.stand == declined {
		v.reason = reason(v.Page, last.Reason, last.ThreeDS)
	}
	if fs, ok := fault.Of(why); ok {
		v.why = v.Say(fs[0].Text)
	}
	if v.stand == toPay || v.stand == declined || v.stand == numbered || v.stand == transfer {
		if err := p.choices(r, of, &v); err != nil {
			return frame.Response{}, err
		}
	}
	status := 200
	if why != nil {
		status = frame.StatusOf(why)
	}
	return frame.Page(payPage(v)).Status(status), nil
}

func standing(o order.Order, sh pay.Sheet, tries int) stand {
	last, p := sh.Last(), sh.Payment
	switch {
	case o.Status == order.Cancelled:
		return over
	case p.State.Secured(), !p.State.Open():
		return done
	case p.Method == payment.COD:
		return onArrival
	case p.Method == payment.BankTransfer:
		return transfer
	case slipOf(last) && last.Waits():
		return numbered
	case last.State == provider.Declined, last.Waits() && last.Reason != "": // another card may be tried on the provider's page, too
		return declined
	case last.Waits() && tries > 0:
		return looking
	}
	return toPay
}

func slipOf(c charge.Charge) bool {
	s, ok := c.Slip()
	return ok && (s.Number != "" || len(s.Numbers) > 0)
}

// slipFor is what is needed at the till: one number, or one for each chain of stores.
func slipFor(l i18n.Lang, c charge.Charge) slipView {
	s, _ := c.Slip()
	v := slipView{details: s.Details, until: l.DateTime(c.Due)}
	if s.Number != "" {
		v.numbers = append(v.numbers, storeNumber{charge.Store(s.Store, l), s.Number, ""})
	}
	for _, n := range s.Numbers {
		v.numbers = append(v.numbers, storeNumber{charge.Store(n.Store, l), n.Number, n.Confirm})
	}
	return v
}

// reason says why a card was not accepted, as far as the provider tells and its holder may know.
func reason(p ui.Page, code string, t provider.ThreeDS) string {
	switch code {
	case provider.NoFunds:
		return p.T("カードの利用可能額が足りませんでした。", "The card's limit does not suffice.")
	case provider.Expired:
		return p.T("カードの有効期限が切れています。", "The card has expired.")
	case provider.TooMany:
		return p.T("短い時間に何度もお試しになったため、受け付けられませんでした。", "There were too many tries in a short time.")
	case provider.ThreeDSFailed:
		return p.T("カード会社の本人認証が完了しませんでした。", "Your card company's check of who you are was not completed.")
	}
	if t == provider.Failed {
		return p.T("カード会社の本人認証が完了しませんでした。", "Your card company's check of who you are was not completed.")
	}
	return p.T("カード会社の承認が得られませんでした。理由はカード会社にお問い合わせください。", "The card company did not accept it. It can tell you why.")
}

// choices are the ways to pay it, and a member's cards.
func (p *Pages) choices(r *frame.Request, of owned, v *view) error {
	var ways []payment.Setting
	var cards []wallet.Card
	shown := map[id.Card]string{}
	err := r.Read(func(rd db.Reader) (err error) {
		ways, err = p.Pay.Ways(r.Context(), rd.As(actor.Pay), of.order.ID)
		return err
	})
	if err != nil {
		return err
	}
	if of.mine && v.way == string(payment.Card) {
		err = r.Read(func(rd db.Reader) (err error) {
			if cards, err = p.Pay.Wallet.Mine(r.Context(), rd); err != nil || len(cards) == 0 {
				return err
			}
			shown, err = p.Pay.Wallet.Shown(r.Context(), rd, cards)
			return err
		})
		if fault.Is(err, fault.KindUnavailable) || fault.Is(err, fault.KindTooMany) {
			cards, err = nil, nil // another card can be used
		}
		if err != nil {
			return err
		}
	}
	for _, w := range ways {
		v.ways = append(v.ways, ui.Option{Value: string(w.Method), Text: w.Method.Label(v.Lang), Hint: Hint(v.Page, w)})
	}
	for _, c := range cards {
		if shown[c.ID] != "" {
			v.cards = append(v.cards, ui.Option{Value: id.String(c.ID), Text: CardText(v.Page, shown[c.ID])})
		}
	}
	if len(v.cards) > 0 {
		v.cards = append(v.cards, ui.Option{Value: "", Text: v.T("別のカードを使う", "Another card")})
	}
	return nil
}

// cardsView is a member's saved cards.
type cardsView struct {
	ui.Quiet
	at    string
	cards []ui.Option
	away  bool
}

func (p *Pages) cards(r *frame.Request) (frame.Response, error) {
	s, err := p.Shop(r)
	if err != nil {
		return frame.Response{}, err
	}
	v := cardsView{Quiet: p.Quiet(r, s, r.Lang().Pick("保存したカード", "Saved cards")), at: base(r) + "/me"}
	var list []wallet.Card
	shown := map[id.Card]string{}
	err = r.Read(func(rd db.Reader) (err error) {
		if list, err = p.Pay.Wallet.Mine(r.Context(), rd); err != nil {
			return err
		}
		shown, err = p.Pay.Wallet.Shown(r.Context(), rd, list)
		return err
	})
	if v.away = fault.Is(err, fault.KindUnavailable) || fault.Is(err, fault.KindTooMany); err != nil && !v.away {
		return frame.Response{}, err
	}
	for _, c := range list {
		text := v.T("カード", "A card")
		if shown[c.ID] != "" {
			text = CardText(v.Page, shown[c.ID])
		}
		v.cards = append(v.cards, ui.Option{Value: id.String(c.ID), Text: text, Hint: v.T("保存: ", "Saved: ") + v.Lang.Date(c.Agreed)})
	}
	return frame.Page(cardsPage(v)), nil
}
