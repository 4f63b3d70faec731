package main

import (
	"context"
	"errors"
	"os"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/server"
)

func serveCommand(ctx context.Context, args []string) error {
	f := flags("serve")
	var s settings
	s.on(f)
	ports := f.Bool("ports", false, "also open a port on 127.0.0.1 for each door and storefront, for programs that cannot resolve names")
	ready := f.Bool("json", false, "print one line of JSON when every door is open")
	if err := parse(f, args); err != nil {
		return err
	}
	cfg, environ, log, err := s.load()
	if err != nil {
		return err
	}
	o := server.ServeOptions{Config: cfg, Log: log, Environ: environ, Ports: *ports}
	if *ready {
		o.Ready = server.PrintReady(os.Stdout)
	}
	return spoken(server.Serve(ctx, o))
}

func vaultCommand(ctx context.Context, args []string) error {
	f := flags("vault")
	var s settings
	s.on(f)
	tied := f.Bool("tied", false, "end when standard input ends (serve starts its vault so)")
	if err := parse(f, args); err != nil {
		return err
	}
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	if *tied {
		var stop context.CancelFunc
		ctx, stop = child.Tied(ctx)
		defer stop()
	}
	return server.RunVault(ctx, cfg, log.With("process", "vault"))
}

func witnessCommand(ctx context.Context, args []string) error {
	f := flags("witness")
	var in server.WitnessConfig
	f.StringVar(&in.Dir, "dir", "/var/lib/noren-witness", "the witness's own folder")
	f.StringVar(&in.LedgerKey, "ledger-key", "", "the ledger's public key, as the vault logs it when it opens (needed)")
	f.StringVar(&in.Name, "name", "noren/witness", "the witness's name in its signatures")
	f.StringVar(&in.Listen, "listen", "127.0.0.1:8090", "host:port or unix:/path")
	if err := parse(f, args); err != nil {
		return err
	}
	if in.LedgerKey == "" {
		return errors.New("-ledger-key is needed: the vault logs it when it opens")
	}
	var s settings
	_, _, log, err := s.load()
	if err != nil {
		return err
	}
	return server.RunWitness(ctx, in, log.With("process", "witness"))
}
