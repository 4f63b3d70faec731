// Package limit is what a service on this machine could do at best: a bare HTTP server that answers with bytes which are
// ready, and one that writes an order's rows, ready too, and nothing else.
//
// It guarantees that the order's rows are those of a real order (the same tables, columns and sizes) but for the vault's and
// the outbox's, and that their commit is durable; on PostgreSQL they leave in one round trip and one transaction of the
// lightest kind. It refuses to check anything: it is no shop, and its store is thrown away.
package limit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Config is where the limit keeps its orders.
type Config struct {
	Store string // of the service: a database beside it is made on PostgreSQL; "" is SQLite in Dir
	Dir   string
}

// A Page is what the bare server answers with.
type Page struct {
	Type string
	Body []byte
}

// Ready is the line that it prints.
type Ready struct {
	Address string `json:"address"`
}

// till is the running limit.
type till struct {
	page     atomic.Pointer[Page]
	template atomic.Pointer[Template]
	next     atomic.Int64
	store    store
}

// A store commits rows.
type store interface {
	order(ctx context.Context, t *Template, n int64, variants []int64) error
	minimal(ctx context.Context, t *Template, n int64, variants []int64) error
	close()
}

// firstID begins the orders' numbers: any will do that are not an id of a real one.
const firstID = 1 << 40

// Run serves until the context ends; w gets a Ready line.
func Run(ctx context.Context, c Config, w io.Writer) error {
	t := &till{}
	t.next.Store(firstID + time.Now().UnixNano()%1_000_000*1_000_000)
	var err error
	if t.store, err = open(ctx, c); err != nil {
		return fmt.Errorf("open the limit's store: %w", err)
	}
	defer t.store.close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page", t.show)
	mux.HandleFunc("POST /page", take(&t.page))
	mux.HandleFunc("POST /template", take(&t.template))
	mux.HandleFunc("POST /order", t.place(store.order))
	mux.HandleFunc("POST /minimal", t.place(store.minimal))
	if err := json.NewEncoder(w).Encode(Ready{l.Addr().String()}); err != nil {
		return err
	}
	go func() {
		<-ctx.Done()
		l.Close()
	}()
	if err := http.Serve(l, mux); ctx.Err() == nil { //nolint:gosec // a bare server is the point; it is on loopback, for a bench's time
		return err
	}
	return nil
}

func (t *till) show(w http.ResponseWriter, _ *http.Request) {
	p := t.page.Load()
	w.Header().Set("Content-Type", p.Type)
	w.Header().Set("Content-Length", strconv.Itoa(len(p.Body)))
	w.Write(p.Body) //nolint:errcheck // the client may have left
}

func take[T any](into *atomic.Pointer[T]) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := new(T)
		if err := json.NewDecoder(io.LimitReader(r.Body, 8<<20)).Decode(v); err != nil {
			http.Error(w, "not understood", http.StatusBadRequest)
			return
		}
		into.Store(v)
		w.WriteHeader(http.StatusNoContent)
	}
}

// place reads the form, as any checkout must, and writes the rows: ?v= names the variants.
func (t *till) place(write func(store, context.Context, *Template, int64, []int64) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, "not understood", http.StatusBadRequest)
			return
		}
		var variants []int64
		for s := range strings.SplitSeq(r.FormValue("v"), ",") {
			v, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				http.Error(w, "not understood", http.StatusBadRequest)
				return
			}
			variants = append(variants, v)
		}
		n := t.next.Add(1)
		if err := write(t.store, r.Context(), t.template.Load(), n, variants); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Location", "/orders/"+strconv.FormatInt(n, 10))
		w.WriteHeader(http.StatusSeeOther)
	}
}
