package vault_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
)

func TestLinkShowsItsRecordAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	mine, link := h.order(t, shop, 1)
	theirs, _ := h.order(t, shop, 2)
	me := actor.Actor{Kind: actor.Visitor, Credential: link}.With()
	if err := h.open(t, me, shop, vault.OwnData, mine); err != nil || (texts{mine}).of("email") != "email of 1" {
		t.Fatalf("my own: %v", err)
	}
	for name, c := range map[string]struct {
		why vault.Purpose
		o   vault.Opening
	}{"another's": {vault.OwnData, theirs}, "mine, as staff": {vault.ListOrders, mine}} {
		if err := h.open(t, me, shop, c.why, c.o); !fault.Is(err, fault.KindUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	log, err := h.log(t, me, shop, vault.AccessQuery{Record: &vault.Record{Table: "purchase", Row: 1, Subject: mine.Subject}})
	if err != nil || len(log) == 0 || log[0].ByKind != "visitor" {
		t.Errorf("who saw me: %+v, %v", log, err)
	}
	if _, err := h.log(t, me, shop, vault.AccessQuery{Record: &vault.Record{Table: "purchase", Row: 2, Subject: theirs.Subject}}); err == nil {
		t.Error("the link tells who saw another")
	}
	h.Clock.Add(2 * time.Hour)
	if err := h.open(t, me, shop, vault.OwnData, mine); !fault.Is(err, fault.KindUnauthenticated) {
		t.Errorf("after its end: %v", err)
	}
}

// TestNobodyCanMakeALinkLater seals a second key with a link of its own beside the true one, as code inside the web
// server could.
func TestNobodyCanMakeALinkLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	forged, link := h.order2(t, shop, 1, "x")
	o.Fields = append(o.Fields, forged...)
	me := actor.Actor{Kind: actor.Visitor, Credential: link}.With()
	if err := h.open(t, me, shop, vault.OwnData, o); !fault.Is(err, fault.KindUnauthenticated) {
		t.Errorf("a forged link: %v", err)
	}
}

// order2 seals one more field of an order under a key and a link of its own.
func (h *house) order2(t *testing.T, at id.Shop, row int64, text string) ([]vault.Field, secret.Token) {
	t.Helper()
	var link secret.Token
	var f vault.Field
	err := h.d.Write(t.Context(), db.Scope{Shop: at}, func(tx *db.Tx) error {
		rec, err := h.NewRecord(t.Context(), tx, vault.Record{Table: "purchase", Row: row, Subject: vault.GuestSubject(at, id.Guest(row))})
		if err != nil {
			return err
		}
		s, err := rec.Seal("phone", vault.Phone, text)
		if err != nil {
			return err
		}
		f = vault.Field{Column: "phone", Class: vault.Phone, Sealed: s, Text: new(string)}
		if link, err = rec.Link(h.Clock.Now().Add(time.Hour)); err != nil {
			return err
		}
		return rec.Save(t.Context(), tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return []vault.Field{f}, link
}

func TestSomeFieldsCanBeSealedAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	more, _ := h.order2(t, shop, 1, "03-1234-5678")
	o.Fields = append(o.Fields, more...)
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); err != nil {
		t.Fatal(err)
	}
	if (texts{o}).of("phone") != "03-1234-5678" || (texts{o}).of("name") != "name of 1" {
		t.Errorf("opened %q and %q", (texts{o}).of("phone"), (texts{o}).of("name"))
	}
}

func TestSearchFoldsAndEntersEveryMatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	var all []vault.Opening
	for i, name := range []string{"ヤマダ タロウ", "サトウ ハナコ", "やまだ 花子", ""} {
		row := int64(i + 1)
		who := vault.GuestSubject(shop, id.Guest(row))
		f := vault.Field{Column: "kana", Class: vault.Furigana}
		err := h.d.Write(t.Context(), db.Scope{Shop: shop}, func(tx *db.Tx) error {
			rec, err := h.NewRecord(t.Context(), tx, vault.Record{Table: "purchase", Row: row, Subject: who})
			if err != nil {
				return err
			}
			if f.Sealed, err = rec.Seal("kana", vault.Furigana, name); err != nil {
				return err
			}
			return rec.Save(t.Context(), tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, vault.Opening{Table: "purchase", Row: row, Subject: who, Fields: []vault.Field{f}})
	}
	var matches []int
	err := h.d.Read(t.Context(), db.Scope{Actor: h.owner, Shop: shop}, func(r db.Reader) error {
		var err error
		matches, err = h.Search(t.Context(), r, vault.FindOrder, "ﾔﾏﾀﾞ", all)
		return err
	})
	if err != nil || fmt.Sprint(matches) != "[0 2]" {
		t.Fatalf("matched %v, %v", matches, err)
	}
	log, err := h.log(t, h.owner, shop, vault.AccessQuery{})
	if err != nil || len(log) != 2 || log[1].Kind != "key act" || log[0].Kind != "search" || log[0].Persons != 2 {
		t.Errorf("entered %+v, %v", log, err)
	}
}

func TestSealingNeedsNoVault(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	h.Stop()
	o, _ := h.order(t, shop, 1)
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); !fault.Is(err, fault.KindUnavailable) {
		t.Errorf("without the vault: %v", err)
	}
	h.Start(t)
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); err != nil || (texts{o}).of("name") != "name of 1" {
		t.Errorf("when it is back: %v", err)
	}
}

