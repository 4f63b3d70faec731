package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The format, as docs/ledger-format.md has it.
const (
	exportMark   = "noren ledger export 1\n"
	segmentMark  = "NORENSG1"
	leavesMark   = "NORENLF1"
	entryDomain  = "noren ledger entry v1\n"
	leafDomain   = "noren ledger head v1\n"
	maxBody      = 8 << 20
	maxExact     = 1<<53 - 1
	fixedPart    = 51
	maxGroups    = 4096
	lastKind     = 13
	lastDisclose = 4
	lastActor    = 7
)

type hash = [sha256.Size]byte

func linkOf(prev hash, body []byte) hash {
	h := sha256.New()
	h.Write([]byte(entryDomain))
	h.Write(prev[:])
	h.Write(body)
	return hash(h.Sum(nil))
}

var errEntry = errors.New("not an entry")

// place reads an entry strictly and gives the shop and number that it says it has.
func place(b []byte) (shop, seq int64, err error) {
	if len(b) < fixedPart || b[0] != 1 {
		return 0, 0, errEntry
	}
	number := func(at int) uint64 { return binary.BigEndian.Uint64(b[at:]) }
	for at, least := range map[int]uint64{1: 0, 9: 1, 17: 1, 27: 0, 35: 0} {
		if n := number(at); n < least || n > maxExact {
			return 0, 0, errEntry
		}
	}
	kind := b[25]
	if kind < 1 || kind > lastKind || b[26] < 1 || b[26] > lastActor {
		return 0, 0, errEntry
	}
	rest := b[fixedPart:]
	for i := range 4 {
		if len(rest) == 0 || len(rest) < 1+int(rest[0]) || !fits(i, kind, rest[1:1+int(rest[0])]) {
			return 0, 0, errEntry
		}
		rest = rest[1+int(rest[0]):]
	}
	if !groups(rest, kind) {
		return 0, 0, errEntry
	}
	return int64(number(1)), int64(number(9)), nil
}

// fits checks the four short fields: purpose, request, credential, reason.
func fits(i int, kind byte, s []byte) bool {
	const digits, lower, upper = "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	switch i {
	case 0:
		return len(s) > 0 && len(s) <= 32 && strings.IndexByte(lower, s[0]) >= 0 && len(bytes.Trim(s, lower+digits+"-")) == 0
	case 1:
		return len(s) <= 64 && len(bytes.Trim(s, lower+upper+digits+"-_.")) == 0
	case 2:
		if len(s) == 0 {
			return kind > lastDisclose
		}
	}
	return len(s) == 0 || len(s) >= 16 && len(s) <= 32
}

func groups(b []byte, kind byte) bool {
	n, b, ok := varint(b)
	if !ok || n > maxGroups {
		return false
	}
	var before []byte
	for range n {
		if len(b) < 9 || b[0] == 0 || bytes.Compare(before, b[:9]) >= 0 {
			return false
		}
		if kind <= lastDisclose && binary.BigEndian.Uint64(b[1:]) == 0 {
			return false
		}
		before, b = b[:9], b[9:]
		var count, step, at uint64
		if count, b, ok = varint(b); !ok || count == 0 || count > uint64(len(b)) {
			return false
		}
		for range count {
			if step, b, ok = varint(b); !ok || step == 0 || step > maxExact-at {
				return false
			}
			at += step
		}
	}
	return len(b) == 0
}

func varint(b []byte) (uint64, []byte, bool) {
	v, n := binary.Uvarint(b)
	if n <= 0 || n > 1 && b[n-1] == 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}

// A leaf is a shop's head in the tree.
type leaf struct {
	shop, seq int64
	head      hash
}

func (l leaf) hash() hash {
	b := append([]byte{0}, leafDomain...)
	b = binary.BigEndian.AppendUint64(b, uint64(l.shop))
	b = binary.BigEndian.AppendUint64(b, uint64(l.seq))
	return sha256.Sum256(append(b, l.head[:]...))
}

// roots gives the RFC 6962 root of the first n leaves for each asked n, in one pass: a stack of full subtrees.
func roots(leaves []leaf, asked map[int64]bool) map[int64]hash {
	out := map[int64]hash{}
	var stack []hash
	for i, l := range leaves {
		stack = append(stack, l.hash())
		for n := i + 1; n%2 == 0; n /= 2 {
			k := len(stack)
			stack = append(stack[:k-2], node(stack[k-2], stack[k-1]))
		}
		if size := int64(i + 1); asked[size] {
			root := stack[len(stack)-1]
			for j := len(stack) - 2; j >= 0; j-- {
				root = node(stack[j], root)
			}
			out[size] = root
		}
	}
	return out
}

func node(left, right hash) hash {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// A point is a checkpoint whose signature holds.
type point struct {
	size int64
	root hash
}

type key struct {
	name string
	id   []byte // four bytes
	pub  ed25519.PublicKey
}

// parseKey reads name+hash+key, as C2SP signed-note has it, for Ed25519.
func parseKey(text string) (key, error) {
	parts := strings.SplitN(strings.TrimSpace(text), "+", 3)
	if len(parts) != 3 {
		return key{}, errors.New("read key: not name+hash+key")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != 1 {
		return key{}, errors.New("read key: not an Ed25519 key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return key{}, errors.New("read key: its hash is another")
	}
	return key{name: parts[0], id: sum[:4], pub: raw[1:]}, nil
}

// open checks a checkpoint's signature and reads it.
func (k key) open(signed []byte) (point, error) {
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 0 {
		return point{}, errors.New("not a signed checkpoint")
	}
	text, good := signed[:i+1], false
	for line := range strings.Lines(string(signed[i+2:])) {
		f := strings.Fields(line)
		if len(f) != 3 || f[0] != "—" || f[1] != k.name {
			continue
		}
		sig, err := base64.StdEncoding.DecodeString(f[2])
		if err == nil && len(sig) == 4+ed25519.SignatureSize && bytes.Equal(sig[:4], k.id) && ed25519.Verify(k.pub, text, sig[4:]) {
			good = true
		}
	}
	if !good {
		return point{}, errors.New("the ledger's key has not signed it")
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) != 4 || lines[0] != k.name || lines[3] != "" {
		return point{}, errors.New("not a checkpoint of this ledger")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || err2 != nil || size < 1 || len(root) != sha256.Size || strconv.FormatInt(size, 10) != lines[1] {
		return point{}, fmt.Errorf("not a checkpoint of this ledger")
	}
	return point{size: size, root: hash(root)}, nil
}
