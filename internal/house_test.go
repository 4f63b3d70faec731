// Package internal holds the house. This file is its map: which room may import which, who owns what is dangerous, and
// the habits that keep the wrong thing from compiling or passing. Each rule says why.
package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/noren-shop/noren/migrations"
)

const module = "github.com/noren-shop/noren"

// A room is a folder (or the folders below it) and what it may import of ours. Longer paths win.
type room struct {
	path string
	may  []string
	why  string
}

// rooms, from the front door down. A package may always import its own sub-packages and those of its own feature.
func rooms() []room {
	return []room{
		{"cmd/noren", []string{"internal/server", "internal/demo", "internal/drill", "internal/bench", "internal/sample", "internal/paysim", "internal/base"},
			"the command line is a client of the server's construction"},
		{"cmd/noren-verify", []string{"internal/security/ledger/verify"}, "an auditor's check does not trust the writer"},
		{"internal/server", []string{"internal", "migrations", "api", "docs"}, "it builds everything, so it may see everything"},
		{"internal/demo", []string{"internal/server", "internal/sample", "internal/paysim", "internal/commerce/payment/provider", "internal/base"}, "a supervisor of real processes"},
		{"internal/bench", []string{"internal/bench", "internal/server", "internal/sample", "internal/flow", "internal/base", "migrations"}, "it measures the real construction from outside"},
		{"internal/bench/buyer", []string{"internal/flow", "internal/commerce", "internal/security/vault", "internal/base"},
			"the bench's carts are filled as visitors fill theirs"},
		{"internal/bench/off", []string{"internal/bench/buyer", "internal/flow", "internal/security", "internal/base", "migrations"},
			"what is switched off to see its cost; only the bench may import it"},
		{"internal/sample", []string{"internal/sample", "internal/flow", "internal/commerce", "internal/hosting", "internal/security/vault", "internal/base"},
			"sample shops are made through the same flows as real ones"},
		{"internal/paysim", []string{"internal/web/frame", "internal/web/ui", "internal/base"},
			"a payment company that does not exist: a process of its own, which knows nothing of shops and reaches Noren by HTTP only"},
		{"internal/web/frame", []string{"internal/security/switches", "internal/base"}, "a door's frame knows no feature"},
		{"internal/web/place", []string{"internal/base"}, "where the doors are"},
		{"internal/web/ui", []string{"internal/base", "internal/web/frame/asset"}, "how things look knows nothing of what they are"},
		{"internal/web/ops", []string{"internal/web/frame", "internal/web/ui", "internal/web/place", "internal/flow", "internal/hosting",
			"internal/security/vault", "internal/security/detect", "internal/security/switches", "internal/base"}, "the operator's console also shows findings and flips switches"},
		{"internal/web", []string{"internal/web/frame", "internal/web/ui", "internal/web/place", "internal/flow", "internal/commerce", "internal/hosting", "internal/apps",
			"internal/security/vault", "internal/base"}, "a door decodes, calls one method, encodes"},
		{"internal/flow", []string{"internal/commerce", "internal/hosting", "internal/apps", "internal/security/pages", "internal/security/vault", "internal/security/ledger",
			"internal/security/switches", "internal/base"}, "a use case joins features; never another use case"},
		{"internal/commerce", []string{"internal/security/vault", "internal/security/ledger", "internal/security/switches", "internal/base"},
			"features never import one another: a flow joins them"},
		{"internal/hosting", []string{"internal/security/vault", "internal/security/ledger", "internal/security/switches", "internal/base"},
			"features never import one another: a flow joins them"},
		{"internal/apps", []string{"internal/apps/topic", "internal/security/vault", "internal/security/ledger", "internal/security/switches", "internal/base"},
			"other people's programs: features like any other"},
		{"internal/security/vault", []string{"internal/security/keys", "internal/security/ledger", "internal/security/login", "internal/base"},
			"the one door to plaintext"},
		{"internal/security/ledger/verify", nil, "it shares only the format's description with the writer"},
		{"internal/security/ledger", []string{"internal/security/keys", "internal/base"}, "the ledger knows no feature"},
		{"internal/security", []string{"internal/base"}, "security rooms stand below the features"},
		{"internal/base", []string{"internal/base"}, "plumbing and vocabulary import no wing"},
		{"api", nil, "the contract is a document"},
		{"migrations", []string{"internal/base/db"}, "tables only"},
		{"scripts", nil, "tools of the build"},
	}
}

