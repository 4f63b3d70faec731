package vault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/login"
	"github.com/noren-shop/noren/internal/security/login/softkey"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/keeper"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
)

const mail = "taro@example.com"

func taro(t *testing.T, v *vaulttest.Vault) secret.Token {
	t.Helper()
	return v.LogIn(t, vault.AccountSubject(vault.ShopOwner, 5), mail)
}

func tryLogIn(t *testing.T, v *vaulttest.Vault, in vault.LogIn) (vault.Session, error) {
	t.Helper()
	if in.Login == "" {
		in.Login = mail
	}
	if in.Network == "" {
		in.Network = "192.0.2.1"
	}
	return v.Client.LogIn(t.Context(), in)
}

func TestUnknownLogInIsAnsweredLikeAWrongPassword(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	taro(t, v)
	_, wrong := tryLogIn(t, v, vault.LogIn{Password: secret.NewText("not the password")})
	_, unknown := tryLogIn(t, v, vault.LogIn{Login: "nobody@example.com", Password: secret.NewText(vaulttest.Password)})
	if !errors.Is(wrong, vault.ErrLogIn) || !errors.Is(unknown, vault.ErrLogIn) {
		t.Errorf("wrong: %v; unknown: %v", wrong, unknown)
	}
	if _, err := tryLogIn(t, v, vault.LogIn{Realm: shop, Password: secret.NewText(vaulttest.Password)}); !errors.Is(err, vault.ErrLogIn) {
		t.Errorf("in another realm: %v", err)
	}
	if _, err := tryLogIn(t, v, vault.LogIn{Login: "Ｔaro@EXAMPLE.com", Password: secret.NewText(vaulttest.Password)}); err != nil {
		t.Errorf("written otherwise: %v", err)
	}
	err := v.Register(t.Context(), vault.Registration{Who: vault.AccountSubject(vault.ShopOwner, 6), Login: mail,
		Password: secret.NewText(vaulttest.Password)})
	if !errors.Is(err, vault.ErrLoginTaken) {
		t.Errorf("the same log-in id twice: %v", err)
	}
	err = v.Register(t.Context(), vault.Registration{Who: vault.AccountSubject(vault.ShopOwner, 6), Login: "b@example.com",
		Password: secret.NewText("short")})
	if fs, ok := fault.Of(err); !ok || fs[0].Field != "password" {
		t.Errorf("a short password: %v", err)
	}
}

