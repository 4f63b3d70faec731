package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/log"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/paysim"
)

func paysimCommand(ctx context.Context, args []string) error {
	c := paysim.Config{Log: log.New(os.Stderr, log.Options{Level: slog.LevelWarn})}
	f := flags("paysim")
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8091", "where its pages open; this machine's own address only")
	f.StringVar(&c.API, "api", "127.0.0.1:8092", "where its interface for programs opens")
	f.StringVar(&c.Journal, "journal", "", "a file that it goes on from after a restart (else everything is forgotten)")
	f.Uint64Var(&c.Seed, "seed", 1, "of the faults' dice")
	asJSON := f.Bool("json", false, "print one line of JSON when ready, for other programs")
	tied := f.Bool("tied", false, "end when standard input ends (the demo starts its simulator so)")
	if err := parse(f, args); err != nil {
		return err
	}
	if key := os.Getenv("NOREN_PAYSIM_CONTROL"); key != "" {
		if c.Control = secret.ParseToken(key); c.Control.IsZero() {
			return errors.New("NOREN_PAYSIM_CONTROL: want a token of 32 bytes in base64url")
		}
	}
	s, err := paysim.Start(c)
	if err != nil {
		return err
	}
	if *tied {
		var untie context.CancelFunc
		ctx, untie = child.Tied(ctx)
		defer untie()
	}
	if *asJSON {
		err = json.NewEncoder(os.Stdout).Encode(s.Ready())
	} else {
		l := lang()
		fmt.Printf("%s\n  %-10s %s\n  %-10s %s\n%s\n", l.Pick("決済シミュレーター（テストカード 4242 4242 4242 4242）", "The payment simulator (test card 4242 4242 4242 4242)"),
			l.Pick("画面", "pages"), s.URL, "API", s.API, l.Pick("接続用の鍵は、画面の「口座」で作れます。Ctrl+C で終わります。", "The page “Accounts” makes keys to connect with. Ctrl+C ends it."))
	}
	select {
	case <-ctx.Done():
	case err = <-s.Failed():
	}
	return errors.Join(err, s.Close())
}
