// Package backup writes the whole service into one encrypted file, while it runs, and brings it back.
//
// The file is an age container around a tar archive: rows of each store's tables, the media, and at the end a digest of all
// that came before. Rows are the same on either engine, so that a backup of SQLite is restored into PostgreSQL and back.
//
// It guarantees that each store is one snapshot (the vault's is younger than the shops', so that every shop has its key);
// that nothing is written before the whole file has been read and its digests hold; that what was erased stays erased,
// whatever the backup still holds; and that a ledger which is there is kept, never replaced by an older one.
//
// It refuses to hold the key that opens the shops' keys: who has the backup alone reads no one's name. It refuses to write
// over anything.
package backup

import (
	"context"
	"errors"
	"time"

	"filippo.io/age"

	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/security/keys"
)

// Unfinished is the name of a file that stands in the data folder while a restore is under way.
const Unfinished = "restore-unfinished"

// The parts, in the order in which they are written.
const (
	partShops      = "shops"
	partRecordKeys = "record-keys"
	partMedia      = "media"
	partVault      = "vault"
	partLedger     = "ledger"
)

// recordKeys is the table that makes a part of its own: the keys without which no person's fields open. A backup's copy of
// them ends the promise of erasure for as long as it is kept, so they can be told apart, and are erased anew on restoring.
const recordKeys = "record_key"

// The archive's own entries.
const (
	nameManifest = "manifest.json"
	nameEnd      = "end.json"
	suffixHead   = "/head.json"
	suffixRows   = ".rows"
)

// format is the archive's version.
const format = 1

// maxEntry bounds one entry of the archive: a picture, or some rows.
const maxEntry = 64 << 20

// A Manifest begins the archive.
type Manifest struct {
	Format int       `json:"format"`
	Made   time.Time `json:"made"`
	Engine string    `json:"engine"`
	Note   string    `json:"note"`
}

// note is what somebody reads who finds the file's contents in some years.
const note = "A backup of a Noren service. The part record-keys holds the keys of persons' records: delete this file when your " +
	"retention ends, since an erasure reaches a backup only when it is restored. The key file that opens the shops' keys " +
	"(vault-key) is not in here."

// A head begins a part that comes from a store.
type head struct {
	Version int64 `json:"version"` // of the last migration
}

// Progress is told what is being done: a part, and how many rows or files of it so far.
type Progress func(part string, n int64)

// Sources are what is saved.
type Sources struct {
	Shops, Vault, Ledger *db.DB // as they are: opened without a schema
	Media                string // the folder
	Now                  func() time.Time
}

// Targets are where a backup goes.
type Targets struct {
	// Open opens the file; it is read twice.
	Open       func() (Reader, error)
	Identities []age.Identity
	Keys       *keys.Set // the key file's, which must be the backup's
	// Store opens a store with that schema: it is called with the backup's own, and then with the newest.
	Shops, Vault, Ledger Store
	Media                func() (*blob.Folder, error)
	// KeepVault and KeepLedger say that the vault's folder has a store, or a ledger, which is newer than any backup.
	KeepVault, KeepLedger bool
	Origin                string // the ledger's
}

// A Store opens one of the stores.
type Store func(ctx context.Context, s db.Schema) (*db.DB, error)

// The faults.
var (
	ErrKey = fault.Invalid("identity", fault.Text{
		Ja: "この鍵やパスフレーズでは、バックアップを開けません。",
		En: "This key or passphrase does not open the backup."})
	ErrBroken = fault.Invalid("in", fault.Text{
		Ja: "バックアップのファイルが壊れているか、途中で切れています。何も復元していません。別の控えを使ってください。",
		En: "The backup file is damaged or cut short. Nothing was restored. Use another copy."})
	ErrNotEmpty = fault.Conflict(fault.Text{
		Ja: "復元先に、すでにデータがあります。空のデータフォルダーやデータベースを指定してください。",
		En: "There is data where the backup would go. Name an empty data folder or database."})
	ErrKeyFile = fault.Invalid("vault-key", fault.Text{
		Ja: "鍵ファイルが、このバックアップのものではありません。別に保管していた鍵ファイルを vault-key の場所に戻してください。",
		En: "The key file is not this backup's. Put the one that you kept apart where vault-key says."})
	ErrOtherLedger = fault.Conflict(fault.Text{
		Ja: "保管庫のフォルダーにある閲覧台帳は、このバックアップの続きではありません。別のサービスのものでないか、確かめてください。",
		En: "The ledger in the vault's folder does not continue this backup's. Is it another service's?"})
)

// broken marks what is wrong with the file itself.
func broken(why string) error { return ErrBroken.Because(errors.New(why)) }
