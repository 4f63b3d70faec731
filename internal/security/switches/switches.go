// Package switches is containment as flags that the live path reads: no new cards, no exports, a shop that is only read, no
// new sessions, an app that is stopped.
//
// It guarantees that a flip is in force on every node within Refresh (2 s) and a read of the store, that asking costs a look into
// memory, that a store which cannot be read leaves the last state in force and is said, that every switch has an author, a
// reason and may have an end, and that the history of flips is never changed. To set one is one person's act; to lift one takes two, or one and a delay.
// It refuses to know what it stops: who asks, stops.
package switches

import (
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Name of a switch.
type Name string

// The switches.
const (
	CloseCardSignups Name = "close-card-signups" // no new card is taken; renewals as the switch says
	FreezeExports    Name = "freeze-exports"     // nothing leaves as a file
	ShopReadOnly     Name = "shop-read-only"     // pages are shown; nothing is changed, nothing is ordered
	NoNewSessions    Name = "no-new-sessions"    // who is logged in stays so; nobody else gets in
	StopApp          Name = "stop-app"           // an app runs nowhere
)

// Renewals says what a switch does to charges that run already. It is for CloseCardSignups.
type Renewals string

// What happens to them.
const (
	RenewalsGoOn Renewals = "go-on"
	RenewalsStop Renewals = "stop"
)

// A Target is how far a switch reaches: the whole platform (zero), one shop, or one app in all shops.
type Target struct {
	Shop id.Shop
	App  int64
}

// A Switch is one that is on.
type Switch struct {
	Name     Name
	Target   Target
	Since    time.Time
	Until    time.Time  // zero: until it is lifted
	Account  id.Account // who set it; 0 for the command line and playbooks
	Who      string     // "operator", "command line", "playbook"
	Reason   string
	Renewals Renewals
	OffAt    time.Time  // zero: nobody asked to lift it; else when it lifts unless somebody says no
	Asker    id.Account // who asked
	AskedBy  string
}

// on says whether the switch is in force at a time.
func (s Switch) on(now time.Time) bool {
	return (s.Until.IsZero() || now.Before(s.Until)) && (s.OffAt.IsZero() || now.Before(s.OffAt))
}

// A Change is one entry of the history.
type Change struct {
	At      time.Time
	Name    Name
	Target  Target
	Act     Act
	Account id.Account
	Who     string
	Reason  string
	Until   time.Time
}

// Act is what was done to a switch.
type Act string

// The acts.
const (
	ActOn    Act = "on"    // set, or set anew with another reason or end
	ActAsk   Act = "ask"   // somebody asked to lift it
	ActKeep  Act = "keep"  // somebody said no to that
	ActOff   Act = "off"   // lifted: two persons agreed, or the delay is over
	ActEnded Act = "ended" // its own end came
)

// Label names an act.
func (a Act) Label() fault.Text {
	switch a {
	case ActOn:
		return fault.Text{Ja: "入れた", En: "Set"}
	case ActAsk:
		return fault.Text{Ja: "切る申請", En: "Asked to lift"}
	case ActKeep:
		return fault.Text{Ja: "申請を取り消した", En: "Kept"}
	case ActOff:
		return fault.Text{Ja: "切れた", En: "Lifted"}
	case ActEnded:
		return fault.Text{Ja: "期限で切れた", En: "Ended"}
	}
	return fault.Text{Ja: "不明", En: "Unknown"}
}

// Kind is what a switch may be set for.
type Kind int

// The kinds of target.
const (
	ForShops Kind = iota // the platform or one shop
	ForApps              // one app
)

// Info is what is known of a switch.
type Info struct {
	Name  Name
	Kind  Kind
	Title fault.Text
	What  fault.Text // what it does, for the operator
	Told  fault.Text // what visitors and owners read where it stops them
}

// All is the table of switches.
func All() []Info {
	return []Info{
		{CloseCardSignups, ForShops, fault.Text{Ja: "カードの新規登録を止める", En: "Close new card sign-ups"},
			fault.Text{Ja: "新しいカードの登録とカードでの支払いを受け付けません。ほかの支払い方法はそのまま使えます。登録済みカードの定期的な請求は設定に従います。",
				En: "No new card is taken, neither saved nor paid with. Other methods go on. Charges to cards on file follow the setting."},
			fault.Text{Ja: "安全のため、カードの新しい登録とお支払いを一時的に停止しています。ほかのお支払い方法をお選びください。登録済みの情報に操作は不要です。",
				En: "For safety, new cards are not taken just now. Please choose another way to pay. Nothing needs to be done about cards on file."}},
		{FreezeExports, ForShops, fault.Text{Ja: "書き出しを止める", En: "Freeze exports"},
			fault.Text{Ja: "データの書き出し（CSVなど）を受け付けません。画面での閲覧はできます。", En: "No data leaves as a file. Pages are still shown."},
			fault.Text{Ja: "安全のため、データの書き出しを一時的に停止しています。再開までお待ちください。",
				En: "For safety, exports are stopped for the time being. Please wait until they are opened again."}},
		{ShopReadOnly, ForShops, fault.Text{Ja: "ショップを閲覧だけにする", En: "Make a shop read-only"},
			fault.Text{Ja: "ページは表示されますが、注文と変更を受け付けません。ログインと自分のアカウントの変更はできます。",
				En: "Pages are shown; orders and changes are refused. People can log in and change their own account."},
			fault.Text{Ja: "ただいまこのショップは閲覧のみです。ご注文と変更はできません。再開までお待ちください。",
				En: "This shop can only be looked at just now: orders and changes are not taken. Please come back later."}},
		{NoNewSessions, ForShops, fault.Text{Ja: "新しいログインを止める", En: "No new sessions"},
			fault.Text{Ja: "ログイン、登録、パスワードの再設定を受け付けません。ログイン中の人と、運営コンソールはそのままです。",
				En: "Log-ins, registrations and resets are refused. Who is logged in stays so; the operator's console stays open."},
			fault.Text{Ja: "安全のため、新しいログインを一時的に停止しています。ログイン中の方はそのままお使いいただけます。お買い物は会員登録なしでもできます。",
				En: "For safety, new log-ins are stopped for the time being. If you are logged in you can go on; buying needs no account."}},
		{StopApp, ForApps, fault.Text{Ja: "アプリを止める", En: "Stop an app"},
			fault.Text{Ja: "そのアプリを、すべてのショップで止めます。", En: "The app runs in no shop."},
			fault.Text{Ja: "このアプリは安全のため停止されています。ショップはそのままお使いいただけます。",
				En: "This app has been stopped for safety. The shop works without it."}},
	}
}

// InfoOf finds a switch.
func InfoOf(n Name) (Info, bool) {
	for _, i := range All() {
		if i.Name == n {
			return i, true
		}
	}
	return Info{}, false
}

// Refusal is the fault for what the switch stops: 503 and plain words.
func (s Switch) Refusal() error {
	i, _ := InfoOf(s.Name)
	return fault.Unavailable(i.Told)
}

// A Lookup is what features and flows take: whether a switch is on for a shop. Set.On is one.
type Lookup func(n Name, shop id.Shop) (Switch, bool)

// Never is a Lookup that finds nothing on, for tests that do not look at switches.
func Never(Name, id.Shop) (Switch, bool) { return Switch{}, false }
