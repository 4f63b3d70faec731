package vault

import (
	"context"
	"errors"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// A Registration makes an account that can log in. Its realm is Who.Shop: the platform, or for members their shop.
// Anyone may register as an owner, a staff member (without a role anywhere), a developer or a member. The first
// operator
// registers himself; later ones need an operator's session in By. A member's id must have been drawn within the last
// hour.
type Registration struct {
	Who      Subject
	Login    string // e-mail or name; kept as a blind index only
	Password secret.Text
	By       secret.Token
}

// Register makes the account: ErrLoginTaken, or a fault at "password" or "login".
func (c *Client) Register(ctx context.Context, in Registration) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpRegister, wire.Register{Who: wireSubject(in.Who), Login: in.Login,
		Password: in.Password.Reveal(), By: in.By.Reveal()})
	return err
}

// A LogIn is what the log-in form sends.
type LogIn struct {
	Realm    id.Shop // id.Platform for the admin and the console
	Login    string
	Password secret.Text
	Network  string       // the client's address, for throttling; only a keyed digest is kept
	Device   secret.Token // of an earlier log-in on this browser: passes by the throttle
	Agent    string       // the browser's name, shown in the list of sessions; at most 100 bytes are kept
}

// A Session is what a log-in gives. When NeedsCode is set the token is good only for ConfirmCode.
type Session struct {
	Token     secret.Token
	Who       Subject
	NeedsCode bool
	Device    secret.Token // to be kept by the browser for the next log-in
	Expires   time.Time
}

// LogIn verifies a password: ErrLogIn for an unknown log-in id as for a wrong password, in the same time; ErrThrottled.
func (c *Client) LogIn(ctx context.Context, in LogIn) (Session, error) {
	s, err := ask[wire.Session](ctx, c, wire.OpLogIn, wire.LogIn{Realm: int64(in.Realm), Login: in.Login,
		Password: in.Password.Reveal(), Network: in.Network, Device: in.Device.Reveal(), Agent: in.Agent})
	c.tell(ctx, in.Realm, in.Network, err)
	return session(s), err
}

// ConfirmCode ends a log-in that needs a code, with one of the authenticator's or a recovery code: ErrCode,
// ErrThrottled.
func (c *Client) ConfirmCode(ctx context.Context, pending secret.Token, code secret.Text, network string) (Session, error) {
	s, err := ask[wire.Session](ctx, c, wire.OpConfirmCode,
		wire.Code{Token: pending.Reveal(), Code: code.Reveal(), Network: network})
	c.tell(ctx, id.Platform, network, err)
	return session(s), err
}

func session(s wire.Session) Session {
	return Session{Token: secret.ParseToken(s.Token), Who: subject(s.Who), NeedsCode: s.NeedsCode,
		Device: secret.ParseToken(s.Device), Expires: time.UnixMilli(s.ExpiresMS)}
}

// A Membership is a role in a shop.
type Membership struct {
	Shop id.Shop
	Role actor.Role
}

// A Principal is who stands behind a token, as the vault knows it.
type Principal struct {
	Kind        actor.Kind   // staff (owners too), member, operator or job
	Who         Subject      // zero for a job
	Memberships []Membership // staff
	Purpose     Purpose      // a job's
	Shop        id.Shop      // a job's, or a member's
	SteppedUp   time.Time    // when the password or a second factor was last shown
	Expires     time.Time
	Session     int64 // its number in Sessions
	HasTOTP     bool
	App         id.App // an app's, whose Shop is the one that it may see
	Release     id.Release
	Scopes      []actor.Scope
}

// Account is the account of staff and operators, 0 for others.
func (p Principal) Account() id.Account {
	if p.Kind == actor.Staff || p.Kind == actor.Operator {
		return id.Account(p.Who.ID)
	}
	return 0
}

// Member is the member of a shop, 0 for others.
func (p Principal) Member() id.Member {
	if p.Kind == actor.Member {
		return id.Member(p.Who.ID)
	}
	return 0
}

