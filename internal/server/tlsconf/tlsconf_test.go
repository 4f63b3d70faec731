package tlsconf

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/config"
)

// certify writes a certificate for a host, signed by itself, and gives what trusts it.
func certify(t *testing.T, dir, host string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, form, form, secret.Public(), secret)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return cert, key, roots
}

// greet serves one byte over TLS to whoever comes.
func greet(t *testing.T, c *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(10 * time.Second))
				conn.Write([]byte("!")) //nolint:errcheck // the other end says what it got
			}()
		}
	}()
	return l.Addr().String()
}

func call(t *testing.T, addr string, c *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: 10 * time.Second}, Config: c}
	conn, err := d.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	_, err = io.ReadFull(conn, make([]byte, 1))
	return conn.(*tls.Conn).ConnectionState(), err
}

func TestFilesServeAndOldVersionsDoNot(t *testing.T) {
	t.Parallel()
	cert, key, roots := certify(t, t.TempDir(), "tea.example.jp")
	c := &config.Config{TLS: config.TLS{Mode: config.TLSFiles, CertFile: cert, KeyFile: key}}
	conf, stop, err := New(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	addr := greet(t, conf)
	got, err := call(t, addr, &tls.Config{RootCAs: roots, ServerName: "tea.example.jp", NextProtos: []string{"h2"}})
	if err != nil || got.Version != tls.VersionTLS13 || got.NegotiatedProtocol != "h2" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := call(t, addr, &tls.Config{RootCAs: roots, ServerName: "other.example.jp"}); err == nil {
		t.Error("the certificate is good for another host")
	}
	old := &tls.Config{RootCAs: roots, ServerName: "tea.example.jp", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if _, err := call(t, addr, old); err == nil {
		t.Error("spoke TLS 1.1")
	}
}

func TestBadFilesAreRefusedAtStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, _, _ := certify(t, dir, "tea.example.jp")
	for what, key := range map[string]string{"missing": filepath.Join(dir, "none"), "no key": cert} {
		c := &config.Config{TLS: config.TLS{Mode: config.TLSFiles, CertFile: cert, KeyFile: key}}
		if _, _, err := New(c, nil); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

func TestWithoutTLSThereIsNoConfiguration(t *testing.T) {
	t.Parallel()
	for _, m := range []config.TLSMode{config.TLSOff, config.TLSProxy} {
		conf, stop, err := New(&config.Config{TLS: config.TLS{Mode: m}}, nil)
		if conf != nil || err != nil {
			t.Errorf("%s: %v, %v", m, conf, err)
		}
		stop()
	}
}

// TestStrangeHostGetsNoCertificate asks for a host that nobody has: the authority, which does not answer here, is not even
// asked.
func TestStrangeHostGetsNoCertificate(t *testing.T) {
	t.Parallel()
	authority, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer authority.Close()
	asked := make(chan struct{}, 1)
	go func() {
		for {
			conn, err := authority.Accept()
			if err != nil {
				return
			}
			conn.Close()
			asked <- struct{}{}
		}
	}()
	hosts := make(chan string, 4)
	c := &config.Config{DataDir: t.TempDir(), TLS: config.TLS{Mode: config.TLSACME, Directory: "https://" + authority.Addr().String() + "/dir"}}
	conf, stop, err := New(c, func(_ context.Context, host string) bool { hosts <- host; return false })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if _, err := call(t, greet(t, conf), &tls.Config{ServerName: "strange.example.jp", InsecureSkipVerify: true}); err == nil {
		t.Error("a strange host got a certificate")
	}
	select {
	case h := <-hosts:
		if h != "strange.example.jp" {
			t.Errorf("was asked about %q", h)
		}
	default:
		t.Error("nobody asked whether the host is ours")
	}
	select {
	case <-asked:
		t.Error("the authority was asked for a strange host")
	default:
	}
}
