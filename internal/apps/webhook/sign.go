package webhook

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Overlap is how long the secret before the newest stays good.
const Overlap = 24 * time.Hour

const prefix = "whsec_"

// A Secret is one of an app's, as it is stored.
type Secret struct {
	No     int64
	MadeMS int64
	EndsMS int64 // 0: the newest
	sealed vault.Sealed
}

// ref is where a secret lies.
func ref(app id.App, no int64) vault.CredentialRef {
	return vault.CredentialRef{Table: "hook_secret", Row: int64(app), Column: "sealed/" + strconv.FormatInt(no, 10), Use: vault.UseHook}
}

// Rotate makes a new secret, which is shown once. The one before stays good for Overlap, older ones end.
func (s *Service) Rotate(ctx context.Context, tx *db.Tx, app id.App) (secret.Text, error) {
	if err := tx.Allow(actor.DevelopApps); err != nil {
		return secret.Text{}, err
	}
	all, err := selectSecrets(ctx, tx, app)
	if err != nil {
		return secret.Text{}, fmt.Errorf("read secrets: %w", err)
	}
	no := int64(1)
	if len(all) > 0 {
		no = all[0].No + 1
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return secret.Text{}, fmt.Errorf("draw secret: %w", err)
	}
	text := secret.NewText(prefix + base64.StdEncoding.EncodeToString(raw))
	sealed, err := s.vault.SealCredential(ctx, tx, ref(app, no), text)
	if err != nil {
		return secret.Text{}, err
	}
	if err := endSecrets(ctx, tx, app, no, tx.Now().Add(Overlap).UnixMilli()); err != nil {
		return secret.Text{}, err
	}
	return text, insertSecret(ctx, tx, app, no, sealed)
}

// Secrets are those that are good now, the newest first, two at most.
func (s *Service) Secrets(ctx context.Context, r db.Reader, app id.App) ([]Secret, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	all, err := selectSecrets(ctx, r, app)
	if err != nil {
		return nil, fmt.Errorf("read secrets: %w", err)
	}
	var out []Secret
	for _, x := range all {
		if (x.EndsMS == 0 || x.EndsMS > r.Now().UnixMilli()) && len(out) < 2 {
			out = append(out, x)
		}
	}
	return out, nil
}

// Open gives the secrets to the sender, outside a transaction, for one use.
func (s *Service) Open(ctx context.Context, app id.App, list []Secret) ([]secret.Text, error) {
	var out []secret.Text
	for _, x := range list {
		text, err := s.vault.Credential(ctx, id.Platform, ref(app, x.No), x.sealed)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// Sign are the headers that prove a message: as Standard Webhooks has them, one signature for each secret that is good.
func Sign(secrets []secret.Text, name string, at time.Time, body []byte) (map[string]string, error) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	var sigs []string
	for _, k := range secrets {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(k.Reveal(), prefix))
		if err != nil {
			return nil, fmt.Errorf("read secret: not base64")
		}
		sig := secret.NewText(string(raw)).Sign([]byte(name+"."+stamp+"."), body)
		sigs = append(sigs, "v1,"+base64.StdEncoding.EncodeToString(sig))
	}
	return map[string]string{"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": strings.Join(sigs, " ")}, nil
}

// SignStore is the header that proves install and uninstall hooks, as the reference service has it: the newest secret over the raw body.
func SignStore(secrets []secret.Text, body []byte) map[string]string {
	if len(secrets) == 0 {
		return nil
	}
	return map[string]string{"X-Appstore-Signature": base64.StdEncoding.EncodeToString(secrets[0].Sign(body))}
}
