// Package asset serves files that are part of the program: style sheets, scripts, marks.
//
// It guarantees that every file's address holds a digest of its content, so that browsers may keep it for ever, that
// files are compressed once, at start, and that every one is known by its hash, its size and the reason why a page needs
// it. It refuses files from anywhere but the embedded tree it was given, and a script without a reason: one that nobody
// can justify is not served.
package asset

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/frame/blob"
)

// Prefix of every asset's address.
const Prefix = "/assets/"

// Why says of files, by name, what pages need them for. A script must stand in it.
type Why map[string]fault.Text

// A File is one asset as the inventory knows it.
type File struct {
	Name      string     `json:"name"`      // "noren.js"
	Path      string     `json:"path"`      // "/assets/noren.3f9a….js"
	Type      string     `json:"type"`      // its content type
	Size      int        `json:"size"`      // bytes, as they are before compression
	SHA256    string     `json:"sha256"`    // in hexadecimal
	Integrity string     `json:"integrity"` // the same, as the attribute has it
	Why       fault.Text `json:"why"`
}

// Script says whether a browser runs it.
func (f File) Script() bool { return strings.HasPrefix(f.Type, "text/javascript") }

// A Set is a tree of assets, ready to be served.
type Set struct {
	files map[string]File // by name
	blobs map[string]*blob.Blob
	why   Why
}

// New reads, names and compresses every file of the tree.
func New(tree fs.FS, why Why) (*Set, error) {
	s := &Set{files: map[string]File{}, blobs: map[string]*blob.Blob{}, why: why}
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
	sum := sha256.Sum256(b)
	f := File{Name: p, Path: Prefix + name, Type: kind(p), Size: len(b), SHA256: hex.EncodeToString(sum[:]),
		Integrity: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]), Why: s.why[p]}
	if f.Script() && (f.Why.Ja == "" || f.Why.En == "") {
		return fmt.Errorf("script %s: no reason is given why pages need it", p)
	}
	s.files[p] = f
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
func (s *Set) URL(name string) string { return s.files[name].Path }

// Load gives a file for a page's head. A page that asks for one that is not registered is not rendered.
func (s *Set) Load(name string) (File, error) {
	f, ok := s.files[name]
	if !ok {
		return f, fmt.Errorf("load %s: not a registered asset", name)
	}
	return f, nil
}

// Files lists every asset, by name.
func (s *Set) Files() []File {
	out := make([]File, 0, len(s.files))
	for _, f := range s.files {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out
}

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
