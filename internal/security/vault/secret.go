package vault

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault/envelope"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// MaxCredential is how long a credential may be, in bytes.
const MaxCredential = 16 << 10

// CredentialClass is the class byte of credentials in the format. It is no Class: a credential is about nobody, and never stands in a
// ledger entry's mask.
const CredentialClass = 0xff

// A CredentialRef says where a reversible secret lies and what it is for: a provider's key, a notice secret, a mail password. All
// of it is bound into the ciphertext.
type CredentialRef struct {
	Table  string
	Row    int64
	Column string
	Use    Purpose // UsePayment, UseNotice …
}

// CredentialPlace is the place that credentials are sealed to: population and subject 0, which no person's record has.
func CredentialPlace(shop, shopKey int64, use, table string, row int64) envelope.Place {
	return envelope.Place{Shop: shop, ShopKey: shopKey, Table: use + "\x00" + table, Row: row}
}

// A sealed credential holds its encapsulation, so that it needs no row of record_key:
// 0xc1 ‖ shop key no (8) ‖ enc (32) ‖ sealed as any field.
const (
	credentialMark = 0xc1
	credentialHead = 1 + 8 + envelope.EncSize
)

// SealCredential seals a secret to the key of the reader's shop; the platform's own go to shop 0. It needs no vault. An empty secret
// stays without a value.
func (c *Client) SealCredential(ctx context.Context, r db.Reader, ref CredentialRef, text secret.Text) (Sealed, error) {
	if use := Purposes()[ref.Use]; !use.Secret || !use.Job || ref.Table == "" || ref.Row <= 0 {
		return Sealed{}, fmt.Errorf("seal credential %s.%s for %q: incomplete", ref.Table, ref.Column, ref.Use)
	}
	if text.Len() == 0 {
		return Sealed{}, nil
	}
	if text.Len() > MaxCredential {
		return Sealed{}, fmt.Errorf("seal credential %s.%s: over %d bytes", ref.Table, ref.Column, MaxCredential)
	}
	key, err := c.shopKey(ctx, r)
	if err != nil {
		return Sealed{}, fmt.Errorf("seal credential: %w", err)
	}
	env, err := envelope.NewSealer(key.Public, CredentialPlace(int64(r.Shop()), key.No, string(ref.Use), ref.Table, ref.Row))
	if err != nil {
		return Sealed{}, fmt.Errorf("seal credential: %w", err)
	}
	field, err := env.Seal(ref.Column, CredentialClass, []byte(text.Reveal()))
	if err != nil {
		return Sealed{}, fmt.Errorf("seal credential %s.%s: %w", ref.Table, ref.Column, err)
	}
	b := binary.BigEndian.AppendUint64([]byte{credentialMark}, uint64(key.No))
	return Sealed{append(append(b, env.Enc()...), field...)}, nil
}

// Credential gives a shop's secret to Noren's own work, for the use that it was sealed for. Uses are counted and not entered. Ask
// anew for each use, and keep it no longer: a plaintext that rests is what the vault is there to prevent. A credential
// without a value is the empty text.
func (c *Client) Credential(ctx context.Context, shop id.Shop, ref CredentialRef, sealed Sealed) (secret.Text, error) {
	if sealed.IsZero() {
		return secret.Text{}, nil
	}
	token, err := c.JobToken(ctx, ref.Use, shop)
	if err != nil {
		return secret.Text{}, fmt.Errorf("use credential %s.%s: %w", ref.Table, ref.Column, err)
	}
	return c.credential(ctx, token, "", shop, ref.Use, ref, sealed)
}

// RevealCredential shows a secret to a person of the reader's shop who may edit its settings, or of the platform's operators, right
// after a step-up. The ledger's entry is durable before anything comes back.
func (c *Client) RevealCredential(ctx context.Context, r db.Reader, ref CredentialRef, sealed Sealed) (secret.Text, error) {
	if sealed.IsZero() {
		return secret.Text{}, nil
	}
	return c.credential(ctx, r.Actor().Credential, r.Scope().Request, r.Shop(), RevealCredential, ref, sealed)
}

func (c *Client) credential(ctx context.Context, token secret.Token, request string, shop id.Shop, why Purpose, ref CredentialRef,
	sealed Sealed,
) (secret.Text, error) {
	b := sealed.b
	if len(b) < credentialHead+envelope.Overhead || b[0] != credentialMark {
		return secret.Text{}, fmt.Errorf("open credential %s.%s: %w", ref.Table, ref.Column, ErrDenied)
	}
	plain, err := ask[wire.Plain](ctx, c, wire.OpCredential, wire.Credential{Token: token.Reveal(), Request: request, Purpose: string(why),
		Shop: int64(shop), Table: ref.Table, Row: ref.Row, Column: ref.Column, Use: string(ref.Use),
		ShopKey: int64(binary.BigEndian.Uint64(b[1:])), Enc: b[9:credentialHead], Sealed: b[credentialHead:]})
	if err != nil {
		return secret.Text{}, fmt.Errorf("open credential %s.%s: %w", ref.Table, ref.Column, err)
	}
	return secret.NewText(string(plain.Text)), nil
}

// Uses counts how often credentials were used since the vault started, by use.
func (c *Client) Uses(ctx context.Context) (map[Purpose]int64, error) {
	h, err := ask[wire.Health](ctx, c, wire.OpHealth, wire.Empty{})
	if err != nil {
		return nil, fmt.Errorf("count uses of credentials: %w", err)
	}
	out := make(map[Purpose]int64, len(h.Uses))
	for use, n := range h.Uses {
		out[Purpose(use)] = n
	}
	return out, nil
}
