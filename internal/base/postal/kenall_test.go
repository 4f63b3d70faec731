package postal

import (
	"bytes"
	"compress/gzip"
	"io"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

// kenAll is lines of the old layout, as the post office writes them: quotes, half-width kana, long towns broken.
const kenAll = `13101,"100  ","1000000","ﾄｳｷｮｳﾄ","ﾁﾖﾀﾞｸ","ｲｶﾆｹｲｻｲｶﾞﾅｲﾊﾞｱｲ","東京都","千代田区","以下に掲載がない場合",0,0,0,0,0,0
13101,"102  ","1020072","ﾄｳｷｮｳﾄ","ﾁﾖﾀﾞｸ","ｲｲﾀﾞﾊﾞｼ","東京都","千代田区","飯田橋",0,0,1,0,0,0
13101,"100  ","1006001","ﾄｳｷｮｳﾄ","ﾁﾖﾀﾞｸ","ｶｽﾐｶﾞｾｷｶｽﾐｶﾞｾｷﾋﾞﾙ(1ｶｲ)","東京都","千代田区","霞が関霞が関ビル（１階）",0,0,0,0,0,0
01224,"066  ","0660005","ﾎｯｶｲﾄﾞｳ","ﾁﾄｾｼ","ｷｮｳﾜ(88-2､271-10､343-2､404-1､427-","北海道","千歳市","協和（８８－２、２７１－１０、３４３－２、４０４－１、４２７－",1,0,0,0,0,0
01224,"066  ","0660005","ﾎｯｶｲﾄﾞｳ","ﾁﾄｾｼ","3､431-12､443-6､608-2､641-8､814､842-","北海道","千歳市","３、４３１－１２、４４３－６、６０８－２、６４１－８、８１４、８４２－",1,0,0,0,0,0
01224,"066  ","0660005","ﾎｯｶｲﾄﾞｳ","ﾁﾄｾｼ","5､1137-3､1392､1657､1752ﾊﾞﾝﾁ)","北海道","千歳市","５、１１３７－３、１３９２、１６５７、１７５２番地）",1,0,0,0,0,0
23235,"498  ","4980000","ｱｲﾁｹﾝ","ﾔﾄﾐｼ","ｲｶﾆｹｲｻｲｶﾞﾅｲﾊﾞｱｲ","愛知県","弥富市","以下に掲載がない場合",0,0,0,0,0,0
24303,"498  ","4980000","ﾐｴｹﾝ","ｸﾜﾅｸﾞﾝｷｿｻｷﾁｮｳ","ｲｶﾆｹｲｻｲｶﾞﾅｲﾊﾞｱｲ","三重県","桑名郡木曽岬町","以下に掲載がない場合",0,0,0,0,0,0
25443,"52203","5220317","ｼｶﾞｹﾝ","ｲﾇｶﾐｸﾞﾝﾀｶﾞﾁｮｳ","ｲﾁｴﾝ","滋賀県","犬上郡多賀町","一円",0,0,0,0,0,0
13362,"10003","1000301","ﾄｳｷｮｳﾄ","ﾄｼﾏﾑﾗ","ﾄｼﾏﾑﾗｲﾁｴﾝ","東京都","利島村","利島村一円",0,0,0,0,0,0
`

func wantKenAll() map[string][]Place {
	return map[string][]Place{
		"1000000": {{13, "千代田区", ""}},
		"1020072": {{13, "千代田区", "飯田橋"}},
		"1006001": {{13, "千代田区", "霞が関霞が関ビル"}},
		"0660005": {{1, "千歳市", "協和"}},
		"4980000": {{22, "弥富市", ""}, {24, "桑名郡木曽岬町", ""}},
		"5220317": {{26, "犬上郡多賀町", "一円"}},
		"1000301": {{13, "利島村", ""}},
		"1000001": nil,
	}
}

func shiftJIS(t testing.TB, s string) []byte {
	t.Helper()
	b, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPostOfficesFileIsReadInEachLayout(t *testing.T) {
	t.Parallel()
	crlf := strings.ReplaceAll(kenAll, "\n", "\r\n")
	for layout, b := range map[string][]byte{
		"ken_all":              shiftJIS(t, crlf),
		"utf_ken_all":          []byte(crlf),
		"utf_ken_all with BOM": []byte("\uFEFF" + kenAll),
	} {
		table, err := Load(bytes.NewReader(b), "Japan Post, 2026-10")
		if err != nil {
			t.Errorf("%s: %v", layout, err)
			continue
		}
		for code, want := range wantKenAll() {
			if got := table.Lookup(code); !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: %v, want %v", layout, code, got, want)
			}
		}
	}
}

func TestTowns(t *testing.T) {
	t.Parallel()
	for field, want := range map[string][]string{
		"飯田橋":        {"飯田橋"},
		"以下に掲載がない場合": {""},
		"":           {""},
		"渡名喜村一円":     {""},
		"一円":         {"一円"},
		"小菅村の次に１～６６３番地がくる場合":              {""},
		"琴平町の次に４２７番地以降がくる場合":              {""},
		"藤野（４００、４００－２番地）":                 {"藤野"},
		"大通西（１～１９丁目）":                     {"大通西"},
		"甲、乙（大木戸）":                        {"甲", "乙"},
		"井道、奥井道、内井道":                      {"井道", "奥井道", "内井道"},
		"種市第１５地割～第２１地割（鹿糠、小路合）":           {"種市"},
		"葛巻（第４０地割「５７番地１２５、１７６を除く」～第４５地割）": {"葛巻"},
		"越中畑６４地割～越中畑６６地割":                 {"越中畑"},
		"大江１丁目、２丁目（６５１、６６２番地）":            {"大江"},
		"西３条":     {"西3条"},
		"１７号":     {"17号"},
		"ｶｽﾐｶﾞｾｷ": {"カスミガセキ"},
		"（その他）":   {""},
		"、、":      {""},
		"町）":      {"町"},
	} {
		if got := Towns(field); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
}

func TestCompactFormReadsBack(t *testing.T) {
	t.Parallel()
	table, err := Load(strings.NewReader(kenAll), "Japan Post, 2026-10")
	if err != nil {
		t.Fatal(err)
	}
	var one, two bytes.Buffer
	n, err := table.WriteTo(&one)
	if err != nil || n != int64(one.Len()) {
		t.Fatal(n, err)
	}
	if _, err := table.WriteTo(&two); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Fatal("written twice, differs", err)
	}
	again, err := Read(&one)
	if err != nil || again.Source() != "Japan Post, 2026-10" || again.Len() != table.Len() {
		t.Fatal(again, err)
	}
	for code, want := range wantKenAll() {
		if got := again.Lookup(code); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
}

func badKenAll() []string {
	first, _, _ := strings.Cut(kenAll, "\n")
	open := strings.Split(kenAll, "\n")[3]
	with := func(old, new string) string { return strings.Replace(first, old, new, 1) }
	return []string{
		"", "x", first + ",0", with(`"1000000"`, `"100000"`), with("13101", "14101"), with("13101", "99101"),
		with("13101", "1310"), with("千代田区", ""), first + "\n" + with("千代田区", "港区"),
		open, open + "\n" + first, first + "\n\"", "\x80\x80\x80",
	}
}

func TestBrokenFilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range badKenAll() {
		if table, err := Load(strings.NewReader(s), "test"); err == nil {
			t.Errorf("%q read as %v", s, table)
		}
	}
	for _, source := range []string{"", "a\nb", "\xff"} {
		if _, err := Load(strings.NewReader(kenAll), source); err == nil {
			t.Errorf("source %q was taken", source)
		}
	}
	for _, s := range badCompact() {
		if table, err := parse(s); err == nil {
			t.Errorf("%q read as %v", s, table)
		}
	}
	for _, b := range []string{"", "x", string(embedded[:1000])} {
		if _, err := Read(strings.NewReader(b)); err == nil {
			t.Errorf("%.20q was read", b)
		}
	}
}

func badCompact() []string {
	const head = heading + "\nsource\n"
	const city = head + "13101\t千代田区\n"
	return []string{
		"", "x", head, city, head + "1310\t千代田区\n\n", head + "99101\t千代田区\n\n", head + "13101\t\n\n",
		city + "\n1000001\t1\t千代田\n", city + "\n1000001\t0\t千代田", city + "\n-1\t0\t千代田\n",
		city + "\n9999999\t0\tx\n1\t0\tx\n", city + "\n1\t0\n",
	}
}

func TestUnpackedSizeIsBounded(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.CopyN(z, zeros{}, maxFile+1); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(&b); err == nil {
		t.Fatal("a bomb was read")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func FuzzLoad(f *testing.F) {
	f.Add([]byte(kenAll))
	f.Add(shiftJIS(f, kenAll))
	for _, s := range badKenAll() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := Load(bytes.NewReader(b), "fuzz")
		if err != nil {
			return
		}
		var out bytes.Buffer
		if _, err := table.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&out)
		if err != nil || again.Len() != table.Len() || !reflect.DeepEqual(again.cities, table.cities) {
			t.Fatalf("%v does not read back: %v", table, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(heading + "\nsource\n13101\t千代田区\n\n1000001\t0\t千代田\n1\t0\t\n")
	for _, s := range badCompact() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		table, err := parse(s)
		if err != nil {
			return
		}
		for _, r := range table.rows {
			if int(r.city) >= len(table.cities) || r.code < 0 || r.code > 9_999_999 {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func FuzzTowns(f *testing.F) {
	for _, s := range []string{"甲、乙（大木戸）", "一円", "第１地割", "（（）", "、１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		names := Towns(s)
		if len(names) == 0 {
			t.Fatalf("%q has no town, not even the empty one", s)
		}
		for _, n := range names {
			if strings.ContainsAny(n, "（）、\n\t") {
				t.Fatalf("%q → %q", s, names)
			}
		}
	})
}
