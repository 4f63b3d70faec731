package shipping_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/postal"
	"github.com/noren-shop/noren/internal/commerce/shipping"
)

func method() shipping.Method {
	fees := shipping.Flat(800)
	fees[postal.Okinawa-1] = shipping.Fee{}
	return shipping.Method{Carrier: shipping.Yamato, Name: fault.Text{Ja: "宅急便", En: "Parcel"}, Active: true, FreeOver: 10_000,
		LeadDays: 3, WishDays: 5, Fees: fees}
}

func TestFeeFollowsThePrefecture(t *testing.T) {
	t.Parallel()
	off := method()
	off.Active = false
	for _, c := range []struct {
		m          shipping.Method
		prefecture postal.Prefecture
		goods, fee int64
		field      string
	}{
		{method(), postal.Hokkaido, 9_999, 800, ""},
		{method(), postal.Hokkaido, 10_000, 0, ""},
		{method(), postal.Okinawa, 20_000, 0, "shipping"},
		{method(), postal.Overseas, 1, 0, "prefecture"},
		{method(), 0, 1, 0, "prefecture"},
		{method(), -1, 1, 0, "prefecture"},
		{off, 13, 1, 0, "shipping"},
	} {
		fee, err := c.m.Quote(c.prefecture, c.goods)
		fs, _ := fault.Of(err)
		if fee != c.fee || (err != nil) != (c.field != "") || (err != nil && fs[0].Field != c.field) {
			t.Errorf("%d, %d: %d %v", c.prefecture, c.goods, fee, err)
		}
	}
}

func TestWishLiesBehindTheLeadInBusinessDays(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 20, 16, 0, 0, 0, time.UTC) // Saturday 01:00 in Japan
	m := method()
	if got := m.Dispatch(friday).Format(time.DateOnly); got != "2026-11-25" {
		t.Errorf("dispatch on %s", got)
	}
	if got := m.Window(friday); got != (shipping.Window{First: "2026-11-26", Last: "2026-11-30"}) {
		t.Errorf("%+v", got)
	}
	for w, ok := range map[shipping.Wish]bool{
		{}: true, {Day: "2026-11-26", Slot: "0812"}: true, {Day: "2026-11-30"}: true, {Day: "2026-11-25"}: false, {Day: "2026-12-01"}: false,
		{Day: "2026-11-31"}: false, {Day: "tomorrow"}: false, {Slot: "1214"}: false, {Slot: "01"}: false,
	} {
		if err := m.CheckWish(w, friday); (err == nil) != ok {
			t.Errorf("%+v: %v", w, err)
		}
	}
	m.WishDays = 0
	if err := m.CheckWish(shipping.Wish{Day: "2026-11-26"}, friday); err == nil {
		t.Error("a day was wished where none is offered")
	}
}

func TestSlotsAreThoseOfTheDay(t *testing.T) {
	t.Parallel()
	if n := len(shipping.Slots(shipping.Yamato, time.Date(2017, 6, 18, 14, 59, 0, 0, time.UTC))); n != 0 {
		t.Errorf("%d slots before the table begins", n)
	}
	if n := len(shipping.Slots(shipping.Yamato, time.Date(2017, 6, 18, 15, 0, 0, 0, time.UTC))); n != 5 {
		t.Errorf("%d slots on its first day in Japan", n)
	}
	for day, want := range map[string]bool{"2024-03-31": true, "2024-04-01": false, "2026-11-22": false} {
		at, err := time.ParseInLocation(time.DateOnly, day, i18n.Zone())
		if err != nil {
			t.Fatal(err)
		}
		if _, found := shipping.FindSlot(shipping.JapanPost, "57", at); found != want {
			t.Errorf("Japan Post's 20–21 on %s: %v", day, found)
		}
	}
	if n := len(shipping.Slots(shipping.Other, time.Now())); n != 0 {
		t.Errorf("%d slots of nobody", n)
	}
}

