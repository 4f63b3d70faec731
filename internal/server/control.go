package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/talk"
	"github.com/noren-shop/noren/migrations"
)

// An Order is what a command wants done: by the server that runs on the data folder, or, where none does, on the store
// itself. There is one way to do it, so that both give the same answer.
type Order struct {
	Do       string `json:"do"` // one of the constants
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Password string `json:"password,omitempty"`
	Schema   int    `json:"schema,omitempty"` // how many migrations the command's program has
}

// What can be ordered.
const (
	DoHealth   = "health"
	DoMigrate  = "migrate"
	DoOperator = "operator"
	DoEvidence = "evidence"
)

// reply is an order's answer.
type reply struct {
	Out    json.RawMessage `json:"out,omitempty"`
	Faults []heard         `json:"faults,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// heard is a fault on its way.
type heard struct {
	Kind  fault.Kind `json:"kind"`
	Field string     `json:"field"`
	Text  fault.Text `json:"text"`
}

// ControlSocket is where a server that runs on a data folder is spoken to. Only who may enter the folder can.
func ControlSocket(c *config.Config) string { return filepath.Join(c.DataDir, "control.sock") }

const (
	orderTime = time.Minute
	maxSocket = 100 // bytes of a socket's path that every system takes
)

// bindControl binds the socket. A path that is too long for one leaves the server without, and says so.
func bindControl(c *config.Config, log *slog.Logger) (net.Listener, error) {
	path := ControlSocket(c)
	if len(path) > maxSocket {
		log.Warn("the data folder's path is too long for a socket: commands cannot speak to this server")
		return nil, nil
	}
	l, err := listenOn("unix:" + path)
	if err != nil {
		return nil, fmt.Errorf("bind the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("close the control socket to others: %w", err), l.Close())
	}
	return l, nil
}

// control answers orders until the context ends.
func (h *House) control(ctx context.Context, l net.Listener) {
	if l == nil {
		return
	}
	err := talk.Serve(ctx, l, func(ctx context.Context, ask []byte) []byte {
		ctx, done := context.WithTimeout(ctx, orderTime)
		defer done()
		var o Order
		dec := json.NewDecoder(bytes.NewReader(ask))
		dec.DisallowUnknownFields()
		var r reply
		if err := dec.Decode(&o); err != nil {
			r.Error = "the order cannot be read: is the command of another release?"
		} else {
			r = replyOf(h.obey(ctx, o))
		}
		b, err := json.Marshal(r)
		if err != nil || len(b) > talk.MaxFrame {
			b = []byte(`{"error":"the answer cannot be written"}`)
		}
		return b
	})
	if err != nil && ctx.Err() == nil {
		h.Log.Error("answer commands", "err", err)
	}
}

func replyOf(out any, err error) reply {
	if fs, ok := fault.Of(err); ok {
		var r reply
		for _, f := range fs {
			r.Faults = append(r.Faults, heard{f.Kind, f.Field, f.Text})
		}
		return r
	}
	if err != nil {
		return reply{Error: err.Error()}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return reply{Error: err.Error()}
	}
	return reply{Out: b}
}

// into gives the answer as it would have come from the house itself.
func (r reply) into(out any) error {
	if len(r.Faults) > 0 {
		var fs fault.Faults
		for _, f := range r.Faults {
			fs = append(fs, &fault.Fault{Kind: f.Kind, Field: f.Field, Text: f.Text})
		}
		return fs.Err()
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	return json.Unmarshal(r.Out, out)
}

// obey does what is ordered.
func (h *House) obey(ctx context.Context, o Order) (any, error) {
	switch o.Do {
	case DoHealth:
		return h.health(ctx)
	case DoMigrate:
		if n := migrationsHere(); o.Schema != n {
			return nil, errAnotherRelease
		}
		return true, nil // opening the store has done it
	case DoOperator:
		return true, h.makeOperator(ctx, o)
	case DoEvidence:
		return h.Evidence(ctx)
	}
	return nil, fmt.Errorf("no such order: %q", o.Do)
}

var errAnotherRelease = fault.Conflict(fault.Text{
	Ja: "動いている noren serve は、このコマンドとは別の版です。serve を止めてから実行するか、同じ版のコマンドを使ってください。",
	En: "The noren serve that is running is of another release than this command. Stop it first, or use its own release's command."})

func migrationsHere() int {
	names, err := fs.Glob(migrations.Schema().Files, "*.sql")
	if err != nil {
		return 0
	}
	return len(names)
}

// Command has an order done: by the server that runs, else on the store, which no server can open meanwhile.
func Command(ctx context.Context, c *config.Config, log *slog.Logger, o Order, out any) error {
	o.Schema = migrationsHere()
	ask, err := json.Marshal(o)
	if err != nil {
		return err
	}
	b, err := talk.Ask(ctx, "unix:"+ControlSocket(c), ask)
	if err == nil {
		var r reply
		if err := json.Unmarshal(b, &r); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		return r.into(out)
	}
	if op, is := errors.AsType[*net.OpError](err); !is || op.Op != "dial" {
		return err // it was spoken to, and may have done it
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	alone, err := lockStore(c)
	if err != nil {
		return err
	}
	defer alone.Close()
	h, err := Open(ctx, Options{Config: c, Log: log})
	if err != nil {
		return err
	}
	defer h.Close()
	return replyOf(h.obey(ctx, o)).into(out)
}

// Health is what answers, and which protections are missing.
type Health struct {
	Running bool     `json:"running"` // a server does
	Engine  string   `json:"engine"`
	Store   string   `json:"store"` // "" is well
	Vault   string   `json:"vault"` // "" is well
	Missing []string `json:"missing"`
}

func (h *House) health(ctx context.Context) (Health, error) {
	out := Health{Running: h.running, Engine: h.DB.Engine(), Missing: h.missing}
	if err := h.Healthy(ctx); err != nil {
		out.Store = err.Error()
	}
	missing, err := h.Vault.Health(ctx)
	if err != nil {
		out.Vault = err.Error()
	}
	out.Missing = append(append([]string{}, h.missing...), missing...)
	return out, nil
}

// Print writes it for a terminal; the error is what is not well.
func (h Health) Print(w io.Writer) error {
	say := func(what, wrong, well string) error {
		if wrong != "" {
			return fmt.Errorf("%s: %s", what, wrong)
		}
		_, err := fmt.Fprintf(w, "%s: %s\n", what, well)
		return err
	}
	server := "not running"
	if h.Running {
		server = "running"
	}
	err := errors.Join(say("server", "", server), say("store", h.Store, "ok ("+h.Engine+")"), say("vault", h.Vault, "ok"))
	for _, m := range h.Missing {
		fmt.Fprintln(w, "missing:", m)
	}
	return err
}
