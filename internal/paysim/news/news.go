// Package news carries the simulated payment company's notices to its merchants.
//
// It guarantees that a notice is tried again, with growing pauses, until it is taken or given up; that each delivery is signed with
// its time; and that what was answered is written down. It refuses to be trusted: a merchant checks the signature, and then asks.
package news

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/egress"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/paysim/book"
)

// Header is where the signature stands: "t=1763800000,v1=hex of HMAC-SHA256 over t, a dot, and the body".
const Header = "Paysim-Signature"

// Sign makes the header's value.
func Sign(key string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(secret.NewText(key).Sign([]byte(t), []byte("."), body))
}

// A Sender delivers.
type Sender struct {
	book *book.Book
	net  egress.Net

	mu      sync.Mutex
	clients map[string]*http.Client // by address
}

// New makes a sender; Run starts it.
func New(b *book.Book, n egress.Net) *Sender {
	return &Sender{book: b, net: n, clients: map[string]*http.Client{}}
}

// pulse is how often time is looked at when nothing else happens.
const pulse = 250 * time.Millisecond

// Run delivers until the context ends.
func (s *Sender) Run(ctx context.Context) {
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.book.Wake():
		}
		s.book.Advance()
		for _, d := range s.book.Due() { // one after the other: their order is a promise, or a fault that was asked for
			if ctx.Err() != nil {
				return
			}
			status, err := s.deliver(ctx, d)
			s.book.Answered(d.ID, status, trouble(err))
		}
	}
}

func trouble(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (s *Sender) deliver(ctx context.Context, d book.Delivery) (int, error) {
	client, err := s.client(d.URL)
	if err != nil {
		return 0, err
	}
	key := d.Sign
	if d.Forged {
		key = "not the account's secret"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, fmt.Errorf("make notice: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(Header, Sign(key, s.book.Now(), d.Body))
	res, err := client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("send notice: %w", err)
	}
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, errors.Join(err, res.Body.Close())
}

// client is egress's for exactly that address.
func (s *Sender) client(address string) (*http.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.clients[address]; c != nil {
		return c, nil
	}
	c, err := egress.Configured([]string{address}, egress.Limits{Total: 30 * time.Second, Body: 64 << 10}, s.net)
	if err != nil {
		return nil, err
	}
	s.clients[address] = c
	return c, nil
}
