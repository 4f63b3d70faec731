// Package softkey is a passkey authenticator for tests: a P-256 key that answers WebAuthn ceremonies as a browser
// would.
//
// It guarantees the formats of WebAuthn level 2 with "none" attestation. It refuses to be more: it verifies nobody.
package softkey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// A Key is one passkey of one person at one site.
type Key struct {
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
}

type creation struct {
	PublicKey struct {
		Challenge string
		RP        struct{ ID string }
		User      struct{ ID string }
		RPID      string
	}
}

// Create answers the options of a registration, as the page of that origin.
func Create(options, origin string) (*Key, string, error) {
	var o creation
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		return nil, "", fmt.Errorf("read options: %w", err)
	}
	k := &Key{id: make([]byte, 16)}
	rand.Read(k.id)
	var err error
	if k.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, "", fmt.Errorf("make key: %w", err)
	}
	if k.handle, err = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID); err != nil {
		return nil, "", fmt.Errorf("read handle: %w", err)
	}
	point, err := k.key.PublicKey.Bytes() // 4 ‖ x ‖ y
	if err != nil {
		return nil, "", fmt.Errorf("write key: %w", err)
	}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 0x20), point[33:]...)
	auth := k.authData(o.PublicKey.RP.ID, 0x45) // user present, verified, with a key
	auth = append(auth, make([]byte, 16)...)
	auth = binary.BigEndian.AppendUint16(auth, uint16(len(k.id)))
	auth = append(append(auth, k.id...), cose...)
	object := append([]byte{0xa3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(object, 0xa0, 0x68), "authData"...)
	object = append(append(object, 0x58, byte(len(auth))), auth...)
	answer, err := k.answer(map[string]any{
		"clientDataJSON": b64(clientData("webauthn.create", o.PublicKey.Challenge, origin)), "attestationObject": b64(object)})
	return k, answer, err
}

// Get answers the options of a log-in, as the page of that origin.
func (k *Key) Get(options, origin string) (string, error) {
	var o creation
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		return "", fmt.Errorf("read options: %w", err)
	}
	k.count++
	auth := k.authData(o.PublicKey.RPID, 0x05)
	client := clientData("webauthn.get", o.PublicKey.Challenge, origin)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, auth...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, k.key, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return k.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(auth), "signature": b64(sig),
		"userHandle": b64(k.handle)})
}

// Rewind sets the counter back, as a copied authenticator's would be.
func (k *Key) Rewind() { k.count = 0 }

func (k *Key) authData(rp string, flags byte) []byte {
	h := sha256.Sum256([]byte(rp))
	return binary.BigEndian.AppendUint32(append(h[:], flags), k.count)
}

func clientData(kind, challenge, origin string) []byte {
	return fmt.Appendf(nil, `{"type":%q,"challenge":%q,"origin":%q,"crossOrigin":false}`, kind, challenge, origin)
}

func (k *Key) answer(response map[string]any) (string, error) {
	b, err := json.Marshal(map[string]any{"id": b64(k.id), "rawId": b64(k.id), "type": "public-key", "response": response,
		"clientExtensionResults": map[string]any{}})
	return string(b), err
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
