package signin

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/security/vault"
)

type box struct {
	mu    sync.Mutex
	fails int
	sent  []mail.Message
}

func (b *box) Send(_ context.Context, m mail.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails > 0 {
		b.fails--
		return errors.New("away")
	}
	b.sent = append(b.sent, m)
	return m.Validate()
}

func letters(t *testing.T, b *box, lang i18n.Lang) *Letters {
	t.Helper()
	l, err := New(b, slog.New(slog.DiscardHandler), func(context.Context, vault.Subject, string) (account.Contact, error) {
		return account.Contact{Name: "暖簾 花子", Email: "hanako@example.jp", Lang: lang}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l.pause = 0
	return l
}

func TestResetLetterCarriesTheLinkInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	for lang, word := range map[i18n.Lang]string{i18n.Ja: "再設定", i18n.En: "new password"} {
		b := &box{fails: 2} // the mail server is away twice
		l := letters(t, b, lang)
		l.Reset(t.Context(), vault.Subject{}, "https://admin.noren.test/reset/abc", "r1")
		l.Wait()
		if len(b.sent) != 1 || !strings.Contains(b.sent[0].Text, "https://admin.noren.test/reset/abc") || !strings.Contains(b.sent[0].Text, word) {
			t.Errorf("%s: sent %+v", lang, b.sent)
		}
	}
}

func TestAChangeIsToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	for lang, word := range map[i18n.Lang]string{i18n.Ja: "パスワードの変更", i18n.En: "a new password"} {
		b := &box{}
		l := letters(t, b, lang)
		l.Changed(t.Context(), vault.Subject{}, fault.Text{Ja: "パスワードの変更", En: "a new password"}, "r1")
		l.Wait()
		if len(b.sent) != 1 || !strings.Contains(b.sent[0].Text, word) || strings.Contains(b.sent[0].Text, "http") {
			t.Errorf("%s: sent %+v", lang, b.sent)
		}
	}
}

func TestALetterThatCannotGoIsGivenUp(t *testing.T) {
	t.Parallel()
	b := &box{fails: 100}
	l := letters(t, b, i18n.Ja)
	l.Reset(t.Context(), vault.Subject{}, "https://admin.noren.test/reset/abc", "r1")
	l.Wait()
	if len(b.sent) != 0 || b.fails != 100-tries {
		t.Errorf("sent %d, %d tries", len(b.sent), 100-b.fails)
	}
}
