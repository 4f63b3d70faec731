//go:build unix

package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/mail/sink"
	"github.com/noren-shop/noren/internal/base/pan"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/migrations"
)

// TestNoCardNumberStays types cards into every route of every door of a service that runs in a process of its own: into path,
// query, headers, each field that a handler reads, JSON, files. Then it looks for them in all that the service keeps, has
// written, has sent, and holds in memory.
func TestNoCardNumberStays(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); typeCards(t, "") })
	if dbtest.Offered() {
		t.Run("postgres", func(t *testing.T) { t.Parallel(); typeCards(t, dbtest.Database(t, migrations.Schema())) })
	}
}

// typedSite is what the process tells of itself.
type typedSite struct {
	Doors map[string]string // door → its address
	Shop  int64
	Host  string // the storefront's
	Email string
}

const typedRole = "typed"

// TestTypedProcess is the service that the test above types into; by itself it has nothing to do.
func TestTypedProcess(t *testing.T) {
	if os.Getenv("NOREN_TEST_ROLE") != typedRole {
		return
	}
	c, log, err := load()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := child.Tied(t.Context())
	defer stop()
	err = server.Serve(ctx, server.ServeOptions{Config: c, Log: log, Environ: norenEnv(), Ports: true,
		Raise: func(_ context.Context, e signal.Event) { fmt.Println("@RAISED", e.Code, e.Where, e.About, e.Note) },
		Ready: func(h *server.House, book *place.Book) {
			s := &servertest.Server{House: h, Book: book}
			shop := s.OpenShop(t, "tea")
			s.Product(t, shop, catalog.In{Name: marker, Variants: []catalog.VariantIn{{Price: 1_080}}}, 5)
			site := typedSite{Doors: map[string]string{"": "http://127.0.0.1:" + strconv.Itoa(book.Port)}, Shop: int64(shop.ID),
				Host: strings.TrimPrefix(book.Shop(shop.ID, shop.Handle, ""), "http://"), Email: shop.Email}
			for d := range book.Doors {
				site.Doors[string(d)] = book.Door(d, "127.0.0.1")
			}
			b, err := json.Marshal(site)
			if err != nil {
				t.Error(err)
			}
			fmt.Println("@SITE " + string(b))
		}})
	if err != nil {
		t.Error(err)
	}
}

// marker is what may be found: the control that the search finds what is there.
const marker = "藍染の風呂敷ふたえ"

// A typist sends cards.
type typist struct {
	*testing.T
	site   typedSite
	client *http.Client
	cards  []string

	mu      sync.Mutex
	out     strings.Builder
	refused atomic.Int64
	sent    atomic.Int64
	reads   map[string]bool // routes that take a form: whether a card in it was refused
	login   sync.Mutex
}

