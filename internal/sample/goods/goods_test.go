package goods_test

import (
	"net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/sample/art"
	"github.com/noren-shop/noren/internal/sample/goods"
)

func shops(t *testing.T, n, products int) []goods.Shop {
	t.Helper()
	all, err := goods.Shops(n, products)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryProductPassesTheCataloguesRules(t *testing.T) {
	t.Parallel()
	for _, s := range shops(t, 6, 300) {
		handles, models := map[string]bool{}, map[string]bool{}
		for i, p := range s.Products {
			in, err := s.In(p, int64(i))
			if err != nil {
				t.Fatal(err)
			}
			if err := in.Clean(); err != nil {
				t.Errorf("%s %s: %v", s.Handle, p.Handle, err)
			}
			if handles[p.Handle] {
				t.Errorf("%s: %s twice", s.Handle, p.Handle)
			}
			handles[p.Handle] = true
			for _, v := range in.Variants {
				if models[v.Model] || v.Price < 300 || v.WeightG < 30 {
					t.Errorf("%s: model %q twice, or price %d or weight %d is odd", p.Handle, v.Model, v.Price, v.WeightG)
				}
				models[v.Model] = true
			}
		}
	}
}

func TestTheWrittenShopsAreComplete(t *testing.T) {
	t.Parallel()
	total, reduced, standard, scarce := 0, 0, 0, map[string]int{}
	for _, s := range shops(t, 3, 66) {
		if len(s.Products) < 20 {
			t.Errorf("%s has %d products", s.Handle, len(s.Products))
		}
		slugs := map[string]bool{}
		for _, c := range s.Categories {
			slugs[c.Slug] = true
			for _, k := range c.Sub {
				slugs[k.Slug] = true
			}
		}
		picks := map[string]int{}
		for _, p := range s.Products {
			total++
			scarce[p.Stock]++
			if p.Food {
				reduced++
			} else if s.Theme == "tea" {
				standard++
			}
			if n := strings.Count(p.Text, "。"); n < 2 || n > 5 || p.Kana == "" || p.En == "" || p.TextEn == "" {
				t.Errorf("%s: its texts are not whole (%d sentences)", p.Handle, n)
			}
			for _, c := range p.In {
				if !slugs[c] {
					t.Errorf("%s: no category %q", p.Handle, c)
				}
			}
			for _, k := range p.Picks {
				if !catalog.PickList(k).Valid() {
					t.Errorf("%s: no list %q", p.Handle, k)
				}
				picks[k]++
			}
			if len(p.In) == 0 {
				t.Errorf("%s is in no category", p.Handle)
			}
		}
		if picks["recommended"] < 4 || picks["new"] < 3 || picks["best"] < 4 {
			t.Errorf("%s: picks %v", s.Handle, picks)
		}
	}
	if total < 60 || reduced < 10 || standard < 3 || scarce[goods.Out] < 3 || scarce[goods.Low] < 5 || scarce[goods.One] < 3 {
		t.Errorf("%d products, %d reduced, %d standard beside them, stock %v", total, reduced, standard, scarce)
	}
}

func TestEveryPictureCanBeDrawn(t *testing.T) {
	t.Parallel()
	for _, s := range shops(t, 3, 66) {
		shop := art.Shop(s.Theme)
		tones := map[string]bool{}
		for _, tone := range art.Tones(shop) {
			tones[tone.Name] = true
		}
		for _, p := range s.Products {
			for _, a := range s.Pictures(p) {
				if art.Kind(a.Kind).Shop() != shop || !tones[a.Tone] {
					t.Errorf("%s: nobody draws %v", p.Handle, a)
				}
			}
			if len(p.Art) == 0 {
				t.Errorf("%s has no picture", p.Handle)
			}
		}
	}
}

func TestShopsPassTheRulesOfOpening(t *testing.T) {
	t.Parallel()
	owners := map[string]bool{}
	for _, s := range shops(t, 9, 90) {
		settings, legal := s.Settings(), s.Legal
		if err := settings.Validate(); err != nil {
			t.Errorf("%s: %v", s.Handle, err)
		}
		if err := legal.Validate(); err != nil {
			t.Errorf("%s: %v", s.Handle, err)
		}
		if settings.Delivery == "" || settings.PaymentTime == "" || settings.Returns == "" {
			t.Errorf("%s lacks what the law asks for", s.Handle)
		}
		for _, m := range s.Methods() {
			if err := m.Check(); err != nil {
				t.Errorf("%s: %v", s.Handle, err)
			}
			for i, f := range m.Fees {
				if !f.Reached {
					t.Errorf("%s does not reach prefecture %d", s.Handle, i+1)
				}
			}
		}
		for _, p := range s.Payments() {
			if err := p.Check(); err != nil {
				t.Errorf("%s: %v", s.Handle, err)
			}
		}
		for _, a := range []string{s.Legal.Email, s.Owner.Email} {
			if m, err := mail.ParseAddress(a); err != nil || !strings.HasSuffix(m.Address, ".example.jp") {
				t.Errorf("%s: %s", s.Handle, a)
			}
		}
		if owners[s.Owner.Email] || !utf8.ValidString(s.About) {
			t.Errorf("%s: owner twice", s.Handle)
		}
		owners[s.Owner.Email] = true
	}
}
