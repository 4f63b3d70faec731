// Package oauth is the part of the API's host where programs get their tokens (RFC 6749, 7009, 7636, 7662, 8414).
//
// It guarantees the reference service's answers, and the RFCs' own for what that service lacks. It refuses to ask a person anything:
// log-in and consent are the admin's.
package oauth

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/place"
)

// Door serves them.
type Door struct {
	Vault  *vault.Client
	Places *place.Book
}

// Routes of the part.
func (d *Door) Routes() []frame.Route {
	small := frame.Limits{Body: 16 << 10}
	return []frame.Route{
		{Method: "GET", Pattern: "/.well-known/oauth-authorization-server", Right: frame.Public, Handler: d.metadata},
		{Method: "GET", Pattern: "/oauth/authorize", Right: frame.Public, Handler: d.toAdmin},
		{Method: "GET", Pattern: "/oauth/authorize/{code}", Right: frame.Public, Handler: d.toAdmin},
		{Method: "POST", Pattern: "/oauth/introspect", Act: frame.OnlyReads, Right: frame.Public, Handler: d.introspect, Limits: small},
		{Method: "POST", Pattern: "/oauth/revoke", Act: frame.LogsOut, Right: frame.Public, Handler: d.revoke, Limits: small},
		{Method: "POST", Pattern: "/oauth/token", Right: frame.Public, Handler: d.token, Limits: small},
	}
}

// toAdmin leads a person to where they log in and are asked.
func (d *Door) toAdmin(r *frame.Request) (frame.Response, error) {
	return frame.Away(d.Places.Door(place.Admin, r.Host()) + r.LocalURL()).Status(http.StatusFound), nil
}

// A grant is what a client sends. Some clients send the form without saying that it is one.
type grant struct {
	url.Values
	id  string
	key secret.Text
}

func read(r *frame.Request) (grant, error) {
	raw, err := io.ReadAll(r.Body())
	if err != nil {
		return grant{}, err
	}
	g := grant{}
	if g.Values, err = url.ParseQuery(string(raw)); err != nil {
		g.Values = url.Values{}
	}
	g.id, g.key = g.Get("client_id"), g.text("client_secret")
	if user, pass, ok := basic(r.Header("Authorization")); ok {
		g.id, g.key = user, secret.NewText(pass)
	}
	return g, nil
}

func (g grant) text(name string) secret.Text { return secret.NewText(g.Get(name)) }

// basic reads a client's name and secret from the header (RFC 6749 §2.3.1: both are form-encoded before).
func basic(header string) (user, pass string, ok bool) {
	scheme, rest, _ := strings.Cut(header, " ")
	b, err := base64.StdEncoding.DecodeString(rest)
	if !strings.EqualFold(scheme, "Basic") || err != nil {
		return "", "", false
	}
	u, p, ok := strings.Cut(string(b), ":")
	user, uerr := url.QueryUnescape(u)
	pass, perr := url.QueryUnescape(p)
	return user, pass, ok && uerr == nil && perr == nil
}

// token gives tokens for a code or a refresh token.
func (d *Door) token(r *frame.Request) (frame.Response, error) {
	g, err := read(r)
	if err != nil {
		return frame.Response{}, err
	}
	if k := g.Get("grant_type"); k != "authorization_code" && k != "refresh_token" {
		return forbidden(), nil
	}
	t, err := d.Vault.ExchangeApp(r.Context(), vault.Exchange{GrantType: g.Get("grant_type"), ClientID: g.id, Secret: g.key, Code: g.text("code"),
		Redirect: g.Get("redirect_uri"), Verifier: g.text("code_verifier"), Refresh: g.text("refresh_token")})
	if err != nil {
		return failed(err)
	}
	out := call.NewRecord("access_token", t.Access.Reveal(), "token_type", "Bearer", "scope", spaced(t.Scopes), "created_at", t.Created.Unix())
	if !t.Expires.IsZero() {
		out.Set("expires_in", int64(t.Expires.Sub(t.Created).Seconds()))
		out.Set("refresh_token", t.Refresh.Reveal())
	}
	return call.Answer(out), nil
}

// forbidden is the reference service's answer to a kind of grant that it does not know.
func forbidden() frame.Response {
	return frame.Bytes("application/json", nil).Status(http.StatusForbidden)
}

// failed is an error as RFC 6749 §5.2 has it; what is no such error is ours.
func failed(err error) (frame.Response, error) {
	e, is := errors.AsType[vault.OAuthError](err)
	if !is {
		return frame.Response{}, err
	}
	if e == "unsupported_grant_type" {
		return forbidden(), nil
	}
	status, words := http.StatusBadRequest, "The code or token is wrong, was used already, or has ended."
	switch e {
	case "invalid_client":
		status, words = http.StatusUnauthorized, "The client is unknown, or its secret is wrong."
	case "invalid_request":
		words = "A parameter is missing."
	}
	return call.Answer(call.NewRecord("error", string(e), "error_description", words)).Status(status), nil
}

func spaced(list []actor.Scope) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return strings.Join(out, " ")
}

// revoke ends a client's own token (RFC 7009). A token that is not there is not an error.
func (d *Door) revoke(r *frame.Request) (frame.Response, error) {
	g, err := read(r)
	if err != nil {
		return frame.Response{}, err
	}
	if err := d.Vault.RevokeAppToken(r.Context(), g.id, g.key, g.text("token")); err != nil {
		return failed(err)
	}
	return call.Answer(struct{}{}), nil
}

// introspect tells a client about its own token (RFC 7662).
func (d *Door) introspect(r *frame.Request) (frame.Response, error) {
	g, err := read(r)
	if err != nil {
		return frame.Response{}, err
	}
	t, err := d.Vault.IntrospectApp(r.Context(), g.id, g.key, g.text("token"))
	if err != nil {
		return failed(err)
	}
	out := call.NewRecord("active", t.Shop != 0)
	if t.Shop != 0 {
		out.Set("scope", spaced(t.Scopes))
		out.Set("client_id", g.id)
		out.Set("token_type", "Bearer")
		out.Set("iat", t.Created.Unix())
		if !t.Expires.IsZero() {
			out.Set("exp", t.Expires.Unix())
		}
	}
	return call.Answer(out), nil
}

// metadata is RFC 8414's document.
func (d *Door) metadata(r *frame.Request) (frame.Response, error) {
	at := d.Places.Door(place.API, r.Host())
	return call.Answer(call.NewRecord(
		"issuer", at,
		"authorization_endpoint", at+"/oauth/authorize",
		"token_endpoint", at+"/oauth/token",
		"revocation_endpoint", at+"/oauth/revoke",
		"introspection_endpoint", at+"/oauth/introspect",
		"scopes_supported", strings.Fields(spaced(actor.Scopes())),
		"response_types_supported", []string{"code"},
		"grant_types_supported", []string{"authorization_code", "refresh_token"},
		"code_challenge_methods_supported", []string{"S256"},
		"token_endpoint_auth_methods_supported", []string{"client_secret_post", "client_secret_basic"},
	)), nil
}
