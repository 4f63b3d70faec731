package frame

import (
	"net/http"
	"net/url"
	"strings"
)

// FramesFrom lets this one page show frames of one origin: a payment provider's card page. What is no origin adds nothing.
func (r Response) FramesFrom(origin string) Response {
	if isOrigin(origin) {
		r.frames = origin
	}
	return r
}

// FramedBy lets one origin show this one page in a frame. Only a door that takes cards can say so, the simulated payment provider's:
// no page of ours stands in a frame.
func (r Response) FramedBy(origin string) Response {
	if isOrigin(origin) {
		r.framer = origin
	}
	return r
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != "" && s == u.Scheme+"://"+u.Host && !strings.ContainsAny(s, " ;,'\"*")
}

// FrameSource is what a policy says where a page shows frames of an origin: the inventory's comparison knows it.
func FrameSource(origin string) string { return "; frame-src " + origin }

// frames changes a page's policy, and the header for browsers that do not know it, for what it shows and who shows it.
func (m *Mux) frames(h http.Header, policy string, res Response) string {
	if res.frames != "" {
		policy += FrameSource(res.frames)
	}
	if res.framer != "" && m.conf.TakesCards {
		policy = strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors "+res.framer, 1)
		delete(h, "X-Frame-Options")
	}
	return policy
}
