package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/migrations"
)

// secrets are the personal texts of the test, as people type them and as we keep them, by what they are.
func secrets() map[string][]string {
	return map[string][]string{
		"purchaser's name":     {"纐纈 澪花", "纐纈", "澪花"},
		"purchaser's furigana": {"ｺｳｹﾂ ﾐｵｶ", "コウケツ ミオカ", "コウケツ", "こうけつ"},
		"purchaser's company":  {"澪標意匠室"},
		"purchaser's street":   {"十六夜町7-31-9", "7-31-9"},
		"purchaser's building": {"ﾂｷﾐﾊｲﾂ 907", "ツキミハイツ"},
		"purchaser's phone":    {"080-7316-4925", "08073164925", "+818073164925"},
		"purchaser's e-mail":   {"mioka.k@kouketsu-mail.example.jp", "kouketsu-mail"},
		"purchaser's note":     {"裏の勝手口へお願いします"},
		"owner's name":         {"不死川 丈太郎", "不死川"},
		"owner's e-mail":       {"jotaro@shinazugawa-mail.example.com", "shinazugawa-mail"},
		"staff's name":         {"勘解由小路 紬", "勘解由小路"},
		"staff's e-mail":       {"tsumugi@kadenokoji-mail.example.com", "kadenokoji-mail"},
		"staff's password":     {"twenty-seven indigo cups"},
		"seller":               {"紺碧藍染商会"},
		"seller's name":        {"八月一日 宗助", "八月一日"},
		"seller's address":     {"葉山町堀内904-17", "904-17"},
		"seller's phone":       {"046-873-9015", "0468739015"},
		"seller's e-mail":      {"soudan@konpeki-mail.example.com", "konpeki-mail"},
		"shop's note":          {"お誕生日のご相談あり、左利き"},
		"reason of a reading":  {"配達員から電話があったため確認"},
	}
}

// product is what may be found: the control that the search finds what is there.
const product = "藍染の風呂敷ひとえ"

// TestNoPlaintextAtRest puts people's data in by every door, lets letters go, and then reads every byte that was kept: the
// data folder, the vault's, the database server's tables when one is offered, and the log.
func TestNoPlaintextAtRest(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); atRest(t, "") })
	if dbtest.Offered() {
		t.Run("postgres", func(t *testing.T) { t.Parallel(); atRest(t, dbtest.Database(t, migrations.Schema())) })
	}
}