func typeCards(t *testing.T, store string) {
	t.Helper()
	box, err := sink.Start("127.0.0.1:0", 10_000, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	host, port, _ := strings.Cut(box.Addr(), ":")
	env := []string{"GODEBUG=clobberfree=1", "NOREN_TLS=off", "NOREN_SMTP_HOST=" + host, "NOREN_SMTP_PORT=" + port, "NOREN_SMTP_TLS=off", "NOREN_LOG_LEVEL=debug"}
	if store != "" {
		env = append(env, "NOREN_STORE="+store)
	}
	y := &typist{T: t, cards: someCards(), reads: map[string]bool{}}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(tr.CloseIdleConnections)
	y.client = &http.Client{Transport: tr, Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	uid := os.Getuid()
	if uid == 0 {
		uid = soleUID
	}
	s := newSite(t, uid, env...)
	p := y.start(s, uid)
	y.logIn()
	y.everywhere()
	var unread []string
	for r, refused := range y.reads {
		if !refused {
			unread = append(unread, r)
		}
	}
	slices.Sort(unread)
	y.Logf("%d requests with a card, %d of them refused as such; of %d routes that take a form these read none of it here: %q", y.sent.Load(),
		y.refused.Load(), len(y.reads), unread)
	if 4*len(unread) > len(y.reads) {
		y.Error("too many routes read nothing: this test reaches too little")
	}
	// What no handler reads stays in a connection's buffer until it ends. The last card starts the last cleaning.
	tr.CloseIdleConnections()
	y.typed("the last", true, "admin", "GET", "/"+y.cards[0], "", "")
	y.memory(p.PID())
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	y.search(s, store, box)
}

// someCards are numbers that no program has: drawn now, of ranges of every brand, with the right check digit.
func someCards() (out []string) {
	for _, begin := range []string{"4", "53", "2345", "3541", "62"} {
		n := begin
		for len(n) < 15 {
			n += strconv.Itoa(rand.IntN(10))
		}
		for d := range 10 {
			if c := n + strconv.Itoa(d); pan.Has(c) {
				out = append(out, c)
				break
			}
		}
	}
	return out
}

// written are the ways in which the typist writes a card.
func written(n string) []string {
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, n)
	fours := n[:4] + " " + n[4:8] + " " + n[8:12] + " " + n[12:]
	return []string{n, fours, strings.ReplaceAll(fours, " ", "-"), wide, base64.StdEncoding.EncodeToString([]byte(n)),
		base64.URLEncoding.EncodeToString([]byte(`{"pan":"` + n + `"}`)), strings.Join(strings.Split(n, ""), "\u200b"), "カード番号は" + fours + "です"}
}

func (y *typist) way(i int) string {
	all := written(y.cards[i%len(y.cards)])
	return all[i/len(y.cards)%len(all)]
}

func (y *typist) start(s site, uid int) *child.Process {
	y.Helper()
	ready := make(chan typedSite, 1)
	c := child.Command{Path: s.program, Args: []string{"-test.run=^TestTypedProcess$", "-test.timeout=300s"},
		Env: append(s.environ, "NOREN_TEST_ROLE="+typedRole, "TMPDIR="+filepath.Join(s.dir, "home")), Line: func(_ child.Stream, line string) {
			if rest, is := strings.CutPrefix(line, "@SITE "); is {
				var site typedSite
				if err := json.Unmarshal([]byte(rest), &site); err == nil {
					ready <- site
				}
			}
			y.mu.Lock()
			defer y.mu.Unlock()
			fmt.Fprintln(&y.out, line)
		}}
	if uid != os.Getuid() {
		c.User = &child.User{UID: uint32(uid), GID: uint32(uid)}
	}
	p, err := child.Start(context.WithoutCancel(y.Context()), c)
	if err != nil {
		y.Fatal(err)
	}
	y.Cleanup(func() { p.Stop() }) //nolint:errcheck // it is ending anyway
	select {
	case y.site = <-ready:
	case <-p.Done():
		y.Fatalf("the service ended: %v\n%s", p.Err(), y.said())
	case <-time.After(60 * time.Second):
		y.Fatalf("the service does not open\n%s", y.said())
	}
	return p
}

func (y *typist) said() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.out.String()
}

