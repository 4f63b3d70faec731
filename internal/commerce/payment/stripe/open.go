package stripe

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

var (
	errIntent = fault.Invalid("amount", fault.Text{Ja: "支払いの内容が正しくありません。", En: "The payment is not well formed."})
	errReused = fault.Conflict(fault.Text{Ja: "同じキーで別の内容の支払いがすでにあります。", En: "The key was used for another payment."})
)

// Open begins a charge: a Checkout Session on Stripe's page; a PaymentIntent where the member's saved card pays or Stripe's frame
// stands in our page. Stripe's page is open for 30 minutes at least and 24 hours at most, whatever a card's Deadline says; and a konbini
// number made there lasts whole days from when the purchaser chose it, so what holds is Slip.Until. Stripe remembers keys for a day:
// who asks again later than that looks first.
func (c *Client) Open(ctx context.Context, in provider.Intent) (provider.Opened, error) {
	if in.Key == "" || len(in.Key) > 200 || in.Amount <= 0 || in.Means != provider.Card && in.Means != provider.Convenience {
		return provider.Opened{}, errIntent
	}
	var (
		o   provider.Opened
		err error
	)
	switch {
	case in.Saved != "":
		o, err = c.openSaved(ctx, in)
	case in.Inline:
		o, err = c.openInline(ctx, in)
	default:
		o, err = c.openPage(ctx, in)
	}
	if e, ok := said(err); ok && e.idempotency() {
		return c.reopen(ctx, in)
	}
	return o, err
}

// reopen finds what the key opened before: the same payment asked for on another day has other parameters at Stripe.
func (c *Client) reopen(ctx context.Context, in provider.Intent) (provider.Opened, error) {
	f, err := c.find(ctx, in.Key)
	if err != nil {
		return provider.Opened{}, err
	}
	if f.amount() != in.Amount || f.means() != in.Means {
		return provider.Opened{}, errReused
	}
	return f.opened(), nil
}

func (c *Client) openPage(ctx context.Context, in provider.Intent) (provider.Opened, error) {
	f := url.Values{}
	f.Set("mode", "payment")
	f.Set("client_reference_id", in.Key)
	f.Set("success_url", in.Return)
	f.Set("cancel_url", in.Return)
	f.Set("locale", in.Lang.Pick("ja", "en"))
	f.Set("line_items[0][quantity]", "1")
	f.Set("line_items[0][price_data][currency]", "jpy")
	f.Set("line_items[0][price_data][unit_amount]", strconv.FormatInt(in.Amount, 10)) // the yen has no smaller unit
	f.Set("line_items[0][price_data][product_data][name]", title(in))
	meta(f, "", in, hosted)
	meta(f, "payment_intent_data", in, hosted)
	f.Set("payment_intent_data[description]", title(in))
	if in.Means == provider.Convenience {
		f.Set("payment_method_types[0]", "konbini")
		f.Set("payment_method_options[konbini][expires_after_days]", strconv.Itoa(days(c.now(), in.Deadline)))
	} else {
		f.Set("payment_method_types[0]", "card")
		f.Set("payment_method_options[card][request_three_d_secure]", "any")
		f.Set("payment_intent_data[capture_method]", captureMethod(in))
		if at, ok := expires(c.now(), in.Deadline); ok {
			f.Set("expires_at", strconv.FormatInt(at.Unix(), 10))
		}
		if in.Save {
			f.Set("payment_intent_data[setup_future_usage]", usage(in))
			if in.Holder == "" {
				f.Set("customer_creation", "always")
			}
		}
	}
	if in.Holder != "" {
		f.Set("customer", in.Holder)
	}
	var s session
	if err := c.post(ctx, "/v1/checkout/sessions", f, in.Key+":open", &s); err != nil {
		return provider.Opened{}, err
	}
	return provider.Opened{Ref: s.ID, URL: s.URL}, nil
}

