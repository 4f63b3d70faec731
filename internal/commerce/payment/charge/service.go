package charge

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/book"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/security/vault"
)

// Vault is what charges need of vault.Client.
type Vault interface {
	NewRecord(ctx context.Context, r db.Reader, rec vault.Record) (*vault.Sealer, error)
	OpenWithReason(ctx context.Context, r db.Reader, why vault.Purpose, reason string, records []vault.Opening) error
}

// A Service keeps charges and refunds.
type Service struct{ vault Vault }

// NewService makes the service.
func NewService(v Vault) *Service { return &Service{v} }

// ErrNone is a charge that is missing.
var ErrNone = fault.NotFound(fault.Text{Ja: "この決済は見つかりません。", En: "This charge cannot be found."})

// SettleJob makes the money of an order what it should be. Its reference is the order.
const SettleJob job.Kind = "settle payment"

// Wake has an order's money looked after when the transaction has been committed, whatever becomes of this process.
func Wake(ctx context.Context, tx *db.Tx, o id.Order) error {
	if err := job.Add(ctx, tx, SettleJob, int64(o), tx.Now()); err != nil {
		return fmt.Errorf("add settling's job: %w", err)
	}
	return nil
}

// A Plan is a charge that is to be opened.
type Plan struct {
	ID       id.Charge
	Order    id.Order
	No       int64
	Provider provider.Name
	Setting  payment.Setting
	Amount   int64
	Due      int64
	Saved    id.Card
	Save     bool
}

// MeansOf is what a method is paid with.
func MeansOf(m payment.Method) provider.Means {
	if m == payment.Convenience {
		return provider.Convenience
	}
	return provider.Card
}

// Add stores a charge with its key, before the provider hears of it. An id or number that is taken fails the transaction with what
// db.IsTaken knows.
func (s *Service) Add(tx *db.Tx, p Plan) (Charge, error) {
	if err := tx.Allow(actor.PlaceOrders); err != nil {
		return Charge{}, err
	}
	c := Charge{ID: p.ID, Order: p.Order, No: p.No, Provider: p.Provider, Means: MeansOf(p.Setting.Method), State: New, Amount: p.Amount,
		Key:     "noren-" + id.String(tx.Shop()) + "-" + id.String(p.ID),
		Capture: payment.AtOnce, Saved: p.Saved, Save: p.Save, Inline: p.Setting.Inline, Made: tx.NowMS(), Due: p.Due,
		Look: tx.Now().Add(lookSoon).UnixMilli(), Version: 1}
	if p.Setting.Method == payment.Card && p.Setting.Capture == payment.AtDispatch {
		c.Capture = payment.AtDispatch
	}
	yes := map[bool]int64{true: 1}
	err := tx.Queue(insertCharge, tx.Shop(), c.ID, c.Order, c.No, string(c.Provider), string(c.Means), c.Key, c.Amount, string(c.Capture),
		c.Saved, yes[c.Save], yes[c.Inline], c.Made, c.Due, c.Look)
	if err != nil {
		return c, fmt.Errorf("insert charge: %w", err)
	}
	return c, nil
}

// Of are an order's charges, by their number, and its refunds.
func (s *Service) Of(ctx context.Context, r db.Reader, o id.Order) ([]Charge, []Refund, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, nil, err
	}
	cs, err := db.All(ctx, r, scanCharge, selectCharges, r.Shop(), o)
	if err != nil {
		return nil, nil, fmt.Errorf("read charges: %w", err)
	}
	rs, err := db.All(ctx, r, scanRefund, selectRefunds, r.Shop(), o)
	if err != nil {
		return nil, nil, fmt.Errorf("read refunds: %w", err)
	}
	return cs, rs, nil
}

// Find is the order of a charge, by the provider's name for it, or by its key where that is all that is known.
func (s *Service) Find(ctx context.Context, r db.Reader, name provider.Name, ref, key string) (id.Order, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return 0, err
	}
	text, value := selectByRef, ref
	if ref == "" {
		text, value = selectByKey, key
	}
	o, err := db.One(ctx, r, scanOrder, text, r.Shop(), value, string(name))
	if errors.Is(err, db.ErrNone) {
		return 0, ErrNone
	}
	if err != nil {
		return 0, fmt.Errorf("find charge: %w", err)
	}
	return o, nil
}

