package evidence

import (
	"fmt"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/security/pages/checks"
)

func text(ja, en string) fault.Text { return fault.Text{Ja: ja, En: en} }

// met is Met where so, else Not.
func met(so bool) Answer {
	if so {
		return Met
	}
	return Not
}

// scripts are the two requirements about what runs on payment pages.
func scripts(f Facts) List {
	n, files := len(f.Inventory.Pages), len(f.Inventory.Scripts())
	watch, watching := f.watching()
	return List{Name: text("PCI DSS v4.0.1　6.4.3・11.6.1", "PCI DSS v4.0.1, 6.4.3 and 11.6.1"),
		About: text("支払いのページで動くスクリプトの管理と、改ざんの検知。", "What runs on payment pages, and how a change is noticed."),
		Items: []Item{
			{"6.4.3-1", text("支払いのページのスクリプトを、許可したものに限る方法がある。", "A method confirms that each script is authorised."), Met,
				text(fmt.Sprintf("%dの画面のどれも、プログラムに組み込まれ、理由とともに登録された%d個のスクリプトしか読み込めません（CSP の nonce）。オーナーやアプリのスクリプトは、このオリジンには置けません。", n, files),
					fmt.Sprintf("None of the %d screens can load anything but the %d script(s) built into the program and registered with a reason (CSP nonces). No owner's or app's script can be placed on this origin.", n, files))},
			{"6.4.3-2", text("それぞれのスクリプトの完全性を確かめる方法がある。", "A method assures the integrity of each script."), Met,
				text("どのスクリプトにも SHA-256 の integrity 属性があり、ブラウザーは内容が違えば実行しません。下の一覧に値があります。",
					"Every script has an integrity attribute (SHA-256): a browser does not run other content. The values stand below.")},
			{"6.4.3-3", text("必要な理由を書いた、スクリプトの一覧を維持している。", "An inventory with a justification for each script is kept."), Met,
				text("一覧は配信するプログラム自身から作られます。理由のないスクリプトがあると、起動しません。",
					"The inventory is made by the program that serves. With a script that has no reason it does not start.")},
			{"11.6.1-1", text("スクリプトとセキュリティヘッダーの許可のない変更を検知し、担当者に知らせる。",
				"Unauthorised changes to scripts and security headers are detected, and people alerted."), watching, watch},
			{"11.6.1-2", text("少なくとも週に一度調べる。", "Evaluated at least once a week."), watching,
				text("毎分調べ、"+keepText()+"のあいだ記録を残します。", "Each minute; the record is kept for 13 months.")},
		}}
}

func keepText() string { return fmt.Sprintf("%d日", int(checks.Keep/(24*time.Hour))) }

// watching says how the watcher stands.
func (f Facts) watching() (fault.Text, Answer) {
	if len(f.State.Watchers) == 0 {
		return text("見張り（noren watch-pages）が設定されていません。watchers を設定してください。",
			"No watcher (noren watch-pages) is configured: set watchers."), Not
	}
	for _, w := range f.State.Watchers {
		if w.Silent {
			return text("見張り "+w.Address+" から3分以上、報告がありません。", "The watcher at "+w.Address+" has said nothing for three minutes."), Not
		}
	}
	total, same, oldest := watched(f.Inventory, f.State)
	t := text(fmt.Sprintf("見張り%d台。公開ページ%d枚のうち%d枚が一覧のとおりです。", len(f.State.Watchers), total, same),
		fmt.Sprintf("%d watcher(s). Of %d public pages, %d are as the inventory has them.", len(f.State.Watchers), total, same))
	if !oldest.IsZero() {
		t.Ja += "最後の確認 " + oldest.In(i18n.Zone()).Format(stamp) + "。"
		t.En += " Last look " + oldest.UTC().Format(stamp) + " UTC."
	}
	if f.WatchShop == "" {
		t.Ja, t.En = t.Ja+"店のページは見張っていません（watch-shop が空です）。", t.En+" No shop's pages are watched (watch-shop is empty)."
	}
	return t, met(same == total)
}

