package e2e_test

import (
	"context"
	"image"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
)

// A walk is a house with something of everything to look at.
type walk struct {
	*servertest.Server
	shop    servertest.Shop
	names   map[string]string // what routes name
	cart    []string          // a form that puts something in the cart
	checked map[string]bool   // routes whose page was looked at
}

func prepare(t *testing.T) *walk {
	t.Helper()
	w := &walk{Server: servertest.New(t), checked: map[string]bool{}}
	w.shop = w.OpenShop(t, "tea")
	p := w.Product(t, w.shop, catalog.In{Name: "湯呑", Handle: "cup", Description: "手びねり。", Variants: []catalog.VariantIn{{Price: 3_300}}}, 9)
	picture, err := w.Pictures.Draw(t.Context(), db.Scope{Actor: w.shop.Owner, Shop: w.shop.ID, Request: "test"}, image.NewRGBA(image.Rect(0, 0, 40, 40)))
	if err != nil {
		t.Fatal(err)
	}
	w.names = map[string]string{"shop": id.String(w.shop.ID), "product": id.String(p.ID), "variant": id.String(p.Variants[0].ID),
		"method": id.String(w.shop.Method.ID), "handle": "cup", "slug": "ware", "code": "1040061", "token": "AAAAAAAAAAAAAAAA", "file": picture.Digest + "-40.png"}
	w.Write(t, w.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		if _, err := w.Catalog.AttachImage(ctx, tx, p.ID, picture); err != nil {
			return err
		}
		_, err := w.Catalog.CreateCategory(ctx, tx, catalog.Category{Name: "器", Slug: "ware"})
		return err
	})
	w.cart = []string{"variant", id.String(p.Variants[0].ID), "quantity", "1"}
	return w
}

// checkout leads a visitor from the shop to the checkout.
func (w *walk) checkout(t *testing.T, lang string) *servertest.Browser {
	t.Helper()
	b := w.Browse(t, w.shop.Origin)
	b.Lang = lang
	must(t, b.Post("/products/cup", w.cart...), 303)
	over := must(t, b.Post("/checkout"), 303)
	b = b.At(w.Book.Door(place.Account, servertest.Domain))
	must(t, b.Get(over.Location()), 303)
	return b
}

func (w *walk) door(t *testing.T, d place.Door, lang string) *servertest.Browser {
	t.Helper()
	b := w.Door(t, d)
	b.Lang = lang
	return b
}

// member looks at what somebody with an account at the shop sees.
func (w *walk) member(t *testing.T, base, lang string) {
	t.Helper()
	b := w.checkout(t, lang)
	w.look(t, "register, wrong "+lang, b.Post(base+"/register", "name", "", "email", "x"), 422, lang)
	w.look(t, "member's log-in, wrong "+lang, b.Post(base+"/login", "email", "nobody@example.com", "password", "x"), 401, lang)
	w.look(t, "member's reset, sent "+lang, b.Post(base+"/reset", "email", "nobody@example.com"), 200, lang)
	must(t, b.Post(base+"/register", "name", "山田 花子", "email", "member-"+lang+"@example.com", "password", "twenty-seven indigo cups"), 303)
	w.routes(t, "account, member", w.Doors.ByDoor[place.Account], b, lang)
	w.look(t, "password, wrong "+lang, b.Post(base+"/me/password", "old", "x", "password", "y"), 422, lang)
}

// join looks at what an invited person sees.
func (w *walk) join(t *testing.T, owner *servertest.Browser, lang string) {
	t.Helper()
	to := "packer-" + lang + "@example.com"
	must(t, owner.Post("/"+w.names["shop"]+"/staff/invitations", "email", to, "role", "packer"), 303)
	link := regexp.MustCompile(`/join/[^\s"]+`).FindString(letterTo(t, w.Server, to, "/join/").Text)
	b := w.door(t, place.Admin, lang)
	w.look(t, "invitation "+lang, b.Get(link), 200, lang)
	w.look(t, "invitation, wrong "+lang, b.Post(link, "name", ""), 422, lang)
	must(t, b.Post(link, "name", "鈴木 一", "email", to, "password", "twenty-seven indigo cups"), 303)
	w.look(t, "invitation, accepted "+lang, b.Get(link), 200, lang)
	w.look(t, "staff, waiting "+lang, owner.Get("/"+w.names["shop"]+"/staff"), 200, lang)
}

