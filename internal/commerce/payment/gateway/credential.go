package gateway

import (
	"database/sql/driver"
	"fmt"

	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/security/vault"
)

// KeyRef is where the API's secret key of an account lies.
func KeyRef(name provider.Name) vault.CredentialRef {
	return vault.CredentialRef{Table: "provider_account", Row: 1, Column: string(name) + ".api_key", Use: vault.UsePayment}
}

// NoticeRef is where the secret lies that its notices are signed with.
func NoticeRef(name provider.Name) vault.CredentialRef {
	return vault.CredentialRef{Table: "provider_account", Row: 1, Column: string(name) + ".notice_key", Use: vault.UseNotice}
}

// Stored is a sealed secret as an Account holds it; nil without a value.
func Stored(s vault.Sealed) ([]byte, error) {
	v, err := s.Value()
	if err != nil || v == nil {
		return nil, err
	}
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("store secret: %T", driver.Value(v))
	}
	return b, nil
}

// Sealed is a stored secret, to be opened by the vault.
func Sealed(b []byte) (s vault.Sealed, err error) {
	if len(b) == 0 {
		return s, nil
	}
	err = s.Scan(b)
	return s, err
}
