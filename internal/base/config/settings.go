package config

import (
	"net/netip"
	"net/url"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/log"
	"github.com/noren-shop/noren/internal/base/secret"
)

// A Setting is one line of the table that everything here follows.
type Setting struct {
	Name    string // the key in the file
	Env     string
	Flag    string // "" where a flag would show a secret to everyone on the machine
	Default string
	Help    fault.Text
	Secret  bool
	parse   parser
}

// Show is a value as it may be printed.
func (s Setting) Show(value string) string {
	if value == "" {
		return ""
	}
	if s.Secret {
		return "•••"
	}
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		if q := u.Query(); q.Has("password") {
			q.Set("password", "xxxxx") // as Redacted writes it
			u.RawQuery = q.Encode()
			return u.Redacted()
		}
		if _, has := u.User.Password(); has {
			return u.Redacted()
		}
	}
	return value
}

// Settings is the table, in the order in which `noren config` prints it.
func Settings() []Setting {
	var all []Setting
	for _, group := range [][]Setting{places(), doors(), letters(), watchers()} {
		all = append(all, group...)
	}
	for i := range all {
		all[i].Env = envName(all[i].Name)
		if !all[i].Secret {
			all[i].Flag = all[i].Name
		}
	}
	return all
}

func places() []Setting {
	return []Setting{
		{Name: "data", Default: "/var/lib/noren", parse: path(func(c *Config) *string { return &c.DataDir }),
			Help: fault.Text{Ja: "データフォルダー。ウェブのプロセスが書けるのはここだけです。",
				En: "The data folder: the only place where the web process may write."}},
		{Name: "store", parse: store(func(c *Config) *string { return &c.Store }),
			Help: fault.Text{Ja: "店のデータベース。空なら SQLite（データフォルダーの中）、または postgres://…。pgx の default_query_exec_mode も URL に書けます。",
				En: "The shops' database: empty is SQLite in the data folder, else postgres://… (pgx's default_query_exec_mode too)."}},
		{Name: "vault-dir", Default: "/var/lib/noren-vault", parse: path(func(c *Config) *string { return &c.Vault.Dir }),
			Help: fault.Text{Ja: "保管庫のフォルダー。保管庫のプロセスだけが読み書きします。",
				En: "The vault's folder, which only the vault process reads and writes."}},
		{Name: "ledger", parse: store(func(c *Config) *string { return &c.Vault.Ledger }),
			Help: fault.Text{Ja: "閲覧台帳のデータベース。空なら SQLite（保管庫のフォルダーの中）、または店とは別の postgres://…。",
				En: "The access ledger's database: empty is SQLite in the vault's folder, else a postgres://… that is not the store's."}},
		{Name: "vault-key", Default: "/etc/noren/vault.key", parse: path(func(c *Config) *string { return &c.Vault.KeyFile }),
			Help: fault.Text{Ja: "すべての鍵を開ける鍵（KEK）のファイル。データフォルダーの外に置き、別に控えを取ってください。",
				En: "The file of the key that opens all others (KEK). It lies outside the data folder; keep a copy elsewhere."}},
		{Name: "vault-socket", Default: "/run/noren-vault/vault.sock", parse: path(func(c *Config) *string { return &c.Vault.Socket }),
			Help: fault.Text{Ja: "保管庫と話すソケット。すでに動いていればつなぎ、なければ serve が保管庫を起動します。",
				En: "The socket to the vault. serve connects when a vault is running there, and starts one otherwise."}},
		{Name: "vault-user", Default: "noren-vault", parse: text(func(c *Config) *string { return &c.Vault.User }),
			Help: fault.Text{Ja: "root で起動したときに、保管庫を動かすユーザー。",
				En: "The user that the vault runs as when serve is started by root."}},
		{Name: "user", Default: "noren", parse: text(func(c *Config) *string { return &c.User }),
			Help: fault.Text{Ja: "root で起動したときに、ウェブのプロセスがなるユーザー。",
				En: "The user that the web process becomes when serve is started by root."}},
	}
}