// Save stores what has become of a case, and gives new refunds their ids and keys. ErrMoved: somebody else was faster.
func (s *Service) Save(ctx context.Context, tx *db.Tx, before Case, after *Case) error {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return err
	}
	for i, c := range after.Charges {
		if err := saveCharge(ctx, tx, before.Charges[i], c); err != nil {
			return err
		}
	}
	for i, r := range after.Refunds {
		if i >= len(before.Refunds) {
			var err error
			if after.Refunds[i], err = s.newRefund(tx, r, nil); err != nil {
				return err
			}
			continue
		}
		if r == before.Refunds[i] {
			continue
		}
		n, err := tx.Exec(ctx, updateRefund, tx.Shop(), r.ID, r.Ref, string(r.State), r.Done, r.Version)
		if err != nil {
			return fmt.Errorf("update refund: %w", err)
		}
		if n == 0 {
			return ErrMoved
		}
	}
	return nil
}

// ErrMoved is a charge that has moved on since it was read.
var ErrMoved = fault.Conflict(fault.Text{
	Ja: "お支払いの状態が変わりました。画面を読み込み直してください。",
	En: "The payment has moved on. Please reload the page.",
})

func saveCharge(ctx context.Context, tx *db.Tx, before, c Charge) error {
	if before.same(c) {
		if before.Look == c.Look {
			return nil
		}
		if err := tx.Queue(updateLook, tx.Shop(), c.ID, c.Look); err != nil {
			return fmt.Errorf("put off looking at charge: %w", err)
		}
		return nil
	}
	yes := map[bool]int64{true: 1}
	n, err := tx.Exec(ctx, updateCharge, tx.Shop(), c.ID, c.Ref, string(c.State), yes[c.Accepted], string(c.Refused), c.Captured,
		c.Refunded, c.Take, c.TakeNo, string(c.Trouble), c.Reason, string(c.ThreeDS), c.slip, c.card, c.Opened,
		c.Secured, c.Ended, c.Due, c.Look, yes[c.Letting], c.Version)
	if err != nil {
		return fmt.Errorf("update charge: %w", err)
	}
	if n == 0 {
		return ErrMoved
	}
	return book.Enter(tx,
		book.Entry{Order: c.Order, Kind: book.Taken, Cause: int64(c.ID), No: c.Version, Debit: book.Provider, Credit: book.Purchaser,
			Amount: c.Captured - before.Captured},
		book.Entry{Order: c.Order, Kind: book.GivenBack, Cause: int64(c.ID), No: c.Version, Debit: book.Purchaser, Credit: book.Provider,
			Amount: c.Refunded - before.Refunded})
}

// same says whether nothing but the next look differs.
func (c Charge) same(d Charge) bool {
	if c.card.IsZero() != d.card.IsZero() {
		return false
	}
	c.Look, c.card, d.card = d.Look, vault.Sealed{}, vault.Sealed{}
	return reflect.DeepEqual(c, d)
}

// newRefund stores a refund with its key.
func (s *Service) newRefund(tx *db.Tx, r Refund, form []byte) (Refund, error) {
	who := tx.Actor()
	r.ID = id.Refund(tx.NewID())
	r.Key = "noren-" + id.String(tx.Shop()) + "-r" + id.String(r.ID)
	r.Actor, r.Account, r.Made, r.Version = who.Kind, who.Account, tx.NowMS(), 1
	var f any
	if form != nil {
		f = form
	}
	err := tx.Queue(insertRefund, tx.Shop(), r.ID, r.Order, r.Charge, r.Amount, r.Key, r.Ref, string(r.State), string(r.Why), f,
		string(r.Actor), r.Account, r.Made, r.Done)
	if err != nil {
		return r, fmt.Errorf("insert refund: %w", err)
	}
	return r, nil
}

// AddRefund stores what staff asked for, once for each form. By hand, it is entered as paid by the shop.
func (s *Service) AddRefund(ctx context.Context, tx *db.Tx, r Refund, form secret.Digest) (Refund, error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return r, err
	}
	r, err := s.newRefund(tx, r, form[:])
	if err != nil || r.State != ByHand {
		return r, err
	}
	return r, enterByHand(tx, r)
}

func enterByHand(tx *db.Tx, r Refund) error {
	return book.Enter(tx, book.Entry{Order: r.Order, Kind: book.GivenBack, Cause: int64(r.ID), No: r.Version, Debit: book.Purchaser,
		Credit: book.Bank, Amount: r.Amount})
}

// ByForm is the refund that a form asked for, or ErrNone.
func (s *Service) ByForm(ctx context.Context, r db.Reader, form secret.Digest) (Refund, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return Refund{}, err
	}
	got, err := db.One(ctx, r, scanRefund, selectRefundByForm, r.Shop(), form[:])
	if errors.Is(err, db.ErrNone) {
		return Refund{}, ErrNone
	}
	if err != nil {
		return Refund{}, fmt.Errorf("read refund: %w", err)
	}
	return got, nil
}

