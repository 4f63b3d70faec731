//go:build unix

package server_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/mail/sink"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/migrations"
)

// A run's sizes. Its letters stay within what the vault lets one shop's mail read in a minute.
const (
	shoppers = 8
	plenty   = 100_000
	scarce   = 20
	perCrash = 12 // orders between two crashes, on average
)

// crashes is how often something is killed: in the long run for some minutes, with letters at the pace of their budget.
func crashes() int {
	if dbtest.Long() {
		return 40
	}
	return 6
}

// TestNothingIsLostOrDoubledByKill kills the web process, and the vault, at random moments while orders come in at full
// speed, and then counts.
func TestNothingIsLostOrDoubledByKill(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); crash(t) })
	if dbtest.Offered() {
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			crash(t, "NOREN_STORE="+dbtest.Database(t, migrations.Schema()))
		})
	}
}

func crash(t *testing.T, more ...string) {
	t.Helper()
	box, err := sink.Start("127.0.0.1:0", 10_000, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	host, port, _ := strings.Cut(box.Addr(), ":")
	r := newRun(t, append(more, "NOREN_SMTP_HOST="+host, "NOREN_SMTP_PORT="+port, "NOREN_SMTP_TLS=off")...)
	r.open()
	r.web = r.start("shop", nil)
	for n := range crashes() {
		r.await("orders", len(r.acks())+1+rand.IntN(2*perCrash))
		if n%3 == 1 {
			r.kill(r.vault)
			r.await("orders without the vault", len(r.acks())+3)
			r.vault = r.start("vault", nil)
			continue
		}
		r.kill(r.web)
		r.web = r.start("shop", r.pending())
	}
	r.await("orders after the last crash", len(r.acks())+perCrash)
	r.kill(r.web)
	r.web = r.start("calm", r.pending())
	r.settle(box)
	if err := r.web.Stop(); err != nil {
		t.Error(err)
	}
	r.count(box)
}

// A run is a service that is being killed, and what it has said.
type run struct {
	*testing.T
	site
	uid        int
	vault, web *child.Process
	news       chan struct{}

	mu     sync.Mutex
	shop   string            // ids of the shop, its way of sending, its goods
	tried  map[string]string // key → what was sent with it
	acked  map[string]string // key → the order's number
	out    strings.Builder   // the rest of what was said
	calmed bool
}

// newRun is one of a user who is not root: its processes end with the test.
func newRun(t *testing.T, more ...string) *run {
	t.Helper()
	uid := os.Getuid()
	if uid == 0 {
		uid = soleUID
	}
	r := &run{T: t, uid: uid, site: newSite(t, uid, more...), tried: map[string]string{}, acked: map[string]string{}, news: make(chan struct{}, 1)}
	t.Cleanup(func() {
		for _, p := range []*child.Process{r.web, r.vault} {
			if p != nil {
				p.Stop() //nolint:errcheck // it is ending anyway
			}
		}
	})
	return r
}

// open starts the vault.
func (r *run) open() {
	r.Helper()
	r.vault = r.start("vault", nil)
	if err := server.AwaitVault(r.Context(), r.config(r.T), r.vault); err != nil {
		r.give(err.Error())
	}
}

func (r *run) start(role string, pending []string) *child.Process {
	r.Helper()
	args := []string{role}
	if role != "vault" && role != "serve" {
		args = []string{"-test.v", "-test.run=^TestShopProcess$", "-test.timeout=100s"}
	}
	r.mu.Lock()
	env := append(r.environ[:len(r.environ):len(r.environ)], "NOREN_TEST_ROLE="+role, "NOREN_TEST_SHOP="+r.shop,
		"NOREN_TEST_PENDING="+strings.Join(pending, "\n"), "TMPDIR="+filepath.Join(r.dir, "home"))
	r.mu.Unlock()
	c := child.Command{Path: r.program, Args: args, Env: env, Line: func(_ child.Stream, line string) { r.hear(role, line) }}
	if r.uid != os.Getuid() {
		c.User = &child.User{UID: uint32(r.uid), GID: uint32(r.uid)}
	}
	p, err := child.Start(context.WithoutCancel(r.Context()), c)
	if err != nil {
		r.Fatal(err)
	}
	return p
}

func (r *run) hear(role, line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	word, rest, _ := strings.Cut(line, " ")
	key, rest, _ := strings.Cut(rest, " ")
	switch word {
	case "@SHOP":
		r.shop = key
	case "@TRY":
		r.tried[key] = rest
	case "@ACK":
		if old, again := r.acked[key]; again && old != rest {
			r.Errorf("one key made the orders %s and %s", old, rest)
		}
		r.acked[key] = rest
	case "@CALM":
		r.calmed = true
	default:
		if r.out.Len() < 64<<10 {
			fmt.Fprintln(&r.out, role+":", line)
		}
		return
	}
	select {
	case r.news <- struct{}{}:
	default:
	}
}

func (r *run) isCalm() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calmed
}

