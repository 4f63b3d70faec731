// Package paper is what a shop says about itself: who sells, on which terms, what it does with personal data; and
// what it tells search engines.
//
// It guarantees that what the law has a shop publish (特定商取引法 article 11) stands on one page, in both languages' words.
// It refuses markup: all of it is plain text.
package paper

import (
	"encoding/xml"
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/page"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/shipping"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/storefront/front"
)

// A Door shows papers.
type Door struct {
	*front.Front
	Contact  checkout.Contact
	Shipping *shipping.Service
	Payment  *payment.Service
}

// Routes of the papers. What is read from elsewhere than the shop's own versions is not kept.
func (d *Door) Routes() []frame.Route {
	return []frame.Route{
		{Method: "GET", Pattern: "/about", Right: frame.Public, Handler: d.Open(front.Papers, d.about), Keep: frame.KeepPage},
		{Method: "GET", Pattern: "/guide", Right: frame.Public, Handler: d.Open(front.Goods, d.guide)},
		{Method: "GET", Pattern: "/legal", Right: frame.Public, Handler: d.Open(front.Papers, d.legal)},
		{Method: "GET", Pattern: "/privacy", Right: frame.Public, Handler: d.Open(front.Papers, d.privacy)},
		{Method: "GET", Pattern: "/robots.txt", Right: frame.Public, Handler: d.robots, Keep: frame.KeepPage},
		{Method: "GET", Pattern: "/sitemap.xml", Right: frame.Public, Handler: d.Open(front.Goods, d.sitemap), Keep: frame.KeepPage},
	}
}

func (d *Door) about(v *front.View) (frame.Response, error) {
	v.Title = v.T("ショップについて", "About us")
	v.Find("/about", v.In.About, v.HeroPicture())
	return frame.Page(aboutPage(v)).Cached(frame.Shared(0, "")), nil
}

// terms are how a shop sends and is paid.
type terms struct {
	*front.View
	ways     []shipping.Method
	payments []payment.Setting
	legal    tenant.Legal
}

func (d *Door) terms(v *front.View) (terms, error) {
	t := terms{View: v}
	err := v.R.Read(func(r db.Reader) error {
		ways, err := d.Shipping.List(v.R.Context(), r)
		if err != nil {
			return err
		}
		all, err := d.Payment.Settings(v.R.Context(), r)
		if err != nil {
			return err
		}
		t.ways, t.payments = nil, nil
		for _, w := range ways {
			if w.Active {
				t.ways = append(t.ways, w)
			}
		}
		for _, s := range all {
			if s.Active {
				t.payments = append(t.payments, s)
			}
		}
		return nil
	})
	return t, err
}

func (d *Door) guide(v *front.View) (frame.Response, error) {
	t, err := d.terms(v)
	if err != nil {
		return frame.Response{}, err
	}
	v.Title = v.T("送料とお支払い", "Shipping & payment")
	v.Find("/guide", v.T(v.Site+"の送料・お届け・お支払い方法のご案内です。", "Shipping, delivery and payment at "+v.Site), "")
	return frame.Page(guidePage(t)), nil
}

func (d *Door) legal(v *front.View) (frame.Response, error) {
	t, err := d.terms(v)
	if err != nil {
		return frame.Response{}, err
	}
	if t.legal, err = d.Contact(v.R.Context(), v.In.ID); err != nil {
		return frame.Response{}, err
	}
	v.Title = v.T("特定商取引法に基づく表記", "Legal notice")
	v.Find("/legal", v.T(v.Site+"の特定商取引法に基づく表記です。", "Legal notice of "+v.Site), "")
	return frame.Page(legalPage(t)), nil
}

func (d *Door) privacy(v *front.View) (frame.Response, error) {
	v.Title = v.T("プライバシーポリシー", "Privacy policy")
	v.Find("/privacy", v.T(v.Site+"の個人情報の取り扱いについてのご案内です。", "How "+v.Site+" handles personal data"), "")
	return frame.Page(privacyPage(v)), nil
}

// A zone is prefectures with one fee.
type zone struct {
	names string
	fee   shipping.Fee
}

// zones groups a way's fees: one line for all of Japan, or one for each region, or, where a region's differ, its
// prefectures.
func zones(v *front.View, m shipping.Method) []zone {
	same := func(ps []postal.Prefecture) bool {
		for _, p := range ps {
			if m.Fees[p-1] != m.Fees[ps[0]-1] {
				return false
			}
		}
		return true
	}
	var japan []postal.Prefecture
	for p := postal.Hokkaido; p <= postal.Okinawa; p++ {
		japan = append(japan, p)
	}
	if same(japan) {
		return []zone{{v.T("全国一律", "All of Japan"), m.Fees[0]}}
	}
	var out []zone
	add := func(name string, fee shipping.Fee) {
		if n := len(out); n > 0 && out[n-1].fee == fee {
			out[n-1].names += v.T("・", ", ") + name
			return
		}
		out = append(out, zone{name, fee})
	}
	for _, region := range postal.Regions() {
		ps := region.Of()
		if region == postal.RegionElsewhere || len(ps) == 0 {
			continue
		}
		if same(ps) {
			add(region.Name(v.Lang), m.Fees[ps[0]-1])
			continue
		}
		for _, p := range ps {
			add(p.Name(v.Lang), m.Fees[p-1])
		}
	}
	return out
}

func (d *Door) robots(r *frame.Request) (frame.Response, error) {
	shop, err := d.Shop(r.Shop())
	if err != nil {
		return frame.Response{}, err
	}
	text := "User-agent: *\nDisallow: /cart\nDisallow: /checkout\nSitemap: " + d.Places.Shop(shop.ID, shop.Handle, "") + "/sitemap.xml\n"
	if shop.State == tenant.Preparing || shop.State == tenant.Closed || shop.State == tenant.Suspended {
		text = "User-agent: *\nDisallow: /\n"
	}
	return frame.Text(text).Cached(frame.Shared(0, "")), nil
}

const (
	mapPages = 100 // of 100 products each: a shop's newest 10,000
	mapPage  = 100
)

func (d *Door) sitemap(v *front.View) (frame.Response, error) {
	paths := []string{"/", "/products", "/about", "/guide", "/legal", "/privacy"}
	for _, c := range v.In.Tree {
		paths = append(paths, front.CategoryURL(c))
	}
	var after page.Cursor
	for range mapPages {
		err := v.R.Read(func(r db.Reader) error {
			cards, next, err := d.Shelf.List(v.R.Context(), r, shelf.Query{Sort: shelf.Newest, Limit: mapPage, After: after})
			if err != nil {
				return err
			}
			after = next
			for _, c := range cards {
				paths = append(paths, front.ProductURL(c.Handle))
			}
			return nil
		})
		if err != nil {
			return frame.Response{}, err
		}
		if after.IsZero() {
			break
		}
	}
	var b strings.Builder
	b.WriteString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	for _, p := range paths {
		b.WriteString("<url><loc>")
		if err := xml.EscapeText(&b, []byte(v.Full(p))); err != nil {
			return frame.Response{}, err
		}
		b.WriteString("</loc></url>\n")
	}
	b.WriteString("</urlset>\n")
	return frame.Bytes("application/xml; charset=utf-8", []byte(b.String())).Cached(frame.Shared(0, "")), nil
}