// TestEveryPageOfEveryDoor looks at every page that the doors' route tables name, in both languages, as a visitor and as
// who works there: the headers' defences, nothing inline or from elsewhere, and what WCAG 2.2 AA asks of the markup.
func TestEveryPageOfEveryDoor(t *testing.T) {
	t.Parallel()
	w := prepare(t)
	mails, err := server.OpenMailSink(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer mails.Close()
	if _, err := w.Signup.Account(t.Context(), signup.Person{Name: "見本 運営", Email: "operator@example.com", Password: secret.NewText(vaulttest.Password),
		Lang: i18n.Ja, Population: vault.OperatorStaff, Network: "192.0.2.1", Request: "test"}); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"ja", "en"} {
		buyer := w.checkout(t, lang)
		base := "/s/" + w.names["shop"]
		form := []string{"name", "山田 花子", "furigana", "ヤマダ ハナコ", "postcode", "104-0061", "prefecture", "13", "city", "中央区", "street", "銀座1-2-3",
			"phone", "03-1234-5678", "email", "hanako@example.jp", "payment", "cod", "shipping", w.names["method"], "act", "confirm"}
		w.look(t, "checkout "+lang, buyer.Get(base+"/checkout"), 200, lang)
		w.look(t, "checkout, wrong "+lang, buyer.Post(base+"/checkout", "act", "confirm"), 422, lang)
		shown := buyer.Post(base+"/checkout", form...)
		w.look(t, "confirmation "+lang, shown, 200, lang)
		thanks := must(t, buyer.Post(base+"/checkout/place", carried(shown.Body)...), 303)
		w.names["order"] = strings.Split(thanks.Location(), "/")[4]
		link := regexp.MustCompile(`/s/\S+/open/(\S+)`).FindStringSubmatch(letterTo(t, w.Server, "hanako@example.jp", "/orders/"+w.names["order"]+"/").Text)
		w.names["link"] = link[1]
		must(t, buyer.Get(link[0]), 303)
		w.routes(t, "account, purchaser", w.Doors.ByDoor[place.Account], buyer, lang)
		w.member(t, base, lang)

		owner := w.door(t, place.Admin, lang)
		must(t, owner.Post("/login", "email", w.shop.Email, "password", vaulttest.Password), 303)
		w.routes(t, "admin, owner", w.Doors.ByDoor[place.Admin], owner, lang)
		at := "/" + w.names["shop"]
		w.look(t, "order, shown "+lang, owner.Post(at+"/orders/"+w.names["order"]+"/show", "purpose", "order-ship"), 200, lang)
		w.look(t, "slip "+lang, owner.Post(at+"/orders/"+w.names["order"]+"/slip"), 200, lang)
		w.look(t, "product, wrong "+lang, owner.Post(at+"/products/new", "name", "", "variants.0.price", "x", "variants.0.on", "on"), 422, lang)

		operator := w.door(t, place.Ops, lang)
		must(t, operator.Post("/login", "email", "operator@example.com", "password", vaulttest.Password), 303)
		w.routes(t, "ops, operator", w.Doors.Ops, operator, lang)
		sink := w.Browse(t, mails.URL)
		sink.Lang = lang
		w.look(t, "mail, none "+lang, sink.Get("/"), 200, lang)

		shopper := w.Browse(t, w.shop.Origin)
		shopper.Lang = lang
		w.routes(t, "storefront", w.Doors.Storefront, shopper, lang)
		must(t, shopper.Post("/products/cup", w.cart...), 303)
		w.routes(t, "storefront, with a cart", w.Doors.Storefront, shopper, lang)
		w.look(t, "reset, sent "+lang, w.door(t, place.Admin, lang).Post("/reset", "email", "nobody@example.com"), 200, lang)
		w.look(t, "log-in, wrong "+lang, w.door(t, place.Admin, lang).Post("/login", "email", "nobody@example.com", "password", "x"), 401, lang)
		w.look(t, "sign-up, wrong "+lang, w.door(t, place.Admin, lang).Post("/signup", "email", "x"), 422, lang)
		w.join(t, owner, lang)
		w.look(t, "not found "+lang, shopper.Get("/nothing"), 404, lang)
		for _, d := range []place.Door{place.Admin, place.Account, place.Ops, place.Media} {
			w.routes(t, string(d)+", visitor", w.Doors.ByDoor[d], w.door(t, d, lang), lang)
		}
	}
	if len(w.checked) < 80 {
		t.Errorf("looked at %d pages only", len(w.checked))
	}
}

