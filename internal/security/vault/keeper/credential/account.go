package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/login"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// account is one person's credentials.
type account struct {
	who      wire.Subject
	verifier string
	totp     []byte
	totpOn   bool
	totpStep int64
}

// Register makes an account.
func (s *Store) Register(ctx context.Context, in wire.Register) (wire.Empty, error) {
	if err := s.mayRegister(ctx, in); err != nil {
		return wire.Empty{}, err
	}
	if in.Login == "" || len(in.Login) > 320 {
		return wire.Empty{}, &wire.Error{Status: wire.Invalid, Code: "login empty", Field: "login"}
	}
	if rule := login.Rule(in.Password, in.Login); rule != "" {
		return wire.Empty{}, &wire.Error{Status: wire.Invalid, Code: rule, Field: "password"}
	}
	verifier, err := s.Hasher.Hash(ctx, in.Password)
	if err != nil {
		return wire.Empty{}, err
	}
	err = s.write(ctx, func(tx *db.Tx) error {
		if vault.Population(in.Who.Population) == vault.OperatorStaff && in.By == "" {
			n, err := countAccounts(ctx, tx, in.Who.Population)
			if err != nil {
				return err
			}
			if n > 0 {
				return errDenied
			}
		}
		n, err := insertAccount(ctx, tx, in.Who, s.loginIndex(in.Who.Shop, in.Login), verifier)
		if err != nil {
			return err
		}
		if n == 0 {
			return wire.Fail(wire.Conflict, "login taken")
		}
		return nil
	})
	return wire.Empty{}, err
}

func (s *Store) mayRegister(ctx context.Context, in wire.Register) error {
	p := vault.Population(in.Who.Population)
	if p < vault.ShopOwner || p > vault.OperatorStaff || in.Who.ID <= 0 || (in.Who.Shop == 0) != p.Platform() || in.Who.Shop < 0 {
		return wire.Fail(wire.Invalid, "")
	}
	// A member's id is drawn for the registration. Otherwise code inside the web server could register itself as any
	// purchaser
	// whose orders are stored, and read them as its own.
	if age := s.DB.Now().Sub(id.Drawn(in.Who.ID)); p == vault.Purchaser && (age > freshFor || age < -freshFor) {
		return errDenied
	}
	if p == vault.OperatorStaff && in.By != "" {
		by, err := s.person(ctx, in.By)
		if err != nil {
			return err
		}
		if by.Kind != actor.Operator {
			return errDenied
		}
	}
	return nil
}

// LogIn verifies a password. Everything that is done for a known log-in id is done for an unknown one.
func (s *Store) LogIn(ctx context.Context, in wire.LogIn) (wire.Session, error) {
	now := s.DB.Now()
	index := s.loginIndex(in.Realm, in.Login)
	acc, err := s.find(ctx, in.Realm, index)
	if err != nil {
		return wire.Session{}, err
	}
	network := "n" + string(s.keyed("network", 0, in.Network))
	pair := "p" + string(index) + network
	limit := failsAtNetwork
	if s.knownDevice(ctx, in.Device, acc.who) { // this browser's own bucket, so that others' failures do not shut its owner out
		pair, network, limit = "d"+in.Device, "d"+in.Device, failsAtLogin
	}
	if s.fails.over(now, pair, failsAtLogin) || s.fails.over(now, network, limit) {
		return wire.Session{}, errBusy
	}
	ok, err := s.Hasher.Verify(ctx, acc.verifier, in.Password)
	if err != nil {
		return wire.Session{}, fmt.Errorf("verify password: %w", err)
	}
	if !ok {
		s.fails.fail(now, pair, network)
		return wire.Session{}, errLogIn
	}
	s.fails.clear(pair)
	if s.Hasher.Stale(acc.verifier) {
		if err := s.rehash(ctx, acc, in.Password); err != nil {
			return wire.Session{}, err
		}
	}
	return s.begin(ctx, acc.who, acc.totpOn, in.Agent)
}

func (s *Store) rehash(ctx context.Context, acc account, password string) error {
	verifier, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *db.Tx) error { return updateVerifier(ctx, tx, acc.who, verifier) })
}

// find gives the account of a log-in id; the zero account, which no password fits, when there is none.
func (s *Store) find(ctx context.Context, realm int64, index []byte) (account, error) {
	var acc account
	err := s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		var err error
		acc, err = selectAccountByLogin(ctx, r, realm, index)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		return account{}, nil
	}
	if err != nil {
		return account{}, fmt.Errorf("find account: %w", err)
	}
	return acc, nil
}

