package credential

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/login"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// TOTPBegin makes a secret that counts once a code of it was seen.
func (s *Store) TOTPBegin(ctx context.Context, in wire.TOTPBegin) (wire.TOTP, error) {
	ses, err := s.steppedUp(ctx, in.Token)
	if err != nil {
		return wire.TOTP{}, err
	}
	key, address := login.NewTOTP(in.Issuer, in.Label)
	wrapped, err := s.Wrapper.Wrap(ctx, []byte(key), totpLabel(ses.Who))
	if err != nil {
		return wire.TOTP{}, fmt.Errorf("wrap one-time code's secret: %w", err)
	}
	err = s.write(ctx, func(tx *db.Tx) error {
		n, err := startTOTP(ctx, tx, ses.Who, wrapped)
		if err == nil && n == 0 { // it is on already: remove it first, with a code
			return wire.Fail(wire.Conflict, "")
		}
		return err
	})
	return wire.TOTP{Secret: key, URL: address}, err
}

func totpLabel(w wire.Subject) string { return "totp " + accountKey(w) }

// TOTPConfirm turns the authenticator on.
func (s *Store) TOTPConfirm(ctx context.Context, in wire.Code) (wire.Texts, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Texts{}, err
	}
	acc, err := s.account(ctx, ses.Who)
	if err != nil {
		return wire.Texts{}, err
	}
	if acc.totpOn || acc.totp == nil {
		return wire.Texts{}, wire.Fail(wire.Conflict, "")
	}
	step, err := s.checkTOTP(ctx, acc, in.Code)
	if err != nil {
		return wire.Texts{}, err
	}
	codes := login.NewRecoveryCodes()
	err = s.write(ctx, func(tx *db.Tx) error {
		if err := confirmTOTP(ctx, tx, acc.who, step); err != nil {
			return err
		}
		for _, c := range codes {
			if err := insertRecovery(ctx, tx, acc.who, codeDigest(c)); err != nil {
				return err
			}
		}
		return deleteSessions(ctx, tx, acc.who, ses.Digest)
	})
	return wire.Texts{Texts: codes}, err
}

// TOTPRemove turns it off.
func (s *Store) TOTPRemove(ctx context.Context, in wire.Code) (wire.Empty, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	if err := s.useCode(ctx, ses.Who, in.Code); err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error { return removeTOTP(ctx, tx, ses.Who) })
}

func (s *Store) checkTOTP(ctx context.Context, acc account, code string) (int64, error) {
	key, err := s.Wrapper.Unwrap(ctx, acc.totp, totpLabel(acc.who))
	if err != nil {
		return 0, fmt.Errorf("unwrap one-time code's secret: %w", err)
	}
	step, ok := login.CheckTOTP(string(key), code, s.DB.Now(), acc.totpStep)
	if !ok {
		return 0, errCode
	}
	return step, nil
}

// useCode takes a code of the authenticator, or a recovery code. Either counts once, also of two requests at the same
// time.
func (s *Store) useCode(ctx context.Context, who wire.Subject, code string) error {
	now, key := s.DB.Now(), "c"+accountKey(who)
	if s.fails.over(now, key, failsAtCode) {
		return errBusy
	}
	s.fails.fail(now, key) // counted before it is looked at: parallel tries do not get past
	acc, err := s.account(ctx, who)
	if err != nil {
		return err
	}
	if !acc.totpOn {
		return errCode
	}
	step, err := s.checkTOTP(ctx, acc, code)
	if errors.Is(err, errCode) {
		return s.useRecovery(ctx, acc, code, key)
	}
	if err != nil {
		return err
	}
	err = s.write(ctx, func(tx *db.Tx) error {
		n, err := useTOTP(ctx, tx, who, step)
		if err == nil && n == 0 {
			return errCode
		}
		return err
	})
	if err == nil {
		s.fails.clear(key)
	}
	return err
}

func (s *Store) useRecovery(ctx context.Context, acc account, code, key string) error {
	err := s.write(ctx, func(tx *db.Tx) error {
		n, err := deleteRecovery(ctx, tx, acc.who, codeDigest(code))
		if err == nil && n == 0 {
			return errCode
		}
		return err
	})
	if err == nil {
		s.fails.clear(key)
	}
	return err
}

// codeDigest needs no salt: a recovery code has 80 random bits.
func codeDigest(code string) []byte {
	d := sha256.Sum256([]byte(login.FoldRecoveryCode(code)))
	return d[:]
}

// handle is the user handle of a passkey: who it stands for, in 17 bytes.
func handle(w wire.Subject) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(w.Shop))
	b = append(b, w.Population)
	return binary.BigEndian.AppendUint64(b, uint64(w.ID))
}

func parseHandle(b []byte) (wire.Subject, bool) {
	if len(b) != 17 {
		return wire.Subject{}, false
	}
	return wire.Subject{Shop: int64(binary.BigEndian.Uint64(b)), Population: b[8], ID: int64(binary.BigEndian.Uint64(b[9:]))}, true
}

func (s *Store) passkeyPerson(ctx context.Context, who wire.Subject, label string) (login.Person, error) {
	p := login.Person{Handle: handle(who), Label: label}
	err := s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		var err error
		p.Credentials, err = selectCredentials(ctx, r, who)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("read passkeys: %w", err)
	}
	return p, nil
}

