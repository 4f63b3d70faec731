package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault/keeper/migrations"
	"github.com/noren-shop/noren/internal/security/vault/keeper/shopkey"
	shops "github.com/noren-shop/noren/migrations"
)

// A Restored says what was done.
type Restored struct {
	Manifest
	KeptVault, KeptLedger bool
	Erased                int // records that the backup held and that stay erased
}

// A Plan is what a backup holds, read and found whole.
type Plan struct {
	Manifest
	Entries  int64
	versions map[string]int64
	heads    map[id.Shop]chainHead
	erased   []erasure
}

type chainHead struct {
	seq  int64
	hash []byte
}

type erasure struct {
	enc  []byte
	shop int64
	at   int64
}

// Check reads the whole file and says what it holds. It writes nothing.
func Check(ctx context.Context, t Targets) (*Plan, error) {
	p := &Plan{versions: map[string]int64{}, heads: map[id.Shop]chainHead{}}
	err := read(ctx, t.Open, t.Identities, func(name string, body []byte) error {
		p.Entries++
		return p.look(ctx, t, name, body)
	})
	if err != nil {
		return nil, err
	}
	if p.Format != format {
		return nil, db.ErrNewer
	}
	for part, s := range schemas() {
		if _, has := p.versions[part]; !has {
			return nil, broken("no part " + part)
		}
		if _, err := s.Upto(p.versions[part]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func schemas() map[string]db.Schema {
	return map[string]db.Schema{partShops: shops.Schema(), partVault: migrations.Schema(), partLedger: ledger.Schema()}
}

func (p *Plan) look(ctx context.Context, t Targets, name string, body []byte) error {
	if name == nameManifest {
		if err := json.Unmarshal(body, &p.Manifest); err != nil {
			return broken(err.Error())
		}
		return nil
	}
	if part, is := strings.CutSuffix(name, suffixHead); is {
		var h head
		if err := json.Unmarshal(body, &h); err != nil {
			return broken(err.Error())
		}
		p.versions[part] = h.Version
		return nil
	}
	if strings.HasPrefix(name, partMedia+"/") {
		_, _, err := mediaName(name)
		return err
	}
	part, tb, rows, err := rowsOf(name, body)
	if err != nil {
		return err
	}
	switch part + " " + tb.Name {
	case partVault + " shop_secret":
		return p.checkKeys(ctx, t, tb, rows)
	case partVault + " erased":
		return each(tb, rows, []string{"enc", "shop_id", "at_ms"}, func(v []any) bool {
			enc, ok1 := v[0].([]byte)
			shop, ok2 := v[1].(int64)
			at, ok3 := v[2].(int64)
			p.erased = append(p.erased, erasure{enc, shop, at})
			return ok1 && ok2 && ok3
		})
	case partLedger + " ledger_head":
		return each(tb, rows, []string{"shop_id", "seq", "hash"}, func(v []any) bool {
			shop, ok1 := v[0].(int64)
			seq, ok2 := v[1].(int64)
			hash, ok3 := v[2].([]byte)
			p.heads[id.Shop(shop)] = chainHead{seq, hash}
			return ok1 && ok2 && ok3
		})
	}
	return nil
}

// checkKeys makes sure that the key file opens the shops' keys, before anything is written that it cannot open.
func (p *Plan) checkKeys(ctx context.Context, t Targets, tb db.Table, rows [][]any) error {
	wrong := false
	err := each(tb, rows, []string{"shop_id", "key_no", "wrapped"}, func(v []any) bool {
		shop, ok1 := v[0].(int64)
		no, ok2 := v[1].(int64)
		wrapped, ok3 := v[2].([]byte)
		wrong = wrong || shopkey.Opens(ctx, t.Keys.Ring, shop, no, wrapped) != nil
		return ok1 && ok2 && ok3
	})
	if err == nil && wrong {
		return ErrKeyFile
	}
	return err
}

// each gives some columns of rows.
func each(t db.Table, rows [][]any, columns []string, f func([]any) bool) error {
	at := make([]int, len(columns))
	for i, c := range columns {
		if at[i] = slices.Index(t.Columns, c); at[i] < 0 {
			return broken("no column " + c)
		}
	}
	for _, row := range rows {
		v := make([]any, len(at))
		for i, n := range at {
			v[i] = row[n]
		}
		if !f(v) {
			return broken("a value of another kind")
		}
	}
	return nil
}

func rowsOf(name string, body []byte) (part string, t db.Table, rows [][]any, err error) {
	segs := strings.Split(name, "/")
	if len(segs) != 3 || !strings.HasSuffix(name, suffixRows) {
		return "", t, nil, broken("a strange entry")
	}
	t.Name = segs[1]
	if t.Columns, rows, err = parseChunk(body); err != nil {
		return "", t, nil, broken(err.Error())
	}
	return segs[0], t, rows, nil
}

func mediaName(name string) (id.Shop, blob.Digest, error) {
	segs := strings.Split(name, "/")
	if len(segs) != 3 {
		return 0, "", broken("a strange entry")
	}
	shop, err := strconv.ParseInt(segs[1], 10, 64)
	if err != nil || shop < 0 {
		return 0, "", broken("a strange entry")
	}
	d, err := blob.ParseDigest(segs[2])
	if err != nil {
		return 0, "", broken("a strange entry")
	}
	return id.Shop(shop), d, nil
}

// Restore brings everything back, as Check has read it, and brings its tables up to date.
func (p *Plan) Restore(ctx context.Context, t Targets, tell Progress) (Restored, error) {
	out := Restored{Manifest: p.Manifest, KeptVault: t.KeepVault, KeptLedger: t.KeepLedger}
	if t.KeepLedger {
		if err := p.continues(ctx, t); err != nil {
			return out, err
		}
	}
	r := &restorer{p: p, t: t, tell: tell, loads: map[string]*load{}, skip: map[string]bool{partVault: t.KeepVault, partLedger: t.KeepLedger}}
	defer r.close()
	if err := r.run(ctx); err != nil {
		return out, err
	}
	r.close()
	var err error
	out.Erased, err = p.replay(ctx, t)
	return out, err
}

// continues makes sure that the ledger which is there holds all that the backup's holds.
func (p *Plan) continues(ctx context.Context, t Targets) error {
	d, err := t.Ledger(ctx, ledger.Schema())
	if err != nil {
		return fmt.Errorf("open ledger: %w", err)
	}
	defer d.Close()
	return d.Across("is it the backup's ledger").Read(ctx, db.Scope{}, func(r db.Reader) error {
		for shop, h := range p.heads {
			var hash []byte
			err := r.QueryRow(ctx, sqlEntryHash, int64(shop), h.seq).Scan(&hash)
			if err != nil || !bytes.Equal(hash, h.hash) {
				return ErrOtherLedger.Because(err)
			}
		}
		return nil
	})
}

// A restorer fills the stores.
type restorer struct {
	p     *Plan
	t     Targets
	tell  Progress
	skip  map[string]bool
	loads map[string]*load
	media *blob.Folder
	files int64
}

type load struct {
	d    *db.DB
	into *db.Loader
	rows int64
}

func (r *restorer) close() {
	for _, l := range r.loads {
		l.d.Close()
	}
	clear(r.loads)
	if r.media != nil {
		r.media.Close()
		r.media = nil
	}
}

func (r *restorer) run(ctx context.Context) error {
	for part, s := range schemas() {
		if r.skip[part] {
			continue
		}
		old, err := s.Upto(r.p.versions[part])
		if err != nil {
			return err
		}
		d, err := r.store(part)(ctx, old)
		if err != nil {
			return fmt.Errorf("open %s: %w", part, err)
		}
		r.loads[part] = &load{d: d}
		if n, err := d.Rows(ctx); err != nil || n > 0 {
			return ErrNotEmpty.Because(err)
		}
		if r.loads[part].into, err = d.Load(ctx); err != nil {
			return err
		}
	}
	var err error
	if r.media, err = r.t.Media(); err != nil {
		return err
	}
	if err := read(ctx, r.t.Open, r.t.Identities, func(name string, body []byte) error { return r.entry(ctx, name, body) }); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	for part, l := range r.loads {
		r.tell(part, l.rows)
	}
	r.tell(partMedia, r.files)
	return nil
}

func (r *restorer) store(part string) Store {
	return map[string]Store{partShops: r.t.Shops, partVault: r.t.Vault, partLedger: r.t.Ledger}[part]
}

func (r *restorer) entry(ctx context.Context, name string, body []byte) error {
	if name == nameManifest || strings.HasSuffix(name, suffixHead) {
		return nil
	}
	if strings.HasPrefix(name, partMedia+"/") {
		shop, digest, err := mediaName(name)
		if err != nil {
			return err
		}
		info, err := r.media.Put(ctx, shop, bytes.NewReader(body))
		if err == nil && info.Digest != digest {
			err = broken("a picture under another name")
		}
		r.files++
		return err
	}
	part, tb, rows, err := rowsOf(name, body)
	if err != nil {
		return err
	}
	if part == partRecordKeys {
		part = partShops
	}
	if r.skip[part] {
		return nil
	}
	l := r.loads[part]
	if l == nil {
		return broken("a strange part")
	}
	for some := range slices.Chunk(rows, 2000) {
		if err := l.into.Add(ctx, tb, some); err != nil {
			return err
		}
		if l.rows += int64(len(some)); l.rows/50_000 != (l.rows-int64(len(some)))/50_000 {
			r.tell(part, l.rows)
		}
	}
	return nil
}
