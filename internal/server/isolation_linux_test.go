package server_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// What a kernel must have for a service whose processes share a user.
const (
	abiPaths   = 1
	abiSignals = 6
)

// inside is the environment that makes TestInsideTheWebProcess be one.
const inside = "NOREN_TEST_INSIDE"

// TestTheWebProcessCannotReachTheVault runs `serve` with its vault for true, once as root gives it users of its own, once as
// a user who has only one, and tries from within the locked web process what an intruder there would try.
func TestTheWebProcessCannotReachTheVault(t *testing.T) {
	t.Parallel()
	t.Run("users of their own", func(t *testing.T) {
		t.Parallel()
		if os.Getuid() != 0 {
			t.Skip("only root can give the processes users of their own")
		}
		intrude(t, 0)
	})
	t.Run("one user", func(t *testing.T) {
		t.Parallel()
		abi, _ := llsys.LandlockGetABIVersion()
		for need, what := range map[int]string{abiPaths: "files and memory", abiSignals: "signals"} {
			t.Run(what, func(t *testing.T) {
				if abi < need {
					t.Skipf("not tried: this kernel's Landlock is of ABI %d and cannot keep %s of one user's processes apart", abi, what)
				}
			})
		}
		uid := os.Getuid()
		if uid == 0 {
			uid = soleUID
		}
		intrude(t, uid)
	})
}

func intrude(t *testing.T, uid int) {
	t.Helper()
	s := newSite(t, uid)
	var mu sync.Mutex
	var out strings.Builder
	c := child.Command{Path: s.program, Args: []string{"-test.v", "-test.timeout=50s", "-test.run=^TestInsideTheWebProcess$"},
		Env: append(s.environ, inside+"=1", "TMPDIR="+filepath.Join(s.dir, "home")), Line: func(_ child.Stream, line string) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintln(&out, line)
		}}
	if uid != os.Getuid() {
		c.User = &child.User{UID: uint32(uid), GID: uint32(uid)}
	}
	p, err := child.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Err()
	mu.Lock()
	defer mu.Unlock()
	if err != nil || !strings.Contains(out.String(), "--- PASS: TestInsideTheWebProcess") || !strings.Contains(out.String(), "attempts: ") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestInsideTheWebProcess is what the test above runs in a process of its own; by itself it has nothing to do.
func TestInsideTheWebProcess(t *testing.T) {
	if os.Getenv(inside) == "" {
		return
	}
	c, log, err := load()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	err = server.Serve(ctx, server.ServeOptions{Config: c, Log: log, Environ: norenEnv(), Ports: true,
		Ready: func(h *server.House, book *place.Book) {
			defer stop()
			i := intruder{T: t, h: h, c: c, book: book, vault: vaultPID(t, c.Vault.Socket)}
			i.run()
		}})
	if err != nil {
		t.Error(err)
	}
}

// vaultPID is the process at the other end of the socket, by the kernel's word.
func vaultPID(t *testing.T, socket string) int {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var cred *unix.Ucred
	if e := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); e != nil || err != nil {
		t.Fatal(e, err)
	}
	if int(cred.Pid) == os.Getpid() {
		t.Fatal("the vault is this process")
	}
	return int(cred.Pid)
}

// An intruder has the web process and everything in it.
type intruder struct {
	*testing.T
	h     *server.House
	c     *config.Config
	book  *place.Book
	vault int
	n     int
}

// refused demands that the kernel said no (EXDEV is Landlock's no to a link): not that something was missing, or busy.
func (i *intruder) refused(what string, err error) {
	i.Helper()
	i.n++
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EXDEV) {
		i.Errorf("%s: %v, which is no refusal", what, err)
	}
}

