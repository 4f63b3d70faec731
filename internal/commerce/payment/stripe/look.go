package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// A found is a charge as Stripe holds it: a session with or without its intent, or an intent alone.
type found struct {
	session *session
	intent  *intent
}

func (f found) ref() string {
	if f.session != nil {
		return f.session.ID
	}
	return f.intent.ID
}

func (f found) meta() map[string]string {
	if f.session != nil {
		return f.session.Meta
	}
	return f.intent.Meta
}

func (f found) amount() int64 {
	if f.session != nil {
		return f.session.Amount
	}
	return f.intent.Amount
}

func (f found) means() provider.Means {
	var types []string
	if f.session != nil {
		types = f.session.Means
	} else {
		types = f.intent.Means
	}
	if slices.Contains(types, "konbini") {
		return provider.Convenience
	}
	return provider.Card
}

// opened is what Open gave, or would have given.
func (f found) opened() provider.Opened {
	if f.session != nil {
		return provider.Opened{Ref: f.session.ID, URL: f.session.URL}
	}
	o := provider.Opened{Ref: f.intent.ID}
	if f.meta()[metaWay] == inline {
		o.Client = f.intent.Secret
	}
	if n := f.intent.NextAction; n != nil && n.Redirect != nil {
		o.URL = n.Redirect.URL
	}
	return o
}

// Look is the whole truth about a charge. By key it finds at once what was opened on Stripe's page in the last day, and what was
// paid or tried a minute ago or more: Stripe's search is that much behind.
func (c *Client) Look(ctx context.Context, ref, key string) (provider.Charge, error) {
	f, err := c.fetch(ctx, ref, key)
	if err != nil {
		return provider.Charge{}, err
	}
	return c.tell(ctx, f)
}

func (c *Client) fetch(ctx context.Context, ref, key string) (found, error) {
	switch {
	case ref == "" && key != "":
		return c.find(ctx, key)
	case strings.HasPrefix(ref, "cs_"):
		return c.session(ctx, ref)
	case strings.HasPrefix(ref, "pi_"):
		return c.intent(ctx, ref)
	}
	return found{}, errNone
}

func (c *Client) session(ctx context.Context, ref string) (found, error) {
	path, err := object("/v1/checkout/sessions", ref)
	if err != nil {
		return found{}, err
	}
	var s session
	if err := c.get(ctx, path, url.Values{"expand[]": {"payment_intent.latest_charge"}}, &s); err != nil {
		return found{}, err
	}
	return found{&s, s.Intent.Obj}, nil
}

// intent also finds the session that a hosted charge is known by.
func (c *Client) intent(ctx context.Context, ref string) (found, error) {
	path, err := object("/v1/payment_intents", ref)
	if err != nil {
		return found{}, err
	}
	var i intent
	if err := c.get(ctx, path, url.Values{"expand[]": {"latest_charge"}}, &i); err != nil {
		return found{}, err
	}
	f := found{intent: &i}
	if i.Meta[metaWay] != hosted {
		return f, nil
	}
	var page struct {
		Data []session `json:"data"`
	}
	if err := c.get(ctx, "/v1/checkout/sessions", url.Values{"payment_intent": {i.ID}, "limit": {"1"}}, &page); err != nil {
		return found{}, err
	}
	if len(page.Data) == 1 {
		f.session = &page.Data[0]
	}
	return f, nil
}

// find looks for a key: among the day's sessions and intents, which are always up to date, then by search.
func (c *Client) find(ctx context.Context, key string) (found, error) {
	var ref string
	since := fmt.Sprint(c.now().Add(-25 * time.Hour).Unix())
	take := func(at string, m map[string]string) bool {
		if m[metaKey] == key {
			ref = at
		}
		return ref == ""
	}
	day := func() url.Values { return url.Values{"created[gte]": {since}} }
	err := each(ctx, c, "/v1/checkout/sessions", day(), 3, func(s session) bool { return take(s.ID, s.Meta) })
	if err != nil && !errors.Is(err, errTooMany) {
		return found{}, err
	}
	if ref == "" {
		err = each(ctx, c, "/v1/payment_intents", day(), 3, func(i intent) bool { return take(i.ID, i.Meta) })
		if err != nil && !errors.Is(err, errTooMany) {
			return found{}, err
		}
	}
	if ref == "" {
		var page struct {
			Data []intent `json:"data"`
		}
		quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(key)
		q := url.Values{"query": {"metadata['" + metaKey + "']:'" + quoted + "'"}, "limit": {"1"}}
		if err := c.get(ctx, "/v1/payment_intents/search", q, &page); err != nil {
			return found{}, err
		}
		if len(page.Data) == 0 || page.Data[0].Meta[metaKey] != key {
			return found{}, errNone
		}
		ref = page.Data[0].ID
	}
	return c.fetch(ctx, ref, "")
}

