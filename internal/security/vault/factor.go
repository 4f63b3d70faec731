package vault

import (
	"context"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// BeginTOTP makes a secret for an authenticator app, to be shown once (as text, and as an otpauth address for a
// picture).
// It counts only when ConfirmTOTP has seen a code of it. It needs a step-up of the last 15 minutes.
func (c *Client) BeginTOTP(ctx context.Context, t secret.Token, issuer, label string) (key, url secret.Text, err error) {
	k, err := ask[wire.TOTP](ctx, c, wire.OpTOTPBegin, wire.TOTPBegin{Token: t.Reveal(), Issuer: issuer, Label: label})
	return secret.NewText(k.Secret), secret.NewText(k.URL), err
}

// ConfirmTOTP turns the authenticator on and gives the recovery codes, each good once: ErrCode.
func (c *Client) ConfirmTOTP(ctx context.Context, t secret.Token, code secret.Text) ([]secret.Text, error) {
	l, err := ask[wire.Texts](ctx, c, wire.OpTOTPConfirm, wire.Code{Token: t.Reveal(), Code: code.Reveal()})
	if err != nil {
		return nil, err
	}
	out := make([]secret.Text, len(l.Texts))
	for i, s := range l.Texts {
		out[i] = secret.NewText(s)
	}
	return out, nil
}

// RemoveTOTP turns the authenticator off, given a code of it or a recovery code.
func (c *Client) RemoveTOTP(ctx context.Context, t secret.Token, code secret.Text) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpTOTPRemove, wire.Code{Token: t.Reveal(), Code: code.Reveal()})
	return err
}

// BeginPasskey gives the options that the page hands to navigator.credentials.create, as JSON. origin is the page's.
// It needs a
// step-up of the last 15 minutes.
func (c *Client) BeginPasskey(ctx context.Context, t secret.Token, origin, label string) (options string, err error) {
	p, err := ask[wire.Passkey](ctx, c, wire.OpPasskeyBegin, wire.Passkey{Token: t.Reveal(), Origin: origin, Name: label})
	return p.JSON, err
}

// FinishPasskey verifies the browser's answer and keeps the passkey under a name that its owner gives.
func (c *Client) FinishPasskey(ctx context.Context, t secret.Token, origin, name, answer string) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpPasskeyFinish,
		wire.Passkey{Token: t.Reveal(), Origin: origin, Name: name, JSON: answer})
	return err
}

// BeginPasskeyLogIn gives the options for navigator.credentials.get, without naming anyone, and the token of this
// ceremony.
func (c *Client) BeginPasskeyLogIn(ctx context.Context, realm id.Shop, origin string) (ceremony secret.Token, options string, err error) {
	p, err := ask[wire.Passkey](ctx, c, wire.OpPasskeyLogInBegin, wire.Passkey{Realm: int64(realm), Origin: origin})
	return secret.ParseToken(p.Token), p.JSON, err
}

// FinishPasskeyLogIn verifies the browser's answer. A passkey stands for both factors.
func (c *Client) FinishPasskeyLogIn(ctx context.Context, ceremony secret.Token, origin, answer, agent string) (Session, error) {
	s, err := ask[wire.Session](ctx, c, wire.OpPasskeyLogInFinish,
		wire.Passkey{Token: ceremony.Reveal(), Origin: origin, JSON: answer, Agent: agent})
	return session(s), err
}

// A Passkey is one of a person's.
type Passkey struct {
	ID          int64
	Name        string
	Added, Used time.Time // Used is zero when it never was
}

// Passkeys lists the bearer's.
func (c *Client) Passkeys(ctx context.Context, t secret.Token) ([]Passkey, error) {
	l, err := ask[wire.Passkeys](ctx, c, wire.OpPasskeys, wire.Token{Token: t.Reveal()})
	if err != nil {
		return nil, err
	}
	out := make([]Passkey, len(l.Passkeys))
	for i, p := range l.Passkeys {
		out[i] = Passkey{ID: p.ID, Name: p.Name, Added: time.UnixMilli(p.AddedMS)}
		if p.UsedMS != 0 {
			out[i].Used = time.UnixMilli(p.UsedMS)
		}
	}
	return out, nil
}

// RemovePasskey forgets one of the bearer's. It needs a step-up of the last 15 minutes.
func (c *Client) RemovePasskey(ctx context.Context, t secret.Token, passkey int64) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpPasskeyRemove, wire.TokenID{Token: t.Reveal(), ID: passkey})
	return err
}
