package ops

import (
	"fmt"
	"strconv"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/flow/operate"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
	"github.com/noren-shop/noren/internal/web/ui/chart"

	"github.com/a-h/templ"
)

func (d *Door) shops(r *frame.Request, p ui.Page, shops []operate.Shop) ui.Table {
	t := ui.Table{Caption: p.T("ショップ", "Shops"), Columns: []ui.Column{{Head: p.T("ショップ", "Shop"), Kind: ui.AsLead}, {Head: p.T("状態", "State")},
		{Head: p.T("30日の注文", "Orders, 30 days"), Kind: ui.AsNumber}, {Head: p.T("30日の売上", "Sales, 30 days"), Kind: ui.AsNumber},
		{Head: p.T("作成日", "Made")}}}
	for _, s := range shops {
		t.Rows = append(t.Rows, []templ.Component{ui.Anchor(d.Places.Shop(s.ID, s.Handle, r.Host()), s.Name), ui.BadgeOf(tone(s.State), p.Say(s.State.Label())),
			ui.Words(strconv.FormatInt(s.Orders, 10)), ui.Money(p, s.Sales), ui.Words(p.Lang.Date(s.Made))})
	}
	return t
}

func tone(s tenant.State) ui.Tone {
	switch s {
	case tenant.Open:
		return ui.Good
	case tenant.Paused:
		return ui.Warn
	case tenant.Suspended:
		return ui.Bad
	}
	return ui.Plain
}

func figures(p ui.Page, o operate.Overview) []ui.Figure {
	open := 0
	for _, s := range o.Shops {
		if s.State == tenant.Open {
			open++
		}
	}
	return []ui.Figure{
		{Name: p.T("営業中のショップ", "Open shops"), Value: strconv.Itoa(open), Beside: p.T("全 ", "of ") + strconv.Itoa(len(o.Shops))},
		{Name: p.T("30日の注文", "Orders, 30 days"), Value: strconv.FormatInt(o.Orders, 10)},
		{Name: p.T("30日の流通額", "Sales, 30 days"), Value: p.Lang.Yen(o.Sales)},
		{Name: p.T("待っている仕事", "Work waiting"), Value: strconv.FormatInt(o.Jobs+o.Facts, 10)},
	}
}

func sales(p ui.Page, o operate.Overview) chart.Chart {
	c := chart.Chart{Lang: p.Lang, Title: p.T("全ショップの売上(30日)", "Sales of all shops, 30 days"), Unit: p.T("円", "¥")}
	for _, d := range o.Days {
		c.Points = append(c.Points, chart.Point{Label: d.Day.Format(p.T("1/2", "2 Jan")), Value: d.Sales})
	}
	return c
}

func failing(p ui.Page, f operate.Failing) string {
	return p.T(fmt.Sprintf("%s（ショップ %s、%d回失敗）: %s", f.Kind, id.String(f.Shop), f.Tries, f.Error),
		fmt.Sprintf("%s (shop %s, failed %d times): %s", f.Kind, id.String(f.Shop), f.Tries, f.Error))
}