func TestSlipNumbersPassTheirCheckDigit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		carrier  shipping.Carrier
		in, want string
	}{
		{shipping.Yamato, "1234-5678-9013", "123456789013"},
		{shipping.Yamato, "１２３４−５６７８−９０１３", "123456789013"},
		{shipping.Sagawa, " 1234 5678 9013 ", "123456789013"},
		{shipping.Sagawa, "d123456789013d", "123456789013"},
		{shipping.JapanPost, "12345678903", "12345678903"},
		{shipping.Other, "AB-123", "AB123"},
		{shipping.Yamato, "123456789014", ""},
		{shipping.Yamato, "12345678903", ""},
		{shipping.Yamato, "", ""},
		{shipping.Yamato, "1234567890133", ""},
		{shipping.Yamato, "<script>", ""},
		{shipping.Other, "<script>", ""},
		{shipping.Other, "", ""},
		{"pigeon", "123456789013", ""},
	} {
		got, err := shipping.ParseSlip("slip", c.carrier, c.in)
		if (err == nil) != (c.want != "") || (err == nil && got != c.want) {
			t.Errorf("%s %q: %q %v", c.carrier, c.in, got, err)
		}
	}
	if shipping.TrackingURL(shipping.Yamato, "1&x=2") != "" || shipping.TrackingURL(shipping.Other, "1") != "" ||
		shipping.TrackingURL(shipping.Sagawa, "123456789013") == "" {
		t.Error("a tracking page for what has none, or none for what has")
	}
}

func FuzzParseSlip(f *testing.F) {
	for _, s := range []string{"1234-5678-9013", "a123456789013b", "１２", "", "d\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range shipping.Carriers() {
			got, err := shipping.ParseSlip("slip", c, s)
			if err != nil {
				continue
			}
			if again, err := shipping.ParseSlip("slip", c, got); err != nil || again != got {
				t.Errorf("%s %q is no normal form: %q %v", c, got, again, err)
			}
		}
	})
}

func owner(shop id.Shop) db.Scope {
	return db.Scope{Shop: shop, Actor: actor.Actor{Kind: actor.Staff, Role: actor.Owner}.With()}
}

func TestMethodReadsBackAndTwoOwnersCannotOverwrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := shipping.New()
		var m, got shipping.Method
		err := d.Write(t.Context(), owner(1), func(tx *db.Tx) (err error) {
			m, err = s.Create(t.Context(), tx, method())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		change := func(f func(*shipping.Method)) error {
			return d.Write(t.Context(), owner(1), func(tx *db.Tx) error {
				c := m
				f(&c)
				_, err := s.Change(t.Context(), tx, c)
				return err
			})
		}
		if err := change(func(m *shipping.Method) { m.Fees[0].Yen, m.FreeOver = 1_200, 0 }); err != nil {
			t.Fatal(err)
		}
		if err := change(func(m *shipping.Method) { m.Fees[0].Yen = 1 }); !errors.Is(err, shipping.ErrChanged) {
			t.Errorf("a stale change was saved: %v", err)
		}
		err = d.Read(t.Context(), owner(1), func(r db.Reader) (err error) {
			got, err = s.Get(t.Context(), r, m.ID)
			return err
		})
		m.Version, m.Fees[0].Yen, m.FreeOver = 2, 1_200, 0
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v\n%+v %v", got, m, err)
		}
		err = change(func(m *shipping.Method) { m.Name.Ja, m.LeadDays, m.Fees[3].Yen, m.Carrier = "", -1, 1<<31, "x" })
		if fs, _ := fault.Of(err); len(fs) != 4 {
			t.Errorf("%v", err)
		}
		err = d.Write(t.Context(), owner(2), func(tx *db.Tx) error { _, err := s.Change(t.Context(), tx, m); return err })
		if !errors.Is(err, shipping.ErrNone) {
			t.Errorf("another shop's method: %v", err)
		}
	})
}
