package backup

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"filippo.io/age"
)

// A Reader is an open backup file.
type Reader interface {
	io.Reader
	io.Closer
}

// A writer writes the archive's entries and keeps their digest.
type writer struct {
	tar *tar.Writer
	sum hash.Hash
	n   int64
}

type end struct {
	Entries int64  `json:"entries"`
	SHA256  string `json:"sha256"` // over each entry's name and digest
}

func (w *writer) put(name string, body []byte) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(body)), Format: tar.FormatPAX}); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := w.tar.Write(body); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	add(w.sum, name, body)
	w.n++
	return nil
}

func add(sum hash.Hash, name string, body []byte) {
	d := sha256.Sum256(body)
	fmt.Fprintf(sum, "%d %s %x\n", len(name), name, d)
}

func (w *writer) json(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.put(name, b)
}

// seal writes an archive into an age container. Nothing that was written is of use before it returns nil.
func seal(out io.Writer, to []age.Recipient, fill func(*writer) error) error {
	enc, err := age.Encrypt(out, to...)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	buf := bufio.NewWriterSize(enc, 1<<18)
	w := &writer{tar: tar.NewWriter(buf), sum: sha256.New()}
	if err := fill(w); err != nil {
		return err
	}
	if err := w.json(nameEnd, end{w.n, hex.EncodeToString(w.sum.Sum(nil))}); err != nil {
		return err
	}
	return errors.Join(w.tar.Close(), buf.Flush(), enc.Close())
}

// read gives the archive's entries to each, and fails with ErrBroken unless the file is whole: its cipher's tags hold to the
// end, and so does the digest of the entries. An error of each's own ends it.
func read(ctx context.Context, open func() (Reader, error), ids []age.Identity, each func(name string, body []byte) error) error {
	f, err := open()
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer f.Close()
	plain, err := age.Decrypt(bufio.NewReaderSize(f, 1<<18), ids...)
	if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
		return ErrKey.Because(err)
	}
	if err != nil {
		return broken(err.Error())
	}
	t, sum, n := tar.NewReader(plain), sha256.New(), int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		if err != nil {
			return broken("it ends before its end: " + err.Error())
		}
		if h.Typeflag != tar.TypeReg || h.Size > maxEntry {
			return broken("an entry of another kind")
		}
		body, err := io.ReadAll(io.LimitReader(t, maxEntry+1))
		if err != nil {
			return broken(err.Error())
		}
		if h.Name == nameEnd {
			var e end
			if err := json.Unmarshal(body, &e); err != nil || e.Entries != n || e.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
				return broken("its digest is another")
			}
			if _, err := io.Copy(io.Discard, plain); err != nil { // the cipher's last tag
				return broken(err.Error())
			}
			return nil
		}
		add(sum, h.Name, body)
		n++
		if err := each(h.Name, body); err != nil {
			return err
		}
	}
}
