// Package migrations holds the tables of the vault's own store.
//
// It guarantees that its files go forward only. It refuses names and addresses: the store holds keys, verifiers and
// digests.
package migrations

import (
	"embed"

	"github.com/noren-shop/noren/internal/base/db"
)

//go:embed *.sql
var files embed.FS

// Schema is the vault's own store's. None of its tables is a shop's: only the vault's process opens it.
func Schema() db.Schema { return db.Schema{Files: files} }