func (f Facts) tls() fault.Text {
	end := time.Time{}
	for _, c := range f.State.Latest {
		if !c.Certificate.IsZero() && (end.IsZero() || c.Certificate.Before(end)) {
			end = c.Certificate
		}
	}
	t := map[string]fault.Text{
		"off":   text("暗号化していません（このコンピューターだけの設定）。", "None: for this machine only."),
		"proxy": text("手前のプロキシが行います。TLS の版と暗号方式は、プロキシの設定を確かめてください。", "By the proxy before Noren: its settings decide versions and ciphers."),
		"acme":  text("Noren が行います（TLS 1.2 以上、証明書は自動更新）。", "By Noren: TLS 1.2 and above, certificates renewed by ACME."),
		"files": text("Noren が行います（TLS 1.2 以上、証明書はファイル）。", "By Noren: TLS 1.2 and above, a certificate from files."),
	}[f.TLS]
	if !end.IsZero() {
		day := end.UTC().Format(time.DateOnly)
		t.Ja, t.En = t.Ja+"外から見た証明書の期限は "+day+"。", t.En+" The certificate, as seen from outside, ends on "+day+"."
	}
	return t
}

// saqA are the lines of SAQ A (v4.0.1 r1, January 2025) that a service can say something about, and those that it cannot.
func saqA(f Facts) List {
	noFrames := true
	for _, p := range f.Inventory.Pages {
		noFrames = noFrames && len(p.Frames) == 0
	}
	element := text("カード番号を入力する欄は Noren のどのページにもありません。決済会社のページへ移動して入力します。", "No page of Noren has a field for a card number: purchasers go to the provider's page.")
	if !noFrames {
		element = text("カード番号を入力する欄は、一覧にある決済会社の枠（iframe）の中だけです。", "The field for a card number stands only in the provider's frame that the inventory names.")
	}
	watch, _ := f.watching()
	own := text("購入手続きとログインの画面は、スクリプトを一覧に限り、外から見張っています："+watch.Ja+"店のページは別のオリジンです。そこに置くものがあれば、あなたが確かめてください。",
		"Checkout and log-in are limited to the inventory's scripts and watched from outside: "+watch.En+" Shops' pages are other origins: what is placed there is yours to check.")
	return List{Name: text("PCI DSS SAQ A（v4.0.1 r1）", "PCI DSS SAQ A (v4.0.1 r1)"),
		About: text("カード処理をすべて決済会社に任せる店の自己問診。r1 で 6.4.3・11.6.1 は外れ、代わりに「スクリプトによる攻撃を受けない」ことの確認が入りました。",
			"For shops that leave all card processing to a provider. r1 took 6.4.3 and 11.6.1 out and asks instead that the site is not susceptible to attacks from scripts."),
		Items: []Item{
			{"eligibility-1", text("支払いの要素はすべて、準拠した決済会社から直接届く。", "All elements of the payment page come from a compliant provider."), Met, element},
			{"eligibility-2", text("サイトが、スクリプトによる攻撃を受けない。", "The site is not susceptible to attacks from scripts."), Yours, own},
			{"eligibility-3", text("カード情報を電子的に保存しない。", "No account data is stored electronically."), Yours,
				text("カード番号の列はデータベースにありません。noren pan sweep で、データベース・バックアップ・ログにないことを確かめて、その結果を添えてください。",
					"No column holds card numbers. Run noren pan sweep over database, backups and logs, and attach what it prints.")},
			{"2.2.2", text("初期設定のアカウントを使わない。", "Vendor default accounts are not used."), Met,
				text("初期アカウントも初期パスワードもありません。最初の運営者は noren operator で作ります。", "There are none: the first operator is made with noren operator.")},
			{"3.1.1・3.2.1", text("保管するカード情報の方針と最小化。", "Account data storage is kept to a minimum."), Met,
				text("保管しません。持つのは決済会社のトークンと、ブランド・下4桁などの表示だけです。", "None is stored: provider tokens, and what a provider gives for display.")},
			{"6.3.1・6.3.3", text("脆弱性を把握し、重要な更新を一か月以内に適用する。", "Vulnerabilities are identified; critical patches within a month."), Yours,
				text("リリースの適用と OS の更新は運営者が行います。", "The operator applies releases and the system's updates.")},
			{"8.2・8.3", text("利用者ごとの ID、強いパスワード、使わない ID の停止。", "Unique IDs, strong passwords, leavers removed."), Yours,
				text("ID は一人ずつで、パスワードは10文字以上（よく使われるものは不可）、セッションは終了でき、認証アプリとパスキーが使えます。退職者の停止と共有の禁止は運用です。",
					"IDs are one person's, passwords have at least 10 characters and are no common ones, sessions can be ended, authenticator apps and passkeys are there. Removing leavers and forbidding sharing is yours.")},
			{"9.4", text("紙などの媒体の管理。", "Physical media."), Yours, text("Noren の外です。", "Outside Noren.")},
			{"11.3.2", text("認定ベンダー（ASV）による外部スキャンを三か月ごと。", "External scans by an approved vendor every three months."), Yours,
				text("認定ベンダーに依頼してください。", "Order them from an approved scanning vendor.")},
			{"12.8・12.10", text("決済会社との契約と準拠状況の確認、事故対応の手順。", "Providers' agreements and status; an incident plan."), Yours,
				text("契約と年一度の確認はあなたが行います。", "Agreements and the yearly check are yours.")},
			{"TLS", text("通信の暗号化。", "Encryption in transit."), met(f.TLS != "off"), f.tls()},
		}}
}

