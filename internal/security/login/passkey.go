package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// A Party is a door with passkeys: the domain that they are bound to, and the pages that may ask for them.
type Party struct {
	ID      string // "admin.example.jp"
	Name    string
	Origins []string // "https://admin.example.jp"
}

// A Person is whose passkeys they are. Credentials are as FinishPasskey returned them.
type Person struct {
	Handle      []byte
	Label       string
	Credentials [][]byte
}

// ErrPasskey is every reason for which a passkey's answer does not hold.
var ErrPasskey = errors.New("passkey does not verify")

// Passkeys runs ceremonies for the doors.
type Passkeys struct{ parties []Party }

// NewPasskeys takes the doors.
func NewPasskeys(parties []Party) *Passkeys { return &Passkeys{parties} }

func (p *Passkeys) at(origin string) (*webauthn.WebAuthn, error) {
	for _, party := range p.parties {
		if slices.Contains(party.Origins, origin) {
			w, err := webauthn.New(&webauthn.Config{RPID: party.ID, RPDisplayName: party.Name, RPOrigins: []string{origin}})
			if err != nil {
				return nil, fmt.Errorf("set up passkeys: %w", err)
			}
			return w, nil
		}
	}
	return nil, fmt.Errorf("origin is none of ours: %w", ErrPasskey)
}

// Begin gives the options for making a passkey, and the state that Finish needs. The passkey must be able to name its
// owner by
// itself and must verify the person (fingerprint, PIN).
func (p *Passkeys) Begin(origin string, who Person) (options string, state []byte, err error) {
	w, err := p.at(origin)
	if err != nil {
		return "", nil, err
	}
	u, err := newUser(who)
	if err != nil {
		return "", nil, err
	}
	exclude := make([]protocol.CredentialDescriptor, len(u.creds))
	for i, c := range u.creds {
		exclude[i] = c.Descriptor()
	}
	made, session, err := w.BeginRegistration(u, webauthn.WithExclusions(exclude),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}))
	if err != nil {
		return "", nil, fmt.Errorf("begin passkey: %w", err)
	}
	return pack(made, session)
}

// Finish verifies the browser's answer and gives the credential to be kept, and its id.
func (p *Passkeys) Finish(origin string, who Person, state []byte, answer string) (credential, id []byte, err error) {
	w, err := p.at(origin)
	if err != nil {
		return nil, nil, err
	}
	u, err := newUser(who)
	if err != nil {
		return nil, nil, err
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return nil, nil, fmt.Errorf("read passkey state: %w", err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return nil, nil, errors.Join(ErrPasskey, err)
	}
	c, err := w.CreateCredential(u, session, parsed)
	if err != nil {
		return nil, nil, errors.Join(ErrPasskey, err)
	}
	credential, err = json.Marshal(c)
	return credential, c.ID, err
}

// BeginLogIn gives the options for showing a passkey, whoever's.
func (p *Passkeys) BeginLogIn(origin string) (options string, state []byte, err error) {
	w, err := p.at(origin)
	if err != nil {
		return "", nil, err
	}
	made, session, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return "", nil, fmt.Errorf("begin passkey log-in: %w", err)
	}
	return pack(made, session)
}

// FinishLogIn verifies the browser's answer. find gives the person for a handle. The credential returned replaces the
// one that is
// kept; a counter that went back, the mark of a copied authenticator, is refused.
func (p *Passkeys) FinishLogIn(origin string, state []byte, answer string,
	find func(handle []byte) (Person, error)) (credential, id, handle []byte, err error) {
	w, err := p.at(origin)
	if err != nil {
		return nil, nil, nil, err
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return nil, nil, nil, fmt.Errorf("read passkey state: %w", err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return nil, nil, nil, errors.Join(ErrPasskey, err)
	}
	c, err := w.ValidateDiscoverableLogin(func(_, h []byte) (webauthn.User, error) {
		who, err := find(h)
		if err != nil {
			return nil, err
		}
		handle = who.Handle
		return newUser(who)
	}, session, parsed)
	if err != nil {
		return nil, nil, nil, errors.Join(ErrPasskey, err)
	}
	if c.Authenticator.CloneWarning {
		return nil, nil, nil, ErrPasskey
	}
	credential, err = json.Marshal(c)
	return credential, c.ID, handle, err
}

func pack(options any, session *webauthn.SessionData) (string, []byte, error) {
	o, err := json.Marshal(options)
	if err != nil {
		return "", nil, fmt.Errorf("write passkey options: %w", err)
	}
	s, err := json.Marshal(session)
	if err != nil {
		return "", nil, fmt.Errorf("write passkey state: %w", err)
	}
	return string(o), s, nil
}

type user struct {
	who   Person
	creds []webauthn.Credential
}

func newUser(who Person) (*user, error) {
	u := &user{who: who, creds: make([]webauthn.Credential, len(who.Credentials))}
	for i, b := range who.Credentials {
		if err := json.Unmarshal(b, &u.creds[i]); err != nil {
			return nil, fmt.Errorf("read passkey: %w", err)
		}
	}
	return u, nil
}

func (u *user) WebAuthnID() []byte                         { return u.who.Handle }
func (u *user) WebAuthnName() string                       { return u.who.Label }
func (u *user) WebAuthnDisplayName() string                { return u.who.Label }
func (u *user) WebAuthnCredentials() []webauthn.Credential { return u.creds }