// PaidBack writes that the shop has paid back by itself what it owed on an order, and says how much.
func (s *Service) PaidBack(ctx context.Context, tx *db.Tx, o id.Order) (sum int64, err error) {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return 0, err
	}
	_, rs, err := s.Of(ctx, tx, o)
	if err != nil {
		return 0, err
	}
	for _, r := range rs {
		if r.State != Owed {
			continue
		}
		n, err := tx.Exec(ctx, updateRefund, tx.Shop(), r.ID, r.Ref, string(ByHand), tx.NowMS(), r.Version)
		if err != nil {
			return 0, fmt.Errorf("update refund: %w", err)
		}
		if n == 0 {
			return 0, ErrMoved
		}
		r.Version++
		if err := enterByHand(tx, r); err != nil {
			return 0, err
		}
		sum += r.Amount
	}
	return sum, nil
}

// Owing are refunds that the shop must pay back by itself.
func (s *Service) Owing(ctx context.Context, r db.Reader, limit int) ([]Refund, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	rs, err := db.All(ctx, r, scanRefund, selectOwed, r.Shop(), limit)
	if err != nil {
		return nil, fmt.Errorf("read refunds that are owed: %w", err)
	}
	return rs, nil
}

// ToLook are orders whose charges are to be asked about without news. Each is put off, so that the next sweep finds others.
func (s *Service) ToLook(ctx context.Context, tx *db.Tx, limit int) ([]id.Order, error) {
	if err := tx.Allow(actor.SweepShops); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, tx, scanOrder, selectToLook, tx.Shop(), tx.NowMS(), limit)
	if err != nil {
		return nil, fmt.Errorf("find charges to look at: %w", err)
	}
	for _, o := range list {
		if err := tx.Queue(putOffLook, tx.Shop(), o, tx.Now().Add(2*lookSoon).UnixMilli()); err != nil {
			return nil, fmt.Errorf("put off looking at charges: %w", err)
		}
	}
	return list, nil
}

// ShopsToLook are shops with such charges, for db.Across.
func (s *Service) ShopsToLook(ctx context.Context, r db.Reader, limit int) ([]id.Shop, error) {
	if err := r.Allow(actor.SweepShops); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, r, scanShop, selectShopsToLook, r.Now().UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("find shops with charges to look at: %w", err)
	}
	return list, nil
}

// table is the record that a card's display is sealed as.
const table = "charge"

// Keep seals what may be shown of the card, once.
func (s *Service) Keep(ctx context.Context, tx *db.Tx, c *Charge, who vault.Subject, card provider.CardDisplay) error {
	if err := tx.Allow(actor.EditOrders); err != nil {
		return err
	}
	text := shown(card)
	if !c.card.IsZero() || text == "" {
		return nil
	}
	var err error
	c.card, err = sealDisplay(ctx, s.vault, tx, vault.Record{Table: table, Row: int64(c.ID), Subject: who}, "card", text)
	return err
}

func sealDisplay(ctx context.Context, v Vault, tx *db.Tx, rec vault.Record, column, text string) (vault.Sealed, error) {
	key, err := v.NewRecord(ctx, tx, rec)
	if err != nil {
		return vault.Sealed{}, err
	}
	sealed, err := key.Seal(column, vault.CardDisplay, text)
	if err != nil {
		return vault.Sealed{}, err
	}
	return sealed, key.Save(ctx, tx)
}

// shown writes brand, last four digits and expiry as one text.
func shown(c provider.CardDisplay) string {
	return strings.TrimSpace(strings.Join([]string{c.Brand, c.Last4, c.Expires}, " "))
}

// Shown opens what cards showed, by their charge: brand, last four digits, expiry. It is for the reader's purpose, and entered.
func (s *Service) Shown(ctx context.Context, r db.Reader, who vault.Subject, why vault.Purpose, cs []Charge) (map[id.Charge]string, error) {
	if err := r.Allow(actor.ViewOrders); err != nil {
		return nil, err
	}
	texts, erased := make([]string, len(cs)), make([]bool, len(cs))
	var asked []vault.Opening
	for i, c := range cs {
		if !c.card.IsZero() {
			asked = append(asked, vault.Opening{Table: table, Row: int64(c.ID), Subject: who, Erased: &erased[i],
				Fields: []vault.Field{{Column: "card", Class: vault.CardDisplay, Sealed: c.card, Text: &texts[i]}}})
		}
	}
	out := map[id.Charge]string{}
	if len(asked) == 0 {
		return out, nil
	}
	if err := s.vault.OpenWithReason(ctx, r, why, "", asked); err != nil {
		return nil, err
	}
	for i, c := range cs {
		if texts[i] != "" {
			out[c.ID] = texts[i]
		}
	}
	return out, nil
}
