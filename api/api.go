// Package api holds the contract of the public API.
//
// It guarantees that what is published is what the tests check the server against. It refuses to be a second place for
// rules: the contract says shapes, docs/api-compatibility.md says the rest.
package api

import _ "embed"

//go:embed openapi.yaml
var document []byte

// Document is the contract, OpenAPI 3.0 as YAML.
func Document() []byte { return document }
