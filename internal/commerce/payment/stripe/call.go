package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
)

// The refusals that people may read.
var (
	errAway = fault.Unavailable(fault.Text{Ja: "決済会社に接続できません。少し待ってから、もう一度お試しください。",
		En: "The payment provider cannot be reached. Wait a moment, then try again."})
	errKey = fault.Denied(fault.Text{Ja: "決済会社がショップの接続キーを受け付けません。ショップの決済設定を確認してください。",
		En: "The payment provider does not accept the shop's key. Check the shop's payment settings."})
	errNone    = fault.NotFound(fault.Text{Ja: "この支払いは決済会社にありません。", En: "The payment provider has no such payment."})
	errRefused = fault.Conflict(fault.Text{Ja: "この支払いの状態では、この操作はできません。", En: "The payment's state does not allow this."})
)

// An apiError is what Stripe said, without its message, which may repeat what was typed.
type apiError struct {
	Status  int    `json:"-"`
	Request string `json:"-"`
	Type    string `json:"type"`
	Code    string `json:"code"`
	Decline string `json:"decline_code"`
	Param   string `json:"param"`
	Intent  struct {
		ID string `json:"id"`
	} `json:"payment_intent"`
}

// Error is for the operator's log.
func (e *apiError) Error() string {
	return fmt.Sprintf("stripe: status %d, type %q, code %q, decline %q, param %q, request %q", e.Status, e.Type, e.Code, e.Decline, e.Param, e.Request)
}

// idempotency says that the key was used with other parameters.
func (e *apiError) idempotency() bool {
	return e.Type == "idempotency_error" && e.Status == http.StatusBadRequest
}

// fault is what the error means to a caller. What Stripe may answer otherwise later is Unavailable.
func (e *apiError) fault() *fault.Fault {
	switch {
	case e.Status < 400, e.Status >= 500, e.Status == http.StatusTooManyRequests, e.Status == http.StatusConflict, e.Code == "lock_timeout",
		e.Type == "idempotency_error" && e.Code == "idempotency_key_in_use":
		return errAway.Because(e)
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return errKey.Because(e)
	case e.Status == http.StatusNotFound:
		return errNone.Because(e)
	}
	return errRefused.Because(e)
}

// said finds what Stripe said in an error of get or post.
func said(err error) (*apiError, bool) { return errors.AsType[*apiError](err) }

func (c *Client) get(ctx context.Context, path string, query url.Values, into any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.do(ctx, http.MethodGet, path, nil, "", into)
}

func (c *Client) post(ctx context.Context, path string, form url.Values, key string, into any) error {
	return c.do(ctx, http.MethodPost, path, form, key, into)
}

// do asks once. A caller who hears nothing asks again with the same key, which does the work once.
func (c *Client) do(ctx context.Context, method, path string, form url.Values, key string, into any) error {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("ask stripe: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.account.Key.Reveal())
	req.Header.Set("Stripe-Version", Version)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return errAway.Because(fmt.Errorf("ask stripe: %w", err))
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return errAway.Because(fmt.Errorf("read stripe's answer: %w", err))
	}
	if resp.StatusCode != http.StatusOK {
		return c.failure(resp, b)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return errAway.Because(fmt.Errorf("read stripe's answer: %w", err))
	}
	return nil
}

func (c *Client) failure(resp *http.Response, body []byte) error {
	var answer struct {
		Error apiError `json:"error"`
	}
	// A body that is no error of Stripe's (a proxy's page) leaves only the status, which is enough.
	_ = json.Unmarshal(body, &answer)
	e := answer.Error
	e.Status, e.Request = resp.StatusCode, resp.Header.Get("Request-Id")
	return e.fault()
}

var name = regexp.MustCompile(`^(cs|pi|pm|cus|re|po|ch)_[A-Za-z0-9_]{1,250}$`)

// object gives the path of an object. A name that is none of Stripe's is not looked for: it would change the path.
func object(kind, ref string) (string, error) {
	if !name.MatchString(ref) {
		return "", errNone
	}
	return kind + "/" + ref, nil
}

// each walks through a list's pages, newest first, until take says no more, at most so many pages.
func each[T interface{ name() string }](ctx context.Context, c *Client, path string, query url.Values, pages int, take func(T) bool) error {
	query.Set("limit", "100")
	for range pages {
		var page struct {
			Data []T  `json:"data"`
			More bool `json:"has_more"`
		}
		if err := c.get(ctx, path, query, &page); err != nil {
			return err
		}
		for _, t := range page.Data {
			if !take(t) {
				return nil
			}
		}
		if !page.More || len(page.Data) == 0 {
			return nil
		}
		query.Set("starting_after", page.Data[len(page.Data)-1].name())
	}
	return errTooMany
}

// errTooMany is a list that is longer than was thought possible: half of it would be a wrong answer.
var errTooMany = errors.New("stripe's list has more pages than are read")