// extra are the imports that one package may have beside its room's.
func extra() map[string][]string {
	return map[string][]string{
		"internal/base/db/dbtest":  {"migrations"}, // a test's store has the real tables
		"internal/web/servertest":  {"internal/server"},
		"internal/security/vault":  {"migrations"},
		"internal/security/ledger": {"migrations"},
	}
}

// owners of what is dangerous: an import path, and the rooms that may have it.
func owners() []struct {
	imports string
	rooms   []string
	why     string
} {
	return []struct {
		imports string
		rooms   []string
		why     string
	}{
		{"database/sql", []string{"internal/base/db"}, "one place speaks to databases"},
		{"modernc.org/sqlite", []string{"internal/base/db"}, "one place speaks to databases"},
		{"github.com/jackc/pgx/v5", []string{"internal/base/db", "internal/bench/limit"}, "one place speaks to databases; the bench's limit must not be slowed by it"},
		{"os/exec", []string{"internal/base/child", "scripts"}, "one place starts processes"},
		{"unsafe", []string{"internal/security/lockdown"}, "memory safety"},
		{"text/template", []string{"internal/base/mail"}, "a page needs escaping; a letter does not"},
		{"math/rand", nil, "guessable"},
		{"math/rand/v2", []string{"internal/sample", "internal/bench", "internal/paysim"}, "guessable; samples and the simulator's faults need a seed"},
		{"crypto/aes", []string{"internal/security/keys", "internal/security/vault"}, "ciphers have owners"},
		{"crypto/cipher", []string{"internal/security/keys", "internal/security/vault"}, "ciphers have owners"},
		{"crypto/hmac", []string{"internal/security", "internal/base/id", "internal/base/secret"}, "MACs have owners"},
		{"crypto/ed25519", []string{"internal/security"}, "signatures have owners"},
		{"crypto/hpke", []string{"internal/security/vault", "internal/security/keys"}, "ciphers have owners"},
		{"filippo.io/age", []string{"internal/server", "cmd/noren"}, "ciphers have owners: backups' files"},
		{"net/smtp", nil, "base/mail has a better one"},
		{"encoding/gob", nil, "decodes more than it should"},
		{"plugin", nil, "the server runs nothing that was not built with it"},
	}
}

type file struct {
	pkg, path string // relative to the module
	ast       *ast.File
	src       string
}

// house parses every Go file that is not generated.
func house(t *testing.T) (files []file, fset *token.FileSet) {
	t.Helper()
	fset = token.NewFileSet()
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "testdata" || name == "node_modules" || (strings.HasPrefix(name, ".") && name != "..") || p == "../scripts/tools") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if strings.HasPrefix(string(src), "// Code generated") {
			return nil
		}
		f, err := parser.ParseFile(fset, p, src, parser.ParseComments)
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(p, "../"))
		files = append(files, file{pkg: path.Dir(rel), path: rel, ast: f, src: string(src)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("found only %d files: is this the house?", len(files))
	}
	return files, fset
}

func (f file) test() bool {
	return strings.HasSuffix(f.path, "_test.go") || strings.HasSuffix(f.pkg, "test")
}

func below(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }

func roomOf(pkg string) (room, bool) {
	best, found := room{}, false
	for _, r := range rooms() {
		if below(pkg, r.path) && (!found || len(r.path) > len(best.path)) {
			best, found = r, true
		}
	}
	return best, found
}

