// Package talk is how Noren's own processes speak on one machine: one question, one answer, over a Unix socket or a
// loopback address.
//
// It guarantees bounded frames, a bounded number of callers and a bounded wait on both sides, and that a caller who goes
// away takes nothing with them. It refuses to know what is said: questions and answers are bytes. Who may ask is decided by
// the socket's folder, or by a tunnel that proves who calls.
package talk

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	// MaxFrame bounds a question and an answer, in bytes.
	MaxFrame   = 1 << 20
	maxCallers = 16
	idle       = 2 * time.Minute
)

// Write sends one frame: a big-endian length, and that many bytes.
func Write(w io.Writer, b []byte) error {
	if len(b) > MaxFrame {
		return errors.New("write frame: too long")
	}
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

// Read takes one frame.
func Read(r io.Reader) ([]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(n[:])
	if size > MaxFrame {
		return nil, errors.New("read frame: too long")
	}
	b := make([]byte, size)
	_, err := io.ReadFull(r, b)
	return b, err
}

// Serve answers on the listener until ctx ends.
func Serve(ctx context.Context, on net.Listener, answer func(ctx context.Context, ask []byte) []byte) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wg.Go(func() { <-ctx.Done(); on.Close() })
	slots := make(chan struct{}, maxCallers)
	for {
		conn, err := on.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close() // it came at the very end
			}
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("serve: %w", err)
		}
		select {
		case slots <- struct{}{}:
		default:
			conn.Close() // too many at once
			continue
		}
		wg.Go(func() {
			defer func() { conn.Close(); <-slots }()
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			for {
				if conn.SetDeadline(time.Now().Add(idle)) != nil {
					return
				}
				ask, err := Read(conn)
				if err != nil || Write(conn, answer(ctx, ask)) != nil {
					return
				}
			}
		})
	}
}

// Address splits "unix:/path" and "host:port" into what net.Dial takes.
func Address(a string) (network, address string) {
	if path, ok := strings.CutPrefix(a, "unix:"); ok {
		return "unix", path
	}
	return "tcp", a
}

// Ask asks one question on a connection of its own, until ctx ends.
func Ask(ctx context.Context, address string, ask []byte) ([]byte, error) {
	var d net.Dialer
	network, at := Address(address)
	conn, err := d.DialContext(ctx, network, at)
	if err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := Write(conn, ask); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	b, err := Read(conn)
	if err != nil {
		return nil, fmt.Errorf("hear the answer: %w", err)
	}
	return b, nil
}
