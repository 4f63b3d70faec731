// Package sink is a mail server that delivers nothing: it keeps the last letters in memory, for the demo's mail page and
// for tests.
//
// It guarantees that it listens on this machine's loopback only and holds a bounded number of bounded letters. It refuses
// to send anything on.
package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// The bounds.
const (
	maxLetter     = 5 << 20
	maxRecipients = 20
	idle          = time.Minute
)

// A Letter is one that arrived.
type Letter struct {
	ID       int // counts from 1
	Received time.Time
	Envelope Envelope
	Subject  string
	From, To string // as the headers say, decoded
	Text     string
	HTML     string
	Raw      []byte
}

// An Envelope is what the servers told each other.
type Envelope struct {
	From string
	To   []string
}

// A Sink is a running mail server.
type Sink struct {
	server   *smtp.Server
	listener net.Listener
	keep     int
	now      func() time.Time
	done     chan struct{}

	mu      sync.Mutex
	last    int
	letters []Letter      // oldest first
	arrived chan struct{} // closed and made anew when a letter arrives
}

// Start listens at a loopback address (127.0.0.1:0 takes a free port) and keeps the last letters, as many as said.
func Start(addr string, keep int, now func() time.Time) (*Sink, error) {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("start mail sink: %s is not an address of this machine's loopback", addr)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start mail sink: %w", err)
	}
	s := &Sink{listener: listener, keep: max(keep, 1), now: now, done: make(chan struct{}), arrived: make(chan struct{})}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{sink: s}, nil }))
	s.server.Domain = "localhost"
	s.server.MaxMessageBytes, s.server.MaxRecipients = maxLetter, maxRecipients
	s.server.ReadTimeout, s.server.WriteTimeout = idle, idle
	s.server.ErrorLog = silent{}
	go func() {
		defer close(s.done)
		s.server.Serve(listener) // ends with Close, and a listener's other ends show at the next letter
	}()
	return s, nil
}

// Addr is where it listens.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Close ends it. Its letters stay readable.
func (s *Sink) Close() error {
	err := s.server.Close()
	s.listener.Close() // Serve may not have begun, and then the server has not seen its listener
	<-s.done
	if err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close mail sink: %w", err)
	}
	return nil
}

// List is the letters kept, newest first.
func (s *Sink) List() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.letters)
	slices.Reverse(list)
	return list
}

// Get is one letter; false when it never was or has had to go.
func (s *Sink) Get(id int) (Letter, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.letters, func(l Letter) bool { return l.ID == id })
	if i < 0 {
		return Letter{}, false
	}
	return s.letters[i], true
}

// Wait gives the newest letter that matches, and waits for one while there is none.
func (s *Sink) Wait(ctx context.Context, match func(Letter) bool) (Letter, error) {
	for {
		s.mu.Lock()
		arrived := s.arrived
		for _, l := range slices.Backward(s.letters) {
			if match(l) {
				s.mu.Unlock()
				return l, nil
			}
		}
		s.mu.Unlock()
		select {
		case <-arrived:
		case <-ctx.Done():
			return Letter{}, fmt.Errorf("wait for letter: %w", ctx.Err())
		}
	}
}

func (s *Sink) add(l Letter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	l.ID, l.Received = s.last, s.now()
	if s.letters = append(s.letters, l); len(s.letters) > s.keep {
		s.letters = slices.Clone(s.letters[1:])
	}
	close(s.arrived)
	s.arrived = make(chan struct{})
}

type session struct {
	sink     *Sink
	envelope Envelope
}

func (s *session) Reset()        { s.envelope = Envelope{} }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.envelope.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.envelope.To = append(s.envelope.To, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(r); err != nil {
		return err
	}
	l := parse(raw.Bytes())
	l.Envelope = s.envelope
	s.sink.add(l)
	return nil
}

// silent drops the server's log: it would name people.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
