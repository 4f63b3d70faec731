// Package shopkey holds the shops' private keys and opens records with them.
//
// It guarantees that a private key is wrapped wherever it is stored, that an encapsulation which was erased never opens
// again, and that record keys in its cache go when their record is erased. It refuses to say why a record does not
// open.
package shopkey

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/security/keys"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/envelope"
	"github.com/noren-shop/noren/internal/security/vault/keeper/fold"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// A Store is where shops' keys are. It is safe for many goroutines.
type Store struct {
	db       *db.DB
	wrapper  keys.Wrapper
	blindKey []byte

	mu      sync.RWMutex
	private map[shopKey]envelope.PrivateKey
	erased  map[[32]byte]bool
	records map[[32]byte][]byte
}

type shopKey struct{ shop, no int64 }

const (
	maxPrivate = 50_000
	maxRecords = 200_000 // some 20 MB
)

// Open reads what was erased.
func Open(ctx context.Context, d *db.DB, w keys.Wrapper, blindKey []byte) (*Store, error) {
	s := &Store{db: d, wrapper: w, blindKey: blindKey, private: map[shopKey]envelope.PrivateKey{},
		erased: map[[32]byte]bool{}, records: map[[32]byte][]byte{}}
	err := d.Read(ctx, db.Scope{}, func(r db.Reader) error { return selectErased(ctx, r, s.erased) })
	if err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	return s, nil
}

// Create makes a shop's key, or gives the one that it has; made says which.
func (s *Store) Create(ctx context.Context, shop int64) (key wire.ShopKey, made bool, err error) {
	if shop < 0 {
		return wire.ShopKey{}, false, wire.Fail(wire.Invalid, "")
	}
	const first = 1
	private, err := envelope.NewPrivateKey()
	if err != nil {
		return wire.ShopKey{}, false, err
	}
	secret, err := private.Bytes()
	if err != nil {
		return wire.ShopKey{}, false, fmt.Errorf("read shop key: %w", err)
	}
	wrapped, err := s.wrapper.Wrap(ctx, secret, label(shop, first))
	if err != nil {
		return wire.ShopKey{}, false, fmt.Errorf("wrap shop key: %w", err)
	}
	out := wire.ShopKey{Shop: shop}
	err = s.db.Write(ctx, db.Scope{}, func(tx *db.Tx) error {
		n, err := insertKey(ctx, tx, shop, first, private.Public(), wrapped)
		if err != nil {
			return err
		}
		made = n > 0
		out.No, out.Public, err = selectPublic(ctx, tx, shop)
		return err
	})
	if err != nil {
		return wire.ShopKey{}, false, fmt.Errorf("store shop key: %w", err)
	}
	return out, made, nil
}

func label(shop, no int64) string { return fmt.Sprintf("shop %d key %d", shop, no) }

