package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/filelock"
	"github.com/noren-shop/noren/internal/security/keys"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/ledger/tree"
	"github.com/noren-shop/noren/internal/security/lockdown"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/server/backup"
)

// ErrNotTheOperator means that a command needs to read what is the vault's alone.
var ErrNotTheOperator = fault.Denied(fault.Text{
	Ja: "保管庫のフォルダーを読めません。root で実行してください。",
	En: "The vault's folder cannot be read. Run this as root."})

// ErrVaultRuns means that a restore would write under a running vault's feet.
var ErrVaultRuns = fault.Conflict(fault.Text{
	Ja: "保管庫が動いています。noren serve と noren vault を止めてから復元してください。",
	En: "The vault is running. Stop noren serve and noren vault before a restore."})

// A Copier makes backups and brings them back, at the command line: it reads the vault's stores itself, since the web process
// cannot, and so needs the operator's rights.
type Copier struct {
	Config *config.Config
	Log    *slog.Logger
	Tell   backup.Progress
}

// Backup writes a backup into a new file, beside a running service.
func (o Copier) Backup(ctx context.Context, file string, to []age.Recipient) (err error) {
	src, closeAll, err := o.sources(ctx)
	if err != nil {
		return err
	}
	defer closeAll()
	if _, err := os.Stat(file); err == nil {
		return fault.Invalid("out", fault.Text{Ja: "このファイルはすでにあります。別の名前にしてください。", En: "This file exists already. Choose another name."})
	}
	part := file + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make backup file: %w", err)
	}
	defer os.Remove(part) //nolint:errcheck // it is gone when all went well
	err = backup.Save(ctx, src, f, to, o.Tell)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(part, file)
}

func (o Copier) sources(ctx context.Context) (src backup.Sources, closeAll func(), err error) {
	var open []*db.DB
	closeAll = func() {
		for _, d := range open {
			d.Close()
		}
	}
	c := o.Config
	src = backup.Sources{Media: filepath.Join(c.DataDir, "media"), Now: time.Now}
	for _, s := range []struct {
		url  string
		into **db.DB
	}{{StoreURL(c), &src.Shops}, {filepath.Join(c.Vault.Dir, "vault.db"), &src.Vault}, {ledgerURL(c), &src.Ledger}} {
		d, err := o.asItIs(ctx, s.url)
		if err != nil {
			closeAll()
			return src, nil, err
		}
		open = append(open, d)
		*s.into = d
	}
	return src, closeAll, nil
}

// asItIs opens a store that is there, without bringing its schema up to date: a newer command beside an older server.
func (o Copier) asItIs(ctx context.Context, url string) (*db.DB, error) {
	if !db.IsPostgres(url) {
		f, err := os.Open(url)
		if errors.Is(err, fs.ErrPermission) {
			return nil, ErrNotTheOperator.Because(err)
		}
		if err != nil {
			return nil, fmt.Errorf("open store: %w", err)
		}
		f.Close()
	}
	return db.Open(ctx, db.Config{URL: url, Log: o.Log, Conns: 2})
}

func ledgerURL(c *config.Config) string {
	if c.Vault.Ledger != "" {
		return c.Vault.Ledger
	}
	return filepath.Join(c.Vault.Dir, "ledger.db")
}

// Check reads a backup to its end and says what it holds. Nothing is written.
func (o Copier) Check(ctx context.Context, file string, ids []age.Identity) (*Restore, error) {
	t, err := o.targets(ctx, file, ids)
	if err != nil {
		return nil, err
	}
	p, err := backup.Check(ctx, t)
	if err != nil {
		return nil, err
	}
	return &Restore{Plan: p, o: o, targets: t}, nil
}

// A Restore is a backup that was found whole, and may be brought back.
type Restore struct {
	*backup.Plan
	o       Copier
	targets backup.Targets
}

// KeepsLedger says that a ledger is there already, which is kept.
func (r *Restore) KeepsLedger() bool { return r.targets.KeepLedger }

// KeepsVault says that a vault's store is there already, which is kept.
func (r *Restore) KeepsVault() bool { return r.targets.KeepVault }

