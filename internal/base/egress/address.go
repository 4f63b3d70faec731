package egress

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Check says whether an address may be asked for at all, before any name is resolved: for forms, too. What the name resolves to is
// checked when it is dialled.
func (l Limits) Check(u *url.URL) error {
	host := u.Hostname()
	if u.Scheme != "https" && (u.Scheme != "http" || !l.Plain) || host == "" || u.User != nil || u.Opaque != "" || len(host) > 253 {
		return ErrAddress
	}
	if p, err := strconv.Atoi(port(u)); err != nil || p < 1 || p > 65535 || p < 1024 && p != 80 && p != 443 {
		return ErrAddress // no other service is spoken to by mistake: mail, remote shells
	}
	if strings.ContainsAny(host, "%\\ \t\r\n\x00") {
		return ErrAddress // an IPv6 zone, or a trick
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Is4In6() || !Public(a) {
			return ErrAddress
		}
		return nil
	}
	if numeric(host) || strings.ContainsRune(host, ':') || inner(host) {
		return ErrAddress
	}
	return nil
}

// numeric says whether a name's last label is a number, in whatever notation: then it is no name, and if it is no plain address
// either, only a careless resolver would read it as one.
func numeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return true
	}
	if _, err := strconv.ParseUint(last, 10, 64); err == nil {
		return true
	}
	if hex, ok := strings.CutPrefix(strings.ToLower(last), "0x"); ok {
		_, err := strconv.ParseUint(hex, 16, 64)
		return hex == "" || err == nil
	}
	return strings.Trim(last, "0123456789") == ""
}

// inner says whether a name belongs to this machine or network by its form.
func inner(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.ContainsRune(host, '.') {
		return true
	}
	for _, end := range []string{".localhost", ".local", ".internal", ".intranet", ".home.arpa", ".onion", ".lan"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}

// notPublic are the IPv4 networks that are nobody's on the internet (IANA's registry of special purposes).
func notPublic() []string {
	return []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		// IPv6 inside 2000::/3: protocol assignments with Teredo, documentation, 6to4, AS112.
		"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
	}
}

// Public says whether an address is one of the internet's. IPv6 is public only in 2000::/3, so loopback, local, mapped, NAT64
// (64:ff9b::/96), multicast and what is not assigned are not.
func Public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	if a.Is6() && !netip.MustParsePrefix("2000::/3").Contains(a) {
		return false
	}
	for _, n := range notPublic() {
		if netip.MustParsePrefix(n).Contains(a) {
			return false
		}
	}
	return true
}
