package index_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/outbox"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/index"
	"github.com/noren-shop/noren/internal/security/vault"
)

// shelf is an open shop whose orders are indexed.
type shelf struct {
	*flowtest.Kit
	flow   *index.Flow
	outbox *outbox.Runner
}

func each(t *testing.T, test func(t *testing.T, s *shelf)) {
	t.Helper()
	flowtest.Each(t, func(t *testing.T, k *flowtest.Kit) {
		quiet := slog.New(slog.DiscardHandler)
		s := &shelf{Kit: k, flow: index.New(k.DB, k.Vault.Client, k.Orders, quiet), outbox: outbox.NewRunner(k.DB, quiet, "test")}
		s.outbox.Follow(s.flow.Follower())
		test(t, s)
	})
}

func (s *shelf) follow(t *testing.T) {
	t.Helper()
	if err := s.outbox.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// buy places an order of somebody else's than the form's.
func (s *shelf) buy(t *testing.T, name, furigana, phone, email string) id.Order {
	t.Helper()
	s.Count(t, s.Tea, 50)
	f := s.Form()
	f.Name, f.Furigana, f.Phone, f.Email = name, furigana, phone, email
	return s.Order(t, f, cart.Line{Variant: s.Tea, Quantity: 1}).Order
}

func (s *shelf) find(t *testing.T, text string) (order.Found, error) {
	t.Helper()
	var found order.Found
	err := s.DB.Read(t.Context(), s.Staff(), func(r db.Reader) (err error) {
		found, err = s.Orders.Find(t.Context(), r, "sought", text)
		return err
	})
	return found, err
}

// log are the entries about the shop's people, newest first.
func (s *shelf) log(t *testing.T, who vault.Subject) (out []vault.Access) {
	t.Helper()
	s.Read(t, func(ctx context.Context, r db.Reader) error {
		all, _, err := s.Vault.AccessLog(ctx, r, vault.AccessQuery{Subject: who})
		for _, e := range all {
			if e.Kind != "key act" && e.Kind != "session" {
				out = append(out, e)
			}
		}
		return err
	})
	return out
}

func (s *shelf) rows(t *testing.T, shop id.Shop) (n int64) {
	t.Helper()
	err := s.DB.Read(t.Context(), db.Scope{Shop: shop}, func(r db.Reader) error {
		return r.QueryRow(t.Context(), `SELECT COUNT(*) FROM blind_index WHERE shop_id = $1`, shop).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPurchaserIsFoundHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shelf) {
		hanako := s.buy(t, "山田 花子", "ヤマダ ハナコ", "03-1234-5678", "Hanako@example.jp")
		ken := s.buy(t, "佐藤 健太郎", "さとう けんたろう", "090-1111-2222", "ken@example.com")
		s.follow(t)
		if es := s.log(t, vault.Subject{}); len(es) != 0 {
			t.Errorf("indexing entered %+v: it reads nobody", es)
		}
		for text, want := range map[string][]id.Order{
			"hanako@EXAMPLE.jp": {hanako}, "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ": {hanako}, "other@example.jp": nil,
			"0312345678": {hanako}, "03-1234-5678": {hanako}, "０３（１２３４）５６７８": {hanako}, "+81 90-1111-2222": {ken},
			"花子": {hanako}, "山田花子": {hanako}, "山田　花子": {hanako}, "健": {ken},
			"やまだ": {hanako}, "ｻﾄｳ": {ken}, "さとう けん": {ken}, "鈴木": nil,
		} {
			found, err := s.find(t, text)
			var got []id.Order
			for _, h := range found.Heads {
				got = append(got, h.ID)
			}
			if err != nil || !slices.Equal(got, want) || found.Newest != 0 {
				t.Errorf("%q found %v, want %v (newest %d), %v", text, got, want, found.Newest, err)
			}
		}
		for _, text := range []string{"", "　", "hanako@", "1234", "261122-4839"} {
			if _, err := s.find(t, text); !fault.Is(err, fault.KindInvalid) {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

func TestEveryMatchIsInTheLedger(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shelf) {
		hanako := s.Get(t, s.buy(t, "山田 花子", "ヤマダ ハナコ", "0312345678", "hanako@example.jp")).Subject(flowtest.Shop)
		ken := s.Get(t, s.buy(t, "佐藤 健太郎", "サトウ ケンタロウ", "09011112222", "ken@example.com")).Subject(flowtest.Shop)
		s.follow(t)
		for i, step := range []struct {
			text  string
			class vault.Class
		}{{"hanako@example.jp", vault.Email}, {"03-1234-5678", vault.Phone}, {"花", vault.Name}, {"はなこ", vault.Furigana}} {
			if _, err := s.find(t, step.text); err != nil {
				t.Fatal(err)
			}
			es := s.log(t, hanako)
			if len(es) != i+1 || es[0].Kind != "search" || es[0].Purpose != vault.FindOrder || es[0].By != 101 || !slices.Equal(es[0].Classes, []vault.Class{step.class}) {
				t.Errorf("after %q: %+v", step.text, es)
			}
		}
		if es := s.log(t, ken); len(es) != 0 {
			t.Errorf("who never matched: %+v", es)
		}
	})
}

func TestAnotherShopsOrderIsNeverFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shelf) {
		s.buy(t, "山田 花子", "ヤマダ ハナコ", "0312345678", "hanako@example.jp")
		s.follow(t)
		const next id.Shop = 8
		s.Vault.Shop(t, s.DB, next)
		neighbour := s.Vault.Owner(t, next, 202)
		for _, text := range []string{"hanako@example.jp", "0312345678", "山田 花子", "花"} {
			at := func(shop id.Shop) (found order.Found, err error) {
				err = s.DB.Read(t.Context(), db.Scope{Shop: shop, Actor: neighbour}, func(r db.Reader) (err error) {
					found, err = s.Orders.Find(t.Context(), r, "sought", text)
					return err
				})
				return found, err
			}
			if found, err := at(next); err != nil || len(found.Heads) != 0 {
				t.Errorf("%q at home: %+v, %v", text, found, err)
			}
			if found, err := at(flowtest.Shop); !fault.Is(err, fault.KindDenied) || len(found.Heads) != 0 {
				t.Errorf("%q next door: %+v, %v", text, found, err)
			}
		}
		if n := s.rows(t, next); n != 0 {
			t.Errorf("%d rows next door", n)
		}
	})
}

func TestIndexedTwiceIsIndexedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shelf) {
		n := s.buy(t, "山田 花子", "ヤマダ ハナコ", "0312345678", "hanako@example.jp")
		s.follow(t)
		for range 2 {
			if err := s.flow.Index(t.Context(), flowtest.Shop, n); err != nil {
				t.Fatal(err)
			}
		}
		if rows := s.rows(t, flowtest.Shop); rows != 4 {
			t.Errorf("%d rows, want name, furigana, phone and e-mail", rows)
		}
	})
}

