package internal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// byHand are the ways by which a page could run or load something that the inventory of scripts does not know.
var byHand = regexp.MustCompile(`(?i)<(script|iframe|frame|object|embed|base|applet)\b|<link\b[^>]*\brel="?(stylesheet|preload|modulepreload|prefetch)|` +
	`\son[a-z]+=["{]|javascript:|http-equiv`)

// TestPagesLoadWhatTheInventoryHas: templates do not write tags that load or run something. One place does, from the registered
// assets, so that the inventory of scripts (docs/pci.md) is complete by construction.
func TestPagesLoadWhatTheInventoryHas(t *testing.T) {
	t.Parallel()
	may := map[string]string{"../internal/web/ui/base.templ": "the head that every page has: registered assets, with their integrity",
		"../internal/web/account/paying/framed.templ": "the one frame, of a provider's card page; the inventory has its origin under frames"}
	seen := 0
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && (d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
				return filepath.SkipDir
			}
			return err
		}
		web := strings.HasSuffix(p, ".templ") || strings.HasPrefix(filepath.ToSlash(p), "../internal/web/") && strings.HasSuffix(p, ".go")
		if !web || strings.HasSuffix(p, "_test.go") || strings.HasSuffix(p, "_templ.go") {
			return nil
		}
		seen++
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if _, listed := may[filepath.ToSlash(p)]; listed {
			return nil
		}
		for n, line := range slices.Collect(strings.Lines(string(src))) {
			if m := byHand.FindString(line); m != "" && !strings.HasPrefix(strings.TrimSpace(line), "//") {
				t.Errorf("%s:%d: %q: a page loads registered assets through ui's head and nothing else", p, n+1, m)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Errorf("looked at only %d files", seen)
	}
}