// PasskeyBegin begins to make a passkey.
func (s *Store) PasskeyBegin(ctx context.Context, in wire.Passkey) (wire.Passkey, error) {
	ses, err := s.steppedUp(ctx, in.Token)
	if err != nil {
		return wire.Passkey{}, err
	}
	p, err := s.passkeyPerson(ctx, ses.Who, in.Name)
	if err != nil {
		return wire.Passkey{}, err
	}
	options, state, err := s.Passkeys.Begin(in.Origin, p)
	if err != nil {
		return wire.Passkey{}, passkeyFault(err)
	}
	// One ceremony a session: its ticket is found by the session's token.
	err = s.write(ctx, func(tx *db.Tx) error {
		if _, err := deleteTicket(ctx, tx, ceremonyOf(ses.Digest)); err != nil {
			return err
		}
		return insertTicketDigest(ctx, tx, ceremonyOf(ses.Digest), ticket{kind: "passkey", who: ses.Who, origin: in.Origin,
			state: state, expires: tx.Now().Add(ceremonyFor)})
	})
	return wire.Passkey{JSON: options}, err
}

func ceremonyOf(d secret.Digest) secret.Digest {
	return sha256.Sum256(append([]byte("passkey ceremony "), d[:]...))
}

func passkeyFault(err error) error {
	if errors.Is(err, login.ErrPasskey) {
		return &wire.Error{Status: wire.Invalid, Code: "passkey", Cause: err}
	}
	return err
}

// PasskeyFinish verifies and keeps it.
func (s *Store) PasskeyFinish(ctx context.Context, in wire.Passkey) (wire.Empty, error) {
	ses, err := s.steppedUp(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	t, err := s.takeDigest(ctx, ceremonyOf(ses.Digest), "passkey")
	if err != nil {
		return wire.Empty{}, err
	}
	if t.origin != in.Origin {
		return wire.Empty{}, errPasskey
	}
	p, err := s.passkeyPerson(ctx, ses.Who, in.Name)
	if err != nil {
		return wire.Empty{}, err
	}
	credential, id, err := s.Passkeys.Finish(in.Origin, p, t.state, in.JSON)
	if err != nil {
		return wire.Empty{}, passkeyFault(err)
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error {
		n, err := insertPasskey(ctx, tx, ses.Who, id, credential, trim(in.Name, 100))
		if err == nil && n == 0 {
			return errPasskey
		}
		return err
	})
}

// PasskeyLogInBegin begins a log-in that names nobody.
func (s *Store) PasskeyLogInBegin(ctx context.Context, in wire.Passkey) (wire.Passkey, error) {
	options, state, err := s.Passkeys.BeginLogIn(in.Origin)
	if err != nil {
		return wire.Passkey{}, passkeyFault(err)
	}
	t := secret.NewToken()
	err = s.write(ctx, func(tx *db.Tx) error {
		return insertTicket(ctx, tx, t, ticket{kind: "passkey log-in", who: wire.Subject{Shop: in.Realm}, origin: in.Origin,
			state: state, expires: tx.Now().Add(ceremonyFor)})
	})
	return wire.Passkey{Token: t.Reveal(), JSON: options}, err
}

// PasskeyLogInFinish verifies the answer and opens a session.
func (s *Store) PasskeyLogInFinish(ctx context.Context, in wire.Passkey) (wire.Session, error) {
	t, err := s.take(ctx, in.Token, "passkey log-in")
	if err != nil {
		return wire.Session{}, err
	}
	if t.origin != in.Origin {
		return wire.Session{}, errPasskey
	}
	credential, id, h, err := s.Passkeys.FinishLogIn(in.Origin, t.state, in.JSON, func(h []byte) (login.Person, error) {
		who, ok := parseHandle(h)
		if !ok || who.Shop != t.who.Shop {
			return login.Person{}, login.ErrPasskey
		}
		return s.passkeyPerson(ctx, who, "")
	})
	if err != nil {
		return wire.Session{}, passkeyFault(err)
	}
	who, _ := parseHandle(h)
	err = s.write(ctx, func(tx *db.Tx) error {
		n, err := updatePasskey(ctx, tx, who, id, credential)
		if err == nil && n == 0 { // removed in the meantime
			return errPasskey
		}
		return err
	})
	if err != nil {
		return wire.Session{}, err
	}
	if vault.Population(who.Population) == 0 {
		return wire.Session{}, errPasskey
	}
	return s.begin(ctx, who, false, in.Agent)
}

// PasskeyList lists the bearer's.
func (s *Store) PasskeyList(ctx context.Context, in wire.Token) (wire.Passkeys, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Passkeys{}, err
	}
	var out wire.Passkeys
	err = s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		out.Passkeys, err = selectPasskeys(ctx, r, ses.Who)
		return err
	})
	return out, err
}

// PasskeyRemove forgets one.
func (s *Store) PasskeyRemove(ctx context.Context, in wire.TokenID) (wire.Empty, error) {
	ses, err := s.steppedUp(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error { return deletePasskey(ctx, tx, ses.Who, in.ID) })
}

// Rewrap wraps the one-time codes' secrets under the newest wrapping key and says how many it did.
func (s *Store) Rewrap(ctx context.Context) (n int, err error) {
	err = s.write(ctx, func(tx *db.Tx) error {
		n = 0
		all, err := selectTOTPs(ctx, tx)
		if err != nil {
			return err
		}
		for _, a := range all {
			if s.Wrapper.Current(a.totp) {
				continue
			}
			key, err := s.Wrapper.Unwrap(ctx, a.totp, totpLabel(a.who))
			if err != nil {
				return err
			}
			anew, err := s.Wrapper.Wrap(ctx, key, totpLabel(a.who))
			if err != nil {
				return err
			}
			if err := updateTOTP(ctx, tx, a.who, anew); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("wrap one-time codes anew: %w", err)
	}
	return n, nil
}
