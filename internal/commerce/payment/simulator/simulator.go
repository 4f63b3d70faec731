// Package simulator speaks to the payment simulator (`noren paysim`): the provider that `noren demo` and the tests have.
//
// It guarantees the same as every provider: one key is one act, an answer that did not come is fault.Unavailable, and a notice counts
// only with a fresh signature. It refuses answers that are not the documented shape.
package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// maxAnswer bounds an answer; a day's settlement is the largest.
const maxAnswer = 4 << 20

// A Provider is one account at the simulator.
type Provider struct {
	client  *http.Client
	account provider.Account
}

var _ provider.Provider = (*Provider)(nil)

// New makes it; the client is egress's for the account's endpoint.
func New(client *http.Client, a provider.Account) (*Provider, error) {
	if u, err := url.Parse(a.Endpoint); err != nil || u.Host == "" || a.Key.Len() == 0 {
		return nil, errors.New("open simulator: it needs an endpoint and a key")
	}
	a.Endpoint = strings.TrimSuffix(a.Endpoint, "/")
	return &Provider{client, a}, nil
}

var (
	errAway = fault.Unavailable(fault.Text{Ja: "決済会社から応答がありません。しばらくしてからお試しください。",
		En: "The payment company does not answer. Try again in a little while."})
	errMissing  = fault.NotFound(fault.Text{Ja: "決済会社に、この支払いの記録がありません。", En: "The payment company does not know this charge."})
	errConflict = fault.Conflict(fault.Text{Ja: "決済会社が、この状態では操作できないと答えました。", En: "The payment company says that the charge's state does not allow it."})
	errKey      = fault.Conflict(fault.Text{Ja: "決済会社が、このお店の接続情報を認めませんでした。", En: "The payment company does not accept this shop's keys."})
)

// call asks once, and reads the answer into out where there is one.
func (p *Provider) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.account.Endpoint+path, body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+p.account.Key.Reveal())
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := p.client.Do(req)
	if err != nil {
		return errAway.Because(err)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return errAway.Because(err)
	}
	if err := refusal(res.StatusCode); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := read(answer, out); err != nil {
		return errAway.Because(err) // what was done is not known: look, or call again
	}
	return nil
}

// refusal is what a status means.
func refusal(status int) error {
	why := fmt.Errorf("status %d", status)
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusNotFound:
		return errMissing.Because(why)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return errKey.Because(why)
	case status == http.StatusTooManyRequests || status >= 500:
		return errAway.Because(why)
	}
	return errConflict.Because(why)
}

// read takes one JSON value of the documented shape.
func read(b []byte, out any) error {
	if len(b) > maxAnswer {
		return errors.New("read answer: too large")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(out); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("read answer: more than one value")
	}
	return nil
}

// Open begins a charge. With Inline its hosted page may be shown in a frame by the origin that the purchaser returns to.
func (p *Provider) Open(ctx context.Context, in provider.Intent) (provider.Opened, error) {
	o := order{Key: in.Key, Amount: in.Amount, Means: string(in.Means), Order: in.Order, Shop: in.Shop, Lang: string(in.Lang), Capture: in.Capture,
		Return: in.Return, Saved: in.Saved, Save: in.Save, Holder: in.Holder, Absent: in.Recurring && in.Saved != ""}
	if in.Inline && in.Means == provider.Card {
		o.Frame = originOf(in.Return)
	}
	if !in.Deadline.IsZero() {
		o.Deadline = in.Deadline.UnixMilli()
	}
	var c charge
	if err := p.call(ctx, http.MethodPost, "/v1/charges", o, &c); err != nil {
		return provider.Opened{}, err
	}
	return provider.Opened{Ref: c.Ref, URL: c.URL}, nil
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Look is a charge by its name, or by its key where ref is empty.
func (p *Provider) Look(ctx context.Context, ref, key string) (provider.Charge, error) {
	if ref == "" {
		return p.charge(ctx, http.MethodGet, "/v1/charges?key="+url.QueryEscape(key), nil)
	}
	return p.charge(ctx, http.MethodGet, "/v1/charges/"+url.PathEscape(ref), nil)
}

// Capture takes what was set aside, or a part.
func (p *Provider) Capture(ctx context.Context, ref string, amount int64, key string) (provider.Charge, error) {
	return p.charge(ctx, http.MethodPost, "/v1/charges/"+url.PathEscape(ref)+"/capture", act{Key: key, Amount: amount})
}

// Void lets go of a charge that nothing was taken from.
func (p *Provider) Void(ctx context.Context, ref, key string) (provider.Charge, error) {
	return p.charge(ctx, http.MethodPost, "/v1/charges/"+url.PathEscape(ref)+"/void", act{Key: key})
}

// Refund gives back a part of what was captured.
func (p *Provider) Refund(ctx context.Context, ref string, amount int64, key string) (provider.Charge, error) {
	return p.charge(ctx, http.MethodPost, "/v1/charges/"+url.PathEscape(ref)+"/refund", act{Key: key, Amount: amount})
}

func (p *Provider) charge(ctx context.Context, method, path string, in any) (provider.Charge, error) {
	var c charge
	if err := p.call(ctx, method, path, in, &c); err != nil {
		return provider.Charge{}, err
	}
	return c.plain(), nil
}

// Settled lists what was paid out on a day.
func (p *Provider) Settled(ctx context.Context, day string) ([]provider.Settled, error) {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return nil, fmt.Errorf("list settlement: %w", err)
	}
	var rows []row
	if err := p.call(ctx, http.MethodGet, "/v1/settlements/"+day, nil, &rows); err != nil {
		return nil, err
	}
	out := make([]provider.Settled, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.plain())
	}
	return out, nil
}

// Forget removes a saved card.
func (p *Provider) Forget(ctx context.Context, saved string) error {
	return p.call(ctx, http.MethodDelete, "/v1/cards/"+url.PathEscape(saved), nil, nil)
}
