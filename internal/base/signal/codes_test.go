package signal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/signal"
)

func TestCodesAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[signal.Code]bool{}
	for _, i := range signal.Codes() {
		if seen[i.Code] || i.Title.Ja == "" || i.Title.En == "" || i.Do.Ja == "" || i.Do.En == "" || i.Gravity < signal.Note || i.Gravity > signal.Grave {
			t.Errorf("%s stands twice or is not complete: %+v", i.Code, i)
		}
		seen[i.Code] = true
		if !regexp.MustCompile(`^[a-z]+\.[a-z-]+$`).MatchString(string(i.Code)) {
			t.Errorf("%q is not a code's form", i.Code)
		}
	}
	if i := signal.InfoOf("never.heard-of"); i.Gravity != signal.Grave {
		t.Errorf("an unknown code is %+v", i)
	}
}

// declared are the constants of type Code, here and elsewhere in the house, and all of the code's text outside tests.
func declared(t *testing.T) (names map[string]signal.Code, src string) {
	t.Helper()
	names = map[string]signal.Code{}
	var all strings.Builder
	set := token.NewFileSet()
	err := filepath.WalkDir("../../..", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") || strings.HasSuffix(p, "_templ.go") {
			return nil
		}
		f, err := parser.ParseFile(set, p, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.ValueSpec:
				keep(names, x)
			case *ast.SelectorExpr:
				all.WriteString(" ." + x.Sel.Name + " ")
			case *ast.KeyValueExpr:
				if v, ok := x.Value.(*ast.Ident); ok {
					all.WriteString(" " + v.Name + " ")
				}
			case *ast.CallExpr:
				for _, a := range x.Args {
					if v, ok := a.(*ast.Ident); ok {
						all.WriteString(" " + v.Name + " ")
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, all.String()
}

func keep(names map[string]signal.Code, x *ast.ValueSpec) {
	typ := x.Type
	if s, ok := typ.(*ast.SelectorExpr); ok {
		typ = s.Sel
	}
	if i, ok := typ.(*ast.Ident); !ok || i.Name != "Code" || len(x.Values) != 1 {
		return
	}
	lit, ok := x.Values[0].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return
	}
	if v, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(v, ".") {
		names[x.Names[0].Name] = signal.Code(v)
	}
}

func TestEveryCodeIsRaisedSomewhere(t *testing.T) {
	t.Parallel()
	names, src := declared(t)
	by := map[signal.Code]bool{}
	for name, code := range names {
		by[code] = true
		if signal.InfoOf(code).Title.En == signal.InfoOf("never.heard-of").Title.En {
			t.Errorf("%s (%s) is not in the table of codes", name, code)
		}
		if !regexp.MustCompile(`[ .]` + name + ` `).MatchString(src) {
			t.Errorf("nothing raises %s (%s)", name, code)
		}
	}
	for _, i := range signal.Codes() {
		if !by[i.Code] {
			t.Errorf("%s stands in the table and has no constant", i.Code)
		}
	}
}
