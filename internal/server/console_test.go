package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/flow/signup"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// console is the operator's browser, logged in.
func console(t *testing.T, s *servertest.Server) *servertest.Browser {
	t.Helper()
	_, err := s.Signup.Account(t.Context(), signup.Person{Name: "運営", Email: "ops@example.jp", Password: secret.NewText(vaulttest.Password),
		Lang: i18n.Ja, Population: vault.OperatorStaff, Network: "192.0.2.1", Request: "test"})
	if err != nil {
		t.Fatal(err)
	}
	b := s.Door(t, place.Ops)
	if a := b.Post("/login", "email", "ops@example.jp", "password", vaulttest.Password); a.Status != http.StatusSeeOther {
		t.Fatalf("log in: %d", a.Status)
	}
	return b
}

func TestAnOperatorFlipsSwitches(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	b := console(t, s)
	if a := b.Get("/switches"); a.Status != http.StatusOK || !strings.Contains(a.Body, "入っているスイッチはありません") {
		t.Fatalf("empty: %d", a.Status)
	}
	if a := b.Post("/switches/on", "name", "close-card-signups", "hours", "x", "reason", "r", "renewals", "stop"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("odd hours: %d", a.Status)
	}
	if a := b.Post("/switches/on", "name", "close-card-signups", "hours", "24", "reason", "", "renewals", "stop"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("no reason: %d", a.Status)
	}
	if a := b.Post("/switches/on", "name", "close-card-signups", "hours", "24", "reason", "連絡", "renewals", "stop"); a.Status != http.StatusSeeOther {
		t.Fatalf("on: %d %s", a.Status, a.Body)
	}
	if w, on := s.Switches.On(switches.CloseCardSignups, 5); !on || w.Renewals != switches.RenewalsStop || w.Account == 0 {
		t.Errorf("on %v: %+v", on, w)
	}
	off := func(proof string) servertest.Answer {
		return b.Post("/switches/off", "name", "close-card-signups", "shop", "0", "app", "0", "reason", "済んだ", "proof", proof)
	}
	if a := off("not the password"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("lifted without proof: %d", a.Status)
	}
	if a := off(vaulttest.Password); a.Status != http.StatusSeeOther {
		t.Errorf("asked: %d", a.Status)
	}
	if a := b.Get("/switches"); !strings.Contains(a.Body, "あなたが切る申請をしました") {
		t.Error("the page does not say who waits for what")
	}
	if _, on := s.Switches.On(switches.CloseCardSignups, 5); !on {
		t.Error("one person lifted it at once")
	}
	s.Clock.Add(switches.AloneTime)
	if _, on := s.Switches.On(switches.CloseCardSignups, 5); on {
		t.Error("on after the delay")
	}
}

func TestAnOperatorLooksAtFindingsAndClosesThem(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	b := console(t, s)
	if a := b.Get("/findings"); a.Status != http.StatusOK || !strings.Contains(a.Body, "対応が要る検知はありません") {
		t.Fatalf("empty: %d", a.Status)
	}
	s.Signals.Raise(t.Context(), signal.Event{Code: signal.CardTesting, Shop: 7, About: "shop-7", Addr: "192.0.2.77", Where: "test"})
	if err := s.Signals.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`/findings/7/\d+`)
	began := time.Now()
	path := ""
	for path == "" && time.Since(began) < 5*time.Second { // the house's own recorder may be storing it
		path = link.FindString(b.Get("/findings").Body)
	}
	a := b.Get(path)
	if path == "" || a.Status != http.StatusOK || !strings.Contains(a.Body, "カードの試し打ち") || strings.Contains(a.Body, "192.0.2") {
		t.Fatalf("%s: %d", path, a.Status)
	}
	if a := b.Post(path, "to", "closed", "note", ""); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("closed without a word: %d", a.Status)
	}
	if a := b.Post(path, "to", "closed", "note", "確認した"); a.Status != http.StatusSeeOther {
		t.Errorf("close: %d", a.Status)
	}
	if a := b.Get("/findings?done=1"); !strings.Contains(a.Body, path) {
		t.Error("the closed one is not kept")
	}
	if a := b.Get("/findings/7/1"); a.Status != http.StatusNotFound {
		t.Errorf("a finding that is none: %d", a.Status)
	}
	if a := s.Door(t, place.Ops).Get("/findings"); a.Status != http.StatusSeeOther {
		t.Errorf("a stranger: %d", a.Status)
	}
}
