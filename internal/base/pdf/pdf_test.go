package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden digest")

// press is opened once per test: unpacking takes some 40 ms.
func press(t testing.TB) *Press {
	t.Helper()
	p, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func paper(rows int) Document {
	t := Table{Columns: []Column{{"品目", 6, Left}, {"数量", 1, Right}, {"金額", 2, Right}},
		Foot: [][]string{{"合計", "", "1,234,567円"}}}
	for i := range rows {
		t.Rows = append(t.Rows, []string{fmt.Sprintf("スタンダードプラン %d月分の利用料※", i+1), "1", "4,950円"})
	}
	return Document{Title: "請求書", Author: "暖簾株式会社", Made: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Footer: "請求書 N-1",
		Blocks: []Block{Heading{Text: "請求書"}, Columns{[]Line{{"株式会社山田商店 御中", Large}, {"〒100-0001 東京都千代田区千代田1-1", Normal}},
			[]Line{{"暖簾株式会社", Large}, {"登録番号 T1180301018771", Normal}}}, Pairs{[]Pair{{"ご請求金額", "¥1,234,567"}, {"お支払い期限", "2026年12月31日"}}, 0},
			t, Heading{"備考", Part}, Note{Text: strings.Repeat("この請求書は電子的に発行しています。", 12)}}}
}

// TestTheSamePaperIsTheSameBytes holds the printed bytes against the digest of those that were looked at.
func TestTheSamePaperIsTheSameBytes(t *testing.T) {
	t.Parallel()
	p := press(t)
	var first []byte
	for range 3 {
		got, err := p.Render(paper(60))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(first, got) {
			t.Fatal("two prints of one paper differ")
		}
	}
	sum := sha256.Sum256(first)
	got, golden := hex.EncodeToString(sum[:]), filepath.Join("testdata", "paper.sha256")
	if *update {
		if err := os.WriteFile(golden, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || strings.TrimSpace(string(want)) != got {
		t.Errorf("digest %s, golden %s (%v): look at the paper, then -update", got, want, err)
	}
	if dir := os.Getenv("NOREN_LOOK"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "paper.pdf"), first, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if len(first) > 100<<10 {
		t.Errorf("%d bytes: is the whole font in it?", len(first))
	}
}

func TestLongTablesGoOverPages(t *testing.T) {
	t.Parallel()
	p := press(t)
	for rows, pages := range map[int]int{0: 1, 5: 1, 60: 3, 500: 16} {
		b, err := p.Render(paper(rows))
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(b, []byte("/Type /Page\n")); got != pages {
			t.Errorf("%d rows on %d pages, want %d", rows, got, pages)
		}
	}
}

func TestNoLineIsWiderThanItsColumn(t *testing.T) {
	t.Parallel()
	pg := testPage(t)
	for _, s := range []string{strings.Repeat("あ", 300), strings.Repeat("W", 300), strings.Repeat("long words here ", 30), "短い", "", "a\nb\n"} {
		lines, err := pg.lines(s, sizeText, 120)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if w, err := pg.g.MeasureTextWidth(strings.TrimRight(l, " ")); err != nil || w > 120.01 {
				t.Errorf("%q is %.1f wide (%v)", l, w, err)
			}
		}
		if strings.Join(lines, "") != strings.ReplaceAll(s, "\n", "") {
			t.Errorf("%q lost something: %q", s, lines)
		}
	}
}

func TestBoundsAreKept(t *testing.T) {
	t.Parallel()
	p := press(t)
	for name, d := range map[string]Document{
		"rows":   {Blocks: []Block{Table{Columns: []Column{{"a", 1, Left}}, Rows: make([][]string, MaxRows+1)}}},
		"blocks": {Blocks: make([]Block, MaxBlocks+1)},
		"cells":  {Blocks: []Block{Table{Columns: []Column{{"a", 1, Left}}, Rows: [][]string{{"a", "b"}}}}},
		"width":  {Blocks: []Block{Table{Columns: []Column{{"a", 0, Left}}}}},
	} {
		if _, err := p.Render(d); err == nil {
			t.Errorf("%s: printed", name)
		}
	}
	if got := Clean("a\x00b\u202ec😀\td"); got != "abc〓 d" {
		t.Errorf("cleaned to %q", got)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"請求書", "a\nb", "😀", "\xff\xfe", strings.Repeat("長", 3000), "(\\)", "%%EOF", "﷽", "\u0301\u200d"} {
		f.Add(s)
	}
	p := press(f)
	f.Fuzz(func(t *testing.T, s string) {
		b, err := p.Render(Document{Title: s, Author: s, Footer: s, Blocks: []Block{Heading{Text: s}, Columns{[]Line{{s, Large}}, []Line{{s, Small}}},
			Pairs{[]Pair{{s, s}}, 0}, Note{Text: s}, Table{Columns: []Column{{s, 1, Left}, {s, 2, Right}}, Rows: [][]string{{s, s}}}}})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b, []byte("%PDF-")) || bytes.Count(b, []byte("%%EOF")) < 1 {
			t.Error("not a PDF")
		}
	})
}

func testPage(t testing.TB) *page {
	t.Helper()
	d := Document{Blocks: []Block{}}
	var got *page
	d.Blocks = append(d.Blocks, spy(func(p *page) { got = p }))
	if _, err := press(t).Render(d); err != nil {
		t.Fatal(err)
	}
	return got
}

type spy func(*page)

func (s spy) draw(p *page) error { s(p); return nil }
