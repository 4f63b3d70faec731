package main

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/server"
)

func watchPagesCommand(ctx context.Context, args []string) error {
	f := flags("watch-pages")
	var s settings
	s.on(f)
	var in server.WatchConfig
	f.StringVar(&in.Dir, "dir", "/var/lib/noren-watch", "the watcher's own folder")
	f.StringVar(&in.Listen, "at", "unix:/run/noren-watch/watch.sock", "where the server asks what was seen: host:port or unix:/path")
	f.DurationVar(&in.Every, "every", time.Minute, "how often every page is looked at")
	ports := f.String("ports", "", "the doors' own ports, where serve has -ports: media=8001,ops=8002")
	tied := f.Bool("tied", false, "end when standard input ends (demo starts its watcher so)")
	if err := parse(f, args); err != nil {
		return err
	}
	if err := in.SetPorts(*ports); err != nil {
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
	return spoken(server.RunWatchPages(ctx, in, cfg, log.With("process", "watcher")))
}
