// Package config reads how this installation is set up: from a file, the environment and flags.
//
// It guarantees that one table of settings (Settings) drives all three, their documentation and what `noren config`
// prints; that a flag wins over the environment, the environment over the file, the file over the default; and that
// every fault names the setting and where it was set. It refuses unknown keys, unknown NOREN_ variables, bad values,
// and set-ups that would undo the separation of the vault: its key or its folder where the web process may write.
package config

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/log"
	"github.com/noren-shop/noren/internal/base/secret"
)

// A Config is a whole set-up, with every path absolute.
type Config struct {
	DataDir        string // what the web process may write
	User           string // whom the web process becomes when root starts it
	Store          string // "" is SQLite in DataDir; else postgres://…
	Vault          Vault
	Domain         string // shops live below it; the service's own doors too
	Listen         Listen
	TLS            TLS
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	SMTP           SMTP
	Witness        Witness
	Watch          Watch
	Log            Log
	Paysim         string // where the payment simulator's interface is; "" takes no simulated money
	PaysimPages    string // the origin of its card pages, for shops that show them in a frame; "" shows none
	OperatorMail   string // who is told when something needs a person
}

// Vault is what the vault process needs.
type Vault struct {
	Dir     string // its own data: sealed keys, verifiers, the ledger
	Ledger  string // "" is SQLite in Dir; else postgres://…, never the store's database
	KeyFile string // the key that opens all others
	Socket  string
	User    string // whom it runs as when serve starts it as root
}

// Listen is where the doors are. "" is closed.
type Listen struct {
	Doors    string // storefronts, account, admin, API
	Redirect string // plain HTTP that sends browsers to HTTPS
	Ops      string // the operator's console
	Metrics  string // Prometheus, health
}

// A TLSMode is who speaks TLS.
type TLSMode string

// The modes.
const (
	TLSOff   TLSMode = "off"   // nobody: this machine only
	TLSProxy TLSMode = "proxy" // a proxy before us
	TLSACME  TLSMode = "acme"  // we, with certificates fetched for every domain
	TLSFiles TLSMode = "files" // we, with a certificate from files
)

// TLS is how visitors' connections are protected.
type TLS struct {
	Mode      TLSMode
	CertFile  string
	KeyFile   string
	Email     string // for the certificate authority
	Directory string // its ACME address
}

// An SMTPMode is how the connection to the mail server is protected.
type SMTPMode string

// The modes.
const (
	SMTPStartTLS SMTPMode = "starttls" // plain first, TLS required before anything is said
	SMTPImplicit SMTPMode = "implicit" // TLS from the first byte
	SMTPPlain    SMTPMode = "off"      // a server on this machine
)

// SMTP is where letters leave. Without a host none do: they wait.
type SMTP struct {
	Host     string
	Port     int
	User     string
	Password secret.Text
	From     string
	Mode     SMTPMode
}

// Witness is who keeps the ledger's checkpoints outside this host.
type Witness struct {
	Addresses []string // host:port or unix:/path, asked to co-sign
	Dir       string   // a folder that leaves the host: a mount, a synchronised folder
}

// Watch is who looks at the pages where people log in and pay, from outside.
type Watch struct {
	Watchers []string // host:port or unix:/path, asked for what they saw
	Shop     string   // name of the shop whose cart leads the watcher to the checkout
}

// Log is how the log is written.
type Log struct {
	Format log.Format
	Level  slog.Level
}

// Local says that the service is for this machine only.
func (c *Config) Local() bool {
	return c.Domain == "localhost" || strings.HasSuffix(c.Domain, ".localhost")
}

// derive fills what follows from other settings.
func (c *Config) derive() {
	if c.Listen.Doors == "" {
		c.Listen.Doors = "127.0.0.1:8080"
		if c.TLS.Mode == TLSACME || c.TLS.Mode == TLSFiles {
			c.Listen.Doors = ":443"
		}
	}
}

// Validate checks what no setting can show alone. The faults' fields are settings' names.
func (c *Config) Validate() error {
	var fs fault.Faults
	refuse := func(bad bool, setting, ja, en string) {
		if bad {
			fs = append(fs, fault.Invalid(setting, fault.Text{Ja: ja, En: en}))
		}
	}
	for _, p := range []struct{ setting, path string }{{"data", c.DataDir}, {"vault-dir", c.Vault.Dir},
		{"vault-key", c.Vault.KeyFile}, {"vault-socket", c.Vault.Socket}} {
		refuse(p.path == "", p.setting, "空にはできません。", "must not be empty")
	}
	refuse(below(c.Vault.KeyFile, c.DataDir), "vault-key",
		"鍵ファイルがデータフォルダーの中にあります。ウェブのプロセスが読めない場所に移してください。",
		"lies in the data folder; move it to where the web process cannot read it")
	refuse(below(c.Vault.KeyFile, c.Vault.Dir), "vault-key",
		"鍵ファイルが保管庫のフォルダーの中にあります。バックアップに混ざらないよう、別の場所に移してください。",
		"lies in the vault's folder; move it elsewhere, so that no backup holds both")
	refuse(below(c.Vault.Dir, c.DataDir), "vault-dir",
		"保管庫のフォルダーがデータフォルダーの中にあります。ウェブのプロセスが書けない場所に移してください。",
		"lies in the data folder; move it to where the web process cannot write")
	refuse(below(c.DataDir, c.Vault.Dir), "data",
		"データフォルダーが保管庫のフォルダーの中にあります。別の場所に移してください。",
		"lies in the vault's folder; move it elsewhere")
	refuse(c.Vault.Ledger != "" && c.Vault.Ledger == c.Store, "ledger",
		"台帳には、店のデータとは別のデータベースを指定してください。",
		"needs a database of its own, not the store's")
	refuse(c.TLS.Mode == TLSOff && !c.Local(), "tls",
		"off は domain が localhost のときだけ使えます。proxy、acme、files のどれかにしてください。",
		"off is only for the domain localhost; choose proxy, acme or files")
	refuse(c.TLS.Mode == TLSProxy && len(c.TrustedProxies) == 0, "trusted-proxies",
		"tls が proxy のときは、プロキシのアドレスを指定してください。",
		"must name the proxy's addresses when tls is proxy")
	refuse(c.TLS.Mode == TLSFiles && c.TLS.CertFile == "", "tls-cert",
		"tls が files のときは必要です。", "is needed when tls is files")
	refuse(c.TLS.Mode == TLSFiles && c.TLS.KeyFile == "", "tls-key",
		"tls が files のときは必要です。", "is needed when tls is files")
	refuse(c.SMTP.Host != "" && c.SMTP.From == "", "smtp-from",
		"smtp-host を指定したときは必要です。", "is needed when smtp-host is set")
	refuse(c.SMTP.User != "" && c.SMTP.Mode == SMTPPlain, "smtp-tls",
		"パスワードを暗号化せずに送ることになります。starttls か implicit にしてください。",
		"off would send the password in the clear; choose starttls or implicit")
	return fs.Err()
}

// below says whether path is dir or lies in it, whatever links lead there.
func below(path, dir string) bool {
	if path == "" || dir == "" {
		return false
	}
	rel, err := filepath.Rel(resolve(dir), resolve(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(os.PathSeparator))
}

// resolve follows links as far as the path exists.
func resolve(path string) string {
	rest := ""
	for p := path; ; {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			return filepath.Join(real, rest)
		}
		up := filepath.Dir(p)
		if up == p {
			return path
		}
		rest = filepath.Join(filepath.Base(p), rest)
		p = up
	}
}
