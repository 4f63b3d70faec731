// Package asset serves files that are part of the program: style sheets, scripts, marks.
//
// It guarantees that every file's address holds a digest of its content, so that browsers may keep it for ever, and that
// files are compressed once, at start. It refuses files from anywhere but the embedded tree it was given.
package asset

import (
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/blob"
)

// Prefix of every asset's address.
const Prefix = "/assets/"

// A Set is a tree of assets, ready to be served.
type Set struct {
	urls  map[string]string // "noren.css" → "/assets/noren.3f9a….css"
	blobs map[string]*blob.Blob
}

// New reads, names and compresses every file of the tree.
func New(tree fs.FS) (*Set, error) {
	s := &Set{urls: map[string]string{}, blobs: map[string]*blob.Blob{}}
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(tree, p)
		if err != nil {
			return err
		}
		return s.add(p, b)
	})
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	return s, nil
}

func (s *Set) add(p string, b []byte) error {
	ready, err := blob.New(kind(p), b)
	if err != nil {
		return err
	}
	ext := path.Ext(p)
	name := strings.TrimSuffix(p, ext) + "." + strings.Trim(ready.ETag, `"`) + ext
	s.urls[p] = Prefix + name
	s.blobs[name] = ready
	return nil
}

func kind(p string) string {
	switch ext := path.Ext(p); ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// Join adds one file made of several, in that order: style sheets.
func (s *Set) Join(tree fs.FS, name string, parts ...string) error {
	var all []byte
	for _, p := range parts {
		b, err := fs.ReadFile(tree, p)
		if err != nil {
			return fmt.Errorf("join %s: %w", name, err)
		}
		all = append(append(all, b...), '\n')
	}
	return s.add(name, all)
}

// URL of a file; "" when the tree has no such file, which a test of the page shows.
func (s *Set) URL(name string) string { return s.urls[name] }

// Route serves the set.
func (s *Set) Route() frame.Route {
	return frame.Route{Method: "GET", Pattern: Prefix + "{asset...}", Right: frame.Public, Handler: s.serve}
}

func (s *Set) serve(r *frame.Request) (frame.Response, error) {
	b := s.blobs[r.Path("asset")]
	if b == nil {
		return frame.Response{}, frame.ErrNotFound
	}
	return frame.Ready(b).Cached(frame.Immutable(b.ETag)), nil
}