// openSaved pays at once with a saved card. The issuer's challenge, if there is one, is at the URL.
func (c *Client) openSaved(ctx context.Context, in provider.Intent) (provider.Opened, error) {
	if in.Means != provider.Card || in.Holder == "" {
		return provider.Opened{}, errIntent
	}
	f := intentForm(in, saved)
	f.Set("customer", in.Holder)
	f.Set("payment_method", in.Saved)
	f.Set("confirm", "true")
	if in.Recurring { // nobody is there to be challenged: the agreement's own 3-D Secure stands for it, as the issuer sees fit
		f.Set("off_session", "true")
		f.Set("payment_method_options[card][request_three_d_secure]", "automatic")
	} else {
		f.Set("return_url", in.Return)
	}
	var i intent
	err := c.post(ctx, "/v1/payment_intents", f, in.Key+":open", &i)
	if e, ok := said(err); ok && e.Type == "card_error" && e.Intent.ID != "" {
		return provider.Opened{Ref: e.Intent.ID}, nil // declined: Look says why
	}
	if err != nil {
		return provider.Opened{}, err
	}
	return found{intent: &i}.opened(), nil
}

// openInline makes a charge for Stripe's frame in our page.
func (c *Client) openInline(ctx context.Context, in provider.Intent) (provider.Opened, error) {
	f := intentForm(in, inline)
	if in.Save && in.Holder == "" {
		var holder struct {
			ID string `json:"id"`
		}
		who := url.Values{}
		who.Set("metadata["+metaKey+"]", in.Key)
		if err := c.post(ctx, "/v1/customers", who, in.Key+":holder", &holder); err != nil {
			return provider.Opened{}, err
		}
		in.Holder = holder.ID
	}
	if in.Holder != "" {
		f.Set("customer", in.Holder)
	}
	if in.Save {
		f.Set("setup_future_usage", usage(in))
	}
	var i intent
	if err := c.post(ctx, "/v1/payment_intents", f, in.Key+":open", &i); err != nil {
		return provider.Opened{}, err
	}
	return found{intent: &i}.opened(), nil
}

// intentForm is what every PaymentIntent of ours says.
func intentForm(in provider.Intent, way string) url.Values {
	f := url.Values{}
	f.Set("amount", strconv.FormatInt(in.Amount, 10))
	f.Set("currency", "jpy")
	f.Set("description", title(in))
	meta(f, "", in, way)
	if in.Means == provider.Convenience {
		f.Set("payment_method_types[0]", "konbini")
		f.Set("payment_method_options[konbini][expires_at]", strconv.FormatInt(in.Deadline.Unix(), 10))
		return f
	}
	f.Set("payment_method_types[0]", "card")
	f.Set("payment_method_options[card][request_three_d_secure]", "any")
	f.Set("capture_method", captureMethod(in))
	return f
}

func meta(f url.Values, under string, in provider.Intent, way string) {
	if under == "" {
		under = "metadata"
	} else {
		under += "[metadata]"
	}
	f.Set(under+"["+metaKey+"]", in.Key)
	f.Set(under+"["+metaWay+"]", way)
	f.Set(under+"["+metaOrder+"]", in.Order)
}

// usage is what a card is kept for: its holder's own purchases, or a fee that is taken without them.
func usage(in provider.Intent) string {
	if in.Recurring {
		return "off_session"
	}
	return "on_session"
}

func captureMethod(in provider.Intent) string {
	if in.Capture {
		return "automatic"
	}
	return "manual"
}

// title is what the purchaser reads on the page and the shop in its list at Stripe.
func title(in provider.Intent) string {
	return in.Lang.Pick("ご注文 "+in.Order+"("+in.Shop+")", "Order "+in.Order+" ("+in.Shop+")")
}

// expires is when Stripe closes a card's page: at the deadline, as far as Stripe has it so. A minute is left for the way.
func expires(now, deadline time.Time) (time.Time, bool) {
	switch left := deadline.Sub(now); {
	case deadline.IsZero(), left > 24*time.Hour-time.Minute:
		return time.Time{}, false // Stripe's own 24 hours
	case left < 31*time.Minute:
		return now.Add(31 * time.Minute), true
	}
	return deadline, true
}

// days is how many of a konbini number's days, which end at midnight in Japan, fit before the deadline.
func days(now, deadline time.Time) int {
	return min(60, max(1, int(deadline.Sub(now)/(24*time.Hour))))
}
