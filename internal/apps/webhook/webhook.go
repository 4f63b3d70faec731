// Package webhook keeps what apps want to hear of, and every message to them with every try to bring it.
//
// It guarantees that a message has one id for ever and is signed with each secret that is good at the time, that a fact becomes one
// message for a subscription however often it is seen, and that a message ends as delivered or as failed, never otherwise. It refuses
// to know where a message goes: sending is the flow's, outside transactions. Bodies hold ids and states, nothing of a person.
package webhook

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/apps/topic"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
)

// The bounds.
const (
	Patience  = 72 * time.Hour      // how long an event's message is tried
	Kept      = 30 * 24 * time.Hour // how long a message can be replayed after it was brought or given up
	MaxHooks  = 100                 // subscriptions of one app
	firstWait = 10 * time.Second
	maxWait   = 4 * time.Hour
	// The reference service's schedule for uninstall hooks.
	uninstallWait  = 150 * time.Minute
	uninstallTries = 1 + 19
)

// A Subscription is a kind of fact that an app wants to hear of, and where.
type Subscription struct {
	ID     id.Hook
	App    id.App
	Shop   id.Shop // 0 is every shop that has the app
	Event  outbox.Event
	URL    string
	MadeMS int64
}

// A Kind of message.
type Kind string

// The kinds.
const (
	Event     Kind = "event"
	Uninstall Kind = "uninstall"
)

// A State of a message.
type State string

// The states.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Failed    State = "failed" // given up; it stays, and can be replayed
)

// Label names the state.
func (s State) Label(l i18n.Lang) string {
	switch s {
	case Delivered:
		return l.Pick("届いた", "Delivered")
	case Failed:
		return l.Pick("届かなかった", "Failed")
	}
	return l.Pick("送信待ち", "Waiting")
}

// A Delivery is one message.
type Delivery struct {
	Shop     id.Shop
	ID       id.Delivery // the same at every try
	App      id.App
	Hook     id.Hook
	Kind     Kind
	Event    outbox.Event
	Seq      int64
	URL      string
	Body     string
	State    State
	Tries    int64 // since it was last begun
	Attempts int64 // ever
	BegunMS  int64
	DueMS    int64
	MadeMS   int64
	DoneMS   int64
}

// An Attempt is one try to bring a message.
type Attempt struct {
	No     int64
	AtMS   int64
	Took   time.Duration
	Status int // 0: no answer came
	Error  string
	Final  bool // no other try can help
}

// OK says that the receiver took it.
func (a Attempt) OK() bool { return a.Error == "" && a.Status >= 200 && a.Status < 300 }

// next says when to try again after a try at now; false: it is given up.
func (d Delivery) next(now time.Time) (time.Time, bool) {
	if d.Kind == Uninstall {
		return now.Add(uninstallWait), d.Tries < uninstallTries
	}
	wait := maxWait
	if d.Tries < 12 {
		wait = min(maxWait, firstWait<<max(d.Tries-1, 0))
	}
	end := time.UnixMilli(d.BegunMS).Add(Patience)
	if !now.Before(end) {
		return now, false
	}
	if at := now.Add(wait); at.Before(end) {
		return at, true
	}
	return end, true // the last try is made when patience ends
}

// body is what a receiver gets: the same bytes at every try.
func body(shop id.Shop, account string, d id.Delivery, f outbox.Fact) (string, error) {
	t, _ := topic.Of(f.Event)
	b, err := json.Marshal(struct {
		ID      string       `json:"id"`
		Type    outbox.Event `json:"type"`
		At      int64        `json:"occurred_at"`
		Account string       `json:"account_id"`
		Seq     int64        `json:"seq"`
		Subject struct {
			Type string `json:"type"`
			ID   int64  `json:"id"`
		} `json:"subject"`
	}{Name(shop, d), f.Event, f.At / 1000, account, f.Seq, struct {
		Type string `json:"type"`
		ID   int64  `json:"id"`
	}{t.Subject, f.Subject}})
	return string(b), err
}

// Name is a message's id as receivers see it.
func Name(shop id.Shop, d id.Delivery) string {
	return "msg_" + strconv.FormatInt(int64(shop), 36) + "_" + strconv.FormatInt(int64(d), 36)
}

// The faults that callers branch on.
var (
	ErrNone = fault.NotFound(fault.Text{Ja: "この通知は見つかりません。", En: "There is no such webhook or delivery."})
	ErrMany = fault.Conflict(fault.Text{Ja: "登録できる通知は100件までです。", En: "An app may have up to 100 webhooks."})
)

const maxURL = 2000

// clean checks what a developer typed.
func (s *Subscription) clean() error {
	var fs fault.Faults
	if _, known := topic.Of(s.Event); !known {
		fs = append(fs, fault.Invalid("event", fault.Text{Ja: "できごとを選んでください。", En: "Choose what to hear of."}))
	}
	s.URL = strings.TrimSpace(s.URL)
	u, err := url.Parse(s.URL)
	if err != nil || len(s.URL) > maxURL || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		fs = append(fs, fault.Invalid("url", fault.Text{Ja: "https:// で始まるURLを入力してください。", En: "Enter an address that begins with https://."}))
	}
	return fs.Err()
}

// An Uninstallation is the body of an uninstall hook, and the answer to an app that takes itself out.
type Uninstallation struct {
	Account string `json:"account_id"`
	Source  string `json:"application_charge_source_id"`
	At      int64  `json:"uninstalled_at"`
	Reason  string `json:"reason,omitempty"`
}

// Source names an installation to the app's developer: capitals and digits.
func Source(shop id.Shop, app id.App) string {
	return strings.ToUpper(fmt.Sprintf("%s%013s", strconv.FormatInt(int64(app), 36), strconv.FormatInt(int64(shop), 36)))
}

// wanted keeps the subscriptions that are for a fact's shop and were there when it happened.
func wanted(list []Subscription, f outbox.Fact) []Subscription {
	return slices.DeleteFunc(list, func(s Subscription) bool { return s.Shop != 0 && s.Shop != f.Shop || f.At < s.MadeMS })
}
