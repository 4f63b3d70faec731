package frame

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/web/frame/blob"
)

// A PageCache keeps ready pages of storefronts: by shop, host, path, language and the shop's version. A page that was made
// before the shop's version was bumped is never served after it.
type PageCache struct {
	pages    *otter.Cache[pageKey, *kept]
	versions sync.Map // id.Shop → *atomic.Uint64
}

type pageKey struct {
	shop    id.Shop
	version uint64
	door    string
	host    string // as it was asked for: addresses in the page follow it
	path    string
	lang    i18n.Lang
}

// kept holds header values ready to be shared.
type kept struct {
	blob                           *Blob
	kind, etag, cache, plain, gzip []string
}

// NewPageCache keeps at most that many bytes, each page at most that long.
func NewPageCache(bytes uint64, keep time.Duration) (*PageCache, error) {
	c, err := otter.New(&otter.Options[pageKey, *kept]{
		MaximumWeight: bytes,
		Weigher: func(k pageKey, v *kept) uint32 {
			return uint32(len(k.path) + len(k.host) + len(v.blob.Plain) + len(v.blob.Gzip) + 512)
		},
		ExpiryCalculator: otter.ExpiryWriting[pageKey, *kept](keep),
	})
	if err != nil {
		return nil, fmt.Errorf("open page cache: %w", err)
	}
	return &PageCache{pages: c}, nil
}

func (c *PageCache) version(s id.Shop) *atomic.Uint64 {
	if v, ok := c.versions.Load(s); ok {
		return v.(*atomic.Uint64)
	}
	v, _ := c.versions.LoadOrStore(s, new(atomic.Uint64))
	return v.(*atomic.Uint64)
}

// Version of a shop's pages.
func (c *PageCache) Version(s id.Shop) uint64 { return c.version(s).Load() }

// Bump makes every kept page of the shop worthless: call it after the commit that changed something they show.
func (c *PageCache) Bump(s id.Shop) { c.version(s).Add(1) }

// Follow takes a version number from elsewhere (another node, the database). It never goes back.
func (c *PageCache) Follow(s id.Shop, version uint64) {
	v := c.version(s)
	for old := v.Load(); old < version; old = v.Load() {
		if v.CompareAndSwap(old, version) {
			return
		}
	}
}

// Len counts the pages kept.
func (c *PageCache) Len() int { return c.pages.EstimatedSize() }

const maxKeptPath = 512

// keyOf says whether a request may be answered by a kept page, and by which. The version is read here, before the
// handler runs, so that a page made from older data is filed under the older version.
func (c *PageCache) keyOf(m *Mux, shop id.Shop, h *http.Request) (pageKey, bool) {
	if h.Method != http.MethodGet && h.Method != http.MethodHead {
		return pageKey{}, false
	}
	if h.URL.RawQuery != "" || len(h.URL.Path) > maxKeptPath || len(h.Host) > maxKeptPath || h.Header["Authorization"] != nil {
		return pageKey{}, false
	}
	lang, ok := keptLang(m, shop, h)
	if !ok {
		return pageKey{}, false
	}
	return pageKey{shop, c.version(shop).Load(), m.conf.Name, h.Host, h.URL.Path, lang}, true
}

// keptLang finds the language as chooseLang would; ok is false when the visitor brings another cookie of this door.
func keptLang(m *Mux, shop id.Shop, h *http.Request) (i18n.Lang, bool) {
	lang := i18n.Lang("")
	for _, line := range h.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			name = strings.TrimPrefix(name, "__Host-")
			name, ours := strings.CutPrefix(name, m.conf.Name+"-")
			if !ours {
				continue
			}
			if shop != id.Platform {
				if name, ours = strings.CutPrefix(name, id.String(shop)+"-"); !ours {
					continue
				}
			}
			l, isLang := parseLang(value)
			if name != langCookie || !isLang {
				return "", false
			}
			lang = l
		}
	}
	if lang == "" {
		lang = i18n.Match(h.Header.Get("Accept-Language"))
	}
	return lang, true
}

// put keeps an answer that was made for nobody in particular.
func (c *PageCache) put(r *Request, b *Blob, cache Cache) {
	if r.pageKey.zero() || len(r.cookies) > 0 {
		return
	}
	c.pages.Set(r.pageKey, &kept{blob: b, kind: []string{b.Type}, etag: []string{b.ETag}, cache: []string{cache.control()},
		plain: []string{strconv.Itoa(len(b.Plain))}, gzip: []string{strconv.Itoa(len(b.Gzip))}})
}

// serve answers from the cache; it touches neither the database nor the handler.
func (c *PageCache) serve(w *counter, h *http.Request, k pageKey) bool {
	p, ok := c.pages.GetIfPresent(k)
	if !ok {
		return false
	}
	out := w.Header()
	out["Etag"], out["Cache-Control"], out["Vary"] = p.etag, p.cache, varied
	if inm := h.Header["If-None-Match"]; inm != nil && matches(inm[0], p.blob.ETag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	body := p.blob.Plain
	out["Content-Type"], out["Content-Length"] = p.kind, p.plain
	if p.blob.Gzip != nil && blob.TakesGzip(h.Header) {
		body = p.blob.Gzip
		out["Content-Encoding"], out["Content-Length"] = zipped, p.gzip
	}
	w.WriteHeader(http.StatusOK)
	if h.Method != http.MethodHead {
		_, _ = w.Write(body) // the visitor may have left
	}
	return true
}

// zero says that the answer may not be kept: it is made for one visitor.
func (k pageKey) zero() bool { return k == pageKey{} }
