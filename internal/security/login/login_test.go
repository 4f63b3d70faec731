package login

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/noren-shop/noren/internal/security/login/softkey"
)

func hasher(t testing.TB) *Hasher {
	t.Helper()
	h, err := NewHasher(Cost{8, 1, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPasswordsVerify(t *testing.T) {
	t.Parallel()
	h := hasher(t)
	v, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(v, "$argon2id$v=19$m=8,t=1,p=1$") {
		t.Errorf("verifier is %q", v)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false} {
		if ok, err := h.Verify(t.Context(), v, password); err != nil || ok != want {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if ok, err := h.Verify(t.Context(), "", "correct horse"); err != nil || ok {
		t.Errorf("an unknown account: %v, %v", ok, err)
	}
}

func TestWeakPasswordsAreNamed(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"short": TooShort, "パスワード": TooShort, strings.Repeat("長い", 400): TooLong, "aaaaaaaaaaaa": TooCommon,
		"1234567890": TooCommon, "password123": TooCommon, "Password2024!": TooCommon, "qwertyuiop": TooCommon,
		"taro.yamada-8": HoldsName, "ひみつのあいことばです": "", "noren-test-7391": "", "correct horse battery": "",
	} {
		if got := Rule(password, "taro.yamada@example.com"); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}

func TestCodesCountOnce(t *testing.T) {
	t.Parallel()
	key, address := NewTOTP("Noren", "taro@example.com")
	if !strings.HasPrefix(address, "otpauth://totp/Noren:taro@example.com?") {
		t.Errorf("address is %q", address)
	}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	code := func(step int64) string {
		c, err := hotp.GenerateCode(key, uint64(step))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	current := now.Unix() / 30
	if _, ok := CheckTOTP(key, code(current-3), now, 0); ok {
		t.Error("an old code counted")
	}
	step, ok := CheckTOTP(key, " "+code(current)[:3]+" "+code(current)[3:], now, 0)
	if !ok || step != current {
		t.Fatalf("the current code: %d, %v", step, ok)
	}
	if _, ok := CheckTOTP(key, code(current), now, step); ok {
		t.Error("a code counted twice")
	}
}

func TestPasskeysAnswerToTheirPageOnly(t *testing.T) {
	t.Parallel()
	const origin = "https://admin.example.com"
	p := NewPasskeys([]Party{{ID: "admin.example.com", Name: "Noren", Origins: []string{origin}}})
	who := Person{Handle: []byte("handle-of-taro"), Label: "taro"}
	options, state, err := p.Begin(origin, who)
	if err != nil {
		t.Fatal(err)
	}
	key, answer, err := softkey.Create(options, origin)
	if err != nil {
		t.Fatal(err)
	}
	if _, elsewhere, err := softkey.Create(options, "https://evil.example.com"); err != nil {
		t.Fatal(err)
	} else if _, _, err := p.Finish(origin, who, state, elsewhere); !errors.Is(err, ErrPasskey) {
		t.Errorf("made on another page: %v", err)
	}
	credential, _, err := p.Finish(origin, who, state, answer)
	if err != nil {
		t.Fatal(err)
	}
	who.Credentials = [][]byte{credential}
	find := func([]byte) (Person, error) { return who, nil }
	logIn := func(page string) ([]byte, error) {
		options, state, err := p.BeginLogIn(origin)
		if err != nil {
			return nil, err
		}
		answer, err := key.Get(options, page)
		if err != nil {
			return nil, err
		}
		credential, _, handle, err := p.FinishLogIn(origin, state, answer, find)
		if err == nil && string(handle) != "handle-of-taro" {
			t.Errorf("logged in as %q", handle)
		}
		return credential, err
	}
	if who.Credentials[0], err = logIn(origin); err != nil {
		t.Fatal(err)
	}
	if _, err := logIn("https://evil.example.com"); !errors.Is(err, ErrPasskey) {
		t.Errorf("shown on another page: %v", err)
	}
	key.Rewind()
	if _, err := logIn(origin); !errors.Is(err, ErrPasskey) {
		t.Errorf("a copied authenticator: %v", err)
	}
	if _, _, err := p.Begin("https://evil.example.com", who); !errors.Is(err, ErrPasskey) {
		t.Errorf("begun on another page: %v", err)
	}
}

func FuzzVerifier(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=99999999,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		if c, salt, key, err := parseVerifier(s); err == nil && (c.MemoryKiB > 1<<20 || len(salt) != saltSize || len(key) != hashSize) {
			t.Errorf("took %q", s)
		}
	})
}
