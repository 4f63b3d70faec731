package people

import "strings"

// Romaji writes katakana in Latin letters (Hepburn, long vowels left out), words parted by a dot.
func Romaji(katakana string) string {
	two, one := digraphs(), letters()
	rs := []rune(strings.NewReplacer("ー", "", " ", ".").Replace(katakana))
	var b strings.Builder
	double := false
	for i := 0; i < len(rs); i++ {
		out, known := "", false
		if i+1 < len(rs) {
			if out, known = two[string(rs[i:i+2])]; known {
				i++
			}
		}
		if !known {
			out, known = one[rs[i]]
		}
		switch {
		case rs[i] == 'ッ':
			double = true
			continue
		case !known:
			out = string(rs[i])
		case double && out != "":
			out = out[:1] + out
		}
		double = false
		b.WriteString(out)
	}
	return strings.NewReplacer("ou", "o", "oo", "o", "uu", "u").Replace(b.String())
}

// letters are the 46 sounds and their voiced forms.
func letters() map[rune]string {
	m := map[rune]string{'ン': "n", 'ッ': "", 'ヂ': "ji", 'ヅ': "zu", 'ヲ': "o", 'ワ': "wa", 'ヤ': "ya", 'ユ': "yu", 'ヨ': "yo", 'ヴ': "v"}
	for row, sounds := range map[string]string{"": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サシスセソ", "z": "ザジズゼゾ",
		"t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ", "r": "ラリルレロ"} {
		for i, r := range []rune(sounds) {
			m[r] = row + "aiueo"[i:i+1]
		}
	}
	m['シ'], m['チ'], m['ツ'], m['フ'], m['ジ'], m['ダ'], m['デ'], m['ド'] = "shi", "chi", "tsu", "fu", "ji", "da", "de", "do"
	return m
}

// digraphs are the sounds of two signs.
func digraphs() map[string]string {
	m := map[string]string{"ウィ": "wi", "ウェ": "we", "フィ": "fi", "ティ": "ti", "ディ": "di", "シェ": "she", "ジェ": "je", "チェ": "che"}
	for row, sign := range map[string]string{"ky": "キ", "gy": "ギ", "sh": "シ", "j": "ジ", "ch": "チ", "ny": "ニ", "hy": "ヒ",
		"by": "ビ", "py": "ピ", "my": "ミ", "ry": "リ"} {
		for i, small := range []string{"ャ", "ュ", "ョ"} {
			m[sign+small] = row + "auo"[i:i+1]
		}
	}
	return m
}