func TestErasedPersonLeavesNoIndex(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shelf) {
		gone := s.buy(t, "山田 花子", "ヤマダ ハナコ", "0312345678", "hanako@example.jp")
		kept := s.buy(t, "山田 太郎", "ヤマダ タロウ", "0312345678", "taro@example.jp")
		s.follow(t)
		who := s.Get(t, gone).Subject(flowtest.Shop)
		var before []vault.Blinded
		job := db.Scope{Shop: flowtest.Shop, Actor: s.Vault.Job(t, actor.Index, vault.IndexOrder, flowtest.Shop)}
		err := s.DB.Read(t.Context(), job, func(r db.Reader) (err error) {
			before, err = s.Orders.Blinds(t.Context(), r, gone)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.DB.Write(t.Context(), s.Staff(), func(tx *db.Tx) error { return s.Vault.Erase(t.Context(), tx, who) }); err != nil {
			t.Fatal(err)
		}
		// A follower that had asked before, and one that asks now.
		if err := s.DB.Write(t.Context(), job, func(tx *db.Tx) error { return s.Orders.Index(t.Context(), tx, before) }); err != nil {
			t.Fatal(err)
		}
		if err := s.flow.Index(t.Context(), flowtest.Shop, gone); err != nil {
			t.Fatal(err)
		}
		if rows := s.rows(t, flowtest.Shop); rows != 4 {
			t.Errorf("%d rows are left, want the other's 4", rows)
		}
		for _, text := range []string{"0312345678", "山田", "やまだ"} {
			if found, err := s.find(t, text); err != nil || len(found.Heads) != 1 || found.Heads[0].ID != kept {
				t.Errorf("%q: %+v, %v", text, found, err)
			}
		}
	})
}

