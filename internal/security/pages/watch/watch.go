// Package watch is the watcher: a process of its own that asks for the pages where people log in and pay, as a visitor
// from outside does, each minute, and compares what came with what this release's program is made of.
//
// It guarantees that it looks like an ordinary visitor, follows the way to the checkout through a shop's cart, fetches
// every script and compares its hash, and keeps what it has found in a file of its own until somebody asks. The server
// asks; the watcher never writes to the server, so that one who holds the server cannot make it forget. It refuses
// addresses other than the service's own, and answers without end.
package watch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/security/pages"
)

// Config of a watcher.
type Config struct {
	Inventory pages.Inventory
	Client    *http.Client      // egress's, for the public addresses alone; the watcher gives it cookies and has it follow redirects
	Doors     map[string]string // origins by door's name: "account", "admin", "ops"
	Shop      string            // origin of the storefront whose cart leads to the checkout; "" looks at no page of a shop
	Dir       string            // its own folder
	Every     time.Duration     // 0 is a minute
	Now       func() time.Time
	Log       *slog.Logger
}

const (
	maxBody   = 4 << 20
	redirects = 5
	// agent is an ordinary one: a page that is clean for watchers only must not pass.
	agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
)

// A Watcher looks.
type Watcher struct {
	conf   Config
	memory *memory
	client *http.Client
	shop   string            // the shop's number, once the cart's way has shown it
	nonces map[string]string // the last of each page
}

// Open makes a watcher with what it remembers.
func Open(c Config) (*Watcher, error) {
	if c.Every == 0 {
		c.Every = time.Minute
	}
	m, err := openMemory(c.Dir)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("open watcher: %w", err)
	}
	w := &Watcher{conf: c, memory: m, nonces: map[string]string{}, client: c.Client}
	w.client.Jar, w.client.CheckRedirect = jar, w.redirect
	return w, nil
}

// Close closes its file.
func (w *Watcher) Close() error { return w.memory.close() }

var errAway = errors.New("it leads away from the service")

// redirect follows the service's own addresses only.
func (w *Watcher) redirect(r *http.Request, via []*http.Request) error {
	if len(via) > redirects {
		return errors.New("it leads around in circles")
	}
	if !w.own(r.URL) {
		return errAway
	}
	return nil
}

// own says whether an address is one of the service's origins that are looked at.
func (w *Watcher) own(u *url.URL) bool {
	origin := u.Scheme + "://" + u.Host
	if origin == w.conf.Shop {
		return true
	}
	for _, o := range w.conf.Doors {
		if o == origin {
			return true
		}
	}
	return false
}

