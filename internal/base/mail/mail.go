// Package mail writes letters and hands them to a mail server.
//
// It guarantees that nothing in a letter can add a header or a recipient, that a letter keeps its Message-ID however
// often it is tried, that a failure says whether another try can help, and that no address and none of the server's
// words stand in an error. It refuses letters to several people at once (each would learn of the others), addresses with
// line breaks or lists in them, and a password over a connection without TLS.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrRefused is a letter that the server will never take: another try cannot help. Every other error may pass.
var ErrRefused = errors.New("the letter was refused for good")

// The bounds of a letter.
const (
	maxSubject = 500     // bytes
	maxName    = 200     // bytes
	maxAddress = 254     // bytes, RFC 5321
	maxBody    = 1 << 20 // bytes, each part
)

// An Address is a name, which may be empty, and a bare address.
type Address struct{ Name, Addr string }

// ParseAddress reads `noren@noren.example` or `暖簾 <noren@noren.example>`.
func ParseAddress(s string) (Address, error) {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return Address{}, errors.New("parse mail address: not an address") // without what was given: it may be a person's
	}
	return Address{Name: a.Name, Addr: a.Address}, nil
}

// A Message is one letter to one person.
type Message struct {
	ID      string  // unique for ever, the same at every try: letters, digits, dots and hyphens
	From    Address // empty is the sender's own
	To      Address
	ReplyTo Address // empty is none
	Subject string
	Text    string
	HTML    string // "" sends the text alone
}

// A Sender delivers letters, or hands them to who does.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Validate checks a letter before anything is said to a server. Its errors are ErrRefused.
func (m Message) Validate() error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrRefused, what) }
	switch {
	case !validID(m.ID):
		return bad("its id")
	case !m.To.valid():
		return bad("its recipient")
	case m.From != Address{} && !m.From.valid():
		return bad("its sender")
	case m.ReplyTo != Address{} && !m.ReplyTo.valid():
		return bad("its reply address")
	case m.Subject == "" || len(m.Subject) > maxSubject || !oneLine(m.Subject):
		return bad("its subject")
	case m.Text == "" || len(m.Text) > maxBody || !utf8.ValidString(m.Text) || strings.ContainsRune(m.Text, 0):
		return bad("its text")
	case len(m.HTML) > maxBody || !utf8.ValidString(m.HTML) || strings.ContainsRune(m.HTML, 0):
		return bad("its HTML")
	}
	return nil
}

func validID(s string) bool {
	if s == "" || len(s) > 100 {
		return false
	}
	for _, r := range s {
		if r != '.' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

func (a Address) valid() bool {
	if len(a.Name) > maxName || !oneLine(a.Name) || len(a.Addr) > maxAddress || !oneLine(a.Addr) {
		return false
	}
	parsed, err := mail.ParseAddress("<" + a.Addr + ">")
	return err == nil && parsed.Address == a.Addr && !strings.ContainsAny(a.Addr, " <>,\"")
}

func oneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

// domain is the part behind the @.
func (a Address) domain() string { return a.Addr[strings.LastIndexByte(a.Addr, '@')+1:] }
