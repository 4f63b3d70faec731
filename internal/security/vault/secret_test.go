package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

const providerKey = "not-a-key-7c1e9a"

func paymentRef() vault.CredentialRef {
	return vault.CredentialRef{Table: "pay_account", Row: 3, Column: "api_key", Use: vault.UsePayment}
}

func (h *house) seal(t testing.TB, at id.Shop, ref vault.CredentialRef, text string) vault.Sealed {
	t.Helper()
	var s vault.Sealed
	err := h.d.Read(t.Context(), db.Scope{Shop: at}, func(r db.Reader) error {
		var err error
		s, err = h.SealCredential(t.Context(), r, ref, secret.NewText(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// acts are the shop's entries but for the one about its key.
func (h *house) acts(t testing.TB) ([]vault.Access, error) {
	t.Helper()
	log, err := h.log(t, h.owner, shop, vault.AccessQuery{})
	return slices.DeleteFunc(log, func(a vault.Access) bool { return a.Kind == "key act" }), err
}

func (h *house) reveal(t testing.TB, who actor.Actor, at id.Shop, ref vault.CredentialRef, s vault.Sealed) (secret.Text, error) {
	t.Helper()
	var out secret.Text
	err := h.d.Read(t.Context(), db.Scope{Actor: who, Shop: at, Request: "r-9"}, func(r db.Reader) error {
		var err error
		out, err = h.RevealCredential(t.Context(), r, ref, s)
		return err
	})
	return out, err
}

func TestCredentialIsUsedWithoutAnEntryAndCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	s := h.seal(t, shop, paymentRef(), providerKey)
	for range 3 {
		got, err := h.Credential(t.Context(), shop, paymentRef(), s)
		if err != nil || got.Reveal() != providerKey {
			t.Fatalf("%q, %v", got.Reveal(), err)
		}
		if printed := fmt.Sprintf("%v %+v %s", got, s, s); bytes.Contains([]byte(printed), []byte(providerKey)) {
			t.Error("it prints")
		}
	}
	log, err := h.acts(t)
	if err != nil || len(log) != 0 {
		t.Errorf("entries %+v, %v", log, err)
	}
	none, err := h.Credential(t.Context(), shop, paymentRef(), vault.Sealed{})
	if err != nil || none.Len() != 0 {
		t.Errorf("without a value: %v", err)
	}
	uses, err := h.Uses(t.Context())
	if err != nil || uses[vault.UsePayment] != 3 || len(uses) != 1 {
		t.Errorf("counted %v, %v", uses, err)
	}
}

func TestCredentialOpensOnlyAsWhatItWasSealed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	s := h.seal(t, shop, paymentRef(), providerKey)
	for name, change := range map[string]func(*vault.CredentialRef){
		"another row": func(r *vault.CredentialRef) { r.Row++ }, "another column": func(r *vault.CredentialRef) { r.Column = "notice_secret" },
		"another table": func(r *vault.CredentialRef) { r.Table = "shop" }, "another use": func(r *vault.CredentialRef) { r.Use = vault.UseMail },
		"a person's purpose": func(r *vault.CredentialRef) { r.Use = vault.OrderMail },
		"no use":             func(r *vault.CredentialRef) { r.Use = vault.RevealCredential },
	} {
		ref := paymentRef()
		change(&ref)
		if got, err := h.Credential(t.Context(), shop, ref, s); !fault.Is(err, fault.KindDenied) {
			t.Errorf("%s: %q, %v", name, got.Reveal(), err)
		}
	}
	if got, err := h.Credential(t.Context(), other, paymentRef(), s); !fault.Is(err, fault.KindDenied) {
		t.Errorf("another shop: %q, %v", got.Reveal(), err)
	}
	log, err := h.acts(t)
	if err != nil || len(log) == 0 || log[0].Kind != "denied" {
		t.Errorf("refusals are entered: %+v, %v", log, err)
	}
}

// A person's field does not open as a credential, nor a credential as a person's field, whatever is said of either.
func TestNothingElseOpensThroughCredentials(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	var enc []byte
	var shopKey int64
	err := h.d.Read(t.Context(), db.Scope{Shop: shop}, func(r db.Reader) error {
		return r.QueryRow(t.Context(), `SELECT enc, shop_key FROM record_key WHERE shop_id = $1 AND tbl = 'purchase' AND row_id = 1`,
			int64(shop)).Scan(&enc, &shopKey)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range o.Fields {
		if f.Sealed.IsZero() {
			continue
		}
		if got, err := h.Credential(t.Context(), shop, vault.CredentialRef{Table: "purchase", Row: 1, Column: f.Column, Use: vault.UsePayment},
			f.Sealed); err == nil {
			t.Errorf("a field opened as it is: %q", got.Reveal())
		}
		field, err := f.Sealed.Value()
		if err != nil {
			t.Fatal(err)
		}
		// Dressed as a credential, with its true record key.
		b := append([]byte{0xc1, 0, 0, 0, 0, 0, 0, 0, byte(shopKey)}, enc...)
		var dressed vault.Sealed
		if err := dressed.Scan(append(b, field.([]byte)...)); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"purchase", "", "\x00purchase"} {
			ref := vault.CredentialRef{Table: table, Row: 1, Column: f.Column, Use: vault.UsePayment}
			if got, err := h.Credential(t.Context(), shop, ref, dressed); err == nil {
				t.Errorf("a dressed field opened: %q", got.Reveal())
			}
		}
	}
	// And the other way, with every purpose and with the tokens for credentials.
	s := h.seal(t, shop, paymentRef(), providerKey)
	raw, _ := s.Value()
	var bare vault.Sealed
	if err := bare.Scan(raw.([]byte)[41:]); err != nil {
		t.Fatal(err)
	}
	token, err := h.JobToken(t.Context(), vault.UsePayment, shop)
	if err != nil {
		t.Fatal(err)
	}
	job := actor.Actor{Kind: actor.Job, Credential: token}.With()
	var name vault.Sealed
	for _, f := range o.Fields {
		if f.Column == "name" {
			name = f.Sealed
		}
	}
	for why := range vault.Purposes() {
		for _, who := range []actor.Actor{job, h.owner} {
			o.Fields = []vault.Field{{Column: "name", Class: vault.Name, Sealed: name, Text: new(string)}}
			if err := h.open(t, who, shop, why, o); err == nil && (vault.Purposes()[why].Secret || who.Kind == actor.Job) {
				t.Errorf("%s: a person's field opened for a credential's purpose or token", why)
			}
			err := h.open(t, who, shop, why, vault.Opening{Table: "use-payment\x00pay_account", Row: 3, Subject: vault.Subject{Shop: shop},
				Fields: []vault.Field{{Column: "api_key", Class: vault.CredentialClass, Sealed: bare, Text: new(string)}}})
			if err == nil {
				t.Errorf("%s: a credential opened as a person's field", why)
			}
		}
	}
}

// A token for one use opens nothing of another, and nothing for a person.
func TestATokenForOneUseOpensThatUseAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	s := h.seal(t, shop, paymentRef(), providerKey)
	for _, of := range []vault.Purpose{vault.UseNotice, vault.OrderMail, vault.UsePayment} {
		token, err := h.JobToken(t.Context(), of, shop)
		if err != nil {
			t.Fatal(err)
		}
		for why := range vault.Purposes() {
			if of == vault.UsePayment && why == of {
				continue // its own
			}
			if got, err := h.AskCredential(t.Context(), token, shop, why, paymentRef(), s); !fault.Is(err, fault.KindDenied) {
				t.Errorf("with a token for %s, asking for %s: %q, %v", of, why, got.Reveal(), err)
			}
		}
	}
	for why := range vault.Purposes() {
		if got, err := h.AskCredential(t.Context(), h.owner.Credential, shop, why, paymentRef(), s); (err == nil) != (why == vault.RevealCredential) {
			t.Errorf("an owner, asking for %s: %q, %v", why, got.Reveal(), err)
		}
	}
	if got, err := h.AskCredential(t.Context(), secret.NewToken(), shop, vault.UsePayment, paymentRef(), s); !fault.Is(err, fault.KindUnauthenticated) {
		t.Errorf("nobody: %q, %v", got.Reveal(), err)
	}
}

func TestShowingACredentialTakesAStepUpAndLeavesAnEntry(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	s := h.seal(t, shop, paymentRef(), providerKey)
	stranger := h.Owner(t, other, 101)
	if _, err := h.reveal(t, stranger, shop, paymentRef(), s); !fault.Is(err, fault.KindDenied) {
		t.Errorf("another shop's owner: %v", err)
	}
	manager := h.Staff(t, h.owner, shop, 102, actor.Manager)
	if _, err := h.reveal(t, manager, shop, paymentRef(), s); !fault.Is(err, fault.KindDenied) {
		t.Errorf("a manager, who may not edit settings: %v", err)
	}
	h.Clock.Add(20 * time.Minute)
	if _, err := h.reveal(t, h.owner, shop, paymentRef(), s); !errors.Is(err, vault.ErrStepUp) {
		t.Errorf("long after the log-in: %v", err)
	}
	if err := h.StepUp(t.Context(), h.owner.Credential, secret.NewText(vaulttest.Password), ""); err != nil {
		t.Fatal(err)
	}
	got, err := h.reveal(t, h.owner, shop, paymentRef(), s)
	if err != nil || got.Reveal() != providerKey {
		t.Fatalf("%v", err)
	}
	log, err := h.acts(t)
	if err != nil || len(log) != 4 || log[0].Kind != "reveal" || log[0].By != 100 ||
		log[0].Purpose != vault.RevealCredential || log[0].Request != "r-9" {
		t.Errorf("entries %+v, %v", log, err)
	}
}

func TestNoEntryNoShownCredential(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{Entries: &brokenLedger{}})
	s := h.seal(t, shop, paymentRef(), providerKey)
	if got, err := h.reveal(t, h.owner, shop, paymentRef(), s); !fault.Is(err, fault.KindUnavailable) || got.Len() != 0 {
		t.Errorf("%q, %v", got.Reveal(), err)
	}
	if _, err := h.Credential(t.Context(), shop, paymentRef(), s); err != nil {
		t.Errorf("use goes on: %v", err)
	}
}

func TestACredentialsPlaintextNeverRests(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	s := h.seal(t, shop, paymentRef(), providerKey)
	if _, err := h.Credential(t.Context(), shop, paymentRef(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := h.reveal(t, h.owner, shop, paymentRef(), s); err != nil {
		t.Fatal(err)
	}
	raw, _ := s.Value()
	if bytes.Contains(raw.([]byte), []byte(providerKey)) {
		t.Error("the stored value holds it")
	}
	files := 0
	err := filepath.WalkDir(h.Config.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if files++; bytes.Contains(b, []byte(providerKey)) {
			t.Errorf("%s holds it", filepath.Base(path))
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestCredentialsThatCannotBeSealed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	for name, ref := range map[string]vault.CredentialRef{
		"no table": {Row: 1, Column: "c", Use: vault.UsePayment}, "no row": {Table: "t", Column: "c", Use: vault.UsePayment},
		"no column": {Table: "t", Row: 1, Use: vault.UsePayment}, "no use": {Table: "t", Row: 1, Column: "c"},
		"a person's purpose": {Table: "t", Row: 1, Column: "c", Use: vault.OrderMail},
	} {
		err := h.d.Read(t.Context(), db.Scope{Shop: shop}, func(r db.Reader) error {
			_, err := h.SealCredential(t.Context(), r, ref, secret.NewText("x"))
			return err
		})
		if err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
}
