package signal

import "github.com/noren-shop/noren/internal/base/fault"

// Gravity orders what deserves a person's eyes first.
type Gravity int

// The gravities.
const (
	Note   Gravity = iota + 1 // kept for the record; many of them make a finding
	Low                       // to be looked at when there is time
	Medium                    // today
	High                      // now
	Grave                     // now, and with others: a case
)

// Label names a gravity.
func (g Gravity) Label() fault.Text {
	switch g {
	case Note:
		return fault.Text{Ja: "記録", En: "Note"}
	case Low:
		return fault.Text{Ja: "低", En: "Low"}
	case Medium:
		return fault.Text{Ja: "中", En: "Medium"}
	case High:
		return fault.Text{Ja: "高", En: "High"}
	case Grave:
		return fault.Text{Ja: "重大", En: "Grave"}
	}
	return fault.Text{Ja: "不明", En: "Unknown"}
}

// Info is what is known of a code.
type Info struct {
	Code    Code
	Gravity Gravity
	Title   fault.Text
	Do      fault.Text // what to do
}

// The codes. Each is raised somewhere (a test looks), and stands in docs/findings.md (a test compares).
const (
	RightDenied      Code = "access.denied"
	CrossOrigin      Code = "request.cross-origin"
	SessionMalformed Code = "session.malformed"
	SessionUnknown   Code = "session.unknown"
	LoginFailed      Code = "login.failed"
	LoginThrottled   Code = "login.throttled"
	LoginVelocity    Code = "login.velocity"
	CodeFailed       Code = "login.code-failed"
	ResetThrottled   Code = "reset.throttled"
	ResetLinkRefused Code = "reset.link-refused"
	RegisterBurst    Code = "account.register-burst"
	ChangeBurst      Code = "account.change-burst"
	CardTesting      Code = "card.testing"
	ReadBudget       Code = "read.budget"
	SwitchOn         Code = "switch.on"
	SwitchOff        Code = "switch.off"
	SwitchHeld       Code = "switch.held"
	SwitchStale      Code = "switch.stale"
	EventsDropped    Code = "signal.dropped"
)

// Codes is the table of all codes.
func Codes() []Info {
	return append(append(doorCodes(), accountCodes()...), append(append(serviceCodes(), paymentCodes()...), pageCodes()...)...)
}

// InfoOf finds a code; an unknown one is grave, for nobody has thought about it.
func InfoOf(c Code) Info {
	for _, i := range Codes() {
		if i.Code == c {
			return i
		}
	}
	return Info{Code: c, Gravity: Grave, Title: fault.Text{Ja: "未登録の事象", En: "An event that is not in the table"},
		Do: fault.Text{Ja: "開発元に、このコードを知らせてください。", En: "Tell Noren's developers this code."}}
}

func doorCodes() []Info {
	return []Info{
		{RightDenied, Low, fault.Text{Ja: "権限のない操作", En: "An act without the right to it"},
			fault.Text{Ja: "同じアカウントで続くなら、本人に心当たりを確かめ、なければセッションを終了してください。",
				En: "If one account goes on, ask its holder; if they know nothing of it, end its sessions."}},
		{CrossOrigin, Low, fault.Text{Ja: "別のサイトからの送信", En: "A form sent from another site"},
			fault.Text{Ja: "続くなら、送信元のページへの誘導（偽のメールなど）がないか確かめてください。",
				En: "If it goes on, look for what leads people there: a forged letter, a copied page."}},
		{SessionMalformed, Medium, fault.Text{Ja: "偽造されたセッション", En: "A forged session"},
			fault.Text{Ja: "正規の画面からは起きません。同じネットワークのほかの事象を確かめてください。",
				En: "No page of ours does this. Look at what else came from that network."}},
		{SessionUnknown, Note, fault.Text{Ja: "知らない、または終了したセッション", En: "A session that is unknown or has ended"},
			fault.Text{Ja: "期限切れでも起きます。一つのネットワークから多いなら、推測を疑ってください。",
				En: "Sessions that ran out do this, too. Many from one network are guesses."}},
	}
}

