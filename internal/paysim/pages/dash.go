package pages

import (
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// shown bounds a list.
const shown = 100

func (d *Door) dash(r *frame.Request, ja, en string) ui.Ops {
	p := d.page(r, r.Lang().Pick(ja, en))
	nav := []ui.Link{
		{Href: "/", Text: p.T("支払い", "Charges"), Icon: ui.IconYen},
		{Href: "/notices", Text: p.T("通知", "Notices"), Icon: ui.IconMail},
		{Href: "/till", Text: p.T("レジ", "Till"), Icon: ui.IconStore},
		{Href: "/faults", Text: p.T("障害", "Faults"), Icon: ui.IconAlert},
		{Href: "/settlements", Text: p.T("精算", "Settlement"), Icon: ui.IconFile},
		{Href: "/cards", Text: p.T("テストカード", "Test cards"), Icon: ui.IconInfo},
		{Href: "/accounts", Text: p.T("口座", "Accounts"), Icon: ui.IconKey},
	}
	for i := range nav {
		nav[i].Current = nav[i].Href == r.URLPath()
	}
	return ui.Ops{Page: p, Nav: nav, Mark: "Paysim", Name: p.T("決済シミュレーター", "Payment simulator")}
}

func (d *Door) charges(r *frame.Request) (frame.Response, error) {
	return frame.Page(chargesPage(d.dash(r, "支払い", "Charges"), d.book.Charges(shown))), nil
}

func (d *Door) charge(r *frame.Request) (frame.Response, error) {
	c, err := d.book.On(r.Path("charge"))
	if err != nil {
		return frame.Response{}, err
	}
	var about []book.Notice
	for _, n := range d.book.Notices(2000) {
		if n.Ref == c.Ref && len(about) < shown {
			about = append(about, n)
		}
	}
	return frame.Page(chargePage(d.dash(r, "支払い "+c.Order, "Charge "+c.Order), c, about)), nil
}

// An act is a button on a charge's page.
type act struct{ act, text string }

func actsOf(p ui.Page, c book.Charge) []act {
	var out []act
	if c.State == book.Captured && c.Means == book.Card && c.Disputed == 0 {
		out = append(out, act{"dispute", p.T("チャージバックを起こす", "Charge it back")})
	}
	if c.State == book.Authorised || c.State == book.Unpaid {
		out = append(out, act{"lapse", p.T("期限切れにする", "Let it run out")})
	}
	for _, r := range c.Refunds {
		if r.State == "pending" {
			out = append(out, act{"failrefunds", p.T("処理中の返金を失敗させる", "Make the pending refund fail")})
			break
		}
	}
	if c.State == book.Unpaid && c.Slip.Number != "" {
		out = append(out, act{"till", p.T("レジで支払う", "Pay at the till")}, act{"late", p.T("期限の3日後に支払う", "Pay three days late")})
	}
	return out
}

const threeDays = 3 * 24 * time.Hour

func (d *Door) act(r *frame.Request) (frame.Response, error) {
	ref, err := r.Path("charge"), error(nil)
	flash := "done"
	switch r.Path("act") {
	case "dispute":
		_, err = d.book.Dispute(ref)
	case "lapse":
		_, err = d.book.Lapse(ref)
	case "failrefunds":
		_, err = d.book.FailRefunds(ref)
	case "till":
		_, err = d.book.PayAtTill(ref, 0)
		flash = "paid"
	case "late":
		_, err = d.book.PayAtTill(ref, threeDays)
		flash = "late"
	default:
		err = frame.ErrNotFound
	}
	return d.say(r, "/charges/"+ref, flash, err)
}

// say goes to a page with a word about what was done.
func (d *Door) say(r *frame.Request, to, flash string, err error) (frame.Response, error) {
	if fault.Is(err, fault.KindConflict) {
		flash, err = "refused", nil
	}
	if err != nil {
		return frame.Response{}, err
	}
	r.SetFlash(flash)
	return frame.Redirect(to), nil
}

func (d *Door) notices(r *frame.Request) (frame.Response, error) {
	return frame.Page(noticesPage(d.dash(r, "通知", "Notices"), d.book.Notices(shown))), nil
}

func (d *Door) renotice(r *frame.Request) (frame.Response, error) {
	id := r.Path("notice")
	var err error
	switch r.Path("act") {
	case "resend":
		err = d.book.Resend(id, 1)
	case "twice":
		err = d.book.Resend(id, 2)
	case "forge":
		err = d.book.Forge(id)
	default:
		err = frame.ErrNotFound
	}
	return d.say(r, "/notices", "done", err)
}

func (d *Door) release(r *frame.Request) (frame.Response, error) {
	d.book.Release()
	return d.say(r, "/notices", "done", nil)
}

func (d *Door) faults(r *frame.Request) (frame.Response, error) {
	return frame.Page(faultsPage(d.dash(r, "障害", "Faults"), d.book.Faults())), nil
}

// fields are the faults that are numbers, by the names of their form's fields.
func fields(f *book.Faults) map[string]*int {
	return map[string]*int{"lost": &f.Lost, "errors": &f.Errors, "errors_after": &f.ErrorsAfter, "slow": &f.Slow, "slow_ms": &f.SlowMS,
		"notice_dropped": &f.NoticeDropped, "notice_delayed": &f.NoticeDelayed, "delay_ms": &f.DelayMS, "notice_doubled": &f.NoticeDoubled,
		"notice_swapped": &f.NoticeSwapped, "notice_forged": &f.NoticeForged, "refund_fails": &f.RefundFails}
}

func (d *Door) setFaults(r *frame.Request) (frame.Response, error) {
	form, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	f := book.Faults{Withhold: form.Has("withhold"), SlipsStay: form.Has("slips_stay")}
	for name, at := range fields(&f) {
		n, err := strconv.Atoi("0" + form.Get(name))
		if err != nil {
			return frame.Response{}, fault.Invalid(name, fault.Text{Ja: "数字を入力してください。", En: "Enter a number."})
		}
		*at = n
	}
	d.book.SetFaults(f)
	return d.say(r, "/faults", "done", nil)
}

func answerFaults(p ui.Page, f book.Faults) []ui.Field {
	slow := faultField("slow_ms", p.T("遅れの長さ", "How slow"), f.SlowMS)
	slow.Suffix, slow.More = "ms", nil
	return []ui.Field{
		faultField("lost", p.T("処理した後で接続が切れる", "Cut off after the work"), f.Lost),
		faultField("errors", p.T("処理する前に500", "500 before the work"), f.Errors),
		faultField("errors_after", p.T("処理した後で500", "500 after the work"), f.ErrorsAfter),
		faultField("slow", p.T("応答が遅れる", "Slow"), f.Slow), slow}
}

func noticeFaults(p ui.Page, f book.Faults) []ui.Field {
	delay := faultField("delay_ms", p.T("遅れの長さ（0は10秒）", "How late (0: 10 s)"), f.DelayMS)
	delay.Suffix, delay.More = "ms", nil
	return []ui.Field{
		faultField("notice_dropped", p.T("届かない（保留になる）", "Withheld"), f.NoticeDropped),
		faultField("notice_doubled", p.T("二度届く", "Sent twice"), f.NoticeDoubled),
		faultField("notice_swapped", p.T("順番が入れ替わる", "Out of order"), f.NoticeSwapped),
		faultField("notice_forged", p.T("偽物も届く", "A forged one beside it"), f.NoticeForged),
		faultField("notice_delayed", p.T("遅れて届く", "Delayed"), f.NoticeDelayed), delay}
}

func onIf(is bool) string {
	if is {
		return "on"
	}
	return ""
}

func (d *Door) settlements(r *frame.Request) (frame.Response, error) {
	return frame.Page(settlementsPage(d.dash(r, "精算", "Settlement"), d.book.Rows(shown))), nil
}

func (d *Door) settle(r *frame.Request) (frame.Response, error) {
	d.book.Settle()
	return d.say(r, "/settlements", "settled", nil)
}

func (d *Door) till(r *frame.Request) (frame.Response, error) {
	var open []book.Charge
	for _, c := range d.book.Charges(1000) {
		if c.State == book.Unpaid && c.Slip.Number != "" {
			open = append(open, c)
		}
	}
	return frame.Page(tillPage(d.dash(r, "コンビニのレジ", "Convenience store till"), open)), nil
}

func (d *Door) payAtTill(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	late, flash := time.Duration(0), "paid"
	if f.Get("late") == "3" {
		late, flash = threeDays, "late"
	}
	_, err = d.book.PayAtTill(r.Path("charge"), late)
	return d.say(r, "/till", flash, err)
}

func (d *Door) cards(r *frame.Request) (frame.Response, error) {
	return frame.Page(cardsPage(d.dash(r, "テストカード", "Test cards"))), nil
}

func (d *Door) accounts(r *frame.Request) (frame.Response, error) {
	return frame.Page(accountsPage(d.dash(r, "口座", "Accounts"), d.api, d.book.Accounts(), nil, ui.Errors{})), nil
}

func (d *Door) openAccount(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	made, err := d.book.OpenAccount(f.Get("name"), f.Get("notices"))
	o := d.dash(r, "口座", "Accounts")
	if fault.Is(err, fault.KindInvalid) {
		return frame.Page(accountsPage(o, d.api, d.book.Accounts(), nil, ui.ErrorsOf(r.Lang(), err))).Status(422), nil
	}
	return frame.Page(accountsPage(o, d.api, d.book.Accounts(), &made, ui.Errors{})), err
}

func kindOf(p ui.Page, kind string) string {
	switch kind {
	case "refund":
		return p.T("返金", "refund")
	case "chargeback":
		return p.T("チャージバック", "chargeback")
	}
	return p.T("売上", "charge")
}

func threeDS(p ui.Page, r string) string {
	switch r {
	case book.Passed:
		return p.T("認証済み", "passed")
	case book.Attempted:
		return p.T("カード会社が不参加", "attempted")
	case book.Failed:
		return p.T("失敗", "failed")
	case book.NotAvailable:
		return p.T("行われていない", "not run")
	}
	return p.T("まだ", "not yet")
}