func atRest(t *testing.T, store string) {
	t.Helper()
	var logged lockedBuffer
	dir := t.TempDir()
	s := servertest.With(t, server.Options{Config: &config.Config{DataDir: dir, Store: store},
		Log: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	live(t, s)

	where := map[string][]byte{"the log": logged.bytes()}
	for name, folder := range map[string]string{"data": dir, "vault": s.Keys.Config.Folder} {
		readAll(t, name, folder, where)
	}
	if store != "" {
		dump(t, store, where)
	}
	if len(where["the log"]) == 0 {
		t.Error("nothing was logged")
	}
	found := 0
	for place, b := range where {
		if bytes.Contains(b, []byte(product)) {
			found++
		}
		for what, texts := range secrets() {
			for _, text := range texts {
				for form, v := range forms(text) {
					if i := bytes.Index(b, v); i >= 0 {
						t.Errorf("%s holds the %s (%q, %s): …%q…", place, what, text, form, b[max(0, i-60):min(len(b), i+60)])
					}
				}
			}
		}
	}
	if found == 0 {
		t.Errorf("the product's name, which is kept clear, was not found in %d places: this search finds nothing", len(where))
	}
}

// forms are the ways in which a text may lie about.
func forms(s string) map[string][]byte {
	wide := make([]byte, 0, 2*len(s))
	for _, r := range s {
		if r > 0xffff {
			continue
		}
		wide = append(wide, byte(r), byte(r>>8))
	}
	out := map[string][]byte{"as it is": []byte(s), "UTF-16": wide, "as JSON": []byte(strings.Trim(fmt.Sprintf("%+q", s), `"`))}
	if len(s) >= 12 {
		out["base64"] = []byte(base64.RawStdEncoding.EncodeToString([]byte(s))[:len(s)/3*4]) // when it begins the encoded text
	}
	return out
}

// live is what people do in a shop, through its doors.
func live(t *testing.T, s *servertest.Server) {
	t.Helper()
	owner := s.Door(t, place.Admin)
	must(t, owner.Post("/signup", "name", "不死川 丈太郎", "email", "jotaro@shinazugawa-mail.example.com", "password", "a long way to 7391"), 303)
	must(t, owner.Post("/shops/new", "name", "藍屋", "handle", "aiya", "theme", "plain"), 303)
	legal := must(t, owner.Get("/"), 303).Location() + "/settings/legal"
	must(t, owner.Post(legal, "seller", "紺碧藍染商会", "representative", "八月一日 宗助", "postcode", "240-0112", "address", "神奈川県三浦郡葉山町堀内904-17",
		"phone", "046-873-9015", "email", "soudan@konpeki-mail.example.com"), 303)
	if page := must(t, owner.Get(legal), 200); !strings.Contains(page.Body, "八月一日 宗助") {
		t.Error("the legal page does not say who sells")
	}
	shop := s.OpenShop(t, "tea") // another's shop, which furnishes for us what is no personal data
	p := s.Product(t, shop, catalog.In{Name: product, Variants: []catalog.VariantIn{{Price: 3_300}}}, 9)
	must(t, owner.Post("/logout"), 303)
	must(t, owner.Post("/login", "email", "jotaro@shinazugawa-mail.example.com", "password", "wrong 1234567890"), 401)

	b := s.Browse(t, shop.Origin)
	must(t, b.Post("/products/"+p.Handle, "variant", id.String(p.Variants[0].ID), "quantity", "1"), 303)
	over := must(t, b.Post("/checkout"), 303)
	b = b.At(s.Book.Door(place.Account, servertest.Domain))
	must(t, b.Get(must(t, b.Get(over.Location()), 303).Location()), 200)
	base := "/s/" + id.String(shop.ID)
	fields := []string{"name", "纐纈 澪花", "furigana", "ｺｳｹﾂ ﾐｵｶ", "company", "澪標意匠室", "postcode", "104-0061", "prefecture", "13", "city", "中央区",
		"street", "十六夜町7-31-9", "building", "ﾂｷﾐﾊｲﾂ 907", "phone", "080-7316-4925", "email", "mioka.k@kouketsu-mail.example.jp",
		"note", "裏の勝手口へお願いします", "payment", "cod", "shipping", id.String(shop.Method.ID), "act", "confirm"}
	must(t, b.Post(base+"/checkout", append(fields[:len(fields):len(fields)], "phone", "12")...), 200, 422)
	shown := must(t, b.Post(base+"/checkout", fields...), 200)
	thanks := must(t, b.Post(base+"/checkout/place", carried(shown.Body)...), 303)
	must(t, b.Get(thanks.Location()), 200)
	order := strings.Split(thanks.Location(), "/")[4]
	letterTo(t, s, "mioka.k@kouketsu-mail.example.jp", "")

	keeper := s.Door(t, place.Admin)
	must(t, keeper.Post("/login", "email", shop.Email, "password", vaulttest.Password), 303)
	at := "/" + id.String(shop.ID)
	must(t, keeper.Post(at+"/orders/"+order+"/note", "version", "1", "note", "お誕生日のご相談あり、左利き"), 303)
	page := must(t, keeper.Post(at+"/orders/"+order+"/show", "purpose", "inquiry-answer", "why", "配達員から電話があったため確認"), 200)
	for _, s := range []string{"纐纈 澪花", "コウケツ ミオカ", "ツキミハイツ", "左利き"} { // it was there to be leaked
		if !strings.Contains(page.Body, s) {
			t.Errorf("the order does not show %q to its shop", s)
		}
	}
	must(t, keeper.Post(at+"/orders/"+order+"/slip"), 200)
	must(t, keeper.Get(at+"/orders"), 200)
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page.Body)
	must(t, keeper.Post(at+"/orders/"+order+"/ship", "version", version[1], "carrier", "yamato", "slip", "123456789013"), 303)
	letterTo(t, s, "mioka.k@kouketsu-mail.example.jp", "123456789013")

	must(t, keeper.Post(at+"/staff/invitations", "email", "tsumugi@kadenokoji-mail.example.com", "role", "packer"), 303)
	link := regexp.MustCompile(`/join/[^\s"]+`).FindString(letterTo(t, s, "tsumugi@kadenokoji-mail.example.com", "/join/").Text)
	staff := s.Door(t, place.Admin)
	must(t, staff.Post(link, "name", "勘解由小路 紬", "email", "tsumugi@kadenokoji-mail.example.com", "password", "twenty-seven indigo cups"), 303)
	must(t, staff.Get(link), 200)
	must(t, keeper.Get(at+"/staff"), 200)
	must(t, s.Door(t, place.Admin).Post("/reset", "email", "jotaro@shinazugawa-mail.example.com"), 200, 303)
	letterTo(t, s, "jotaro@shinazugawa-mail.example.com", "/reset/")
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)

// carried are the fields that a page carries on.
func carried(body string) (out []string) {
	for _, m := range hiddenField.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1], m[2])
	}
	return out
}

func must(t *testing.T, a servertest.Answer, status ...int) servertest.Answer {
	t.Helper()
	for _, s := range status {
		if a.Status == s {
			return a
		}
	}
	t.Fatalf("%s, want %v\n%s", http.StatusText(a.Status), status, words(a.Body))
	return a
}

var markup = regexp.MustCompile(`(?s)<(script|style|svg).*?</(script|style|svg)>|<[^>]*>|\s+`)

func words(body string) string { return markup.ReplaceAllString(body, " ") }

// readAll reads every file below a folder.
func readAll(t *testing.T, name, folder string, into map[string][]byte) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		into[name+path[len(folder):]] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// dump reads every column of every table, bytes as bytes.
func dump(t *testing.T, url string, into map[string][]byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		for _, format := range []string{"text", "binary"} {
			var b bytes.Buffer
			if _, err := conn.PgConn().CopyTo(ctx, &b, "COPY (SELECT * FROM "+table+") TO STDOUT (FORMAT "+format+")"); err != nil {
				t.Fatalf("dump %s: %v", table, err)
			}
			into["table "+table+" as "+format] = b.Bytes()
		}
	}
}

// A lockedBuffer is a log that many write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

var _ io.Writer = (*lockedBuffer)(nil)

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}