func (o Copier) targets(ctx context.Context, file string, ids []age.Identity) (t backup.Targets, err error) {
	c := o.Config
	v := vault.New(vault.Config{Socket: c.Vault.Socket, Timeout: time.Second})
	defer v.Close()
	if _, err := v.Health(ctx); err == nil {
		return t, ErrVaultRuns
	}
	set, err := keys.Load(c.Vault.KeyFile, c.DataDir)
	if err != nil {
		return t, backup.ErrKeyFile.Because(err)
	}
	if t.KeepVault, err = there(filepath.Join(c.Vault.Dir, "vault.db")); err != nil {
		return t, err
	}
	if db.IsPostgres(ledgerURL(c)) {
		d, err := db.Open(ctx, db.Config{URL: ledgerURL(c), Log: o.Log, Conns: 2})
		if err != nil {
			return t, err
		}
		n, err := d.Rows(ctx)
		d.Close()
		if err != nil {
			return t, err
		}
		t.KeepLedger = n > 0
	} else if t.KeepLedger, err = there(ledgerURL(c)); err != nil {
		return t, err
	}
	store := func(url string) backup.Store {
		return func(ctx context.Context, s db.Schema) (*db.DB, error) {
			return db.Open(ctx, db.Config{URL: url, Schema: s, Log: o.Log, Conns: 2})
		}
	}
	t.Open = func() (backup.Reader, error) { return os.Open(file) }
	t.Identities, t.Keys, t.Origin = ids, set, origin(c)
	t.Shops, t.Vault, t.Ledger = store(StoreURL(c)), store(filepath.Join(c.Vault.Dir, "vault.db")), store(ledgerURL(c))
	t.Media = func() (*blob.Folder, error) { return blob.OpenFolder(filepath.Join(c.DataDir, "media"), maxMedia) }
	return t, nil
}

func there(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrPermission) {
		return false, ErrNotTheOperator.Because(err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Run brings it back. The folders are then the processes' users', where root does it.
func (r *Restore) Run(ctx context.Context) (out backup.Restored, err error) {
	c := r.o.Config
	if err := privateFolders(c.DataDir, c.Vault.Dir); err != nil {
		return out, err
	}
	l, err := filelock.Take(filepath.Join(c.DataDir, "serve.lock"))
	if errors.Is(err, filelock.ErrHeld) {
		return out, ErrRunning
	}
	if err != nil {
		return out, err
	}
	defer l.Close()
	for _, name := range []string{"noren.db", "media"} {
		if is, err := there(filepath.Join(c.DataDir, name)); err != nil || is {
			return out, backup.ErrNotEmpty.Because(err)
		}
	}
	mark := filepath.Join(c.DataDir, backup.Unfinished)
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return out, fmt.Errorf("mark restore: %w", err)
	}
	if out, err = r.Plan.Restore(ctx, r.targets, r.o.Tell); err != nil {
		return out, err
	}
	if lockdown.Root() {
		for dir, name := range map[string]string{c.DataDir: c.User, c.Vault.Dir: c.Vault.User, filepath.Dir(c.Vault.KeyFile): c.Vault.User} {
			u, err := child.LookupUser(name)
			if err != nil {
				r.o.Log.Warn("the restored folder stays root's", "folder", dir, "err", err)
				continue
			}
			if err := give(dir, u); err != nil {
				return out, err
			}
		}
	}
	return out, os.Remove(mark)
}

// ExportLedger writes the ledger's files for noren-verify into a new folder, beside a running vault.
func (o Copier) ExportLedger(ctx context.Context, dir string) error {
	set, err := keys.Load(o.Config.Vault.KeyFile, o.Config.DataDir)
	if err != nil {
		return ErrNotTheOperator.Because(err)
	}
	d, err := o.asItIs(ctx, ledgerURL(o.Config))
	if err != nil {
		return err
	}
	defer d.Close()
	// Under a name of its own, so that it leaves the tree to a vault that is running.
	l, err := ledger.Open(ctx, ledger.Config{DB: d, Origin: origin(o.Config), Signer: set.Signer, Node: "export"})
	if err != nil {
		return err
	}
	return errors.Join(l.Export(ctx, dir), l.Close())
}

// LedgerKey is what witnesses and auditors know this service's ledger by.
func LedgerKey(c *config.Config) (string, error) {
	set, err := keys.Load(c.Vault.KeyFile, c.DataDir)
	if err != nil {
		return "", ErrNotTheOperator.Because(err)
	}
	return tree.Key(origin(c), set.Signer.Public()), nil
}
