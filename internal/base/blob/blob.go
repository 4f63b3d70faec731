// Package blob keeps files, each under the SHA-256 of its content, apart for each shop.
//
// It guarantees that a file which Put has returned survives a power cut, that what Open gives is whole, that equal content
// is kept once in a shop, and that a name can be nothing but a digest: no path leads out of a shop's folder, nor through a
// link out of the store's. It refuses files over its limit.
//
// Content never changes under its name, so what serves a blob may let clients keep it for ever.
package blob

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Digest is the SHA-256 of a blob, as 64 lower-case hex digits.
type Digest string

// ParseDigest reads a digest from an address, a row or a folder.
func ParseDigest(s string) (Digest, error) {
	ok := len(s) == 64
	for i := range len(s) {
		ok = ok && ((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f'))
	}
	if !ok {
		return "", ErrMissing
	}
	return Digest(s), nil
}

// An Info is a blob's name and size, and when it was last put.
type Info struct {
	Digest Digest
	Size   int64
	Put    time.Time
}

// An Object is an open blob.
type Object struct {
	io.ReadSeekCloser
	Info
}

// A Store keeps blobs.
type Store interface {
	// Put reads r to its end and keeps it.
	Put(ctx context.Context, shop id.Shop, r io.Reader) (Info, error)
	// Open opens a blob; ErrMissing where the shop has none of that name.
	Open(ctx context.Context, shop id.Shop, d Digest) (Object, error)
	// Delete removes a blob unless it was put (again) since then. What is missing is no fault.
	Delete(ctx context.Context, shop id.Shop, d Digest, since time.Time) error
	// Walk calls fn for each of the shop's blobs until it returns an error.
	Walk(ctx context.Context, shop id.Shop, fn func(Info) error) error
}

// The errors of a store.
var (
	ErrMissing = fault.NotFound(fault.Text{
		Ja: "このファイルは見つかりません。", En: "This file was not found."})
	ErrTooLarge = errors.New("blob is over the store's limit")
)
