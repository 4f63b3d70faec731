package server

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/switches"
)

// SwitchIn is what `noren switch` was told.
type SwitchIn struct {
	Act       string // list, on, off
	Name      string
	Shop, App int64
	Reason    string
	Renewals  string
	For       time.Duration // 0: until it is lifted
}

// byCommand is what the history says of flips by the command line. Whoever has it has the host; to lift a switch still takes
// a second person at the console, or the delay.
const byCommand = "command line"

// Switch does it and says what was done.
func Switch(ctx context.Context, c *config.Config, log *slog.Logger, in SwitchIn) ([]fault.Text, error) {
	h, err := Open(ctx, Options{Config: c, Log: log})
	if err != nil {
		return nil, err
	}
	defer h.Close()
	sc := db.Scope{Actor: actor.Actor{Kind: actor.Operator}.With(), Request: byCommand}
	to := switches.Target{Shop: id.Shop(in.Shop), App: in.App}
	switch in.Act {
	case "on":
		turn := switches.In{Name: switches.Name(in.Name), Target: to, Reason: in.Reason, Renewals: switches.Renewals(in.Renewals), Who: byCommand}
		if in.For > 0 {
			turn.Until = h.Now().Add(in.For)
		}
		if err := h.Switches.TurnOn(ctx, sc, turn); err != nil {
			return nil, err
		}
	case "off":
		lifted, err := h.Switches.TurnOff(ctx, sc, switches.Name(in.Name), to, byCommand, in.Reason)
		if err != nil {
			return nil, err
		}
		if !lifted {
			return []fault.Text{{Ja: "切る申請をしました。運営者が運営コンソールで同意するとすぐに、誰も止めなければ10分後に切れます。",
				En: "Asked to lift it. It lifts as soon as an operator agrees at the console, or in 10 minutes unless one says no."}}, h.Signals.Flush(ctx)
		}
	}
	if err := h.Signals.Flush(ctx); err != nil {
		return nil, err
	}
	return h.listSwitches(), nil
}

// listSwitches says which are on, a line each.
func (h *House) listSwitches() (out []fault.Text) {
	for _, w := range h.Switches.List() {
		i, _ := switches.InfoOf(w.Name)
		of, until := fault.Text{Ja: "サービス全体", En: "the whole service"}, fault.Text{Ja: "切るまで", En: "until it is lifted"}
		if w.Target.Shop != 0 {
			of = fault.Text{Ja: fmt.Sprint("ショップ ", w.Target.Shop), En: fmt.Sprint("shop ", w.Target.Shop)}
		}
		if w.Target.App != 0 {
			of = fault.Text{Ja: fmt.Sprint("アプリ ", w.Target.App), En: fmt.Sprint("app ", w.Target.App)}
		}
		if !w.Until.IsZero() {
			ms := w.Until.UnixMilli()
			until = fault.Text{Ja: i18n.Ja.DateTime(ms) + "まで", En: "until " + i18n.En.DateTime(ms)}
		}
		out = append(out, fault.Text{Ja: fmt.Sprintf("%s\t%s\t%s\t%s\t理由: %s", w.Name, i.Title.Ja, of.Ja, until.Ja, w.Reason),
			En: fmt.Sprintf("%s\t%s\t%s\t%s\treason: %s", w.Name, i.Title.En, of.En, until.En, w.Reason)})
	}
	if len(out) == 0 {
		out = []fault.Text{{Ja: "入っているスイッチはありません。", En: "No switch is on."}}
	}
	return out
}
