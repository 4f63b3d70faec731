package bank_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/bankfile"
	"github.com/noren-shop/noren/internal/commerce/payment/deposit"
	"github.com/noren-shop/noren/internal/flow/bank"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/security/vault"
)

func flow(k *flowtest.Kit) *bank.Flow {
	return bank.New(bank.Config{Store: k.DB, Deposits: deposit.New(k.Vault.Client), Orders: k.Orders, Payment: k.Payment,
		Paid: func(ctx context.Context, tx *db.Tx, o id.Order, version int64) error {
			_, err := k.Fulfil.MarkPaid(ctx, tx, fulfil.Ref{Order: o, Version: version})
			return err
		},
		Unpaid: func(ctx context.Context, tx *db.Tx, o id.Order, version int64) error {
			_, err := k.Fulfil.Unpay(ctx, tx, fulfil.Ref{Order: o, Version: version})
			return err
		}})
}

// buy places an order by bank transfer.
func buy(t *testing.T, k *flowtest.Kit, furigana string, tea int64) order.Order {
	t.Helper()
	f := k.Form()
	f.Payment, f.Furigana = string(payment.BankTransfer), furigana
	return k.Get(t, k.Order(t, f, cart.Line{Variant: k.Tea, Quantity: tea}).Order)
}

type row struct {
	sum   int64
	payer string
}

func file(rows ...row) string {
	var b strings.Builder
	b.WriteString("日付,入金,摘要\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "2026/11/22,%d,%s\n", r.sum, r.payer)
	}
	return b.String()
}

func imported(t *testing.T, k *flowtest.Kit, f *bank.Flow, text string) bank.Result {
	t.Helper()
	res, err := f.Import(t.Context(), k.Staff(), strings.NewReader(text), bankfile.Columns{})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func open(t *testing.T, k *flowtest.Kit, f *bank.Flow) map[string]bank.Item {
	t.Helper()
	items, _, away, err := f.Items(t.Context(), k.Staff(), deposit.Filter{States: []deposit.State{deposit.Open}})
	if err != nil || away != nil {
		t.Fatal(err, away)
	}
	out := map[string]bank.Item{}
	for _, it := range items {
		out[it.Payer] = it
	}
	return out
}

func TestDepositsPayTheirOrdersAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := flow(k)
		a, b := buy(t, k, "ヤマダ ハナコ", 1), buy(t, k, "サトウ ジュン", 2)
		res := imported(t, k, f, file(row{a.Total, "ﾌﾘｺﾐ ﾔﾏﾀﾞﾊﾅｺ"}, row{b.Total - 330, "ｻﾄｳ ｼﾞﾕﾝ"}, row{77, "ﾘｿｸ"}))
		if res.File.Fresh != 3 || res.Counts[deposit.Sure] != 1 || res.Counts[deposit.Under] != 1 || res.Counts[deposit.None] != 1 {
			t.Fatalf("%+v", res)
		}
		items := open(t, k, f)
		sure, under, none := items["ヤマダハナコ"], items["サトウ ジユン"], items["リソク"]
		if sure.Verdict != deposit.Sure || sure.For[0].ID != a.ID || under.For[0].ID != b.ID || len(none.For) != 0 {
			t.Fatalf("%+v", items)
		}
		picks := []bank.Pick{{Deposit: sure.ID, Version: sure.Version}, {Deposit: under.ID, Version: under.Version}, {Deposit: none.ID, Version: none.Version}}
		out, err := f.Confirm(t.Context(), k.Staff(), picks)
		if err != nil || out[0].Err != nil || out[1].Err != nil || !errors.Is(out[2].Err, bank.ErrNoOrder) {
			t.Fatal(out, err)
		}
		if k.Get(t, a.ID).Status != order.Paid || k.Get(t, b.ID).Status != order.Paid {
			t.Error("not paid")
		}
		if out, err = f.Confirm(t.Context(), k.Staff(), picks[:1]); err != nil || !errors.Is(out[0].Err, deposit.ErrChanged) {
			t.Errorf("applied twice: %v %v", out, err)
		}
		if err := f.Undo(t.Context(), k.Staff(), sure.ID, sure.Version+1); err != nil {
			t.Fatal(err)
		}
		if k.Get(t, a.ID).Status != order.Placed {
			t.Error("the order does not wait again")
		}
		if err := f.Ignore(t.Context(), k.Staff(), none.ID, none.Version); err != nil {
			t.Fatal(err)
		}
		again := open(t, k, f)
		if len(again) != 1 || again["ヤマダハナコ"].For[0].ID != a.ID {
			t.Errorf("%+v", again)
		}
		_, history, _, err := f.Item(t.Context(), k.Staff(), sure.ID)
		if err != nil || len(history) != 3 || history[2].Act != deposit.Undo || history[1].Orders[0] != a.ID {
			t.Errorf("%+v %v", history, err)
		}
	})
}

