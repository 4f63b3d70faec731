package config

import (
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/log"
	"github.com/noren-shop/noren/internal/base/secret"
)

// A parser puts a setting's text into the configuration, or says what is wrong with it. It never repeats the text, which
// may be a secret.
type parser func(c *Config, text string) *fault.Text

func wrong(ja, en string) *fault.Text { return &fault.Text{Ja: ja, En: en} }

func text(at func(*Config) *string) parser {
	return func(c *Config, s string) *fault.Text {
		*at(c) = s
		return nil
	}
}

func password(at func(*Config) *secret.Text) parser {
	return func(c *Config, s string) *fault.Text {
		*at(c) = secret.NewText(s)
		return nil
	}
}

func path(at func(*Config) *string) parser {
	return func(c *Config, s string) *fault.Text {
		*at(c) = ""
		if s == "" {
			return nil
		}
		abs, err := filepath.Abs(s)
		if err != nil {
			return wrong("パスとして読めません。", "is not a path")
		}
		*at(c) = abs
		return nil
	}
}

func store(at func(*Config) *string) parser {
	return func(c *Config, s string) *fault.Text {
		u, err := url.Parse(s)
		if s != "" && (err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql")) {
			return wrong("postgres:// で始まる URL か、空（SQLite）にしてください。", "must be a URL that begins with postgres://, or empty for SQLite")
		}
		*at(c) = s
		return nil
	}
}

func listen(at func(*Config) *string) parser {
	return func(c *Config, s string) *fault.Text {
		if s == "off" {
			s = ""
		}
		if s != "" {
			_, port, err := net.SplitHostPort(s)
			if err != nil || !validPort(port) {
				return wrong("「アドレス:ポート」の形にしてください（例 127.0.0.1:8080、:443）。",
					"must be address:port, for example 127.0.0.1:8080 or :443")
			}
		}
		*at(c) = s
		return nil
	}
}

// validPort takes 0 too, which asks the system for a free one.
func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == s
}

func port(at func(*Config) *int) parser {
	return func(c *Config, s string) *fault.Text {
		if !validPort(s) || s == "0" {
			return wrong("1 から 65535 までの整数にしてください。", "must be a whole number from 1 to 65535")
		}
		n, _ := strconv.Atoi(s)
		*at(c) = n
		return nil
	}
}

func domain(c *Config, s string) *fault.Text {
	bad := s == "" || len(s) > 200 || s != strings.ToLower(s)
	for label := range strings.SplitSeq(s, ".") {
		bad = bad || label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-'
		for _, r := range label {
			bad = bad || r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}
	}
	if bad {
		return wrong("小文字のドメイン名にしてください（例 noren.example）。ポートや https:// は付けません。",
			"must be a domain name in small letters, for example noren.example, without port or https://")
	}
	c.Domain = s
	return nil
}

func choice[T ~string](at func(*Config) *T, allowed ...T) parser {
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	list := strings.Join(names, ", ")
	return func(c *Config, s string) *fault.Text {
		for _, a := range allowed {
			if string(a) == s {
				*at(c) = a
				return nil
			}
		}
		return wrong("次のどれかにしてください: "+list, "must be one of: "+list)
	}
}

func address(at func(*Config) *string) parser {
	return func(c *Config, s string) *fault.Text {
		if s != "" {
			if a, err := mail.ParseAddress(s); err != nil || strings.ContainsAny(a.Address, "\r\n") {
				return wrong("メールアドレスにしてください（例 noren@noren.example）。", "must be a mail address, for example noren@noren.example")
			}
		}
		*at(c) = s
		return nil
	}
}

func httpsURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && loopback
}

func link(at func(*Config) *string) parser {
	return func(c *Config, s string) *fault.Text {
		if !httpsURL(s) {
			return wrong("https:// で始まる URL にしてください。", "must be a URL that begins with https://")
		}
		*at(c) = s
		return nil
	}
}

func items(s string) []string {
	var list []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// addresses are host:port or unix:/path.
func addresses(at func(*Config) *[]string) parser {
	return func(c *Config, s string) *fault.Text {
		list := items(s)
		for _, l := range list {
			path, unix := strings.CutPrefix(l, "unix:")
			if unix && filepath.IsAbs(path) {
				continue
			}
			host, p, err := net.SplitHostPort(l)
			if unix || err != nil || host == "" || !validPort(p) {
				return wrong("host:port または unix:/パス を、コンマで区切って並べてください。", "must be host:port or unix:/path, with commas between")
			}
		}
		*at(c) = list
		return nil
	}
}

func networks(at func(*Config) *[]netip.Prefix) parser {
	return func(c *Config, s string) *fault.Text {
		var list []netip.Prefix
		for _, item := range items(s) {
			if a, err := netip.ParseAddr(item); err == nil && a.Zone() == "" {
				list = append(list, netip.PrefixFrom(a, a.BitLen()))
				continue
			}
			p, err := netip.ParsePrefix(item)
			if err != nil || p != p.Masked() {
				return wrong("アドレスか範囲を、コンマで区切って並べてください（例 10.0.0.0/8, 192.0.2.1）。",
					"must be addresses or ranges with commas between, for example 10.0.0.0/8, 192.0.2.1")
			}
			if p.Bits() == 0 {
				return wrong("すべてのアドレスを信頼することはできません。", "must not trust every address")
			}
			list = append(list, p)
		}
		*at(c) = list
		return nil
	}
}

func level(c *Config, s string) *fault.Text {
	switch s {
	case "debug":
		c.Log.Level = slog.LevelDebug
	case "info":
		c.Log.Level = slog.LevelInfo
	case "warn":
		c.Log.Level = slog.LevelWarn
	case "error":
		c.Log.Level = slog.LevelError
	default:
		return wrong("次のどれかにしてください: debug, info, warn, error", "must be one of: debug, info, warn, error")
	}
	return nil
}

func format(c *Config) *log.Format { return &c.Log.Format }
