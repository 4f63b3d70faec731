package vault

import (
	"context"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

// AskCredential asks the vault with a purpose and a use of one's own, as code inside the web server could.
func (c *Client) AskCredential(ctx context.Context, token secret.Token, shop id.Shop, why Purpose, ref CredentialRef, s Sealed) (secret.Text, error) {
	return c.credential(ctx, token, "", shop, why, ref, s)
}
