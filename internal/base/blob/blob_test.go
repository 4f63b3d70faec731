package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/fault"
)

func open(t *testing.T) (*blob.Folder, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "media")
	f, err := blob.OpenFolder(dir, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, dir
}

func walk(t *testing.T, f *blob.Folder) (out []blob.Info) {
	t.Helper()
	if err := f.Walk(t.Context(), 1, func(i blob.Info) error { out = append(out, i); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBlobReadsBackUnderItsDigest(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	data := bytes.Repeat([]byte("抹茶"), 1000)
	for range 2 { // equal content is kept once
		i, err := f.Put(t.Context(), 1, bytes.NewReader(data))
		if err != nil || string(i.Digest) != fmt.Sprintf("%x", sha256.Sum256(data)) || i.Size != int64(len(data)) {
			t.Fatal(i, err)
		}
	}
	all := walk(t, f)
	if len(all) != 1 {
		t.Fatalf("%v", all)
	}
	o, err := f.Open(t.Context(), 1, all[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if got, err := io.ReadAll(o); err != nil || !bytes.Equal(got, data) || o.Size != int64(len(data)) {
		t.Error(len(got), err)
	}
}

func TestManyWritersOfOneContentAgree(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := f.Put(t.Context(), 1, strings.NewReader("same")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all := walk(t, f); len(all) != 1 {
		t.Error(all)
	}
	left, err := filepath.Glob(filepath.Join(dir, "1", "put-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("unfinished files stay: %v %v", left, err)
	}
}

func TestNeighbourFindsNothing(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	i, err := f.Put(t.Context(), 1, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open(t.Context(), 2, i.Digest); !errors.Is(err, blob.ErrMissing) {
		t.Errorf("shop 2 opens shop 1's blob: %v", err)
	}
	if err := f.Delete(t.Context(), 2, i.Digest, time.Now().Add(time.Hour)); err != nil || len(walk(t, f)) != 1 {
		t.Errorf("shop 2 deleted shop 1's blob: %v", err)
	}
}

func TestNoNameLeadsOutOfTheFolder(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	secret := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(secret, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	hex64 := strings.Repeat("a", 64)
	for _, name := range []string{"../secret", "../../secret", "", ".", secret, strings.ToUpper(hex64), hex64 + "a", hex64[:63] + "/", "..%2fsecret"} {
		if _, err := f.Open(t.Context(), 1, blob.Digest(name)); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("open %q: %v", name, err)
		}
		if _, err := blob.ParseDigest(name); err == nil {
			t.Errorf("%q passes for a digest", name)
		}
		if err := f.Delete(t.Context(), 1, blob.Digest(name), time.Now()); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("delete %q: %v", name, err)
		}
	}
	// Even a link with a digest for its name does not lead out.
	if err := os.MkdirAll(filepath.Join(dir, "1", "aa"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "1", "aa", hex64)); err != nil {
		t.Fatal(err)
	}
	if o, err := f.Open(t.Context(), 1, blob.Digest(hex64)); err == nil {
		o.Close()
		t.Error("a link led out of the folder")
	}
}

func TestTooLargeAndBrokenOffLeaveNothing(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	if _, err := f.Put(t.Context(), 1, bytes.NewReader(make([]byte, 1<<20+1))); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := f.Put(t.Context(), 1, io.MultiReader(strings.NewReader("half"), broken{})); !errors.Is(err, errBroken) {
		t.Errorf("broken off: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Put(ctx, 1, strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("for a caller who left: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "1", "*"))
	if len(left) != 0 || len(walk(t, f)) != 0 {
		t.Errorf("they left %v", left)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

func TestWhatIsPutAgainIsNotDeleted(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	i, err := f.Put(t.Context(), 1, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour)
	file := filepath.Join(dir, "1", string(i.Digest[:2]), string(i.Digest))
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	day := time.Now().Add(-24 * time.Hour)
	if _, err := f.Put(t.Context(), 1, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), 1, i.Digest, day); err != nil || len(walk(t, f)) != 1 {
		t.Errorf("put again and deleted: %v", err)
	}
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Delete(t.Context(), 1, i.Digest, day); err != nil || len(walk(t, f)) != 0 {
			t.Errorf("old and still there: %v", err)
		}
	}
}