func doors() []Setting {
	return []Setting{
		{Name: "domain", Default: "localhost", parse: domain,
			Help: fault.Text{Ja: "サービスのドメイン。店はこの下に「名前.ドメイン」で開きます。",
				En: "The service's domain. Shops open below it, at name.domain."}},
		{Name: "listen", parse: listen(func(c *Config) *string { return &c.Listen.Doors }),
			Help: fault.Text{Ja: "待ち受けるアドレス。空なら、tls が acme か files のとき :443、そのほかは 127.0.0.1:8080。",
				En: "Where to listen. Empty is :443 when tls is acme or files, and 127.0.0.1:8080 otherwise."}},
		{Name: "listen-redirect", Default: "off", parse: listen(func(c *Config) *string { return &c.Listen.Redirect }),
			Help: fault.Text{Ja: "HTTPS へ案内する HTTP の待ち受け（ふつう :80）。off で閉じます。",
				En: "Plain HTTP that sends browsers to HTTPS (usually :80); off closes it."}},
		{Name: "listen-ops", Default: "127.0.0.1:8081", parse: listen(func(c *Config) *string { return &c.Listen.Ops }),
			Help: fault.Text{Ja: "運営者の画面の待ち受け。インターネットに開かないでください。off で閉じます。",
				En: "The operator's console. Do not open it to the internet; off closes it."}},
		{Name: "listen-metrics", Default: "127.0.0.1:9090", parse: listen(func(c *Config) *string { return &c.Listen.Metrics }),
			Help: fault.Text{Ja: "Prometheus の計測値と、稼働確認の待ち受け。off で閉じます。",
				En: "Prometheus metrics, health and readiness; off closes it."}},
		{Name: "tls", Default: string(TLSOff),
			parse: choice(func(c *Config) *TLSMode { return &c.TLS.Mode }, TLSOff, TLSProxy, TLSACME, TLSFiles),
			Help: fault.Text{Ja: "通信の暗号化。off（このコンピューターだけ）、proxy（手前のプロキシが行う）、acme（証明書を自動で取る）、files（証明書のファイル）。",
				En: "Who speaks TLS: off (this machine only), proxy (one before us), acme (fetched certificates), files (given ones)."}},
		{Name: "tls-cert", parse: path(func(c *Config) *string { return &c.TLS.CertFile }),
			Help: fault.Text{Ja: "証明書のファイル（PEM、中間証明書を含む）。", En: "The certificate's file (PEM, with its chain)."}},
		{Name: "tls-key", parse: path(func(c *Config) *string { return &c.TLS.KeyFile }),
			Help: fault.Text{Ja: "証明書の秘密鍵のファイル（PEM）。", En: "The certificate's private key (PEM)."}},
		{Name: "acme-email", parse: address(func(c *Config) *string { return &c.TLS.Email }),
			Help: fault.Text{Ja: "認証局からの連絡先。", En: "Where the certificate authority may write to."}},
		{Name: "acme-directory", Default: "https://acme-v02.api.letsencrypt.org/directory",
			parse: link(func(c *Config) *string { return &c.TLS.Directory }),
			Help:  fault.Text{Ja: "認証局の ACME のアドレス。", En: "The certificate authority's ACME address."}},
		{Name: "trusted-proxies", parse: networks(func(c *Config) *[]netip.Prefix { return &c.TrustedProxies }),
			Help: fault.Text{Ja: "手前のプロキシのアドレスや範囲。ここからの X-Forwarded-For だけを信じます。",
				En: "Addresses or ranges of the proxies before us: only their X-Forwarded-For is believed."}},
	}
}

