package keys

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Set is what a key file holds.
type Set struct {
	Ring   *Ring
	Signer *Signer
}

const fileHead = "noren keys 1"

// NewSet makes fresh keys.
func NewSet() (*Set, error) {
	ring, err := NewRing()
	if err != nil {
		return nil, err
	}
	signer, err := NewSigner()
	if err != nil {
		return nil, err
	}
	return &Set{ring, signer}, nil
}

// Load reads a key file. It refuses one that lies below the data folder, since a backup of that folder would hold the
// key
// beside what it locks, and one that group or others may read.
func Load(path, dataFolder string) (*Set, error) {
	if err := outside(path, dataFolder); err != nil {
		return nil, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("find key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("key file is not a regular file")
	}
	if err := private(info); err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	return parse(b)
}

// LoadOrCreate is Load, making the file first when there is none.
func LoadOrCreate(path, dataFolder string) (*Set, error) {
	set, err := Load(path, dataFolder)
	if !errors.Is(err, fs.ErrNotExist) {
		return set, err
	}
	if set, err = NewSet(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make key folder: %w", err)
	}
	// O_EXCL: of two that begin at once, one makes the file and the other reads it.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return Load(path, dataFolder)
	}
	if err != nil {
		return nil, fmt.Errorf("make key file: %w", err)
	}
	_, err = f.Write(set.format())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write key file: %w", err)
	}
	return set, nil
}

// Save replaces the file, whole or not at all, after a rotation.
func (s *Set) Save(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(s.format())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("replace key file: %w", err)
	}
	return nil
}

func (s *Set) format() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, fileHead)
	nos := make([]uint32, 0, len(s.Ring.versions))
	for no := range s.Ring.versions {
		nos = append(nos, no)
	}
	slices.Sort(nos)
	for _, no := range nos {
		fmt.Fprintf(&b, "wrap %d %s\n", no, base64.StdEncoding.EncodeToString(s.Ring.versions[no].secret))
	}
	fmt.Fprintf(&b, "sign 1 %s\n", base64.StdEncoding.EncodeToString(s.Signer.key.Seed()))
	return b.Bytes()
}

func parse(b []byte) (*Set, error) {
	bad := errors.New("key file is malformed")
	if len(b) > 64<<10 {
		return nil, bad
	}
	set := &Set{Ring: &Ring{map[uint32]version{}}}
	lines := bufio.NewScanner(bytes.NewReader(b))
	if !lines.Scan() || lines.Text() != fileHead {
		return nil, bad
	}
	for lines.Scan() {
		parts := strings.Split(lines.Text(), " ")
		if len(parts) != 3 {
			return nil, bad
		}
		no, err := strconv.ParseUint(parts[1], 10, 32)
		if err != nil {
			return nil, bad
		}
		secret, err := base64.StdEncoding.DecodeString(parts[2])
		if err != nil || len(secret) != keySize {
			return nil, bad
		}
		switch {
		case parts[0] == "wrap":
			if err := set.Ring.add(uint32(no), secret); err != nil {
				return nil, err
			}
		case parts[0] == "sign" && set.Signer == nil:
			set.Signer = &Signer{ed25519.NewKeyFromSeed(secret)}
		default:
			return nil, bad
		}
	}
	if len(set.Ring.versions) == 0 || set.Signer == nil {
		return nil, bad
	}
	return set, nil
}

func outside(path, folder string) error {
	if folder == "" {
		return nil
	}
	p, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find key file: %w", err)
	}
	d, err := filepath.Abs(folder)
	if err != nil {
		return fmt.Errorf("find data folder: %w", err)
	}
	if rel, err := filepath.Rel(d, p); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return errors.New("key file lies inside the data folder: a backup of the folder would hold the key to itself")
	}
	return nil
}
