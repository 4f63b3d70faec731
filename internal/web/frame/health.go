package frame

import (
	"context"

	"github.com/noren-shop/noren/internal/base/fault"
)

// HealthRoutes are /healthz (the process answers) and /readyz (what it needs is there), without details for strangers.
func HealthRoutes(ready func(context.Context) error) []Route {
	return []Route{
		{Method: "GET", Pattern: "/healthz", Right: Public, Handler: func(*Request) (Response, error) {
			return Text("ok\n"), nil
		}},
		{Method: "GET", Pattern: "/readyz", Right: Public, Handler: func(r *Request) (Response, error) {
			if err := ready(r.Context()); err != nil {
				return Response{}, fault.Unavailable(fault.Text{Ja: "準備ができていません。", En: "Not ready."}).Because(err)
			}
			return Text("ready\n"), nil
		}},
	}
}
