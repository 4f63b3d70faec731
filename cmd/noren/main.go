// Command noren is the service and its operator's command line: each subcommand is one file, thin, over internal/server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set when a release is built.
const version = "0.1.0-dev"

// A command is one subcommand. Its flags take one dash or two.
type command struct {
	name, short, ja string
	run             func(ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"demo", "run a whole service with sample shops on this machine", "サンプルの店とともに、この機械で一式を動かす", demoCommand},
		{"bench", "measure this machine: the service beside what is possible", "この機械での速さを、限界と並べて測る", benchCommand},
		{"serve", "run the service", "サービスを動かす", serveCommand},
		{"vault", "run the vault (serve starts it when none runs)", "保管庫を動かす（なければ serve が起動）", vaultCommand},
		{"witness", "keep and co-sign another host's ledger checkpoints", "ほかの機械の台帳の控えを預かり、署名する", witnessCommand},
		{"paysim", "run the payment simulator: a payment company to try and test with", "決済シミュレーター（試すための決済会社）を動かす", paysimCommand},
		{"watch-pages", "look at log-in and checkout pages from outside, each minute", "ログインと購入手続きのページを、毎分、外から見張る", watchPagesCommand},
		{"evidence", "print what the card standards' checklists ask for", "カードの基準のチェックリストに答える証拠を表示する", evidenceCommand},
		{"backup", "write everything but the key file into one encrypted file", "鍵ファイルを除くすべてを、暗号化した一つのファイルに書き出す", backupCommand},
		{"restore", "bring a backup back", "バックアップから復元する", restoreCommand},
		{"ledger", "export the access ledger, for noren-verify", "閲覧台帳を書き出す（noren-verify で検査するため）", ledgerCommand},
		{"pan", "look for card numbers: in the stores, the data folder and the files named (pan sweep)", "カード番号が残っていないか、保存先とファイルを調べる（pan sweep）", panCommand},
		{"config", "print every setting: its value, its source, what it is for", "すべての設定と、その値・出どころ・説明を表示する", configCommand},
		{"migrate", "bring the shops' database up to date (serve does it, too)", "店のデータベースを最新にする", migrateCommand},
		{"health", "say what answers, and which protections are missing", "動いているものと、欠けている防御を表示する", healthCommand},
		{"switch", "list, set or lift a safety switch: no new cards, a read-only shop…", "安全スイッチを見る・入れる・切る（カードの新規登録を止める、など）", switchCommand},
		{"operator", "make the first operator's account", "最初の運営者のアカウントを作る", operatorCommand},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		err = nil
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "noren:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		usage(os.Stderr)
		return errors.New(lang().Pick("コマンドを選んでください", "choose a command"))
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:])
		}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(os.Stdout)
		return nil
	case "version", "-version", "--version":
		fmt.Println("noren", version)
		return nil
	}
	usage(os.Stderr)
	return fmt.Errorf("%s: %s", args[0], lang().Pick("そのようなコマンドはありません", "no such command"))
}

func usage(w io.Writer) {
	fmt.Fprintln(w, lang().Pick("使い方: noren コマンド [フラグ]   (noren コマンド -h で、そのフラグ)", "usage: noren COMMAND [flags]   (noren COMMAND -h lists its flags)"))
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-12s %s\n", c.name, lang().Pick(c.ja, c.short))
	}
}

// flags begins a subcommand's own, which print to standard error and never exit.
func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet("noren "+name, flag.ContinueOnError)
	f.SetOutput(os.Stderr)
	return f
}

// parse reads the flags and refuses what is left over.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%s: %q", lang().Pick("余分な引数があります", "unexpected argument"), f.Arg(0))
	}
	return nil
}
