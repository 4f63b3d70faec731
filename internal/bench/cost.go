package bench

import (
	"context"
	"log/slog"

	"github.com/noren-shop/noren/internal/bench/off"
)

// VaultWithoutLedger serves as a vault that enters nothing, until the context ends.
func VaultWithoutLedger(ctx context.Context, log *slog.Logger) error { return off.Vault(ctx, log) }

func (b *bencher) cost(ctx context.Context) error { return nil }