// Role is the principal's role in a shop, "" for none.
func (p Principal) Role(shop id.Shop) actor.Role {
	for _, m := range p.Memberships {
		if m.Shop == shop {
			return m.Role
		}
	}
	return ""
}

// Actor is the principal as an actor in a shop, with the rights of its kind and role there.
func (p Principal) Actor(shop id.Shop, credential secret.Token) actor.Actor {
	if p.Kind == actor.App {
		if p.Shop != shop {
			return actor.Actor{Kind: actor.App, Credential: credential}
		}
		return actor.ForApp(actor.Actor{App: p.App, Release: p.Release, Credential: credential}, p.Scopes)
	}
	return actor.Actor{Kind: p.Kind, Account: p.Account(), Member: p.Member(), Role: p.Role(shop), Credential: credential}.With()
}

// Check says who stands behind a session or job token: ErrUnauthenticated for unknown and ended ones.
func (c *Client) Check(ctx context.Context, t secret.Token) (Principal, error) {
	if t.IsZero() {
		return Principal{}, ErrUnauthenticated
	}
	p, err := ask[wire.Principal](ctx, c, wire.OpCheck, wire.Token{Token: t.Reveal()})
	if err != nil {
		return Principal{}, err
	}
	out := Principal{Kind: actor.Kind(p.Kind), Who: subject(p.Who), Purpose: Purpose(p.Purpose), Shop: id.Shop(p.Shop),
		SteppedUp: time.UnixMilli(p.SteppedUpMS), Expires: time.UnixMilli(p.ExpiresMS), Session: p.Session, HasTOTP: p.HasTOTP}
	for _, m := range p.Memberships {
		out.Memberships = append(out.Memberships, Membership{id.Shop(m.Shop), actor.Role(m.Role)})
	}
	out.App, out.Release = id.App(p.App), id.Release(p.Release)
	for _, s := range p.Scopes {
		out.Scopes = append(out.Scopes, actor.Scope(s))
	}
	return out, nil
}

// End ends the token's session. An unknown one is no fault.
func (c *Client) End(ctx context.Context, t secret.Token) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpEnd, wire.TokenID{Token: t.Reveal()})
	return err
}

// EndOne ends another of the bearer's sessions, by its number.
func (c *Client) EndOne(ctx context.Context, t secret.Token, session int64) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpEnd, wire.TokenID{Token: t.Reveal(), ID: session})
	return err
}

// EndAll ends all of the bearer's sessions, this one too.
func (c *Client) EndAll(ctx context.Context, t secret.Token) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpEndAll, wire.Token{Token: t.Reveal()})
	return err
}

// SessionInfo is one of a person's open sessions.
type SessionInfo struct {
	ID                   int64
	Current              bool
	Agent                string
	Began, Seen, Expires time.Time
}

// Sessions lists the bearer's open sessions, newest first.
func (c *Client) Sessions(ctx context.Context, t secret.Token) ([]SessionInfo, error) {
	l, err := ask[wire.Sessions](ctx, c, wire.OpSessions, wire.Token{Token: t.Reveal()})
	if err != nil {
		return nil, err
	}
	out := make([]SessionInfo, len(l.Sessions))
	for i, s := range l.Sessions {
		out[i] = SessionInfo{ID: s.ID, Current: s.Current, Agent: s.Agent, Began: time.UnixMilli(s.BeganMS),
			Seen: time.UnixMilli(s.SeenMS), Expires: time.UnixMilli(s.ExpireMS)}
	}
	return out, nil
}

// StartReset makes a single-use token, good for 30 minutes, for whom the log-in id belongs to. For an unknown log-in
// id Who is
// zero: the page that is shown must be the same, and no mail is sent.
func (c *Client) StartReset(ctx context.Context, realm id.Shop, login, network string) (secret.Token, Subject, error) {
	r, err := ask[wire.Reset](ctx, c, wire.OpStartReset, wire.StartReset{Realm: int64(realm), Login: login, Network: network})
	if errors.Is(err, ErrThrottled) {
		c.cfg.Raise(ctx, signal.Event{Code: signal.ResetThrottled, Shop: realm, Where: where, Addr: network})
	}
	return secret.ParseToken(r.Token), subject(r.Who), err
}

