package billing

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
)

//go:embed letters/*.txt
var files embed.FS

type letters struct{ bill *mail.Letter }

func openLetters() (letters, error) {
	l, err := mail.ParseLetter(files, "letters/bill.txt")
	return letters{l}, err
}

// said is a letter's subject and its text.
type said struct{ subject, text fault.Text }

// content is what the template sees.
type content struct {
	Subject, Name, Shop, Text, Code, Bank, Link string
	Total, Due                                  int64
}

// write sends the letter that a fact calls for, to the shop's owner. A shop whose owner is not known yet has none to write to.
func (f *Flow) write(ctx context.Context, fact outbox.Fact) error {
	var body billing.Fact
	if err := fact.Into(&body); err != nil {
		return err
	}
	to, err := f.contact(ctx, fact.Shop)
	if err != nil || to.Email == "" {
		return err
	}
	c := content{Name: to.Name, Link: f.Link(fact.Shop), Code: body.Code, Total: body.Total}
	var d billing.Document
	err = f.Store.Read(ctx, scope(fact.Shop), func(r db.Reader) error {
		shop, err := f.Tenants.Get(ctx, r)
		if err != nil {
			return err
		}
		c.Shop = shop.Name
		if body.Code != "" {
			d, err = f.Books.Document(ctx, r, fact.Subject)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("gather letter: %w", err)
	}
	words := wordsOf(fact.Event, body, d)
	c.Subject, c.Text = to.Lang.Pick(words.subject.Ja, words.subject.En), to.Lang.Pick(words.text.Ja, words.text.En)
	if d.State == billing.Open && d.Body.Method == billing.Transfer && d.Kind == billing.Invoice {
		c.Bank, c.Due = d.Body.Issuer.Bank, d.Due
	}
	msg := mail.Message{ID: fmt.Sprintf("bill-%d-%d", int64(fact.Shop), fact.Seq), To: mail.Address{Name: to.Name, Addr: to.Email}}
	if msg.Subject, msg.Text, err = f.letters.bill.Render(to.Lang, c); err != nil {
		return err
	}
	if err := f.Sender.Send(ctx, msg); err != nil && !errors.Is(err, mail.ErrRefused) {
		return fmt.Errorf("send letter about the bill: %w", err)
	}
	return nil
}

// contact is the shop's owner, as the letter reaches them.
func (f *Flow) contact(ctx context.Context, shop id.Shop) (c account.Contact, err error) {
	var owner id.Account
	err = f.Store.Read(ctx, scope(id.Platform), func(r db.Reader) error {
		owner, err = f.Tenants.LegalOwner(ctx, r, shop)
		return err
	})
	if err != nil || owner == 0 {
		return c, err
	}
	token, err := f.Vault.JobToken(ctx, vault.ShopMail, id.Platform)
	if err != nil {
		return c, fmt.Errorf("ask for a job's credential: %w", err)
	}
	s := scope(id.Platform)
	s.Actor = actor.ForJob(actor.Billing, token).With(actor.ManageAccount)
	err = f.Store.Read(ctx, s, func(r db.Reader) error {
		c, err = f.Accounts.Contact(ctx, r, owner, vault.ShopMail)
		return err
	})
	if errors.Is(err, account.ErrUnknown) {
		return account.Contact{}, nil
	}
	return c, err
}

func wordsOf(e outbox.Event, b billing.Fact, d billing.Document) said {
	text := func(sja, sen, ja, en string) said {
		return said{fault.Text{Ja: "【Noren】" + sja, En: "[Noren] " + sen}, fault.Text{Ja: ja, En: en}}
	}
	switch e {
	case billing.WasIssued:
		return issued(d, text)
	case billing.WasPaid:
		return text("お支払いを確認しました", "Thank you for your payment", "お支払いを確認しました。ありがとうございます。", "Your payment has arrived. Thank you.")
	case billing.WasDeclined:
		if b.Next == 0 && b.Step >= 0 {
			return text("カードでのお支払いができませんでした（最後のお知らせ）", "Your card was declined (last notice)",
				"ご登録のカードでのお支払いが、最後までできませんでした。", "Your registered card was declined at the last attempt, too.")
		}
		return text("カードでのお支払いができませんでした", "Your card was declined",
			"ご登録のカードでお支払いできませんでした。カード会社にご確認いただくか、別のカードをご登録ください。日をおいて、自動でもう一度お支払いを試みます。",
			"Your registered card was declined. Please ask its issuer, or register another card. We shall try again by ourselves in a few days.")
	case billing.WasReminded:
		return text("お支払いのお願い", "A reminder of your invoice",
			"請求書のお支払いを、まだ確認できていません。行き違いの場合はご容赦ください。お支払いがないまま14日が過ぎると、ショップの販売を停止します（データは残ります）。",
			"We have not seen your payment yet; if it has crossed with this letter, please excuse us. After 14 days without it your shop stops selling. Its data stay.")
	case billing.WasSuspended:
		if b.By == billing.ByHand {
			return text("ショップの販売を停止しました", "Your shop was suspended",
				"運営者の判断で、ショップの販売を停止しました。データはそのまま残っています。管理画面で理由をご覧ください。",
				"The operator has suspended your shop. Nothing is deleted. The admin shows the reason.")
		}
		return text("ショップの販売を停止しました", "Your shop was suspended",
			"お支払いを確認できなかったため、ショップの販売を停止しました。データはそのまま残っています。お支払いいただくと、すぐに自動で再開します。",
			"Your payment did not come, so your shop has stopped selling. Nothing is deleted. It opens again by itself as soon as you pay.")
	}
	return text("ショップを再開しました", "Your shop is open again", "ショップの利用停止を解除しました。ありがとうございました。",
		"The suspension of your shop has ended. Thank you.")
}

func issued(d billing.Document, text func(sja, sen, ja, en string) said) said {
	switch {
	case d.Kind == billing.CreditNote:
		return text("返還の明細をお送りします", "A credit note for you", "キャンセルされたご注文の受注手数料をお返しします。次の請求額から差し引きます。",
			"The fees of cancelled orders are given back to you; they are set off against your invoices.")
	case d.Body.Method == billing.Card:
		return text("今月の請求書", "Your invoice", "請求書を発行しました。ご登録のカードでお支払いいただきますので、お手続きは不要です。",
			"Your invoice is ready. Your registered card is charged; there is nothing to do for you.")
	}
	return text("今月の請求書", "Your invoice", "請求書を発行しました。期限までにお振り込みください。", "Your invoice is ready. Please transfer the amount in time.")
}

// recipientOf is whom a month's papers were written to: the particulars as they were then, or the shop's name where there were none.
func (f *Flow) recipientOf(ctx context.Context, shop id.Shop, m billing.Month) (billing.Recipient, error) {
	token, err := f.Vault.JobToken(ctx, vault.LegalPage, id.Platform)
	if err != nil {
		return billing.Recipient{}, fmt.Errorf("ask for a job's credential: %w", err)
	}
	s := scope(id.Platform)
	s.Actor = actor.ForJob(actor.Billing, token)
	var to billing.Recipient
	var known bool
	err = f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		to, known, err = f.Books.Recipient(ctx, r, shop, m)
		return err
	})
	if err != nil || known {
		return to, err
	}
	err = f.Store.Read(ctx, scope(shop), func(r db.Reader) error {
		var t tenant.Shop
		if t, err = f.Tenants.Get(ctx, r); err == nil {
			to.Name = t.Name
		}
		return err
	})
	return to, err
}
