package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/server"
)

// tell says where to look and how to log in.
func (d *demo) tell(r server.Ready, m made, took time.Duration) error {
	if d.JSON {
		return json.NewEncoder(d.Out).Encode(r)
	}
	l := d.Lang
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("")
	line("  %s", l.Pick("暖簾 Noren — 準備ができました", "Noren is ready")+fmt.Sprintf(" (%.1f s)", took.Seconds()))
	line("")
	line("  %s", l.Pick("お店", "Shops"))
	for _, s := range r.Storefronts[:min(len(r.Storefronts), 5)] {
		line("    %-34s %s", s.Host, s.Name)
	}
	if n := len(r.Storefronts); n > 5 {
		line("    %s", l.Pick(fmt.Sprintf("ほか %d 店", n-5), fmt.Sprintf("and %d more", n-5)))
	}
	line("")
	line("  %-16s %s", l.Pick("管理画面", "Admin"), r.Admin.Host)
	for _, who := range m.logins {
		line("    %-10s %s / %s", l.Pick(who.ja, who.en), who.login, who.password)
	}
	line("  %-16s %s", l.Pick("運営コンソール", "Operator"), r.Ops.Host)
	line("    %s / %s", m.operator.login, m.operator.password)
	line("  %-16s %s", l.Pick("届いたメール", "Mail"), r.Mail.URL)
	line("  %-16s %s", l.Pick("決済（模擬）", "Payments"), r.Payments.URL)
	line("    %s", l.Pick("テストカード 4242 4242 4242 4242（本人認証あり: 4000 0000 0000 3220、コード 1234）",
		"test card 4242 4242 4242 4242 (with a challenge: 4000 0000 0000 3220, code 1234)"))
	line("")
	line("  %s", l.Pick("Ctrl+C で終わります。", "Ctrl+C ends it.")+d.kept())
	_, err := fmt.Fprintln(d.Out, b.String())
	return err
}

func (d *demo) kept() string {
	if d.Dir == "" {
		return d.Lang.Pick("データは残りません。", " Nothing is kept.")
	}
	return d.Lang.Pick("データは "+d.dir+" に残ります。", " The data stay in "+d.dir+".")
}

type login struct{ ja, en, login, password string }

// made is what seeding has made.
type made struct {
	shops    []int64
	logins   []login
	operator login
	handle   string // of the first shop
}

func (m made) into(r *server.Ready) {
	// The shops stand in the order of their log-ins, the first of which is the admin's.
	slices.SortStableFunc(r.Storefronts, func(a, b server.ReadyShop) int { return m.place(a.ShopID) - m.place(b.ShopID) })
	if len(m.logins) > 0 {
		r.Admin.Login, r.Admin.Password = m.logins[0].login, m.logins[0].password
	}
	r.Ops.Login, r.Ops.Password = m.operator.login, m.operator.password
}

// place is where a shop stands; those that were not sown come last.
func (m made) place(shop int64) int {
	if i := slices.Index(m.shops, shop); i >= 0 {
		return i
	}
	return len(m.shops)
}
