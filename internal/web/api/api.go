// Package api is the door for apps: the public API as the contract (api/openapi.yaml) has it.
//
// It guarantees that every operation asks for its scope by the right that the scope stands for, that a token reaches its own shop
// alone, and that an operation which is not served answers as a path that does not exist. It refuses cookies, and bodies beyond its
// bounds.
package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/api/rate"
	"github.com/noren-shop/noren/internal/web/frame"
)

// An Operation is one line of the contract that is served.
type Operation struct {
	ID      string // the contract's operationId
	Method  string
	Path    string // as the contract has it, without .json
	Right   actor.Right
	Do      func(*call.Call) (frame.Response, error)
	Limits  frame.Limits
	Accepts []string
}

// A Resource brings its operations.
type Resource interface{ Operations() []Operation }

// Bounds are how calls are held in.
type Bounds struct {
	Rate *rate.Limiter // nil is no bound
}

// Routes are the operations as a door's table. What a resource refuses is the contract's error.
func Routes(b Bounds, list ...Resource) []frame.Route {
	var out []frame.Route
	for _, o := range Operations(list...) {
		out = append(out, frame.Route{Method: o.Method, Pattern: o.Path, Right: o.Right, Limits: o.Limits, Accepts: o.Accepts,
			Handler: func(r *frame.Request) (frame.Response, error) {
				return b.held(r, o)
			}})
	}
	return out
}

// held does a call within its token's rate, and says in headers what is left of it.
func (b Bounds) held(r *frame.Request, o Operation) (frame.Response, error) {
	v := b.Rate.Enter(r.Shop(), r.Actor().Credential.Digest())
	if !v.OK {
		res := call.Refuse(429000, "", "リクエストが多すぎます。しばらくしてからお試しください。").Answer()
		return told(res, v).With("Retry-After", seconds(v.Wait)), nil
	}
	defer b.Rate.Leave(r.Shop())
	res, err := o.Do(call.Read(r))
	if refused, is := err.(call.Errors); is {
		res, err = refused.Answer(), nil
	}
	if err != nil {
		return res, err
	}
	return told(res, v), nil
}

func told(res frame.Response, v rate.Verdict) frame.Response {
	if v.Limit == 0 {
		return res
	}
	return res.With("X-RateLimit-Limit", strconv.Itoa(v.Limit)).With("X-RateLimit-Remaining", strconv.Itoa(v.Left)).
		With("X-RateLimit-Reset", seconds(v.Reset))
}

// seconds of a wait, rounded up.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// Operations are all that resources bring, sorted by path and method.
func Operations(list ...Resource) []Operation {
	var out []Operation
	for _, r := range list {
		out = append(out, r.Operations()...)
	}
	slices.SortFunc(out, func(a, b Operation) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	return out
}

// Configure makes a door's configuration one for the API. The mux is to be made by frame.API.
func Configure(c frame.Config, v *vault.Client, b Bounds, list ...Resource) frame.Config {
	c.Routes = append(c.Routes, Routes(b, list...)...)
	c.Rewrite, c.AnyBody = Rewrite, true
	c.Authenticate = func(r *frame.Request) (actor.Actor, error) { return authenticate(r, v) }
	c.Explain = func(_ *frame.Request, p frame.Problem) frame.Response {
		res := call.Explained(p)
		if p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden {
			res = res.With("WWW-Authenticate", `Bearer realm="noren", error="invalid_token", error_description="No valid access token, or a scope is missing"`)
		}
		return res
	}
	return c
}

// Rewrite brings what the contract calls the same to one spelling: a path with or without .json, POST with the override of its
// method, and a query that begins with a second question mark.
func Rewrite(h *http.Request) {
	if strings.HasPrefix(h.URL.Path, "/v1/") || strings.HasPrefix(h.URL.Path, "/appstore/v1/") {
		h.URL.Path = strings.TrimSuffix(h.URL.Path, ".json")
		h.URL.RawPath = strings.TrimSuffix(h.URL.RawPath, ".json")
	}
	h.URL.RawQuery = strings.TrimLeft(h.URL.RawQuery, "?")
	if m := strings.ToUpper(h.Header.Get("X-Http-Method-Override")); h.Method == http.MethodPost &&
		(m == http.MethodPut || m == http.MethodDelete || m == http.MethodPatch) {
		h.Method = m
	}
}

// authenticate finds the app behind a token. Anything else is a visitor, who may do nothing here.
func authenticate(r *frame.Request, v *vault.Client) (actor.Actor, error) {
	t := r.Bearer()
	if t.IsZero() {
		return actor.Actor{Kind: actor.Visitor}, nil
	}
	p, err := v.Check(r.Context(), t)
	if err != nil {
		return actor.Actor{}, err
	}
	if p.Kind != actor.App {
		return actor.Actor{}, vault.ErrUnauthenticated
	}
	r.SetShop(p.Shop)
	return p.Actor(p.Shop, t), nil
}
