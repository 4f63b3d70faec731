package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/security/ledger"
)

func TestAppendGivesEachShopItsOwnCount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		l, ctx := open(t, d), t.Context()
		for round := range 3 {
			for _, shop := range []id.Shop{0, 5, 9} {
				es := []ledger.Entry{read(1, 100), read(2, 101)}
				first, err := l.Append(ctx, shop, es)
				if err != nil || first != int64(round*2+1) || es[1].Seq != first+1 {
					t.Fatalf("shop %d: first %d, entries %d: %v", shop, first, es[1].Seq, err)
				}
			}
		}
		p, err := l.Find(ctx, ledger.Query{Shop: 5})
		if err != nil || len(p.Entries) != 6 || p.Entries[0].Seq != 6 || p.Entries[0].Mask(ledger.Subject{Population: 3, ID: 101}) != 0b101 {
			t.Errorf("%d entries: %v", len(p.Entries), err)
		}
	})
}

func TestManyCallersLoseNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		// Two logs on one store stand for two nodes.
		logs, ctx := []*ledger.Log{open(t, d), open(t, d)}, t.Context()
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[id.Shop][]int64{}
		for c := range 16 {
			wg.Go(func() {
				for i := range 10 {
					shop := id.Shop(i % 3)
					seq, err := logs[c%2].Append(ctx, shop, []ledger.Entry{read(int64(c+1), int64(i+1))})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					got[shop] = append(got[shop], seq)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for shop, seqs := range got {
			slices.Sort(seqs)
			for i, s := range seqs {
				if s != int64(i+1) {
					t.Fatalf("shop %d: place %d holds %d", shop, i+1, s)
				}
			}
			p, err := logs[0].Find(ctx, ledger.Query{Shop: shop, Limit: 1000})
			if err != nil || len(p.Entries) != len(seqs) {
				t.Errorf("shop %d: %d entries of %d: %v", shop, len(p.Entries), len(seqs), err)
			}
		}
	})
}

func TestFindNeverUnderReports(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		l, ctx, rng := open(t, d), t.Context(), rand.New(rand.NewPCG(1, 2))
		var all []ledger.Entry
		for at := int64(1); len(all) < 700; {
			var es []ledger.Entry
			for range 1 + rng.IntN(9) {
				at += rng.Int64N(3_600_000)
				e := read(1 + rng.Int64N(5))
				e.At, e.Release, e.Connection = at, rng.Int64N(3), rng.Uint64N(3)
				n := 1 + rng.IntN(3)
				if rng.IntN(20) == 0 {
					n = 200 // wide
				}
				g := ledger.Of(uint8(1+rng.IntN(2)), 1)
				for range n {
					g.Subjects.Add(1 + rng.Uint64N(300))
				}
				e.Groups = []ledger.Group{g}
				es = append(es, e)
			}
			if _, err := l.Append(ctx, 4, es); err != nil {
				t.Fatal(err)
			}
			all = append(all, es...)
		}
		for i := range 60 {
			q := ledger.Query{Shop: 4, Limit: 1 + rng.IntN(50)}
			var want []int64
			from, to := all[rng.IntN(len(all))].At, all[rng.IntN(len(all))].At
			if i%2 == 0 && from < to {
				q.From, q.To = from, to
			}
			switch i % 6 {
			case 0:
				q.Subject = ledger.Subject{Population: 1, ID: 1 + rng.Int64N(300)}
			case 1:
				q.Subject = ledger.Subject{Population: 2, ID: 1 + rng.Int64N(300)}
			case 2:
				q.ActorKind, q.Actor = ledger.ByStaff, 3
			case 3:
				q.Credential = all[rng.IntN(len(all))].Credential
			case 4:
				q.Release, q.Connection = 1, 2
			}
			for _, e := range slices.Backward(all) {
				if (q.To == 0 || e.At >= q.From && e.At < q.To) && (q.Subject.ID == 0 || e.Mask(q.Subject) != 0) &&
					(q.Actor == 0 || e.Actor == 3) && (q.Credential == nil || slices.Equal(e.Credential, q.Credential)) &&
					(q.Release == 0 || e.Release == 1 && e.Connection == 2) {
					want = append(want, e.Seq)
				}
			}
			if got := pages(t, l, q); !slices.Equal(got, want) {
				t.Fatalf("query %d: %d entries, want %d", i, len(got), len(want))
			}
		}
		if p, err := l.Find(ctx, ledger.Query{Shop: 5}); err != nil || len(p.Entries) != 0 {
			t.Errorf("the neighbour sees %d entries: %v", len(p.Entries), err)
		}
	})
}

