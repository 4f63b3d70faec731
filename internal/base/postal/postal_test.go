package postal

import (
	"reflect"
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/i18n"
)

func opened(t testing.TB) *Table {
	t.Helper()
	table, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestKnownPostcodes(t *testing.T) {
	t.Parallel()
	const tokyo, kyoto, aichi, mie, hokkaido, yamagata = 13, 28, 22, 24, 1, 6
	table := opened(t)
	for code, want := range map[string][]Place{
		"1000001": {{tokyo, "千代田区", "千代田"}},
		"6008216": {{kyoto, "京都市下京区", "東塩小路町"}},
		"1000000": {{tokyo, "千代田区", ""}},
		"4980000": {{aichi, "弥富市", ""}, {mie, "桑名郡木曽岬町", ""}},
		"1006001": {{tokyo, "千代田区", "霞が関霞が関ビル"}},
		"0741271": {{hokkaido, "深川市", "音江町"}, {hokkaido, "深川市", "広里町"}},
		"9998531": {{yamagata, "飽海郡遊佐町", "菅里"}},
		"0000000": nil, "9999999": nil, "100000": nil, "10000011": nil, "100-0001": nil, "": nil,
		"１０００００１": nil, "+100001": nil,
	} {
		if got := table.Lookup(code); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
	if n := len(table.Lookup("4520961")); n < 2 {
		t.Errorf("452-0961 has %d towns", n)
	}
}

func TestEmbeddedTableIsWholeAndInNormalForm(t *testing.T) {
	t.Parallel()
	table := opened(t)
	if table.Len() < 120_000 || table.Source() == "" {
		t.Fatal(table.Len(), table.Source())
	}
	seen := map[Prefecture]bool{}
	for i, r := range table.rows {
		if i > 0 && table.rows[i-1].code > r.code {
			t.Fatalf("row %d is out of order", i)
		}
		if r.town != clean(r.town) {
			t.Fatalf("%q is not in normal form", r.town)
		}
		seen[ByJIS(table.cities[r.city].jis/1000)] = true
	}
	if len(seen) != 47 {
		t.Errorf("%d prefectures", len(seen))
	}
}

func TestTableIsSharedByManyGoroutines(t *testing.T) {
	t.Parallel()
	table := opened(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 200 {
				if got := table.Lookup("1000001"); len(got) != 1 {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
}

func TestHyphenate(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"1000001": "100-0001", "": "", "100": "100", "100-0001": "100-0001", "abcdefg": "abcdefg",
	} {
		if got := Hyphenate(code); got != want {
			t.Errorf("%q: %q", code, got)
		}
	}
}

func TestPrefecturesFollowThePublicNumbers(t *testing.T) {
	t.Parallel()
	for number, want := range map[Prefecture]struct {
		jis    int
		ja, en string
		region Region
	}{
		Hokkaido: {1, "北海道", "Hokkaido", RegionHokkaido},
		4:        {5, "秋田県", "Akita", RegionTohoku},
		5:        {4, "宮城県", "Miyagi", RegionTohoku},
		13:       {13, "東京都", "Tokyo", RegionKanto},
		16:       {18, "福井県", "Fukui", RegionHokuriku},
		18:       {16, "富山県", "Toyama", RegionHokuriku},
		25:       {30, "和歌山県", "Wakayama", RegionKinki},
		28:       {26, "京都府", "Kyoto", RegionKinki},
		43:       {44, "大分県", "Oita", RegionKyushu},
		44:       {43, "熊本県", "Kumamoto", RegionKyushu},
		Okinawa:  {47, "沖縄県", "Okinawa", RegionOkinawa},
		Overseas: {0, "海外", "Overseas", RegionElsewhere},
	} {
		named := number.Name(i18n.Ja) == want.ja && number.Name(i18n.En) == want.en
		if number.JIS() != want.jis || !named || number.Region() != want.region {
			t.Errorf("%d: %+v", number, number.row())
		}
	}
}

func TestPrefecturesAreFoundEachWay(t *testing.T) {
	t.Parallel()
	list, codes := Prefectures(), map[int]bool{}
	if len(list) != 48 {
		t.Fatal(len(list))
	}
	for _, p := range list {
		if p.row().number != p || ByName(p.Name(i18n.Ja)) != p || (p != Overseas && ByJIS(p.JIS()) != p) {
			t.Errorf("%d: %+v", p, p.row())
		}
		codes[p.JIS()] = true
	}
	if len(codes) != 48 {
		t.Errorf("%d codes", len(codes))
	}
	n := 0
	for _, r := range Regions() {
		if n += len(r.Of()); r.Name(i18n.Ja) == "" || r.Name(i18n.En) == "" || len(r.Of()) == 0 {
			t.Errorf("%s", r)
		}
	}
	if n != 48 {
		t.Errorf("the regions hold %d", n)
	}
	for _, none := range []Prefecture{0, 49, -1, ByJIS(0), ByJIS(48), ByName(""), ByName("東京")} {
		if none.Valid() || none.Name(i18n.Ja) != "" {
			t.Errorf("%d", none)
		}
	}
}

func TestParsePrefecture(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Prefecture{
		"1": 1, "48": 48, "0": 0, "49": 0, "-1": 0, "+1": 0, "01": 0, "": 0, "1.0": 0, "東京都": 0,
	} {
		if got := ParsePrefecture(s); got != want {
			t.Errorf("%q: %d", s, got)
		}
	}
}

func FuzzLookup(f *testing.F) {
	table := opened(f)
	for _, s := range []string{"1000001", "4980000", "9999999", "", "-100001", "100000x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range table.Lookup(s) {
			if !p.Prefecture.Valid() || p.City == "" || len(s) != digits {
				t.Fatalf("%q: %v", s, p)
			}
		}
		if p := ParsePrefecture(s); p != 0 && !p.Valid() {
			t.Fatalf("%q: %d", s, p)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		opened(b)
	}
}

func BenchmarkLookup(b *testing.B) {
	table := opened(b)
	for b.Loop() {
		table.Lookup("6008216")
	}
}
