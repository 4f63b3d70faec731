package peer

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestFoldersThatOthersEnterAreRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "vault")
	if err := PrivateFolder(dir); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := PrivateFolder(dir); err == nil {
		t.Error("took a folder that the group may enter")
	}
}

func TestPeerIsTheKernelsWord(t *testing.T) {
	t.Parallel()
	if !Checked {
		return // this host has no peer credentials; Harden says so
	}
	dir, err := os.MkdirTemp("", "np")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	other, err := l.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if uid, err := UID(other); err != nil || uid != os.Getuid() {
		t.Errorf("peer is %d, %v", uid, err)
	}
}
