package cardlist_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/csv"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/commerce/payment/cardlist"
)

func at(day int) time.Time { return time.Date(2026, 3, day, 12, 0, 0, 0, i18n.Zone()) }

func uses() []cardlist.Use {
	return []cardlist.Use{
		{Shop: 1, Provider: "stripe", Token: "pm_b", Brand: "visa", Last4: "4242", Expires: "2027-04", At: at(9)},
		{Shop: 2, Provider: "stripe", Token: "pm_b", Brand: "Visa", Last4: "4242", At: at(3)},
		{Shop: 1, Provider: "stripe", Token: "pm_a", Brand: "visa", Last4: "0000", At: at(5)},
		{Shop: 1, Provider: "simulator", Token: "pm_a", Brand: "JCB", Last4: "0505", At: at(5)},
		{Shop: 1, Provider: "simulator", Token: "=cmd()", At: at(6)},
	}
}

func TestOneLineForEachCardByBrand(t *testing.T) {
	t.Parallel()
	groups, err := cardlist.List(uses())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range groups {
		names = append(names, g.Brand)
	}
	if strings.Join(names, ",") != ",JCB,Visa" || cardlist.Count(groups) != 4 {
		t.Fatalf("groups %v, %d cards", names, cardlist.Count(groups))
	}
	b := groups[2].Lines[0]
	if b.Token != "pm_b" || b.Uses != 2 || b.Shops != 2 || !b.First.Equal(at(3)) || !b.Last.Equal(at(9)) || b.Expires != "2027-04" {
		t.Errorf("%+v", b)
	}
}

func TestTheFileIsSafeToOpen(t *testing.T) {
	t.Parallel()
	groups, err := cardlist.List(uses())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := cardlist.Write(&out, i18n.Ja, csv.UTF8, groups); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.Read(&out, csv.Limits{})
	if err != nil || len(rows) != 5 || rows[0][2] != "決済会社のトークン" || rows[3][3] != "4242" || rows[3][5] != "2026-03-03 12:00:00" {
		t.Fatalf("%q, %v", rows, err)
	}
	if rows[1][0] != "不明" || strings.HasPrefix(rows[1][2], "=") {
		t.Errorf("a formula was left: %q", rows[1])
	}
	if rows[4][3] != "0000" {
		t.Errorf("leading zeros were lost: %q", rows[4])
	}
}

func TestWhatCouldBeACardNumberIsRefused(t *testing.T) {
	t.Parallel()
	number := strings.Repeat("4242", 4)
	for name, u := range map[string]cardlist.Use{
		"a number as token":  {Provider: "p", Token: number},
		"with spaces":        {Provider: "p", Token: number[:8] + " " + number[8:]},
		"six last digits":    {Provider: "p", Token: "t", Last4: number[:6]},
		"letters for digits": {Provider: "p", Token: "t", Last4: "4b42"},
		"no token":           {Provider: "p"},
		"no provider to ask": {Token: "t"},
	} {
		if _, err := cardlist.List([]cardlist.Use{u}); err == nil || strings.Contains(err.Error(), number) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
