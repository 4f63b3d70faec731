package vault_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/envelope"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
)

// noLedger is for comparison: it enters nothing.
type noLedger struct{}

func (noLedger) Append(context.Context, id.Shop, []ledger.Entry) (int64, error) { return 1, nil }

func (noLedger) Find(context.Context, ledger.Query) (ledger.Page, error) { return ledger.Page{}, nil }

const benchFields = 8

// stock seals n orders of eight fields.
func (h *house) stock(b *testing.B, n int) []vault.Opening {
	b.Helper()
	all := make([]vault.Opening, n)
	for start := 0; start < n; start += 500 {
		err := h.d.Write(b.Context(), db.Scope{Shop: shop}, func(tx *db.Tx) error {
			for i := start; i < min(start+500, n); i++ {
				var err error
				if all[i], err = h.eight(b.Context(), tx, int64(i+1)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return all
}

func (h *house) eight(ctx context.Context, tx *db.Tx, row int64) (vault.Opening, error) {
	who := vault.GuestSubject(shop, id.Guest(row))
	o := vault.Opening{Table: "purchase", Row: row, Subject: who, Fields: make([]vault.Field, benchFields)}
	rec, err := h.NewRecord(ctx, tx, vault.Record{Table: "purchase", Row: row, Subject: who})
	if err != nil {
		return o, err
	}
	classes := []vault.Class{vault.Name, vault.Furigana, vault.Company, vault.Address, vault.Phone, vault.Email, vault.Delivery, vault.Message}
	for i, c := range classes {
		s, err := rec.Seal(c.String(), c, "東京都千代田区丸の内一丁目九番一号")
		if err != nil {
			return o, err
		}
		o.Fields[i] = vault.Field{Column: c.String(), Class: c, Sealed: s, Text: new(string)}
	}
	return o, rec.Save(ctx, tx)
}

// benchHouse has a vault with durable stores, as in production, or one whose ledger enters nothing.
func benchHouse(b *testing.B, withLedger string) *house {
	b.Helper()
	c := keeper.Config{Now: time.Now, Ledger: filepath.Join(b.TempDir(), "ledger.db")}
	if withLedger == "no ledger" {
		c.Entries = noLedger{}
	}
	h := newHouse(b, c)
	return h
}

// approve lets the owner read so many, as often as the benchmark likes.
func (h *house) approve(b *testing.B, n int) {
	b.Helper()
	if err := h.ApproveExport(b.Context(), h.owner.Credential, shop, n, time.Hour); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkExport10000(b *testing.B) {
	for _, l := range []string{"ledger", "no ledger"} {
		b.Run(l, func(b *testing.B) {
			h := benchHouse(b, l)
			all := h.stock(b, 10_000)
			h.approve(b, 10_000)
			for b.Loop() {
				if err := h.open(b, h.owner, shop, vault.ExportData, all...); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "µs/order")
		})
	}
}

func BenchmarkOpen64Callers(b *testing.B) {
	for _, l := range []string{"ledger", "no ledger"} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", l, callers), func(b *testing.B) {
				h := benchHouse(b, l)
				all := h.stock(b, callers)
				b.ResetTimer()
				var wg sync.WaitGroup
				for i := range callers {
					wg.Go(func() {
						for n := i; n < b.N; n += callers {
							if err := h.open(b, h.owner, shop, vault.ViewOrder, all[i]); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			})
		}
	}
}

func BenchmarkSeal8Fields(b *testing.B) {
	b.Run("with rows", func(b *testing.B) {
		h := benchHouse(b, "ledger")
		h.Stop() // sealing needs no vault
		b.ResetTimer()
		err := h.d.Write(b.Context(), db.Scope{Shop: shop}, func(tx *db.Tx) error {
			for i := range b.N {
				if _, err := h.eight(b.Context(), tx, int64(i+1)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	})
	b.Run("without store", func(b *testing.B) {
		key, err := envelope.NewPrivateKey()
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			s, err := envelope.NewSealer(key.Public(), envelope.Place{Shop: 7, ShopKey: 1, Table: "purchase", Row: 1, Population: 3, Subject: 1})
			if err != nil {
				b.Fatal(err)
			}
			for range benchFields {
				if _, err := s.Seal("name", 2, []byte("東京都千代田区丸の内一丁目九番一号")); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkOpenRecordWithoutSocket is the cryptography alone: the floor of BenchmarkOpen64Callers.
func BenchmarkOpenRecordWithoutSocket(b *testing.B) {
	key, err := envelope.NewPrivateKey()
	if err != nil {
		b.Fatal(err)
	}
	p := envelope.Place{Shop: 7, ShopKey: 1, Table: "purchase", Row: 1, Population: 3, Subject: 1}
	s, err := envelope.NewSealer(key.Public(), p)
	if err != nil {
		b.Fatal(err)
	}
	field, err := s.Seal("name", 2, []byte("東京都千代田区丸の内一丁目九番一号"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		rk, err := key.RecordKey(s.Enc(), p)
		if err != nil {
			b.Fatal(err)
		}
		o, err := envelope.NewOpener(rk, p)
		if err != nil {
			b.Fatal(err)
		}
		for range benchFields {
			if _, err := o.Open("name", 2, field); err != nil {
				b.Fatal(err)
			}
		}
	}
}
