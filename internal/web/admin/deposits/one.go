package deposits

import (
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/kana"
	"github.com/noren-shop/noren/internal/commerce/payment/deposit"
	"github.com/noren-shop/noren/internal/flow/bank"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// oneView is one deposit's page.
type oneView struct {
	ui.Admin
	rowView
	all, version, state string
	stateTone           ui.Tone
	open, applied       bool
	away                string
	errors              ui.Errors
	moved               string
	typed               string
	events              []eventView
}

type eventView struct {
	when, act, who string
	orders         []string
}

func (d *Deposits) show(r *frame.Request) (frame.Response, error) {
	v, err := d.oneView(r)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(onePage(v)), nil
}

func (d *Deposits) oneView(r *frame.Request) (oneView, error) {
	n, err := frame.PathID[id.Deposit](r, "deposit")
	if err != nil {
		return oneView{}, err
	}
	it, history, away, err := d.Bank.Item(r.Context(), r.Scope(), n)
	if err != nil {
		return oneView{}, err
	}
	admin, err := d.Admin(r, r.Lang().Pick("入金 ", "Deposit of ")+r.Lang().Yen(it.Amount))
	if err != nil {
		return oneView{}, err
	}
	v := oneView{Admin: admin, all: d.home(r), rowView: d.row(r, admin.Page, it), version: id.String(id.Deposit(it.Version)),
		open: it.State == deposit.Open, applied: it.State == deposit.Applied}
	v.Path = v.href
	v.state, v.stateTone = stateText(admin.Page, it.State)
	if away != nil {
		fs, _ := fault.Of(away)
		v.away = v.Say(fs[0].Text)
	}
	numbers := map[id.Order]string{}
	for _, h := range it.For {
		numbers[h.ID] = h.Number
	}
	for i := len(history) - 1; i >= 0; i-- {
		e := history[i]
		ev := eventView{when: v.Lang.DateTime(e.At), act: e.Act.Label(v.Lang), who: v.T("スタッフ", "Staff")}
		if e.Account == r.Actor().Account {
			ev.who = v.T("あなた", "You")
		}
		for _, o := range e.Orders {
			if numbers[o] != "" {
				ev.orders = append(ev.orders, numbers[o])
			}
		}
		v.events = append(v.events, ev)
	}
	return v, nil
}

// numbers reads one or several order numbers as people type them.
func numbers(typed string) []string {
	var out []string
	for s := range strings.FieldsFuncSeq(kana.Narrow(typed), func(c rune) bool { return c == ' ' || c == ',' || c == '、' || c == '\n' }) {
		s = strings.NewReplacer("ー", "-", "‐", "-", "−", "-", "#", "").Replace(s)
		if len(s) == 12 && strings.Trim(s, "0123456789") == "" {
			s = s[:6] + "-" + s[6:]
		}
		out = append(out, s)
	}
	return out
}

// apply says which orders the deposit is for: those that are proposed, or those whose numbers were typed.
func (d *Deposits) apply(r *frame.Request) (frame.Response, error) {
	return d.act(r, "deposits-confirmed", func(p bank.Pick, f frame.Form) error {
		if f.Get("how") == "number" {
			list := numbers(f.Get("number"))
			if len(list) == 0 || len(list) > 20 {
				return bank.ErrNumber
			}
			for _, s := range list {
				h, err := d.Bank.Number(r.Context(), r.Scope(), s)
				if err != nil {
					return err
				}
				p.Orders = append(p.Orders, h.ID)
			}
		}
		out, err := d.Bank.Confirm(r.Context(), r.Scope(), []bank.Pick{p})
		if err != nil {
			return err
		}
		return out[0].Err
	})
}

func (d *Deposits) ignore(r *frame.Request) (frame.Response, error) {
	return d.act(r, "deposit-aside", func(p bank.Pick, _ frame.Form) error {
		return d.Bank.Ignore(r.Context(), r.Scope(), p.Deposit, p.Version)
	})
}

func (d *Deposits) undo(r *frame.Request) (frame.Response, error) {
	return d.act(r, "deposit-undone", func(p bank.Pick, _ frame.Form) error {
		return d.Bank.Undo(r.Context(), r.Scope(), p.Deposit, p.Version)
	})
}

// act takes a step and leads back; what went wrong stands on the page, with what was typed.
func (d *Deposits) act(r *frame.Request, said string, do func(bank.Pick, frame.Form) error) (frame.Response, error) {
	n, err := frame.PathID[id.Deposit](r, "deposit")
	if err != nil {
		return frame.Response{}, err
	}
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	version, err := f.Int("version", 1, 1<<53)
	if err != nil {
		return frame.Response{}, err
	}
	err = do(bank.Pick{Deposit: n, Version: version}, f)
	if err == nil {
		r.SetFlash(said)
		return frame.Redirect(d.home(r) + "/" + id.String(n)), nil
	}
	if !fault.Is(err, fault.KindInvalid) && !fault.Is(err, fault.KindConflict) {
		return frame.Response{}, err
	}
	v, failed := d.oneView(r)
	if failed != nil {
		return frame.Response{}, failed
	}
	v.typed = f.Get("number")
	if fs, _ := fault.Of(err); fault.Is(err, fault.KindConflict) {
		v.moved = v.Say(fs[0].Text)
	} else {
		v.errors = ui.ErrorsOf(r.Lang(), err)
	}
	return frame.Page(onePage(v)).Status(frame.StatusOf(err)), nil
}
