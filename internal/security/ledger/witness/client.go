package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// clientWait bounds one exchange: a witness that hangs must not hold the sequencer up.
const clientWait = time.Second

// A Client is the ledger's side: a ledger.Witness. It keeps a connection and remembers what the witness knows.
type Client struct {
	network, address string

	mu   sync.Mutex
	conn net.Conn
	size int64
}

// NewClient names a witness's socket ("unix", path) or loopback address ("tcp", "127.0.0.1:…"). It connects when needed.
func NewClient(network, address string) *Client { return &Client{network: network, address: address} }

// Cosign shows the witness a checkpoint and gives its signature line.
func (c *Client) Cosign(ctx context.Context, signed []byte, size int64, prove func(old int64) ([][32]byte, error)) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range 3 { // a witness that knows another size says so; the next try begins there
		if c.size > size {
			return nil, ErrForked
		}
		proof, err := c.proof(size, prove)
		if err != nil {
			return nil, err
		}
		status, rest, err := c.exchange(ctx, encodeAdd(c.size, proof, signed))
		if err != nil {
			return nil, err
		}
		switch status {
		case "ok":
			c.size = size
			return rest, nil
		case "forked":
			return nil, ErrForked
		}
		number, is := strings.CutPrefix(status, "conflict ")
		if !is {
			return nil, errors.New("the witness refuses the checkpoint: is it set up for this ledger's key?")
		}
		if c.size, err = strconv.ParseInt(number, 10, 64); err != nil || c.size < 0 {
			return nil, errors.New("the witness answers in another language")
		}
	}
	return nil, errors.New("the witness changes its mind: does another ledger process use it?")
}

func (c *Client) proof(size int64, prove func(old int64) ([][32]byte, error)) ([]tlog.Hash, error) {
	if c.size == 0 || c.size == size {
		return nil, nil
	}
	hashes, err := prove(c.size)
	if err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(hashes))
	for i, h := range hashes {
		out[i] = h
	}
	return out, nil
}

// Last is the last checkpoint that the witness co-signed; nil when it has seen none. An auditor fetches it here.
func (c *Client) Last(ctx context.Context) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	status, rest, err := c.exchange(ctx, []byte("last\n"))
	if err != nil {
		return nil, err
	}
	if status != "ok" {
		return nil, errors.New("the witness cannot read its memory")
	}
	return rest, nil
}

// Close ends the connection.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hangUp()
}

func (c *Client) hangUp() error {
	if c.conn == nil {
		return nil
	}
	err := c.conn.Close()
	c.conn = nil
	return err
}

// exchange asks once more on a new connection when the kept one has died.
func (c *Client) exchange(ctx context.Context, ask []byte) (string, []byte, error) {
	kept := c.conn != nil
	b, err := c.once(ctx, ask)
	if err != nil && kept {
		b, err = c.once(ctx, ask)
	}
	if err != nil {
		return "", nil, fmt.Errorf("ask witness: %w", err)
	}
	status, rest, _ := bytes.Cut(b, []byte("\n"))
	return string(status), rest, nil
}

func (c *Client) once(ctx context.Context, ask []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, clientWait)
	defer cancel()
	if c.conn == nil {
		var d net.Dialer
		conn, err := d.DialContext(ctx, c.network, c.address)
		if err != nil {
			return nil, err
		}
		c.conn = conn
	}
	until, _ := ctx.Deadline()
	err := c.conn.SetDeadline(until)
	if err == nil {
		err = writeFrame(c.conn, ask)
	}
	var b []byte
	if err == nil {
		b, err = readFrame(c.conn)
	}
	if err != nil {
		c.hangUp() //nolint:errcheck // the connection is dead
		return nil, err
	}
	return b, nil
}
