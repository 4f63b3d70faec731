package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/hosting/billing"
)

// registerAmount is set aside for a moment to see that a card is good, and let go again. Nothing is taken.
const registerAmount = 100

// setupLife is how long a registration may take.
const setupLife = time.Hour

// closedText is said where the switch says nothing of its own.
func closedText(c Cards) error {
	t := c.Why
	if t == (fault.Text{}) {
		t = fault.Text{Ja: "ただいま、新しいカードの登録を受け付けていません。銀行振込をご利用ください。",
			En: "No new cards can be registered at the moment. Please pay by bank transfer."}
	}
	return fault.Unavailable(t)
}

// RegisterCard begins a card's registration and says where to send the owner's browser. back makes the address to return to.
func (f *Flow) RegisterCard(ctx context.Context, s db.Scope, l i18n.Lang, back func(setup int64) string) (url string, err error) {
	if err := owner(s); err != nil {
		return "", err
	}
	cards, err := f.Cards(ctx, s.Shop)
	if err != nil {
		return "", fmt.Errorf("ask the card switch: %w", err)
	}
	if !cards.Register {
		return "", closedText(cards)
	}
	p, err := f.Provider(ctx)
	if err != nil {
		return "", err
	}
	if err := f.begin(ctx, s.Shop); err != nil {
		return "", err
	}
	var a billing.Account
	var setup billing.Setup
	err = f.Store.Write(ctx, s, func(tx *db.Tx) (err error) {
		if a, err = f.Books.Account(ctx, tx); err != nil {
			return err
		}
		setup, err = f.Books.BeginSetup(ctx, tx)
		return err
	})
	if err != nil {
		return "", err
	}
	opened, err := p.Open(ctx, provider.Intent{Key: key(s.Shop, "card", setup.ID), Amount: registerAmount, Means: provider.Card,
		Order: l.Pick("カードの登録", "card registration"), Shop: "Noren", Lang: l, Return: back(setup.ID), Deadline: time.UnixMilli(setup.Made).Add(pageLife),
		Save: true, Holder: a.Holder, Recurring: true})
	if err != nil {
		return "", fmt.Errorf("open card page: %w", err)
	}
	err = f.Store.Write(ctx, s, func(tx *db.Tx) error { return f.Books.SetupRef(ctx, tx, setup.ID, opened.Ref) })
	return opened.URL, err
}

// ErrCard is a card that could not be registered.
var ErrCard = fault.Conflict(fault.Text{Ja: "カードを登録できませんでした。カード会社が認めなかったか、本人認証が終わらなかったようです。別のカードでお試しください。",
	En: "The card could not be registered: its issuer declined it, or the authentication was not finished. Please try another card."})

// FinishCard looks what became of a registration, and pays what is overdue with the new card.
func (f *Flow) FinishCard(ctx context.Context, s db.Scope, setup int64) error {
	if err := owner(s); err != nil {
		return err
	}
	if err := f.finish(ctx, billing.Place{Shop: s.Shop, Document: setup}); err != nil {
		return err
	}
	var got billing.Setup
	err := f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		got, err = f.Books.Setup(ctx, r, setup)
		return err
	})
	if err == nil && got.State == "failed" {
		return ErrCard
	}
	return err
}

func (f *Flow) finish(ctx context.Context, at billing.Place) error {
	var setup billing.Setup
	err := f.Store.Read(ctx, scope(at.Shop), func(r db.Reader) (err error) {
		setup, err = f.Books.Setup(ctx, r, at.Document)
		return err
	})
	if err != nil || setup.State != "open" {
		return err
	}
	p, err := f.Provider(ctx)
	if err != nil {
		return err
	}
	k := key(at.Shop, "card", setup.ID)
	late := f.Store.Now().After(time.UnixMilli(setup.Made).Add(setupLife))
	ch, err := p.Look(ctx, setup.Ref, k)
	if fault.Is(err, fault.KindNotFound) { // the provider was never asked
		if !late {
			return nil
		}
		return f.endSetup(ctx, at, "failed", provider.Charge{}, p)
	}
	if err != nil {
		return fmt.Errorf("look at card registration: %w", err)
	}
	if ch.State == provider.Open && !late {
		return nil // its owner is still at the page
	}
	if !ch.State.Final() {
		if ch, err = p.Void(ctx, ch.Ref, k+"-void"); err != nil {
			return fmt.Errorf("let go of the registration's amount: %w", err)
		}
	}
	proved := ch.ThreeDS == provider.Passed || ch.ThreeDS == provider.Attempted
	if ch.State == provider.Voided && ch.Saved != "" && proved {
		return f.endSetup(ctx, at, "done", ch, p)
	}
	return f.endSetup(ctx, at, "failed", ch, p)
}

