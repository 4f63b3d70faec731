package wire

// The messages off the hot path. Secrets travel as text: the socket has peers of known users, and no third ear.
type (
	// Failure answers whatever did not go well: Code names the text that the client shows, Field the input.
	Failure struct{ Code, Field string }

	// Subject is a person: realm, population, id.
	Subject struct {
		Shop       int64
		Population uint8
		ID         int64
	}
	// Membership is a role in a shop.
	Membership struct {
		Shop int64
		Role string
	}

	// Blind asks for blind indexes of typed texts.
	Blind struct {
		Credential, Request, Purpose string
		Shop                         int64
		Class                        uint8
		Texts                        []string
	}
	// Blinded are those.
	Blinded struct{ Indexes [][]byte }

	// ShopKey is a shop's public key. As a request only Shop is set.
	ShopKey struct {
		Shop   int64
		No     int64
		Public []byte
	}

	// Erase says which encapsulations shall never open again.
	Erase struct {
		Credential, Request string
		Subject             Subject
		Encs                [][]byte
	}

	// Register makes an account.
	Register struct {
		Who             Subject
		Login, Password string
		By              string
	}
	// LogIn is a password log-in.
	LogIn struct {
		Realm                            int64
		Login, Password, Network, Device string
		Agent                            string
	}
	// Code is a second factor, for a pending log-in or a step-up.
	Code struct{ Token, Code, Network string }
	// Session is what a log-in made.
	Session struct {
		Token     string
		Who       Subject
		NeedsCode bool
		Device    string
		ExpiresMS int64
	}
	// Token is a request about the bearer, and the simplest answer.
	Token struct{ Token string }
	// TokenID is about one thing of the bearer's.
	TokenID struct {
		Token string
		ID    int64
	}
	// Principal is who stands behind a token.
	Principal struct {
		Kind        string
		Who         Subject
		Memberships []Membership
		Purpose     string
		Shop        int64
		SteppedUpMS int64
		ExpiresMS   int64
		Session     int64
		HasTOTP     bool
		App         int64
		Release     int64
		Scopes      []string
	}
	// SessionInfo is one of a person's sessions.
	SessionInfo struct {
		ID                        int64
		Current                   bool
		Agent                     string
		BeganMS, SeenMS, ExpireMS int64
	}
	// Sessions are a person's.
	Sessions struct{ Sessions []SessionInfo }

	// StartReset begins a reset of a forgotten password.
	StartReset struct {
		Realm          int64
		Login, Network string
	}
	// Reset is its answer.
	Reset struct {
		Token string
		Who   Subject
	}
	// Change changes a password or a log-in id.
	Change struct{ Token, Old, New string }
	// TOTPBegin names the issuer and the account to the authenticator.
	TOTPBegin struct{ Token, Issuer, Label string }
	// TOTP is a secret in the making.
	TOTP struct{ Secret, URL string }
	// Texts are recovery codes.
	Texts struct{ Texts []string }

	// Passkey carries a WebAuthn message.
	Passkey struct {
		Token, Name, Origin, Network, Agent string
		Realm                               int64
		Who                                 Subject
		JSON                                string
	}
	// PasskeyInfo is one of a person's passkeys.
	PasskeyInfo struct {
		ID              int64
		Name            string
		AddedMS, UsedMS int64
	}
	// Passkeys are a person's.
	Passkeys struct{ Passkeys []PasskeyInfo }

	// Grant gives, or takes, a role.
	Grant struct {
		Token string
		Who   Subject
		Shop  int64
		Role  string
	}
	// Member is one who has a role in a shop.
	Member struct {
		Who  Subject
		Role string
	}
	// Members are a shop's.
	Members struct{ Members []Member }

	// JobToken asks for a token for one purpose.
	JobToken struct {
		Purpose string
		Shop    int64
	}
	// ApproveExport raises a budget.
	ApproveExport struct {
		Token    string
		Shop     int64
		Subjects int
		Minutes  int
	}

	// AccessLog asks who has read.
	AccessLog struct {
		Token, Request string
		Shop           int64
		Subject        Subject // zero: the whole shop's
		Record         *LinkedRecord
		Before         int64
		Limit          int
	}
	// LinkedRecord proves a guest's link.
	LinkedRecord struct {
		Table   string
		Row     int64
		ShopKey int64
		Enc     []byte
		Link    []byte
	}
	// Access is one entry as people read it.
	Access struct {
		Seq, AtMS int64
		Kind      string
		ActorKind string
		Actor     int64
		Purpose   string
		Mask      uint32
		Persons   int
		Release   int64
		Request   string
	}
	// Accesses are a page of entries.
	Accesses struct {
		Entries []Access
		Next    int64
	}
	// Readings asks how often a shop's data was read in a time, and answers with numbers alone.
	Readings struct {
		Token        string
		Shop         int64
		FromMS, ToMS int64
	}
	// Reading is how often one kind of reader read for one purpose.
	Reading struct {
		ActorKind, Purpose string
		Times, Persons     int
	}
	// ReadingList is the answer.
	ReadingList struct{ Readings []Reading }
	// Checkpoint is the ledger's last one.
	Checkpoint struct {
		Size, AtMS int64
		Signed     []byte
	}
	// Credential asks for one reversible secret: where it lies, what it was sealed for, and why it is asked for.
	Credential struct {
		Token, Request, Purpose string
		Shop                    int64
		Table, Column, Use      string
		Row                     int64
		ShopKey                 int64
		Enc, Sealed             []byte
	}
	// Plain is it.
	Plain struct{ Text []byte }
	// AppClient is an app's registration, by its developer's session.
	AppClient struct {
		Credential        string
		App, Release      int64
		Redirects, Scopes []string
		Modern, NewSecret bool
	}
	// AppSecret is a client's name and, once, its secret.
	AppSecret struct{ ClientID, Secret string }
	// AppAuthorise is an owner's consent.
	AppAuthorise struct {
		Credential                    string
		Shop                          int64
		ClientID, Redirect, Challenge string
		Scopes                        []string
	}
	// AppCode is what it gives.
	AppCode struct{ Code string }
	// AppExchange asks for tokens.
	AppExchange struct {
		GrantType, ClientID, Secret, Code, Redirect, Verifier, Refresh string
	}
	// AppTokens are those, or what a token is good for.
	AppTokens struct {
		Access, Refresh      string
		Scopes               []string
		Shop, App            int64
		CreatedMS, ExpiresMS int64
	}
	// AppEnd ends an app's grant in a shop, or a client's token; or asks about that.
	AppEnd struct {
		Credential              string
		Shop, App               int64
		ClientID, Secret, Token string
	}
	// AppSet is an operator's word on an app: "stop", "go on", or "bound" with PerDay.
	AppSet struct {
		Credential, Act string
		App             int64
		PerDay          int
	}

	// Health says how the vault is.
	Health struct {
		Missing []string         // protections that this host does not give
		Uses    map[string]int64 // credentials that were used since the vault started, by use
	}
	// Pepper is the key of digests of network addresses and the like.
	Pepper struct{ Key []byte }
	// Empty is an answer without content, or a question without one.
	Empty struct{}
)
