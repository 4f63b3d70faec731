// Package witness is the ledger's outside memory: a process, best on another host, that keeps the last checkpoint and
// signs only what continues it.
//
// It guarantees that whatever it has co-signed it never contradicts: a checkpoint enters only with the ledger's signature
// and a proof that its tree holds the last one's; and that this survives a crash, since the checkpoint is on disk before the
// co-signature leaves. It keeps the last checkpoint of every day for ever.
//
// It refuses a smaller tree, a different tree of the same size, other ledgers, and frames over 64 KiB. It learns nothing
// about persons: a checkpoint is a count and a hash.
package witness

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noren-shop/noren/internal/security/ledger/tree"
)

const (
	lastFile = "last.txt"
	keptDir  = "kept"
)

// Config opens a witness.
type Config struct {
	Dir    string // its own, which the ledger's host user cannot write
	Ledger string // the key of the ledger that it watches, in verifier's text form
	Name   string // the witness's own name, such as "witness.example/1"
	Signer tree.Signer
	Now    func() time.Time // nil is time.Now
}

// A Witness watches one ledger.
type Witness struct {
	c    Config
	key  note.Verifier
	mu   sync.Mutex
	last tree.Head
}

// ConflictError means that the proof begins at another size than the witness's: Size is what it knows.
type ConflictError struct{ Size int64 }

// Error names the size.
func (e *ConflictError) Error() string { return fmt.Sprintf("the witness knows size %d", e.Size) }

// ErrForked means that a validly signed checkpoint does not continue the last: the ledger was rolled back or rewritten.
var ErrForked = errors.New("the checkpoint does not continue the last one: the ledger was rolled back or rewritten")

// Open reads what the witness knows.
func Open(c Config) (*Witness, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	key, err := tree.Verifier(c.Ledger)
	if err != nil {
		return nil, fmt.Errorf("open witness: %w", err)
	}
	if err := tree.CheckName(c.Name); err != nil {
		return nil, fmt.Errorf("open witness: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(c.Dir, keptDir), 0o700); err != nil {
		return nil, fmt.Errorf("open witness: %w", err)
	}
	w := &Witness{c: c, key: key}
	signed, err := w.Last()
	if err != nil {
		return nil, fmt.Errorf("open witness: %w", err)
	}
	if signed == nil {
		return w, nil
	}
	if w.last, err = tree.Open(signed, key); err != nil {
		return nil, fmt.Errorf("open witness: its own memory: %w", err)
	}
	return w, nil
}

// Key is the witness's own key, in verifier's text form.
func (w *Witness) Key() string { return tree.CosignerKey(w.c.Name, w.c.Signer.Public()) }

// Last is the last checkpoint with the witness's co-signature; nil when it has seen none.
func (w *Witness) Last() ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(w.c.Dir, lastFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// Add checks a checkpoint against the last one and gives the co-signature line once it is on disk. old is the size from
// which proof shows consistency.
func (w *Witness) Add(old int64, proof []tlog.Hash, signed []byte) ([]byte, error) {
	h, err := tree.Open(signed, w.key)
	if err != nil {
		return nil, fmt.Errorf("add checkpoint: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if h.Size < w.last.Size {
		return nil, ErrForked
	}
	if old != w.last.Size {
		return nil, &ConflictError{w.last.Size}
	}
	if err := continues(w.last, h, proof); err != nil {
		return nil, err
	}
	text, err := tree.TextOf(signed)
	if err != nil {
		return nil, fmt.Errorf("add checkpoint: %w", err)
	}
	now := w.c.Now().UTC()
	line, err := tree.Cosign(text, w.c.Name, now.Unix(), w.c.Signer)
	if err != nil {
		return nil, fmt.Errorf("add checkpoint: %w", err)
	}
	kept, err := w.keepable(signed)
	if err != nil {
		return nil, fmt.Errorf("add checkpoint: %w", err)
	}
	kept = append(kept, line...)
	for _, name := range []string{filepath.Join(keptDir, now.Format(time.DateOnly)+".txt"), lastFile} {
		if err := replace(w.c.Dir, name, kept); err != nil {
			return nil, fmt.Errorf("add checkpoint: %w", err)
		}
	}
	w.last = h
	return line, nil
}

func continues(old, now tree.Head, proof []tlog.Hash) error {
	switch {
	case old.Size == 0 && len(proof) == 0:
		return nil
	case old.Size == now.Size && len(proof) == 0 && old.Root == now.Root:
		return nil
	case old.Size == 0 || old.Size == now.Size:
		return ErrForked
	}
	if err := tlog.CheckTree(proof, now.Size, now.Root, old.Size, old.Root); err != nil {
		return fmt.Errorf("%w: %w", ErrForked, err)
	}
	return nil
}

// keepable is the checkpoint with the ledger's own signature alone.
func (w *Witness) keepable(signed []byte) ([]byte, error) {
	n, err := note.Open(signed, note.VerifierList(w.key))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(n.Text + "\n")
	for _, s := range n.Sigs {
		out.WriteString("— " + s.Name + " " + s.Base64 + "\n")
	}
	return out.Bytes(), nil
}

// replace writes a file so that a crash leaves the old one or the new one.
func replace(dir, name string, data []byte) error {
	tmp, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(filepath.Join(dir, name)))
}