// feature is the part of a path that its sub-packages share: internal/commerce/order, internal/web/admin.
func feature(pkg string) string {
	parts := strings.Split(pkg, "/")
	if len(parts) < 3 || parts[1] == "base" && len(parts) < 4 {
		return pkg
	}
	switch parts[1] {
	case "bench", "sample", "demo", "server", "paysim": // one room each, of several packages
		return "internal/" + parts[1]
	}
	return strings.Join(parts[:3], "/")
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	files, _ := house(t)
	for _, f := range files {
		if f.test() {
			continue
		}
		r, ok := roomOf(f.pkg)
		if !ok {
			if f.pkg != "internal" {
				t.Errorf("%s: no room for it: add one to the map, with its reason", f.pkg)
			}
			continue
		}
		for _, spec := range f.ast.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			to, ours := strings.CutPrefix(p, module+"/")
			if !ours || feature(to) == feature(f.pkg) {
				continue
			}
			if slices.ContainsFunc(append(r.may, extra()[f.pkg]...), func(m string) bool { return below(to, m) && !forbidden(f.pkg, to) }) {
				continue
			}
			t.Errorf("%s imports %s\n\t%s: %s", f.path, to, r.path, r.why)
		}
	}
}

// forbidden are imports that a room's line would let pass.
func forbidden(from, to string) bool {
	switch {
	case below(to, "internal/bench/off") && !below(from, "internal/bench"):
		return true // a null vault and a null ledger are for throw-away stores
	case below(from, "internal/web") && below(to, "internal/security/vault/keeper"),
		below(from, "internal/flow") && below(to, "internal/security/vault/keeper"),
		below(from, "internal/commerce") && below(to, "internal/security/vault/keeper"),
		below(from, "internal/hosting") && below(to, "internal/security/vault/keeper"):
		return true // the web process has no way to the keys
	}
	return false
}

func TestEveryDangerHasOneOwner(t *testing.T) {
	t.Parallel()
	files, _ := house(t)
	for _, f := range files {
		if f.test() {
			continue
		}
		for _, spec := range f.ast.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			for _, o := range owners() {
				// database/sql/driver is the vocabulary of values, not the way to a database.
				// math/rand/v2 has a line of its own.
				if !below(p, o.imports) || p == "database/sql/driver" || o.imports == "math/rand" && p != o.imports {
					continue
				}
				if !slices.ContainsFunc(o.rooms, func(r string) bool { return below(f.pkg, r) }) {
					t.Errorf("%s imports %s, which belongs to %v: %s", f.path, p, o.rooms, o.why)
				}
			}
		}
		if strings.Contains(f.src, "http.Server{") && !below(f.pkg, "internal/web/frame") {
			t.Errorf("%s makes an http.Server, which belongs to web/frame: limits and defences are there", f.path)
		}
		if strings.Contains(f.src, "TakesCards") && !below(f.pkg, "internal/web/frame") && !below(f.pkg, "internal/paysim") {
			t.Errorf("%s lets card numbers in: only a payment provider's pages may, and of those only the simulator is here", f.path)
		}
	}
}

// TestHTTPLeavesThroughEgress: a client made elsewhere has no bounds, follows redirects into the house's own network, and believes
// the environment's proxy. The type *http.Client may be named everywhere: it is how egress hands one on.
func TestHTTPLeavesThroughEgress(t *testing.T) {
	t.Parallel()
	files, fset := house(t)
	for _, f := range files {
		if f.test() || below(f.pkg, "internal/base/egress") {
			continue
		}
		pointed := map[ast.Expr]bool{}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if star, ok := n.(*ast.StarExpr); ok {
				pointed[star.X] = true
			}
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok || x.Name != "http" || pointed[sel] {
				return true
			}
			switch sel.Sel.Name {
			case "Client", "Transport", "Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport":
				t.Errorf("%s: http.%s: outgoing HTTP belongs to base/egress, which bounds it", fset.Position(sel.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}

var sqlText = regexp.MustCompile(`(?s)\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM)\s`)

func TestSQLStandsInItsFiles(t *testing.T) {
	t.Parallel()
	files, fset := house(t)
	for _, f := range files {
		base := path.Base(f.path)
		if f.test() || strings.HasPrefix(base, "sql") || below(f.pkg, "internal/base/db") {
			continue
		}
		for _, lit := range literals(f.ast) {
			if sqlText.MatchString(text(lit)) {
				t.Errorf("%s: SQL outside sql.go: a reader who looks for statements looks there", fset.Position(lit.Pos()))
			}
		}
	}
}

func literals(n ast.Node) (out []*ast.BasicLit) {
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			out = append(out, lit)
		}
		return true
	})
	return out
}

func text(lit *ast.BasicLit) string {
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

// statements gathers the constants of a file, with what is joined to them by +.
func statements(f *ast.File) map[string]string {
	out := map[string]string{}
	var eval func(e ast.Expr) string
	eval = func(e ast.Expr) string {
		switch x := e.(type) {
		case *ast.BasicLit:
			return text(x)
		case *ast.Ident:
			return out[x.Name]
		case *ast.BinaryExpr:
			return eval(x.X) + eval(x.Y)
		}
		return ""
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			for i, name := range v.Names {
				if i < len(v.Values) {
					out[name.Name] = eval(v.Values[i])
				}
			}
		}
		return true
	})
	return out
}

