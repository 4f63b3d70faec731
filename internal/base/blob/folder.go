package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
)

// A Folder is a store in a folder: SHOP/12/1234….
type Folder struct {
	root *os.Root
	max  int64
	mu   sync.Mutex // a blob is not deleted while it is put again
	made map[string]bool
}

var _ Store = (*Folder)(nil)

const (
	folderMode = 0o700
	fileMode   = 0o600
	tempPrefix = "put-"
	// abandoned is the age at which a file that was never finished goes.
	abandoned = time.Hour
)

// OpenFolder opens the store in the folder, which it makes where it is missing; max bounds a blob's bytes.
func OpenFolder(dir string, max int64) (*Folder, error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, fmt.Errorf("make blob folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open blob folder: %w", err)
	}
	return &Folder{root: root, max: max, made: map[string]bool{}}, nil
}

// Close ends the store.
func (f *Folder) Close() error { return f.root.Close() }

func place(shop id.Shop, d Digest) (dir, file string, err error) {
	if _, err := ParseDigest(string(d)); err != nil || shop < 0 {
		return "", "", ErrMissing
	}
	dir = path.Join(id.String(shop), string(d[:2]))
	return dir, path.Join(dir, string(d)), nil
}

// Put writes beside the final place, makes the bytes durable, and renames.
func (f *Folder) Put(ctx context.Context, shop id.Shop, r io.Reader) (Info, error) {
	if shop < 0 {
		return Info{}, errors.New("put blob: no shop")
	}
	home := id.String(shop)
	if err := f.root.MkdirAll(home, folderMode); err != nil {
		return Info{}, fmt.Errorf("make shop's folder: %w", err)
	}
	temp := path.Join(home, tempPrefix+rand.Text())
	defer f.root.Remove(temp) //nolint:errcheck // it is gone when all went well
	d, n, err := f.write(ctx, temp, r)
	if err != nil {
		return Info{}, err
	}
	dir, file, err := place(shop, d)
	if err != nil {
		return Info{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.root.MkdirAll(dir, folderMode); err != nil {
		return Info{}, fmt.Errorf("make blob's folder: %w", err)
	}
	if err := f.root.Rename(temp, file); err != nil {
		return Info{}, fmt.Errorf("name blob: %w", err)
	}
	if err := f.settle(dir, home); err != nil {
		return Info{}, err
	}
	info, err := f.root.Stat(file)
	if err != nil {
		return Info{}, fmt.Errorf("look at blob: %w", err)
	}
	return Info{d, n, info.ModTime()}, nil
}

func (f *Folder) write(ctx context.Context, temp string, r io.Reader) (d Digest, n int64, err error) {
	w, err := f.root.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return "", 0, fmt.Errorf("create blob: %w", err)
	}
	sum := sha256.New()
	n, err = io.Copy(io.MultiWriter(w, sum), io.LimitReader(reader{ctx, r}, f.max+1))
	if err == nil && n > f.max {
		err = ErrTooLarge
	}
	if err == nil {
		err = w.Sync()
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return "", 0, fmt.Errorf("write blob: %w", err)
	}
	return Digest(hex.EncodeToString(sum.Sum(nil))), n, nil
}

// settle makes the blob's name durable, and its folders' names where this process has not done so.
func (f *Folder) settle(dir, home string) error {
	names := []string{dir}
	if !f.made[dir] {
		names = append(names, home, ".")
	}
	for _, n := range names {
		if err := f.syncFolder(n); err != nil {
			return err
		}
	}
	f.made[dir] = true
	return nil
}

// syncFolder makes names durable. Windows has no such call and does not need it.
func (f *Folder) syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := f.root.Open(name)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

// Open opens a blob.
func (f *Folder) Open(_ context.Context, shop id.Shop, d Digest) (Object, error) {
	_, file, err := place(shop, d)
	if err != nil {
		return Object{}, err
	}
	r, err := f.root.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Object{}, ErrMissing
	}
	if err != nil {
		return Object{}, fmt.Errorf("open blob: %w", err)
	}
	info, err := r.Stat()
	if err != nil {
		return Object{}, errors.Join(fmt.Errorf("look at blob: %w", err), r.Close())
	}
	return Object{r, Info{d, info.Size(), info.ModTime()}}, nil
}

// Delete removes a blob unless it was put since.
func (f *Folder) Delete(_ context.Context, shop id.Shop, d Digest, since time.Time) error {
	_, file, err := place(shop, d)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := f.root.Stat(file)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && !info.ModTime().Before(since)) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at blob: %w", err)
	}
	if err := f.root.Remove(file); err != nil {
		return fmt.Errorf("delete blob: %w", err)
	}
	return nil
}

// Walk passes over the shop's blobs, and clears away what was never finished.
func (f *Folder) Walk(ctx context.Context, shop id.Shop, fn func(Info) error) error {
	if shop < 0 {
		return nil
	}
	err := fs.WalkDir(f.root.FS(), id.String(shop), func(p string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), tempPrefix) {
			if time.Since(info.ModTime()) > abandoned {
				return f.root.Remove(p)
			}
			return nil
		}
		d, err := ParseDigest(e.Name())
		if err != nil {
			return nil // not ours
		}
		return fn(Info{d, info.Size(), info.ModTime()})
	})
	if err != nil {
		return fmt.Errorf("walk blobs: %w", err)
	}
	return nil
}

type reader struct {
	ctx context.Context //nolint:containedctx // of one read to the end
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
