package front

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/tax"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/shelf"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"
)

const (
	cartCookie = "cart"
	cartTime   = 60 * 24 * time.Hour
	navSize    = 7
)

// A View is one visitor's page in the making.
type View struct {
	ui.Storefront
	In     *Shop
	Filled cart.Cart // the visitor's; empty where there is none
	R      *frame.Request
	places *place.Book
}

// A Handler answers with a page of a shop.
type Handler func(*View) (frame.Response, error)

// Whose pages: the catalogue needs an open or paused shop; papers can be read of a closed one too.
type Whose int

// The kinds of pages.
const (
	Goods Whose = iota
	Papers
)

// Open leads to the handler if the shop's state lets visitors in, and says what the matter is if not.
func (f *Front) Open(whose Whose, h Handler) frame.Handler {
	return func(r *frame.Request) (frame.Response, error) {
		v, err := f.View(r)
		if err != nil {
			return frame.Response{}, err
		}
		switch {
		case v.In.State == tenant.Preparing:
			v.bare("準備中", "Opening soon")
			v.Guide, v.Legal = nil, nil
			return frame.Page(preparingPage(v)).Status(503).With("Retry-After", "3600"), nil
		case v.In.State == tenant.Suspended && whose == Goods:
			v.bare("ただいま休業中です", "Closed at the moment")
			return frame.Page(suspendedPage(v)).Status(503).With("Retry-After", "86400"), nil
		case v.In.State == tenant.Closed && whose == Goods:
			v.bare("閉店しました", "This shop has closed")
			return frame.Page(closedPage(v)).Status(410), nil
		}
		return h(v)
	}
}

// bare is a page without the way to the goods.
func (v *View) bare(ja, en string) {
	v.Title, v.Hidden, v.Nav, v.Cart, v.Search, v.Account = v.T(ja, en), ui.Unlisted, nil, "", "", ""
	v.Note = ui.Note{}
}

// View begins a page.
func (f *Front) View(r *frame.Request) (*View, error) {
	shop, err := f.Shop(r.Shop())
	if err != nil {
		return nil, err
	}
	v := &View{In: shop, R: r, places: f.Places}
	v.Storefront = ui.Storefront{
		Page:  ui.Page{Lang: r.Lang(), Site: shop.Name, Assets: f.Assets, Path: r.URLPath()},
		Theme: ui.Theme(strings.TrimPrefix(shop.Theme, "plain")), Shop: shop.Name, Home: "/", Tagline: shop.Tagline, Cart: "/cart", Search: "/products",
		Account: f.Places.Door(place.Account, r.Host()) + "/s/" + id.String(shop.ID) + "/me",
	}
	v.Guide = []ui.Link{{Href: "/about", Text: v.T("ショップについて", "About us")},
		{Href: "/guide", Text: v.T("送料とお支払い", "Shipping & payment")}}
	v.Legal = []ui.Link{{Href: "/legal", Text: v.T("特定商取引法に基づく表記", "Legal notice")},
		{Href: "/privacy", Text: v.T("プライバシーポリシー", "Privacy policy")}}
	v.Nav = append(v.Nav, ui.Link{Href: "/products", Text: v.T("すべての商品", "All products"), Current: r.URLPath() == "/products"})
	for i, c := range shop.Tree.Children(0) {
		if i == navSize {
			break
		}
		v.Nav = append(v.Nav, ui.Link{Href: CategoryURL(c), Text: v.Name(c.Name, c.NameEn), Current: r.URLPath() == CategoryURL(c)})
	}
	if code := r.Flash(); code != "" {
		v.Note = said(v, code)
	}
	if shop.State == tenant.Paused {
		v.Note = ui.Note{Tone: ui.Warn, Text: v.Say(Resting())}
	}
	return v, f.fill(v)
}

// Resting is what a paused shop says.
func Resting() fault.Text {
	return fault.Text{Ja: "ただいま休業中のため、ご注文を承っておりません。商品はご覧いただけます。",
		En: "We are taking a break and cannot accept orders at the moment. You are welcome to look around."}
}

func said(v *View, code string) ui.Note {
	switch code {
	case "added":
		return ui.Note{Tone: ui.Good, Text: v.T("カートに追加しました。", "Added to your cart.")}
	case "changed":
		return ui.Note{Tone: ui.Good, Text: v.T("カートを更新しました。", "Your cart has been updated.")}
	case "removed":
		return ui.Note{Tone: ui.Good, Text: v.T("カートから商品を外しました。", "The item was removed from your cart.")}
	}
	return ui.Note{}
}

// CartToken is the secret of the visitor's cart.
func CartToken(r *frame.Request) secret.Token { return secret.ParseToken(r.Cookie(cartCookie)) }

