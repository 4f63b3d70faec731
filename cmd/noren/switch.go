package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/noren-shop/noren/internal/server"
)

// switchCommand lists, sets and lifts safety switches. It works beside a running server: every node reads the store each second.
func switchCommand(ctx context.Context, args []string) error {
	use := lang().Pick("使い方: noren switch list | on 名前 -reason 理由 [-shop 番号] [-app 番号] [-hours 時間] [-renewals go-on|stop] | off 名前 -reason 理由 [-shop 番号] [-app 番号]",
		"usage: noren switch list | on NAME -reason WHY [-shop NUMBER] [-app NUMBER] [-hours N] [-renewals go-on|stop] | off NAME -reason WHY [-shop NUMBER] [-app NUMBER]")
	if len(args) == 0 {
		return errors.New(use)
	}
	in := server.SwitchIn{Act: args[0]}
	rest := args[1:]
	if in.Act == "on" || in.Act == "off" {
		if len(rest) == 0 {
			return errors.New(use)
		}
		in.Name, rest = rest[0], rest[1:]
	} else if in.Act != "list" && in.Act[0] != '-' {
		return errors.New(use)
	}
	if in.Act[0] == '-' {
		in.Act, rest = "list", args
	}
	f := flags("switch")
	var s settings
	s.on(f)
	f.Int64Var(&in.Shop, "shop", 0, "the shop's number; 0 is the whole service")
	f.Int64Var(&in.App, "app", 0, "the app's number, for stop-app")
	f.StringVar(&in.Reason, "reason", "", "why; it stays in the history")
	f.StringVar(&in.Renewals, "renewals", "go-on", "with close-card-signups: go-on or stop charges to cards on file")
	hours := f.Int("hours", 0, "it ends by itself after so many hours; 0: never")
	if err := parse(f, rest); err != nil {
		return err
	}
	in.For = time.Duration(*hours) * time.Hour
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	said, err := server.Switch(ctx, cfg, log, in)
	if err != nil {
		return spoken(err)
	}
	for _, line := range said {
		fmt.Fprintln(os.Stdout, lang().Pick(line.Ja, line.En))
	}
	return nil
}
