package vault_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
	"github.com/noren-shop/noren/internal/security/vault/keeper/peer"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

const (
	shop  id.Shop = 7
	other id.Shop = 8
)

// house is a store with two shops, a vault, and the first shop's owner.
type house struct {
	*vaulttest.Vault
	d     *db.DB
	owner actor.Actor
}

func newHouse(t testing.TB, c keeper.Config) *house {
	t.Helper()
	h := &house{Vault: vaulttest.With(t, c), d: dbtest.New(t)}
	h.Shop(t, h.d, shop)
	h.Shop(t, h.d, other)
	h.owner = h.Owner(t, shop, 100)
	return h
}

// order seals a purchaser's name and e-mail as order row, and gives them as they are opened.
func (h *house) order(t testing.TB, at id.Shop, row int64) (vault.Opening, secret.Token) {
	t.Helper()
	who := vault.GuestSubject(at, id.Guest(row))
	o := vault.Opening{Table: "purchase", Row: row, Subject: who}
	var link secret.Token
	err := h.d.Write(t.Context(), db.Scope{Shop: at}, func(tx *db.Tx) error {
		rec, err := h.NewRecord(t.Context(), tx, vault.Record{Table: "purchase", Row: row, Subject: who})
		if err != nil {
			return err
		}
		o.Fields = nil
		for column, class := range map[string]vault.Class{"name": vault.Name, "email": vault.Email, "note": vault.Message} {
			text := fmt.Sprintf("%s of %d", column, row)
			if column == "note" {
				text = ""
			}
			s, err := rec.Seal(column, class, text)
			if err != nil {
				return err
			}
			o.Fields = append(o.Fields, vault.Field{Column: column, Class: class, Sealed: s, Text: new(string)})
		}
		if link, err = rec.Link(h.Clock.Now().Add(time.Hour)); err != nil {
			return err
		}
		return rec.Save(t.Context(), tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return o, link
}

func (h *house) open(t testing.TB, who actor.Actor, at id.Shop, why vault.Purpose, records ...vault.Opening) error {
	t.Helper()
	return h.d.Read(t.Context(), db.Scope{Actor: who, Shop: at, Request: "r-1"}, func(r db.Reader) error {
		return h.Open(t.Context(), r, why, records)
	})
}

func (o texts) of(column string) string {
	for _, f := range o.Fields {
		if f.Column == column {
			return *f.Text
		}
	}
	return "no such column"
}

type texts struct{ vault.Opening }

func (h *house) log(t testing.TB, who actor.Actor, at id.Shop, q vault.AccessQuery) ([]vault.Access, error) {
	t.Helper()
	var out []vault.Access
	err := h.d.Read(t.Context(), db.Scope{Actor: who, Shop: at}, func(r db.Reader) error {
		var err error
		out, _, err = h.AccessLog(t.Context(), r, q)
		return err
	})
	return out, err
}

func TestOpenGivesPlaintextAndLeavesAnEntry(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); err != nil {
		t.Fatal(err)
	}
	if got := (texts{o}).of("name"); got != "name of 1" {
		t.Errorf("opened %q", got)
	}
	log, err := h.log(t, h.owner, shop, vault.AccessQuery{Subject: o.Subject})
	if err != nil || len(log) != 1 {
		t.Fatalf("%d entries, %v", len(log), err)
	}
	e := log[0]
	if e.Kind != "read" || e.ByKind != "staff" || e.By != 100 || e.Purpose != vault.ViewOrder || e.Request != "r-1" {
		t.Errorf("entry is %+v", e)
	}
	if fmt.Sprint(e.Classes) != "[name email]" {
		t.Errorf("the entry names %v: a field without a value is not read", e.Classes)
	}
}

// brokenLedger fails, or watches.
type brokenLedger struct{ appended atomic.Int64 }

func (b *brokenLedger) Append(context.Context, id.Shop, []ledger.Entry) (int64, error) {
	b.appended.Add(1)
	return 0, errors.New("disk full")
}

func (b *brokenLedger) Find(context.Context, ledger.Query) (ledger.Page, error) {
	return ledger.Page{}, errors.New("disk full")
}

func TestNothingIsShownWhenTheLedgerFails(t *testing.T) {
	t.Parallel()
	broken := &brokenLedger{}
	h := newHouse(t, keeper.Config{Entries: broken, Log: slog.New(slog.DiscardHandler)})
	o, _ := h.order(t, shop, 1)
	before := broken.appended.Load()
	err := h.open(t, h.owner, shop, vault.ViewOrder, o)
	if !fault.Is(err, fault.KindUnavailable) {
		t.Errorf("answered %v", err)
	}
	if broken.appended.Load() != before+1 {
		t.Errorf("%d appends", broken.appended.Load())
	}
	for _, f := range o.Fields {
		if *f.Text != "" {
			t.Errorf("%s came out without an entry", f.Column)
		}
	}
	err = h.d.Read(t.Context(), db.Scope{Actor: h.owner, Shop: shop}, func(r db.Reader) error {
		m, err := h.Search(t.Context(), r, vault.FindOrder, "name", []vault.Opening{o})
		if len(m) > 0 {
			t.Error("a search matched without an entry")
		}
		return err
	})
	if !fault.Is(err, fault.KindUnavailable) {
		t.Errorf("a search answered %v", err)
	}
}

func TestMovedCiphertextDoesNotOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	a, _ := h.order(t, shop, 1)
	b, _ := h.order(t, shop, 2)
	foreign, _ := h.order(t, other, 1)
	field := func(o vault.Opening, column string) vault.Field {
		for _, f := range o.Fields {
			if f.Column == column {
				return f
			}
		}
		return vault.Field{}
	}
	with := func(o vault.Opening, change func(*vault.Opening)) vault.Opening {
		o.Fields = []vault.Field{field(o, "name")}
		change(&o)
		return o
	}
	for name, c := range map[string]struct {
		o    vault.Opening
		kind fault.Kind
	}{
		"as another column":  {with(a, func(o *vault.Opening) { o.Fields[0].Column = "email" }), fault.KindDenied},
		"as another class":   {with(a, func(o *vault.Opening) { o.Fields[0].Class = vault.Message }), fault.KindDenied},
		"as another subject": {with(a, func(o *vault.Opening) { o.Subject = b.Subject }), fault.KindDenied},
		"as another population": {with(a, func(o *vault.Opening) { o.Subject.Population = vault.StaffMember }),
			fault.KindDenied},
		"in another row":   {with(a, func(o *vault.Opening) { o.Row = 2 }), fault.KindNotFound},
		"in another table": {with(a, func(o *vault.Opening) { o.Table = "member" }), fault.KindNotFound},
		"of another shop":  {with(foreign, func(o *vault.Opening) { o.Subject.Shop = shop }), fault.KindNotFound},
	} {
		err := h.open(t, h.owner, shop, vault.ViewOrder, c.o)
		if !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
		if *c.o.Fields[0].Text != "" {
			t.Errorf("%s: opened", name)
		}
	}
}

// TestMovedKeysDoNotHelp moves the record's key along with the field, as code inside the web server could.
func TestMovedKeysDoNotHelp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	foreign, _ := h.order(t, other, 1)
	for name, c := range map[string]struct {
		from, to id.Shop
		table    string
		row      int64
		o        vault.Opening
	}{
		"to another row":   {shop, shop, "purchase", 9, o},
		"to another table": {shop, shop, "member", 1, o},
		"to another shop":  {other, shop, "stolen", 1, foreign},
	} {
		h.copyKeys(t, c.from, c.to, c.table, c.row)
		c.o.Table, c.o.Row, c.o.Subject.Shop = c.table, c.row, c.to
		if err := h.open(t, h.owner, c.to, vault.ViewOrder, c.o); !fault.Is(err, fault.KindDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (h *house) copyKeys(t *testing.T, from, to id.Shop, table string, row int64) {
	t.Helper()
	err := h.d.Across("a test moves keys").Write(t.Context(), db.Scope{Shop: to}, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `
			INSERT INTO record_key (shop_id, tbl, row_id, key_no, population, subject, shop_key, enc, link)
			SELECT $1, $2, $3, key_no, population, subject, shop_key, enc, link FROM record_key
			WHERE shop_id = $4 AND tbl = 'purchase' AND row_id = 1`, int64(to), table, row, int64(from))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCredentialsReachNoFurtherThanTheirRole(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	foreign, _ := h.order(t, other, 1)
	packer := h.Staff(t, h.owner, shop, 101, actor.Packer)
	member := vault.MemberSubject(shop, id.Member(id.NewSource().Next(h.Clock.Now())))
	liar := h.owner
	liar.Credential = secret.NewToken()
	orders := h.Job(t, actor.OrderMail, vault.OrderMail, shop)
	for name, c := range map[string]struct {
		who  actor.Actor
		at   id.Shop
		why  vault.Purpose
		o    vault.Opening
		kind fault.Kind // 0: opens
	}{
		"owner":                           {h.owner, shop, vault.ViewOrder, o, 0},
		"owner in another shop":           {h.owner, other, vault.ViewOrder, foreign, fault.KindDenied},
		"owner for a job's purpose":       {h.owner, shop, vault.OrderMail, o, fault.KindDenied},
		"owner for no purpose":            {h.owner, shop, "curiosity", o, fault.KindDenied},
		"packer ships":                    {packer, shop, vault.ShipOrder, o, 0},
		"packer manages staff":            {packer, shop, vault.ManageStaff, o, fault.KindDenied},
		"job":                             {orders, shop, vault.OrderMail, o, 0},
		"job for another purpose":         {orders, shop, vault.ViewOrder, o, fault.KindDenied},
		"job in another shop":             {orders, other, vault.OrderMail, foreign, fault.KindDenied},
		"owner's name without a session":  {liar, shop, vault.ViewOrder, o, fault.KindUnauthenticated},
		"nobody":                          {actor.Actor{Kind: actor.Visitor}, shop, vault.ViewOrder, o, fault.KindUnauthenticated},
		"a member of the shop, not their": {h.member(t, member), shop, vault.OwnData, o, fault.KindDenied},
	} {
		err := h.open(t, c.who, c.at, c.why, c.o)
		if c.kind == 0 && err != nil || c.kind != 0 && !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (h *house) member(t *testing.T, who vault.Subject) actor.Actor {
	token := h.LogIn(t, who, "member@example.com")
	return actor.Actor{Kind: actor.Member, Member: id.Member(who.ID), Credential: token}.With()
}

func TestEndedSessionsOpenNothingMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	packer := h.Staff(t, h.owner, shop, 101, actor.Packer)
	if err := h.open(t, packer, shop, vault.ShipOrder, o); err != nil {
		t.Fatal(err)
	}
	if err := h.Revoke(t.Context(), h.owner.Credential, vault.AccountSubject(vault.StaffMember, 101), shop); err != nil {
		t.Fatal(err)
	}
	if err := h.open(t, packer, shop, vault.ShipOrder, o); !fault.Is(err, fault.KindDenied) {
		t.Errorf("after the role was taken: %v", err)
	}
	if err := h.End(t.Context(), h.owner.Credential); err != nil {
		t.Fatal(err)
	}
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); !fault.Is(err, fault.KindUnauthenticated) {
		t.Errorf("after log-out: %v", err)
	}
}

func TestBudgetStopsAMassRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	var all []vault.Opening
	for row := range int64(260) {
		o, _ := h.order(t, shop, row+1)
		all = append(all, o)
	}
	shown := func() (n int) {
		for _, o := range all {
			if (texts{o}).of("name") != "" {
				n++
			}
		}
		return n
	}
	if err := h.open(t, h.owner, shop, vault.ListOrders, all...); !fault.Is(err, fault.KindTooMany) || shown() != 0 {
		t.Errorf("260 at once: %v, %d shown", err, shown())
	}
	for _, o := range all { // one by one, and each twice: the same person again costs nothing
		for range 2 {
			if err := h.open(t, h.owner, shop, vault.ViewOrder, o); err != nil && !fault.Is(err, fault.KindTooMany) {
				t.Fatal(err)
			}
		}
	}
	if shown() != 200 {
		t.Errorf("%d persons shown in a minute", shown())
	}
	again := h.LogIn(t, vault.AccountSubject(vault.ShopOwner, 100), "owner100@example.com")
	fresh := h.owner
	fresh.Credential = again
	if err := h.open(t, fresh, shop, vault.ViewOrder, all[250]); !fault.Is(err, fault.KindTooMany) {
		t.Errorf("a second session of the account: %v", err)
	}
	log, err := h.log(t, h.owner, shop, vault.AccessQuery{Limit: 1})
	if err != nil || len(log) != 1 || log[0].Kind != "refused" {
		t.Errorf("the refusal is not entered: %+v, %v", log, err)
	}
	if err := h.ApproveExport(t.Context(), fresh.Credential, shop, 260, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := h.open(t, fresh, shop, vault.ExportData, all...); err != nil || shown() != 260 {
		t.Errorf("approved export: %v, %d shown", err, shown())
	}
	h.Clock.Add(2 * time.Minute)
	if err := h.open(t, fresh, shop, vault.ViewOrder, all[250]); err != nil {
		t.Errorf("two minutes later: %v", err)
	}
}

func TestBudgetsOutliveARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	var all []vault.Opening
	for row := range int64(210) {
		o, _ := h.order(t, shop, row+1)
		all = append(all, o)
	}
	if err := h.open(t, h.owner, shop, vault.ListOrders, all[:200]...); err != nil {
		t.Fatal(err)
	}
	h.Stop()
	h.Start(t)
	if err := h.open(t, h.owner, shop, vault.ViewOrder, all[205]); !fault.Is(err, fault.KindTooMany) {
		t.Errorf("a 201st person after a restart: %v", err)
	}
	if err := h.open(t, h.owner, shop, vault.ViewOrder, all[7]); err != nil {
		t.Errorf("a known person after a restart: %v", err)
	}
}

func TestErasedNeverOpensAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); err != nil {
		t.Fatal(err)
	}
	kept := h.keep(t)
	err := h.d.Write(t.Context(), db.Scope{Actor: h.owner, Shop: shop}, func(tx *db.Tx) error {
		return h.Erase(t.Context(), tx, o.Subject)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); !errors.Is(err, vault.ErrGone) {
		t.Errorf("erased: %v", err)
	}
	gone := false
	soft := o
	soft.Erased = &gone
	if err := h.open(t, h.owner, shop, vault.ViewOrder, soft); err != nil || !gone {
		t.Errorf("erased, asked gently: %v, %v", err, gone)
	}
	h.restore(t, kept)
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); !errors.Is(err, vault.ErrGone) {
		t.Errorf("erased, after a restore: %v", err)
	}
	h.Stop()
	h.Start(t)
	if err := h.open(t, h.owner, shop, vault.ViewOrder, o); !errors.Is(err, vault.ErrGone) {
		t.Errorf("erased, after a restore and a restart: %v", err)
	}
}

// A keptKey is a record key in a backup.
type keptKey struct {
	no  int64
	enc []byte
}

func (h *house) keep(t *testing.T) (k keptKey) {
	t.Helper()
	err := h.d.Read(t.Context(), db.Scope{Shop: shop}, func(r db.Reader) error {
		return r.QueryRow(t.Context(), `SELECT key_no, enc FROM record_key WHERE shop_id = $1 AND row_id = 1`, int64(shop)).Scan(&k.no, &k.enc)
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (h *house) restore(t *testing.T, k keptKey) {
	t.Helper()
	err := h.d.Write(t.Context(), db.Scope{Shop: shop}, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `
			INSERT INTO record_key (shop_id, tbl, row_id, key_no, population, subject, shop_key, enc, link)
			VALUES ($1, 'purchase', 1, $2, 3, 1, 1, $3, NULL)`, int64(shop), k.no, k.enc)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOperatorsBreakGlassInTheOwnersSight(t *testing.T) {
	t.Parallel()
	h := newHouse(t, keeper.Config{})
	o, _ := h.order(t, shop, 1)
	ops := actor.Actor{Kind: actor.Operator, Account: 1}
	ops.Credential = h.LogIn(t, vault.AccountSubject(vault.OperatorStaff, 1), "ops@example.com")
	try := func(why vault.Purpose, reason string) error {
		return h.d.Read(t.Context(), db.Scope{Actor: ops, Shop: shop}, func(r db.Reader) error {
			return h.OpenWithReason(t.Context(), r, why, reason, []vault.Opening{o})
		})
	}
	if err := try(vault.Respond, ""); !fault.Is(err, fault.KindDenied) {
		t.Errorf("without a reason: %v", err)
	}
	if err := try(vault.Operate, "curious"); !fault.Is(err, fault.KindDenied) {
		t.Errorf("for another purpose: %v", err)
	}
	if err := try(vault.Respond, "case 7: the owner cannot be reached"); err != nil {
		t.Fatal(err)
	}
	log, err := h.log(t, h.owner, shop, vault.AccessQuery{Limit: 2})
	if err != nil || len(log) != 2 || log[0].Kind != "read" || log[1].Kind != "break glass" || log[1].ByKind != "operator" {
		t.Errorf("the owner sees %+v, %v", log, err)
	}
	h.Clock.Add(20 * time.Minute)
	if err := try(vault.Respond, "case 7"); !fault.Is(err, fault.KindDenied) {
		t.Errorf("without a step-up: %v", err)
	}
}

func TestOnlyNamedUsersReachTheSocket(t *testing.T) {
	t.Parallel()
	if !peer.Checked {
		return // this host has no peer credentials; Harden says so
	}
	v := vaulttest.With(t, keeper.Config{UIDs: []int{os.Getuid() + 1}, Log: slog.New(slog.DiscardHandler)})
	if _, err := v.Health(t.Context()); !fault.Is(err, fault.KindUnavailable) {
		t.Errorf("another user was answered: %v", err)
	}
}
