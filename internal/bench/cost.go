package bench

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/bench/buyer"
	"github.com/noren-shop/noren/internal/bench/load"
	"github.com/noren-shop/noren/internal/bench/off"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/server"
)

// VaultWithoutLedger serves as a vault that enters nothing, until the context ends.
func VaultWithoutLedger(ctx context.Context, log *slog.Logger) error { return off.Vault(ctx, log) }

// cost measures the order flow itself, without HTTP, letters and the rest of a running service, with parts off; then the
// list of names with a vault that enters nothing. The running web process is ended first.
func (b *bencher) cost(ctx context.Context) error {
	if err := b.web.Stop(); err != nil {
		return fmt.Errorf("stop web process: %w", err)
	}
	full, end, err := off.Crowd(ctx, b.conf, server.StoreURL(b.conf), b.crowd, off.What{})
	if err != nil {
		return err
	}
	defer end()
	for _, c := range []struct {
		what off.What
		of   fault.Text
	}{
		{off.What{Outbox: true}, fault.Text{Ja: "アウトボックスなし", En: "without outbox"}},
		{off.What{Vault: true}, fault.Text{Ja: "封緘の鍵と行なし", En: "without a record key and its rows"}},
		{off.What{Vault: true, Outbox: true}, fault.Text{Ja: "どちらもなし", En: "without both"}},
	} {
		less, end, err := off.Crowd(ctx, b.conf, server.StoreURL(b.conf), b.crowd, c.what)
		if err != nil {
			return err
		}
		row := Row{Part: PartCost, Name: fault.Text{Ja: "注文の処理そのもの: " + c.of.Ja, En: "The order flow itself: " + c.of.En}, Of: c.of}
		err = b.versus(ctx, row, b.placing(full), b.placing(less))
		end()
		if err != nil {
			return err
		}
	}
	return b.costOfLedger(ctx)
}

// placing places prepared orders through the flow.
func (b *bencher) placing(c *buyer.Crowd) side {
	return func(ctx context.Context, round int) (load.Sample, error) {
		ins := make([]checkout.PlaceIn, b.orders())
		err := buyer.Many(len(ins), preparers, func(i int) (err error) {
			ins[i], err = c.Confirmed(ctx, c.Two(round*len(ins)+i, 0))
			return err
		})
		if err != nil {
			return load.Sample{}, err
		}
		return load.Call(len(ins), b.Conns, func(i int) error { return c.Place(ctx, ins[i]) })
	}
}

// costOfLedger reads the same list of names from the vault and from one that enters nothing: they take turns at one socket.
func (b *bencher) costOfLedger(ctx context.Context) error {
	owner, err := b.crowd.Owner(ctx, b.owner.Email, b.owner.Password)
	if err != nil {
		return err
	}
	named := func() (load.Sample, error) {
		for try := 0; b.crowd.ListNamed(ctx, owner, listed) != nil && try < 100; try++ { // the vault is starting
			time.Sleep(20 * time.Millisecond)
		}
		return load.Call(b.lists(), 1, func(int) error { return b.crowd.ListNamed(ctx, owner, listed) })
	}
	real := func(ctx context.Context, _ int) (load.Sample, error) {
		if err := b.swap(func() error { return b.startVault(ctx, b.Log) }); err != nil {
			return load.Sample{}, err
		}
		return named()
	}
	null := func(ctx context.Context, _ int) (load.Sample, error) {
		if err := b.swap(func() error { return b.startNull(ctx, b) }); err != nil {
			return load.Sample{}, err
		}
		return named()
	}
	return b.versus(ctx, Row{Part: PartCost, Name: fault.Text{Ja: "注文50件の氏名: 台帳なし", En: "Names of 50 orders: without ledger"},
		Of: fault.Text{Ja: "台帳なし", En: "without ledger"}}, real, null)
}
