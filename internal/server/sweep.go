package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/server/cardsweep"
)

// A CardSweep is `noren pan sweep`: it looks for card numbers where the service keeps anything, and in the paths given.
type CardSweep struct {
	Config     *config.Config
	Log        *slog.Logger
	Identities []age.Identity // open backups among the paths
	Lang       i18n.Lang
	Out        io.Writer
}

// Run looks everywhere and says what it looked at. It is clean when nothing was found and nothing was left out.
func (o CardSweep) Run(ctx context.Context, paths []string) (clean bool, err error) {
	say := func(ja, en string, args ...any) { fmt.Fprintf(o.Out, o.Lang.Pick(ja, en)+"\n", args...) }
	s := &cardsweep.Sweep{Identities: o.Identities,
		Found: func(h cardsweep.Hit) {
			say("見つかりました: %s（%s %s）", "FOUND: %s (%s %s)", h.Place, h.Kind, h.Brand)
		},
		Skipped: func(place, why string) {
			say("調べられませんでした: %s: %s", "not looked at: %s: %s", place, why)
		},
		Progress: func(place string) { say("調べています: %s", "looking at: %s", place) },
	}
	c := o.Config
	for _, store := range []struct{ name, url string }{{"shops", StoreURL(c)}, {"vault", filepath.Join(c.Vault.Dir, "vault.db")}, {"ledger", ledgerURL(c)}} {
		if err := o.store(ctx, s, store.name, store.url); err != nil {
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			s.Left++
			s.Skipped(store.name, err.Error())
		}
	}
	for _, path := range append([]string{c.DataDir}, paths...) {
		if _, e := os.Stat(path); e != nil {
			s.Left++
			s.Skipped(path, e.Error())
			continue
		}
		if err := s.Path(ctx, path); err != nil {
			return false, err
		}
	}
	say("表の行 %d、値 %d（うちバイト列 %d）、ファイル %d、計 %d バイトを調べました。", "Looked at %d rows, %d values (%d of them bytes), %d files, %d bytes in all.",
		s.Rows, s.Values, s.Blobs, s.Files, s.Bytes)
	say("封じた項目は暗号文なので、その中は調べられません。カード番号は封じる前、受け取るときに断っています。",
		"Sealed fields are ciphertext: this cannot look inside them. Card numbers are refused on the way in, before anything is sealed.")
	say("見つかった数: %d、調べられなかった場所: %d", "Found: %d. Places not looked at: %d.", s.Hits, s.Left)
	return s.Hits == 0 && s.Left == 0, nil
}

func (o CardSweep) store(ctx context.Context, s *cardsweep.Sweep, name, url string) error {
	d, err := Copier{Config: o.Config, Log: o.Log}.asItIs(ctx, url)
	if err != nil {
		return err
	}
	defer d.Close()
	return s.Store(ctx, name, d)
}
