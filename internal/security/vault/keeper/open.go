package keeper

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/envelope"
	"github.com/noren-shop/noren/internal/security/vault/keeper/budget"
	"github.com/noren-shop/noren/internal/security/vault/keeper/fold"
	"github.com/noren-shop/noren/internal/security/vault/keeper/shopkey"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

const maxID = 1<<53 - 1

// A read is one request for plaintext on its way through the door.
type read struct {
	k    *Keeper
	conn uint64
	in   *wire.Open
	who  reader

	glass bool // an operator reads a shop's data: see breaksGlass
}

// begin checks the request's form, its credential and its right.
func (k *Keeper) begin(ctx context.Context, conn uint64, op wire.Op, body []byte) (*read, error) {
	in, err := wire.DecodeOpen(body)
	if err != nil {
		return nil, err
	}
	if err := check(in); err != nil {
		return nil, err
	}
	r := &read{k: k, conn: conn, in: in}
	if r.who, err = k.who(ctx, in.Credential); err != nil {
		return nil, err
	}
	rule := vault.Purposes()[vault.Purpose(in.Purpose)]
	if !inClasses(in) || rule.Secret || rule.Index != (op == wire.OpBlindSealed) {
		return nil, r.refuse(ctx, ledger.Denied, wire.Fail(wire.Denied, ""))
	}
	if !r.inScopes() {
		return nil, r.refuse(ctx, ledger.Denied, wire.Fail(wire.Denied, ""))
	}
	ok, err := k.may(ctx, r.who, in.Shop, vault.Purpose(in.Purpose), people(in.Shop, in.Records, nil))
	if err != nil {
		return nil, err
	}
	r.glass = k.breaksGlass(r.who, in)
	if !ok && !r.glass {
		if r.who.link {
			return nil, wire.Fail(wire.Unauthenticated, "")
		}
		return nil, r.refuse(ctx, ledger.Denied, wire.Fail(wire.Denied, ""))
	}
	return r, nil
}

// inClasses says whether the purpose needs what is asked for.
func inClasses(in *wire.Open) bool {
	needs := vault.Purposes()[vault.Purpose(in.Purpose)].Classes
	for i := range in.Records {
		for _, f := range in.Records[i].Fields {
			if needs != 0 && !needs.Has(vault.Class(f.Class)) {
				return false
			}
		}
	}
	return true
}

// inScopes says whether an app's scopes reach every class that it asks for.
func (r *read) inScopes() bool {
	if r.who.link || r.who.session.App == nil {
		return true
	}
	has := vault.ScopeClasses(r.who.session.App.Scopes)
	for i := range r.in.Records {
		for _, f := range r.in.Records[i].Fields {
			if !has.Has(vault.Class(f.Class)) {
				return false
			}
		}
	}
	return true
}

func check(in *wire.Open) error {
	if in.Shop < 0 || in.Shop > maxID || len(in.Records) == 0 {
		return wire.Fail(wire.Invalid, "")
	}
	for i := range in.Records {
		rec := &in.Records[i]
		p := vault.Population(rec.Population)
		if p < vault.ShopOwner || p > vault.OperatorStaff || rec.Subject < 1 || rec.Subject > maxID || rec.Table == "" {
			return wire.Fail(wire.Invalid, "")
		}
		for _, f := range rec.Fields {
			if !vault.Class(f.Class).Sealable() {
				return wire.Fail(wire.Invalid, "")
			}
		}
	}
	return nil
}

// people lists whose fields a read is about: of all records that have any, or of the matches alone.
func people(shop int64, records []wire.Record, matches []int) []budget.Person {
	var out []budget.Person
	add := func(r *wire.Record) {
		if len(r.Fields) > 0 {
			out = append(out, budget.Person{Shop: shop, Population: r.Population, ID: r.Subject})
		}
	}
	if matches != nil {
		for _, m := range matches {
			add(&records[m])
		}
		return out
	}
	for i := range records {
		add(&records[i])
	}
	return out
}

// openFields answers with plaintexts.
func (k *Keeper) openFields(ctx context.Context, conn uint64, body []byte) ([]byte, error) {
	r, err := k.begin(ctx, conn, wire.OpOpen, body)
	if err != nil {
		return nil, err
	}
	approved, err := r.budget(ctx, people(r.in.Shop, r.in.Records, nil))
	if err != nil {
		return nil, err
	}
	records, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	kind := ledger.Read
	if approved {
		kind = ledger.Export
	}
	if err := r.enter(ctx, kind, groups(r.in.Records, nil)); err != nil {
		return nil, err
	}
	n := 0
	for i := range records {
		n += len(records[i].Plain)
	}
	texts := make([][]byte, 0, n)
	for i := range records {
		texts = append(texts, records[i].Plain...)
	}
	return wire.EncodeTexts(texts), nil
}

