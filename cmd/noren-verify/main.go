// Command noren-verify checks an exported access ledger, offline, without trusting who wrote it.
//
// It guarantees to name what was changed, dropped, moved or cut off, and to say plainly what it could not check. It
// refuses to write anything, and to open a network connection.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/noren-shop/noren/internal/security/ledger/verify"
)

// The exit codes.
const (
	exitSound    = 0
	exitTampered = 1
	exitUsage    = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

type paths []string

func (p *paths) String() string { return fmt.Sprint(*p) }

func (p *paths) Set(s string) error {
	*p = append(*p, s)
	return nil
}

const usage = `noren-verify [-checkpoint FILE]… [-key KEY] [-lang ja] DIR

Checks the ledger that "noren ledger export DIR" wrote.
「noren ledger export DIR」で書き出した閲覧台帳を検査します。

  -checkpoint FILE  a checkpoint that was kept elsewhere: at a witness, in an owner's mail. May be given several times.
                    別の場所に保管されたチェックポイント。何度でも指定できます。
  -key KEY          the ledger's key, NAME+HASH+KEY, from a source that you trust. Else the export's own is taken.
                    信頼できるところから得た台帳の鍵。なければ、書き出しに添えられた鍵を使います。
  -lang en|ja       language / 言語

Exit: 0 nothing found, 1 tampering found, 2 could not be checked.
終了コード: 0 異常なし、1 改ざんあり、2 検査できませんでした。
`

func run(args []string, out, errs io.Writer) int {
	var checkpoints paths
	fs := flag.NewFlagSet("noren-verify", flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Usage = func() { fmt.Fprint(errs, usage) }
	fs.Var(&checkpoints, "checkpoint", "")
	key := fs.String("key", "", "")
	lang := fs.String("lang", "en", "")
	if err := fs.Parse(args); err != nil {
		return exitUsage
	}
	if fs.NArg() != 1 || *lang != "en" && *lang != "ja" {
		fs.Usage()
		return exitUsage
	}
	in := verify.Input{Dir: fs.Arg(0), Key: *key}
	for _, name := range checkpoints {
		b, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(errs, "noren-verify:", err)
			return exitUsage
		}
		// A mail program may have made CR LF of the line ends.
		in.Checkpoints = append(in.Checkpoints, bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
	}
	r, err := verify.Run(in)
	if err != nil {
		fmt.Fprintln(errs, "noren-verify:", err)
		return exitUsage
	}
	pick := func(ja, en string) string { return en }
	if *lang == "ja" {
		pick = func(ja, en string) string { return ja }
	}
	show(out, r, pick)
	if !r.Sound() {
		return exitTampered
	}
	return exitSound
}

// show prints the report: what was checked, what was found, what could not be.
func show(out io.Writer, r *verify.Report, pick func(ja, en string) string) {
	fmt.Fprintf(out, pick("検査しました: ショップ%d、記録%d件、木の葉%d枚、署名された木の大きさ%d。\n",
		"Checked: %d shops, %d entries, %d leaves, a signed tree of %d.\n"), r.Shops, r.Entries, r.Leaves, r.Size)
	for _, f := range r.Findings {
		fmt.Fprintf(out, "%s  %s\n", f.Kind, pick(f.Ja, f.En))
	}
	if r.Sound() {
		fmt.Fprintln(out, pick("異常は見つかりませんでした。", "Nothing wrong was found."))
	}
	if r.Outside == 0 {
		fmt.Fprintln(out, pick("確かめられなかったこと: 外に保管されたチェックポイントがないため、台帳が古い状態に戻されたり、盗まれた鍵で署名し直されたりした可能性は否定できません。",
			"Not checked: without a checkpoint that was kept elsewhere (-checkpoint), a ledger that was put back to an older state, or rewritten and "+
				"signed anew with a stolen key, looks like this too."))
	} else {
		fmt.Fprintf(out, pick("外に保管されたチェックポイント%d件と照合しました。\n", "Compared with %d checkpoints that were kept elsewhere.\n"), r.Outside)
	}
	if r.KeyFromExport {
		fmt.Fprintln(out, pick("確かめられなかったこと: 鍵は書き出しに添えられたものです。信頼できるところから得た鍵を -key で指定してください。",
			"Not checked: the key came with the files. Give one from a source that you trust with -key."))
	}
	if r.Uncovered > 0 {
		fmt.Fprintf(out, pick("最後の%d件はまだ木に入っていません。切り取られても分かりません。\n",
			"The last %d entries are not in the tree yet: if more were cut off behind them, it does not show.\n"), r.Uncovered)
	}
}