// KeepCart puts a new cart's secret into the visitor's cookie.
func KeepCart(r *frame.Request, t secret.Token) { r.SetCookie(cartCookie, t.Reveal(), cartTime) }

// fill reads the visitor's cart, if they bring one.
func (f *Front) fill(v *View) error {
	token := CartToken(v.R)
	if token.IsZero() {
		return nil
	}
	err := v.R.Read(func(r db.Reader) (err error) {
		v.Filled, err = f.Carts.Get(v.R.Context(), r, token)
		return err
	})
	if errors.Is(err, cart.ErrNone) { // sold, or swept
		v.R.ClearCookie(cartCookie)
		return nil
	}
	v.CartCount = int(v.Filled.Quantity())
	return err
}

// Selling says whether the shop takes orders.
func (v *View) Selling() bool { return v.In.Selling() }

// Name is the name in the visitor's language; Japanese stands for both where there is no other.
func (v *View) Name(ja, en string) string {
	if en == "" {
		return ja
	}
	return v.Lang.Pick(ja, en)
}

// CategoryURL is where a category is.
func CategoryURL(c catalog.Category) string { return "/categories/" + url.PathEscape(c.Slug) }

// ProductURL is where a product is.
func ProductURL(handle string) string { return "/products/" + url.PathEscape(handle) }

// Full is the whole address of a path of the shop, for search engines.
func (v *View) Full(path string) string {
	return v.places.Shop(v.In.ID, v.In.Handle, "") + path
}

// Picture is one file's address.
func (v *View) Picture(f catalog.File) string {
	return v.places.Picture(v.In.ID, place.PictureName(f.Digest, f.Width, f.Ext()), v.R.Host())
}

// HeroPicture is the address of the shop's picture, "" for none.
func (v *View) HeroPicture() string {
	if v.In.Hero == "" {
		return ""
	}
	return v.places.Picture(v.In.ID, url.PathEscape(v.In.Hero), v.R.Host())
}

// Source chooses the file that is at least that wide, or the widest, and lists all for the browser to choose from.
func (v *View) Source(img catalog.Image, width int64) (src, set string) {
	var all []string
	for i, f := range img.Files {
		u := v.Picture(f)
		if src == "" && f.Width >= width || src == "" && i == len(img.Files)-1 {
			src = u
		}
		all = append(all, u+" "+strconv.FormatInt(f.Width, 10)+"w")
	}
	if len(all) < 2 {
		return src, ""
	}
	return src, strings.Join(all, ", ")
}

// Cards are products in a list.
func (v *View) Cards(list []shelf.Card) []ui.Card {
	out := make([]ui.Card, len(list))
	for i, c := range list {
		card := ui.Card{Href: ProductURL(c.Handle), Name: v.Name(c.Name, c.NameEn), Alt: v.Name(c.Image.Alt, c.Image.AltEn),
			Price: ui.Price{Yen: c.PriceMin, UpTo: c.PriceMax, Reduced: c.Tax == tax.Reduced}}
		card.Image, card.Set = v.Source(c.Image, cardWidth)
		if c.SoldOut {
			card.Badge = v.T("売り切れ", "Sold out")
		}
		out[i] = card
	}
	return out
}

const cardWidth = 400

// Find tells search engines about the page: its path, what it is about, its picture.
func (v *View) Find(path, about, image string) {
	v.About = Excerpt(about, aboutSize)
	v.Found = ui.Found{Canonical: v.Full(path), Ja: v.Full(path) + "?lang=ja", En: v.Full(path) + "?lang=en", Kind: "website", Image: image}
}

// Data is what schema.org's readers get. What cannot be written is left out: the page stands without it.
func (v *View) Data(d map[string]any) {
	d["@context"] = "https://schema.org"
	if b, err := json.Marshal(d); err == nil { // escapes <, > and &
		v.Found.Data = string(b)
	}
}

const aboutSize = 120

// Excerpt is the beginning of a text, in one line.
func Excerpt(s string, size int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= size {
		return s
	}
	return string([]rune(s)[:size-1]) + "…"
}

// Paragraphs cuts plain text at its empty lines.
func Paragraphs(s string) []string {
	var out []string
	for p := range strings.SplitSeq(s, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Explain is the shop's own page for what went wrong; otherwise is for hosts without a shop.
func (f *Front) Explain(otherwise func(*frame.Request, frame.Problem) frame.Response) func(*frame.Request, frame.Problem) frame.Response {
	return func(r *frame.Request, p frame.Problem) frame.Response {
		v, err := f.View(r)
		if err != nil || v.In.State == tenant.Preparing {
			return otherwise(r, p)
		}
		v.Title, v.Hidden, v.Note = v.Say(p.Title), ui.Unlisted, ui.Note{}
		return frame.Page(problemPage(v, p))
	}
}
