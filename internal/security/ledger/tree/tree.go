// Package tree is what the ledger's sequencer and its witnesses agree on: a leaf, a checkpoint and its signatures.
//
// It guarantees the public formats: RFC 6962 hashing (through x/mod/sumdb/tlog), C2SP tlog-checkpoint for the text and
// C2SP tlog-cosignature (cosignature/v1) for witnesses, so that others' tools can read what leaves the host.
//
// It refuses checkpoints with extension lines, names with spaces or "+", and signatures of other kinds than Ed25519.
// The verifier (ledger/verify) does not import this package: it checks with its own code.
package tree

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	leafDomain  = "noren ledger head v1\n"
	algEd25519  = 1
	algCosigned = 4
	cosignLine  = "cosignature/v1\ntime "
	maxText     = 16 << 10
)

// A Signer holds an Ed25519 key. security/keys makes one; the ledger never sees the private half.
type Signer interface {
	Public() ed25519.PublicKey
	Sign(message []byte) ([]byte, error)
}

// A Leaf is one shop's head at the moment when the sequencer saw it.
type Leaf struct {
	Shop, Seq int64
	Head      [sha256.Size]byte
}

// Hash is the leaf's RFC 6962 hash.
func (l Leaf) Hash() tlog.Hash {
	b := make([]byte, 0, len(leafDomain)+16+len(l.Head))
	b = append(b, leafDomain...)
	b = binary.BigEndian.AppendUint64(b, uint64(l.Shop))
	b = binary.BigEndian.AppendUint64(b, uint64(l.Seq))
	return tlog.RecordHash(append(b, l.Head[:]...))
}

// A Head is a tree: how many leaves, and their root.
type Head struct {
	Size int64
	Root tlog.Hash
}

// CheckName says whether a key or an origin may have that name.
func CheckName(name string) error {
	if name == "" || len(name) > 200 || strings.ContainsRune(name, '+') || strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}) {
		return errors.New("a key's name has 1 to 200 characters without spaces and \"+\"")
	}
	return nil
}

// Text is the checkpoint's unsigned text.
func Text(origin string, h Head) string {
	return origin + "\n" + strconv.FormatInt(h.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(h.Root[:]) + "\n"
}

// ParseText reads what Text writes, and nothing else.
func ParseText(text string) (origin string, h Head, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return "", Head{}, errors.New("parse checkpoint: not three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return "", Head{}, errors.New("parse checkpoint: size")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return "", Head{}, errors.New("parse checkpoint: root")
	}
	return lines[0], Head{Size: size, Root: root}, CheckName(lines[0])
}

// Sign makes the signed checkpoint.
func Sign(origin string, h Head, s Signer) ([]byte, error) {
	if err := CheckName(origin); err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	msg, err := note.Sign(&note.Note{Text: Text(origin, h)}, noteSigner{name: origin, s: s})
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return msg, nil
}

// Open checks a checkpoint's signature by the ledger's key and gives its text's meaning.
func Open(signed []byte, v note.Verifier) (Head, error) {
	if len(signed) > maxText {
		return Head{}, errors.New("open checkpoint: too long")
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return Head{}, fmt.Errorf("open checkpoint: %w", err)
	}
	origin, h, err := ParseText(n.Text)
	if err != nil {
		return Head{}, err
	}
	if origin != v.Name() {
		return Head{}, errors.New("open checkpoint: another ledger's")
	}
	return h, nil
}

// Key is the verifier's text form of an Ed25519 key under a name.
func Key(name string, pub ed25519.PublicKey) string { return keyText(name, algEd25519, pub) }

// CosignerKey is the verifier's text form of a witness's key.
func CosignerKey(name string, pub ed25519.PublicKey) string { return keyText(name, algCosigned, pub) }

func keyText(name string, alg byte, pub ed25519.PublicKey) string {
	key := append([]byte{alg}, pub...)
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, key), base64.StdEncoding.EncodeToString(key))
}

func keyHash(name string, key []byte) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(h[:])
}

// Verifier reads a key's text form: a ledger's, or a witness's.
func Verifier(text string) (note.Verifier, error) {
	parts := strings.SplitN(strings.TrimSpace(text), "+", 3)
	if len(parts) != 3 || CheckName(parts[0]) != nil {
		return nil, errors.New("read key: not name+hash+key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize {
		return nil, errors.New("read key: not an Ed25519 key")
	}
	if fmt.Sprintf("%08x", keyHash(parts[0], key)) != parts[1] {
		return nil, errors.New("read key: its hash is another")
	}
	switch key[0] {
	case algEd25519:
		return note.NewVerifier(strings.TrimSpace(text))
	case algCosigned:
		return cosignVerifier{name: parts[0], hash: keyHash(parts[0], key), pub: key[1:]}, nil
	}
	return nil, errors.New("read key: unknown kind")
}

// noteSigner makes our Signer one of package note's.
type noteSigner struct {
	name string
	s    Signer
}

func (n noteSigner) Name() string { return n.name }
func (n noteSigner) KeyHash() uint32 {
	return keyHash(n.name, append([]byte{algEd25519}, n.s.Public()...))
}
func (n noteSigner) Sign(msg []byte) ([]byte, error) { return n.s.Sign(msg) }

// Cosign gives a witness's signature line for a checkpoint that the witness has checked.
func Cosign(text, name string, at int64, s Signer) ([]byte, error) {
	if err := CheckName(name); err != nil {
		return nil, fmt.Errorf("co-sign checkpoint: %w", err)
	}
	sig, err := s.Sign(cosigned(text, uint64(at)))
	if err != nil {
		return nil, fmt.Errorf("co-sign checkpoint: %w", err)
	}
	key := append([]byte{algCosigned}, s.Public()...)
	b := binary.BigEndian.AppendUint32(nil, keyHash(name, key))
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	b = append(b, sig...)
	return []byte("— " + name + " " + base64.StdEncoding.EncodeToString(b) + "\n"), nil
}

// TextOf cuts a signed checkpoint's text off its signatures.
func TextOf(signed []byte) (string, error) {
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 0 {
		return "", errors.New("read checkpoint: no signatures")
	}
	return string(signed[:i+1]), nil
}

func cosigned(text string, at uint64) []byte {
	return []byte(cosignLine + strconv.FormatUint(at, 10) + "\n" + text)
}

type cosignVerifier struct {
	name string
	hash uint32
	pub  ed25519.PublicKey
}

func (c cosignVerifier) Name() string    { return c.name }
func (c cosignVerifier) KeyHash() uint32 { return c.hash }
func (c cosignVerifier) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(c.pub, cosigned(string(msg), binary.BigEndian.Uint64(sig)), sig[8:])
}
