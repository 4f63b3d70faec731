package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/server"
)

func ledgerCommand(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "export" && args[0] != "key" {
		return errors.New(lang().Pick("使い方: noren ledger export フォルダー、または noren ledger key",
			"usage: noren ledger export DIR, or noren ledger key"))
	}
	f := flags("ledger " + args[0])
	var s settings
	s.on(f)
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	if args[0] == "key" {
		key, err := server.LedgerKey(cfg)
		if err != nil {
			return spoken(err)
		}
		fmt.Println(key)
		return nil
	}
	if f.NArg() != 1 {
		return errors.New(lang().Pick("書き出し先のフォルダーを一つ指定してください", "name one folder to write to"))
	}
	if err := (server.Copier{Config: cfg, Log: log, Tell: tell}).ExportLedger(ctx, f.Arg(0)); err != nil {
		return spoken(err)
	}
	fmt.Println(lang().Pick("書き出しました。noren-verify "+f.Arg(0)+" で検査できます。", "Exported. Check it with noren-verify "+f.Arg(0)))
	return nil
}
