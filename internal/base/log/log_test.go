package log

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/secret"
)

const number = "4242424242424242"

func scrub(s string) string { return strings.ReplaceAll(s, number, "[card]") }

type insides struct {
	Note string
	Tok  secret.Token
}

func TestEveryTextIsScrubbed(t *testing.T) {
	t.Parallel()
	tok := secret.NewToken()
	for _, f := range []Format{Text, JSON} {
		var out bytes.Buffer
		l := New(&out, Options{Format: f, Scrub: scrub})
		l = l.With("kept", "with "+number).WithGroup("g").With("deep", number)
		l.Info("message "+number, "s", number, "err", errors.New("bad "+number), "n", int64(4242424242424242), "u", uint64(4242424242424242),
			slog.Group("in", "s", number), "any", insides{"note " + number, tok}, "list", []string{number}, "bytes", []byte(number),
			"tok", tok, "Password", "correct horse", "set-cookie", "horse=1", "id", 12)
		got := out.String()
		for _, bad := range []string{number, tok.Reveal(), "horse"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s: %q was written: %s", f, bad, got)
			}
		}
		for _, want := range []string{"message [card]", "note [card]", "16 bytes", "12", mask} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q was not written: %s", f, want, got)
			}
		}
	}
}

func TestRequestStandsOnItsLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := New(&out, Options{Format: JSON})
	l.InfoContext(WithRequest(t.Context(), "r-1"), "one")
	l.Info("two")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var one, two map[string]any
	if err := errors.Join(json.Unmarshal([]byte(lines[0]), &one), json.Unmarshal([]byte(lines[1]), &two)); err != nil {
		t.Fatal(err)
	}
	if one["request"] != "r-1" || two["request"] != nil {
		t.Errorf("request ids %v, %v", one["request"], two["request"])
	}
}

func TestLevelHolds(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	New(&out, Options{Level: slog.LevelWarn}).Info("quiet")
	if out.Len() > 0 {
		t.Errorf("wrote %s", out.String())
	}
}

func TestCardNumbersAreTakenOutByDefault(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	New(&out, Options{Format: Text}).Error("panic: "+number, "err", errors.New("cvv=123"), "n", int64(4242424242424242), "shop", int64(123456789012345))
	if s := out.String(); strings.Contains(s, number) || strings.Contains(s, "123 ") || !strings.Contains(s, "****4242") || !strings.Contains(s, "123456789012345") {
		t.Error(s)
	}
}