// tell puts a charge into provider's words.
func (c *Client) tell(ctx context.Context, f found) (provider.Charge, error) {
	out := provider.Charge{Ref: f.ref(), Key: f.meta()[metaKey], Means: f.means(), Amount: f.amount(), State: state(f)}
	i := f.intent
	if i == nil {
		return out, nil
	}
	out.Captured, out.Holder = i.Received, i.Customer.ID
	if i.LastError != nil && i.Received == 0 {
		out.Reason = reason(i.LastError)
	}
	if n := i.NextAction; n != nil && n.Konbini != nil {
		out.Slip = slip(n.Konbini)
	}
	card(i, &out)
	if i.Future != "" && (out.State == provider.Captured || out.State == provider.Authorised) {
		out.Saved = i.Method.ID
	}
	if i.Received == 0 {
		return out, nil
	}
	return out, c.refunds(ctx, i.ID, &out)
}

// state is the one table from Stripe's states to ours.
func state(f found) provider.State {
	s, i := f.session, f.intent
	if s != nil && s.Status == "expired" {
		return provider.Voided
	}
	if i == nil {
		return provider.Open
	}
	switch i.Status {
	case "succeeded":
		return provider.Captured
	case "requires_capture":
		return provider.Authorised
	case "canceled":
		return provider.Voided
	case "requires_payment_method":
		if f.meta()[metaWay] == saved && i.LastError != nil {
			return provider.Declined // nobody is at a page to try another card
		}
		if s != nil && s.Status == "complete" {
			return provider.Voided // the page is gone, and the konbini number ran out
		}
	}
	return provider.Open // requires_action, requires_confirmation, processing
}

func card(i *intent, out *provider.Charge) {
	if out.Means != provider.Card {
		return
	}
	taken := out.State == provider.Captured || out.State == provider.Authorised
	if out.Reason == provider.ThreeDSFailed {
		out.ThreeDS = provider.Failed
	}
	if taken {
		out.ThreeDS = provider.NotCompatible // until Stripe says otherwise
	}
	if i.Charge.Obj == nil || i.Charge.Obj.Details.Card == nil {
		return
	}
	d := i.Charge.Obj.Details.Card
	out.Card = provider.CardDisplay{Brand: d.Brand, Last4: d.Last4, Fingerprint: d.Fingerprint}
	if d.Year > 0 {
		out.Card.Expires = fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	if d.ThreeDS != nil {
		out.ThreeDS = threeDS(d.ThreeDS.Result, out.ThreeDS)
	}
}

// threeDS maps Stripe's results. An exemption shifts no liability, and a failed run none either: Noren takes neither.
func threeDS(result string, otherwise provider.ThreeDS) provider.ThreeDS {
	switch result {
	case "authenticated":
		return provider.Passed
	case "attempt_acknowledged":
		return provider.Attempted
	case "failed":
		return provider.Failed
	case "not_supported", "processing_error", "exempted", "data_share_only":
		return provider.NotCompatible
	}
	return otherwise
}

// reason maps Stripe's decline codes. What it does not name is Refused.
func reason(e *apiError) string {
	switch e.Code {
	case "payment_intent_authentication_failure":
		return provider.ThreeDSFailed
	case "expired_card":
		return provider.Expired
	case "card_decline_rate_limit_exceeded":
		return provider.TooMany
	}
	switch e.Decline {
	case "insufficient_funds", "card_velocity_exceeded", "withdrawal_count_limit_exceeded":
		return provider.NoFunds
	case "expired_card":
		return provider.Expired
	case "authentication_required", "authentication_not_handled":
		return provider.ThreeDSFailed
	case "fraudulent", "lost_card", "stolen_card", "pickup_card", "merchant_blacklist", "highest_risk_level":
		return provider.SuspectedFraud
	}
	return provider.Refused
}

func slip(k *konbini) provider.Slip {
	out := provider.Slip{Details: k.Voucher, Until: time.Unix(k.Expires, 0)}
	for store, n := range k.Stores {
		if n != nil {
			out.Numbers = append(out.Numbers, provider.SlipNumber{Store: store, Number: n.Code, Confirm: n.Confirmation})
		}
	}
	slices.SortFunc(out.Numbers, func(a, b provider.SlipNumber) int { return strings.Compare(a.Store, b.Store) })
	return out
}

// refunds lists what went back. The part of an authorisation that was not captured is a refund in Stripe's books, not in ours.
func (c *Client) refunds(ctx context.Context, intent string, out *provider.Charge) error {
	q := url.Values{"payment_intent": {intent}, "expand[]": {"data.balance_transaction"}}
	return each(ctx, c, "/v1/refunds", q, 20, func(r refund) bool {
		if b := r.Balance.Obj; b != nil && b.Category == "partial_capture_reversal" {
			return true
		}
		st := refundState(r.Status)
		out.Refunds = append(out.Refunds, provider.Refund{Ref: r.ID, Key: r.Meta[metaRefund], Amount: r.Amount, State: st})
		if st != provider.RefundFailed {
			out.Refunded += r.Amount
		}
		return true
	})
}

func refundState(s string) provider.RefundState {
	switch s {
	case "succeeded":
		return provider.RefundDone
	case "failed", "canceled":
		return provider.RefundFailed
	}
	return provider.RefundPending // pending, or requires_action: konbini refunds wait for the purchaser's bank account
}
