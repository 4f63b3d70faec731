package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/security/keys"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/ledger/witness"
	"github.com/noren-shop/noren/internal/security/login"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
	"github.com/noren-shop/noren/internal/security/vault/keeper/peer"
	"github.com/noren-shop/noren/internal/web/place"
)

// RunVault is `noren vault`: the process that holds the keys, opens personal data and writes the ledger. It ends with the
// context.
func RunVault(ctx context.Context, c *config.Config, log *slog.Logger) error {
	missing, err := peer.Harden()
	if err != nil {
		return err
	}
	if os.Getuid() == 0 && c.Vault.User != "" {
		missing = append(missing, "the vault runs as root, whom nothing is hidden from; let serve start it as a user of its own")
	}
	if err := privateFolders(c.Vault.Dir, filepath.Dir(c.Vault.KeyFile)); err != nil {
		return err
	}
	set, err := keys.LoadOrCreate(c.Vault.KeyFile, c.DataDir)
	if err != nil {
		return err
	}
	uids, alone := clients(c)
	if err := socketFolder(filepath.Dir(c.Vault.Socket), alone); err != nil {
		return err
	}
	if !alone {
		missing = append(missing, "the vault and the web process run as the same user: only the kernel's sandbox stands between them")
	}
	k, err := keeper.Open(ctx, keeper.Config{Folder: c.Vault.Dir, Ledger: c.Vault.Ledger, Socket: c.Vault.Socket, Keys: set, UIDs: uids,
		Origin: origin(c), Parties: parties(c), Witnesses: witnesses(c, log), Log: log, Missing: missing})
	if err != nil {
		return fmt.Errorf("open vault: %w", err)
	}
	log.Info("the vault is open", "ledger key", k.Log().Key())
	err = k.Serve(ctx)
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, k.Close())
}

// origin is the ledger's name.
func origin(c *config.Config) string { return c.Domain + "/ledger" }

// clients are the users that may ask the vault: itself and root, who can do anything anyway (the demo seeds, the operator
// backs up), and the web process's where the vault has a user of its own. alone says that it has.
func clients(c *config.Config) (uids []int, alone bool) {
	uids = []int{os.Getuid(), 0}
	web, err := child.LookupUser(c.User)
	if err != nil {
		return uids, false
	}
	own, err := child.LookupUser(c.Vault.User)
	if err != nil || int(own.UID) != os.Getuid() || web == own {
		return uids, false
	}
	return append(uids, int(web.UID)), true
}

// socketFolder makes the socket's folder where it is missing. The web process's user must pass through it, where that is
// another.
func socketFolder(dir string, alone bool) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the socket's folder: %w", err)
	}
	if !alone {
		return nil
	}
	return os.Chmod(dir, 0o755)
}

// privateFolders makes folders that only this user can enter.
func privateFolders(dirs ...string) error {
	for _, d := range dirs {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
	}
	return nil
}

// parties are the doors that take passkeys: owners and staff at the admin, operators at the console.
func parties(c *config.Config) []login.Party {
	b := Places(c)
	var out []login.Party
	for _, d := range []place.Door{place.Admin, place.Ops} {
		out = append(out, login.Party{ID: string(d) + "." + c.Domain, Name: "Noren", Origins: []string{b.Door(d, "")}})
	}
	return out
}

func witnesses(c *config.Config, log *slog.Logger) []ledger.Witness {
	var out []ledger.Witness
	for _, a := range c.Witness.Addresses {
		if path, ok := strings.CutPrefix(a, "unix:"); ok {
			out = append(out, witness.NewClient("unix", path))
			continue
		}
		out = append(out, witness.NewClient("tcp", a))
	}
	if c.Witness.Dir != "" {
		out = append(out, folderWitness{c.Witness.Dir})
	}
	return out
}

// A folderWitness keeps each checkpoint as a file, in a folder that another machine takes them from. It signs nothing:
// having the file elsewhere is the evidence.
type folderWitness struct{ dir string }

func (w folderWitness) Cosign(_ context.Context, signed []byte, size int64, _ func(int64) ([][32]byte, error)) ([]byte, error) {
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		return nil, err
	}
	name := filepath.Join(w.dir, "checkpoint")
	if err := os.WriteFile(name+".new", signed, 0o644); err != nil {
		return nil, err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return nil, err
	}
	return nil, os.WriteFile(filepath.Join(w.dir, fmt.Sprintf("checkpoint-%016d", size)), signed, 0o644)
}

// RunWitness is `noren witness`: it keeps the last checkpoint of one ledger and signs what continues it.
func RunWitness(ctx context.Context, in WitnessConfig, log *slog.Logger) error {
	if err := privateFolders(in.Dir); err != nil {
		return err
	}
	set, err := keys.LoadOrCreate(filepath.Join(in.Dir, "witness.key"), filepath.Join(in.Dir, "data"))
	if err != nil {
		return err
	}
	w, err := witness.Open(witness.Config{Dir: in.Dir, Ledger: in.LedgerKey, Name: in.Name, Signer: set.Signer})
	if err != nil {
		return fmt.Errorf("open witness: %w", err)
	}
	l, err := listenOn(in.Listen)
	if err != nil {
		return err
	}
	if l.Addr().Network() == "unix" { // another user's vault asks; all that it shows is a count and a hash
		if err := os.Chmod(l.Addr().String(), 0o666); err != nil {
			return fmt.Errorf("open the witness's socket: %w", err)
		}
	}
	log.Info("the witness is open", "key", w.Key(), "address", l.Addr().String())
	if err := w.Serve(ctx, l); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// WitnessConfig is a witness's set-up.
type WitnessConfig struct {
	Dir       string
	LedgerKey string // as the vault logs it when it opens
	Name      string
	Listen    string // host:port or unix:/path
}
