package frame

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/base/signal"
)

// hear tells security of refusals that honest pages do not meet.
func (m *Mux) hear(r *Request, err error, status int) {
	switch {
	case errors.Is(err, errCross):
		r.Signal(signal.CrossOrigin, "", "")
	case status == http.StatusForbidden && fault.Is(err, fault.KindDenied):
		r.Signal(signal.RightDenied, About(r.actor), "")
	}
}

// Signal raises an event about this request: its shop, actor, route and address are filled in.
func (r *Request) Signal(c signal.Code, about, note string) {
	where := r.m.conf.Name
	if r.route != nil {
		where += " " + r.route.Method + " " + r.route.Pattern
	}
	r.m.conf.Signal(r.http.Context(), signal.Event{Code: c, Shop: r.shop, Actor: r.actor, Where: where, About: about, Note: note,
		Addr: r.ClientIP().String()})
}

// About names an actor in events: kind and number, never more.
func About(a actor.Actor) string {
	switch {
	case a.Account != 0:
		return string(a.Kind) + "-" + strconv.FormatInt(int64(a.Account), 10)
	case a.Member != 0:
		return string(a.Kind) + "-" + strconv.FormatInt(int64(a.Member), 10)
	}
	return string(a.Kind)
}

// Session reads a session's token from a cookie for Authenticate. What is in the cookie and cannot be a token was forged.
func (r *Request) Session(cookie string) secret.Token {
	text := r.Cookie(cookie)
	token := secret.ParseToken(text)
	if token.IsZero() && text != "" {
		r.Signal(signal.SessionMalformed, "", "")
	}
	return token
}

// UnknownSession says that the vault does not know a session, or knows it no more.
func (r *Request) UnknownSession() { r.Signal(signal.SessionUnknown, "", "") }

// Act is what the route does.
func (r *Request) Act() Act {
	if r.route == nil {
		return ""
	}
	return r.route.Act
}
