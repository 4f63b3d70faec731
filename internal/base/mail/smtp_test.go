package mail_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/mail/sink"
	"github.com/noren-shop/noren/internal/base/secret"
)

// A server is a real mail server in this process, with the answers that a test asks for.
type server struct {
	rcpt, data error
	password   string
	port       int
	roots      *x509.CertPool

	mu  sync.Mutex
	got []string
}

func (s *server) letters() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

type session struct {
	*server
	in bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "noren" || password != s.password {
			return smtp.ErrAuthFailed
		}
		s.in = true
		return nil
	}), nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) Mail(string, *smtp.MailOptions) error {
	if s.password != "" && !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *session) Rcpt(string, *smtp.RcptOptions) error { return s.rcpt }

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil || s.data != nil {
		return s.data
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, string(b))
	return nil
}

func serve(t *testing.T, s *server, mode config.SMTPMode) {
	t.Helper()
	certs := httptest.NewTLSServer(nil) // only for its certificate, which is good for 127.0.0.1
	certs.Close()
	s.roots = x509.NewCertPool()
	s.roots.AddCert(certs.Certificate())
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	srv.Domain, srv.ErrorLog = "localhost", log.New(io.Discard, "", 0)
	conf := &tls.Config{Certificates: certs.TLS.Certificates}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	switch mode {
	case config.SMTPStartTLS:
		srv.TLSConfig = conf
	case config.SMTPImplicit:
		l = tls.NewListener(l, conf)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.Serve(l)
	}()
	t.Cleanup(func() {
		srv.Close()
		l.Close() // Serve may not have begun, and then Close has not seen its listener
		<-done
	})
}

func sender(t *testing.T, s *server, mode config.SMTPMode) *mail.SMTP {
	t.Helper()
	c := config.SMTP{Host: "127.0.0.1", Port: s.port, From: "暖簾 <noren@noren.example>", Mode: mode}
	if s.password != "" {
		c.User, c.Password = "noren", secret.NewText("right")
	}
	m, err := mail.NewSMTP(c, s.roots)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func letter() mail.Message {
	return mail.Message{ID: "order-1", To: mail.Address{Name: "山田 太郎", Addr: "taro@shop.example"}, Subject: "ご注文ありがとうございます",
		Text: "山田 太郎 様\n.\n..\nFrom here", HTML: "<p>山田 太郎 様</p>", ReplyTo: mail.Address{Addr: "tea@shop.example"}}
}

func TestLettersArrive(t *testing.T) {
	t.Parallel()
	for _, mode := range []config.SMTPMode{config.SMTPPlain, config.SMTPStartTLS, config.SMTPImplicit} {
		s := &server{}
		if mode != config.SMTPPlain {
			s.password = "right"
		}
		serve(t, s, mode)
		if err := sender(t, s, mode).Send(t.Context(), letter()); err != nil {
			t.Errorf("%s: %v", mode, err)
			continue
		}
		got := s.letters()
		if len(got) != 1 {
			t.Fatalf("%s: %d letters", mode, len(got))
		}
		for _, want := range []string{"Message-ID: <order-1@noren.example>\r\n", "Auto-Submitted: auto-generated\r\n", "Reply-To: <tea@shop.example>\r\n"} {
			if !strings.Contains(got[0], want) {
				t.Errorf("%s lacks %q:\n%s", mode, want, got[0])
			}
		}
	}
}

func TestSinkShowsWhatWasSent(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_790_000_000_000)
	box, err := sink.Start("127.0.0.1:0", 10, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	_, port, _ := net.SplitHostPort(box.Addr())
	n, _ := net.LookupPort("tcp", port)
	if err := sender(t, &server{port: n}, config.SMTPPlain).Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	got, err := box.Wait(t.Context(), func(l sink.Letter) bool { return l.Subject == letter().Subject })
	if err != nil {
		t.Fatal(err)
	}
	if got.Text != letter().Text || got.HTML != letter().HTML || got.To != "山田 太郎 <taro@shop.example>" ||
		got.From != "暖簾 <noren@noren.example>" || got.Envelope.From != "noren@noren.example" ||
		len(got.Envelope.To) != 1 || got.Envelope.To[0] != "taro@shop.example" || !got.Received.Equal(now) {
		t.Errorf("got %+v", got)
	}
}

func TestFailuresSayWhetherToTryAgain(t *testing.T) {
	t.Parallel()
	gone := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no taro@shop.example here"}
	busy := &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "taro@shop.example is full"}
	for name, tc := range map[string]struct {
		server  *server
		refused bool
	}{
		"recipient gone":  {&server{rcpt: gone}, true},
		"recipient busy":  {&server{rcpt: busy}, false},
		"text refused":    {&server{data: gone}, true},
		"text put off":    {&server{data: busy}, false},
		"password is bad": {&server{password: "changed"}, false}, // the operator mends it; letters wait
	} {
		mode := config.SMTPStartTLS
		serve(t, tc.server, mode)
		err := sender(t, tc.server, mode).Send(t.Context(), letter())
		if err == nil || errors.Is(err, mail.ErrRefused) != tc.refused {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), "taro") {
			t.Errorf("%s names a person: %v", name, err)
		}
	}
}