// guideline is the list that EC shops file under Japan's card guideline (since version 5; all shops since April 2025).
func guideline(f Facts) List {
	return List{Name: text("クレジットカード・セキュリティガイドライン　EC加盟店のセキュリティ・チェックリスト", "Japan's card security guideline: the checklist of EC shops"),
		About: text("クレジット取引セキュリティ対策協議会。項目は Noren のことばで要約しています。申告の前に、契約先の最新の書式と照らしてください。",
			"By the Credit Card Transaction Security Measures Council; in Noren's words. Compare with the current form before filing."),
		Items: append(adminItems(f), siteItems(f)...)}
}

func adminItems(f Facts) []Item {
	ops := "運営コンソールの待ち受けは " + f.Ops
	opsEn := "The console's own listener is " + f.Ops
	if f.Ops == "" {
		ops, opsEn = "運営コンソール専用の待ち受けは閉じています", "The console's own listener is closed"
	}
	return []Item{
		{"1-1", text("管理画面に接続できる IP アドレスを制限する（できなければ、別の認証を重ねる）。", "Addresses that reach the admin are limited, or another check stands before it."), Yours,
			text(ops+"。IP アドレスの制限は、手前のプロキシかファイアウォールで admin と ops のホスト名に対して行ってください。Noren の管理画面は、独立したオリジンで動きます。",
				opsEn+". Limit addresses for the host names admin and ops at a proxy or firewall. The admin is an origin of its own.")},
		{"1-2", text("管理者のログインに二段階・二要素認証を使う。", "Two-factor log-in for administrators."), Yours,
			text("認証アプリ（TOTP）、回復コード、パスキーが使えます。全員に使わせることは、店の決まりにしてください。",
				"Authenticator apps, recovery codes and passkeys are there. That everyone uses them is the shop's rule to make.")},
		{"1-3", text("10回以下の失敗でアカウントをロックする。", "Accounts are locked after at most 10 failures."), met(f.Vault),
			text("同じ ID とネットワークからの失敗が15分に10回で、照合を止めます（ほかのネットワークからの失敗は別に数え、一つのネットワークからは合わせて100回までです）。二つ目の要素は、アカウントごとに10回です。",
				"After 10 failures in 15 minutes of one ID from one network nothing is compared (other networks are counted apart; 100 of one network in all); a second factor after 10 of one account.")},
		{"2-1", text("公開フォルダーに重要なファイルを置かない。", "No important file in a public folder."), met(f.DataOpen == ""), dataFolder(f)},
		{"2-2", text("アップロードできるファイルを制限する。", "Uploads are limited."), Met,
			text("画像だけを受け取り、中身を読み直して作り直します（元のファイルは配りません）。別のオリジンから、実行できない形で配ります。",
				"Pictures only, decoded and made anew (the file as sent is not served), from an origin of their own where nothing runs.")},
	}
}

