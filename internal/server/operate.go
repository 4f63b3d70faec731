package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/secret"
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

// MakeOperator registers an operator. The vault takes the first one; later ones need an operator's session.
func MakeOperator(ctx context.Context, c *config.Config, log *slog.Logger, name, email, password string) error {
	h, err := Open(ctx, Options{Config: c, Log: log})
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.Prepare(ctx); err != nil {
		return err
	}
	_, err = h.Signup.Account(ctx, signup.Person{Name: name, Email: email, Password: secret.NewText(password), Lang: i18n.Ja,
		Population: vault.OperatorStaff, Request: "command line", Agent: "noren operator"})
	return err
}

// PrintHealth says what answers and what is missing.
func PrintHealth(ctx context.Context, w io.Writer, c *config.Config, log *slog.Logger) error {
	h, err := Open(ctx, Options{Config: c, Log: log})
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.Healthy(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	fmt.Fprintf(w, "store: ok (%s)\n", h.DB.Engine())
	missing, err := h.Vault.Health(ctx)
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	fmt.Fprintln(w, "vault: ok")
	for _, m := range missing {
		fmt.Fprintln(w, "missing:", m)
	}
	return nil
}