func TestTheSameFileAddsNothing(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := flow(k)
		one := []row{{1000, "ｱｵｷ"}, {1000, "ｲﾄｳ"}, {2000, "ｱｵｷ"}}
		if res := imported(t, k, f, file(one...)); res.File.Fresh != 3 {
			t.Fatalf("%+v", res)
		}
		if res := imported(t, k, f, file(one...)); res.File.Fresh != 0 || res.Known != 3 {
			t.Errorf("%+v", res)
		}
		// A later file of the same day, newest first: the payers tell which of the equal rows are new.
		res := imported(t, k, f, file(row{1000, "ｱｵｷ"}, row{1000, "ｳｴﾀﾞ"}, row{2000, "ｱｵｷ"}, row{1000, "ｲﾄｳ"}, row{1000, "ｱｵｷ"}))
		if res.File.Fresh != 2 || res.Known != 3 {
			t.Errorf("%+v", res)
		}
		names := map[string]int{}
		items, _, _, err := f.Items(t.Context(), k.Staff(), deposit.Filter{})
		for _, it := range items {
			names[it.Payer]++
		}
		if err != nil || len(items) != 5 || names["アオキ"] != 3 || names["ウエダ"] != 1 {
			t.Errorf("%v %v", names, err)
		}
	})
}

func TestManyImportOnce(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := flow(k)
		text := file(row{1000, "ｱｵｷ"}, row{1000, "ｱｵｷ"}, row{3000, "ｲﾄｳ"})
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				_, err := f.Import(t.Context(), k.Staff(), strings.NewReader(text), bankfile.Columns{})
				if err != nil && !fault.Is(err, fault.KindConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		items, _, _, err := f.Items(t.Context(), k.Staff(), deposit.Filter{})
		if err != nil || len(items) != 3 {
			t.Errorf("%d deposits, %v", len(items), err)
		}
	})
}

