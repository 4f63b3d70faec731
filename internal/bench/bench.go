// Package bench is `noren bench`: how fast the service is on this machine, as a share of what the machine can do.
//
// It guarantees that what it measures is a service of the real processes (a vault, a locked web process) with durable
// commits; that every figure stands beside its limit, asked by the same client on the same machine in turns with it, so that
// a busy machine slows both; that the spread of the rounds is said; and that every run is bounded. It throws away all that it
// makes: a temporary folder, and on PostgreSQL a database of its own.
// It refuses to be a test: a missed target is printed, not an error.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/bench/limit"
)

// Options of a bench.
type Options struct {
	Store    string // postgres://… of a server to make a throw-away database on; "" is SQLite
	Shops    int    // how many there are
	Products int    // of the shop that is measured, about
	Rounds   int
	Conns    int
	Quick    bool
	Parts    []string // of PartNames; none is all
	JSON     bool
	Profile  string // a folder for CPU profiles of the flows; "" takes none
	Lang     i18n.Lang
	Out, Err io.Writer
	Log      *slog.Logger
}

// Parts that can be measured apart.
const (
	PartPages    = "pages"
	PartCheckout = "checkout"
	PartList     = "list"
	PartCost     = "cost"
)

// PartNames lists them.
func PartNames() []string { return []string{PartPages, PartList, PartCheckout, PartCost} }

// errPart is a part that is not one.
var errPart = fault.Invalid("parts", fault.Text{Ja: "pages、checkout、list、cost から選んでください。", En: "Choose of pages, checkout, list, cost."})

func (o *Options) check() error {
	for _, p := range o.Parts {
		if !slices.Contains(PartNames(), p) {
			return errPart
		}
	}
	if o.Shops < 1 || o.Products < 2 || o.Rounds < 1 || o.Conns < 1 || o.Conns > 1000 {
		return errors.New(o.Lang.Pick("数は1以上(-products は2以上、-conns は1000以下)にしてください",
			"numbers must be at least 1 (-products at least 2, -conns at most 1000)"))
	}
	return nil
}

func (o *Options) has(part string) bool { return len(o.Parts) == 0 || slices.Contains(o.Parts, part) }

// A bencher is one run.
type bencher struct {
	Options
	*stack
	report Report
}

// Run measures until done or the context ends.
func Run(ctx context.Context, o Options) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	b := &bencher{Options: o}
	b.report = Report{Time: time.Now(), Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(),
		Engine: "sqlite", Rounds: o.Rounds, Conns: o.Conns, Shops: o.Shops}
	if o.Store != "" {
		b.report.Engine = "postgres"
	}
	b.say("保管庫と店を用意しています…", "Preparing the vault and the shops …")
	if b.stack, err = b.raise(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.stack.close()) }()
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{PartPages, b.pages}, {PartList, b.list}, {PartCheckout, b.checkout}, {PartCost, b.cost}} {
		if !o.has(part.name) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return fmt.Errorf("measure %s: %w", part.name, err)
		}
	}
	return b.report.print(o)
}

// Limit serves as the limit until the context ends.
func Limit(ctx context.Context, dir, store string, w io.Writer) error {
	return limit.Run(ctx, limit.Config{Store: store, Dir: dir}, w)
}

// say tells a waiting person what is being done.
func (b *bencher) say(ja, en string) { fmt.Fprintln(b.Err, b.Lang.Pick(ja, en)) }
