package detect

import (
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/signal"
)

// By is what a rule counts together, always within one shop (or the platform).
type By string

// What events are counted by.
const (
	ByAbout   By = "about"   // what the event is about
	ByNetwork By = "network" // the /24 or /48 they came from
	ByShop    By = "shop"    // all of the shop's
)

// A Rule makes a finding of events: so many of them within a window.
type Rule struct {
	Code    signal.Code // the finding's: an event's code, or one of the rule's own
	Of      signal.Code // the events
	By      By
	Times   int64
	Window  time.Duration
	Gravity signal.Gravity
	Title   fault.Text // empty takes the event's
	Do      fault.Text
}

// Rules is the table. An event of medium gravity or more that has no rule here makes a finding by itself.
func Rules() []Rule {
	rules := []Rule{
		{Code: signal.RightDenied, Of: signal.RightDenied, By: ByAbout, Times: 10, Window: 10 * time.Minute, Gravity: signal.Medium},
		{Code: signal.CrossOrigin, Of: signal.CrossOrigin, By: ByNetwork, Times: 20, Window: 10 * time.Minute, Gravity: signal.Low},
		{Code: signal.SessionMalformed, Of: signal.SessionMalformed, By: ByNetwork, Times: 3, Window: 10 * time.Minute, Gravity: signal.Medium},
		{Code: "session.guessing", Of: signal.SessionUnknown, By: ByNetwork, Times: 100, Window: 10 * time.Minute, Gravity: signal.Medium,
			Title: fault.Text{Ja: "セッションの推測", En: "Sessions being guessed"}},
		{Code: "login.stuffing", Of: signal.LoginFailed, By: ByNetwork, Times: 50, Window: 10 * time.Minute, Gravity: signal.High,
			Title: fault.Text{Ja: "ログインの試行（リスト型攻撃）", En: "Stolen passwords being tried"},
			Do: fault.Text{Ja: "このネットワークから成功したログインがあれば、セッションを終了し、本人に連絡してください。続くなら「新しいログインを止める」を検討します。",
				En: "End the sessions of log-ins that succeeded from that network and reach their holders. If it goes on, consider the switch no-new-sessions."}},
		{Code: signal.LoginThrottled, Of: signal.LoginThrottled, By: ByNetwork, Times: 5, Window: 10 * time.Minute, Gravity: signal.Medium},
		{Code: signal.CodeFailed, Of: signal.CodeFailed, By: ByNetwork, Times: 10, Window: 15 * time.Minute, Gravity: signal.High},
		{Code: signal.ResetThrottled, Of: signal.ResetThrottled, By: ByShop, Times: 1, Window: 10 * time.Minute, Gravity: signal.High},
		{Code: signal.ResetLinkRefused, Of: signal.ResetLinkRefused, By: ByShop, Times: 30, Window: 10 * time.Minute, Gravity: signal.Medium},
	}
	has := map[signal.Code]bool{}
	for _, r := range rules {
		has[r.Of] = true
	}
	for _, i := range signal.Codes() {
		if !has[i.Code] && i.Gravity >= signal.Medium {
			rules = append(rules, Rule{Code: i.Code, Of: i.Code, By: ByAbout, Times: 1, Window: 10 * time.Minute, Gravity: i.Gravity})
		}
	}
	for k := range rules {
		i := signal.InfoOf(rules[k].Of)
		if rules[k].Title == (fault.Text{}) {
			rules[k].Title = i.Title
		}
		if rules[k].Do == (fault.Text{}) {
			rules[k].Do = i.Do
		}
	}
	return rules
}

// about is what a rule groups a stored event by; ok is false for an event that lacks it.
func (r Rule) about(s signal.Stored) (about string, ok bool) {
	switch r.By {
	case ByNetwork:
		return s.Net, s.Net != ""
	case ByShop:
		return "", true
	}
	return s.About, true
}
