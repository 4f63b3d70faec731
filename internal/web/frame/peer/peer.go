// Package peer says who is at the other end of a connection: the visitor's address, whether they came by TLS, the
// request's id.
//
// It guarantees that headers about these are believed from listed proxies only. It refuses to keep addresses: they are
// personal data.
package peer

import (
	"crypto/rand"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
)

// IP is the visitor's address: the peer, or what a trusted proxy says of it.
func IP(h *http.Request, proxies []netip.Prefix) netip.Addr {
	near := peerIP(h)
	if !trusted(near, proxies) {
		return near
	}
	// Every proxy appends whom it talked to; the last one that is not ours is the visitor.
	hops := strings.Split(strings.Join(h.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-16; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return near
		}
		if hop = hop.Unmap(); !trusted(hop, proxies) {
			return hop
		}
		near = hop
	}
	return near
}

func peerIP(h *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(h.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

func trusted(a netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Secure says that the visitor came by TLS, to us or to a trusted proxy.
func Secure(h *http.Request, proxies []netip.Prefix) bool {
	return h.TLS != nil || h.Header.Get("X-Forwarded-Proto") == "https" && trusted(peerIP(h), proxies)
}

// IDs makes request ids: random per process, counted and scattered within it.
type IDs struct {
	prefix string
	n      atomic.Uint64
}

// NewIDs begins a series.
func NewIDs() *IDs { return &IDs{prefix: strings.ToLower(rand.Text()[:10]) + "-"} }

// Of gives a request its id; one from outside is taken from a trusted proxy only.
func (g *IDs) Of(h *http.Request, proxies []netip.Prefix) string {
	if len(proxies) > 0 && trusted(peerIP(h), proxies) {
		if v := h.Header.Get("X-Request-Id"); len(v) >= 8 && len(v) <= 64 && !strings.ContainsFunc(v, notID) {
			return v
		}
	}
	// An odd factor scatters the count, so that two ids do not say how many requests lie between them.
	return g.prefix + strconv.FormatUint(g.n.Add(1)*0x9E3779B97F4A7C15>>24, 36)
}

func notID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
