// Package apitest holds the public API to its contract, on a running server.
package apitest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/noren-shop/noren/api"
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// A contract checks answers against the published document.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

func open(t testing.TB) contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Document())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return contract{doc, router}
}

// holds says how an answer differs from what the contract promises for it.
func (c contract) holds(t testing.TB, method, path string, got servertest.Reply) {
	t.Helper()
	u, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	req := &http.Request{Method: method, URL: u, Header: http.Header{}}
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 got.Status, Header: got.Header, Body: io.NopCloser(bytes.NewReader(got.Raw)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	if err := openapi3filter.ValidateResponse(t.Context(), in); err != nil {
		t.Errorf("%s %s answers %d: %v", method, path, got.Status, err)
	}
}

// operations of the document, by id.
func (c contract) operations() map[string]*openapi3.Operation {
	out := map[string]*openapi3.Operation{}
	for _, item := range c.doc.Paths.Map() {
		for _, o := range item.Operations() {
			out[o.OperationID] = o
		}
	}
	return out
}

func state(o *openapi3.Operation) string {
	s, _ := o.Extensions["x-state"].(string)
	return s
}

func TestContractSaysWhatIsServed(t *testing.T) {
	t.Parallel()
	c := open(t)
	s := servertest.New(t)
	routes := map[string]bool{}
	for _, r := range s.Doors.ByDoor[place.API].Routes() {
		routes[r.Method+" "+r.Pattern] = true
	}
	if n := len(c.operations()); n != 89 {
		t.Errorf("the contract has %d operations", n)
	}
	for path, item := range c.doc.Paths.Map() {
		for method, o := range item.Operations() {
			line := method + " " + strings.TrimSuffix(path, ".json")
			if is := routes[line]; is != (state(o) == "served") && !strings.HasPrefix(path, "/oauth") {
				t.Errorf("%s (%s) is %q in the contract; served: %v", o.OperationID, line, state(o), is)
			}
			delete(routes, line)
		}
	}
	for line := range routes {
		if strings.HasPrefix(strings.Fields(line)[1], "/v1/") || strings.HasPrefix(strings.Fields(line)[1], "/appstore/v1/") {
			t.Errorf("%s is served and not in the contract", line)
		}
	}
}

// scopes that an operation asks for; none is any valid token.
func scopes(o *openapi3.Operation) []actor.Scope {
	var out []actor.Scope
	if o.Security == nil {
		return nil
	}
	for _, req := range *o.Security {
		for _, s := range req["OAuth2"] {
			out = append(out, actor.Scope(s))
		}
	}
	return out
}

// TestEveryOperationAsksForItsScope calls each served operation without a token, with every scope but its own, and with its own alone.
func TestEveryOperationAsksForItsScope(t *testing.T) {
	t.Parallel()
	c := open(t)
	s := servertest.New(t)
	shop := s.OpenShop(t, "kura")
	for path, item := range c.doc.Paths.Map() {
		for method, o := range item.Operations() {
			if state(o) != "served" || strings.HasPrefix(path, "/oauth") {
				continue
			}
			t.Run(o.OperationID, func(t *testing.T) {
				url, own := filled(path), scopes(o)
				if got := s.App(t, shop).Stranger().Call(method, url, nil); got.Status != http.StatusUnauthorized {
					t.Errorf("without a token: %d", got.Status)
				} else {
					c.holds(t, method, url, got)
				}
				if got := s.App(t, shop, append(own, actor.ReadAnalytics)...).Call(method, url, nil); got.Status == http.StatusUnauthorized {
					t.Errorf("with %v: %d %s", own, got.Status, got.Raw)
				}
				if len(own) == 0 {
					return
				}
				others := slices.DeleteFunc(actor.Scopes(), func(sc actor.Scope) bool { return reaches(sc, own) })
				if got := s.App(t, shop, others...).Call(method, url, nil); got.Status != http.StatusUnauthorized {
					t.Errorf("without %v: %d", own, got.Status)
				}
			})
		}
	}
}

// reaches says whether a scope stands for all rights of one that is asked for: writing orders implies reading them.
func reaches(s actor.Scope, own []actor.Scope) bool {
	return slices.ContainsFunc(own, func(o actor.Scope) bool {
		return !slices.ContainsFunc(o.Rights(), func(r actor.Right) bool {
			return r != actor.ViewPersons && !slices.Contains(s.Rights(), r)
		})
	})
}

// filled puts an id that no record has into a path's parameters.
func filled(path string) string {
	for {
		from := strings.IndexByte(path, '{')
		if from < 0 {
			return path
		}
		path = path[:from] + "1" + path[from+strings.IndexByte(path[from:], '}')+1:]
	}
}
