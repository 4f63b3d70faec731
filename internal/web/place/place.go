// Package place knows where the doors are: under names (tea.example.jp, account.example.jp), and, for programs and
// machines without name resolution, on a port each.
//
// It guarantees that a visitor who came by port is sent on by port, and one who came by name by name.
package place

import (
	"net"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/id"
)

// A Door of the service.
type Door string

// The doors.
const (
	Account Door = "account" // checkout, log-in, member pages: an origin without shops' scripts
	Admin   Door = "admin"
	Media   Door = "media"
	Ops     Door = "ops"
	Mail    Door = "mail" // the demo's mail sink
	API     Door = "api"
	Hooks   Door = "hooks" // payment providers' news
)

// A Book says where every door is.
type Book struct {
	Scheme string          // http or https
	Domain string          // the service's: shops and doors are names below it
	Port   int             // 0 is the scheme's own
	Doors  map[Door]int    // a port per door, where there is one
	Shops  map[id.Shop]int // a port per storefront
}

// ByPort says whether a request came to an address instead of a name.
func ByPort(host string) bool {
	h := host
	if name, _, err := net.SplitHostPort(host); err == nil {
		h = name
	}
	return net.ParseIP(strings.Trim(h, "[]")) != nil
}

// Door gives the origin of a door for a visitor who came to that host.
func (b *Book) Door(d Door, cameTo string) string {
	if p, ok := b.Doors[d]; ok && ByPort(cameTo) {
		return b.port(p)
	}
	return b.name(string(d))
}

// Shop gives the origin of a storefront.
func (b *Book) Shop(shop id.Shop, handle, cameTo string) string {
	if p, ok := b.Shops[shop]; ok && ByPort(cameTo) {
		return b.port(p)
	}
	return b.name(handle)
}

// Picture is the address of a shop's picture at the media door, for a visitor who came to that host. name is PictureName's,
// or a blob's digest alone.
func (b *Book) Picture(shop id.Shop, name, cameTo string) string {
	return b.Door(Media, cameTo) + "/" + id.String(shop) + "/" + name
}

// PictureName names one file of a picture: its blob's digest, and its width and ending (".jpg") for people.
func PictureName(digest string, width int64, ext string) string {
	return digest + "-" + strconv.FormatInt(width, 10) + ext
}

// PictureDigest is the digest in a picture's name.
func PictureDigest(name string) string {
	if i := strings.IndexAny(name, "-."); i >= 0 {
		return name[:i]
	}
	return name
}

// Origins are both of a door's, for a content security policy.
func (b *Book) Origins(d Door) []string {
	out := []string{b.name(string(d))}
	if p, ok := b.Doors[d]; ok {
		out = append(out, b.port(p))
	}
	return out
}

// DoorOf finds the door of a host name (without port); "" when it is none of the service's own.
func (b *Book) DoorOf(host string) Door {
	name, ok := strings.CutSuffix(strings.ToLower(host), "."+b.Domain)
	if !ok {
		return ""
	}
	switch d := Door(name); d {
	case Account, Admin, Media, Ops, Mail, API, Hooks:
		return d
	}
	return ""
}

func (b *Book) port(p int) string { return "http://127.0.0.1:" + strconv.Itoa(p) }

func (b *Book) name(label string) string {
	host := b.Scheme + "://" + label + "." + b.Domain
	if b.Port != 0 {
		host += ":" + strconv.Itoa(b.Port)
	}
	return host
}
