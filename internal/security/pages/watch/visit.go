package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/noren-shop/noren/internal/security/pages"
)

// ask is one request as a browser makes it. Redirects are followed.
func (w *Watcher) ask(ctx context.Context, method, address string, form url.Values) (*http.Response, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	if !w.own(r.URL) {
		return nil, errAway
	}
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Accept-Language", "ja")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return w.client.Do(r)
}

// address is where a page is.
func (w *Watcher) address(p pages.Page) string {
	return w.conf.Doors[p.Door] + strings.ReplaceAll(p.Pattern, "{shop}", w.shop)
}

// visit comes to a page.
func (w *Watcher) visit(ctx context.Context, p pages.Page) (*http.Response, error) {
	if p.Watched == pages.ByCart {
		return w.checkout(ctx)
	}
	if w.shop == "" && strings.Contains(p.Pattern, "{shop}") {
		return nil, errors.New("the way to the shop's pages leads through its cart, which could not be filled")
	}
	return w.ask(ctx, http.MethodGet, w.address(p), nil)
}

var checkoutPath = regexp.MustCompile(`^/s/(\d+)/checkout$`)

// checkout goes on from the cart to the account's origin, with a token of one use each time. A cart that is empty is filled.
func (w *Watcher) checkout(ctx context.Context) (*http.Response, error) {
	for range 2 {
		got, err := w.ask(ctx, http.MethodPost, w.conf.Shop+"/checkout", url.Values{})
		if err != nil {
			return nil, err
		}
		if m := checkoutPath.FindStringSubmatch(got.Request.URL.Path); m != nil && got.StatusCode == http.StatusOK {
			w.shop = m[1]
			return got, nil
		}
		got.Body.Close()
		if got.StatusCode >= http.StatusInternalServerError {
			return nil, fmt.Errorf("the cart answers %d", got.StatusCode)
		}
		if err := w.fill(ctx); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("the cart does not lead to the checkout")
}

const tries = 12 // products that are tried until one can be bought

// fill puts the first product that can be bought into the cart.
func (w *Watcher) fill(ctx context.Context) error {
	home, err := w.tags(ctx, w.conf.Shop+"/")
	if err != nil {
		return fmt.Errorf("look at the shop: %w", err)
	}
	var products []string
	for _, t := range home {
		if h := of(t, "href"); t.Data == "a" && strings.HasPrefix(h, "/products/") && !slices.Contains(products, h) {
			products = append(products, h)
		}
	}
	for _, p := range products[:min(tries, len(products))] {
		tags, err := w.tags(ctx, w.conf.Shop+p)
		if err != nil {
			return fmt.Errorf("look at a product: %w", err)
		}
		action, form := buyForm(tags)
		if action == "" {
			continue // sold out
		}
		got, err := w.ask(ctx, http.MethodPost, w.conf.Shop+action, form)
		if err != nil {
			return fmt.Errorf("fill the cart: %w", err)
		}
		got.Body.Close()
		if got.StatusCode == http.StatusOK && got.Request.Method == http.MethodGet { // it led on
			return nil
		}
	}
	return errors.New("the shop has nothing that can be put into a cart")
}

// buyForm is the product page's form, with the first choice of everything and one piece.
func buyForm(tags []html.Token) (action string, form url.Values) {
	form = url.Values{}
	for _, t := range tags {
		switch {
		case t.Data == "form":
			if action != "" {
				return action, form
			}
			if strings.Contains(of(t, "class"), "buy-form") {
				action = of(t, "action")
			}
		case t.Data == "input" && action != "":
			name := of(t, "name")
			if !has(t, "disabled") && !form.Has(name) {
				form.Set(name, of(t, "value"))
			}
		}
	}
	if action != "" {
		form.Set("quantity", "1")
	}
	return action, form
}

// tags are a page's opening tags.
func (w *Watcher) tags(ctx context.Context, address string) ([]html.Token, error) {
	got, err := w.ask(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %d", got.StatusCode)
	}
	var out []html.Token
	z := html.NewTokenizer(io.LimitReader(got.Body, maxBody))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() == io.EOF {
				return out, nil
			}
			return nil, fmt.Errorf("read page: %w", z.Err())
		case html.StartTagToken, html.SelfClosingTagToken:
			out = append(out, z.Token())
		}
	}
}

func of(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(t html.Token, name string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == name })
}
