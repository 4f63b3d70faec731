package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/noren-shop/noren/internal/server"
)

func evidenceCommand(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "pci" {
		return errors.New(lang().Pick("使い方: noren evidence pci [-json | -html]", "usage: noren evidence pci [-json | -html]"))
	}
	f := flags("evidence pci")
	var s settings
	s.on(f)
	asJSON := f.Bool("json", false, "print JSON, for programs")
	asHTML := f.Bool("html", false, "print one page to print or attach, in Japanese")
	if err := parse(f, args[1:]); err != nil {
		return err
	}
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	var r server.Evidence
	if err := server.Command(ctx, cfg, log, server.Order{Do: server.DoEvidence}, &r); err != nil {
		return spoken(err)
	}
	switch {
	case *asJSON:
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(r)
	case *asHTML:
		return r.HTML(os.Stdout)
	}
	return r.Text(os.Stdout, lang())
}