func (r *run) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.String()
}

func (r *run) acks() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[string]string, len(r.acked))
	for k, v := range r.acked {
		out[k] = v
	}
	return out
}

// pending are the presses of the button that nobody has answered: a purchaser presses again.
func (r *run) pending() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, v := range r.tried {
		if _, done := r.acked[k]; !done {
			out = append(out, k+" "+v)
		}
	}
	return out[:min(len(out), 50)]
}

func (r *run) await(what string, n int) {
	r.Helper()
	late := time.After(20 * time.Second)
	for len(r.acks()) < n {
		select {
		case <-r.news:
		case <-r.web.Done():
			r.give("the web process ended by itself")
		case <-late:
			r.give(fmt.Sprintf("waited too long for %s: %d of %d", what, len(r.acks()), n))
		}
	}
}

func (r *run) give(why string) {
	r.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Fatalf("%s\n%s", why, r.out.String())
}

func (r *run) kill(p *child.Process) {
	r.Helper()
	if err := syscall.Kill(p.PID(), syscall.SIGKILL); err != nil {
		r.Fatal(err)
	}
	<-p.Done()
}

// settle waits until each order's letter has come.
func (r *run) settle(box *sink.Sink) {
	r.Helper()
	patience := 30 * time.Second
	if dbtest.Long() {
		patience = 10 * time.Minute
	}
	late := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		missing := 0
		got := lettersTo(box)
		for _, number := range r.acks() {
			if got[number] == 0 {
				missing++
			}
		}
		if missing == 0 && r.isCalm() {
			return
		}
		select {
		case <-tick.C:
		case <-r.web.Done():
			r.give("the web process ended by itself")
		case <-late:
			r.give(fmt.Sprintf("%d orders have no letter", missing))
		}
	}
}

// lettersTo counts the purchasers' letters by order number.
func lettersTo(box *sink.Sink) map[string]int {
	got := map[string]int{}
	for _, l := range box.List() {
		if _, number, ok := strings.Cut(l.Subject, "ご注文番号 "); ok {
			got[strings.TrimSpace(number)]++
		}
	}
	return got
}

