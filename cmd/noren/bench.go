package main

import (
	"context"
	"log/slog"
	"os"
	"strings"

	"github.com/noren-shop/noren/internal/base/log"
	"github.com/noren-shop/noren/internal/bench"
)

func benchCommand(ctx context.Context, args []string) error {
	o := bench.Options{Lang: lang(), Out: os.Stdout, Err: os.Stderr, Log: log.New(os.Stderr, log.Options{Level: slog.LevelWarn})}
	f := flags("bench")
	f.StringVar(&o.Store, "store", "", "postgres://… of a server to make a throw-away database on (else SQLite). 使い捨ての DB を作るサーバー")
	f.IntVar(&o.Shops, "shops", 3, "how many shops there are. 店の数")
	f.IntVar(&o.Products, "products", 66, "products of each shop. 店ごとの商品数")
	f.IntVar(&o.Rounds, "rounds", 5, "how often each pair is measured, in turns. 交互に測る回数")
	f.IntVar(&o.Conns, "conns", 64, "connections at once. 同時接続数")
	f.BoolVar(&o.Quick, "quick", false, "short rounds: rough figures in under a minute. 短い計測")
	f.BoolVar(&o.JSON, "json", false, "print JSON. JSON で出力")
	parts := f.String("parts", "", "only these, by commas: "+strings.Join(bench.PartNames(), ",")+". 測る部分")
	limit := f.String("limit", "", "serve as the limit, with this folder (the bench starts it itself). ベンチが自分で使う")
	noLedger := f.Bool("vault-without-ledger", false, "serve as a vault that enters nothing (the bench starts it itself). ベンチが自分で使う")
	if err := parse(f, args); err != nil {
		return err
	}
	switch {
	case *limit != "":
		return bench.Limit(ctx, *limit, os.Getenv("NOREN_STORE"), os.Stdout)
	case *noLedger:
		return bench.VaultWithoutLedger(ctx, o.Log)
	}
	if *parts != "" {
		o.Parts = strings.Split(*parts, ",")
	}
	if o.Quick {
		o.Rounds = min(o.Rounds, 3)
	}
	return spoken(bench.Run(ctx, o))
}
