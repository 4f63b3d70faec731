package stripe

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// Capture takes what was set aside, or a part; Stripe lets the rest go.
func (c *Client) Capture(ctx context.Context, ref string, amount int64, key string) (provider.Charge, error) {
	f, err := c.fetch(ctx, ref, "")
	if err != nil {
		return provider.Charge{}, err
	}
	if f.intent == nil || amount <= 0 {
		return provider.Charge{}, errRefused
	}
	if f.intent.Meta[metaCapture] == key { // done before, maybe longer ago than Stripe remembers keys
		return c.tell(ctx, f)
	}
	if f.intent.Status != "requires_capture" || amount > f.intent.Amount {
		return provider.Charge{}, errRefused
	}
	form := url.Values{}
	form.Set("amount_to_capture", strconv.FormatInt(amount, 10))
	form.Set("metadata["+metaCapture+"]", key)
	form.Set("expand[]", "latest_charge")
	path, err := object("/v1/payment_intents", f.intent.ID)
	if err != nil {
		return provider.Charge{}, err
	}
	var i intent
	if err := c.post(ctx, path+"/capture", form, key+":capture", &i); err != nil {
		return provider.Charge{}, err
	}
	return c.tell(ctx, found{f.session, &i})
}

// Void lets go of a charge: the page is closed, the number or the authorisation is given back.
func (c *Client) Void(ctx context.Context, ref, key string) (provider.Charge, error) {
	for try := range 3 {
		f, err := c.fetch(ctx, ref, "")
		if err != nil {
			return provider.Charge{}, err
		}
		st := state(f)
		if st == provider.Captured {
			return provider.Charge{}, errRefused
		}
		if st.Final() {
			return c.tell(ctx, f)
		}
		// The purchaser may act between the look and the act. Then the act is refused, and we look again.
		if err := c.letGo(ctx, f, key+":void:"+strconv.Itoa(try)); err != nil && !fault.Is(err, fault.KindConflict) {
			return provider.Charge{}, err
		}
	}
	return provider.Charge{}, errAway
}

func (c *Client) letGo(ctx context.Context, f found, key string) error {
	if f.session != nil && f.session.Status == "open" {
		path, err := object("/v1/checkout/sessions", f.session.ID)
		if err != nil {
			return err
		}
		return c.post(ctx, path+"/expire", url.Values{}, key+":page", &session{})
	}
	if f.intent == nil {
		return errAway // a page that is neither open nor has a payment: Stripe is between two states
	}
	path, err := object("/v1/payment_intents", f.intent.ID)
	if err != nil {
		return err
	}
	return c.post(ctx, path+"/cancel", url.Values{}, key, &intent{})
}

// Refund gives back a part of what was captured.
func (c *Client) Refund(ctx context.Context, ref string, amount int64, key string) (provider.Charge, error) {
	f, err := c.fetch(ctx, ref, "")
	if err != nil {
		return provider.Charge{}, err
	}
	now, err := c.tell(ctx, f)
	if err != nil {
		return provider.Charge{}, err
	}
	if slices.ContainsFunc(now.Refunds, func(r provider.Refund) bool { return r.Key == key }) {
		return now, nil // done before, maybe longer ago than Stripe remembers keys
	}
	if now.State != provider.Captured || amount <= 0 || amount > now.Captured-now.Refunded {
		return provider.Charge{}, errRefused
	}
	form := url.Values{}
	form.Set("payment_intent", f.intent.ID)
	form.Set("amount", strconv.FormatInt(amount, 10))
	form.Set("metadata["+metaRefund+"]", key)
	form.Set("metadata["+metaKey+"]", now.Key)
	var r refund
	if err := c.post(ctx, "/v1/refunds", form, key+":refund", &r); err != nil {
		return provider.Charge{}, err
	}
	return c.tell(ctx, f)
}

// Forget removes a saved card.
func (c *Client) Forget(ctx context.Context, saved string) error {
	path, err := object("/v1/payment_methods", saved)
	if err != nil {
		return nil // no card of Stripe's: there is nothing to remove
	}
	var m struct {
		Customer expandable[none] `json:"customer"`
	}
	err = c.get(ctx, path, nil, &m)
	if fault.Is(err, fault.KindNotFound) || err == nil && m.Customer.ID == "" {
		return nil
	}
	if err != nil {
		return err
	}
	return c.post(ctx, path+"/detach", url.Values{}, saved+":detach", &m)
}
