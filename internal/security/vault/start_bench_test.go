package vault_test

import (
	"testing"

	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

// BenchmarkStart is what each test pays for a vault of its own.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		v := vaulttest.New(b)
		if _, err := v.Health(b.Context()); err != nil {
			b.Fatal(err)
		}
		v.Stop()
	}
}