func TestEveryStatementOnAShopsTableNamesTheShop(t *testing.T) {
	t.Parallel()
	files, _ := house(t)
	tables := migrations.Schema().ShopTables
	for _, f := range files {
		if f.test() || !strings.HasPrefix(path.Base(f.path), "sql") {
			continue
		}
		for name, s := range statements(f.ast) {
			if !sqlText.MatchString(s) || strings.Contains(s, "shop_id") {
				continue
			}
			if strings.HasSuffix(strings.TrimSpace(s), "WHERE") && startsWithShop.MatchString(f.src) {
				continue // a db.Where follows, which begins with the shop
			}
			for _, table := range tables {
				if regexp.MustCompile(`\b(FROM|INTO|UPDATE|JOIN)\s+` + table + `\b`).MatchString(s) {
					t.Errorf("%s: %s touches %s without shop_id: another shop's rows are one mistake away", f.path, name, table)
				}
			}
		}
	}
}

var startsWithShop = regexp.MustCompile(`NewWhere\("(\w+\.)?shop_id = \?`)

// distributed is what Citus, PostgreSQL behind a pooler, or SQLite lack; see docs/decisions.
var distributed = regexp.MustCompile(`(?i)\b(SKIP\s+LOCKED|FOR\s+UPDATE|pg_advisory|LISTEN|NOTIFY|TEMP(ORARY)?\s+TABLE|nextval|SERIAL\b|BIGSERIAL|` +
	`IDENTITY|TRIGGER|ILIKE|MERGE\s+INTO|set_config|DEFERRABLE|=\s*ANY\s*\()`)