func (s *Store) account(ctx context.Context, who wire.Subject) (account, error) {
	var acc account
	err := s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		var err error
		acc, err = selectAccount(ctx, r, who)
		return err
	})
	if err != nil {
		return account{}, fmt.Errorf("read account: %w", err)
	}
	return acc, nil
}

// begin opens a session, pending when a code is still to come.
func (s *Store) begin(ctx context.Context, who wire.Subject, pending bool, agent string) (wire.Session, error) {
	now := s.DB.Now()
	idle, most := life(vault.Population(who.Population))
	if pending {
		idle, most = pendingFor, pendingFor
	}
	out := wire.Session{Token: secret.NewToken().Reveal(), Who: who, NeedsCode: pending, ExpiresMS: now.Add(most).UnixMilli()}
	device := secret.NewToken()
	err := s.write(ctx, func(tx *db.Tx) error {
		if err := deleteOld(ctx, tx); err != nil {
			return err
		}
		if !pending {
			if err := insertTicket(ctx, tx, device, ticket{kind: "device", who: who, expires: now.Add(deviceFor)}); err != nil {
				return err
			}
		}
		return insertSession(ctx, tx, secret.ParseToken(out.Token), who, pending, trim(agent, 100), idle, most)
	})
	if err != nil {
		return wire.Session{}, fmt.Errorf("open session: %w", err)
	}
	if !pending {
		out.Device = device.Reveal()
	}
	return out, nil
}

func (s *Store) knownDevice(ctx context.Context, token string, who wire.Subject) bool {
	if token == "" || who.ID == 0 {
		return false
	}
	t, err := s.ticket(ctx, token, "device")
	return err == nil && t.who == who
}

// ConfirmCode ends a log-in with its second factor.
func (s *Store) ConfirmCode(ctx context.Context, in wire.Code) (wire.Session, error) {
	ses, err := s.resolve(ctx, in.Token)
	if err != nil {
		return wire.Session{}, err
	}
	if !ses.Pending {
		return wire.Session{}, errUnknown
	}
	if err := s.useCode(ctx, ses.Who, in.Code); err != nil {
		return wire.Session{}, err
	}
	agent := ""
	err = s.write(ctx, func(tx *db.Tx) error {
		var err error
		if agent, err = sessionAgent(ctx, tx, ses.Digest); err != nil {
			return err
		}
		return deleteSession(ctx, tx, ses.Digest)
	})
	if errors.Is(err, db.ErrNone) { // the pending token was used by another request at the same time
		return wire.Session{}, errUnknown
	}
	if err != nil {
		return wire.Session{}, fmt.Errorf("end pending session: %w", err)
	}
	return s.begin(ctx, ses.Who, false, agent)
}

// StepUp notes that the bearer has shown the password or a code once more.
func (s *Store) StepUp(ctx context.Context, in wire.Code) (wire.Empty, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	acc, err := s.account(ctx, ses.Who)
	if err != nil {
		return wire.Empty{}, err
	}
	if acc.totpOn {
		err = s.useCode(ctx, ses.Who, in.Code)
	} else {
		err = s.checkPassword(ctx, acc, in.Code)
	}
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error { return stepSession(ctx, tx, ses.Digest) })
}

// checkPassword is for who has a session already: its failures are throttled by account.
func (s *Store) checkPassword(ctx context.Context, acc account, password string) error {
	now, key := s.DB.Now(), "a"+accountKey(acc.who)
	if s.fails.over(now, key, failsAtLogin) {
		return errBusy
	}
	ok, err := s.Hasher.Verify(ctx, acc.verifier, password)
	if err != nil {
		return fmt.Errorf("verify password: %w", err)
	}
	if !ok {
		s.fails.fail(now, key)
		return errLogIn
	}
	s.fails.clear(key)
	return nil
}

func accountKey(w wire.Subject) string { return fmt.Sprintf("%d/%d/%d", w.Shop, w.Population, w.ID) }

// ChangePassword ends the bearer's other sessions.
func (s *Store) ChangePassword(ctx context.Context, in wire.Change) (wire.Empty, error) {
	ses, err := s.person(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	acc, err := s.account(ctx, ses.Who)
	if err != nil {
		return wire.Empty{}, err
	}
	if err := s.checkPassword(ctx, acc, in.Old); err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, s.setPassword(ctx, ses.Who, in.New, ses.Digest)
}

// setPassword sets a verifier and ends every session but one.
func (s *Store) setPassword(ctx context.Context, who wire.Subject, password string, keep secret.Digest) error {
	if rule := login.Rule(password, ""); rule != "" {
		return &wire.Error{Status: wire.Invalid, Code: rule, Field: "password"}
	}
	verifier, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *db.Tx) error {
		if err := updateVerifier(ctx, tx, who, verifier); err != nil {
			return err
		}
		if err := deleteTickets(ctx, tx, who); err != nil { // known browsers and open resets end too
			return err
		}
		return deleteSessions(ctx, tx, who, keep)
	})
}

