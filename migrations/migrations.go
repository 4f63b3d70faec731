// Package migrations holds the main store's tables, one numbered file for both engines. Blocks between "-- +only postgres"
// (or sqlite) and "-- +end" are for one engine.
//
// It guarantees that the list of shop tables is complete: a test compares it with the files. Files go forward only; what
// is removed goes in a later release than the code that stopped using it.
package migrations

import (
	"embed"

	"github.com/noren-shop/noren/internal/base/db"
)

//go:embed *.sql
var files embed.FS

// Schema is the main store's.
func Schema() db.Schema {
	return db.Schema{Files: files, ShopTables: shopTables()}
}
