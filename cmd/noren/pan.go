package main

import (
	"context"
	"errors"
	"os"

	"github.com/noren-shop/noren/internal/server"
)

// panCommand is `noren pan sweep [flags] [PATH…]`.
func panCommand(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "sweep" {
		return errors.New(lang().Pick("使い方: noren pan sweep [フラグ] [調べるファイルやフォルダー…]", "usage: noren pan sweep [flags] [PATH…]"))
	}
	f := flags("pan sweep")
	var s settings
	s.on(f)
	identity := f.String("identity", "", "the file with the age private key that opens the backups among the paths")
	pass := f.String("passphrase-file", "", "instead of -identity: a file whose first line is the passphrase")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	sweep := server.CardSweep{Config: cfg, Log: log, Lang: lang(), Out: os.Stdout}
	if *identity != "" || *pass != "" {
		if sweep.Identities, err = identities(*identity, *pass); err != nil {
			return err
		}
	}
	clean, err := sweep.Run(ctx, f.Args())
	if err != nil {
		return spoken(err)
	}
	if !clean {
		return errors.New(lang().Pick("清潔だとは言えません", "not shown to be clean"))
	}
	return nil
}
