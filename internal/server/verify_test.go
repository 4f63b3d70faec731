//go:build unix

package server_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger/verify"
	"github.com/noren-shop/noren/internal/security/ledger/witness"
	"github.com/noren-shop/noren/internal/server"
)

// TestExportedLedgerIsVerified lets a service with a witness work, exports its ledger beside the running vault, and checks
// the export as an auditor does: as it is, and changed.
func TestExportedLedgerIsVerified(t *testing.T) {
	t.Parallel()
	var r *run
	dir, err := os.MkdirTemp("", "nw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	r = newRun(t, "NOREN_WITNESS=unix:"+socket)
	r.open()
	key, err := server.LedgerKey(r.config(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- server.RunWitness(ctx, server.WitnessConfig{Dir: filepath.Join(dir, "own"), LedgerKey: key, Name: "test/witness",
			Listen: "unix:" + socket}, quietLog())
	}()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	c := &copied{run: r}
	c.make()
	h := c.house()
	defer h.Close()
	for range 5 {
		if who, err := c.read(h, c.orders[1]); err != nil || who.Name != name(1) {
			t.Fatalf("%+v, %v", who, err)
		}
	}
	outside := witnessed(t, socket)
	export := filepath.Join(dir, "export")
	if err := c.copier().ExportLedger(t.Context(), export); err != nil {
		t.Fatal(err)
	}
	report, err := verify.Run(verify.Input{Dir: export, Key: key, Checkpoints: [][]byte{outside}})
	if err != nil || !report.Sound() || report.Entries < 5 || report.Outside != 1 || report.Size == 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	seg := filepath.Join(export, "shops", id.String(c.owner.ID)+".seg")
	whole, err := os.ReadFile(seg)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(whole, []byte("order-view"))
	if at < 0 {
		t.Fatal("no reading of an order in the export")
	}
	changed := bytes.Clone(whole)
	copy(changed[at:], "order-mail") // somebody would rather have sent a letter
	if err := os.WriteFile(seg, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err = verify.Run(verify.Input{Dir: export, Key: key, Checkpoints: [][]byte{outside}})
	if err != nil || report.Sound() || !strings.Contains(report.Findings[0].En, id.String(c.owner.ID)) {
		t.Errorf("a changed entry: %+v, %v", report, err)
	}
	t.Logf("%+v", report.Findings)
}

// witnessed waits for the witness's first checkpoint.
func witnessed(t *testing.T, socket string) []byte {
	t.Helper()
	w := witness.NewClient("unix", socket)
	defer w.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if b, err := w.Last(ctx); err == nil && len(b) > 0 {
			return b
		}
		select {
		case <-ctx.Done():
			t.Fatal("the witness has seen no checkpoint")
		case <-tick.C:
		}
	}
}
