// Package off is what the bench switches off to see what it costs: a ledger that enters nothing, a vault that seals nothing
// anew, and the rows that stores leave out.
//
// It guarantees nothing: what it writes can neither be opened nor followed. It refuses to be part of a service: only
// internal/bench may import it (the house's map says so), and it works on throw-away stores.
package off

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/keys"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
)

// noLedger enters nothing.
type noLedger struct{}

func (noLedger) Append(context.Context, id.Shop, []ledger.Entry) (int64, error) { return 1, nil }

func (noLedger) Find(context.Context, ledger.Query) (ledger.Page, error) { return ledger.Page{}, nil }

// Vault runs a vault that enters nothing, in the place of the real one.
func Vault(ctx context.Context, log *slog.Logger) error {
	c, _, err := config.Load(config.Source{Environ: os.Environ()})
	if err != nil {
		return err
	}
	set, err := keys.LoadOrCreate(c.Vault.KeyFile, c.DataDir)
	if err != nil {
		return err
	}
	k, err := keeper.Open(ctx, keeper.Config{Folder: c.Vault.Dir, Ledger: c.Vault.Ledger, Socket: c.Vault.Socket, Keys: set,
		UIDs: []int{os.Getuid(), 0}, Origin: c.Domain + "/ledger", Log: log, Entries: noLedger{}})
	if err != nil {
		return fmt.Errorf("open vault without ledger: %w", err)
	}
	err = k.Serve(ctx)
	if ctx.Err() != nil {
		err = nil
	}
	k.Close() //nolint:errcheck // it is thrown away
	return err
}