func (i *intruder) run() {
	abi, _ := llsys.LandlockGetABIVersion()
	alone := unix.Getuid() == webUID
	if unix.Geteuid() == 0 {
		i.Fatal("the web process is still root")
	}
	if err := os.WriteFile(filepath.Join(i.c.DataDir, "mine"), []byte("x"), 0o600); err != nil {
		i.Errorf("the web process cannot write its own folder: %v", err)
	}
	i.data()
	if alone || abi >= abiPaths {
		i.files()
		i.memory()
	}
	if abi >= abiPaths {
		i.programs()
	}
	if alone || abi >= abiSignals {
		i.signals()
	}
	if _, err := i.h.Vault.Health(i.Context()); err != nil {
		i.Errorf("the vault did not survive: %v", err)
	}
	i.Logf("attempts: %d, uid %d, Landlock ABI %d", i.n, unix.Getuid(), abi)
}

// files are the key, the vault's store and the ledger. Every thread of the process tries, since a kernel locks threads.
func (i *intruder) files() {
	paths := []string{i.c.Vault.KeyFile, filepath.Join(i.c.Vault.Dir, "vault.db"), filepath.Join(i.c.Vault.Dir, "ledger.db"),
		filepath.Join(i.c.Vault.Dir, "ledger.db-wal"), i.c.Vault.Dir, filepath.Dir(i.c.Vault.KeyFile), "/etc/shadow"}
	errs := make([][]error, 16)
	var wg, all sync.WaitGroup
	all.Add(len(errs))
	for n := range errs {
		wg.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			all.Done()
			all.Wait() // as many threads as goroutines
			for _, p := range paths {
				f, err := os.Open(p)
				if err == nil {
					f.Close()
				}
				errs[n] = append(errs[n], err)
			}
		})
	}
	wg.Wait()
	for _, per := range errs {
		for k, err := range per {
			i.refused("open "+paths[k], err)
		}
	}
	_, err := os.ReadDir(i.c.Vault.Dir)
	i.refused("list the vault's folder", err)
	i.refused("write into the vault's folder", os.WriteFile(filepath.Join(i.c.Vault.Dir, "x"), nil, 0o600))
	i.refused("cut off the ledger", os.Truncate(filepath.Join(i.c.Vault.Dir, "ledger.db"), 0))
	i.refused("remove the ledger", os.Remove(filepath.Join(i.c.Vault.Dir, "ledger.db")))
	i.refused("move the key to where it can be read", os.Rename(i.c.Vault.KeyFile, filepath.Join(i.c.DataDir, "key")))
	i.refused("link the key to where it can be read", os.Link(i.c.Vault.KeyFile, filepath.Join(i.c.DataDir, "key")))
	i.refused("take the socket's place", os.Remove(i.c.Vault.Socket))
	link := filepath.Join(i.c.DataDir, "link")
	if err := os.Symlink(i.c.Vault.KeyFile, link); err == nil {
		_, err = os.ReadFile(link)
		i.refused("read the key through a link", err)
	}
}

func (i *intruder) memory() {
	proc := "/proc/" + strconv.Itoa(i.vault)
	for _, name := range []string{"mem", "environ", "maps", "auxv", "fd/3", "root/etc/hosts", "cwd"} {
		f, err := os.Open(filepath.Join(proc, name))
		if err == nil {
			f.Close()
		}
		i.refused("open "+name+" of the vault's process", err)
	}
	runtime.LockOSThread()
	i.refused("attach to the vault as a debugger", unix.PtraceAttach(i.vault))
	i.refused("seize the vault as a debugger", unix.PtraceSeize(i.vault))
	runtime.UnlockOSThread()
	b := make([]byte, 8)
	_, err := unix.ProcessVMReadv(i.vault, []unix.Iovec{{Base: &b[0], Len: 8}}, []unix.RemoteIovec{{Base: 0x400000, Len: 8}}, 0)
	i.refused("read the vault's memory", err)
	if fd, err := unix.PidfdOpen(i.vault, 0); err == nil {
		for n := 3; n < 10; n++ {
			_, err = unix.PidfdGetfd(fd, n, 0)
			i.refused("take an open file from the vault", err)
		}
		unix.Close(fd)
	}
	if n, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || n != 0 {
		i.Errorf("the web process itself can be dumped: %d, %v", n, err)
	}
	var core unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &core); err != nil || core.Max != 0 {
		i.Errorf("the web process may leave core dumps: %+v, %v", core, err)
	}
}

