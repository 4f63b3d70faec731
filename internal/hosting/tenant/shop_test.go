package tenant

import (
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/fault"
)

func TestHandlesAreFoldedAndBounded(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{" Tea-House ": "tea-house", "a1b": "a1b", strings.Repeat("x", 32): strings.Repeat("x", 32)} {
		if got, err := Handle(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, bad := range []string{"", "ab", "-tea", "tea-", "te--a", "tea_house", "茶", "admin", "www", strings.Repeat("x", 33), "tea.shop", "xn--a"} {
		if _, err := Handle(bad); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestStatesFollowTheirTable(t *testing.T) {
	t.Parallel()
	for from, want := range map[State][]State{Preparing: {Open, Closed}, Open: {Paused, Closed}, Paused: {Open, Paused, Closed}, "": nil} {
		if got := from.next(); len(got) != len(want) {
			t.Errorf("%q: %v, want %v", from, got, want)
		}
	}
}

func TestMissingNamesWhatTheLawAsks(t *testing.T) {
	t.Parallel()
	if got := (Shop{}).Missing(); len(got) != 4 {
		t.Errorf("an empty shop misses %d things", len(got))
	}
	if got := (Shop{LegalDone: true, Delivery: "x", PaymentTime: "x", Returns: "x"}).Missing(); len(got) != 0 {
		t.Errorf("a complete shop misses %v", got)
	}
}

func TestSettingsNameEveryWrongField(t *testing.T) {
	t.Parallel()
	in := Settings{Name: " ", Tagline: strings.Repeat("長", 121), Theme: "neon", Rounding: "sideways"}
	fs, _ := fault.Of(in.Validate())
	got := ""
	for _, f := range fs {
		got += f.Field + " "
	}
	if got != "name tagline theme rounding " {
		t.Errorf("named %q", got)
	}
}

func TestParticularsAreNormalised(t *testing.T) {
	t.Parallel()
	l := Legal{Seller: "ノレン商店", Representative: "暖簾　花子", Postcode: "１００-０００１", Address: "東京都千代田区ﾁﾖﾀﾞ1-1", Phone: "０３-1234-5678", Email: "a@example.jp"}
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	if l.Postcode != "1000001" || l.Phone != "0312345678" || !strings.Contains(l.Address, "チヨダ") {
		t.Errorf("%+v", l)
	}
}
