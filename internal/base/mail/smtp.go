package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/noren-shop/noren/internal/base/config"
)

// timeout bounds each letter's whole conversation.
const timeout = 30 * time.Second

// SMTP sends through a server. It is safe for many goroutines; each letter has a connection of its own.
type SMTP struct {
	host     string
	from     Address
	implicit bool // TLS from the first byte
	tls      *tls.Config
	options  []gomail.Option
}

// NewSMTP prepares a sender; it does not connect yet. roots nil trusts what the system trusts.
func NewSMTP(c config.SMTP, roots *x509.CertPool) (*SMTP, error) {
	from, err := ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("prepare mail: smtp-from: %w", err)
	}
	s := &SMTP{host: c.Host, from: from, implicit: c.Mode == config.SMTPImplicit,
		tls: &tls.Config{ServerName: c.Host, RootCAs: roots, MinVersion: tls.VersionTLS12}}
	s.options = []gomail.Option{gomail.WithTimeout(timeout), gomail.WithHELO(from.domain()), gomail.WithTLSConfig(s.tls)}
	switch c.Mode {
	case config.SMTPStartTLS:
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case config.SMTPImplicit:
		s.options = append(s.options, gomail.WithSSL())
	case config.SMTPPlain:
		if c.User != "" {
			return nil, errors.New("prepare mail: a password is not sent without TLS")
		}
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("prepare mail: unknown smtp-tls %q", c.Mode)
	}
	if c.User != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if s.implicit { // the library does not see that dial has encrypted already, and would find nothing good enough
			auth = gomail.SMTPAuthPlain
		}
		s.options = append(s.options, gomail.WithSMTPAuth(auth),
			gomail.WithUsername(c.User), gomail.WithPassword(c.Password.Reveal()))
	}
	s.options = append(s.options, gomail.WithPort(c.Port))
	if _, err := gomail.NewClient(c.Host, s.options...); err != nil {
		return nil, fmt.Errorf("prepare mail: %w", err)
	}
	return s, nil
}

// Send hands the letter over. nil means that the server has taken it.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	if m.From == (Address{}) {
		m.From = s.from
	}
	if err := m.Validate(); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	letter := s.letter(m)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := gomail.NewClient(s.host, append(s.options[:len(s.options):len(s.options)],
		gomail.WithDialContextFunc(s.dial(ctx)))...)
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("send mail: connect: %w", withoutWords(err))
	}
	defer client.Close() // what goes wrong after the letter was taken is no failure of the letter's
	if err := client.Send(letter); err != nil && !letter.IsDelivered() {
		return fmt.Errorf("send mail: %w", withoutWords(err))
	}
	return nil
}

// dial connects, and cuts the connection when ctx ends: the library itself would wait for a server that says nothing.
func (s *SMTP) dial(ctx context.Context) gomail.DialContextFunc {
	return func(dialCtx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(dialCtx, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { conn.Close() })
		if !s.implicit {
			return conn, nil
		}
		secure := tls.Client(conn, s.tls)
		if err := secure.HandshakeContext(dialCtx); err != nil {
			conn.Close()
			return nil, err
		}
		return secure, nil
	}
}

func (s *SMTP) letter(m Message) *gomail.Msg {
	l := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	l.EnvelopeFromMailAddress(&mail.Address{Address: s.from.Addr})
	l.FromMailAddress(m.From.header())
	l.ToMailAddress(m.To.header())
	if m.ReplyTo != (Address{}) {
		l.ReplyToMailAddress(m.ReplyTo.header())
	}
	l.Subject(m.Subject)
	l.SetMessageIDWithValue(m.ID + "@" + s.from.domain())
	l.SetGenHeader("Auto-Submitted", "auto-generated")
	l.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		l.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return l
}

func (a Address) header() *mail.Address { return &mail.Address{Name: a.Name, Address: a.Addr} }

// withoutWords keeps of a failure what helps the operator, without the server's words, which often name the recipient.
func withoutWords(err error) error {
	if e, ok := errors.AsType[*gomail.SendError](err); ok {
		kind := "the server put the letter off"
		switch {
		case e.ErrorCode() >= 500 && !e.IsTemp():
			return fmt.Errorf("%w: %s %d %s", ErrRefused, e.Reason, e.ErrorCode(), e.EnhancedStatusCode())
		case e.ErrorCode() == 0:
			kind = "the connection broke"
		}
		return fmt.Errorf("%s: %s %d %s", kind, e.Reason, e.ErrorCode(), e.EnhancedStatusCode())
	}
	return err
}
