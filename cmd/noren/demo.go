package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/noren-shop/noren/internal/base/log"
	"github.com/noren-shop/noren/internal/demo"
)

func demoCommand(ctx context.Context, args []string) error {
	o := demo.Options{Lang: lang(), Out: os.Stdout, Err: os.Stderr, Log: log.New(os.Stderr, log.Options{Level: slog.LevelWarn})}
	f := flags("demo")
	f.StringVar(&o.Listen, "listen", "127.0.0.1:8080", "where the doors open; port 0 takes a free one")
	f.StringVar(&o.Dir, "data", "", "a folder to keep the data in (else a temporary one, gone at the end)")
	f.StringVar(&o.Store, "store", "", "postgres://… instead of SQLite")
	f.IntVar(&o.Shops, "shops", 3, "how many sample shops")
	f.IntVar(&o.Products, "products", 66, "how many products in all")
	f.IntVar(&o.Orders, "orders", 360, "how many orders in all")
	f.BoolVar(&o.JSON, "json", false, "print one line of JSON when ready, for other programs")
	if err := parse(f, args); err != nil {
		return err
	}
	return spoken(demo.Run(ctx, o))
}
