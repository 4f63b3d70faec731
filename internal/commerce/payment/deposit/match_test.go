package deposit_test

import (
	"reflect"
	"testing"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment/deposit"
)

func TestNamesAreComparedAsBanksWriteThem(t *testing.T) {
	t.Parallel()
	for typed, bank := range map[string]string{
		"ヤマダ ハナコ": "ﾔﾏﾀﾞﾊﾅｺ", "ジュンイチロウ キョウ": "ｼﾞﾕﾝｲﾁﾛｳ ｷﾖｳ", "サトー": "ｻﾄ-", "株式会社": "株式会社", "カブシキガイシャノレン": "ｶ)ﾉﾚﾝ", "ミヅキ": "ミズキ",
		"すずき": "ｽｽﾞｷ", "ヲサム": "ｵｻﾑ",
	} {
		if a, b := deposit.Key(typed), deposit.Key(bank); a != b || a == "" {
			t.Errorf("%s is %s, %s is %s", typed, a, bank, b)
		}
	}
	if deposit.Key("ﾔﾏﾀﾞ") == deposit.Key("ヤマタ") {
		t.Error("a voiced mark makes no difference")
	}
}

func waiting() []deposit.Waiting {
	return []deposit.Waiting{
		{Order: 1, Number: "261120-100001", Total: 3300, Reading: "ヤマダ ハナコ"},
		{Order: 2, Number: "261120-100002", Total: 3300, Reading: "サトウ ジュン"},
		{Order: 3, Number: "261121-100003", Total: 5000, Reading: "スズキ イチロウ"},
		{Order: 4, Number: "261121-100004", Total: 7000, Reading: "スズキ イチロウ"},
		{Order: 5, Number: "261122-100005", Total: 9000, Reading: "タカハシ ユウ"},
		{Order: 6, Number: "261122-100006", Total: 4400, Reading: "タナカ ミカ"},
		{Order: 7, Number: "261122-100007", Total: 4400, Reading: "タナカ ミカ"},
		{Order: 8, Number: "261122-100008", Total: 8800, Reading: ""},
	}
}

func TestDepositsFindTheirOrders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		amount  int64
		payer   string
		verdict deposit.Verdict
		orders  []id.Order
	}{
		"sum and name":              {3300, "ﾔﾏﾀﾞﾊﾅｺ", deposit.Sure, []id.Order{1}},
		"small kana":                {3300, "ｻﾄｳ ｼﾞﾕﾝ", deposit.Sure, []id.Order{2}},
		"sum and number":            {8800, "261122-100008 ﾀﾞﾚｶ", deposit.Sure, []id.Order{8}},
		"number without a hyphen":   {8800, "261122100008ﾀﾞﾚｶ", deposit.Sure, []id.Order{8}},
		"the number's end":          {8800, "100008 ﾀﾞﾚｶ", deposit.Likely, []id.Order{8}},
		"part of the name":          {9000, "ﾀｶﾊｼ", deposit.Likely, []id.Order{5}},
		"only the sum":              {9000, "ｺﾊﾞﾔｼ", deposit.Likely, []id.Order{5}},
		"the sum of many":           {3300, "ｺﾊﾞﾔｼ", deposit.None, nil},
		"two of one name and sum":   {4400, "ﾀﾅｶ ﾐｶ", deposit.Likely, []id.Order{6}},
		"both of one name":          {8800 - 1, "ﾀﾅｶ ﾐｶ", deposit.None, nil},
		"several orders":            {12000, "ｽｽﾞｷ ｲﾁﾛｳ", deposit.Several, []id.Order{3, 4}},
		"too little":                {8670, "ﾀｶﾊｼ ﾕｳ", deposit.Under, []id.Order{5}},
		"too much":                  {10000, "ﾀｶﾊｼ ﾕｳ", deposit.Over, []id.Order{5}},
		"another sum with a number": {8000, "261122100008", deposit.Under, []id.Order{8}},
		"nobody":                    {123, "ｺﾊﾞﾔｼ", deposit.None, nil},
		"no name":                   {123, "", deposit.None, nil},
	} {
		got := deposit.Match([]deposit.Money{{Amount: c.amount, Payer: c.payer}}, waiting())[0]
		if got.Verdict != c.verdict || !reflect.DeepEqual(got.Orders, c.orders) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAnOrderIsFoundForOneDeposit(t *testing.T) {
	t.Parallel()
	got := deposit.Match([]deposit.Money{{4400, "ﾀﾅｶ ﾐｶ"}, {4400, "ﾀﾅｶ ﾐｶ"}, {4400, "ﾀﾅｶ ﾐｶ"}, {3300, "ﾔﾏﾀﾞﾊﾅｺ"}, {3300, "ﾔﾏﾀﾞﾊﾅｺ"}}, waiting())
	seen := map[id.Order]int{}
	for _, f := range got {
		for _, o := range f.Orders {
			seen[o]++
		}
	}
	if got[0].Orders[0] != 6 || got[1].Orders[0] != 7 || got[2].Verdict != deposit.None {
		t.Errorf("%+v", got)
	}
	for o, n := range seen {
		if n > 1 {
			t.Errorf("order %d was found %d times", o, n)
		}
	}
}
