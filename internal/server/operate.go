package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/flow/evidence"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/place"
)

// byPort is a host that makes a book answer with ports where there are some.
const byPort = "127.0.0.1"

// Ready is what other programs are told when every door is open. Every address works without name resolution where the
// service has a port per door.
type Ready struct {
	Storefronts []ReadyShop `json:"storefronts"`
	Account     ReadyDoor   `json:"account"`
	Admin       ReadyDoor   `json:"admin"`
	Ops         ReadyDoor   `json:"ops"`
	Media       ReadyDoor   `json:"media"`
	Mail        *ReadyDoor  `json:"mail,omitempty"`
	Payments    *ReadyDoor  `json:"payments,omitempty"`
	API         ReadyDoor   `json:"api"`
}

// ReadyShop is one storefront.
type ReadyShop struct {
	URL    string `json:"url"`
	Host   string `json:"host"`
	ShopID int64  `json:"shop_id"`
	Name   string `json:"name"`
}

// ReadyDoor is one door, with a log-in where the demo has made one.
type ReadyDoor struct {
	URL      string `json:"url"`
	Host     string `json:"host,omitempty"`
	Login    string `json:"login,omitempty"`
	Password string `json:"password,omitempty"`
}

// PrintReady writes the line that other programs wait for.
func PrintReady(w io.Writer) func(*House, *place.Book) {
	return func(h *House, b *place.Book) {
		r, err := ReadyOf(context.Background(), h, b)
		if err == nil {
			err = json.NewEncoder(w).Encode(r)
		}
		if err != nil {
			h.Log.Error("say that the doors are open", "err", err)
		}
	}
}

// ReadyOf says where every door is.
func ReadyOf(ctx context.Context, h *House, b *place.Book) (Ready, error) {
	door := func(d place.Door) ReadyDoor { return ReadyDoor{URL: b.Door(d, byPort), Host: b.Door(d, "")} }
	r := Ready{Account: door(place.Account), Admin: door(place.Admin), Ops: door(place.Ops), Media: door(place.Media), API: door(place.API)}
	shops, err := h.Shops(ctx)
	if err != nil {
		return r, err
	}
	for _, s := range shops {
		r.Storefronts = append(r.Storefronts, ReadyShop{URL: b.Shop(s.ID, s.Handle, byPort), Host: b.Shop(s.ID, s.Handle, ""),
			ShopID: int64(s.ID), Name: s.Name})
	}
	return r, nil
}

// makeOperator registers an operator. The vault takes the first one; later ones need an operator's session.
func (h *House) makeOperator(ctx context.Context, o Order) error {
	if err := h.Prepare(ctx); err != nil {
		return err
	}
	_, err := h.Signup.Account(ctx, signup.Person{Name: o.Name, Email: o.Email, Password: secret.NewText(o.Password), Lang: i18n.Ja,
		Population: vault.OperatorStaff, Request: "command line", Agent: "noren operator"})
	return err
}

// Evidence is what this service has to say to the card standards' checklists.
func (h *House) Evidence(ctx context.Context) (evidence.Report, error) {
	v, err := PageInventory(h.Config, h.Book)
	if err != nil {
		return evidence.Report{}, err
	}
	f := evidence.Facts{Now: h.Now(), Domain: h.Config.Domain, Inventory: v, WatchShop: h.Config.Watch.Shop, TLS: string(h.Config.TLS.Mode),
		Ops: h.Config.Listen.Ops, Missing: h.missing, Release: release()}
	missing, err := h.Vault.Health(ctx)
	f.Vault, f.Missing = err == nil, append(append([]string{}, f.Missing...), missing...)
	if st, err := os.Stat(h.Config.DataDir); err == nil && runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		f.DataOpen = st.Mode().Perm().String()
	}
	who := db.Scope{Shop: id.Platform, Actor: actor.Actor{Kind: actor.Operator}.With(), Request: "evidence"}
	err = h.DB.Read(ctx, who, func(r db.Reader) (err error) {
		f.State, err = h.Checks.State(ctx, r)
		return err
	})
	if err != nil {
		return evidence.Report{}, fmt.Errorf("read checks: %w", err)
	}
	return evidence.PCI(f), nil
}

// release names the program that runs, as its build knows it.
func release() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	out := b.Main.Version
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" {
			out += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return strings.TrimSpace(out)
}

// Evidence is the report, for the commands.
type Evidence = evidence.Report
