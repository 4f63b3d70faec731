package vault

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// Config says where the vault is.
type Config struct {
	Socket string
	// Conns is how many connections carry the requests; 0 is 2. Each carries many at once.
	Conns int
	// Raise hears of failed and stopped log-ins, resets and reads; nil hears nothing.
	Raise signal.Raise
	// Timeout bounds one request beside the caller's context; 0 is 30 s.
	Timeout time.Duration
}

// A Client speaks to the vault process. It holds no secret. It is safe for many goroutines.
type Client struct {
	cfg   Config
	next  atomic.Uint32
	slots []*slot

	mu   sync.Mutex
	keys map[id.Shop]ShopKey
}

// New makes a client. It connects when it is first needed and again when the vault comes back: a client of an absent
// vault
// seals, and answers everything else with Unavailable.
func New(cfg Config) *Client {
	if cfg.Conns == 0 {
		cfg.Conns = 2
	}
	if cfg.Raise == nil {
		cfg.Raise = signal.Nowhere
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	c := &Client{cfg: cfg, keys: map[id.Shop]ShopKey{}, slots: make([]*slot, cfg.Conns)}
	for i := range c.slots {
		c.slots[i] = &slot{}
	}
	return c
}

// Close ends the connections.
func (c *Client) Close() {
	for _, s := range c.slots {
		s.mu.Lock()
		if s.conn != nil {
			s.conn.fail(net.ErrClosed)
		}
		s.mu.Unlock()
	}
}

// slot is the place of one connection.
type slot struct {
	mu   sync.Mutex
	conn *conn
}

// get gives the slot's connection, dialling when there is none.
func (s *slot) get(ctx context.Context, socket string) (*conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil && s.conn.alive() {
		return s.conn, nil
	}
	nc, err := (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	s.conn = newConn(nc)
	return s.conn, nil
}

// conn multiplexes requests over one connection.
type conn struct {
	nc   net.Conn
	out  chan wire.Frame
	done chan struct{}

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan wire.Frame
	err     error
}

func newConn(nc net.Conn) *conn {
	c := &conn{nc: nc, out: make(chan wire.Frame, 64), done: make(chan struct{}), waiting: map[uint64]chan wire.Frame{}}
	go c.send()
	go c.receive()
	return c
}

func (c *conn) alive() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

func (c *conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.done)
		c.nc.Close()
	}
}

// send writes frames and flushes when nobody has more to say: requests that come together leave together.
func (c *conn) send() {
	w := bufio.NewWriterSize(c.nc, 64<<10)
	for {
		select {
		case <-c.done:
			return
		case f := <-c.out:
			if err := wire.WriteFrame(w, f); err != nil {
				c.fail(err)
				return
			}
			if len(c.out) > 0 {
				continue
			}
			if err := w.Flush(); err != nil {
				c.fail(err)
				return
			}
		}
	}
}

func (c *conn) receive() {
	r := bufio.NewReaderSize(c.nc, 64<<10)
	for {
		f, err := wire.ReadFrame(r)
		if err != nil {
			c.fail(err)
			return
		}
		c.mu.Lock()
		ch := c.waiting[f.ID]
		delete(c.waiting, f.ID)
		c.mu.Unlock()
		if ch != nil {
			ch <- f
		}
	}
}

func (c *conn) do(ctx context.Context, op wire.Op, body []byte) (wire.Frame, error) {
	ch := make(chan wire.Frame, 1)
	c.mu.Lock()
	c.last++
	n := c.last
	c.waiting[n] = ch
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, n)
		c.mu.Unlock()
	}()
	select {
	case c.out <- wire.Frame{ID: n, Kind: uint8(op), Body: body}:
	case <-c.done:
		return wire.Frame{}, errGone
	case <-ctx.Done():
		return wire.Frame{}, ctx.Err()
	}
	select {
	case f := <-ch:
		return f, nil
	case <-c.done:
		return wire.Frame{}, errGone
	case <-ctx.Done():
		return wire.Frame{}, ctx.Err()
	}
}

var errGone = errors.New("vault connection lost")

// call sends one request. Of those that may be done twice, one whose connection breaks is sent once more: a vault
// that was
// started again is noticed by the first request only.
func (c *Client) call(ctx context.Context, op wire.Op, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	f, err := c.send(ctx, op, body)
	for try := 0; errors.Is(err, errGone) && op.Repeatable() && try < len(c.slots); try++ {
		f, err = c.send(ctx, op, body)
	}
	if err != nil {
		return nil, ErrUnavailable.Because(fmt.Errorf("ask vault: %w", err))
	}
	if wire.Status(f.Kind) != wire.OK {
		return nil, failure(wire.Status(f.Kind), f.Body)
	}
	return f.Body, nil
}

func (c *Client) send(ctx context.Context, op wire.Op, body []byte) (wire.Frame, error) {
	cn, err := c.slots[int(c.next.Add(1))%len(c.slots)].get(ctx, c.cfg.Socket)
	if err != nil {
		return wire.Frame{}, err
	}
	return cn.do(ctx, op, body)
}

// ask sends and receives a JSON message.
func ask[A any](ctx context.Context, c *Client, op wire.Op, question any) (A, error) {
	var a A
	body, err := wire.Marshal(question)
	if err != nil {
		return a, err
	}
	answer, err := c.call(ctx, op, body)
	if err != nil {
		return a, err
	}
	if err := wire.Unmarshal(answer, &a); err != nil {
		return a, ErrUnavailable.Because(fmt.Errorf("read vault's answer: %w", err))
	}
	return a, nil
}

// Pepper gives the key of the digests of network addresses and the like, which all nodes share. It is for memory only.
func (c *Client) Pepper(ctx context.Context) (secret.Pepper, error) {
	p, err := ask[wire.Pepper](ctx, c, wire.OpPepper, wire.Empty{})
	return secret.NewPepper(p.Key), err
}

// Health says whether the vault answers, and which protections its host does not give.
func (c *Client) Health(ctx context.Context) (missing []string, err error) {
	h, err := ask[wire.Health](ctx, c, wire.OpHealth, wire.Empty{})
	return h.Missing, err
}
