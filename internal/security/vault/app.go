package vault

import (
	"context"
	"errors"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// OutOfBand is the redirect address of programs that have none: the code is shown on a page for the owner to copy.
const OutOfBand = "urn:ietf:wg:oauth:2.0:oob"

// An OAuthError is a refusal as OAuth 2.0 names it (RFC 6749 §5.2): invalid_client, invalid_grant, invalid_request, invalid_scope,
// unsupported_grant_type; or "redirect", which may not be told to the client's address since it is not the client's.
type OAuthError string

// Error is the code.
func (e OAuthError) Error() string { return "oauth: " + string(e) }

// An AppClient is an app's registration. Scopes are the most that it may ask for.
type AppClient struct {
	App       id.App
	Release   id.Release
	Redirects []string // matched exactly; https, a loopback address, a program's own scheme, or OutOfBand
	Scopes    []actor.Scope
	Modern    bool // PKCE is required, access tokens end after an hour, refresh tokens rotate
	NewSecret bool // a new app gets one in any case
}

// RegisterApp keeps a registration by a developer's session: a new app's, or a release of the same developer's app. The secret is
// given for a new app, and where it is asked for; it cannot be given again. A fault at "redirects" or "scopes".
func (c *Client) RegisterApp(ctx context.Context, developer secret.Token, in AppClient) (clientID string, key secret.Text, err error) {
	out, err := ask[wire.AppSecret](ctx, c, wire.OpAppRegister, wire.AppClient{Credential: developer.Reveal(), App: int64(in.App),
		Release: int64(in.Release), Redirects: in.Redirects, Scopes: scopeTexts(in.Scopes), Modern: in.Modern, NewSecret: in.NewSecret})
	switch {
	case errors.Is(err, OAuthError("redirect")):
		err = fault.Invalid("redirects", fault.Text{Ja: "リダイレクト先は https:// で始まる、完全なURLで入力してください。",
			En: "Enter complete addresses that begin with https://."})
	case errors.Is(err, OAuthError("invalid_scope")):
		err = fault.Invalid("scopes", fault.Text{Ja: "権限の指定に誤りがあります。", En: "One of the scopes is not known."})
	}
	return out.ClientID, secret.NewText(out.Secret), err
}

// An Authorisation is an owner's consent.
type Authorisation struct {
	Shop      id.Shop
	ClientID  string
	Redirect  string
	Challenge string // S256, RFC 7636; a modern client's must have one
	Scopes    []actor.Scope
}

// AuthoriseApp makes a code of 64 characters, good once for ten minutes, by an owner's session: OAuthError, ErrDenied.
func (c *Client) AuthoriseApp(ctx context.Context, owner secret.Token, in Authorisation) (secret.Text, error) {
	out, err := ask[wire.AppCode](ctx, c, wire.OpAppAuthorise, wire.AppAuthorise{Credential: owner.Reveal(), Shop: int64(in.Shop),
		ClientID: in.ClientID, Redirect: in.Redirect, Challenge: in.Challenge, Scopes: scopeTexts(in.Scopes)})
	return secret.NewText(out.Code), err
}

// An Exchange asks for tokens (RFC 6749 §4.1.3, §6).
type Exchange struct {
	GrantType string // authorization_code or refresh_token
	ClientID  string
	Secret    secret.Text
	Code      secret.Text
	Redirect  string
	Verifier  secret.Text // RFC 7636
	Refresh   secret.Text
}

// AppTokens are what an exchange gives, or what a token is good for. Expires is zero for tokens that do not end.
type AppTokens struct {
	Access  secret.Token
	Refresh secret.Text
	Scopes  []actor.Scope
	Shop    id.Shop // 0: not active
	App     id.App
	Created time.Time
	Expires time.Time
}

// ExchangeApp gives tokens: OAuthError.
func (c *Client) ExchangeApp(ctx context.Context, in Exchange) (AppTokens, error) {
	out, err := ask[wire.AppTokens](ctx, c, wire.OpAppExchange, wire.AppExchange{GrantType: in.GrantType, ClientID: in.ClientID,
		Secret: in.Secret.Reveal(), Code: in.Code.Reveal(), Redirect: in.Redirect, Verifier: in.Verifier.Reveal(), Refresh: in.Refresh.Reveal()})
	return appTokens(out), err
}

// IntrospectApp tells a client what a token of its own is good for (RFC 7662): OAuthError.
func (c *Client) IntrospectApp(ctx context.Context, clientID string, key, token secret.Text) (AppTokens, error) {
	out, err := ask[wire.AppTokens](ctx, c, wire.OpAppIntrospect, wire.AppEnd{ClientID: clientID, Secret: key.Reveal(), Token: token.Reveal()})
	return appTokens(out), err
}

// RevokeAppToken ends a client's own token and all that descend from the same consent (RFC 7009): OAuthError.
func (c *Client) RevokeAppToken(ctx context.Context, clientID string, key, token secret.Text) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpAppEnd, wire.AppEnd{ClientID: clientID, Secret: key.Reveal(), Token: token.Reveal()})
	return err
}

// EndApp ends what an app may do in a shop, with all its tokens there, by the owner's or an operator's session, or by the app's own token.
func (c *Client) EndApp(ctx context.Context, by secret.Token, shop id.Shop, app id.App) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpAppEnd, wire.AppEnd{Credential: by.Reveal(), Shop: int64(shop), App: int64(app)})
	return err
}

// StopApp stops an app everywhere, or lets it go on, by an operator's session.
func (c *Client) StopApp(ctx context.Context, operator secret.Token, app id.App, do Stop) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpAppSet, wire.AppSet{Credential: operator.Reveal(), App: int64(app), Act: string(do)})
	return err
}

// A Stop is what is done to an app.
type Stop string

// The acts.
const (
	StopIt Stop = "stop"
	GoOn   Stop = "go on"
)

// BoundApp sets how many persons a day an app may have opened over all shops, by an operator's session with a step-up of the last 15 minutes.
func (c *Client) BoundApp(ctx context.Context, operator secret.Token, app id.App, persons int) error {
	_, err := ask[wire.Empty](ctx, c, wire.OpAppSet, wire.AppSet{Credential: operator.Reveal(), App: int64(app), Act: "bound", PerDay: persons})
	return err
}

func appTokens(t wire.AppTokens) AppTokens {
	out := AppTokens{Access: secret.ParseToken(t.Access), Refresh: secret.NewText(t.Refresh), Shop: id.Shop(t.Shop), App: id.App(t.App),
		Created: time.UnixMilli(t.CreatedMS)}
	if t.ExpiresMS != 0 {
		out.Expires = time.UnixMilli(t.ExpiresMS)
	}
	for _, s := range t.Scopes {
		out.Scopes = append(out.Scopes, actor.Scope(s))
	}
	return out
}

func scopeTexts(list []actor.Scope) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