func pages(t *testing.T, l *ledger.Log, q ledger.Query) []int64 {
	t.Helper()
	var out []int64
	for range 1000 {
		p, err := l.Find(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Entries {
			out = append(out, e.Seq)
		}
		if q.Before = p.Next; p.Next == 0 {
			return out
		}
	}
	t.Fatal("the pages do not end")
	return nil
}

func TestAppendFailsClosed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		l := open(t, d)
		bad := map[string]func(*ledger.Entry){
			"purpose":    func(e *ledger.Entry) { e.Purpose = "Because I could" },
			"request":    func(e *ledger.Entry) { e.Request = "山田" },
			"credential": func(e *ledger.Entry) { e.Credential = nil },
			"digest":     func(e *ledger.Entry) { e.Reason = []byte("short") },
			"kind":       func(e *ledger.Entry) { e.Kind = 99 },
			"mask":       func(e *ledger.Entry) { e.Groups[0].Mask = 0 },
			"subjects":   func(e *ledger.Entry) { e.Groups[0] = ledger.Of(3, 1) },
			"zero":       func(e *ledger.Entry) { e.Groups[0] = ledger.Of(3, 1, 0) },
			"huge":       func(e *ledger.Entry) { e.Groups[0] = ledger.Of(3, 1, 1<<53) },
		}
		for name, spoil := range bad {
			e := read(1, 2)
			spoil(&e)
			if _, err := l.Append(t.Context(), 1, []ledger.Entry{read(1, 1), e}); err == nil {
				t.Errorf("%s: entered", name)
			}
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.Append(gone, 2, []ledger.Entry{read(1, 2)}); err == nil {
			t.Error("a caller who is gone was told that its entry is durable")
		}
		if p, err := l.Find(t.Context(), ledger.Query{Shop: 1}); err != nil || len(p.Entries) != 0 {
			t.Errorf("%d entries of refused appends: %v", len(p.Entries), err)
		}
		l.Close()
		if _, err := l.Append(t.Context(), 1, []ledger.Entry{read(1, 2)}); !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("append after close: %v", err)
		}
	})
}

func TestAppendFailsWhenTheStoreCannotBeWritten(t *testing.T) {
	t.Parallel()
	d := durable(t, "sqlite")
	l := open(t, d)
	if _, err := l.Append(t.Context(), 1, []ledger.Entry{read(1, 2)}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if _, err := l.Append(t.Context(), 1, []ledger.Entry{read(1, 2)}); err == nil {
		t.Error("entered without a store")
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, callers := range []int{1, 8, 64} {
			for _, shops := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/callers=%d/shops=%d", engine, callers, shops), func(b *testing.B) {
					l := open(b, durable(b, engine))
					bench(b, l, callers, shops)
				})
			}
		}
	}
}

func bench(b *testing.B, l *ledger.Log, callers, shops int) {
	var wg sync.WaitGroup
	next := make(chan int, 1024)
	go func() {
		defer close(next)
		for i := range b.N {
			next <- i
		}
	}()
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for i := range next {
				if _, err := l.Append(b.Context(), id.Shop(i%shops), []ledger.Entry{read(int64(i%9+1), int64(i%5000+1))}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

// BenchmarkAppendExport enters reads of 10,000 persons each.
func BenchmarkAppendExport(b *testing.B) {
	l := open(b, durable(b, "sqlite"))
	ids := make([]int64, 10_000)
	for i := range ids {
		ids[i] = int64(i+1) * 99_991_003
	}
	e := read(1, ids...)
	for b.Loop() {
		if _, err := l.Append(b.Context(), 1, []ledger.Entry{e}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFind asks for one person among 20,000 entries of one shop.
func BenchmarkFind(b *testing.B) {
	l := open(b, durable(b, "sqlite"))
	for i := range 200 {
		var es []ledger.Entry
		for j := range 100 {
			es = append(es, read(int64(j%9+1), int64((i*100+j)%5000+1)))
		}
		if _, err := l.Append(b.Context(), 1, es); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		p, err := l.Find(b.Context(), ledger.Query{Shop: 1, Subject: ledger.Subject{Population: 3, ID: 77}})
		if err != nil || len(p.Entries) != 4 {
			b.Fatalf("%d entries: %v", len(p.Entries), err)
		}
	}
}

func TestFindFailsRatherThanLeaveOut(t *testing.T) {
	t.Parallel()
	spoils := map[string]string{
		"an entry is gone":       `DELETE FROM ledger_entry WHERE shop_id = 6 AND seq = 3`,
		"the last one is gone":   `DELETE FROM ledger_entry WHERE shop_id = 6 AND seq = 5`,
		"an entry does not link": `UPDATE ledger_entry SET hash = (SELECT hash FROM ledger_entry WHERE shop_id = 6 AND seq = 1) WHERE shop_id = 6 AND seq = 4`,
		"an entry is another's":  `UPDATE ledger_entry SET body = (SELECT body FROM ledger_entry WHERE shop_id = 6 AND seq = 1) WHERE shop_id = 6 AND seq = 4`,
	}
	for name, sql := range spoils {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, d *db.DB) {
				l, ctx := open(t, d), t.Context()
				if _, err := l.Append(ctx, 6, []ledger.Entry{read(1, 1), read(1, 2), read(1, 3), read(1, 4), read(1, 5)}); err != nil {
					t.Fatal(err)
				}
				err := d.Write(ctx, db.Scope{Shop: 6}, func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql); return err })
				if err != nil {
					t.Fatal(err)
				}
				if p, err := l.Find(ctx, ledger.Query{Shop: 6, Subject: ledger.Subject{Population: 3, ID: 2}}); err == nil {
					t.Errorf("answered with %d entries", len(p.Entries))
				}
			})
		})
	}
}
