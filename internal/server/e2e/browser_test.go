// Package e2e_test walks through a running house as people do, with a real browser, and looks at what it left behind.
//
// It guarantees that the thread through all wings holds: an owner opens a shop, a purchaser buys, the owner sends it. It
// refuses to look inside: what it knows it has read from pages and letters.
package e2e_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/noren-shop/noren/internal/server/servertest"
)

// patience bounds every single step in the browser.
const patience = 30 * time.Second

// chrome starts a browser that ends with the test: the one that NOREN_TEST_CHROMIUM names, else the system's.
func chrome(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("NOREN_TEST_CHROMIUM")
	if path == "" {
		path = "/usr/bin/chromium"
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("no Chromium here (NOREN_TEST_CHROMIUM names one)")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("accept-lang", "ja"))
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(opts...))
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// A person is somebody with a browser of their own: nobody else's cookies.
type person struct {
	*testing.T
	ctx  context.Context //nolint:containedctx // the browser's
	name string

	plain bool     // no JavaScript
	also  []string // other origins that this person is led to: the payment company's

	mu       sync.Mutex
	asked    int      // requests
	troubles []string // what the browser complained of, and requests that left the service
}

// visit gives somebody a fresh browser, and watches what it says and whom it asks.
func visit(t *testing.T, browser context.Context, name string) *person {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	p := &person{T: t, ctx: ctx, name: name}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(390, 844))
	return p
}

// hear keeps what must not be: errors and warnings of pages (broken policies are among them), and foreign requests.
func (p *person) hear(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	say := func(format string, args ...any) { p.troubles = append(p.troubles, fmt.Sprintf(format, args...)) }
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.asked++
		u, err := url.Parse(ev.Request.URL)
		inside := err == nil && (u.Scheme == "data" || u.Scheme == "about" || // these ask nobody
			u.Scheme == "http" && strings.HasSuffix(u.Hostname(), "."+servertest.Domain) ||
			slices.Contains(p.also, u.Scheme+"://"+u.Host))
		if !inside {
			say("asked another origin: %s", ev.Request.URL)
		}
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError || ev.Entry.Level == log.EntryLevelWarning || ev.Entry.Source == log.EntrySourceSecurity {
			say("%s: %s %s", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		say("exception: %s", ev.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
			say("console.%s", ev.Type)
		}
	}
}

// calm fails the test when the browser complained of anything.
func (p *person) calm() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked == 0 {
		p.Errorf("%s: the browser's requests were not seen", p.name)
	}
	for _, s := range p.troubles {
		p.Errorf("%s's browser: %s", p.name, s)
	}
}

func (p *person) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.stuck("act", err)
	}
}

// stuck ends the test with what the person sees.
func (p *person) stuck(what string, err error) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	seen, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + [...document.querySelectorAll("main input, main select")]
		.map((e) => e.name + "=" + e.value).join(" ") + "\n" + document.body.innerText`))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Fatalf("%s could not %s: %v\n%s\n%s", p.name, what, err, seen, strings.Join(p.troubles, "\n"))
}

// until waits for something to be true of the page.
func (p *person) until(js string) {
	p.Helper()
	late := time.Now().Add(patience)
	for {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](js))
		if err == nil && ok {
			return
		}
		if time.Now().After(late) {
			p.stuck("see that "+js, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// open goes to an address.
func (p *person) open(address string) {
	p.Helper()
	p.do(chromedp.Navigate(address))
	p.until(`document.readyState === "complete"`)
}

// press clicks what leads to another page, and waits for that page.
func (p *person) press(sel string) {
	p.Helper()
	p.until(`!!(document.documentElement.dataset.left = "1") && !!document.querySelector(` + quote(sel) + `)`)
	p.do(chromedp.Click(sel))
	p.until(`!document.documentElement.dataset.left && document.readyState === "complete"`)
}

// fill types into fields: name, value, name, value.
func (p *person) fill(fields ...string) {
	p.Helper()
	for i := 0; i+1 < len(fields); i += 2 {
		p.do(chromedp.SetValue(`main [name="`+fields[i]+`"]`, fields[i+1]))
	}
}

// sees waits for words on the page.
func (p *person) sees(words ...string) {
	p.Helper()
	for _, w := range words {
		p.until(`document.body.innerText.includes(` + quote(w) + `)`)
	}
}

// at waits for an address whose path ends like that.
func (p *person) at(end string) {
	p.Helper()
	p.until(`location.pathname.endsWith(` + quote(end) + `) && document.readyState === "complete"`)
}

// text is what stands somewhere.
func (p *person) text(js string) string {
	p.Helper()
	s, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](js))
	if err != nil {
		p.stuck("read "+js, err)
	}
	return s
}

func quote(s string) string { return fmt.Sprintf("%q", s) }
