//go:build unix

package server_test

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/server"
)

// TestCommandsSpeakToTheServerThatRuns has the same orders done by a running server, and by the command itself when none runs.
func TestCommandsSpeakToTheServerThatRuns(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.open()
	r.web = r.start("serve", nil)
	c := r.config(t)
	for late := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(server.ControlSocket(c)); err == nil {
			break
		}
		if time.Now().After(late) {
			r.give("no control socket")
		}
	}
	log := slog.New(slog.DiscardHandler)
	order := func(o server.Order, out any) error { return server.Command(t.Context(), c, log, o, out) }
	var h server.Health
	if err := order(server.Order{Do: server.DoHealth}, &h); err != nil || !h.Running || h.Store != "" || h.Vault != "" {
		t.Errorf("health beside a server: %+v, %v", h, err)
	}
	var b bytes.Buffer
	if err := h.Print(&b); err != nil || !strings.Contains(b.String(), "server: running\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
	var done bool
	if err := order(server.Order{Do: server.DoMigrate}, &done); err != nil || !done {
		t.Errorf("migrate beside a server: %v", err)
	}
	operator := server.Order{Do: server.DoOperator, Name: "運営 一郎", Email: "operator@example.jp", Password: "short"}
	if err := order(operator, &done); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("a short password beside a server: %v", err)
	}
	operator.Password = "nineteen quiet lanterns"
	if err := order(operator, &done); err != nil {
		t.Errorf("operator beside a server: %v", err)
	}
	var e server.Evidence
	if err := order(server.Order{Do: server.DoEvidence}, &e); err != nil || len(e.Lists) != 3 || len(e.Inventory.Pages) < 20 {
		t.Errorf("evidence beside a server: %d lists, %v", len(e.Lists), err)
	}
	if err := order(server.Order{Do: "dance"}, &done); err == nil {
		t.Error("any order is obeyed")
	}
	if err := r.web.Stop(); err != nil {
		t.Error(err)
	}
	h = server.Health{}
	if err := order(server.Order{Do: server.DoHealth}, &h); err != nil || h.Running || h.Store != "" || h.Vault != "" {
		t.Errorf("health without a server: %+v, %v", h, err)
	}
}