func accountCodes() []Info {
	return []Info{
		{LoginFailed, Note, fault.Text{Ja: "ログインの失敗", En: "A failed log-in"},
			fault.Text{Ja: "一件では対応不要です。多ければ、ログインの試行（リスト型攻撃）の知らせが別に出ます。",
				En: "One needs nothing. Many raise a finding of their own: stolen passwords being tried."}},
		{LoginThrottled, Medium, fault.Text{Ja: "失敗が続き、ログインを止めた", En: "Log-ins stopped after many failures"},
			fault.Text{Ja: "同じネットワークの事象を確かめてください。成功したログインがあれば、そのセッションを終了します。",
				En: "Look at that network's events. End the sessions of log-ins that succeeded from there."}},
		{LoginVelocity, High, fault.Text{Ja: "ログインの試行が多い", En: "Too many log-ins from one place"},
			fault.Text{Ja: "パスワードの使い回しを狙う攻撃の形です。自動で待ち時間を入れています。続くなら「新しいログインを止める」を検討してください。",
				En: "This is how stolen passwords are tried. Waits are already enforced. If it goes on, consider the switch no-new-sessions."}},
		{CodeFailed, Low, fault.Text{Ja: "確認コードの間違い", En: "A wrong one-time code"},
			fault.Text{Ja: "パスワードは合っていました。続くなら、本人にパスワードの変更を勧めてください。",
				En: "The password was right. If it goes on, ask the person to change it."}},
		{ResetThrottled, High, fault.Text{Ja: "パスワード再設定の請求が多すぎる", En: "Too many password resets"},
			fault.Text{Ja: "自動で止めています。請求元のネットワークを確かめてください。",
				En: "They are being refused. Look at where they come from."}},
		{ResetLinkRefused, Low, fault.Text{Ja: "使えない再設定リンク", En: "A reset link that does not work"},
			fault.Text{Ja: "古いリンクでも起きます。多ければ、推測を疑ってください。", En: "Old links do this, too. Many are guesses."}},
		{RegisterBurst, Medium, fault.Text{Ja: "登録が一か所から続く", En: "A burst of registrations from one place"},
			fault.Text{Ja: "自動で待ち時間を入れています。作られたアカウントを確かめてください。",
				En: "Waits are already enforced. Look at the accounts that were made."}},
		{ChangeBurst, High, fault.Text{Ja: "登録情報の変更が続く", En: "A burst of changes to accounts"},
			fault.Text{Ja: "乗っ取りの形です。該当するアカウントのセッションを終了し、本人に連絡してください。",
				En: "This is how accounts are taken over. End their sessions and reach their holders another way."}},
		{CardTesting, High, fault.Text{Ja: "カードの試し打ち", En: "Cards being tested"},
			fault.Text{Ja: "自動で本人認証を求め、間隔を空けています。続くなら「カードの新規登録を止める」を入れ、決済会社に知らせてください。",
				En: "A challenge and waits are already enforced. If it goes on, set the switch close-card-signups and tell the payment provider."}},
	}
}

func serviceCodes() []Info {
	return []Info{
		{ReadBudget, Grave, fault.Text{Ja: "個人情報の読み取りが上限で止まった", En: "A read of personal data was stopped by its budget"},
			fault.Text{Ja: "誰の認証情報か、閲覧台帳で確かめてください。正当な書き出しなら、オーナーの承認を受けてもらいます。",
				En: "See in the access ledger whose credential it was. For an honest export, its owner approves it first."}},
		{SwitchOn, Low, fault.Text{Ja: "安全スイッチが入った", En: "A safety switch was set"},
			fault.Text{Ja: "心当たりがなければ、入れた人に確かめてください。", En: "If you do not know of it, ask who set it."}},
		{SwitchOff, Low, fault.Text{Ja: "安全スイッチが切れた", En: "A safety switch was lifted"},
			fault.Text{Ja: "心当たりがなければ、切った人に確かめてください。", En: "If you do not know of it, ask who lifted it."}},
		{SwitchHeld, Note, fault.Text{Ja: "安全スイッチで操作を断った", En: "An act was refused by a safety switch"},
			fault.Text{Ja: "スイッチが働いています。終われば切ってください。", En: "The switch works. Lift it when it is over."}},
		{SwitchStale, High, fault.Text{Ja: "安全スイッチを読み直せない", En: "The safety switches cannot be read"},
			fault.Text{Ja: "最後の状態で動いています。データベースへの接続を確かめてください。",
				En: "The last state stays in force. See whether the store can be reached."}},
		{EventsDropped, High, fault.Text{Ja: "事象が多すぎて記録しきれない", En: "More events than could be stored"},
			fault.Text{Ja: "件数だけが残っています。大量の要求の出どころを、リバースプロキシの記録で確かめてください。",
				En: "Only their number is known. Find the flood's source in the proxy's logs."}},
	}
}