func letters() []Setting {
	return []Setting{
		{Name: "smtp-host", parse: text(func(c *Config) *string { return &c.SMTP.Host }),
			Help: fault.Text{Ja: "メールを送るサーバー。空のあいだ、メールは送られずに待ちます。",
				En: "The server that sends mail. While it is empty, letters wait."}},
		{Name: "smtp-port", Default: "587", parse: port(func(c *Config) *int { return &c.SMTP.Port }),
			Help: fault.Text{Ja: "そのポート。", En: "Its port."}},
		{Name: "smtp-user", parse: text(func(c *Config) *string { return &c.SMTP.User }),
			Help: fault.Text{Ja: "そのユーザー名。空なら認証しません。", En: "The user name there; empty does not log in."}},
		{Name: "smtp-password", Secret: true, parse: password(func(c *Config) *secret.Text { return &c.SMTP.Password }),
			Help: fault.Text{Ja: "そのパスワード（フラグでは渡せません。環境変数かファイルで）。",
				En: "The password there (no flag: by environment or file)."}},
		{Name: "smtp-from", parse: address(func(c *Config) *string { return &c.SMTP.From }),
			Help: fault.Text{Ja: "差出人のアドレス。", En: "The address that letters come from."}},
		{Name: "smtp-tls", Default: string(SMTPStartTLS),
			parse: choice(func(c *Config) *SMTPMode { return &c.SMTP.Mode }, SMTPStartTLS, SMTPImplicit, SMTPPlain),
			Help: fault.Text{Ja: "メールサーバーとの暗号化。starttls、implicit（最初から。ふつうポート 465）、off。",
				En: "Protection to the mail server: starttls, implicit (from the first byte, usually port 465), off."}},
		{Name: "paysim", parse: text(func(c *Config) *string { return &c.Paysim }),
			Help: fault.Text{Ja: "決済シミュレーター（noren paysim）の API のアドレス。試すときだけ。空なら使えません。",
				En: "The address of a payment simulator's API (noren paysim), for trying only; empty refuses simulated money."}},
		{Name: "paysim-pages", parse: text(func(c *Config) *string { return &c.PaysimPages }),
			Help: fault.Text{Ja: "決済シミュレーターのカード入力画面のオリジン。空なら、ページの枠の中には表示しません。",
				En: "The origin of a payment simulator's card pages; empty never shows them in a frame."}},
		{Name: "operator-mail", parse: address(func(c *Config) *string { return &c.OperatorMail }),
			Help: fault.Text{Ja: "運営者のアドレス。人の手がいるときに知らせます。", En: "The operator's address, told when something needs a person."}},
	}
}

func watchers() []Setting {
	return []Setting{
		{Name: "witness", parse: addresses(func(c *Config) *[]string { return &c.Witness.Addresses }),
			Help: fault.Text{Ja: "台帳の控えに署名する証人のアドレス（host:port または unix:/パス、コンマ区切り）。",
				En: "Witnesses that co-sign the ledger's checkpoints: host:port or unix:/path, commas between."}},
		{Name: "witness-dir", parse: path(func(c *Config) *string { return &c.Witness.Dir }),
			Help: fault.Text{Ja: "台帳の控えを書き出すフォルダー。ほかのコンピューターに渡る場所にしてください。",
				En: "A folder for the ledger's checkpoints, which another machine takes them from."}},
		{Name: "watchers", parse: addresses(func(c *Config) *[]string { return &c.Watch.Watchers }),
			Help: fault.Text{Ja: "ログインと購入手続きのページを外から見張る noren watch-pages のアドレス（host:port または unix:/パス、コンマ区切り）。",
				En: "Where noren watch-pages, which looks at log-in and checkout from outside, is asked what it saw: host:port or unix:/path, commas between."}},
		{Name: "watch-shop", parse: text(func(c *Config) *string { return &c.Watch.Shop }),
			Help: fault.Text{Ja: "見張りが購入手続きへ進むときに使う店の名前（アドレスの先頭）。空なら店のページは見張りません。",
				En: "The shop (the first part of its address) whose cart leads the watcher to the checkout; empty watches no shop's pages."}},
		{Name: "log-format", Default: string(log.Text), parse: choice(format, log.Text, log.JSON),
			Help: fault.Text{Ja: "ログの形。text か json。", En: "The log's form: text or json."}},
		{Name: "log-level", Default: "info", parse: level,
			Help: fault.Text{Ja: "ログの細かさ。debug、info、warn、error。", En: "How much is logged: debug, info, warn, error."}},
	}
}
