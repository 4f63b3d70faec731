package billing

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// Collect does what is due about unpaid invoices, takes up attempts whose end is not known, and ends registrations of cards.
func (f *Flow) Collect(ctx context.Context) error {
	var due, pending, setups []billing.Place
	err := f.Store.Across("unpaid invoices of all shops").Read(ctx, scope(id.Platform), func(r db.Reader) (err error) {
		if due, err = f.Books.Due(ctx, r); err != nil {
			return err
		}
		if pending, err = f.Books.PendingCharges(ctx, r); err != nil {
			return err
		}
		setups, err = f.Books.OpenSetups(ctx, r)
		return err
	})
	if err != nil {
		return fmt.Errorf("find unpaid invoices: %w", err)
	}
	var failed error
	for _, p := range pending {
		if err := f.charge(ctx, p, billing.Scheduled); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	for _, p := range due {
		if err := f.step(ctx, p); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	for _, p := range setups {
		if err := f.finish(ctx, p); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// step does the next thing about one invoice: the card, or a reminder.
func (f *Flow) step(ctx context.Context, p billing.Place) error {
	cards, err := f.Cards(ctx, p.Shop)
	if err != nil {
		return fmt.Errorf("ask the card switch: %w", err)
	}
	_, noCards := f.Provider(ctx)
	if noCards == nil && cards.Renew {
		err := f.charge(ctx, p, billing.Scheduled)
		if !errors.Is(err, billing.ErrNoCard) {
			return err
		}
	}
	return f.writeIn(ctx, p.Shop, func(tx *db.Tx) error {
		suspend, err := f.Books.Remind(ctx, tx, p.Document)
		if err != nil || !suspend {
			return err
		}
		return f.suspend(ctx, tx, billing.Unpaid, "")
	})
}

// charge makes one attempt, or takes up the one that is under way. An attempt that is no longer due is nothing to do.
func (f *Flow) charge(ctx context.Context, p billing.Place, why billing.Why) error {
	var c billing.Charge
	var d billing.Document
	err := f.writeIn(ctx, p.Shop, func(tx *db.Tx) (err error) {
		if c, err = f.Books.BeginCharge(ctx, tx, p.Document, why); err != nil {
			return err
		}
		d, err = f.Books.Document(ctx, tx, p.Document)
		return err
	})
	if errors.Is(err, billing.ErrNotDue) || why == billing.Scheduled && errors.Is(err, billing.ErrSettled) {
		return nil
	}
	if err != nil {
		return err
	}
	res, err := f.ask(ctx, p.Shop, d.Code, c)
	if err != nil {
		return fmt.Errorf("charge %s: %w", d.Code, err)
	}
	return f.writeIn(ctx, p.Shop, func(tx *db.Tx) error {
		suspend, err := f.Books.EndCharge(ctx, tx, c.ID, res)
		if err != nil {
			return err
		}
		if suspend {
			return f.suspend(ctx, tx, billing.Unpaid, "")
		}
		return f.resume(ctx, tx, billing.Unpaid)
	})
}

// key is an attempt's for the provider: the same however often it is asked.
func key(shop id.Shop, what string, n int64) string {
	return "noren-" + what + "-" + strconv.FormatInt(int64(shop), 36) + "-" + strconv.FormatInt(n, 36)
}

// keyLife is how long a key is surely remembered.
const keyLife = time.Hour

// pageLife is how long the provider's page stays open.
const pageLife = 30 * time.Minute

// ask has the provider charge, and finds out what became of it. An error leaves the attempt open: it is asked again, with its key.
func (f *Flow) ask(ctx context.Context, shop id.Shop, code string, c billing.Charge) (billing.Result, error) {
	p, err := f.Provider(ctx)
	if err != nil {
		return billing.Result{}, err
	}
	k := key(shop, "bill", c.ID)
	// Providers remember a key for a day or so: an attempt that was begun a while ago is looked for before it is asked for again.
	if f.Store.Now().Sub(time.UnixMilli(c.Made)) > keyLife {
		ch, err := p.Look(ctx, "", k)
		if err == nil {
			return f.result(ctx, p, ch, c.Amount, k)
		}
		if !fault.Is(err, fault.KindNotFound) {
			return billing.Result{}, err
		}
	}
	opened, err := p.Open(ctx, provider.Intent{Key: k, Amount: c.Amount, Means: provider.Card, Order: code, Shop: "Noren", Lang: i18n.Ja,
		Capture: true, Return: f.Link(shop), Deadline: time.UnixMilli(c.Made).Add(pageLife), Saved: c.Saved, Holder: c.Holder, Recurring: true})
	if fault.Is(err, fault.KindConflict) || fault.Is(err, fault.KindInvalid) {
		return billing.Result{State: billing.Declined, Reason: provider.Refused}, nil
	}
	if err != nil {
		return billing.Result{}, err
	}
	ch, err := p.Look(ctx, opened.Ref, k)
	if err != nil {
		return billing.Result{}, err
	}
	return f.result(ctx, p, ch, c.Amount, k)
}

// result brings a charge to its end and says which.
func (f *Flow) result(ctx context.Context, p provider.Provider, ch provider.Charge, amount int64, k string) (billing.Result, error) {
	ch, err := f.drive(ctx, p, ch, amount, k)
	if err != nil {
		return billing.Result{}, err
	}
	if ch.State == provider.Captured && ch.Captured == amount {
		return billing.Result{State: billing.Captured, Ref: ch.Ref}, nil
	}
	if !ch.State.Final() {
		return billing.Result{}, fmt.Errorf("charge stays %s with %d captured", ch.State, ch.Captured)
	}
	reason := ch.Reason
	if reason == "" {
		reason = provider.ThreeDSFailed // it was let go because it asked for its holder
	}
	return billing.Result{State: billing.Declined, Ref: ch.Ref, Reason: reason}, nil
}

// drive brings a charge to an end: money set aside is taken, and a page that nobody will look at is let go.
func (f *Flow) drive(ctx context.Context, p provider.Provider, ch provider.Charge, amount int64, k string) (provider.Charge, error) {
	ref := ch.Ref
	var err error
	switch ch.State {
	case provider.Authorised:
		ch, err = p.Capture(ctx, ref, amount, k+"-capture")
	case provider.Open:
		ch, err = p.Void(ctx, ref, k+"-void")
	default:
		return ch, nil
	}
	if fault.Is(err, fault.KindConflict) { // it has moved on meanwhile
		return p.Look(ctx, ref, k)
	}
	return ch, err
}

func (f *Flow) suspend(ctx context.Context, tx *db.Tx, by, reason string) error {
	before, err := f.Tenants.Suspend(ctx, tx)
	if err != nil {
		return fmt.Errorf("suspend shop: %w", err)
	}
	return f.Books.Suspend(ctx, tx, by, reason, string(before))
}

func (f *Flow) resume(ctx context.Context, tx *db.Tx, by string) error {
	before, err := f.Books.Resume(ctx, tx, by)
	if err != nil || before == "" {
		return err
	}
	return f.Tenants.Resume(ctx, tx, tenant.State(before))
}

// operator asks for an operator, before the flow acts in a shop for them.
func operator(s db.Scope) error {
	if s.Actor.May(actor.OperateShops) {
		return nil
	}
	return fault.Denied(fault.Text{Ja: "この操作は運営者だけができます。", En: "Only an operator can do this."})
}

// owner asks for somebody who may pay the shop's bills.
func owner(s db.Scope) error {
	if s.Shop != id.Platform && s.Actor.May(actor.PayBills) {
		return nil
	}
	return fault.Denied(fault.Text{Ja: "料金のお支払いは、ショップのオーナーだけが操作できます。", En: "Only the shop's owner can deal with the bill."})
}

// Suspend suspends a shop by an operator's hand.
func (f *Flow) Suspend(ctx context.Context, s db.Scope, shop id.Shop, reason string) error {
	if err := operator(s); err != nil {
		return err
	}
	if reason == "" || len([]rune(reason)) > 200 {
		return fault.Invalid("reason", fault.Text{Ja: "理由を200文字以内で入力してください。", En: "Enter the reason, in up to 200 characters."})
	}
	if err := f.begin(ctx, shop); err != nil {
		return err
	}
	return f.writeIn(ctx, shop, func(tx *db.Tx) error { return f.suspend(ctx, tx, billing.ByHand, reason) })
}

// Resume opens a shop again by an operator's hand.
func (f *Flow) Resume(ctx context.Context, s db.Scope, shop id.Shop) error {
	if err := operator(s); err != nil {
		return err
	}
	return f.writeIn(ctx, shop, func(tx *db.Tx) error { return f.resume(ctx, tx, billing.ByHand) })
}

// Received enters a transfer that the operator found at the bank.
func (f *Flow) Received(ctx context.Context, s db.Scope, p billing.Place) error {
	if err := operator(s); err != nil {
		return err
	}
	as := scope(p.Shop)
	as.Actor = as.Actor.With(actor.OperateShops)
	return f.Store.Write(ctx, as, func(tx *db.Tx) error {
		if err := f.Books.Received(ctx, tx, p.Document); err != nil {
			return err
		}
		return f.resume(ctx, tx, billing.Unpaid)
	})
}
