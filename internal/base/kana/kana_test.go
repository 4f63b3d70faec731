package kana

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		do       func(string) string
		in, want string
	}{
		{"widen", Widen, "ﾎﾟﾁ ﾀﾞﾝｽﾞ ｳﾞｧｲｵﾘﾝ", "ポチ ダンズ ヴァイオリン"},
		{"widen", Widen, "ﾄｳｷｮｳﾄﾁﾖﾀﾞｸ｢ﾏﾙﾉｳﾁ｣1-1", "トウキョウトチヨダク「マルノウチ」1-1"},
		{"widen", Widen, "ｺｰﾋｰ､ｵﾁｬ｡･", "コーヒー、オチャ。・"},
		{"widen all", Widen, "ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵﾗﾘﾙﾚﾛﾜﾝ", "ヲァィゥェォャュョッーアイウエオラリルレロワン"},
		{"marks apart", Widen, "か\u3099は\u309Aう\u3099", "がぱゔ"},
		{"half mark after full", Widen, "カﾞハﾟ", "ガパ"},
		{"mark alone", Widen, "ﾞアﾞﾟ\u3099", "゛ア゛゜゛"},
		{"no second mark", Widen, "ｶﾞﾞ", "ガ゛"},
		{"rare letters", Widen, "ﾜﾞｦﾞ", "ヷヺ"},
		{"kanji stay", Widen, "﨑神髙", "﨑神髙"},
		{"narrow", Narrow, "ＡＢＣ－１２３　（ｘ）～", "ABC-123 (x)~"},
		{"narrow leaves kana", Narrow, "アｱー", "アｱー"},
		{"katakana", Katakana, "やまだ ゔぁ ゝゞ ー", "ヤマダ ヴァ ヽヾ ー"},
		{"hiragana", Hiragana, "ヤマダ ヴァ ヽヾ ー ヵヶ ヷ", "やまだ ゔぁ ゝゞ ー ゕゖ ヷ"},
		{"tidy", Tidy, "　ﾔﾏﾀﾞ　　　太郎 ", "ヤマダ 太郎"},
		{"fold width", Fold, "ｶﾌﾞ", "カブ"},
		{"fold kana", Fold, "かぶ", "カブ"},
		{"fold case", Fold, "ＴｅＡ　 Ｐｏｔ", "tea pot"},
		{"fold signs", Fold, "㈱①", "(株)1"},
	} {
		if got := c.do(c.in); got != c.want {
			t.Errorf("%s: %q → %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestEveryHalfWidthKanaHasItsFullForm(t *testing.T) {
	t.Parallel()
	if n := utf8.RuneCountInString(halfInOrder); n != lastHalf-firstHalf+1 || len(halfInOrder) != n*bytesInOrder {
		t.Fatalf("%d forms", n)
	}
	for r := firstHalf; r <= lastHalf; r++ {
		if got := Widen("x" + string(r)); strings.ContainsRune(got, r) || utf8.RuneCountInString(got) != 2 {
			t.Errorf("%q → %q", r, got)
		}
	}
}

func TestIsKatakana(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"ヤマダ タロウ": true, "マリー・アン": true, "ヴァン": true, "ジョー": true,
		"": false, " ": false, "ー": false, "・": false, "やまだ": false, "ﾔﾏﾀﾞ": false, "ヤマダ　タロウ": false, "ヤマダ  タロウ": false,
		" ヤマダ": false, "ヤマダ ": false, "ヤマダ1": false, "YAMADA": false, "山田": false, "ヤマダ\n": false, "ヤマダ😀": false,
	} {
		if IsKatakana(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestCutKeepsLettersWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"東京都千代田区", 3, "東京都"},
		{"東京", 5, "東京"},
		{"東京", 0, ""},
		{"東京", -1, ""},
		{"", 3, ""},
		{"葛\U000E0100城市", 1, ""},
		{"葛\U000E0100城市", 2, "葛\U000E0100"},
		{"e\u0301\u0302a", 2, ""},
		{"ab\u0301\u0302c", 3, "a"},
		{"ab\u0301\u0302c", 4, "ab\u0301\u0302"},
	} {
		if got := Cut(c.in, c.n); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func FuzzForms(f *testing.F) {
	for _, s := range []string{"ﾎﾟﾁ", "か\u3099", "葛\U000E0100城市", "\xff", "ＡＢＣ　", "゛"} {
		f.Add(s, 2)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		if !utf8.ValidString(s) {
			return
		}
		tidy := Tidy(s)
		if again := Tidy(tidy); again != tidy {
			t.Fatalf("%q → %q → %q", s, tidy, again)
		}
		if Hiragana(Katakana(Hiragana(s))) != Hiragana(s) || Katakana(Hiragana(Katakana(s))) != Katakana(s) {
			t.Fatalf("%q changes", s)
		}
		cut := Cut(s, n)
		if !strings.HasPrefix(s, cut) || utf8.RuneCountInString(cut) > max(n, 0) {
			t.Fatalf("%q, %d → %q", s, n, cut)
		}
		if strings.ContainsFunc(Widen(s), func(r rune) bool { return r >= firstHalf && r <= lastHalf }) {
			t.Fatalf("%q keeps half-width kana", s)
		}
		Fold(s)
	})
}
