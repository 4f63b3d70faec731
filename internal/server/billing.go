package server

import (
	"context"
	"errors"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	billingflow "github.com/noren-shop/noren/internal/flow/billing"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/internal/web/place"
)

// Billing is how the operator takes its fees by card: its own account at a provider. Nil is the platform's account, if there is one.
type Billing struct {
	Provider func(ctx context.Context) (provider.Provider, error)
}

// BillingFollower counts orders' fees; sample shops skip their past for it.
const BillingFollower = billingflow.Counter

// openBilling joins the operator's bill.
func openBilling(h *House, o Billing) (*billingflow.Flow, error) {
	if o.Provider == nil {
		o.Provider = h.operatorsProvider
	}
	return billingflow.New(billingflow.Config{Store: h.DB, Books: h.Books, Tenants: h.Tenants, Accounts: h.Accounts, Gateways: h.Gateways, Vault: h.Vault,
		Sender: h.Sender, Log: h.Log, Rates: tax.Japan(), Provider: o.Provider, Cards: h.ownersCards,
		Legal: func(ctx context.Context, shop id.Shop) (tenant.Legal, error) {
			return h.Signup.LegalPage(ctx, shop, "billing")
		},
		Link: func(shop id.Shop) string { return h.Book.Door(place.Admin, "") + "/" + id.String(shop) + "/billing" }})
}

// ownersCards is the switch for card sign-ups as owners meet it: nothing new is registered, and what is registered goes on as the
// switch says.
func (h *House) ownersCards(_ context.Context, shop id.Shop) (billingflow.Cards, error) {
	w, closed := h.Switches.On(switches.CloseCardSignups, shop)
	if !closed {
		return billingflow.OpenCards(), nil
	}
	c := billingflow.Cards{Renew: w.Renewals != switches.RenewalsStop, Why: fault.Text{
		Ja: "安全のため、新しいカードの登録を一時的に停止しています。銀行振込をご利用ください。登録済みのカードへの請求は続きます。",
		En: "For safety, new cards are not registered just now. Please pay by bank transfer. Cards on file are charged as before."}}
	if !c.Renew {
		c.Why = fault.Text{Ja: "安全のため、新しいカードの登録と、登録済みのカードへの請求を一時的に停止しています。期限までに銀行振込でお支払いください。カードの登録はそのまま残ります。",
			En: "For safety, new cards are not registered and cards on file are not charged just now. Please pay by bank transfer by the due date. Your card stays on file."}
	}
	return c, nil
}

// operatorsProvider is the operator's own account at a provider of card payments: the platform's, beside the shops'.
func (h *House) operatorsProvider(ctx context.Context) (provider.Provider, error) {
	var a gateway.Account
	s := db.Scope{Actor: actor.ForJob(actor.Pay, secret.Token{}), Shop: id.Platform, Request: "billing"}
	err := h.DB.Read(ctx, s, func(r db.Reader) (err error) {
		a, err = h.Gateways.Active(ctx, r)
		return err
	})
	if errors.Is(err, gateway.ErrNone) {
		return nil, billingflow.ErrNoProvider
	}
	if err != nil {
		return nil, err
	}
	if h.open != nil {
		return h.open(ctx, id.Platform, a)
	}
	return h.Provider(ctx, id.Platform, a)
}

// SampleProvider opens the operator's own account at the payment simulator, for a demo.
func (h *House) SampleProvider(ctx context.Context, a provider.Account) error {
	s := db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With(), Request: "sample"}
	return h.Flows.Billing.PutProviderAccount(ctx, s, billingflow.AccountIn{Name: string(a.Name), Active: true, Key: a.Key})
}

// SampleIssuer makes up who issues the invoices, for a demo.
func (h *House) SampleIssuer(ctx context.Context) error {
	s := db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With(), Request: "sample"}
	return h.Flows.Billing.PutIssuer(ctx, s, billing.Issuer{Name: "のれん見本運営株式会社", Address: "東京都千代田区見本1-1-1", Phone: "03-0000-0000",
		Number: "T9999999999999", Bank: "見本銀行 本店 普通 0000000 ノレンミホンウンエイ"})
}
