package keeper

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"

	"github.com/noren-shop/noren/internal/security/vault/envelope"
	"github.com/noren-shop/noren/internal/security/vault/keeper/peer"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

const (
	maxConns    = 64
	maxInFlight = 128 // requests of one connection
)

func (k *Keeper) listen() error {
	// A socket that a killed vault left behind answers nobody: a second vault on the same folder fails at the store's
	// lock instead.
	if _, err := net.Dial("unix", k.cfg.Socket); err == nil {
		return errors.New("listen: another vault answers on this socket")
	}
	if err := os.Remove(k.cfg.Socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove old socket: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: k.cfg.Socket, Net: "unix"})
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	k.listener = l
	mode := os.FileMode(0o600)
	if len(k.cfg.UIDs) > 1 || k.cfg.UIDs[0] != os.Getuid() {
		mode = 0o666 // the kernel's word about the peer's user is the guard
	}
	if err := os.Chmod(k.cfg.Socket, mode); err != nil {
		return fmt.Errorf("guard socket: %w", err)
	}
	return nil
}

// Serve answers until ctx ends or the keeper is closed.
func (k *Keeper) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { k.listener.Close() })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	if k.log != nil {
		wg.Go(func() {
			if err := k.log.Run(ctx); err != nil && ctx.Err() == nil {
				k.cfg.Log.Error("run ledger's sequencer", "err", err)
			}
		})
	}
	for {
		c, err := k.listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			cancel()
			k.cut()
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		uid, err := peer.UID(c)
		if err != nil || peer.Checked && !slices.Contains(k.cfg.UIDs, uid) || !k.enter(c) {
			k.cfg.Log.Warn("refused connection to the vault", "uid", uid, "err", err)
			c.Close()
			continue
		}
		wg.Go(func() { k.serve(ctx, c) })
	}
}

func (k *Keeper) cut() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for c := range k.open {
		c.Close()
	}
}

func (k *Keeper) enter(c net.Conn) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || len(k.open) >= maxConns {
		return false
	}
	k.open[c] = true
	return true
}

func (k *Keeper) leave(c net.Conn) {
	c.Close()
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.open, c)
}

// serve reads one connection's requests and answers each when it is ready.
func (k *Keeper) serve(ctx context.Context, c net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer k.leave(c)
	number := k.conns.Add(1)
	out := make(chan wire.Frame, maxInFlight)
	var writer, requests sync.WaitGroup
	writer.Go(func() { k.write(c, out) })
	slots := make(chan struct{}, maxInFlight)
	r := bufio.NewReaderSize(c, 64<<10)
	for {
		f, err := wire.ReadFrame(r)
		if err != nil || !wire.Op(f.Kind).Known() {
			break
		}
		slots <- struct{}{}
		requests.Go(func() {
			defer func() { <-slots }()
			status, body := k.answer(ctx, number, wire.Op(f.Kind), f.Body)
			out <- wire.Frame{ID: f.ID, Kind: uint8(status), Body: body}
		})
	}
	cancel()
	requests.Wait()
	close(out)
	writer.Wait()
}

// write sends answers, and goes on taking them when the peer has gone, so that nobody waits for it.
func (k *Keeper) write(c net.Conn, out <-chan wire.Frame) {
	w := bufio.NewWriterSize(c, 64<<10)
	broken := false
	for f := range out {
		if broken {
			continue
		}
		err := wire.WriteFrame(w, f)
		if err == nil && len(out) == 0 {
			err = w.Flush()
		}
		if err != nil {
			broken = true
			c.Close()
		}
	}
}

// answer does one request.
func (k *Keeper) answer(ctx context.Context, conn uint64, op wire.Op, body []byte) (wire.Status, []byte) {
	out, err := k.do(ctx, conn, op, body)
	if err == nil {
		return wire.OK, out
	}
	status, f := wire.Internal, wire.Failure{}
	var e *wire.Error
	switch {
	case errors.As(err, &e):
		status, f = e.Status, wire.Failure{Code: e.Code, Field: e.Field}
	case errors.Is(err, wire.ErrFrame):
		status = wire.Invalid
	case errors.Is(err, envelope.ErrOpen):
		status = wire.Denied
	default:
		status = wire.Unavailable
		k.cfg.Log.Error("vault request failed", "op", int(op), "err", err)
	}
	if out, err = wire.Marshal(f); err != nil {
		return wire.Internal, nil
	}
	return status, out
}