var param = regexp.MustCompile(`\{(\w+|\$)(\.\.\.)?\}`)

// routes asks for every page of a door.
func (w *walk) routes(t *testing.T, who string, m *frame.Mux, b *servertest.Browser, lang string) {
	t.Helper()
	for _, r := range m.Routes() {
		if r.Method != "GET" || strings.Contains(r.Pattern, "{asset") {
			continue
		}
		path := param.ReplaceAllStringFunc(r.Pattern, func(p string) string { return w.names[param.FindStringSubmatch(p)[1]] })
		if strings.HasPrefix(path, "//") {
			continue
		}
		a := b.Get(path)
		for range 2 { // a page asked for in its clean form, or the log-in
			if a.Status != 303 || !strings.HasPrefix(a.Location(), "/") {
				break
			}
			a = b.Get(a.Location())
		}
		w.look(t, who+" "+path+" "+lang, a, 0, lang)
	}
}

// look checks one answer; status 0 is any but the server's own failure.
func (w *walk) look(t *testing.T, where string, a servertest.Answer, status int, lang string) {
	t.Helper()
	bad := func(format string, args ...any) { t.Helper(); t.Errorf(where+": "+format, args...) }
	if status != 0 && a.Status != status || a.Status >= 500 {
		bad("status %d, want %d: %s", a.Status, status, words(a.Body))
	}
	policy := a.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		bad("policy %q", policy)
	}
	if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Referrer-Policy") == "" {
		bad("headers %v", a.Header)
	}
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.Body == "" {
		return
	}
	w.checked[where] = true
	doc, err := html.Parse(strings.NewReader(a.Body))
	if err != nil {
		bad("%v", err)
		return
	}
	p := &markupCheck{bad: bad, lang: lang, policy: policy, ids: map[string]int{}, labels: map[string]bool{}, inside: w.inside}
	p.gather(doc)
	p.walk(doc, nil)
	p.whole()
}

// inside says that an address is the service's own.
func (w *walk) inside(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Host == "" && u.Scheme == "" || u.Scheme == "http" && (strings.HasSuffix(u.Hostname(), "."+servertest.Domain) || u.Hostname() == "127.0.0.1"))
}

// A markupCheck looks at one page.
type markupCheck struct {
	bad          func(string, ...any)
	lang, policy string
	ids          map[string]int
	labels       map[string]bool // ids that a label names
	refs         []string        // ids that must be there
	h1, mains    int
	title, doc   string
	inside       func(string) bool
}

func (p *markupCheck) gather(n *html.Node) {
	if v := attr(n, "id"); v != "" {
		p.ids[v]++
	}
	if n.Type == html.ElementNode && n.Data == "label" {
		p.labels[attr(n, "for")] = strings.TrimSpace(said(n)) != ""
	}
	for c := range n.ChildNodes() {
		p.gather(c)
	}
}

func (p *markupCheck) walk(n *html.Node, above []string) {
	if n.Type == html.ElementNode {
		p.element(n, above)
		above = append(above[:len(above):len(above)], n.Data)
	}
	for c := range n.ChildNodes() {
		p.walk(c, above)
	}
}

