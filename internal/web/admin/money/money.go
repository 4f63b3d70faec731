// Package money is the shop's payments at a glance: what waits, what the provider paid out day by day, and what of that does not
// agree with the orders.
//
// It guarantees that every row of the provider's which is no charge of ours, or of another sum, is shown with its reason. It
// shows sums and order numbers, nobody's data. It refuses to change anything: an order's page does.
package money

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment/charge"
	"github.com/noren-shop/noren/internal/commerce/payment/deposit"
	"github.com/noren-shop/noren/internal/commerce/payment/settlement"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
	"github.com/noren-shop/noren/internal/web/ui/chart"
)

// Money is the room.
type Money struct {
	*desk.Desk
	Orders   *order.Service
	Deposits *deposit.Service
	Charges  *charge.Service
	Settled  *settlement.Service
}

// Routes of the room.
func (m *Money) Routes() []frame.Route {
	return []frame.Route{{Method: "GET", Pattern: "/{shop}/payments", Right: actor.ViewOrders, Handler: m.show}}
}

const (
	most = 1000
	days = 30
	list = 50
)

// view is the page.
type view struct {
	ui.Admin
	figures []ui.Figure
	chart   templ.Component
	wrong   []wrongRow
	missing []wrongRow
	owed    []wrongRow
	runs    []runRow
	bank    bool
}

type wrongRow struct{ href, text, sum, why string }

type runRow struct{ day, rows, sum, fees string }

func count(n int64) string {
	if n == most {
		return strconv.Itoa(most-1) + "+"
	}
	return strconv.FormatInt(n, 10)
}

func (m *Money) show(r *frame.Request) (frame.Response, error) {
	admin, err := m.Admin(r, r.Lang().Pick("入金・決済", "Payments"))
	if err != nil {
		return frame.Response{}, err
	}
	v := view{Admin: admin, bank: r.Actor().May(actor.EditOrders)}
	err = r.Read(func(rd db.Reader) error {
		if err := m.waits(r, rd, &v); err != nil {
			return err
		}
		return m.settled(r, rd, &v)
	})
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(moneyPage(v)), nil
}

// waits counts what somebody or something waits for.
func (m *Money) waits(r *frame.Request, rd db.Reader, v *view) error {
	toPay, err := m.Orders.Count(r.Context(), rd, order.Filter{Queue: order.ToPay}, most)
	if err != nil {
		return err
	}
	open, err := m.Deposits.Count(r.Context(), rd, deposit.Open, most)
	if err != nil {
		return err
	}
	owing, err := m.Charges.Owing(r.Context(), rd, list)
	if err != nil {
		return err
	}
	for _, f := range owing {
		v.owed = append(v.owed, wrongRow{href: m.URL(r, "/orders/"+id.String(f.Order)), text: v.T("注文を見る", "See the order"), sum: v.Lang.Yen(f.Amount),
			why: v.Say(f.Why.Label())})
	}
	v.figures = []ui.Figure{{Name: v.T("入金待ちの注文", "Orders to be paid"), Value: count(toPay)},
		{Name: v.T("確認を待つ銀行振込", "Deposits to confirm"), Value: count(open)},
		{Name: v.T("ショップからの返金が必要", "Refunds to be made by you"), Value: count(int64(len(owing)))}}
	return nil
}

// settled shows what the provider paid out, and what of it does not agree.
func (m *Money) settled(r *frame.Request, rd db.Reader, v *view) error {
	runs, err := m.Settled.Runs(r.Context(), rd, days)
	if err != nil {
		return err
	}
	var points []chart.Point
	for i := len(runs) - 1; i >= 0; i-- {
		points = append(points, chart.Point{Label: runs[i].Day[5:], Value: runs[i].Amount})
	}
	for _, run := range runs {
		v.runs = append(v.runs, runRow{run.Day, strconv.FormatInt(run.Rows, 10), v.Lang.Yen(run.Amount), v.Lang.Yen(run.Fees)})
		if run.Wrong == 0 || len(v.wrong) >= list {
			continue
		}
		rows, err := m.Settled.Day(r.Context(), rd, run.Provider, run.Day)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Verdict == settlement.Matched {
				continue
			}
			w := wrongRow{text: run.Day, sum: v.Lang.Yen(row.Amount), why: explain(v.Page, row)}
			if row.Order != 0 {
				w.href = m.URL(r, "/orders/"+id.String(row.Order))
			}
			v.wrong = append(v.wrong, w)
		}
	}
	if len(points) > 0 {
		v.chart = chart.Bars(chart.Chart{Lang: v.Lang, Title: v.T("日ごとの入金額", "Paid out, day by day"), Unit: v.T("円", "yen"), Points: points})
	}
	missing, err := m.Settled.Missing(r.Context(), rd, rd.Now().AddDate(0, 0, -14).UnixMilli(), list)
	if err != nil {
		return err
	}
	for _, c := range missing {
		v.missing = append(v.missing, wrongRow{href: m.URL(r, "/orders/"+id.String(c.Order)), text: v.Lang.Date(c.Secured), sum: v.Lang.Yen(c.Captured),
			why: v.T("14日以上前に確定した売上ですが、入金の明細にまだありません。", "Taken over 14 days ago, and not among what was paid out.")})
	}
	return nil
}

// explain says why a row does not agree, and what to do.
func explain(p ui.Page, row settlement.Row) string {
	switch row.Verdict {
	case settlement.Unknown:
		return p.T("このショップの注文にない取引です。決済会社の画面で直接行った取引でないか、お確かめください。",
			"No charge of this shop's. Was it made in the provider's own console?")
	case settlement.Differs:
		return p.T("金額が注文と合いません（注文では "+p.Lang.Yen(row.Expected)+"）。", "Another sum than the order's ("+p.Lang.Yen(row.Expected)+").")
	case settlement.Other:
		return p.T("チャージバックまたは調整です。決済会社からの連絡を確かめてください。", "A chargeback or a correction: look at the provider's message.")
	}
	return row.Verdict.Label(p.Lang)
}
