// Package people invents purchasers: names with their readings, addresses whose postcodes exist, phones and mail addresses
// that lead nowhere.
//
// It guarantees that the same seed gives the same people, that a reading is its name's, that postcode, prefecture, city and
// town belong together, and that every field passes base/contact. It refuses numbers and domains that could be somebody's:
// exchanges begin with 0, which none does in Japan, and mail goes to example.jp and example.com (RFC 2606).
package people

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/postal"
)

//go:embed data/surnames.tsv
var surnames string

//go:embed data/female.tsv
var female string

//go:embed data/male.tsv
var male string

//go:embed data/abroad.tsv
var abroad string

//go:embed data/notes.tsv
var notes string

//go:embed data/buildings.tsv
var buildings string

// A Person buys in sample shops.
type Person struct {
	Lang       i18n.Lang
	Name       string
	Furigana   string
	Company    string
	Postcode   string
	Prefecture postal.Prefecture
	City       string
	Street     string // with its town
	Building   string
	Phone      string
	Email      string
}

// A Source invents people. It is for one goroutine.
type Source struct {
	rng    *rand.Rand
	table  *postal.Table
	rows   map[postal.Prefecture][]int32 // places fit for an address
	shares []int                         // how many of 10,000 live in a prefecture or one before it
	family []name
	women  []name
	men    []name
	abroad []name
	houses []string
	notes  []string
	met    map[string]int
}

type name struct{ written, read string }

// New makes a source. The table is read once for the places that an address can be made of.
func New(table *postal.Table, seed uint64) *Source {
	s := &Source{rng: rand.New(rand.NewPCG(seed, 0x70656f706c65)), table: table, rows: map[postal.Prefecture][]int32{},
		family: names(surnames), women: names(female), men: names(male), abroad: names(abroad),
		houses: strings.Fields(buildings), notes: strings.Split(strings.TrimSpace(notes), "\n"), met: map[string]int{}}
	for i := range table.Len() {
		if _, p := table.At(i); plain(p.Town) {
			s.rows[p.Prefecture] = append(s.rows[p.Prefecture], int32(i))
		}
	}
	sum := 0
	for _, n := range population() {
		sum += n
		s.shares = append(s.shares, sum)
	}
	return s
}

func names(text string) []name {
	var out []name
	for line := range strings.Lines(text) {
		written, read, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		out = append(out, name{written, read})
	}
	return out
}

// plain is a town that is written in an address as it stands: no brackets, ranges or notes.
func plain(town string) bool {
	return town != "" && len(town) <= 36 && !strings.ContainsAny(town, "()（）、〜～「」・0123456789０１２３４５６７８９")
}

// population is how people are spread over the prefectures, in ten-thousands, by JIS X 0401 code, rounded from the census of 2020.
func population() []int {
	return []int{522, 124, 121, 230, 96, 107, 183, 287, 193, 194, 734, 628, 1405, 924, 220, 103, 113, 77, 81, 205, 198, 363,
		754, 177, 141, 258, 884, 547, 132, 92, 55, 67, 189, 280, 134, 72, 95, 133, 69, 514, 81, 131, 174, 112, 107, 159, 147}
}

// Next invents one more person.
func (s *Source) Next() Person {
	p := Person{Lang: i18n.Ja}
	if s.rng.IntN(100) < 3 {
		who := pick(s.rng, s.abroad)
		p.Lang, p.Name, p.Furigana = i18n.En, who.written, who.read
	} else {
		family, given := pick(s.rng, s.family), pick(s.rng, s.women)
		if s.rng.IntN(100) < 42 {
			given = pick(s.rng, s.men)
		}
		p.Name, p.Furigana = family.written+" "+given.written, family.read+" "+given.read
	}
	s.house(&p)
	if s.rng.IntN(100) < 4 {
		p.Company = pick(s.rng, []string{"株式会社", "有限会社", "合同会社"}) + pick(s.rng, s.family).written +
			pick(s.rng, []string{"商店", "設計", "工務店", "デザイン", "珈琲"}) + "(見本)"
	}
	p.Phone = s.phone(p.Prefecture)
	p.Email = s.email(p)
	return p
}

// house finds the person a home.
func (s *Source) house(p *Person) {
	at := s.rng.IntN(s.shares[len(s.shares)-1])
	jis := 1
	for s.shares[jis-1] <= at {
		jis++
	}
	place := postal.Place{}
	p.Prefecture = postal.ByJIS(jis)
	p.Postcode, place = s.table.At(int(pick(s.rng, s.rows[p.Prefecture])))
	p.City = place.City
	p.Street = fmt.Sprintf("%s%d-%d-%d", place.Town, 1+s.rng.IntN(6), 1+s.rng.IntN(28), 1+s.rng.IntN(20))
	if s.rng.IntN(100) < 45 {
		p.Building = fmt.Sprintf("%s%d%02d号室", pick(s.rng, s.houses), 1+s.rng.IntN(9), 1+s.rng.IntN(12))
	}
}

// phone is a number that no line has: the digits after the area code, or after 090, begin with 0.
func (s *Source) phone(at postal.Prefecture) string {
	if s.rng.IntN(100) < 80 {
		return fmt.Sprintf("090-0%03d-%04d", s.rng.IntN(1000), s.rng.IntN(10_000))
	}
	switch at.JIS() {
	case 13:
		return fmt.Sprintf("03-0%03d-%04d", s.rng.IntN(1000), s.rng.IntN(10_000))
	case 27:
		return fmt.Sprintf("06-0%03d-%04d", s.rng.IntN(1000), s.rng.IntN(10_000))
	}
	return fmt.Sprintf("%s-0%02d-%04d", pick(s.rng, []string{"011", "022", "025", "043", "045", "052", "075", "082", "092"}),
		s.rng.IntN(100), s.rng.IntN(10_000))
}

// email is made from the reading, so that it looks like the person's; a namesake gets a number.
func (s *Source) email(p Person) string {
	local := Romaji(p.Furigana)
	if s.rng.IntN(2) == 0 {
		family, given, _ := strings.Cut(local, ".")
		local = given + "." + family
	}
	if s.rng.IntN(3) == 0 {
		local += fmt.Sprintf("%02d", s.rng.IntN(100))
	}
	local += "@" + pick(s.rng, []string{"example.jp", "example.com", "mail.example.jp", "mobile.example.jp"})
	if s.met[local]++; s.met[local] > 1 {
		user, domain, _ := strings.Cut(local, "@")
		return fmt.Sprintf("%s-%d@%s", user, s.met[local], domain)
	}
	return local
}

// Note is what somebody writes to the shop; most write nothing.
func (s *Source) Note() string {
	if s.rng.IntN(100) < 14 {
		return pick(s.rng, s.notes)
	}
	return ""
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
