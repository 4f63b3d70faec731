package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/noren-shop/noren/internal/server"
)

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ", ") }

// Set adds a value.
func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

func backupCommand(ctx context.Context, args []string) error {
	f := flags("backup")
	var s settings
	s.on(f)
	var to list
	out := f.String("out", "", "the file to write; it must not exist (needed)")
	f.Var(&to, "to", "an age public key (age1…) that may open the backup; may be given several times")
	pass := f.String("passphrase-file", "", "instead of -to: a file whose first line is the passphrase")
	if err := parse(f, args); err != nil {
		return err
	}
	if *out == "" {
		return errors.New(lang().Pick("-out が必要です", "-out is needed"))
	}
	recipients, err := recipients(to, *pass)
	if err != nil {
		return err
	}
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	if err := (server.Copier{Config: cfg, Log: log, Tell: tell}).Backup(ctx, *out, recipients); err != nil {
		return spoken(err)
	}
	fmt.Println(lang().Pick(
		"バックアップを "+*out+" に書きました。\n"+
			"鍵ファイル "+cfg.Vault.KeyFile+" は入っていません。これがないと、個人情報は二度と開けません。\n"+
			"別の場所（金庫の紙やUSBメモリーなど、バックアップとは離れた所）に控えを置いてください。鍵を替えるまで、控えは一度で足ります。\n"+
			"ここには記録の鍵も入っています。保存期間が過ぎたら、このファイルを消してください。",
		"The backup is in "+*out+".\n"+
			"The key file "+cfg.Vault.KeyFile+" is not in it. Without that file no personal data ever opens again.\n"+
			"Keep a copy of it elsewhere, apart from the backups (on paper or a stick in a safe). Once is enough, until keys are rotated.\n"+
			"The keys of persons' records are in the backup: delete it when your retention ends."))
	return nil
}

func restoreCommand(ctx context.Context, args []string) error {
	f := flags("restore")
	var s settings
	s.on(f)
	in := f.String("in", "", "the backup file (needed)")
	identity := f.String("identity", "", "the file with the age private key (AGE-SECRET-KEY-…)")
	pass := f.String("passphrase-file", "", "instead of -identity: a file whose first line is the passphrase")
	yes := f.Bool("yes", false, "do it; without it, the backup is only read to its end and checked")
	if err := parse(f, args); err != nil {
		return err
	}
	if *in == "" {
		return errors.New(lang().Pick("-in が必要です", "-in is needed"))
	}
	ids, err := identities(*identity, *pass)
	if err != nil {
		return err
	}
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	plan, err := server.Copier{Config: cfg, Log: log, Tell: tell}.Check(ctx, *in, ids)
	if err != nil {
		return spoken(err)
	}
	fmt.Println(lang().Pick("バックアップは壊れていません: ", "The backup is whole: ")+plan.Made.Format(time.RFC3339), plan.Engine, plan.Entries)
	if plan.KeepsLedger() {
		fmt.Println(lang().Pick("閲覧台帳はすでにあるので、そのまま残します。その後の消去も、もう一度行います。",
			"A ledger is there already and stays. What was erased since is erased again."))
	}
	if plan.KeepsVault() {
		fmt.Println(lang().Pick("保管庫のデータ（ログインなど）もすでにあるので、そのまま残します。", "The vault's store (log-ins and more) is there already and stays, too."))
	}
	if !*yes {
		fmt.Println(lang().Pick("まだ何も書いていません。復元するには -yes を付けてください。", "Nothing was written. Add -yes to restore."))
		return nil
	}
	got, err := plan.Run(ctx)
	if err != nil {
		return spoken(err)
	}
	fmt.Printf(lang().Pick("復元しました。消去済みのまま守った記録: %d件。\n", "Restored. Records that stay erased: %d.\n"), got.Erased)
	return nil
}

// tell shows how far it is.
func tell(part string, n int64) { fmt.Fprintf(os.Stderr, "  %-12s %d\n", part, n) }

func recipients(to list, passFile string) ([]age.Recipient, error) {
	switch {
	case len(to) > 0 && passFile == "":
		got, err := age.ParseRecipients(strings.NewReader(strings.Join(to, "\n")))
		if err != nil {
			return nil, fmt.Errorf("-to: %s: %w", lang().Pick("age の公開鍵ではありません", "not an age public key"), err)
		}
		return got, nil
	case len(to) == 0 && passFile != "":
		p, err := passphrase(passFile)
		if err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(p)
		return []age.Recipient{r}, err
	}
	return nil, errors.New(lang().Pick("-to か -passphrase-file のどちらか一つが必要です", "one of -to and -passphrase-file is needed"))
}

func identities(file, passFile string) ([]age.Identity, error) {
	switch {
	case file != "" && passFile == "":
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		got, err := age.ParseIdentities(bytes.NewReader(b))
		if err != nil {
			return nil, errors.New("-identity: " + lang().Pick("age の秘密鍵のファイルではありません", "not a file of age private keys"))
		}
		return got, nil
	case file == "" && passFile != "":
		p, err := passphrase(passFile)
		if err != nil {
			return nil, err
		}
		i, err := age.NewScryptIdentity(p)
		return []age.Identity{i}, err
	}
	return nil, errors.New(lang().Pick("-identity か -passphrase-file のどちらか一つが必要です", "one of -identity and -passphrase-file is needed"))
}

// shortest bounds a passphrase from below: whoever finds the file may guess as long as they like.
const shortest = 12

func passphrase(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	line = strings.TrimRight(line, "\r")
	if len(line) < shortest {
		return "", errors.New(lang().Pick("パスフレーズが短すぎます（12文字以上）", "the passphrase is too short (at least 12 characters)"))
	}
	return line, nil
}
