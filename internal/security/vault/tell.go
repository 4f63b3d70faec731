package vault

import (
	"context"
	"errors"
	"strconv"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
)

// where is what the events of this room give as their place.
const where = "vault"

// tell raises what a refused log-in means.
func (c *Client) tell(ctx context.Context, realm id.Shop, network string, err error) {
	e := signal.Event{Shop: realm, Where: where, Addr: network}
	switch {
	case errors.Is(err, ErrThrottled):
		e.Code = signal.LoginThrottled
	case errors.Is(err, ErrLogIn):
		e.Code = signal.LoginFailed
	case errors.Is(err, ErrCode):
		e.Code = signal.CodeFailed
	case errors.Is(err, ErrLink):
		e.Code = signal.ResetLinkRefused
	default:
		return
	}
	c.cfg.Raise(ctx, e)
}

// tellRead raises that a read was stopped by its budget.
func (c *Client) tellRead(ctx context.Context, r db.Reader, why Purpose, err error) {
	if !errors.Is(err, ErrBudget) {
		return
	}
	who := r.Actor()
	c.cfg.Raise(ctx, signal.Event{Code: signal.ReadBudget, Shop: r.Shop(), Actor: who, Where: where,
		About: string(who.Kind) + "-" + strconv.FormatInt(int64(who.Account), 10), Note: string(why)})
}