func TestThrottleLeavesTheOwnerIn(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	taro(t, v)
	home, err := tryLogIn(t, v, vault.LogIn{Password: secret.NewText(vaulttest.Password), Network: "198.51.100.7"})
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		_, err = tryLogIn(t, v, vault.LogIn{Password: secret.NewText("guess guess guess")})
	}
	if !errors.Is(err, vault.ErrThrottled) {
		t.Errorf("the twelfth guess: %v", err)
	}
	right := secret.NewText(vaulttest.Password)
	if _, err := tryLogIn(t, v, vault.LogIn{Password: right}); !errors.Is(err, vault.ErrThrottled) {
		t.Errorf("the right password, from there: %v", err)
	}
	if _, err := tryLogIn(t, v, vault.LogIn{Password: right, Device: home.Device}); err != nil {
		t.Errorf("the owner's browser, from there: %v", err)
	}
	if _, err := tryLogIn(t, v, vault.LogIn{Password: right, Network: "198.51.100.8"}); err != nil {
		t.Errorf("the owner from elsewhere: %v", err)
	}
	v.Clock.Add(16 * time.Minute)
	if _, err := tryLogIn(t, v, vault.LogIn{Password: right}); err != nil {
		t.Errorf("a quarter of an hour later: %v", err)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	a, b := taro(t, v), taro(t, v)
	list, err := v.Sessions(t.Context(), a)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	for _, s := range list {
		if !s.Current {
			if err := v.EndOne(t.Context(), a, s.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := v.Check(t.Context(), b); !fault.Is(err, fault.KindUnauthenticated) {
		t.Errorf("the ended one: %v", err)
	}
	for range 3 { // used every twenty hours
		v.Clock.Add(20 * time.Hour)
		if _, err := v.Check(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	v.Clock.Add(25 * time.Hour)
	if _, err := v.Check(t.Context(), a); !fault.Is(err, fault.KindUnauthenticated) {
		t.Errorf("unused for a day: %v", err)
	}
	c := taro(t, v)
	for range 15 {
		v.Clock.Add(23 * time.Hour)
		_, err = v.Check(t.Context(), c)
	}
	if !fault.Is(err, fault.KindUnauthenticated) {
		t.Errorf("used for more than two weeks: %v", err)
	}
}

func TestResetWorksOnceAndEndsSessions(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	old := taro(t, v)
	_, who, err := v.StartReset(t.Context(), id.Platform, "nobody@example.com", "192.0.2.1")
	if err != nil || !who.IsZero() {
		t.Errorf("for nobody: %v, %v", who, err)
	}
	link, who, err := v.StartReset(t.Context(), id.Platform, mail, "192.0.2.1")
	if err != nil || who.ID != 5 {
		t.Fatalf("%v, %v", who, err)
	}
	if err := v.FinishReset(t.Context(), link, secret.NewText("short")); !fault.Is(err, fault.KindInvalid) || errors.Is(err, vault.ErrLink) {
		t.Errorf("a short password: %v", err)
	}
	fresh := secret.NewText("another phrase 82")
	if err := v.FinishReset(t.Context(), link, fresh); err != nil {
		t.Fatal(err)
	}
	if err := v.FinishReset(t.Context(), link, fresh); !errors.Is(err, vault.ErrLink) {
		t.Errorf("the link again: %v", err)
	}
	if _, err := v.Check(t.Context(), old); err == nil {
		t.Error("the old session lives")
	}
	if _, err := tryLogIn(t, v, vault.LogIn{Password: fresh}); err != nil {
		t.Errorf("the new password: %v", err)
	}
	late, _, err := v.StartReset(t.Context(), id.Platform, mail, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	v.Clock.Add(31 * time.Minute)
	if err := v.FinishReset(t.Context(), late, fresh); !errors.Is(err, vault.ErrLink) {
		t.Errorf("after half an hour: %v", err)
	}
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	s := taro(t, v)
	key, _, err := v.BeginTOTP(t.Context(), s, "Noren", mail)
	if err != nil {
		t.Fatal(err)
	}
	code := func() secret.Text {
		v.Clock.Add(30 * time.Second)
		c, err := totp.GenerateCode(key.Reveal(), v.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return secret.NewText(c)
	}
	recovery, err := v.ConfirmTOTP(t.Context(), s, code())
	if err != nil || len(recovery) != 10 {
		t.Fatalf("%d codes, %v", len(recovery), err)
	}
	pending, err := tryLogIn(t, v, vault.LogIn{Password: secret.NewText(vaulttest.Password)})
	if err != nil || !pending.NeedsCode {
		t.Fatalf("log-in: %+v, %v", pending, err)
	}
	if _, err := v.Check(t.Context(), pending.Token); !fault.Is(err, fault.KindUnauthenticated) {
		t.Errorf("half a log-in: %v", err)
	}
	if _, err := v.ConfirmCode(t.Context(), pending.Token, secret.NewText("000000"), ""); !errors.Is(err, vault.ErrCode) {
		t.Errorf("a wrong code: %v", err)
	}
	good := code()
	full, err := v.ConfirmCode(t.Context(), pending.Token, good, "")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := v.Check(t.Context(), full.Token); err != nil || !p.HasTOTP || p.Account() != 5 {
		t.Errorf("%+v, %v", p, err)
	}
	pending, err = tryLogIn(t, v, vault.LogIn{Password: secret.NewText(vaulttest.Password)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.ConfirmCode(t.Context(), pending.Token, good, ""); !errors.Is(err, vault.ErrCode) {
		t.Errorf("the code again: %v", err)
	}
	if _, err := v.ConfirmCode(t.Context(), pending.Token, recovery[3], ""); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if err := v.StepUp(t.Context(), full.Token, recovery[3], ""); !errors.Is(err, vault.ErrCode) {
		t.Errorf("the recovery code again: %v", err)
	}
	if err := v.RemoveTOTP(t.Context(), full.Token, code()); err != nil {
		t.Fatal(err)
	}
	if s, err := tryLogIn(t, v, vault.LogIn{Password: secret.NewText(vaulttest.Password)}); err != nil || s.NeedsCode {
		t.Errorf("after it was removed: %+v, %v", s, err)
	}
}

func TestPasskeyLogIn(t *testing.T) {
	t.Parallel()
	const origin = "http://admin.localhost:8080"
	v := vaulttest.With(t, keeper.Config{Parties: []login.Party{{ID: "admin.localhost", Name: "Noren", Origins: []string{origin}}}})
	s := taro(t, v)
	options, err := v.BeginPasskey(t.Context(), s, origin, mail)
	if err != nil {
		t.Fatal(err)
	}
	key, answer, err := softkey.Create(options, origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.FinishPasskey(t.Context(), s, origin, "laptop", answer); err != nil {
		t.Fatal(err)
	}
	if err := v.FinishPasskey(t.Context(), s, origin, "laptop", answer); err == nil {
		t.Error("the answer counted twice")
	}
	logIn := func(realm id.Shop) error {
		ceremony, options, err := v.BeginPasskeyLogIn(t.Context(), realm, origin)
		if err != nil {
			return err
		}
		answer, err := key.Get(options, origin)
		if err != nil {
			return err
		}
		in, err := v.FinishPasskeyLogIn(t.Context(), ceremony, origin, answer, "test")
		if err != nil {
			return err
		}
		if _, err := v.FinishPasskeyLogIn(t.Context(), ceremony, origin, answer, "test"); err == nil {
			t.Error("the log-in's answer counted twice")
		}
		p, err := v.Check(t.Context(), in.Token)
		if err == nil && p.Account() != 5 {
			t.Errorf("logged in as %+v", p)
		}
		return err
	}
	if err := logIn(id.Platform); err != nil {
		t.Fatal(err)
	}
	if err := logIn(shop); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("in another realm: %v", err)
	}
	list, err := v.Passkeys(t.Context(), s)
	if err != nil || len(list) != 1 || list[0].Name != "laptop" || list[0].Used.IsZero() {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := v.RemovePasskey(t.Context(), s, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := logIn(id.Platform); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("after it was removed: %v", err)
	}
}

func TestRolesAreGivenByOwners(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	owner := v.Owner(t, shop, 5)
	packer := v.Staff(t, owner, shop, 6, actor.Packer)
	stranger := v.Owner(t, other, 7)
	self := vault.AccountSubject(vault.ShopOwner, 7)
	for name, err := range map[string]error{
		"a stranger makes himself owner":  v.Grant(t.Context(), stranger.Credential, self, shop, actor.Owner),
		"a packer makes himself an owner": v.Grant(t.Context(), packer.Credential, vault.AccountSubject(vault.StaffMember, 6), shop, actor.Owner),
		"a packer lists another shop":     second(v.Members(t.Context(), packer.Credential, other)),
	} {
		if !fault.Is(err, fault.KindDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	me := vault.AccountSubject(vault.ShopOwner, 5)
	if err := v.Revoke(t.Context(), owner.Credential, me, shop); err == nil {
		t.Error("the last owner went")
	}
	if err := v.Grant(t.Context(), owner.Credential, me, shop, actor.Packer); err == nil {
		t.Error("the last owner became a packer")
	}
	if err := v.Grant(t.Context(), owner.Credential, self, shop, actor.Owner); err != nil {
		t.Fatal(err)
	}
	if err := v.Revoke(t.Context(), stranger.Credential, me, shop); err != nil {
		t.Errorf("a second owner takes the first's role: %v", err)
	}
	list, err := v.Members(t.Context(), packer.Credential, shop)
	if err != nil || fmt.Sprint(list) != "[{{0 shop owner 7} owner} {{0 staff 6} packer}]" {
		t.Errorf("members: %v, %v", list, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestOperatorsComeFromOperators(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	first := v.LogIn(t, vault.AccountSubject(vault.OperatorStaff, 1), "ops@example.com")
	in := vault.Registration{Who: vault.AccountSubject(vault.OperatorStaff, 2), Login: "ops2@example.com",
		Password: secret.NewText(vaulttest.Password)}
	if err := v.Register(t.Context(), in); !fault.Is(err, fault.KindDenied) {
		t.Errorf("by nobody: %v", err)
	}
	in.By = taro(t, v)
	if err := v.Register(t.Context(), in); !fault.Is(err, fault.KindDenied) {
		t.Errorf("by an owner of a shop: %v", err)
	}
	in.By = first
	if err := v.Register(t.Context(), in); err != nil {
		t.Errorf("by an operator: %v", err)
	}
}

func TestStepUpIsAskedForAfterAWhile(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	s := taro(t, v)
	v.Clock.Add(20 * time.Minute)
	if _, _, err := v.BeginTOTP(t.Context(), s, "Noren", mail); !errors.Is(err, vault.ErrStepUp) {
		t.Errorf("without: %v", err)
	}
	if err := v.StepUp(t.Context(), s, secret.NewText("wrong"), ""); !errors.Is(err, vault.ErrLogIn) {
		t.Errorf("a wrong password: %v", err)
	}
	if err := v.StepUp(t.Context(), s, secret.NewText(vaulttest.Password), ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := v.BeginTOTP(t.Context(), s, "Noren", mail); err != nil {
		t.Errorf("with: %v", err)
	}
	if err := v.ChangePassword(t.Context(), s, secret.NewText(vaulttest.Password), secret.NewText("new phrase 991")); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Check(t.Context(), s); err != nil {
		t.Errorf("the session that changed the password: %v", err)
	}
}

// TestNobodyRegistersAsAPurchaserOfYesterday is what code inside the web server would do to read guests' orders as
// its own.
func TestNobodyRegistersAsAPurchaserOfYesterday(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	in := vault.Registration{Login: mail, Password: secret.NewText(vaulttest.Password),
		Who: vault.MemberSubject(shop, id.Member(id.NewSource().Next(v.Clock.Now().Add(-24*time.Hour))))}
	if err := v.Register(t.Context(), in); !fault.Is(err, fault.KindDenied) {
		t.Errorf("an id of yesterday: %v", err)
	}
	in.Who = vault.MemberSubject(shop, id.Member(id.NewSource().Next(v.Clock.Now())))
	if err := v.Register(t.Context(), in); err != nil {
		t.Errorf("a fresh id: %v", err)
	}
}

func TestResetsAreBounded(t *testing.T) {
	t.Parallel()
	v := vaulttest.New(t)
	stopped := 0
	for n := range 40 {
		name := fmt.Sprintf("owner%d@example.com", n)
		err := v.Register(t.Context(), vault.Registration{Who: vault.AccountSubject(vault.ShopOwner, id.Account(n+1)), Login: name,
			Password: secret.NewText(vaulttest.Password)})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = v.StartReset(t.Context(), id.Platform, name, fmt.Sprintf("192.0.2.%d", n))
		if fault.Is(err, fault.KindTooMany) {
			stopped++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if stopped != 10 {
		t.Errorf("%d of 40 resets in a minute were stopped", stopped)
	}
}
