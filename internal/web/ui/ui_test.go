package ui

import (
	"bytes"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
)

var declared = regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{3,6});`)

// colours reads the custom properties of a block over those of another.
func colours(base map[string]string, block string) map[string]string {
	out := map[string]string{}
	for k, v := range base {
		out[k] = v
	}
	for _, m := range declared.FindAllStringSubmatch(block, -1) {
		out[m[1]] = m[2]
	}
	return out
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	sum := 0.0
	for i, w := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatalf("%s: %v", hex, err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += w * c
	}
	return sum
}

// TestColoursCanBeRead holds WCAG 2.2 AA: 4.5 for words, 3 for the edges of fields and the focus ring.
func TestColoursCanBeRead(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		b, err := static.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	css, layouts := read("1-base.css"), read("3-layouts.css")
	root, rest, _ := strings.Cut(css, "*, *::before")
	light := colours(nil, root)
	_, dark, _ := strings.Cut(rest, "prefers-color-scheme: dark")
	dark, _, _ = strings.Cut(dark, "color-scheme: dark;")
	sets := map[string]map[string]string{"light": light, "dark": colours(light, dark)}
	for _, m := range regexp.MustCompile(`\.theme-([a-z]+) \{([^}]+)\}`).FindAllStringSubmatch(layouts, -1) {
		sets[m[1]] = colours(light, m[2])
	}
	if len(sets) != 5 {
		t.Fatalf("%d sets of colours", len(sets))
	}
	for name, c := range sets {
		for _, p := range []struct {
			front, back string
			least       float64
		}{
			{"ink", "paper", 7}, {"ink", "washi", 7}, {"ink-2", "washi", 4.5}, {"ink-2", "paper", 4.5}, {"ink-2", "wash", 4.5}, {"ink-3", "paper", 4.5},
			{"ink-3", "washi", 4.5}, {"accent", "paper", 4.5}, {"accent", "washi", 4.5}, {"accent", "tint", 4.5}, {"on-accent", "accent", 4.5},
			{"on-accent", "accent-2", 4.5}, {"good", "good-tint", 4.5}, {"warn", "warn-tint", 4.5}, {"bad", "bad-tint", 4.5}, {"bad", "paper", 4.5},
			{"good", "paper", 4.5}, {"ink", "tint", 7}, {"field", "paper", 3}, {"ring", "paper", 3}, {"ring", "washi", 3},
		} {
			a, b := luminance(t, c[p.front]), luminance(t, c[p.back])
			if ratio := (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05); ratio < p.least {
				t.Errorf("%s: %s on %s is %.2f, below %.1f", name, p.front, p.back, ratio, p.least)
			}
		}
	}
}

func TestStylesLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	set, err := NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{sheet, script, mark} {
		if set.URL(name) == "" {
			t.Errorf("%s is missing", name)
		}
	}
	err = fs.WalkDir(static, "static", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := static.ReadFile(p)
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(b), "http://www.w3.org/", "")
		for _, bad := range []string{"http:", "https:", "@import", "@font-face", "eval(", "innerHTML", "new Function"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %s", p, bad)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatVisitorsTypeIsEscaped(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script>`
	p := Page{Lang: i18n.Ja}
	var b bytes.Buffer
	for _, f := range []Field{{Name: "a", Label: evil, Value: evil, Hint: evil, Error: evil, Placeholder: evil}} {
		for _, err := range []error{Input(p, f).Render(t.Context(), &b), TextArea(p, f).Render(t.Context(), &b),
			Anchor("javascript:alert(1)", evil).Render(t.Context(), &b)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if strings.Contains(b.String(), "<script") || strings.Contains(b.String(), "javascript:") {
		t.Error(b.String())
	}
}

func TestErrorsStandAtTheirFields(t *testing.T) {
	t.Parallel()
	e := ErrorsOf(i18n.En, fault.Faults{fault.Invalid("tel", fault.Text{Ja: "電話", En: "phone"}), fault.Conflict(fault.Text{Ja: "古い", En: "old"})})
	var b bytes.Buffer
	if err := ErrorSummary(Page{Lang: i18n.En}, e).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if e.At("tel") != "phone" || e.At("x") != "" || !strings.Contains(b.String(), `href="#f-tel"`) || !strings.Contains(b.String(), "old") {
		t.Error(b.String())
	}
	b.Reset()
	f := Field{Name: "tel", Label: "Telephone", Hint: "digits", Error: e.At("tel"), Need: Required}
	if err := Input(Page{Lang: i18n.En}, f).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`for="f-tel"`, `aria-invalid="true"`, `aria-describedby="f-tel-hint f-tel-error"`, "required", "Required"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %s: %s", want, b.String())
		}
	}
	if none := ErrorsOf(i18n.En, nil); none.Any() {
		t.Error("nil is a fault")
	}
}