func TestWhatLeftTheHouseCannotBeTakenBack(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := flow(k)
		a := buy(t, k, "ヤマダ ハナコ", 1)
		imported(t, k, f, file(row{a.Total, "ﾔﾏﾀﾞﾊﾅｺ"}))
		it := open(t, k, f)["ヤマダハナコ"]
		if _, err := f.Confirm(t.Context(), k.Staff(), []bank.Pick{{Deposit: it.ID, Version: it.Version}}); err != nil {
			t.Fatal(err)
		}
		err := k.DB.Write(t.Context(), k.Staff(), func(tx *db.Tx) error {
			_, err := k.Fulfil.Ship(t.Context(), tx, fulfil.Ref{Order: a.ID, Version: 2}, fulfil.Slip{Number: "1234-5678-9013"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Undo(t.Context(), k.Staff(), it.ID, it.Version+1); !errors.Is(err, bank.ErrShipped) {
			t.Errorf("%v", err)
		}
		got, _, _, err := f.Item(t.Context(), k.Staff(), it.ID)
		if err != nil || got.State != deposit.Applied || k.Get(t, a.ID).Status != order.Shipped {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestOrdersPaidAnotherWayAndPaidOnesAreRefused(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := flow(k)
		cod := k.Get(t, k.Order(t, k.Form(), cart.Line{Variant: k.Tea, Quantity: 1}).Order)
		paid := buy(t, k, "ヤマダ ハナコ", 1)
		imported(t, k, f, file(row{1, "ｱ"}, row{2, "ｲ"}, row{paid.Total, "ﾔﾏﾀﾞﾊﾅｺ"}))
		items := open(t, k, f)
		pick := func(name string, o ...id.Order) bank.Pick {
			return bank.Pick{Deposit: items[name].ID, Version: items[name].Version, Orders: o}
		}
		out, err := f.Confirm(t.Context(), k.Staff(), []bank.Pick{pick("ア", cod.ID), pick("ヤマダハナコ"), pick("イ", paid.ID)})
		if err != nil || !errors.Is(out[0].Err, bank.ErrNotTransfer) || out[1].Err != nil || !errors.Is(out[2].Err, bank.ErrPaid) {
			t.Errorf("%v %v", out, err)
		}
		if h, err := f.Number(t.Context(), k.Staff(), paid.Number); err != nil || h.ID != paid.ID {
			t.Errorf("%v %v", h, err)
		}
		if _, err := f.Number(t.Context(), k.Staff(), "000000-000000"); !errors.Is(err, bank.ErrNumber) {
			t.Errorf("%v", err)
		}
	})
}

func TestANewComparisonFindsOrdersThatCameLater(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := flow(k)
		imported(t, k, f, file(row{1880, "ﾔﾏﾀﾞﾊﾅｺ"}))
		a := buy(t, k, "ヤマダ ハナコ", 1)
		if a.Total != 1880 {
			t.Fatal(a.Total)
		}
		if err := f.Again(t.Context(), k.Staff()); err != nil {
			t.Fatal(err)
		}
		if it := open(t, k, f)["ヤマダハナコ"]; it.Verdict != deposit.Sure || it.For[0].ID != a.ID {
			t.Errorf("%+v", it)
		}
	})
}

func TestMatchingIsEnteredAndItsPayersAreSealed(t *testing.T) {
	t.Parallel()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		f := flow(k)
		a := buy(t, k, "ヤマダ ハナコ", 1)
		imported(t, k, f, file(row{a.Total, "ﾔﾏﾀﾞﾊﾅｺ"}))
		entries, _, err := k.Vault.Client.AccessLog(t.Context(), reader(t, k), vault.AccessQuery{Subject: a.Subject(flowtest.Shop)})
		if err != nil || len(entries) == 0 || entries[0].Purpose != vault.MatchPayment {
			t.Errorf("%+v %v", entries, err)
		}
		packer := k.Vault.Staff(t, k.Owner, flowtest.Shop, 102, actor.Packer)
		s := db.Scope{Shop: flowtest.Shop, Actor: packer, Request: "test"}
		if _, err := f.Import(t.Context(), s, strings.NewReader(file(row{1, "ｱ"})), bankfile.Columns{}); !fault.Is(err, fault.KindDenied) {
			t.Errorf("a packer imports: %v", err)
		}
		if _, _, _, err := f.Items(t.Context(), s, deposit.Filter{}); !fault.Is(err, fault.KindDenied) {
			t.Errorf("a packer reads payers: %v", err)
		}
		other := k.Staff()
		other.Shop = 8
		if items, _, _, err := f.Items(t.Context(), other, deposit.Filter{}); err != nil || len(items) != 0 {
			t.Errorf("a neighbour sees %v, %v", items, err)
		}
	})
}

// reader is a reader outside of a callback's life: only its scope is used.
func reader(t *testing.T, k *flowtest.Kit) (out db.Reader) {
	t.Helper()
	k.Read(t, func(_ context.Context, r db.Reader) error { out = r; return nil })
	return out
}
