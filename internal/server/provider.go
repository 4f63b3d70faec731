package server

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment/gateway"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/commerce/payment/simulator"
	"github.com/noren-shop/noren/internal/commerce/payment/stripe"
	"github.com/noren-shop/noren/internal/security/vault"
)

var errNoSimulator = fault.Conflict(fault.Text{
	Ja: "この決済会社には、いま接続できません。運営者にお問い合わせください。",
	En: "This payment provider cannot be reached from here. Please ask the operator.",
})

// Provider reaches a shop's account at its provider: the vault opens its secrets for this use, and the client goes to the provider's
// address only. A simulator's address is the operator's, never a shop's, so that nobody points the house at a place of theirs.
func (h *House) Provider(ctx context.Context, shop id.Shop, a gateway.Account) (provider.Provider, error) {
	if a.Name == provider.Simulator {
		if a.Endpoint = strings.TrimSuffix(h.Config.Paysim, "/"); a.Endpoint == "" {
			return nil, errNoSimulator
		}
	}
	key, err := h.credential(ctx, shop, gateway.KeyRef(a.Name), a.Key)
	if err != nil {
		return nil, err
	}
	notices, err := h.credential(ctx, shop, gateway.NoticesRef(a.Name), a.Notices)
	if err != nil {
		return nil, err
	}
	open := provider.Account{Name: a.Name, Endpoint: a.Endpoint, Public: a.Public, Key: key, Notices: notices}
	switch a.Name {
	case provider.Simulator:
		client, err := h.out(open.Endpoint)
		if err != nil {
			return nil, err
		}
		return simulator.New(client, open)
	case provider.Stripe:
		open.Endpoint = "" // Stripe's own
		client, err := h.out(stripe.Base(open))
		if err != nil {
			return nil, err
		}
		return stripe.New(open, client, h.Now)
	}
	return nil, gateway.ErrNone
}

// out is the client for a provider's address, one for all its shops.
func (h *House) out(base string) (*http.Client, error) {
	if c, ok := h.clients.Load(base); ok {
		return c.(*http.Client), nil
	}
	c, err := egress.Configured([]string{base}, egress.Limits{}, egress.Net{})
	if err != nil {
		return nil, err
	}
	first, _ := h.clients.LoadOrStore(base, c)
	return first.(*http.Client), nil
}

func (h *House) credential(ctx context.Context, shop id.Shop, ref vault.CredentialRef, stored []byte) (secret.Text, error) {
	var sealed vault.Sealed
	if err := sealed.Scan(stored); err != nil {
		return secret.Text{}, fmt.Errorf("read credential: %w", err)
	}
	return h.Vault.Credential(ctx, shop, ref, sealed)
}