func TestCardNumbersCannotBeSealed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	err := h.d.Read(t.Context(), db.Scope{Shop: shop}, func(r db.Reader) error {
		rec, err := h.NewRecord(t.Context(), r, vault.Record{Table: "x", Row: 1, Subject: vault.GuestSubject(shop, 1)})
		if err != nil {
			return err
		}
		for _, c := range []vault.Class{vault.CardNumber, vault.CardExpiry, vault.CardHolder, vault.CardSecurityCode} {
			if _, err := rec.Seal("c", c, "4111111111111111"); err == nil {
				t.Errorf("%s was sealed", c)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBlindIndexesFindFoldedTexts(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	owners := map[id.Shop]actor.Actor{shop: h.owner, other: h.Owner(t, other, 200)}
	blind := func(at id.Shop, c vault.Class, texts ...string) (out [][]byte) {
		err := h.d.Read(t.Context(), db.Scope{Shop: at, Actor: owners[at]}, func(r db.Reader) error {
			var err error
			out, err = h.Blind(t.Context(), r, vault.FindOrder, c, texts...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	phones := blind(shop, vault.Phone, "03-1234-5678", "０３（１２３４）５６７８", "+81 3-1234-5678", "")
	// +81 3… is 03…: the trunk zero stands for the country code.
	if !bytes.Equal(phones[0], phones[1]) || !bytes.Equal(phones[0], phones[2]) || phones[3] != nil {
		t.Errorf("phones: %x", phones)
	}
	mails := blind(shop, vault.Email, "Taro@Example.com ", "taro@example.com", "tar.o@example.com")
	if !bytes.Equal(mails[0], mails[1]) || bytes.Equal(mails[0], mails[2]) {
		t.Errorf("mails: %x", mails)
	}
	if bytes.Equal(blind(other, vault.Email, "taro@example.com")[0], mails[1]) {
		t.Error("two shops' indexes can be compared")
	}
}

func TestSealedPrintsAsAMask(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	js, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	v, err := o.Fields[0].Sealed.Value()
	if err != nil || v == nil {
		v, err = o.Fields[1].Sealed.Value()
	}
	b, _ := v.([]byte)
	if err != nil || len(b) == 0 {
		t.Fatal("no ciphertext to look for")
	}
	for _, out := range []string{fmt.Sprintf("%v %+v %#v %x %s", o, o, o, o.Fields[0].Sealed, o.Fields[1].Sealed), string(js)} {
		if strings.Contains(out, fmt.Sprintf("%x", b)) || strings.Contains(out, string(b)) || !strings.Contains(out, "•••") {
			t.Errorf("shows the ciphertext: %s", out)
		}
	}
}

func TestManyCallersShareTheDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	var wg sync.WaitGroup
	for i := range int64(32) {
		o, _ := h.order(t, shop, i+1)
		wg.Go(func() {
			if err := h.open(t, h.owner, shop, vault.ViewOrder, o); err != nil {
				t.Error(err)
			}
			if got, want := (texts{o}).of("name"), fmt.Sprintf("name of %d", o.Row); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	wg.Wait()
}

func TestKeysAreWrappedAnewAfterARotation(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	if _, _, err := h.BeginTOTP(t.Context(), h.owner.Credential, "Noren", "owner"); err != nil {
		t.Fatal(err)
	}
	h.Stop()
	if err := h.Config.Keys.Ring.Rotate(); err != nil {
		t.Fatal(err)
	}
	h.Start(t)
	for _, want := range []int{3, 0} { // two shops and a secret; then nothing
		if n, err := h.Keeper.Rewrap(t.Context()); err != nil || n != want {
			t.Errorf("wrapped %d anew, want %d: %v", n, want, err)
		}
	}
	h.Stop()
	h.Start(t)
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); err != nil || (texts{o}).of("name") != "name of 1" {
		t.Errorf("after the rotation: %v", err)
	}
}
