// Package ui is the design that all doors share: layouts, fields, tables, notices, sums, and the words that go with them.
//
// It guarantees pages without inline style or script, that work without JavaScript and are made for a phone first, with
// labels, errors at the field and a focus that can be seen; and that both languages stand at the place of the text.
// It refuses to know features: what it shows are views made of words and numbers.
package ui

import (
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/web/frame/asset"
)

//go:embed static
var static embed.FS

const (
	sheet  = "noren.css"
	script = "noren.js"
	mark   = "brand/favicon.svg"
)

// loads are the scripts of every page, in order. What is not in the list stands on no page; a house test finds any other tag.
func loads() []string { return []string{script} }

// why is what pages need the files for that they load.
func why() asset.Why {
	return asset.Why{
		script: {Ja: "入力の手間を減らすため（二重送信の防止、郵便番号からの住所入力、数量のボタン、パスキーでのログイン）。どのページもこのファイルなしで動きます。外部と通信しません。",
			En: "Saves people work: forms are sent once, the address from the postcode, quantity buttons, logging in by passkey. Every page works without it. It speaks to no other origin."},
		sheet: {Ja: "見た目（文字、配置、色）のため。", En: "How pages look: type, layout, colours."},
		mark:  {Ja: "ブラウザーのタブに出る印のため。", En: "The mark in the browser's tab."},
	}
}

// Loads are the assets that every page of this design loads, for the inventory: nothing else may be loaded by one.
func Loads() []string { return append(loads(), sheet, mark) }

// NewAssets reads the style sheet, the script and the mark. A door serves them with Assets.Route().
func NewAssets() (*asset.Set, error) {
	tree, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("open assets: %w", err)
	}
	set, err := asset.New(tree, why())
	if err != nil {
		return nil, err
	}
	sheets, err := fs.Glob(tree, "[0-9]-*.css") // in the order of their numbers
	if err != nil {
		return nil, fmt.Errorf("find style sheets: %w", err)
	}
	if err := set.Join(tree, sheet, sheets...); err != nil {
		return nil, err
	}
	return set, nil
}

// Page is what every layout needs.
type Page struct {
	Lang   i18n.Lang
	Title  string     // of the page; the site's name follows it
	Site   string     // the shop's name, or the service's
	Nonce  string     // frame's, for uncacheable pages; empty on cacheable ones
	Assets *asset.Set // NewAssets
	Path   string     // of this page, without query, for the choice of language
	Note   Note       // said once at the top; empty Text shows none
	About  string     // for search engines; storefronts only
	Hidden Hidden     // whether search engines should stay away
	Found  Found      // for search engines and shared links; storefronts only
}

// Found is how a page looks elsewhere: in results, in a message that shares it.
type Found struct {
	Canonical string // the page's one address
	Ja, En    string // the page's address in each language; empty shows none
	Kind      string // "website", "product"
	Image     string // whole address
	Data      string // schema.org's JSON-LD, as json.Marshal wrote it: it escapes < and >
}

// Hidden keeps a page out of search engines.
type Hidden int

// Storefront pages are found; everything else is not.
const (
	Listed Hidden = iota
	Unlisted
)

// T picks the page's language.
func (p Page) T(ja, en string) string { return p.Lang.Pick(ja, en) }

// Say picks the page's language of a text.
func (p Page) Say(t fault.Text) string { return p.Lang.Pick(t.Ja, t.En) }

// path is a registered asset's address; a page that names any other is not rendered.
func (p Page) path(name string) (string, error) {
	f, err := p.Assets.Load(name)
	return f.Path, err
}

// integrity is what the browser compares a registered asset with before it runs or applies it.
func (p Page) integrity(name string) (string, error) {
	f, err := p.Assets.Load(name)
	return f.Integrity, err
}

func (p Page) fullTitle() string {
	if p.Title == "" || p.Title == p.Site {
		return p.Site
	}
	if p.Site == "" {
		return p.Title
	}
	return p.Title + p.T("｜", " – ") + p.Site
}

func (p Page) langURL(l i18n.Lang) string {
	path := p.Path
	if path == "" {
		path = "/"
	}
	return (&url.URL{Path: path, RawQuery: "lang=" + string(l)}).String()
}

// Theme is a storefront's set of colours.
type Theme string

// The themes; indigo is Noren's own.
const (
	Indigo   Theme = ""
	Tea      Theme = "tea"
	Ceramics Theme = "ceramics"
	Clothing Theme = "clothing"
)

func (t Theme) class() string {
	switch t {
	case Tea, Ceramics, Clothing:
		return "shop theme-" + string(t)
	}
	return "shop"
}

// Tone is what a notice or a badge means.
type Tone string

// The tones.
const (
	Plain Tone = ""
	Info  Tone = "info"
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// Note is a message on a page.
type Note struct {
	Tone Tone
	Text string
}

// Link is one way to go.
type Link struct {
	Href    string
	Text    string
	Icon    Icon
	Count   int // shown when above zero
	Current bool
}

// Storefront is a shop's page for shoppers.
type Storefront struct {
	Page
	Theme     Theme
	Shop      string // as written in the head
	Home      string
	Tagline   string
	Nav       []Link // categories
	Cart      string // address; empty hides the link
	Search    string // address of the page with the search field; empty hides the link
	CartCount int
	Account   string // address of the member's pages; empty hides the link
	Legal     []Link // 特定商取引法に基づく表記, privacy, contact: on every page
	Guide     []Link // shipping, returns
}

// Admin is a page for owners and staff.
type Admin struct {
	Page
	Shop   string
	Home   string
	Visit  string // address of the storefront; empty hides the link
	Who    string // who is logged in, as the member of staff chose to be called
	Logout string // form's address
	Nav    []Link // the first four stand in the bar on phones
	Alarm  Alarm  // stands on every page while it lasts
}

// An Alarm is what somebody must see to, with where they do.
type Alarm struct {
	Tone Tone
	Text string
	Link Link // empty Href: nowhere
}

// Quiet is a page of the account origin: log-in, checkout, account.
type Quiet struct {
	Page
	Shop  string
	Home  string
	Steps []string // empty: none
	Step  int      // from 0
	Broad Broad
	Legal []Link
	Seal  string // what stands beside the lock; empty says that the page is Noren's
}

func (q Quiet) seal() string {
	if q.Seal != "" {
		return q.Seal
	}
	return q.T("Noren の安全なページ", "Secured by Noren")
}

// Broad pages have room for a column beside the form.
type Broad int

// Narrow is for one form; Wide for one with its summary beside it.
const (
	Narrow Broad = iota
	Wide
)

// Ops is a page for operators of the service.
type Ops struct {
	Page
	Nav    []Link
	Who    string
	Logout string
	Mark   string // beside the mark; empty is the operators' console
	Name   string // in the head; with Mark
}

func (o Ops) mark() string {
	if o.Mark != "" {
		return o.Mark
	}
	return "Noren Ops"
}

func (o Ops) name() string {
	if o.Mark != "" {
		return o.Name
	}
	return o.T("運営コンソール", "Operator console")
}

func countText(n int) string {
	if n > 99 {
		return "99+"
	}
	return strconv.Itoa(n)
}

const barSize = 4

func later(i int, all []Link) string {
	if i >= barSize && len(all) > barSize+1 {
		return "later"
	}
	return ""
}

func rest(all []Link) []Link {
	if len(all) > barSize+1 {
		return all[barSize:]
	}
	return nil
}

func quietMain(q Quiet) string {
	if q.Broad == Wide {
		return "quiet-main broad"
	}
	return "quiet-main"
}