func TestStatementsRunOnEveryEngine(t *testing.T) {
	t.Parallel()
	files, _ := house(t)
	for _, f := range files {
		if f.test() || !strings.HasPrefix(path.Base(f.path), "sql") {
			continue
		}
		for name, s := range statements(f.ast) {
			if m := distributed.FindString(s); m != "" {
				t.Errorf("%s: %s uses %q, which a distributed engine or SQLite lacks", f.path, name, m)
			}
		}
	}
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".sql") || !strings.Contains(p, "migrations") {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(b)) {
			if code, _, _ := strings.Cut(line, "--"); distributed.MatchString(code) {
				t.Errorf("%s: %s", p, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

var created = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)

func TestEveryTableIsAShopsOrListedAsGlobal(t *testing.T) {
	t.Parallel()
	global := map[string]string{
		"lease":        "work that one node does",
		"shop_host":    "which shop a host leads to",
		"shop_account": "whose public account number it is",
	}
	names, err := fs.Glob(migrations.Schema().Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, n := range names {
		b, err := fs.ReadFile(migrations.Schema().Files, n)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range created.FindAllStringSubmatch(string(b), -1) {
			table, body := m[1], m[2]
			seen[table] = true
			if _, ok := global[table]; ok {
				continue
			}
			if !slices.Contains(migrations.Schema().ShopTables, table) {
				t.Errorf("%s: %s is neither a shop's table nor listed as global", n, table)
				continue
			}
			for _, key := range regexp.MustCompile(`(PRIMARY KEY|UNIQUE) \((\w+)`).FindAllStringSubmatch(body, -1) {
				if key[2] != "shop_id" {
					t.Errorf("%s: %s: %s does not lead with shop_id, so the table cannot be distributed", n, table, key[0])
				}
			}
			if !regexp.MustCompile(`shop_id\s+BIGINT\s+NOT NULL`).MatchString(body) {
				t.Errorf("%s: %s has no shop_id", n, table)
			}
		}
	}
	for _, table := range migrations.Schema().ShopTables {
		if !seen[table] {
			t.Errorf("%s is listed and not made", table)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	files, _ := house(t)
	docs := map[string]bool{}
	for _, f := range files {
		if !strings.HasSuffix(f.path, "_test.go") {
			docs[f.pkg] = docs[f.pkg] || f.ast.Doc != nil
		}
	}
	for pkg, has := range docs {
		if !has {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

func TestNothingHappensBeforeMain(t *testing.T) {
	t.Parallel()
	files, fset := house(t)
	vars := map[string]map[string]bool{}
	for _, f := range files {
		if vars[f.pkg] == nil {
			vars[f.pkg] = map[string]bool{}
		}
		for _, d := range f.ast.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, s := range g.Specs {
					for _, n := range s.(*ast.ValueSpec).Names {
						vars[f.pkg][n.Name] = true
					}
				}
			}
		}
	}
	for _, f := range files {
		if f.test() {
			continue
		}
		for _, d := range f.ast.Decls {
			switch x := d.(type) {
			case *ast.FuncDecl:
				changes(t, f, fset, x, vars[f.pkg])
				if x.Recv == nil && x.Name.Name == "init" {
					t.Errorf("%s: init: what it does cannot be seen, tested or refused", fset.Position(x.Pos()))
				}
			case *ast.GenDecl:
				if x.Tok == token.VAR {
					mutable(t, f, fset, x)
				}
			}
		}
	}
}

// changes refuses assignments to the package's own variables, or into them.
func changes(t *testing.T, f file, fset *token.FileSet, fn *ast.FuncDecl, vars map[string]bool) {
	t.Helper()
	ast.Inspect(fn, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || a.Tok == token.DEFINE {
			return true
		}
		for _, l := range a.Lhs {
			if ix, ok := l.(*ast.IndexExpr); ok {
				l = ix.X
			}
			if i, ok := l.(*ast.Ident); ok && vars[i.Name] && i.Obj == nil {
				t.Errorf("%s: changes the package variable %s", fset.Position(a.Pos()), i.Name)
			}
		}
		return true
	})
}

// mutable refuses package variables but for tables, errors, faults, expressions, embedded files and compile-time checks.
func mutable(t *testing.T, f file, fset *token.FileSet, d *ast.GenDecl) {
	t.Helper()
	for _, s := range d.Specs {
		v := s.(*ast.ValueSpec)
		if d.Doc != nil && strings.Contains(d.Doc.Text(), "go:embed") || strings.Contains(f.src, "//go:embed") && len(v.Values) == 0 {
			continue
		}
		for i, name := range v.Names {
			if name.Name == "_" || strings.HasPrefix(strings.ToLower(name.Name), "err") || name.Name == "distributed" {
				continue
			}
			if i < len(v.Values) && constant(v.Values[i]) {
				continue
			}
			t.Errorf("%s: package variable %s: state belongs to a value that someone made", fset.Position(v.Pos()), name.Name)
		}
	}
}

// constant says whether a value cannot be changed by anyone who uses it as it is meant: an expression, a fault, an error.
func constant(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		_, table := e.(*ast.CompositeLit) // a table; changes looks for who writes to it
		return table
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return false
	}
	switch x.Name {
	case "regexp", "fault", "errors", "fmt", "language", "strings":
		return true
	}
	return false
}

// open are the Service methods that ask for no right, each with its reason.
func open() map[string]string {
	return map[string]string{
		"internal/commerce/catalog/picture.Take": "takes a scope, and asks in the transaction that it opens",
	}
}

func TestEveryServiceMethodAsksForARight(t *testing.T) {
	t.Parallel()
	files, fset := house(t)
	for _, f := range files {
		wing := below(f.pkg, "internal/commerce") || below(f.pkg, "internal/hosting") || below(f.pkg, "internal/apps")
		if f.test() || !wing {
			continue
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !fn.Name.IsExported() || receiver(fn) != "Service" || !takesTx(fn) || fn.Body == nil {
				continue
			}
			if _, listed := open()[f.pkg+"."+fn.Name.Name]; listed || asks(fn) {
				continue
			}
			t.Errorf("%s: %s takes a transaction and asks for no right", fset.Position(fn.Pos()), fn.Name.Name)
		}
	}
}

func receiver(fn *ast.FuncDecl) string {
	e := fn.Recv.List[0].Type
	if s, ok := e.(*ast.StarExpr); ok {
		e = s.X
	}
	if i, ok := e.(*ast.Ident); ok {
		return i.Name
	}
	return ""
}

func takesTx(fn *ast.FuncDecl) bool {
	for _, p := range fn.Type.Params.List {
		e := p.Type
		if s, ok := e.(*ast.StarExpr); ok {
			e = s.X
		}
		if s, ok := e.(*ast.SelectorExpr); ok && (s.Sel.Name == "Tx" || s.Sel.Name == "Reader") {
			return true
		}
	}
	return false
}

// asks looks for Allow in the method's first statements, or a call that hands the question to a sibling at once.
func asks(fn *ast.FuncDecl) bool {
	found := false
	for _, s := range fn.Body.List[:min(3, len(fn.Body.List))] {
		ast.Inspect(s, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if sel, ok := c.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Allow" || sel.Sel.Name == "allow") {
					found = true
				}
			}
			// The right is named here and asked for by the method that is called.
			if sel, ok := n.(*ast.SelectorExpr); ok {
				x, ok := sel.X.(*ast.Ident)
				found = found || ok && x.Name == "actor"
			}
			return !found
		})
	}
	return found
}

var across = regexp.MustCompile(`\.Across\(`)

func TestFewRoomsWorkAcrossShops(t *testing.T) {
	t.Parallel()
	may := []string{"internal/base", "internal/server", "internal/security/ledger", // one log of all shops
		"internal/security/detect", // one list of all shops' findings
		"internal/web/ops", "internal/flow/report", "internal/flow/sweep", "internal/bench",
		"internal/flow/operate", "internal/flow/pay", "internal/flow/billing",
		"internal/flow/hook", "internal/apps/feed"} // one queue of messages for all shops' apps; feeds that grow old
	files, _ := house(t)
	for _, f := range files {
		if f.test() || !across.MatchString(f.src) {
			continue
		}
		if !slices.ContainsFunc(may, func(r string) bool { return below(f.pkg, r) }) {
			t.Errorf("%s works across shops: per-shop work stays in its shop", f.path)
		}
	}
}

func TestEveryRightIsAskedForAndEveryEventPublished(t *testing.T) {
	t.Parallel()
	files, _ := house(t)
	var all strings.Builder
	rights, events := map[string]bool{}, map[string]string{}
	for _, f := range files {
		if f.test() {
			continue
		}
		if f.pkg != "internal/base/actor" {
			all.WriteString(f.src)
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			switch typ := v.Type.(type) {
			case *ast.Ident:
				if typ.Name == "Right" && f.pkg == "internal/base/actor" {
					rights[v.Names[0].Name] = true
				}
			case *ast.SelectorExpr:
				if typ.Sel.Name == "Event" {
					events[v.Names[0].Name] = f.path
				}
			}
			return true
		})
	}
	src := all.String()
	for r := range rights {
		if !regexp.MustCompile(`actor\.` + r + `\b`).MatchString(src) {
			t.Errorf("nothing asks for the right %s", r)
		}
	}
	for e, where := range events {
		if len(regexp.MustCompile(`\b`+e+`\b`).FindAllString(src, 2)) < 2 {
			t.Errorf("%s: nothing publishes the event %s", where, e)
		}
	}
}