func dataFolder(f Facts) fault.Text {
	if f.DataOpen != "" {
		return text("データフォルダーにほかの利用者が入れます（"+f.DataOpen+"）。chmod 700 してください。", "Others may enter the data folder ("+f.DataOpen+"): chmod 700.")
	}
	return text("公開フォルダーはありません。配るのは、プログラムに組み込まれたファイルと、画像だけです。データフォルダーに入れるのは Noren の利用者だけです。",
		"There is no public folder: what is served is built into the program, and pictures. Only Noren's user may enter the data folder.")
}

func siteItems(f Facts) []Item {
	return []Item{
		{"3-1", text("脆弱性診断かペネトレーションテストを定期的に行い、直す。", "Regular vulnerability diagnosis or penetration tests."), Yours,
			text("外部の診断を依頼し、結果と修正を残してください。", "Order one from outside; keep its results and what was mended.")},
		{"3-2", text("SQL インジェクションと XSS への対策、最新版の使用。", "Defences against SQL injection and XSS; current versions."), Met,
			text("SQL は固定の文に値を渡すだけで、組み立てません（ビルドごとに検査）。ページは自動でエスケープされ、CSP が書き込まれたスクリプトを止めます。プラグインはありません。",
				"Statements are fixed and values are bound (tested at each build); pages escape by themselves, and the policy stops what was written in. There are no plug-ins.")},
		{"3-3", text("安全な書き方とソースコードの確認、入力値の検査。", "Secure coding, source review, checked input."), Met,
			text("入力は長さ・数・形を境界で検査します。ソースは公開されています。改造したときは、あなたが確認してください。",
				"Input is bounded and parsed at the edge. The source is open. What you change, you review.")},
		{"4", text("ウイルス対策ソフトを入れ、定期的に全体を検査する。", "Anti-virus software with regular full scans."), Yours, malware(f)},
		{"5", text("不正な有効性確認・クレジットマスターへの対策。", "Defences against card testing."), Yours,
			text("EMV 3-D セキュアと、決済会社の対策を有効にしてください。Noren の側の回数制限の状態は、運営コンソールの「検知」で確かめてください。",
				"Turn on EMV 3-D Secure and the provider's own. The state of Noren's limits stands in the operator's console.")},
		{"6", text("不正ログインへの対策（会員登録・ログイン・属性変更のとき）。", "Defences against log-in abuse: registration, log-in, changes."), met(f.Vault),
			text("ログインは ID・ネットワークごとに失敗を数えて止めます。会員登録なしで買えます。パスワードの照合は保管庫の中だけで行われます。",
				"Failures are counted by ID and by network, and stopped. Nobody needs an account to buy. Passwords are compared in the vault only.")},
	}
}

func malware(f Facts) fault.Text {
	if len(f.Missing) == 0 {
		return text("Noren のプロセスは、データフォルダーの外に書けません（カーネルの制限）。ウイルス対策ソフトの導入と全体検査は、サーバーの管理者が行ってください。",
			"Noren's processes can write nowhere but in their folder (the kernel's restriction). Anti-virus software and its full scans are the host's to have.")
	}
	return text("このサーバーには、次の防御がありません: "+strings.Join(f.Missing, "、")+"。ウイルス対策ソフトの導入と全体検査は、サーバーの管理者が行ってください。",
		"This host lacks: "+strings.Join(f.Missing, "; ")+". Anti-virus software and its full scans are the host's to have.")
}
