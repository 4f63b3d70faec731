package witness

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// The protocol: frames of a big-endian length and that many bytes, one request and one answer at a time. A request is
// "last\n", or the body of C2SP tlog-witness' add-checkpoint ("old N\n", proof hashes in base64, an empty line, the signed
// checkpoint). An answer begins with "ok\n", "conflict N\n", "forked\n" or "refused\n"; after ok comes what was asked for.
const (
	maxFrame   = 64 << 10
	maxProof   = 63
	maxConns   = 16
	serverWait = 30 * time.Second
)

func writeFrame(w io.Writer, b []byte) error {
	if len(b) > maxFrame {
		return errors.New("write frame: too long")
	}
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

func readFrame(r io.Reader) ([]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(n[:])
	if size > maxFrame {
		return nil, errors.New("read frame: too long")
	}
	b := make([]byte, size)
	_, err := io.ReadFull(r, b)
	return b, err
}

func encodeAdd(old int64, proof []tlog.Hash, signed []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", old)
	for _, h := range proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteString("\n")
	b.Write(signed)
	return b.Bytes()
}

func decodeAdd(b []byte) (old int64, proof []tlog.Hash, signed []byte, err error) {
	head, signed, found := bytes.Cut(b, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	number, is := strings.CutPrefix(lines[0], "old ")
	if !found || !is || len(lines) > 1+maxProof {
		return 0, nil, nil, errors.New("read request: not an addition")
	}
	old, err = strconv.ParseInt(number, 10, 64)
	if err != nil || old < 0 || strconv.FormatInt(old, 10) != number {
		return 0, nil, nil, errors.New("read request: old size")
	}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return 0, nil, nil, errors.New("read request: proof")
		}
		proof = append(proof, h)
	}
	return old, proof, signed, nil
}

// Serve answers on the listener until ctx ends. The listener is a Unix socket or loopback TCP; across hosts it belongs
// behind a tunnel that proves who calls, though a stranger can do no more than show signed checkpoints.
func (w *Witness) Serve(ctx context.Context, on net.Listener) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wg.Go(func() { <-ctx.Done(); on.Close() })
	slots := make(chan struct{}, maxConns)
	for {
		conn, err := on.Accept()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("serve witness: %w", err)
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
			w.talk(conn)
		})
	}
}

func (w *Witness) talk(conn net.Conn) {
	for {
		if conn.SetDeadline(time.Now().Add(serverWait)) != nil {
			return
		}
		b, err := readFrame(conn)
		if err != nil {
			return
		}
		if writeFrame(conn, w.answer(b)) != nil {
			return
		}
	}
}

func (w *Witness) answer(b []byte) []byte {
	if string(b) == "last\n" {
		last, err := w.Last()
		if err != nil {
			return []byte("refused\n")
		}
		return append([]byte("ok\n"), last...)
	}
	old, proof, signed, err := decodeAdd(b)
	if err != nil {
		return []byte("refused\n")
	}
	line, err := w.Add(old, proof, signed)
	if c, is := errors.AsType[*ConflictError](err); is {
		return fmt.Appendf(nil, "conflict %d\n", c.Size)
	}
	switch {
	case errors.Is(err, ErrForked):
		return []byte("forked\n")
	case err != nil:
		return []byte("refused\n")
	}
	return append([]byte("ok\n"), line...)
}