// search answers with the places of the records that match.
func (k *Keeper) search(ctx context.Context, conn uint64, body []byte) ([]byte, error) {
	r, err := k.begin(ctx, conn, wire.OpSearch, body)
	if err != nil {
		return nil, err
	}
	query := fold.Text(r.in.Query)
	if query == "" {
		return nil, wire.Fail(wire.Invalid, "")
	}
	records, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	matches, hits := []int{}, map[int]uint64{}
	for i := range records {
		for j, p := range records[i].Plain {
			if strings.Contains(fold.Text(string(p)), query) {
				hits[i] |= 1 << r.in.Records[i].Fields[j].Class
			}
		}
		if hits[i] != 0 {
			matches = append(matches, i)
		}
	}
	if len(matches) == 0 {
		return wire.EncodeMatches(nil), nil
	}
	if _, err := r.budget(ctx, people(r.in.Shop, r.in.Records, matches)); err != nil {
		return nil, err
	}
	if err := r.enter(ctx, ledger.Search, groups(r.in.Records, hits)); err != nil {
		return nil, err
	}
	return wire.EncodeMatches(matches), nil
}

// budget counts, and enters a refusal.
func (r *read) budget(ctx context.Context, people []budget.Person) (approved bool, err error) {
	ok, approved, err := r.k.take(ctx, r.who, r.in.Shop, vault.Purpose(r.in.Purpose), people)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, r.refuse(ctx, ledger.Refused, wire.Fail(wire.TooMany, ""))
	}
	return approved, nil
}

// open decrypts in memory. A record that does not open as what the caller says it is, or that a link does not name,
// denies all.
func (r *read) open(ctx context.Context) ([]shopkey.Record, error) {
	records := make([]shopkey.Record, len(r.in.Records))
	for i := range records {
		in := &r.in.Records[i]
		records[i] = shopkey.Record{Keys: in.Keys, Fields: in.Fields, Place: func(shopKey int64) envelope.Place {
			return envelope.Place{Shop: r.in.Shop, ShopKey: shopKey, Table: in.Table, Row: in.Row,
				Population: in.Population, Subject: in.Subject}
		}}
	}
	var link *shopkey.Link
	if r.who.link {
		link = &shopkey.Link{Digest: r.who.digest, NowMS: r.k.cfg.Now().UnixMilli()}
	}
	err := r.k.shops.OpenAll(ctx, records, link)
	if errors.Is(err, envelope.ErrOpen) {
		if r.who.link {
			return nil, wire.Fail(wire.Unauthenticated, "")
		}
		return nil, r.refuse(ctx, ledger.Denied, wire.Fail(wire.Denied, ""))
	}
	if err != nil {
		return nil, err
	}
	for i := range records {
		if r.who.link && len(records[i].Fields) > 0 && !records[i].Linked {
			return nil, wire.Fail(wire.Unauthenticated, "")
		}
	}
	return records, nil
}

// groups are the subjects by the classes of their fields that have a value; with hits, by those that matched.
func groups(records []wire.Record, hits map[int]uint64) []ledger.Group {
	type key struct {
		population uint8
		mask       uint64
	}
	// A person with several records is entered once, with all classes.
	type person struct {
		population uint8
		id         int64
	}
	masks := map[person]uint64{}
	for i := range records {
		mask := hits[i]
		if hits == nil {
			for _, f := range records[i].Fields {
				mask |= 1 << f.Class
			}
		}
		if mask != 0 {
			masks[person{records[i].Population, records[i].Subject}] |= mask
		}
	}
	sets := map[key]*roaring64.Bitmap{}
	for p, mask := range masks {
		at := key{p.population, mask}
		if sets[at] == nil {
			sets[at] = roaring64.New()
		}
		sets[at].Add(uint64(p.id))
	}
	out := make([]ledger.Group, 0, len(sets))
	for at, set := range sets {
		out = append(out, ledger.Group{Population: at.population, Mask: at.mask, Subjects: set})
	}
	return out
}

// enter makes the read durable in the ledger. Only then may anything leave.
func (r *read) enter(ctx context.Context, kind ledger.Kind, groups []ledger.Group) error {
	if len(groups) == 0 {
		return nil // no field had a value: nothing is shown
	}
	e := r.who.entry(kind, r.conn, r.in.Purpose, r.in.Request)
	if r.in.Reason != "" {
		e.Reason = r.k.reasonDigest(r.in.Reason)
		if err := r.k.keepReason(ctx, r.in.Shop, e.Reason, r.in.Reason); err != nil {
			return err
		}
	}
	e.Groups = groups
	if r.glass {
		glass := e
		glass.Kind = ledger.BreakGlass
		return r.k.append(ctx, r.in.Shop, glass, e)
	}
	return r.k.append(ctx, r.in.Shop, e)
}

func (k *Keeper) reasonDigest(reason string) []byte {
	m := hmac.New(sha256.New, k.reason)
	m.Write([]byte(reason))
	return m.Sum(nil)
}

// append enters, and is unavailable when that cannot be done.
func (k *Keeper) append(ctx context.Context, shop int64, entries ...ledger.Entry) error {
	if _, err := k.ledger.Append(ctx, id.Shop(shop), entries); err != nil {
		k.cfg.Log.Error("append to ledger", "err", err)
		return &wire.Error{Status: wire.Unavailable, Cause: fmt.Errorf("append to ledger: %w", err)}
	}
	return nil
}

// refuse enters what was asked for and not given, and gives the failure.
func (r *read) refuse(ctx context.Context, kind ledger.Kind, failure error) error {
	e := r.who.entry(kind, r.conn, r.in.Purpose, r.in.Request)
	e.Groups = groups(r.in.Records, nil)
	if err := r.k.append(ctx, r.in.Shop, e); err != nil {
		return err
	}
	return failure
}