func TestVaultAwayMakesTheIndexWaitAndNothingElse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shelf) {
		s.Vault.Stop()
		n := s.buy(t, "山田 花子", "ヤマダ ハナコ", "0312345678", "hanako@example.jp")
		if err := s.flow.Index(t.Context(), flowtest.Shop, n); !fault.Is(err, fault.KindUnavailable) {
			t.Errorf("without the vault: %v", err)
		}
		s.Vault.Start(t)
		s.follow(t)
		if found, err := s.find(t, "hanako@example.jp"); err != nil || len(found.Heads) != 1 {
			t.Errorf("when it is back: %+v, %v", found, err)
		}
	})
}

func TestLookUpsAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shelf) {
		s.buy(t, "山田 花子", "ヤマダ ハナコ", "0312345678", "hanako@example.jp")
		s.follow(t)
		var stopped int
		for i := range 70 {
			_, err := s.find(t, "0901234"+id.String(id.Order(5000+i)))
			if errors.Is(err, vault.ErrBudget) || fault.Is(err, fault.KindTooMany) {
				stopped++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		es := s.log(t, vault.Subject{})
		if stopped != 10 || len(es) != 10 || es[0].Kind != "refused" || es[0].Purpose != vault.FindOrder {
			t.Errorf("%d of 70 numbers tried in a minute were stopped, ledger %+v", stopped, es)
		}
	})
}

func TestPartOfANameIsSoughtInTheNewestAndABudgetStops(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shelf) {
		old := s.buy(t, "花村 古", "ハナムラ フル", "0355556666", "old@example.jp")
		for range 200 { // a minute's budget of a staff member, and one slice of the search
			s.buy(t, "山田 花子", "ヤマダ ハナコ", "0312345678", "hanako@example.jp")
		}
		s.follow(t)
		found, err := s.find(t, "花")
		if err != nil || len(found.Heads) != 200 || found.Newest != 200 {
			t.Fatalf("%d found among the newest %d, %v", len(found.Heads), found.Newest, err)
		}
		if es := s.log(t, vault.Subject{}); len(es) != 1 || es[0].Kind != "search" || es[0].Persons != 200 {
			t.Errorf("ledger: %+v", es)
		}
		if found, err := s.find(t, "old@example.jp"); !fault.Is(err, fault.KindTooMany) || len(found.Heads) != 0 {
			t.Errorf("one more than the budget: %+v, %v", found, err)
		}
		if es := s.log(t, s.Get(t, old).Subject(flowtest.Shop)); len(es) != 1 || es[0].Kind != "refused" {
			t.Errorf("ledger: %+v", es)
		}
		s.Vault.Clock.Add(2 * time.Minute)
		// The whole name is found among all orders, however old.
		if found, err := s.find(t, "花村古"); err != nil || len(found.Heads) != 1 || found.Heads[0].ID != old || found.Newest != 0 {
			t.Errorf("a whole name: %+v, %v", found, err)
		}
	})
}

// TestIndexCredentialReadsNothing is what code inside the web server would try with the follower's credential.
func TestIndexCredentialReadsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *shelf) {
		o := s.Get(t, s.buy(t, "山田 花子", "ヤマダ ハナコ", "0312345678", "hanako@example.jp"))
		scope := db.Scope{Shop: flowtest.Shop, Actor: s.Vault.Job(t, actor.Index, vault.IndexOrder, flowtest.Shop).With(actor.ViewPersons)}
		err := s.DB.Read(t.Context(), scope, func(r db.Reader) error {
			_, err := s.Orders.Reveal(t.Context(), r, o, vault.IndexOrder, "")
			return err
		})
		if !fault.Is(err, fault.KindDenied) {
			t.Errorf("opening: %v", err)
		}
		err = s.DB.Read(t.Context(), scope, func(r db.Reader) error {
			_, err := s.Vault.Blind(t.Context(), r, vault.IndexOrder, vault.Phone, "0312345678")
			return err
		})
		if !fault.Is(err, fault.KindDenied) {
			t.Errorf("a typed text: %v", err)
		}
		err = s.DB.Read(t.Context(), s.Staff(), func(r db.Reader) error {
			_, err := s.Vault.Blind(t.Context(), r, vault.ViewOrder, vault.Phone, "0312345678")
			return err
		})
		if !fault.Is(err, fault.KindDenied) {
			t.Errorf("a typed text for another purpose: %v", err)
		}
	})
}
