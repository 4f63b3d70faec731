package payment_test

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment"
)

func cod() payment.Setting {
	return payment.Setting{Method: payment.COD, Active: true, Brackets: []payment.Bracket{{Below: 10_000, Fee: 330}, {Below: 30_000, Fee: 440}}}
}

func transfer() payment.Setting {
	return payment.Setting{Method: payment.BankTransfer, Active: true, Account: "のれん銀行 普通 1234567", DeadlineDays: 7}
}

func TestBoundsOfBracketsAreExclusive(t *testing.T) {
	t.Parallel()
	for sum, want := range map[int64]int64{0: 330, 9_999: 330, 10_000: 440, 29_999: 440, 30_000: -1, 1 << 40: -1} {
		fee, err := cod().Fee(sum)
		if (want < 0) != fault.Is(err, fault.KindInvalid) || (want >= 0 && fee != want) {
			t.Errorf("%d: %d %v", sum, fee, err)
		}
	}
	if fee, err := transfer().Fee(1 << 40); fee != 0 || err != nil {
		t.Errorf("%d %v", fee, err)
	}
	off := transfer()
	off.Active = false
	if _, err := off.Fee(1); !errors.Is(err, payment.ErrMethod) {
		t.Errorf("%v", err)
	}
}

func TestDeadlineIsTheEndOfADayInJapan(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 15, 30, 0, 0, time.UTC) // the 23rd in Japan
	if got := i18n.Time(transfer().Due(at)).Format(time.DateTime); got != "2026-11-30 23:59:59" {
		t.Error(got)
	}
	if cod().Due(at) != 0 {
		t.Error("money on delivery has a deadline")
	}
}

func TestPaymentMovesAlongItsTableOnly(t *testing.T) {
	t.Parallel()
	ok := map[payment.State]map[payment.Act]payment.State{
		payment.Pending:      {payment.Receive: payment.Paid, payment.Cancel: payment.Void},
		payment.Authorised:   {payment.Cancel: payment.RefundDue},
		payment.Paid:         {payment.Cancel: payment.RefundDue, payment.Unreceive: payment.Pending},
		payment.PartRefunded: {payment.Cancel: payment.RefundDue},
		payment.RefundDue:    {payment.Refund: payment.Refunded, payment.Cancel: payment.RefundDue},
		payment.Refunded:     {payment.Cancel: payment.Refunded},
		payment.Lapsed:       {payment.Cancel: payment.Void},
	}
	for _, s := range append(payment.States(), "x") {
		for _, a := range []payment.Act{payment.Receive, payment.Cancel, payment.Refund, payment.Unreceive, "x"} {
			to, err := s.Next(a)
			want, allowed := ok[s][a]
			if (err == nil) != allowed || (allowed && to != want) {
				t.Errorf("%s, %s: %s %v", s, a, to, err)
			}
		}
	}
}

func TestSettingsNameEachWrongField(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]payment.Setting{
		"method":        {Method: "barter"},
		"capture":       {Method: payment.Card, Active: true},
		"fee":           {Method: payment.Convenience, DeadlineDays: 3, Flat: -1},
		"grace_days":    {Method: payment.Convenience, DeadlineDays: 3, GraceDays: 15},
		"cancel_days":   {Method: payment.BankTransfer, DeadlineDays: 7, CancelDays: 91},
		"remind_days":   {Method: payment.BankTransfer, DeadlineDays: 7, RemindDays: 7},
		"account":       {Method: payment.BankTransfer, Active: true, DeadlineDays: 1},
		"deadline_days": {Method: payment.BankTransfer, DeadlineDays: 91},
		"brackets":      {Method: payment.COD, Active: true},
	} {
		if fs, _ := fault.Of(s.Check()); len(fs) != 1 || fs[0].Field != name {
			t.Errorf("%s: %v", name, s.Check())
		}
	}
	for _, b := range [][]payment.Bracket{{{0, 1}}, {{10, 1}, {10, 2}}, {{10, 1}, {9, 2}}, {{10, -1}}, {{1 << 40, 1}}} {
		s := payment.Setting{Method: payment.COD, Brackets: b}
		if !fault.Is(s.Check(), fault.KindInvalid) {
			t.Errorf("%v passed", b)
		}
	}
	if err := (payment.Setting{Method: payment.BankTransfer, Account: strings.Repeat("あ", 401), DeadlineDays: 1}).Check(); err == nil {
		t.Error("a long account passed")
	}
}

func owner() db.Scope {
	return db.Scope{Shop: 1, Actor: actor.Actor{Kind: actor.Staff, Account: 3, Role: actor.Owner}.With(actor.PlaceOrders)}
}

func TestSettingsReadBackAndTwoOwnersCannotOverwrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := payment.New()
		put := func(in payment.Setting) (out payment.Setting, err error) {
			err = d.Write(t.Context(), owner(), func(tx *db.Tx) (err error) {
				out, err = s.Configure(t.Context(), tx, in)
				return err
			})
			return out, err
		}
		a, err := put(cod())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := put(cod()); !errors.Is(err, payment.ErrChanged) {
			t.Errorf("made twice: %v", err)
		}
		next := a
		next.Brackets = []payment.Bracket{{Below: 5_000, Fee: 300}}
		if next, err = put(next); err != nil {
			t.Fatal(err)
		}
		if _, err := put(a); !errors.Is(err, payment.ErrChanged) {
			t.Errorf("a stale change was saved: %v", err)
		}
		b, err := put(transfer())
		if err != nil {
			t.Fatal(err)
		}
		for shop, want := range map[id.Shop][]payment.Setting{1: {b, next}, 2: nil} {
			scope := owner()
			scope.Shop = shop
			err = d.Read(t.Context(), scope, func(r db.Reader) error {
				got, err := s.Settings(t.Context(), r)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("shop %d: %+v, want %+v", shop, got, want)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func TestHundredReceiveOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := payment.New()
		err := d.Write(t.Context(), owner(), func(tx *db.Tx) error {
			_, err := s.Create(t.Context(), tx, 9, transfer(), 8_901)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 100 {
			wg.Go(func() {
				err := d.Write(t.Context(), owner(), func(tx *db.Tx) error {
					_, err := s.Move(t.Context(), tx, 9, payment.Receive)
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if !errors.Is(err, payment.ErrState) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		err = d.Read(t.Context(), owner(), func(r db.Reader) error {
			p, err := s.Get(t.Context(), r, 9)
			if won != 1 || p.State != payment.Paid || p.Version != 2 || p.Amount != 8_901 || p.PaidAt == 0 || p.Account == "" {
				t.Errorf("%d won, %+v", won, p)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