// ChangeLogin changes the bearer's log-in id.
func (s *Store) ChangeLogin(ctx context.Context, in wire.Change) (wire.Empty, error) {
	ses, err := s.steppedUp(ctx, in.Token)
	if err != nil {
		return wire.Empty{}, err
	}
	if in.New == "" || len(in.New) > 320 {
		return wire.Empty{}, &wire.Error{Status: wire.Invalid, Code: "login empty", Field: "login"}
	}
	index := s.loginIndex(ses.Who.Shop, in.New)
	return wire.Empty{}, s.write(ctx, func(tx *db.Tx) error {
		other, err := selectAccountByLogin(ctx, tx, ses.Who.Shop, index)
		if err == nil && other.who != ses.Who {
			return wire.Fail(wire.Conflict, "login taken")
		}
		if err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		return updateLogin(ctx, tx, ses.Who, index)
	})
}

// StartReset begins a reset. For an unknown log-in id the answer has no person.
func (s *Store) StartReset(ctx context.Context, in wire.StartReset) (wire.Reset, error) {
	now := s.DB.Now()
	network := "r" + string(s.keyed("network", 0, in.Network))
	if s.fails.over(now, network, failsAtNetwork) {
		return wire.Reset{}, errBusy
	}
	s.fails.fail(now, network) // every start counts: mails are not to be had without end
	acc, err := s.find(ctx, in.Realm, s.loginIndex(in.Realm, in.Login))
	if err != nil {
		return wire.Reset{}, err
	}
	t := secret.NewToken()
	err = s.write(ctx, func(tx *db.Tx) error {
		return insertTicket(ctx, tx, t, ticket{kind: "reset", who: acc.who, expires: now.Add(resetFor)})
	})
	if err != nil {
		return wire.Reset{}, fmt.Errorf("begin reset: %w", err)
	}
	return wire.Reset{Token: t.Reveal(), Who: acc.who}, nil
}

// FinishReset sets the new password and ends all sessions.
func (s *Store) FinishReset(ctx context.Context, in wire.Change) (wire.Empty, error) {
	t, err := s.ticket(ctx, in.Token, "reset")
	if err != nil {
		return wire.Empty{}, err
	}
	if t.who.ID == 0 {
		return wire.Empty{}, errLink
	}
	// A password that breaks a rule leaves the link good.
	if rule := login.Rule(in.New, ""); rule != "" {
		return wire.Empty{}, &wire.Error{Status: wire.Invalid, Code: rule, Field: "password"}
	}
	if _, err := s.take(ctx, in.Token, "reset"); err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, s.setPassword(ctx, t.who, in.New, secret.Digest{})
}

func trim(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// ticket is a token that is good for one thing.
type ticket struct {
	kind    string
	who     wire.Subject
	origin  string
	state   []byte
	expires time.Time
}

// ticket reads one that still holds.
func (s *Store) ticket(ctx context.Context, token, kind string) (ticket, error) {
	return s.ticketDigest(ctx, secret.ParseToken(token).Digest(), kind)
}

func (s *Store) ticketDigest(ctx context.Context, d secret.Digest, kind string) (ticket, error) {
	var t ticket
	err := s.DB.Read(ctx, db.Scope{}, func(r db.Reader) error {
		var err error
		t, err = selectTicket(ctx, r, d, kind)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		return ticket{}, errLink
	}
	if err != nil {
		return ticket{}, fmt.Errorf("read ticket: %w", err)
	}
	if !s.DB.Now().Before(t.expires) {
		return ticket{}, errLink
	}
	return t, nil
}

// take uses one up. Of two requests that use it at once, one gets it.
func (s *Store) take(ctx context.Context, token, kind string) (ticket, error) {
	return s.takeDigest(ctx, secret.ParseToken(token).Digest(), kind)
}

func (s *Store) takeDigest(ctx context.Context, d secret.Digest, kind string) (ticket, error) {
	t, err := s.ticketDigest(ctx, d, kind)
	if err != nil {
		return ticket{}, err
	}
	err = s.write(ctx, func(tx *db.Tx) error {
		n, err := deleteTicket(ctx, tx, d)
		if err == nil && n == 0 {
			return errLink
		}
		return err
	})
	return t, err
}
