package paysim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/secret"
)

// Ready is what other programs are told when it is open.
type Ready struct {
	URL string `json:"url"` // the dashboard; hosted pages are below it
	API string `json:"api"`
}

// Ready says where it is.
func (s *Simulator) Ready() Ready { return Ready{URL: s.URL, API: s.API} }

// An Account is a merchant's new one: what a shop's settings take.
type Account struct {
	ID      string
	Key     secret.Text
	Notices secret.Text // what its notices are signed with
}

// A Control has the hands of whoever runs a simulator in another process: the demo.
type Control struct {
	api    string
	key    secret.Token
	client *http.Client
}

// NewControl reaches the simulator at that address of its interface.
func NewControl(api string, key secret.Token) (*Control, error) {
	client, err := egress.Configured([]string{api}, egress.Limits{}, egress.Net{})
	if err != nil {
		return nil, err
	}
	return &Control{api, key, client}, nil
}

// OpenAccount makes an account for a shop. Notices is where its news goes; empty sends none.
func (c *Control) OpenAccount(ctx context.Context, shop, notices string) (Account, error) {
	var a struct {
		ID   string `json:"id"`
		Key  string `json:"key"`
		Sign string `json:"notice_secret"`
	}
	if err := c.do(ctx, "/control/accounts", map[string]string{"name": shop, "notices": notices}, &a); err != nil {
		return Account{}, fmt.Errorf("open simulated account: %w", err)
	}
	return Account{ID: a.ID, Key: secret.NewText(a.Key), Notices: secret.NewText(a.Sign)}, nil
}

// Notify says where an account's news goes from now on; empty sends none.
func (c *Control) Notify(ctx context.Context, account, notices string) error {
	if err := c.do(ctx, "/control/accounts/"+url.PathEscape(account), map[string]string{"notices": notices}, nil); err != nil {
		return fmt.Errorf("direct simulated notices: %w", err)
	}
	return nil
}

// do posts and reads the answer into out; nil reads none.
func (c *Control) do(ctx context.Context, path string, in map[string]string, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.api+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.key.Reveal())
	res, err := c.client.Do(req)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}
