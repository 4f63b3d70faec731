// Package envelope is the format of sealed fields (docs/vault-format.md), without storage, process or policy.
//
// It guarantees that sealing needs only a shop's public key, that one encapsulation makes the key of one record, and
// that
// a field opens only under the place, column and class that it was sealed under. It refuses everything else with
// ErrOpen,
// whatever the reason: an attacker learns nothing from the kind of refusal.
package envelope

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
)

// The sizes of the format.
const (
	EncSize    = 32                           // an encapsulation: an X25519 public key
	RecordSize = 32                           // a record key
	header     = 1 + 4                        // version, key number
	nonceSize  = 12                           //
	tagSize    = 16                           //
	Overhead   = header + nonceSize + tagSize //
	LinkSize   = Overhead + 32 + 8            // a sealed link: digest and expiry
	version    = 1
	linkColumn = "\x00link"
)

// ErrOpen is every reason for which a ciphertext does not open.
var ErrOpen = errors.New("sealed field does not open")

// A Place is where a record lies and whose it is. All of it is bound into the record's key.
type Place struct {
	Shop       int64
	ShopKey    int64 // the number of the shop's key
	Table      string
	Row        int64
	Population uint8
	Subject    int64
}

// info is the HPKE info: every part of the place, with the table's length before it.
func (p Place) info() []byte {
	b := append([]byte("noren vault record 1"), 0)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Shop))
	b = binary.BigEndian.AppendUint64(b, uint64(p.ShopKey))
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.Table)))
	b = append(b, p.Table...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Row))
	b = append(b, p.Population)
	return binary.BigEndian.AppendUint64(b, uint64(p.Subject))
}

// aad binds a field to its column and class beside the place.
func (p Place) aad(column string, class uint8) []byte {
	b := binary.BigEndian.AppendUint64([]byte{version}, uint64(p.Shop))
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.Table)))
	b = append(b, p.Table...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(column)))
	b = append(b, column...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Row))
	return append(b, class)
}

// A PrivateKey opens a shop's records.
type PrivateKey struct{ k hpke.PrivateKey }

// NewPrivateKey makes a shop's key.
func NewPrivateKey() (PrivateKey, error) {
	k, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
	if err != nil {
		return PrivateKey{}, fmt.Errorf("make shop key: %w", err)
	}
	return PrivateKey{k}, nil
}

// ParsePrivateKey reads the 32 bytes that Bytes gave.
func ParsePrivateKey(b []byte) (PrivateKey, error) {
	k, err := hpke.DHKEM(ecdh.X25519()).NewPrivateKey(b)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("read shop key: %w", err)
	}
	return PrivateKey{k}, nil
}

// Bytes is the private key, to be wrapped at once.
func (k PrivateKey) Bytes() ([]byte, error) { return k.k.Bytes() }

// Public is the key that everyone may hold.
func (k PrivateKey) Public() []byte { return k.k.PublicKey().Bytes() }

// RecordKey opens an encapsulation. The result opens the record's fields, and may be cached.
func (k PrivateKey) RecordKey(enc []byte, p Place) ([]byte, error) {
	if len(enc) != EncSize {
		return nil, ErrOpen
	}
	r, err := hpke.NewRecipient(enc, k.k, hpke.HKDFSHA256(), hpke.ExportOnly(), p.info())
	if err != nil {
		return nil, ErrOpen
	}
	key, err := r.Export(exportLabel, RecordSize)
	if err != nil {
		return nil, ErrOpen
	}
	return key, nil
}

const exportLabel = "noren vault field key 1"

// A Sealer seals one record's fields under a key that nobody can open but the shop's private key.
type Sealer struct {
	place Place
	enc   []byte
	no    uint32
	aead  cipher.AEAD
}

// NewSealer makes a record key for the place.
func NewSealer(public []byte, p Place) (*Sealer, error) {
	pk, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("read shop's public key: %w", err)
	}
	if len(p.Table) > 64 {
		return nil, errors.New("table name over 64 bytes")
	}
	enc, s, err := hpke.NewSender(pk, hpke.HKDFSHA256(), hpke.ExportOnly(), p.info())
	if err != nil {
		return nil, fmt.Errorf("encapsulate record key: %w", err)
	}
	key, err := s.Export(exportLabel, RecordSize)
	if err != nil {
		return nil, fmt.Errorf("derive record key: %w", err)
	}
	return newSealer(p, enc, key)
}

func newSealer(p Place, enc, key []byte) (*Sealer, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	// The key's number tells the record's keys apart. It is drawn, not counted, so that sealing needs no read.
	return &Sealer{place: p, enc: enc, no: NumberOf(enc), aead: aead}, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

// KeyNo is the record key's number: 31 bits of its encapsulation.
func (s *Sealer) KeyNo() uint32 { return s.no }

// Enc is the encapsulation that is stored, and destroyed to erase.
func (s *Sealer) Enc() []byte { return s.enc }

// Seal seals one field.
func (s *Sealer) Seal(column string, class uint8, plain []byte) ([]byte, error) {
	if column == "" || len(column) > 64 || column == linkColumn {
		return nil, errors.New("no such column name")
	}
	return s.seal(column, class, plain)
}

func (s *Sealer) seal(column string, class uint8, plain []byte) ([]byte, error) {
	out := make([]byte, header+nonceSize, Overhead+len(plain))
	out[0] = version
	binary.BigEndian.PutUint32(out[1:], s.no)
	rand.Read(out[header:])
	return s.aead.Seal(out, out[header:], plain, s.place.aad(column, class)), nil
}

// SealLink seals the digest of a capability and when it ends.
func (s *Sealer) SealLink(digest [32]byte, expiresMS int64) ([]byte, error) {
	return s.seal(linkColumn, 0, binary.BigEndian.AppendUint64(digest[:], uint64(expiresMS)))
}

// KeyNo is the number of the record key that a sealed field needs; ok is false when it is no sealed field.
func KeyNo(sealed []byte) (no uint32, ok bool) {
	if len(sealed) < Overhead || sealed[0] != version {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:]), true
}

// An Opener opens one record's fields.
type Opener struct {
	place Place
	aead  cipher.AEAD
}

// NewOpener takes a record key.
func NewOpener(key []byte, p Place) (*Opener, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, ErrOpen
	}
	return &Opener{p, aead}, nil
}

// Open opens one field.
func (o *Opener) Open(column string, class uint8, sealed []byte) ([]byte, error) {
	if _, ok := KeyNo(sealed); !ok || column == linkColumn {
		return nil, ErrOpen
	}
	return o.open(column, class, sealed)
}

func (o *Opener) open(column string, class uint8, sealed []byte) ([]byte, error) {
	plain, err := o.aead.Open(nil, sealed[header:header+nonceSize], sealed[header+nonceSize:], o.place.aad(column, class))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// Linked says whether the digest is the record's capability, and still is at that time.
func (o *Opener) Linked(sealed []byte, digest [32]byte, nowMS int64) bool {
	if len(sealed) != LinkSize || sealed[0] != version {
		return false
	}
	plain, err := o.open(linkColumn, 0, sealed)
	if err != nil || len(plain) != 40 {
		return false
	}
	return subtle.ConstantTimeCompare(plain[:32], digest[:]) == 1 && nowMS < int64(binary.BigEndian.Uint64(plain[32:]))
}

// NumberOf is the number of the record key that an encapsulation makes; 0 for what is none.
func NumberOf(enc []byte) uint32 {
	if len(enc) != EncSize {
		return 0
	}
	return binary.BigEndian.Uint32(enc) >> 1
}
