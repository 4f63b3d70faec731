package gateway

import (
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/security/vault"
)

// KeyRef is where the API's secret key of an account lies, for sealing and opening it.
func KeyRef(name provider.Name) vault.CredentialRef {
	return vault.CredentialRef{Table: "provider_account/" + string(name), Row: 1, Column: "api_key", Use: vault.UsePayment}
}

// NoticesRef is where the secret lies that an account's notices are signed with.
func NoticesRef(name provider.Name) vault.CredentialRef {
	return vault.CredentialRef{Table: "provider_account/" + string(name), Row: 1, Column: "notice_key", Use: vault.UseNotice}
}
