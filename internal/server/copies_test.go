//go:build unix

package server_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/noren-shop/noren/internal/base/blob"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/flow/checkout"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/server"
	"github.com/noren-shop/noren/internal/server/backup"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

func TestBackupComesBack(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		other := ""
		if dbtest.Offered() {
			other = dbtest.Database(t, db.Schema{})
		}
		comesBack(t, "", other)
	})
	if dbtest.Offered() {
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			comesBack(t, dbtest.Database(t, db.Schema{}), "sqlite")
		})
	}
}

// A copied is a service that was backed up, with two orders whose purchasers' names are known.
type copied struct {
	*run
	owner  servertest.Shop
	orders [2]id.Order
	file   string
	key    *age.X25519Identity
	blob   []byte
	acked  int // orders that had been acknowledged when the backup began
}

func comesBack(t *testing.T, store, other string) {
	t.Helper()
	c := &copied{run: newRun(t, "NOREN_STORE="+store), blob: []byte("a picture")}
	c.run.open()
	c.web = c.start("shop", nil) // orders come in all the while
	c.await("orders", 10)
	c.make()
	c.backup()
	c.erase()
	c.await("orders beside the backup", c.acked+3)
	c.stop()
	c.refusals()

	c.destroy("data")
	c.fresh(store)
	c.restore("the vault's folder was left", func(r backup.Restored) bool { return r.KeptVault && r.KeptLedger && r.Erased == 1 })
	c.open(false, true)

	c.destroy("data", "vault/vault.db", "vault/vault.db-wal", "vault/vault.db-shm")
	c.fresh(store)
	c.restore("the ledger was left", func(r backup.Restored) bool { return !r.KeptVault && r.KeptLedger && r.Erased == 1 })
	c.open(false, true)

	if other != "" {
		c.environ = append(c.environ, "NOREN_STORE="+strings.TrimPrefix(other, "sqlite"))
	} else {
		c.fresh(store)
	}
	c.destroy("data", "vault")
	c.restore("nothing was left", func(r backup.Restored) bool { return !r.KeptVault && !r.KeptLedger && r.Erased == 0 })
	c.open(true, true)
}

// fresh gives a store on PostgreSQL an empty database; a file goes with its folder.
func (c *copied) fresh(store string) {
	if store != "" {
		c.environ = append(c.environ, "NOREN_STORE="+dbtest.Database(c.T, db.Schema{}))
	}
}

// house opens the service's stores beside its processes, as an operator's command does.
func (c *copied) house() *server.House {
	c.Helper()
	h, err := server.Open(c.Context(), server.Options{Config: c.config(c.T), Log: quietLog()})
	if err != nil {
		c.Fatal(err)
	}
	return h
}

func (c *copied) make() {
	h := c.house()
	defer h.Close()
	if err := h.Prepare(c.Context()); err != nil {
		c.Fatal(err)
	}
	s := &servertest.Server{House: h, Book: &place.Book{Domain: "localhost"}}
	c.owner = s.OpenShop(c, "kept")
	p := s.Product(c, c.owner, catalog.In{Name: "湯呑", Variants: []catalog.VariantIn{{Price: 3_300}}}, 10)
	if _, err := h.Blobs.Put(c.Context(), c.owner.ID, bytes.NewReader(c.blob)); err != nil {
		c.Fatal(err)
	}
	for n := range c.orders {
		visitor := flowtest.Visitor()
		visitor.Shop = c.owner.ID
		form := (&flowtest.Kit{}).Form()
		form.Shipping, form.Name = id.String(c.owner.Method.ID), name(n)
		var crt cart.Cart
		err := h.DB.Write(c.Context(), visitor, func(tx *db.Tx) (err error) {
			if crt, err = h.Carts.Open(c.Context(), tx, secret.Token{}, i18n.Ja); err != nil {
				return err
			}
			crt, err = h.Carts.Add(c.Context(), tx, crt, cart.Line{Variant: p.Variants[0].ID, Quantity: 1})
			return err
		})
		if err != nil {
			c.Fatal(err)
		}
		shown, err := h.Checkout.Confirm(c.Context(), visitor, crt.Token, form)
		if err != nil {
			c.Fatal(err)
		}
		placed, err := h.Checkout.Place(c.Context(), visitor, checkout.PlaceIn{Cart: crt.Token, Form: form, Digest: shown.Digest, Key: shown.Key,
			Screen: flowtest.Screen})
		if err != nil {
			c.Fatal(err)
		}
		c.orders[n] = placed.Order
	}
}

func name(n int) string { return [...]string{"山田 花子", "佐藤 太郎"}[n] }

func (c *copied) scope() db.Scope {
	return db.Scope{Actor: c.owner.Owner, Shop: c.owner.ID, Request: "test"}
}

func (c *copied) copier() server.Copier {
	return server.Copier{Config: c.config(c.T), Log: quietLog(), Tell: func(string, int64) {}}
}

func (c *copied) backup() {
	var err error
	if c.key, err = age.GenerateX25519Identity(); err != nil {
		c.Fatal(err)
	}
	c.file, c.acked = filepath.Join(c.dir, "backup.age"), len(c.acks())
	if err := c.copier().Backup(c.Context(), c.file, []age.Recipient{c.key.Recipient()}); err != nil {
		c.Fatal(err)
	}
	if err := c.copier().Backup(c.Context(), c.file, []age.Recipient{c.key.Recipient()}); err == nil {
		c.Error("wrote over a backup")
	}
}