// send makes a request to a door; the storefront is reached by its name.
func (y *typist) send(door, method, path, kind, body string, headers ...string) (status int, text string) {
	y.Helper()
	to := y.site.Doors[door]
	r, err := http.NewRequestWithContext(y.Context(), method, to+path, strings.NewReader(body))
	if err != nil {
		y.Fatal(err)
	}
	if door == "" {
		r.Host = y.site.Host
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := y.client.Do(r)
	if err != nil {
		y.Errorf("%s %s: %v", method, door, err)
		return 0, ""
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(res.Body, 4<<20)) //nolint:errcheck // what came is looked at
	return res.StatusCode, string(b)
}

const formKind = "application/x-www-form-urlencoded"

func (y *typist) logIn() {
	y.Helper()
	status, body := y.send("admin", "POST", "/login", formKind, url.Values{"email": {y.site.Email}, "password": {vaulttest.Password}}.Encode())
	if status != http.StatusSeeOther {
		y.Fatalf("log in: %d %s\n%s", status, body, y.said())
	}
}

// typed sends a card and wants it refused; where the handler does not read what is typed, nothing may go on either.
func (y *typist) typed(what string, must bool, door, method, path, kind, body string, headers ...string) {
	y.Helper()
	y.sent.Add(1)
	status, text := y.send(door, method, path, kind, body, headers...)
	if status == http.StatusUnauthorized && door == "admin" && what != "again" { // a route before has ended the session
		y.login.Lock()
		y.logIn()
		y.login.Unlock()
		y.typed("again", must, door, method, path, kind, body, headers...)
		return
	}
	refused := status == http.StatusUnprocessableEntity && (strings.Contains(text, "card number") || strings.Contains(text, "カード番号"))
	if refused {
		y.refused.Add(1)
	} else if must || status == http.StatusInternalServerError { // 503 is a provider or a vault that is away
		y.Errorf("%s: %s %s %s: %d, not refused", what, door, method, y.hide(path), status)
	}
	if kind == formKind && body != "" && door != "api" { // who has no token is sent away there before a body is read: apitest types cards with one
		at := door + " " + method + " " + path
		y.mu.Lock()
		y.reads[at] = y.reads[at] || refused
		y.mu.Unlock()
	}
	for _, n := range y.cards {
		if strings.Contains(text, n) {
			y.Errorf("%s: %s %s %s: the answer has the number", what, door, method, y.hide(path))
		}
	}
}

func (y *typist) hide(s string) string { return pan.Redact(s) }

// reads are the names by which the doors' handlers read fields, taken from their source, and those of the pages' forms.
func reads(t *testing.T) []string {
	t.Helper()
	call := regexp.MustCompile(`\.(?:Get|Has|All|Secret|Int|Query|Cookie)\("([a-zA-Z_]+)"`)
	field := regexp.MustCompile(`name="([a-zA-Z_]+)"|Name: "([a-z_]+)"`)
	names := map[string]bool{}
	err := filepath.WalkDir(filepath.Join("..", "web"), func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || !(strings.HasSuffix(p, ".go") || strings.HasSuffix(p, ".templ")) || strings.HasSuffix(p, "_test.go") ||
			strings.HasSuffix(p, "_templ.go") {
			return err
		}
		b, err := os.ReadFile(p)
		for _, re := range []*regexp.Regexp{call, field} {
			for _, m := range re.FindAllStringSubmatch(string(b), -1) {
				names[m[1]+strings.Join(m[2:], "")] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 60 {
		t.Fatalf("found only %d fields' names", len(names))
	}
	out := make([]string, 0, len(names))
	for n := range names {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// everywhere types into every route of every door. The tables are those of another house of the same make.
func (y *typist) everywhere() {
	y.Helper()
	doors := servertest.New(y.T).Doors
	names := reads(y.T)
	type job func()
	work := make(chan job)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for j := range work {
				j()
			}
		})
	}
	n := 0
	for _, m := range doors.All() {
		door := m.Name()
		switch door {
		case "storefront":
			door = ""
		case "metrics":
			continue // switched off in this service; the same frame
		}
		if y.site.Doors[door] == "" {
			y.Errorf("no address of the door %s", door)
			continue
		}
		for _, r := range m.Routes() {
			for _, try := range y.tries(door, r, names, &n) {
				work <- try
			}
		}
		for _, h := range []string{"User-Agent", "Referer", "Accept-Language", "X-Forwarded-For", "X-Request-Id", "Authorization", "Cookie", "X-Card", "Host",
			"Accept", "If-None-Match"} {
			n++
			v := y.way(n % (3 * len(y.cards))) // a header is ASCII
			if h == "Host" {
				v = y.cards[n%len(y.cards)]
			}
			work <- func() { y.typed("header "+h, true, door, "GET", "/", "", "", h, v) }
		}
	}
	close(work)
	wg.Wait()
	if y.refused.Load() < 2_000 {
		y.Errorf("only %d were refused", y.refused.Load())
	}
}

var wildcard = regexp.MustCompile(`\{(\w+)(\.\.\.)?\}`)

// tries are the requests that type into a route.
func (y *typist) tries(door string, r frame.Route, names []string, n *int) (out []func()) {
	base := strings.ReplaceAll(r.Pattern, "{$}", "")
	fill := func(param, value string) string {
		return wildcard.ReplaceAllStringFunc(base, func(p string) string {
			switch name := wildcard.FindStringSubmatch(p)[1]; name {
			case param:
				return url.PathEscape(value)
			case "shop":
				return id.String(id.Shop(y.site.Shop))
			}
			return "1"
		})
	}
	next := func() string { *n++; return y.way(*n) }
	add := func(what string, must bool, path, kind, body string) {
		out = append(out, func() { y.typed(what, must, door, r.Method, path, kind, body) })
	}
	for _, p := range wildcard.FindAllStringSubmatch(base, -1) {
		add("path "+p[1], true, fill(p[1], next()), formKind, "")
	}
	path := fill("", "")
	for _, name := range []string{"q", "lang", "page", "next", "x"} {
		add("query "+name, true, path+"?a=1&"+name+"="+url.QueryEscape(next()), formKind, "")
	}
	if r.Method == "GET" || strings.Contains(r.Pattern, "logout") {
		return out
	}
	for _, name := range names {
		add("field "+name, false, path, formKind, url.Values{"version": {"1"}, name: {next()}}.Encode())
	}
	number := y.cards[*n%len(y.cards)]
	add("split", false, path, formKind, "street="+number[:8]+"&building="+number[8:])
	add("a code", false, path, formKind, "note=x&cvc=123")
	add("JSON", false, path, "application/json", fmt.Sprintf(`{"name":%q,"n":%s}`, next(), number))
	for _, file := range [][2]string{{number + ".jpg", "x"}, {"a.csv", "a,b\n" + next() + ",c\n"}, {"", next()}} {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		var part io.Writer
		var err error
		if part, err = w.CreateFormField("picture"); file[0] != "" {
			part, err = w.CreateFormFile("picture", file[0])
		}
		if err == nil {
			_, err = io.WriteString(part, file[1])
		}
		if err != nil || w.Close() != nil {
			y.Fatal(err)
		}
		add("upload", false, path, w.FormDataContentType(), b.String())
	}
	return out
}

// find looks for a card in all the ways in which it was typed, and as UTF-16.
func (y *typist) find(place string, b []byte) {
	y.Helper()
	for _, n := range y.cards {
		forms := append(written(n), url.QueryEscape(written(n)[1]), url.QueryEscape(written(n)[3]), strings.Join(strings.Split(n, ""), "\x00"))
		for i, form := range forms {
			if at := bytes.Index(b, []byte(form)); at >= 0 {
				y.Errorf("%s holds a card number (way %d, %d times, at %d): %q", place, i, bytes.Count(b, []byte(form)), at,
					b[max(0, at-40):min(len(b), at+60)])
			}
		}
	}
}

// search reads every byte that the service has left behind.
func (y *typist) search(s site, store string, box *sink.Sink) {
	y.Helper()
	where := map[string][]byte{"the log": []byte(y.said())}
	if !strings.Contains(y.said(), "@RAISED "+string(server.CardEntered)) {
		y.Error("no finding was raised")
	}
	err := filepath.WalkDir(filepath.Join(s.dir, "home"), func(p string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			where[p], err = os.ReadFile(p)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the vault is ending, too, and takes its files' helpers away
		}
		return err
	})
	if err != nil {
		y.Fatal(err)
	}
	for i, l := range box.List() {
		where[fmt.Sprint("letter ", i)] = fmt.Appendf(nil, "%+v", l)
	}
	if store != "" {
		y.tables(store, where)
	}
	control := false
	for place, b := range where {
		y.find(place, b)
		control = control || bytes.Contains(b, []byte(marker))
	}
	if !control {
		y.Errorf("the product's name was not found in %d places: this search finds nothing", len(where))
	}
	c := s.config(y.T)
	var out bytes.Buffer
	clean, err := server.CardSweep{Config: c, Log: quietLog(), Lang: i18n.En, Out: &out}.Run(y.Context(), nil)
	if err != nil || !clean {
		y.Errorf("noren pan sweep: %v, %v\n%s", clean, err, out.String())
	}
}

// tables reads every row of every table of PostgreSQL.
func (y *typist) tables(store string, into map[string][]byte) {
	y.Helper()
	conn, err := pgx.Connect(y.Context(), store)
	if err != nil {
		y.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(y.Context()))
	rows, err := conn.Query(y.Context(), "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
	if err != nil {
		y.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		y.Fatal(err)
	}
	for _, name := range names {
		var b bytes.Buffer
		if _, err := conn.PgConn().CopyTo(y.Context(), &b, "COPY (SELECT * FROM "+name+") TO STDOUT (FORMAT binary)"); err != nil {
			y.Fatal(err)
		}
		into["table "+name] = b.Bytes()
	}
}
