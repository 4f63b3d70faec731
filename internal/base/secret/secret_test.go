package secret

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestSecretsPrintAsAMask(t *testing.T) {
	t.Parallel()
	tok, txt := NewToken(), NewText("correct horse")
	type holder struct {
		T Token
		P Text
		M map[string]Token
	}
	h := holder{tok, txt, map[string]Token{"a": tok}}
	js, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{fmt.Sprint(tok, txt), fmt.Sprintf("%v %+v %#v %s %q %x %d", h, h, tok, txt, txt, tok, txt), string(js)} {
		if strings.Contains(out, tok.Reveal()) || strings.Contains(out, "horse") {
			t.Errorf("shows the secret: %s", out)
		}
	}
}

func TestOnlyTokensParse(t *testing.T) {
	t.Parallel()
	tok := NewToken()
	if ParseToken(tok.Reveal()) != tok {
		t.Error("a token does not survive its text")
	}
	for _, bad := range []string{"", "x", tok.Reveal() + "A", tok.Reveal()[1:], strings.Repeat("é", 22)} {
		if !ParseToken(bad).IsZero() {
			t.Errorf("%q was taken for a token", bad)
		}
	}
	if (Digest{}).Equal(Token{}.Digest()) {
		t.Error("no token equals no token")
	}
	if !tok.Digest().Equal(tok.Digest()) || tok.Digest().Equal(NewToken().Digest()) {
		t.Error("digests do not tell tokens apart")
	}
}