// erase is what happens after the backup: the first purchaser wants to be forgotten.
func (c *copied) erase() {
	h := c.house()
	defer h.Close()
	err := h.DB.Write(c.Context(), c.scope(), func(tx *db.Tx) error {
		o, err := h.Orders.Get(c.Context(), tx, c.orders[0])
		if err != nil {
			return err
		}
		return h.Vault.Erase(c.Context(), tx, vault.GuestSubject(c.owner.ID, o.Guest))
	})
	if err != nil {
		c.Fatal(err)
	}
}

func (c *copied) stop() {
	c.kill(c.web)
	if err := c.vault.Stop(); err != nil {
		c.Error(err)
	}
}

func (c *copied) destroy(names ...string) {
	for _, n := range names {
		if err := os.RemoveAll(filepath.Join(c.dir, "home", n)); err != nil {
			c.Fatal(err)
		}
	}
}

// refusals are files and keys that are not good: nothing is written for them.
func (c *copied) refusals() {
	whole, err := os.ReadFile(c.file)
	if err != nil {
		c.Fatal(err)
	}
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		c.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for what, x := range map[string]struct {
		file []byte
		id   age.Identity
		want error
	}{
		"another's key":  {whole, stranger, backup.ErrKey},
		"cut short":      {whole[:len(whole)-1000], c.key, backup.ErrBroken},
		"cut at a chunk": {whole[:len(whole)-len(whole)%(64<<10)], c.key, backup.ErrBroken},
		"changed":        {flipped, c.key, backup.ErrBroken},
		"empty":          {nil, c.key, backup.ErrBroken},
		"not a backup":   {[]byte("hello"), c.key, backup.ErrBroken},
	} {
		file := filepath.Join(c.dir, "bad")
		if err := os.WriteFile(file, x.file, 0o600); err != nil {
			c.Fatal(err)
		}
		if _, err := c.copier().Check(c.Context(), file, []age.Identity{x.id}); !errors.Is(err, x.want) {
			c.Errorf("%s: %v", what, err)
		}
	}
	key := c.config(c.T).Vault.KeyFile
	if err := os.Rename(key, key+".kept"); err != nil {
		c.Fatal(err)
	}
	if _, err := c.copier().Check(c.Context(), c.file, []age.Identity{c.key}); !errors.Is(err, backup.ErrKeyFile) {
		c.Errorf("without the key file: %v", err)
	}
	if err := os.Rename(key+".kept", key); err != nil {
		c.Fatal(err)
	}
	plan, err := c.copier().Check(c.Context(), c.file, []age.Identity{c.key})
	if err != nil {
		c.Fatal(err)
	}
	if _, err := plan.Run(c.Context()); !errors.Is(err, backup.ErrNotEmpty) {
		c.Errorf("over data: %v", err)
	}
}

func (c *copied) restore(what string, as func(backup.Restored) bool) {
	c.Helper()
	plan, err := c.copier().Check(c.Context(), c.file, []age.Identity{c.key})
	if err != nil {
		c.Fatalf("%s: %v", what, err)
	}
	got, err := plan.Run(c.Context())
	if err != nil || !as(got) {
		c.Fatalf("%s: %+v, %v", what, got, err)
	}
}

// open starts the vault on what was restored and reads: which of the two purchasers' data opens.
func (c *copied) open(want ...bool) {
	c.Helper()
	c.run.open()
	defer c.vault.Stop() //nolint:errcheck // the next restore says when it runs
	h := c.house()
	defer h.Close()
	for n, opens := range want {
		who, err := c.read(h, c.orders[n])
		if opens && (err != nil || who.Name != name(n)) {
			c.Errorf("order %d: %+v, %v", n, who, err)
		}
		if !opens && who.Name != "" {
			c.Errorf("order %d: an erased purchaser came back: %v", n, err)
		}
	}
	blobs := 0
	if err := h.Blobs.Walk(c.Context(), c.owner.ID, blobCount(&blobs)); err != nil || blobs != 1 {
		c.Errorf("%d pictures, %v", blobs, err)
	}
	ids := strings.Split(c.shop, ",")
	var n int64
	err := h.DB.Read(c.Context(), db.Scope{Shop: id.Shop(atoi(ids[0])), Actor: servertest.Seed()}, func(r db.Reader) error {
		bad, err := h.Stock.Audit(c.Context(), r)
		if len(bad) > 0 {
			c.Errorf("stock does not add up: %v", bad)
		}
		n = number(c.run, r, `SELECT COUNT(*) FROM purchase WHERE shop_id = $1`, atoi(ids[0]))
		return err
	})
	if err != nil || int(n) < c.acked {
		c.Errorf("%d orders of the %d that were there: %v", n, c.acked, err)
	}
}

func (c *copied) read(h *server.House, n id.Order) (who order.Person, err error) {
	err = h.DB.Read(c.Context(), c.scope(), func(r db.Reader) error {
		o, err := h.Orders.Get(c.Context(), r, n)
		if err != nil {
			return err
		}
		who, err = h.Orders.Reveal(c.Context(), r, o, vault.ViewOrder, "")
		return err
	})
	return who, err
}

func TestTwoServersOnOneFolderAreOneTooMany(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.open()
	r.web = r.start("calm", nil)
	for !r.isCalm() {
		select {
		case <-r.news:
		case <-r.web.Done():
			r.give("the web process ended by itself")
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	second := r.start("serve", nil)
	defer second.Stop() //nolint:errcheck // it has ended by itself
	select {
	case <-second.Done():
	case <-ctx.Done():
	}
	if second.Err() == nil || !strings.Contains(r.said(), server.ErrRunning.Text.En) {
		t.Errorf("%v\n%s", second.Err(), r.said())
	}
}

func blobCount(n *int) func(blob.Info) error {
	return func(blob.Info) error { *n++; return nil }
}
