package people_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/contact"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/sample/people"
)

func source(t *testing.T, seed uint64) (*people.Source, *postal.Table) {
	t.Helper()
	table, err := postal.Open()
	if err != nil {
		t.Fatal(err)
	}
	return people.New(table, seed), table
}

func TestThousandsOfPeopleAreWhole(t *testing.T) {
	t.Parallel()
	s, table := source(t, 1)
	names, mails, prefectures := map[string]int{}, map[string]bool{}, map[postal.Prefecture]int{}
	const n = 3000
	for range n {
		p := s.Next()
		for field, read := range map[string]struct {
			as   contact.Reader
			text string
		}{"name": {contact.Name, p.Name}, "furigana": {contact.Furigana, p.Furigana}, "postcode": {contact.Postcode, p.Postcode},
			"city": {contact.AddressLine, p.City}, "street": {contact.AddressLine, p.Street},
			"phone": {contact.Phone, p.Phone}, "email": {contact.Email, p.Email}} {
			if _, err := read.as(field, read.text); err != nil {
				t.Errorf("%+v: %v", p, err)
			}
		}
		fits := slices.ContainsFunc(table.Lookup(p.Postcode), func(at postal.Place) bool {
			return at.Prefecture == p.Prefecture && at.City == p.City && strings.HasPrefix(p.Street, at.Town)
		})
		if !fits {
			t.Errorf("%s is not in %s %s", p.Postcode, p.City, p.Street)
		}
		if mails[p.Email] || !strings.Contains(p.Email[strings.Index(p.Email, "@"):], "example.") {
			t.Errorf("mail %s", p.Email)
		}
		_, rest, _ := strings.Cut(p.Phone, "-")
		if rest[0] != '0' {
			t.Errorf("phone %s could be somebody's", p.Phone)
		}
		mails[p.Email] = true
		names[p.Name]++
		prefectures[p.Prefecture]++
	}
	if len(names) < n*9/10 {
		t.Errorf("%d names for %d people", len(names), n)
	}
	if len(prefectures) != 47 || prefectures[postal.ByName("東京都")] < prefectures[postal.ByName("鳥取県")]*5 {
		t.Errorf("people live in %d prefectures: %v", len(prefectures), prefectures)
	}
}

func TestTheSameSeedGivesTheSamePeople(t *testing.T) {
	t.Parallel()
	a, table := source(t, 7)
	b := people.New(table, 7)
	c := people.New(table, 8)
	same := 0
	for range 50 {
		x := a.Next()
		if y := b.Next(); x != y {
			t.Fatalf("%+v and %+v", x, y)
		}
		if x == c.Next() {
			same++
		}
	}
	if same > 0 {
		t.Error("another seed gave the same person")
	}
}

func TestRomaji(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"サトウ ヨウコ": "sato.yoko", "キンジョウ ジュンイチ": "kinjo.junichi", "ハットリ シンイチ": "hattori.shinichi",
		"クドウ チヅル": "kudo.chizuru", "オオタ ユウ": "ota.yu", "エミリー カーター": "emiri.kata"} {
		if got := people.Romaji(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