// privateKey unwraps a shop's key, once.
func (s *Store) privateKey(ctx context.Context, shop, no int64) (envelope.PrivateKey, error) {
	s.mu.RLock()
	k, ok := s.private[shopKey{shop, no}]
	s.mu.RUnlock()
	if ok {
		return k, nil
	}
	var wrapped []byte
	err := s.db.Read(ctx, db.Scope{}, func(r db.Reader) error {
		var err error
		wrapped, err = selectWrapped(ctx, r, shop, no)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		return envelope.PrivateKey{}, envelope.ErrOpen
	}
	if err != nil {
		return envelope.PrivateKey{}, fmt.Errorf("read shop key: %w", err)
	}
	secret, err := s.wrapper.Unwrap(ctx, wrapped, label(shop, no))
	if err != nil {
		return envelope.PrivateKey{}, fmt.Errorf("unwrap shop key: %w", err)
	}
	if k, err = envelope.ParsePrivateKey(secret); err != nil {
		return envelope.PrivateKey{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.private) >= maxPrivate {
		clear(s.private)
	}
	s.private[shopKey{shop, no}] = k
	return k, nil
}

// Opener opens one record: the fields of one encapsulation.
func (s *Store) Opener(ctx context.Context, enc []byte, p envelope.Place) (*envelope.Opener, error) {
	if len(enc) != envelope.EncSize {
		return nil, envelope.ErrOpen
	}
	name := recordName(enc, p)
	s.mu.RLock()
	gone, key := s.erased[sha256.Sum256(enc)], s.records[name]
	s.mu.RUnlock()
	if gone {
		return nil, wire.Fail(wire.NotFound, "gone")
	}
	if key != nil {
		return envelope.NewOpener(key, p)
	}
	private, err := s.privateKey(ctx, p.Shop, p.ShopKey)
	if err != nil {
		return nil, err
	}
	if key, err = private.RecordKey(enc, p); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.erased[sha256.Sum256(enc)] {
		return nil, wire.Fail(wire.NotFound, "gone")
	}
	if len(s.records) >= maxRecords {
		clear(s.records)
	}
	s.records[name] = key
	return envelope.NewOpener(key, p)
}

// recordName is the cache's key. It holds the whole place, since the place makes the record key.
func recordName(enc []byte, p envelope.Place) [32]byte {
	b := make([]byte, 0, 128)
	b = append(b, enc...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Shop))
	b = binary.BigEndian.AppendUint64(b, uint64(p.ShopKey))
	b = binary.BigEndian.AppendUint64(b, uint64(p.Row))
	b = binary.BigEndian.AppendUint64(b, uint64(p.Subject))
	b = append(b, p.Population)
	b = append(b, p.Table...)
	return sha256.Sum256(b)
}

// A Record is opened whole: all its fields, in their order.
type Record struct {
	Place  func(shopKey int64) envelope.Place
	Keys   []wire.Key
	Fields []wire.Field
	Plain  [][]byte
	Linked bool // a link's digest fits; see OpenAll
}

// A Link is the capability that is asked for, if any.
type Link struct {
	Digest [32]byte
	NowMS  int64
}

// OpenAll opens records, on all processors. Any that does not open fails all.
func (s *Store) OpenAll(ctx context.Context, records []Record, link *Link) error {
	workers := min(runtime.GOMAXPROCS(0), (len(records)+31)/32)
	if workers <= 1 {
		return s.openSome(ctx, records, link)
	}
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		from, to := len(records)*w/workers, len(records)*(w+1)/workers
		wg.Go(func() { errs[w] = s.openSome(ctx, records[from:to], link) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *Store) openSome(ctx context.Context, records []Record, link *Link) error {
	for i := range records {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.open(ctx, &records[i], link); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) open(ctx context.Context, rec *Record, link *Link) error {
	openers := make(map[uint32]*envelope.Opener, len(rec.Keys))
	linked := link != nil && len(rec.Keys) > 0
	for _, k := range rec.Keys {
		o, err := s.Opener(ctx, k.Enc, rec.Place(k.ShopKey))
		if err != nil {
			return err
		}
		openers[envelope.NumberOf(k.Enc)] = o
		// Every key must have the link. Anybody can seal a new key with a link of their own beside the true one.
		linked = linked && o.Linked(k.Link, link.Digest, link.NowMS)
	}
	rec.Linked = linked
	rec.Plain = make([][]byte, len(rec.Fields))
	for i, f := range rec.Fields {
		no, _ := envelope.KeyNo(f.Sealed)
		o := openers[no]
		if o == nil {
			return envelope.ErrOpen
		}
		plain, err := o.Open(f.Column, f.Class, f.Sealed)
		if err != nil {
			return err
		}
		rec.Plain[i] = plain
	}
	return nil
}

// Erase makes encapsulations unopenable for ever. It is durable when it returns.
func (s *Store) Erase(ctx context.Context, shop int64, encs [][]byte) error {
	err := s.db.Write(ctx, db.Scope{}, func(tx *db.Tx) error {
		for _, e := range encs {
			d := sha256.Sum256(e)
			if err := insertErased(tx, shop, d[:]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store erasure: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range encs {
		s.erased[sha256.Sum256(e)] = true
	}
	clear(s.records) // the cache is by place; erasures are rare
	return nil
}

// blindSize leaves 128 bits: enough that two do not meet in one shop.
const blindSize = 16

// Blind makes the blind index of a text, nil for one that is empty when folded.
func (s *Store) Blind(shop int64, class vault.Class, text string) []byte {
	switch class {
	case vault.Phone:
		text = fold.Digits(text)
	case vault.Email, vault.LoginID:
		text = fold.Login(text)
	default:
		text = fold.Text(text)
	}
	if text == "" {
		return nil
	}
	m := hmac.New(sha256.New, s.blindKey)
	m.Write(append(binary.BigEndian.AppendUint64(nil, uint64(shop)), uint8(class)))
	m.Write([]byte(text))
	return m.Sum(nil)[:blindSize]
}

// Rewrap wraps every shop's key under the newest wrapping key and says how many it did.
func (s *Store) Rewrap(ctx context.Context) (int, error) {
	done := 0
	for {
		n, err := s.rewrapSome(ctx)
		if err != nil {
			return done, fmt.Errorf("wrap shop keys anew: %w", err)
		}
		if n == 0 {
			return done, nil
		}
		done += n
	}
}

func (s *Store) rewrapSome(ctx context.Context) (int, error) {
	n := 0
	err := s.db.Write(ctx, db.Scope{}, func(tx *db.Tx) error {
		n = 0
		all, err := selectAllWrapped(ctx, tx)
		if err != nil {
			return err
		}
		for _, w := range all {
			if s.wrapper.Current(w.wrapped) {
				continue
			}
			secret, err := s.wrapper.Unwrap(ctx, w.wrapped, label(w.shop, w.no))
			if err != nil {
				return err
			}
			anew, err := s.wrapper.Wrap(ctx, secret, label(w.shop, w.no))
			if err != nil {
				return err
			}
			if err := updateWrapped(ctx, tx, w.shop, w.no, anew); err != nil {
				return err
			}
			if n++; n == 500 {
				return nil
			}
		}
		return nil
	})
	return n, err
}

// Opens says whether the wrapper opens a stored key: of a backup, before it is restored.
func Opens(ctx context.Context, w keys.Wrapper, shop, no int64, wrapped []byte) error {
	_, err := w.Unwrap(ctx, wrapped, label(shop, no))
	return err
}
