package fold

import "testing"

func TestWritingsOfOneTextFoldTogether(t *testing.T) {
	t.Parallel()
	for _, group := range [][]string{
		{"ヤマダ タロウ", "やまだ　たろう", "ﾔﾏﾀﾞﾀﾛｳ"}, {"ABC商店", "ａｂｃ 商店"}, {"1-2-3", "１－２－３", "1ー2ー3", "1‐2−3"}, {"ガ", "ｶﾞ", "ガ"},
	} {
		for _, s := range group {
			if Text(s) != Text(group[0]) {
				t.Errorf("%q folds to %q, %q to %q", s, Text(s), group[0], Text(group[0]))
			}
		}
	}
	if Text("山田") == Text("山口") || Digits("03-1234") == Digits("03-1235") {
		t.Error("different texts fold together")
	}
}

func FuzzFoldTwice(f *testing.F) {
	f.Add("ヤマダ ｶﾞ １−２")
	f.Fuzz(func(t *testing.T, s string) {
		if once := Text(s); Text(once) != once {
			t.Errorf("%q folds to %q and then to %q", s, once, Text(once))
		}
	})
}
