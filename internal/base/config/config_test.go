package config

import (
	"bytes"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
)

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "noren.conf")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func from(values []Value, name string) (string, string) {
	for _, v := range values {
		if v.Setting.Name == name {
			return v.Text, v.From
		}
	}
	return "", ""
}

func TestFlagWinsOverEnvironmentOverFileOverDefault(t *testing.T) {
	t.Parallel()
	name := file(t, "# ours\nlog-level = warn\nlog-format = json # for programs\nsmtp-port = \"2525\"\n")
	flags := Flags()
	fs := flag.NewFlagSet("noren", flag.ContinueOnError)
	for _, f := range flags {
		fs.Var(f, f.Name, f.Usage)
	}
	if err := fs.Parse([]string{"-log-level", "error"}); err != nil {
		t.Fatal(err)
	}
	c, values, err := Load(Source{File: name, Flags: flags,
		Environ: []string{"NOREN_LOG_LEVEL=debug", "NOREN_LOG_FORMAT=text", "NOREN_TEST_POSTGRES=x", "NOREN_LONG=1", "HOME=/x"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Log.Level != slog.LevelError || c.Log.Format != "text" || c.SMTP.Port != 2525 || c.SMTP.Mode != SMTPStartTLS {
		t.Errorf("got %+v %+v", c.Log, c.SMTP)
	}
	for setting, want := range map[string]string{"log-level": "-log-level", "log-format": "NOREN_LOG_FORMAT",
		"smtp-port": name + ":4", "smtp-tls": "default"} {
		if _, got := from(values, setting); got != want {
			t.Errorf("%s came from %s, want %s", setting, got, want)
		}
	}
}

func TestFileByEnvironment(t *testing.T) {
	t.Parallel()
	c, _, err := Load(Source{Environ: []string{"NOREN_CONFIG=" + file(t, "domain = localhost\nlisten = 127.0.0.1:0")}})
	if err != nil || c.Listen.Doors != "127.0.0.1:0" {
		t.Error(c.Listen, err)
	}
}

func TestFaultsNameSettingAndPlace(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ file, env, want string }{
		{"smtp-hots = x", "", "smtp-hots: FILE:1: no such setting; did you mean smtp-host?"},
		{"\n\nsmtp-port = many", "", "smtp-port: FILE:3: must be a whole number from 1 to 65535"},
		{"smtp-port = +25", "", "smtp-port: FILE:1: must be a whole number"},
		{"smtp-port = 0", "", "smtp-port: FILE:1: must be a whole number"},
		{"log-level = warn\nlog-level = warn", "", "log-level: FILE:2: set for the second time (first in FILE:1)"},
		{"[smtp]", "", "config: FILE:1: must be of the form name = value"},
		{"just words", "", "config: FILE:1: must be of the form name = value"},
		{`domain = "open`, "", "domain: FILE:1: a quote is not closed"},
		{`domain = "a" b`, "", "domain: FILE:1: a quote is not closed, or something stands behind"},
		{"domain = https://noren.example", "", "domain: FILE:1: must be a domain name in small letters"},
		{"domain =", "", "domain: FILE:1: must be a domain name"},
		{"domain = \xff", "", "config: FILE: must be UTF-8"},
		{"", "NOREN_LOG_LEVEL=loud", "log-level: NOREN_LOG_LEVEL: must be one of: debug, info, warn, error"},
		{"", "NOREN_LOG-LEVEL=warn", "log-level: NOREN_LOG-LEVEL: no such setting"},
		{"", "NOREN_NOTHING=1", "nothing: NOREN_NOTHING: no such setting; noren config lists them"},
		{"listen = 8080", "", "listen: FILE:1: must be address:port"},
		{"listen = :70000", "", "listen: FILE:1: must be address:port"},
		{"store = mysql://x", "", "store: FILE:1: must be a URL that begins with postgres://"},
		{"trusted-proxies = 10.0.0.1/8", "", "trusted-proxies: FILE:1: must be addresses or ranges"},
		{"trusted-proxies = 0.0.0.0/0", "", "trusted-proxies: FILE:1: must not trust every address"},
		{"operator-mail = nobody", "", "operator-mail: FILE:1: must be a mail address"},
		{"witness = http://elsewhere.example", "", "witness: FILE:1: must be host:port or unix:/path"},
		{"data =", "", "data: FILE:1: must not be empty"},
		{"tls = proxy", "", "trusted-proxies: default: must name the proxy's addresses"},
		{"tls = files", "", "tls-key: default: is needed"},
		{"domain = noren.example", "", "tls: default: off is only for the domain localhost"},
		{"smtp-host = m.example", "", "smtp-from: default: is needed when smtp-host is set"},
		{"smtp-user = u\nsmtp-tls = off", "", "smtp-tls: FILE:2: off would send the password in the clear"},
		{"store = postgres://h/a\nledger = postgres://h/a", "", "ledger: FILE:2: needs a database of its own"},
	} {
		name := file(t, tc.file)
		_, _, err := Load(Source{File: name, Environ: []string{tc.env}})
		want := strings.ReplaceAll(tc.want, "FILE", name)
		if fs, ok := fault.Of(err); !ok || !strings.Contains(fs.Error(), want) {
			t.Errorf("%q %q: got %v, want %s", tc.file, tc.env, err, want)
		}
	}
	if _, _, err := Load(Source{File: filepath.Join(t.TempDir(), "none")}); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("missing file: %v", err)
	}
}

func TestAllFaultsComeTogether(t *testing.T) {
	t.Parallel()
	_, _, err := Load(Source{File: file(t, "smtp-port = x\nlog-level = y\nnonsense = z")})
	if fs, _ := fault.Of(err); len(fs) != 3 {
		t.Errorf("got %v", err)
	}
}

func TestKeyLiesOutsideTheFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, vault := filepath.Join(dir, "data"), filepath.Join(dir, "vault")
	if err := os.MkdirAll(filepath.Join(data, "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	try := func(key, vaultDir string) error {
		_, _, err := Load(Source{Environ: []string{"NOREN_DATA=" + data, "NOREN_VAULT_DIR=" + vaultDir, "NOREN_VAULT_KEY=" + key}})
		return err
	}
	if err := try(filepath.Join(dir, "keys", "k"), vault); err != nil {
		t.Error(err)
	}
	if err := try(filepath.Join(dir, "data-key"), vault); err != nil { // a name that only begins like the folder's
		t.Error(err)
	}
	bad := [][2]string{{filepath.Join(data, "k"), vault}, {filepath.Join(data, "deep", "..", "x", "k"), vault},
		{filepath.Join(vault, "k"), vault}, {filepath.Join(dir, "k"), filepath.Join(data, "vault")}, {filepath.Join(dir, "k"), data}}
	if runtime.GOOS != "windows" {
		if err := os.Symlink(filepath.Join(data, "deep"), filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		bad = append(bad, [2]string{filepath.Join(dir, "link", "k"), vault})
	}
	for _, b := range bad {
		if err := try(b[0], b[1]); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("key %s with vault %s: %v", b[0], b[1], err)
		}
	}
}

func TestPrintShowsEverySettingAndNoSecret(t *testing.T) {
	t.Parallel()
	_, values, err := Load(Source{Environ: []string{"NOREN_SMTP_PASSWORD=horse battery", "NOREN_STORE=postgres://u:staple@h/db",
		"NOREN_LEDGER=postgres://h/led?user=u&password=staple2", "NOREN_SMTP_FROM=暖簾 <noren@noren.example>"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []i18n.Lang{i18n.Ja, i18n.En} {
		var out bytes.Buffer
		if err := Print(&out, lang, values); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		for _, s := range Settings() {
			if !strings.Contains(got, "\n"+s.Name+" = ") && !strings.HasPrefix(got, s.Name) && !strings.Contains(got, "# "+s.Name+" = ") {
				t.Errorf("%s is missing", s.Name)
			}
		}
		for _, bad := range []string{"horse", "staple"} {
			if strings.Contains(got, bad) {
				t.Errorf("shows a secret:\n%s", got)
			}
		}
		// What is printed can be read again.
		if _, _, err := Load(Source{File: file(t, got)}); err != nil {
			t.Errorf("printed settings cannot be read: %v", err)
		}
	}
}

func TestTableIsWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range Settings() {
		if seen[s.Name] || s.Help.Ja == "" || s.Help.En == "" || s.parse == nil || s.Secret == (s.Flag != "") {
			t.Errorf("setting %+v", s)
		}
		seen[s.Name] = true
	}
}

func FuzzFile(f *testing.F) {
	f.Add("a = b\n# c\nd = \"e\\n\" # f\n")
	f.Add("\ufeffx=\r\n=\n[a]")
	f.Fuzz(func(t *testing.T, content string) {
		lines, err := parseFile("f", content)
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.key == "" || strings.ContainsAny(l.key, " \n\"") {
				t.Errorf("key %q", l.key)
			}
		}
	})
}
