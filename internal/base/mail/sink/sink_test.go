package sink

import (
	"fmt"
	"net/smtp"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, keep int) *Sink {
	t.Helper()
	s, err := Start("127.0.0.1:0", keep, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func send(s *Sink, raw string) error {
	return smtp.SendMail(s.Addr(), nil, "from@x.example", []string{"a@x.example", "b@x.example"}, []byte(raw))
}

func TestLastLettersAreKept(t *testing.T) {
	t.Parallel()
	s := start(t, 3)
	for i := range 5 {
		if err := send(s, fmt.Sprintf("Subject: n%d\r\n\r\ntext\r\n", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	list := s.List()
	if len(list) != 3 || list[0].Subject != "n5" || list[2].Subject != "n3" || list[0].ID != 5 {
		t.Errorf("kept %v", list)
	}
	if l, ok := s.Get(4); !ok || l.Subject != "n4" || len(l.Envelope.To) != 2 {
		t.Errorf("letter 4: %v %v", l, ok)
	}
	if _, ok := s.Get(1); ok {
		t.Error("the oldest is still there")
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense", "[::]:0"} {
		if s, err := Start(addr, 1, time.Now); err == nil {
			s.Close()
			t.Errorf("listens at %s", addr)
		}
	}
}

func TestTooLargeALetterIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	if err := send(s, "Subject: x\r\n\r\n"+strings.Repeat(strings.Repeat("x", 70)+"\r\n", maxLetter/70)); err == nil {
		t.Error("taken")
	}
	if len(s.List()) != 0 {
		t.Error("kept")
	}
}

func TestLetterIsTakenApart(t *testing.T) {
	t.Parallel()
	l := parse([]byte("From: =?utf-8?q?=E6=9A=96=E7=B0=BE?= <n@x.example>\r\nSubject: =?utf-8?b?5pqW57C+?=\r\n" +
		"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5pqW57C+\r\n" +
		"--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=E6=9A=96</p>\r\n--b--\r\n--a--\r\n"))
	if l.Subject != "暖簾" || l.From != "暖簾 <n@x.example>" || l.Text != "暖簾" || l.HTML != "<p>暖</p>" {
		t.Errorf("got %q %q %q %q", l.Subject, l.From, l.Text, l.HTML)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("Subject: a\r\n\r\nb"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--"))
	f.Add([]byte("Content-Type: multipart/mixed\r\n\r\n--\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if l := parse(raw); len(l.Text)+len(l.HTML) > 3*len(raw)+3 {
			t.Errorf("%d bytes became %d", len(raw), len(l.Text)+len(l.HTML))
		}
	})
}
