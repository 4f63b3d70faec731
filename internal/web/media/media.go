// Package media is the door of pictures: an origin of its own, without cookies, so that what owners upload cannot act
// as any page of ours.
//
// It guarantees that a picture is served as the kind that its bytes are (JPEG or PNG), sandboxed, for ever the same
// under its address, and only under the shop that has it. It refuses everything else, as if it were not there.
package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
)

// Routes of the door: /{shop}/{digest}-{width}.{ext}; width and ending are for people.
func Routes(blobs blob.Store) []frame.Route {
	d := &door{blobs}
	return []frame.Route{
		{Method: "GET", Pattern: "/robots.txt", Right: frame.Public, Handler: d.robots},
		{Method: "GET", Pattern: "/{shop}/{file}", Right: frame.Public, Handler: d.picture},
	}
}

type door struct{ blobs blob.Store }

func (d *door) robots(*frame.Request) (frame.Response, error) {
	return frame.Text("User-agent: *\nAllow: /\n").Cached(frame.Shared(0, "")), nil
}

func (d *door) picture(r *frame.Request) (frame.Response, error) {
	shop, err := frame.PathID[id.Shop](r, "shop")
	if err != nil {
		return frame.Response{}, err
	}
	digest, err := blob.ParseDigest(place.PictureDigest(r.Path("file")))
	if err != nil {
		return frame.Response{}, frame.ErrNotFound
	}
	o, err := d.blobs.Open(r.Context(), shop, digest)
	if errors.Is(err, blob.ErrMissing) {
		return frame.Response{}, frame.ErrNotFound
	}
	if err != nil {
		return frame.Response{}, fmt.Errorf("open picture: %w", err)
	}
	kind, err := kindOf(o)
	if err != nil {
		o.Close()
		return frame.Response{}, err
	}
	return frame.Media(kind, o).Cached(frame.Immutable(string(digest))), nil
}

// kindOf looks at the first bytes and goes back to the beginning.
func kindOf(s io.ReadSeeker) (string, error) {
	var head [8]byte
	n, err := io.ReadFull(s, head[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read picture: %w", err)
	}
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("read picture: %w", err)
	}
	switch {
	case bytes.HasPrefix(head[:n], []byte("\xff\xd8\xff")):
		return "image/jpeg", nil
	case bytes.Equal(head[:n], []byte("\x89PNG\r\n\x1a\n")):
		return "image/png", nil
	}
	return "", frame.ErrNotFound
}
