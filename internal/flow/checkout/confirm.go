package checkout

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// A Confirmation is the final screen before the order button. Everything on it is either typed by the purchaser or bound by
// Digest.
type Confirmation struct {
	Lang       i18n.Lang
	Quote      Quote
	Person     order.Person // normal forms of what was typed
	Prefecture postal.Prefecture
	Wish       shipping.Wish
	Six        []Item6
	Digest     string       // goes into the form and comes back with Place
	Key        secret.Token // so does the idempotency key
	HeldUntil  int64        // milliseconds; 0 where nothing is held
}

// An Item6 is one of the six items that the law wants on the final screen.
type Item6 struct {
	Key   string // quantity, price, payment, delivery, withdrawal, period
	Title string
	Lines []string
}

// Confirm checks everything and holds the cart's pieces. Every wrong field is named at once; what was typed is the
// caller's to show again.
func (s *Service) Confirm(ctx context.Context, scope db.Scope, tok secret.Token, f Form) (Confirmation, error) {
	e, fs := f.read()
	contact := s.contact(ctx, scope)
	var c Confirmation
	var kept memoed
	err := s.Store.WriteLocking(ctx, scope, func(tx *db.Tx) error {
		tx = tx.Lend(actor.Checkout)
		at, err := lock(ctx, tx, tok)
		if err != nil {
			return err
		}
		crt, err := s.Carts.Get(ctx, tx, tok)
		if err != nil {
			return empty(err)
		}
		if c, err = s.confirm(ctx, tx, crt, e, fs, contact); err != nil {
			return err
		}
		until := tx.Now().Add(HoldTime)
		if err := s.Stock.Hold(ctx, tx, held(crt), pieces(c.Quote), until); err != nil {
			return s.named(err, c.Quote)
		}
		c.HeldUntil = until.UnixMilli()
		kept = memoed{at, day(tx.Now()), crt, c.Quote}
		return nil
	})
	if err != nil {
		return Confirmation{}, err
	}
	s.memo.put(memoKey{scope.Shop, tok.Digest(), e.ask(), scope.Actor.Kind}, kept)
	c.Key = secret.NewToken()
	return c, nil
}

// confirm is everything about a confirmation but what it holds. fs are the faults of what was typed.
func (s *Service) confirm(ctx context.Context, r db.Reader, crt cart.Cart, e entry, fs fault.Faults,
	legal tenant.Legal) (Confirmation, error) {
	q, chosen, err := s.quote(ctx, r, crt, e.ask())
	if err != nil {
		return Confirmation{}, err
	}
	return confirmed(r.Now(), q, e, append(append(fault.Faults{}, fs...), chosen...), legal)
}

// confirmed makes the confirmation of a quote, or names all that is wrong.
func confirmed(now time.Time, q Quote, e entry, all fault.Faults, legal tenant.Legal) (Confirmation, error) {
	if !q.Shop.Selling() {
		return Confirmation{}, ErrClosed
	}
	if len(q.Shop.Missing()) > 0 {
		return Confirmation{}, ErrIncomplete
	}
	if e.payment == "" {
		all = append(all, payment.ErrMethod)
	}
	if e.method == 0 && e.prefecture != 0 {
		all = append(all, errMethod)
	}
	if q.Method.ID != 0 {
		all.Add(q.Method.CheckWish(e.wish, now)) //nolint:errcheck // it returns faults only
	}
	if all = append(append(all, q.Short...), q.Members...); len(all) > 0 {
		return Confirmation{}, all
	}
	c := Confirmation{Lang: e.lang, Quote: q, Person: e.person, Prefecture: e.prefecture, Wish: e.wish}
	c.Six = c.six(now, legal)
	c.Digest = c.digest().String()
	return c, nil
}

// contact is whom the confirmation names for withdrawal. When the vault is away and nobody has asked for it lately, the
// confirmation points to the shop's legal page instead, and the sale goes on.
func (s *Service) contact(ctx context.Context, scope db.Scope) tenant.Legal {
	if s.Contact == nil {
		return tenant.Legal{}
	}
	l, err := s.Contact(ctx, scope.Shop)
	if err != nil {
		return tenant.Legal{}
	}
	return l
}