func (f *Flow) endSetup(ctx context.Context, at billing.Place, state string, ch provider.Charge, p provider.Provider) error {
	var mine bool
	var forget string
	var open []billing.Document
	err := f.writeIn(ctx, at.Shop, func(tx *db.Tx) (err error) {
		forget, open = "", nil
		if mine, err = f.Books.EndSetup(ctx, tx, at.Document, state); err != nil || !mine || state != "done" {
			return err
		}
		card := billing.CardOnFile{Saved: ch.Saved, Holder: ch.Holder, Brand: ch.Card.Brand, Last4: ch.Card.Last4}
		if forget, err = f.Books.PayBy(ctx, tx, billing.Card, card); err != nil {
			return err
		}
		open, err = f.Books.OpenDocuments(ctx, tx)
		return err
	})
	if err != nil || !mine {
		return err
	}
	f.forget(ctx, p, forget)
	for _, d := range open {
		if d.Kind != billing.Invoice {
			continue
		}
		if err := f.charge(ctx, billing.Place{Shop: at.Shop, Document: d.ID}, billing.Asked); err != nil && !errors.Is(err, billing.ErrAsks) {
			f.Log.Warn("charge after a card's registration", "shop", int64(at.Shop), "invoice", d.Code, "err", err)
		}
	}
	return nil
}

// forget has the provider drop a card that is no longer used. It is a courtesy: nothing here charges it any more.
func (f *Flow) forget(ctx context.Context, p provider.Provider, saved string) {
	if saved == "" {
		return
	}
	if err := p.Forget(ctx, saved); err != nil {
		f.Log.Warn("forget a card at the provider", "err", err)
	}
}

// PayByTransfer turns the shop to transfers and forgets its card.
func (f *Flow) PayByTransfer(ctx context.Context, s db.Scope) error {
	if err := owner(s); err != nil {
		return err
	}
	var forget string
	err := f.Store.Write(ctx, s, func(tx *db.Tx) (err error) {
		forget, err = f.Books.PayBy(ctx, tx, billing.Transfer, billing.CardOnFile{})
		return err
	})
	if err != nil || forget == "" {
		return err
	}
	if p, err := f.Provider(ctx); err == nil {
		f.forget(ctx, p, forget)
	}
	return nil
}

// PayNow charges the card for an invoice at its owner's wish.
func (f *Flow) PayNow(ctx context.Context, s db.Scope, document int64) error {
	if err := owner(s); err != nil {
		return err
	}
	cards, err := f.Cards(ctx, s.Shop)
	if err != nil {
		return fmt.Errorf("ask the card switch: %w", err)
	}
	if !cards.Renew {
		return closedText(cards)
	}
	err = f.charge(ctx, billing.Place{Shop: s.Shop, Document: document}, billing.Asked)
	if errors.Is(err, billing.ErrNoCard) {
		return fault.Conflict(fault.Text{Ja: "カードが登録されていません。カードを登録すると、すぐにお支払いできます。",
			En: "No card is registered. Register one to pay at once."})
	}
	if err != nil {
		return err
	}
	var d billing.Document
	err = f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		d, err = f.Books.Document(ctx, r, document)
		return err
	})
	if err == nil && d.State != billing.Paid {
		return ErrDeclined
	}
	return err
}

// ErrDeclined is a card that was declined for an invoice.
var ErrDeclined = fault.Conflict(fault.Text{Ja: "カードでお支払いできませんでした。カード会社にご確認いただくか、別のカードを登録するか、銀行振込をご利用ください。",
	En: "The card was declined. Please ask its issuer, register another card, or pay by bank transfer."})