// programs: a child would have the same lock, but the web process has no business with one.
func (i *intruder) programs() {
	for _, p := range []string{"/bin/sh", "/proc/self/exe"} {
		err := exec.Command(p, "-c", "true").Run()
		i.refused("start "+p, err)
	}
	mine := filepath.Join(i.c.DataDir, "program")
	if err := os.WriteFile(mine, []byte("#!/bin/sh\n"), 0o700); err != nil {
		i.Fatal(err)
	}
	i.refused("start a program that it wrote", exec.Command(mine).Run())
}

func (i *intruder) signals() {
	for _, s := range []syscall.Signal{0, syscall.SIGSTOP, syscall.SIGQUIT, syscall.SIGKILL} {
		i.refused(fmt.Sprintf("send signal %d to the vault", s), syscall.Kill(i.vault, s))
	}
}

// data asks the vault, with one owner's session, for what is another shop's.
func (i *intruder) data() {
	s := &servertest.Server{House: i.h, Book: i.book}
	mine, other := s.NewShop(i, "mine"), s.NewShop(i, "other")
	sealed := i.order(s, other)
	read := func(who servertest.Shop, why vault.Purpose) (string, error) {
		var name string
		// The scope is what the web process says; the credential is what the vault looks at.
		err := i.h.DB.Read(i.Context(), db.Scope{Actor: who.Owner, Shop: other.ID, Request: "intruder"}, func(r db.Reader) error {
			return i.h.Vault.Open(i.Context(), r, why, []vault.Opening{{Table: "purchase", Row: 1, Subject: guest(other.ID),
				Fields: []vault.Field{{Column: "name", Class: vault.Name, Sealed: sealed, Text: &name}}}})
		})
		return name, err
	}
	if name, err := read(other, vault.ViewOrder); err != nil || name != "山田 花子" {
		i.Fatalf("the shop's own owner reads %q, %v", name, err)
	}
	for why := range vault.Purposes() {
		i.n++
		if name, err := read(mine, why); name != "" || !errors.Is(err, vault.ErrDenied) {
			i.Errorf("with another shop's session for %s: %q, %v", why, name, err)
		}
	}
	if n := i.denials(other); n < len(vault.Purposes()) {
		i.Errorf("the ledger has %d denials", n)
	}
	if err := i.h.Vault.Grant(i.Context(), mine.Owner.Credential, vault.AccountSubject(vault.ShopOwner, mine.Owner.Account), other.ID, "owner"); err == nil {
		i.Error("made itself the other shop's owner")
	}
}

func guest(shop id.Shop) vault.Subject { return vault.GuestSubject(shop, 5) }

func (i *intruder) order(s *servertest.Server, shop servertest.Shop) (sealed vault.Sealed) {
	s.Write(i, shop.ID, func(ctx context.Context, tx *db.Tx) error {
		rec, err := i.h.Vault.NewRecord(ctx, tx, vault.Record{Table: "purchase", Row: 1, Subject: guest(shop.ID)})
		if err != nil {
			return err
		}
		if sealed, err = rec.Seal("name", vault.Name, "山田 花子"); err != nil {
			return err
		}
		return rec.Save(ctx, tx)
	})
	return sealed
}

// denials counts what the other shop's owner finds in the log of their shop.
func (i *intruder) denials(shop servertest.Shop) (n int) {
	ctx, cancel := context.WithTimeout(i.Context(), 10*time.Second)
	defer cancel()
	err := i.h.DB.Read(ctx, db.Scope{Actor: shop.Owner, Shop: shop.ID, Request: "intruder"}, func(r db.Reader) error {
		list, _, err := i.h.Vault.AccessLog(ctx, r, vault.AccessQuery{Limit: 1000})
		n = len(slices.DeleteFunc(list, func(a vault.Access) bool { return a.Kind != "denied" }))
		return err
	})
	if err != nil {
		i.Error(err)
	}
	return n
}
