package server

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/security/pages"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/asset"
	"github.com/noren-shop/noren/internal/web/place"
	"github.com/noren-shop/noren/internal/web/ui"
)

// PageInventory lists every page of the account's origin and every way in to the admin and the console, with all that they load
// and the headers that they must have. It is made by the code that makes the doors, without a store: the watcher makes it
// from its own program, so that what it compares with cannot be changed from the server.
func PageInventory(c *config.Config, book *place.Book) (pages.Inventory, error) {
	assets, err := ui.NewAssets()
	if err != nil {
		return pages.Inventory{}, err
	}
	h := &House{Config: c, Log: slog.New(slog.DiscardHandler), Now: time.Now, Book: book}
	o := &opener{h: h, book: book, assets: assets, observe: func(frame.Observation) {}}
	d := &Doors{ByDoor: map[place.Door]*frame.Mux{}}
	for _, open := range []func(*Doors) error{o.admin, o.ops, o.account} {
		if err := open(d); err != nil {
			return pages.Inventory{}, fmt.Errorf("list pages: %w", err)
		}
	}
	return pageInventory(c, d, assets, book), nil
}

func pageInventory(c *config.Config, d *Doors, assets *asset.Set, book *place.Book) pages.Inventory {
	var v pages.Inventory
	for _, f := range assets.Files() {
		if slices.Contains(ui.Loads(), f.Name) {
			v.Files = append(v.Files, pages.File{Name: f.Name, Path: f.Path, Type: f.Type, Size: f.Size, SHA256: f.SHA256, Integrity: f.Integrity,
				Script: f.Script(), Why: f.Why})
		}
	}
	for _, door := range []place.Door{place.Account, place.Admin, place.Ops} {
		m := d.ByDoor[door]
		for _, r := range m.Routes() {
			if kind, is := pageKind(door, r); is {
				v.Pages = append(v.Pages, pages.Page{Door: string(door), Method: r.Method, Pattern: r.Pattern, Kind: kind, Loads: ui.Loads(),
					Inline: []string{}, Headers: defences(m), Images: book.Origins(place.Media), Forms: m.FormTargets(), Frames: framesOf(c, door, r),
					Watched: watched()[string(door)+" "+r.Method+" "+r.Pattern]})
			}
		}
	}
	return v
}

func defences(m *frame.Mux) []pages.Header {
	var out []pages.Header
	for _, d := range m.Defences() {
		out = append(out, pages.Header{Name: d.Name, Value: d.Value, Why: d.Why})
	}
	return out
}

// pageKind says whether a route shows a page that the inventory has, and of which kind: every route of the account's origin
// (a form that is shown again comes as the answer to its post), and those of the others that anybody reaches.
func pageKind(door place.Door, r frame.Route) (pages.Kind, bool) {
	switch {
	case strings.HasPrefix(r.Pattern, asset.Prefix), slices.Contains(noPages(), string(door)+" "+r.Method+" "+r.Pattern):
		return "", false
	case door != place.Account:
		return pages.LogIn, r.Right == frame.Public
	case strings.Contains(r.Pattern, "/checkout"), strings.HasSuffix(r.Pattern, "/enter"):
		return pages.Checkout, true
	case strings.Contains(r.Pattern, "/login"), strings.Contains(r.Pattern, "/reset"), strings.Contains(r.Pattern, "/register"):
		return pages.LogIn, true
	}
	return pages.Account, true
}

// noPages are the routes that never show a page: data for a script, and redirects.
func noPages() []string {
	return []string{"account GET /postcode/{code}", "account POST /s/{shop}/logout", "admin POST /login/passkey/begin", "admin POST /login/passkey/finish",
		"admin POST /logout", "ops POST /logout"}
}

// watched are the pages that a visitor without a name can come to; the others are made by the same layouts.
func watched() map[string]pages.Watched {
	return map[string]pages.Watched{
		"account GET /s/{shop}/checkout": pages.ByCart,
		"account GET /s/{shop}/login":    pages.Directly,
		"account GET /s/{shop}/register": pages.Directly,
		"account GET /s/{shop}/reset":    pages.Directly,
		"admin GET /login":               pages.Directly,
		"admin GET /reset":               pages.Directly,
		"admin GET /signup":              pages.Directly,
		"ops GET /login":                 pages.Directly,
	}
}
