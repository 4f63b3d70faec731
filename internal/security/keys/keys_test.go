package keys

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWrappedKeysOpenUnderTheirLabelOnly(t *testing.T) {
	t.Parallel()
	ring, err := NewRing()
	if err != nil {
		t.Fatal(err)
	}
	w, err := ring.Wrap(t.Context(), []byte("shop key"), "shop 7")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ring.Unwrap(t.Context(), w, "shop 7"); err != nil || string(got) != "shop key" {
		t.Fatalf("unwrap: %q, %v", got, err)
	}
	if _, err := ring.Unwrap(t.Context(), w, "shop 8"); err == nil {
		t.Error("opened under another label")
	}
	for i := range w {
		bad := bytes.Clone(w)
		bad[i] ^= 1
		if _, err := ring.Unwrap(t.Context(), bad, "shop 7"); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
	}
}

func TestRotationKeepsOldWrappingsOpenable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	set, err := LoadOrCreate(path, "")
	if err != nil {
		t.Fatal(err)
	}
	old, err := set.Ring.Wrap(t.Context(), []byte("k"), "l")
	if err != nil {
		t.Fatal(err)
	}
	before, err := set.Ring.Derive("x", 32)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Ring.Rotate(); err != nil {
		t.Fatal(err)
	}
	if set.Ring.Current(old) {
		t.Error("an old wrapping passes for current")
	}
	if err := set.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Ring.Unwrap(t.Context(), old, "l"); err != nil || string(got) != "k" {
		t.Errorf("old wrapping after rotation: %q, %v", got, err)
	}
	if after, err := again.Ring.Derive("x", 32); err != nil || !bytes.Equal(before, after) {
		t.Errorf("derived keys changed: %v", err)
	}
	if !again.Signer.Public().Equal(set.Signer.Public()) {
		t.Error("the signing key changed")
	}
}

func TestKeyFilesThatOthersReadAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "keys")
	if _, err := LoadOrCreate(path, filepath.Join(dir, "data")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, dir); err == nil {
		t.Error("took a key file inside the data folder")
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, ""); err == nil {
		t.Error("took a key file that the group may read")
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(link, ""); err == nil {
		t.Error("took a link for a key file")
	}
}

func FuzzKeyFile(f *testing.F) {
	set, err := NewSet()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(set.format())
	f.Add([]byte(fileHead + "\nwrap 1 AA==\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parse(b); err == nil {
			if _, err := parse(s.format()); err != nil {
				t.Error("what was read does not read again")
			}
		}
	})
}