func (p *markupCheck) element(n *html.Node, above []string) {
	p.attributes(n)
	name := strings.TrimSpace(said(n) + attr(n, "aria-label"))
	switch n.Data {
	case "html":
		p.doc = attr(n, "lang")
	case "title":
		p.title += strings.TrimSpace(said(n))
	case "h1":
		p.h1++
	case "main":
		p.mains++
	case "style":
		p.bad("an inline style sheet")
	case "script":
		p.script(n)
	case "img":
		if !has(n, "alt") {
			p.bad("a picture without alt: %s", attr(n, "src"))
		}
	case "input", "select", "textarea":
		kind := attr(n, "type")
		if kind == "hidden" || kind == "submit" || kind == "button" {
			return
		}
		if attr(n, "aria-label") == "" && !p.labels[attr(n, "id")] && !slices.Contains(above, "label") {
			p.bad("a field without a label: %s %s", n.Data, attr(n, "name"))
		}
	case "button", "a", "summary", "legend", "th", "caption", "label", "h2", "h3":
		hidden := attr(n, "aria-hidden") == "true"
		if n.Data == "a" && !has(n, "href") {
			p.bad("a link that leads nowhere: %s", name)
		}
		if name == "" && !hidden && n.Data != "label" {
			p.bad("a nameless %s %v", n.Data, n.Attr)
		}
	case "meta":
		if strings.Contains(attr(n, "content"), "user-scalable") || strings.Contains(attr(n, "content"), "maximum-scale") {
			p.bad("a page that cannot be enlarged")
		}
	case "fieldset":
		if !slices.ContainsFunc(children(n), func(c *html.Node) bool { return c.Data == "legend" }) && !has(n, "disabled") && attr(n, "class") != "grid-2" {
			p.bad("a fieldset without a legend: %v", n.Attr)
		}
	}
	if n.Data == "button" && slices.Contains(above, "a") || n.Data == "a" && slices.Contains(above, "button") || n.Data == "form" && slices.Contains(above, "form") {
		p.bad("%s within %v", n.Data, above)
	}
}

func (p *markupCheck) script(n *html.Node) {
	if attr(n, "type") == "application/ld+json" {
		return // data, not a program
	}
	if said(n) != "" || !strings.HasPrefix(attr(n, "src"), "/") {
		p.bad("an inline script")
	}
	if strings.Contains(p.policy, "'nonce-") && (attr(n, "nonce") == "" || !strings.Contains(p.policy, "'nonce-"+attr(n, "nonce")+"'")) {
		p.bad("a script without the policy's nonce")
	}
}

func (p *markupCheck) attributes(n *html.Node) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:"):
			p.bad("inline %s=%q", a.Key, a.Val)
		case a.Key == "src", a.Key == "action", a.Key == "formaction", a.Key == "href" && n.Data == "link":
			if a.Val != "" && !p.inside(a.Val) {
				p.bad("%s of another origin: %s", a.Key, a.Val)
			}
			if a.Val == "" && a.Key != "action" {
				p.bad("an empty %s", a.Key)
			}
		case a.Key == "srcset":
			for _, s := range strings.Split(a.Val, ",") {
				if at := strings.Fields(s); len(at) == 0 || !p.inside(at[0]) {
					p.bad("srcset of another origin: %s", s)
				}
			}
		case a.Key == "href" && n.Data == "a":
			p.link(n, a.Val)
		case a.Key == "aria-describedby", a.Key == "aria-labelledby", a.Key == "for", a.Key == "aria-controls":
			p.refs = append(p.refs, strings.Fields(a.Val)...)
		}
	}
}

func (p *markupCheck) link(n *html.Node, to string) {
	switch {
	case strings.HasPrefix(to, "#"):
		p.refs = append(p.refs, to[1:])
	case strings.HasPrefix(to, "mailto:"), strings.HasPrefix(to, "tel:"), p.inside(to):
	case !strings.Contains(attr(n, "rel"), "noopener") || !strings.Contains(attr(n, "rel"), "noreferrer"):
		p.bad("a link to elsewhere that tells from where: %s", to)
	}
}

func (p *markupCheck) whole() {
	if p.doc != p.lang {
		p.bad("lang=%q", p.doc)
	}
	if p.title == "" || p.h1 != 1 || p.mains != 1 {
		p.bad("title %q, %d h1, %d main", p.title, p.h1, p.mains)
	}
	for v, n := range p.ids {
		if n > 1 {
			p.bad("id %s %d times", v, n)
		}
	}
	for _, r := range p.refs {
		if p.ids[r] == 0 {
			p.bad("nothing has the id %q", r)
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func children(n *html.Node) []*html.Node { return slices.Collect(n.ChildNodes()) }

// said is an element's text, pictures' included.
func said(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	out := attr(n, "alt")
	for c := range n.ChildNodes() {
		out += said(c)
	}
	return out
}
