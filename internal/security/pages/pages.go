// Package pages knows what the pages are made of where people type passwords and choose how to pay: each script with its
// hash and its reason, each security header with its reason; and finds what a page as a visitor gets it has beside or
// instead of that.
//
// It guarantees that the list is made by the code that serves, that a look at a page names every way by which it could run
// or load something, and that two looks at the same page differ only where the page does (the nonce of each answer is put
// aside). It refuses to judge by what a browser does: what stands in the page counts, whether or not a policy stops it.
package pages

import (
	"slices"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/signal"
)

// What the watcher raises.
const (
	ScriptChanged  signal.Code = "page.script-changed"       // a script, or a way to run or load one, that the inventory does not have
	HeaderChanged  signal.Code = "page.header-changed"       // a security header is missing or another
	Unreachable    signal.Code = "page.unreachable"          // a page does not come, or another one comes
	CertificateEnd signal.Code = "page.certificate-expiring" // its certificate ends within CertificateDays
	WatcherSilent  signal.Code = "watcher.silent"            // nothing was heard of a watcher for too long
)

// CertificateDays is how long before its end a certificate is a finding.
const CertificateDays = 14

// Kind is why a page is watched.
type Kind string

// The kinds.
const (
	Checkout Kind = "checkout" // where a purchaser chooses how to pay
	LogIn    Kind = "log-in"   // where somebody proves who they are
	Account  Kind = "account"  // what only that person sees
)

// Label is the kind in words.
func (k Kind) Label() fault.Text {
	switch k {
	case Checkout:
		return fault.Text{Ja: "購入手続き", En: "Checkout"}
	case LogIn:
		return fault.Text{Ja: "ログイン", En: "Log-in"}
	}
	return fault.Text{Ja: "会員・注文", En: "Account"}
}

// A File is a script, a style sheet or a picture that is part of the program.
type File struct {
	Name      string     `json:"name"`
	Path      string     `json:"path"`
	Type      string     `json:"type"`
	Size      int        `json:"size"`
	SHA256    string     `json:"sha256"`
	Integrity string     `json:"integrity"`
	Script    bool       `json:"script"`
	Why       fault.Text `json:"why"`
}

// A Header is one that a page must have. {nonce} stands for what is new in each answer.
type Header struct {
	Name  string     `json:"name"`
	Value string     `json:"value"`
	Why   fault.Text `json:"why"`
}

// NonceMark stands in a Header's value for the answer's nonce.
const NonceMark = "{nonce}"

// Watched is how the watcher comes to a page.
type Watched string

// The ways. A page that is shown to one person only is made by the same layout as those that are looked at.
const (
	NotWatched Watched = ""
	Directly   Watched = "directly"    // at its address
	ByCart     Watched = "with a cart" // through a shop: a product, the cart, the hand-over
)

// A Page is one route that shows people a page.
type Page struct {
	Door    string   `json:"door"`
	Method  string   `json:"method"`
	Pattern string   `json:"pattern"`
	Kind    Kind     `json:"kind"`
	Loads   []string `json:"loads"`  // names of files, nothing else
	Inline  []string `json:"inline"` // hashes of inline scripts; none today
	Headers []Header `json:"headers"`
	Images  []string `json:"images"` // origins of pictures beside its own
	Forms   []string `json:"forms"`  // origins beside its own that a form may lead to
	Watched Watched  `json:"watched"`
	Frames  []string `json:"frames"` // origins of a payment provider's frames; empty where the provider's own page is used
}

// Key names a page in checks and findings.
func (p Page) Key() string {
	if p.Method == "GET" {
		return p.Door + " " + p.Pattern
	}
	return p.Door + " " + p.Method + " " + p.Pattern
}

// An Inventory is every page and everything that they load.
type Inventory struct {
	Files []File `json:"files"`
	Pages []Page `json:"pages"`
}

// File by name.
func (v Inventory) File(name string) (File, bool) {
	i := slices.IndexFunc(v.Files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return File{}, false
	}
	return v.Files[i], true
}

// Page by key.
func (v Inventory) Page(key string) (Page, bool) {
	i := slices.IndexFunc(v.Pages, func(p Page) bool { return p.Key() == key })
	if i < 0 {
		return Page{}, false
	}
	return v.Pages[i], true
}

// Scripts are the inventory's scripts.
func (v Inventory) Scripts() (out []File) {
	for _, f := range v.Files {
		if f.Script {
			out = append(out, f)
		}
	}
	return out
}