// count looks at the store when all is quiet.
func (r *run) count(box *sink.Sink) {
	r.Helper()
	h, err := server.Open(r.Context(), server.Options{Config: r.config(r.T), Log: quietLog()})
	if err != nil {
		r.Fatal(err)
	}
	defer h.Close()
	ids := strings.Split(r.shop, ",")
	shop := atoi(ids[0])
	scope := db.Scope{Shop: id.Shop(shop), Actor: servertest.Seed(), Request: "test"}
	numbers := map[string]string{}
	err = h.DB.Read(r.Context(), scope, func(q db.Reader) error {
		orders, err := db.All(r.Context(), q, func(row db.Row) (out [2]string, err error) {
			var key []byte
			err = row.Scan(&out[0], &key)
			out[1] = string(key)
			return out, err
		}, `SELECT number, idempotency FROM purchase WHERE shop_id = $1`, shop)
		if err != nil {
			return err
		}
		for _, o := range orders {
			numbers[o[1]] = o[0]
		}
		if bad, err := h.Stock.Audit(r.Context(), q); err != nil || len(bad) > 0 {
			r.Errorf("stock does not add up: %v, %v", bad, err)
		}
		for n, had := range []int64{plenty, scarce} {
			variant := atoi(ids[2+n])
			sold := number(r, q, `SELECT COALESCE(SUM(quantity), 0) FROM purchase_line WHERE shop_id = $1 AND variant_id = $2`, shop, variant)
			left := number(r, q, `SELECT on_hand FROM stock WHERE shop_id = $1 AND variant_id = $2`, shop, variant)
			if left < 0 || sold+left != had {
				r.Errorf("of %d pieces %d were sold and %d are left", had, sold, left)
			}
		}
		r.facts(q, shop, len(orders), lettersTo(box))
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
	for key, want := range r.acked {
		d := secret.ParseToken(key).Digest()
		if got := numbers[string(d[:])]; got != want {
			r.Errorf("order %s was acknowledged and is %q", want, got)
		}
		delete(numbers, string(d[:]))
	}
	for key := range r.tried {
		d := secret.ParseToken(key).Digest()
		delete(numbers, string(d[:]))
	}
	if len(numbers) > 0 {
		r.Errorf("orders that nobody sent: %v", numbers)
	}
	got, twice := lettersTo(box), 0
	for _, n := range got {
		twice += n - 1
	}
	r.Logf("%d orders acknowledged over %d crashes, %d letters, %d of them a second time", len(r.acked), crashes(), len(got)+twice, twice)
}

func (r *run) facts(q db.Reader, shop int64, orders int, sent map[string]int) {
	n := number(r, q, `SELECT COUNT(*) FROM outbox WHERE shop_id = $1`, shop)
	top := number(r, q, `SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE shop_id = $1`, shop)
	distinct := number(r, q, `SELECT COUNT(DISTINCT seq) FROM outbox WHERE shop_id = $1`, shop)
	if n != top || n != distinct {
		r.Errorf("%d facts have %d numbers up to %d", n, distinct, top)
	}
	placed := number(r, q, `SELECT COUNT(DISTINCT subject) FROM outbox WHERE shop_id = $1 AND event = 'order.placed'`, shop)
	all := number(r, q, `SELECT COUNT(*) FROM outbox WHERE shop_id = $1 AND event = 'order.placed'`, shop)
	if placed != int64(orders) || all != placed {
		r.Errorf("%d orders, %d facts about %d of them", orders, all, placed)
	}
	// The process may have been stopped between a letter's way out and the note that it went: then it goes again, later.
	waiting, err := db.All(r.Context(), q, func(row db.Row) (n string, err error) {
		err = row.Scan(&n)
		return n, err
	}, `SELECT p.number FROM job j JOIN purchase p ON p.shop_id = j.shop_id AND p.id = j.ref
		WHERE j.shop_id = $1 AND j.kind = 'order letter placed'`, shop)
	if err != nil {
		r.Error(err)
	}
	for _, n := range waiting {
		if sent[n] == 0 {
			r.Errorf("the letter about %s waits and has never gone", n)
		}
	}
}

func number(r *run, q db.Reader, sql string, args ...any) (n int64) {
	r.Helper()
	if err := q.QueryRow(r.Context(), sql, args...).Scan(&n); err != nil {
		r.Error(err)
	}
	return n
}

// TestShopProcess is the web process of the test above, with its shoppers; by itself it has nothing to do.
func TestShopProcess(t *testing.T) {
	role := os.Getenv("NOREN_TEST_ROLE")
	if role == "" {
		return
	}
	c, log, err := load()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := child.Tied(t.Context())
	defer stop()
	now := time.Now
	if role == "calm" { // the dead process's leases have ended
		now = func() time.Time { return time.Now().Add(5 * time.Minute) }
	}
	err = server.Serve(ctx, server.ServeOptions{Config: c, Log: log, Environ: norenEnv(), Now: now,
		Ready: func(h *server.House, book *place.Book) {
			m := market{t: t, House: h, ctx: ctx}
			m.open(book)
			m.again()
			if role == "calm" {
				fmt.Println("@CALM -")
				return
			}
			for n := range shoppers {
				go m.shop(n)
			}
		}})
	if err != nil {
		t.Error(err)
	}
}

// A market is the shop within the web process.
type market struct {
	t *testing.T
	*server.House
	ctx   context.Context //nolint:containedctx // the process's
	scope db.Scope
	form  checkout.Form
	goods [2]id.Variant
}

func (m *market) open(book *place.Book) {
	if os.Getenv("NOREN_TEST_SHOP") == "" {
		s := &servertest.Server{House: m.House, Book: book}
		shop := s.OpenShop(m.t, "tea")
		out := []string{id.String(shop.ID), id.String(shop.Method.ID)}
		for n, pieces := range []int64{plenty, scarce} {
			p := s.Product(m.t, shop, catalog.In{Name: "茶" + strconv.Itoa(n), Variants: []catalog.VariantIn{{Price: 1_080}}}, pieces)
			out = append(out, id.String(p.Variants[0].ID))
		}
		os.Setenv("NOREN_TEST_SHOP", strings.Join(out, ","))
		fmt.Println("@SHOP", strings.Join(out, ","))
	}
	ids := strings.Split(os.Getenv("NOREN_TEST_SHOP"), ",")
	m.scope = flowtest.Visitor()
	m.scope.Shop, m.goods = id.Shop(atoi(ids[0])), [2]id.Variant{id.Variant(atoi(ids[2])), id.Variant(atoi(ids[3]))}
	m.form = (&flowtest.Kit{}).Form()
	m.form.Shipping = ids[1]
}

func (m *market) shop(n int) {
	for k := n; m.ctx.Err() == nil; k++ {
		if err := m.order(m.goods[k%5/4]); err != nil && m.ctx.Err() == nil {
			if _, known := fault.Of(err); !known {
				fmt.Println("shopper:", err)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func (m *market) order(v id.Variant) error {
	var c cart.Cart
	err := m.DB.Write(m.ctx, m.scope, func(tx *db.Tx) (err error) {
		if c, err = m.Carts.Open(m.ctx, tx, secret.Token{}, i18n.Ja); err != nil {
			return err
		}
		c, err = m.Carts.Add(m.ctx, tx, c, cart.Line{Variant: v, Quantity: 1})
		return err
	})
	if err != nil {
		return err
	}
	shown, err := m.Checkout.Confirm(m.ctx, m.scope, c.Token, m.form)
	if err != nil {
		return err
	}
	fmt.Println("@TRY", shown.Key.Reveal(), c.Token.Reveal(), base64.RawURLEncoding.EncodeToString([]byte(shown.Digest)))
	return m.place(shown.Key, c.Token, shown.Digest)
}

func (m *market) place(key, tok secret.Token, digest string) error {
	p, err := m.Checkout.Place(m.ctx, m.scope, checkout.PlaceIn{Cart: tok, Form: m.form, Digest: digest, Key: key, Screen: flowtest.Screen})
	if err == nil {
		fmt.Println("@ACK", key.Reveal(), p.Number)
	}
	return err
}

// again presses once more what nobody has answered.
func (m *market) again() {
	for lines := bufio.NewScanner(strings.NewReader(os.Getenv("NOREN_TEST_PENDING"))); lines.Scan(); {
		part := strings.Fields(lines.Text())
		digest, err := base64.RawURLEncoding.DecodeString(part[2])
		if err == nil {
			err = m.place(secret.ParseToken(part[0]), secret.ParseToken(part[1]), string(digest))
		}
		if _, known := fault.Of(err); err != nil && !known && !errors.As(err, new(*checkout.Changed)) {
			m.t.Errorf("press again: %v", err)
		}
	}
}

func atoi(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // our own id.String
	return n
}
