package bill

import (
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	flow "github.com/noren-shop/noren/internal/flow/billing"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// Alarm says on every page of the admin that something is unpaid, or that the shop is suspended.
func Alarm(f *flow.Flow) func(r *frame.Request, rd db.Reader, s tenant.Shop) (ui.Alarm, error) {
	return func(r *frame.Request, rd db.Reader, s tenant.Shop) (ui.Alarm, error) {
		st, err := f.Standing(r.Context(), rd, s)
		if err != nil {
			return ui.Alarm{}, err
		}
		a := ui.Alarm{Tone: ui.Bad}
		l := r.Lang()
		switch {
		case st.Suspended && st.SuspendedBy == billing.ByHand:
			a.Text = l.Pick("運営者がこのショップの販売を停止しています。理由: ", "The operator has suspended this shop. Reason: ") + st.Reason
		case st.Suspended:
			a.Text = l.Pick("お支払いが確認できないため、販売を停止しています。データはそのまま残っています。お支払いいただくと、すぐに再開します。",
				"This shop has stopped selling because its bill is unpaid. Nothing is deleted; it opens again as soon as you pay.")
		case st.Overdue > 0:
			a.Text = l.Pick("Noren の利用料（"+l.Yen(st.Overdue)+"）のお支払いが遅れています。", "Your bill for Noren ("+l.Yen(st.Overdue)+") is overdue.")
		}
		if a.Text != "" && r.Actor().May(actor.PayBills) {
			a.Link = ui.Link{Href: "/" + id.String(s.ID) + "/billing", Text: l.Pick("プランと請求を開く", "Open plan & bill")}
		}
		return a, nil
	}
}
