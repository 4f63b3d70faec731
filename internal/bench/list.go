package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/bench/load"
)

// listed is how many orders an admin's list shows.
const listed = 50

// lists is how many lists a round asks for: one after another, as one person does.
func (b *bencher) lists() int {
	if b.Quick {
		return 20
	}
	return 200
}

// list measures the admin's list of orders with the purchasers' names, each read through the vault.
func (b *bencher) list(ctx context.Context) error {
	owner, err := b.crowd.Owner(ctx, b.owner.Email, b.owner.Password)
	if err != nil {
		return err
	}
	call := func(do func() error) side {
		return func(context.Context, int) (load.Sample, error) {
			return load.Call(b.lists(), 1, func(int) error { return do() })
		}
	}
	err = b.versus(ctx, Row{Part: PartList, Name: fault.Text{Ja: "注文50件の一覧(氏名つき、保管庫経由)", En: "List of 50 orders with names through the vault"},
		Of: fault.Text{Ja: "比較: 氏名なしの一覧", En: "beside: the list without names"}, AtMost: 20 * time.Millisecond},
		call(func() error { return b.crowd.ListNamed(ctx, owner, listed) }), call(func() error { return b.crowd.List(ctx, owner, listed) }))
	if err != nil {
		return err
	}
	at := address(b.ready.Admin.URL)
	session, err := b.logIn(ctx, at)
	if err != nil {
		return err
	}
	req := load.Get("/"+id.String(b.crowd.Shop)+"/orders", "Cookie: "+session)
	res, body, err := load.Fetch(ctx, at, req)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || strings.Count(string(body), "/orders/") < listed {
		return fmt.Errorf("the admin's list answered %d with %d orders", res.StatusCode, strings.Count(string(body), "/orders/"))
	}
	return b.versus(ctx, Row{Part: PartList, Name: fault.Text{Ja: "管理画面の注文一覧ページ(HTTP)", En: "The admin's page of that list, over HTTP"},
		AtMost: 20 * time.Millisecond}, func(ctx context.Context, _ int) (load.Sample, error) {
		return load.Ask(ctx, load.Target{Address: at, Status: http.StatusOK, Next: func(int) []byte { return req }},
			load.Run{Conns: 1, Count: b.lists(), Time: time.Minute})
	}, nil)
}

// logIn is the owner's way in; it gives the session's cookie.
func (b *bencher) logIn(ctx context.Context, at string) (string, error) {
	form := url.Values{"email": {b.owner.Email}, "password": {b.owner.Password}}
	res, _, err := load.Fetch(ctx, at, load.Post("/login", []byte(form.Encode())))
	if err != nil {
		return "", err
	}
	for _, c := range res.Cookies() {
		if strings.HasSuffix(c.Name, "session") && c.Value != "" {
			return c.Name + "=" + c.Value, nil
		}
	}
	return "", fmt.Errorf("log-in answered %d without a session", res.StatusCode)
}
