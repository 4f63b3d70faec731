// Package installation lets an app take itself out of a shop.
//
// It guarantees that the app's tokens have ended when the answer comes. It refuses to take out another app.
package installation

import (
	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/flow/install"
	"github.com/noren-shop/noren/internal/web/api"
	"github.com/noren-shop/noren/internal/web/api/call"
	"github.com/noren-shop/noren/internal/web/frame"
)

// Resource serves it.
type Resource struct{ Install *install.Flow }

// Operations that it brings.
func (s *Resource) Operations() []api.Operation {
	return []api.Operation{{ID: "deleteInstallation", Method: "DELETE", Path: "/appstore/v1/installation", Right: actor.BrowseShop, Do: s.leave}}
}

func (s *Resource) leave(c *call.Call) (frame.Response, error) {
	u, err := s.Install.Leave(c.Context(), c.Scope())
	if err != nil {
		return frame.Response{}, err
	}
	return call.Answer(u), nil
}
