package money

import (
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
	flow "github.com/noren-shop/noren/internal/flow/billing"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"
)

// railView is the page of the operator's own accounts at providers: what owners' cards are charged with.
type railView struct {
	ui.Ops
	rails  []rail
	errors ui.Errors
	tried  string // what came of a test
	tone   ui.Tone
}

// rail is one provider's form.
type rail struct {
	name, title, public string
	version             int64
	set, active, test   bool
}

func (m *Money) railView(r *frame.Request, wrong error) (railView, error) {
	list, err := m.Billing.ProviderAccounts(r.Context(), r.Scope())
	if err != nil {
		return railView{}, err
	}
	p, err := m.Page(r, r.Lang().Pick("カードの決済会社", "Card provider"))
	v := railView{Ops: p, errors: ui.ErrorsOf(r.Lang(), wrong)}
	for _, a := range list {
		f := rail{name: a.Name, title: "Stripe", public: a.Public, version: a.Version, set: a.Set, active: a.Active || !a.Set,
			test: a.Simulated || strings.HasPrefix(a.Public, "pk_test_")}
		if a.Simulated {
			f.title = p.T("決済シミュレーター（お試し用）", "Payment simulator (to try out)")
		}
		if !a.Simulated || m.Sim || a.Set {
			v.rails = append(v.rails, f)
		}
	}
	return v, err
}

func (m *Money) showProvider(r *frame.Request) (frame.Response, error) {
	v, err := m.railView(r, nil)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(providerPage(v)), nil
}

// offered refuses simulated money where the service takes none.
func (m *Money) offered(name string) error {
	if name == "simulator" && !m.Sim {
		return fault.Invalid("name", fault.Text{Ja: "この決済会社は選べません。", En: "This provider cannot be chosen."})
	}
	return nil
}

// saveProvider stores an account. Its key is typed once and sealed; the page never shows it again.
func (m *Money) saveProvider(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	version, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil {
		return frame.Response{}, frame.Malformed()
	}
	in := flow.AccountIn{Name: f.Get("name"), Active: f.Has("active"), Public: f.Get("public"), Version: version,
		Key: secret.NewText(strings.TrimSpace(f.Secret("key").Reveal()))}
	if err = m.offered(in.Name); err == nil {
		err = m.Billing.PutProviderAccount(r.Context(), r.Scope(), in)
	}
	if err == nil {
		return frame.Redirect("/billing/provider"), nil
	}
	v, failed := m.railView(r, err)
	if failed != nil {
		return frame.Response{}, failed
	}
	return again(err, providerPage(v))
}

// testProvider calls the provider in use.
func (m *Money) testProvider(r *frame.Request) (frame.Response, error) {
	v, err := m.railView(r, nil)
	if err != nil {
		return frame.Response{}, err
	}
	v.tone, v.tried = ui.Good, v.T("接続できました。キーは正しく登録されています。", "Connected: the key works.")
	if err := m.Billing.TryProvider(r.Context(), r.Scope()); err != nil {
		v.tone, v.tried = ui.Bad, v.T("接続できませんでした。キーが正しいか、決済会社の状況をお確かめください。", "Not connected. Please check the key, and the provider's status.")
		if fs, ok := fault.Of(err); ok {
			v.tried = v.Say(fs[0].Text)
		}
	}
	return frame.Page(providerPage(v)), nil
}