// Run looks each minute until the context ends.
func (w *Watcher) Run(ctx context.Context) {
	tick := time.NewTicker(w.conf.Every)
	defer tick.Stop()
	for {
		if _, err := w.Round(ctx); err != nil && ctx.Err() == nil {
			w.conf.Log.Error("look at pages", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Round looks at every page once and keeps what it saw.
func (w *Watcher) Round(ctx context.Context) (pages.Round, error) {
	r := pages.Round{AtMS: w.conf.Now().UnixMilli()}
	list := slices.Clone(w.conf.Inventory.Pages)
	slices.SortStableFunc(list, func(a, b pages.Page) int { // the cart's way first: it shows the shop's number
		return rank(a.Watched) - rank(b.Watched)
	})
	for _, p := range list {
		if p.Watched == pages.NotWatched || w.conf.Doors[p.Door] == "" || w.conf.Shop == "" && strings.Contains(p.Pattern, "{shop}") {
			continue
		}
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		res := w.page(ctx, p)
		for _, d := range res.Differences {
			w.conf.Log.Warn("a page differs", "page", res.Page, "code", d.Code, "what", d.What, "note", d.Note)
		}
		r.Pages = append(r.Pages, res)
	}
	return w.memory.add(r)
}

func rank(w pages.Watched) int {
	if w == pages.ByCart {
		return 0
	}
	return 1
}

// page looks at one page.
func (w *Watcher) page(ctx context.Context, p pages.Page) pages.Result {
	began := time.Now()
	res := pages.Result{Page: p.Key(), Outcome: pages.Away, Files: map[string]string{}}
	got, err := w.visit(ctx, p)
	if err == nil {
		defer got.Body.Close()
		res.Status = got.StatusCode
		err = w.judge(ctx, p, got, &res)
	}
	if err != nil {
		res.Differences = append(res.Differences, pages.Difference{Code: pages.Unreachable, What: "page", Note: reason(err)})
	}
	res.TookMS = time.Since(began).Milliseconds()
	return res
}

// judge compares an answer with the inventory.
func (w *Watcher) judge(ctx context.Context, p pages.Page, got *http.Response, res *pages.Result) error {
	if got.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %d", got.StatusCode)
	}
	if want := w.address(p); got.Request.URL.String() != want {
		return fmt.Errorf("another page came instead: %s", got.Request.URL.Path)
	}
	if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		return errors.New("what came is no page")
	}
	l, err := pages.Read(p, got.Request.URL, got.StatusCode, got.Header, io.LimitReader(got.Body, maxBody))
	if err != nil {
		return err
	}
	w.fetch(ctx, got.Request.URL, &l, res)
	res.Headers = digest(l.Header)
	res.Differences = append(res.Differences, pages.Compare(w.conf.Inventory, p, got.Request.URL, l)...)
	if l.Nonce != "" && l.Nonce == w.nonces[res.Page] {
		res.Differences = append(res.Differences, pages.Difference{Code: pages.HeaderChanged, What: "nonce", Note: "two answers have the same nonce"})
	}
	w.nonces[res.Page] = l.Nonce
	if got.TLS != nil && len(got.TLS.PeerCertificates) > 0 {
		end := got.TLS.PeerCertificates[0].NotAfter
		res.Certificate = end.UnixMilli()
		if d, found := pages.Expiring(end, w.conf.Now()); found {
			res.Differences = append(res.Differences, d)
		}
	}
	res.Outcome = pages.Same
	if len(res.Differences) > 0 {
		res.Outcome = pages.Changed
	}
	return nil
}

// fetch asks for every file of our own origin that the page names, and notes its hash.
func (w *Watcher) fetch(ctx context.Context, at *url.URL, l *pages.Look, res *pages.Result) {
	for i, u := range l.Uses {
		a, err := url.Parse(u.Address)
		if u.Address == "" || err != nil || a.Host != at.Host || u.Tag != "script" && !strings.HasPrefix(u.Tag, "link ") {
			continue
		}
		sum, err := w.hash(ctx, u.Address)
		if err != nil {
			res.Differences = append(res.Differences, pages.Difference{Code: pages.Unreachable, What: a.Path, Note: a.Path + ": " + reason(err)})
			continue
		}
		l.Uses[i].SHA256, res.Files[a.Path] = sum, sum
	}
}

func (w *Watcher) hash(ctx context.Context, address string) (string, error) {
	got, err := w.ask(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return "", fmt.Errorf("it answers %d", got.StatusCode)
	}
	h := sha256.New()
	if n, err := io.Copy(h, io.LimitReader(got.Body, maxBody)); err != nil || n == maxBody {
		return "", errors.Join(err, errors.New("it does not end"))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// reason is an error without the address that was asked for, which may hold a token.
func reason(err error) string {
	if u, is := errors.AsType[*url.Error](err); is {
		return u.Err.Error()
	}
	return err.Error()
}

func digest(header map[string]string) string {
	names := make([]string, 0, len(header))
	for n := range header {
		names = append(names, n)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, n := range names {
		fmt.Fprintf(h, "%s: %s\n", n, header[n])
	}
	return hex.EncodeToString(h.Sum(nil))
}
