package book

import (
	"net"
	"net/url"
	"regexp"
	"strings"
)

// plainHost is a name or an IPv4 address with its port, and nothing that a policy's header would read as more than that.
var plainHost = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:[0-9]{1,5})?$`)

// framer says whether an origin may show a page in a frame: over https, or on this machine.
func framer(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || !plainHost.MatchString(u.Host) || origin != u.Scheme+"://"+u.Host {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	here := host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && here
}