// six writes the six items in the purchaser's language.
func (c Confirmation) six(now time.Time, legal tenant.Legal) []Item6 {
	l, st := c.Lang, c.Quote.Statement
	var quantity []string
	for _, row := range st.Lines {
		quantity = append(quantity, row.Name+row.Mark()+" × "+i18n.Number(row.Quantity))
	}
	return []Item6{
		{"quantity", l.Pick("数量", "Quantity"), quantity},
		{"price", l.Pick("販売価格と送料を含む支払総額", "Prices and the total with shipping"), order.StatementLines(l, st)},
		{"payment", l.Pick("お支払いの方法と時期", "How and when to pay"), c.paying(now)},
		{"delivery", l.Pick("商品の引渡時期", "When it is delivered"), c.delivering(now)},
		{"withdrawal", l.Pick("お申込みの撤回・キャンセル・返品", "Withdrawal, cancellation and returns"),
			append([]string{c.Quote.Shop.Returns}, reach(l, legal)...)},
		{"period", l.Pick("お申込みの期間", "Period of the offer"),
			[]string{l.Pick("お申込み期間の定めはありません。", "The offer is not limited to a period.")}},
	}
}

func (c Confirmation) paying(now time.Time) []string {
	l, p := c.Lang, c.Quote.Payment
	out := []string{p.Method.Label(l)}
	switch p.Method {
	case payment.BankTransfer:
		due := l.Date(p.Due(now))
		out = append(out, l.Pick(due+"までにお振り込みください。", "Please transfer by "+due+"."))
	case payment.Convenience:
		due := l.Date(p.Due(now))
		out = append(out, l.Pick("ご注文後に表示される番号で、"+due+"までにコンビニエンスストアでお支払いください。",
			"Pay by "+due+" at a convenience store, with the number shown after you order."))
	case payment.Card:
		out = append(out, l.Pick("ご注文の後、決済会社の画面でカードでお支払いください(本人認証を行います)。",
			"After you order, pay by card on the payment provider's page (your card's issuer may ask you to confirm)."))
		if p.Capture == payment.AtDispatch {
			out = append(out, l.Pick("代金は商品の発送時に確定します。", "The money is taken when the goods are sent."))
		}
	case payment.COD:
		out = append(out, l.Pick("商品のお受け取り時に、配達員にお支払いください。", "Pay the carrier when you receive the parcel."))
	}
	return append(out, c.Quote.Shop.PaymentTime)
}

func (c Confirmation) delivering(now time.Time) []string {
	l, m := c.Lang, c.Quote.Method
	out := []string{l.Pick(m.Name.Ja, m.Name.En)}
	if c.Wish.Day != "" {
		out = append(out, l.Pick("お届け希望日: ", "Wished day: ")+c.Wish.Day)
	}
	if s, ok := shipping.FindSlot(m.Carrier, c.Wish.Slot, now); ok {
		out = append(out, l.Pick("お届け時間帯: "+s.Name.Ja, "Wished time: "+s.Name.En))
	}
	return append(out, c.Quote.Shop.Delivery)
}

// reach is how to reach the shop.
func reach(l i18n.Lang, legal tenant.Legal) []string {
	if legal.Seller == "" {
		return []string{l.Pick("連絡先は、このショップの「特定商取引法に基づく表記」をご覧ください。",
			"For how to reach the shop, see its legal page (特定商取引法に基づく表記).")}
	}
	out := []string{l.Pick("連絡先: ", "Contact: ") + legal.Seller}
	if legal.Phone != "" {
		out = append(out, l.Pick("電話 ", "Phone ")+legal.Phone+" "+legal.Hours)
	}
	if legal.Email != "" {
		out = append(out, l.Pick("メール ", "Mail ")+legal.Email)
	}
	return out
}