func TestConnectionIsProtectedOrNotMade(t *testing.T) {
	t.Parallel()
	plain := &server{}
	serve(t, plain, config.SMTPPlain)
	if err := sender(t, plain, config.SMTPStartTLS).Send(t.Context(), letter()); err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("a server without TLS: %v", err)
	}
	foreign := &server{}
	serve(t, foreign, config.SMTPImplicit)
	foreign.roots = x509.NewCertPool()
	if err := sender(t, foreign, config.SMTPImplicit).Send(t.Context(), letter()); err == nil {
		t.Error("a certificate that nobody vouches for was taken")
	}
	if _, err := mail.NewSMTP(config.SMTP{Host: "h", Port: 25, User: "u", From: "a@b.example", Mode: config.SMTPPlain}, nil); err == nil {
		t.Error("a password would go in the clear")
	}
	if got := append(plain.letters(), foreign.letters()...); len(got) > 0 {
		t.Errorf("sent %q", got)
	}
}

func TestNobodyThereCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err = sender(t, &server{port: l.Addr().(*net.TCPAddr).Port}, config.SMTPPlain).Send(ctx, letter())
	if err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("got %v", err)
	}
}

func TestNothingCanBeSlippedIn(t *testing.T) {
	t.Parallel()
	s := &server{}
	serve(t, s, config.SMTPPlain)
	out := sender(t, s, config.SMTPPlain)
	for name, spoil := range map[string]func(*mail.Message){
		"subject":      func(m *mail.Message) { m.Subject = "a\r\nBcc: evil@x.example" },
		"subject, lf":  func(m *mail.Message) { m.Subject = "a\nBcc: evil@x.example" },
		"name":         func(m *mail.Message) { m.To.Name = "a\r\nBcc: evil@x.example" },
		"address":      func(m *mail.Message) { m.To.Addr = "a@x.example\r\nRCPT TO:<evil@x.example>" },
		"two":          func(m *mail.Message) { m.To.Addr = "a@x.example, evil@x.example" },
		"group":        func(m *mail.Message) { m.To.Addr = "g: evil@x.example;" },
		"brackets":     func(m *mail.Message) { m.To.Addr = "x> <evil@x.example" },
		"none":         func(m *mail.Message) { m.To = mail.Address{} },
		"reply":        func(m *mail.Message) { m.ReplyTo = mail.Address{Name: "x\n", Addr: "a@x.example"} },
		"id":           func(m *mail.Message) { m.ID = "a>\r\nBcc: evil@x.example" },
		"no id":        func(m *mail.Message) { m.ID = "" },
		"nul":          func(m *mail.Message) { m.Text = "a\x00b" },
		"not UTF-8":    func(m *mail.Message) { m.Text = "\xff" },
		"long subject": func(m *mail.Message) { m.Subject = strings.Repeat("長", 400) },
		"line sep":     func(m *mail.Message) { m.Subject = "a\u2028b" },
	} {
		m := letter()
		spoil(&m)
		if err := out.Send(t.Context(), m); !errors.Is(err, mail.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := letter() // a quoted name is fine, and stays a name
	m.To.Name = `", evil@x.example, "`
	if err := out.Send(t.Context(), m); err != nil {
		t.Error(err)
	}
	if got := s.letters(); len(got) != 1 || !strings.Contains(got[0], `\", evil@x.example, \"" <taro@shop.example>`) {
		t.Errorf("sent %q", got)
	}
}