// FinishReset sets the new password and ends all sessions: ErrLink, or a fault at "password".
func (c *Client) FinishReset(ctx context.Context, t secret.Token, password secret.Text) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpFinishReset, wire.Change{Token: t.Reveal(), New: password.Reveal()})
	c.tell(ctx, id.Platform, "", err)
	return err
}

// ChangePassword ends the bearer's other sessions: ErrLogIn when the old password is wrong, or a fault at "password".
func (c *Client) ChangePassword(ctx context.Context, t secret.Token, old, new secret.Text) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpChangePassword, wire.Change{Token: t.Reveal(), Old: old.Reveal(), New: new.Reveal()})
	return err
}

// ChangeLogin changes the bearer's log-in id; it needs a step-up of the last 15 minutes.
func (c *Client) ChangeLogin(ctx context.Context, t secret.Token, login string) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpChangeLogin, wire.Change{Token: t.Reveal(), New: login})
	return err
}

// StepUp notes that the bearer has shown the password (or, with an authenticator, its code) again just now.
func (c *Client) StepUp(ctx context.Context, t secret.Token, passwordOrCode secret.Text, network string) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpStepUp, wire.Code{Token: t.Reveal(), Code: passwordOrCode.Reveal(), Network: network})
	c.tell(ctx, id.Platform, network, err)
	return err
}

// Grant gives an account a role in a shop. The first owner of a shop that has none takes the role for himself; all
// later grants
// need an owner's session.
func (c *Client) Grant(ctx context.Context, t secret.Token, who Subject, shop id.Shop, role actor.Role) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpGrant,
		wire.Grant{Token: t.Reveal(), Who: wireSubject(who), Shop: int64(shop), Role: string(role)})
	return err
}

// Revoke takes an account's role in a shop. The last owner stays.
func (c *Client) Revoke(ctx context.Context, t secret.Token, who Subject, shop id.Shop) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpRevoke, wire.Grant{Token: t.Reveal(), Who: wireSubject(who), Shop: int64(shop)})
	return err
}

// A StaffRole is one person's role in a shop.
type StaffRole struct {
	Who  Subject
	Role actor.Role
}

// Members lists who has a role in a shop in which the bearer has one.
func (c *Client) Members(ctx context.Context, t secret.Token, shop id.Shop) ([]StaffRole, error) {
	l, err := ask[wire.Members](ctx, c, wire.OpMembers, wire.Grant{Token: t.Reveal(), Shop: int64(shop)})
	if err != nil {
		return nil, err
	}
	out := make([]StaffRole, len(l.Members))
	for i, m := range l.Members {
		out[i] = StaffRole{subject(m.Who), actor.Role(m.Role)}
	}
	return out, nil
}

// JobToken gives Noren's own work a credential for one purpose in one shop, for five minutes. All job tokens of one
// purpose and
// shop share a budget.
func (c *Client) JobToken(ctx context.Context, why Purpose, shop id.Shop) (secret.Token, error) {
	t, err := ask[wire.Token](ctx, c, wire.OpJobToken, wire.JobToken{Purpose: string(why), Shop: int64(shop)})
	return secret.ParseToken(t.Token), err
}

// ApproveExport lets the bearer, an owner with a step-up of the last 15 minutes, read so many persons beyond the
// budget for
// the purpose ExportData in that shop, for so long (at most 100,000 persons and 24 hours).
func (c *Client) ApproveExport(ctx context.Context, t secret.Token, shop id.Shop, subjects int, d time.Duration) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpApproveExport,
		wire.ApproveExport{Token: t.Reveal(), Shop: int64(shop), Subjects: subjects, Minutes: int(d / time.Minute)})
	return err
}

func wireSubject(s Subject) wire.Subject {
	return wire.Subject{Shop: int64(s.Shop), Population: uint8(s.Population), ID: s.ID}
}

func subject(s wire.Subject) Subject {
	return Subject{Shop: id.Shop(s.Shop), Population: Population(s.Population), ID: s.ID}
}
