package keeper

import (
	"context"

	"github.com/noren-shop/noren/internal/security/vault/wire"
)

// do is the table of operations.
func (k *Keeper) do(ctx context.Context, conn uint64, op wire.Op, body []byte) ([]byte, error) {
	switch op {
	case wire.OpOpen:
		return k.openFields(ctx, conn, body)
	case wire.OpSearch:
		return k.search(ctx, conn, body)
	case wire.OpBlind:
		return run(ctx, body, func(ctx context.Context, in wire.Blind) (wire.Blinded, error) { return k.blind(ctx, conn, in) })
	case wire.OpBlindSealed:
		return k.blindSealed(ctx, conn, body)
	case wire.OpCredential:
		return run(ctx, body, func(ctx context.Context, in wire.Credential) (wire.Plain, error) {
			return k.openCredential(ctx, conn, in)
		})
	case wire.OpCreateShop:
		return run(ctx, body, func(ctx context.Context, in wire.ShopKey) (wire.ShopKey, error) { return k.createShop(ctx, conn, in) })
	case wire.OpErase:
		return run(ctx, body, func(ctx context.Context, in wire.Erase) (wire.Empty, error) { return k.erase(ctx, conn, in) })
	case wire.OpJobToken:
		return run(ctx, body, k.creds.JobToken)
	case wire.OpApproveExport:
		return run(ctx, body, func(ctx context.Context, in wire.ApproveExport) (wire.Empty, error) { return k.approve(ctx, conn, in) })
	case wire.OpAccessLog:
		return run(ctx, body, k.accessLog)
	case wire.OpReadings:
		return run(ctx, body, k.readings)
	case wire.OpCheckpoint:
		return run(ctx, body, k.checkpoint)
	case wire.OpPepper:
		return run(ctx, body, k.pepper)
	case wire.OpHealth:
		return run(ctx, body, k.health)
	}
	return k.doAccount(ctx, op, body)
}

// doAccount is the part of the table that is about log-ins.
func (k *Keeper) doAccount(ctx context.Context, op wire.Op, body []byte) ([]byte, error) {
	switch op {
	case wire.OpRegister:
		return run(ctx, body, k.creds.Register)
	case wire.OpLogIn:
		return run(ctx, body, k.creds.LogIn)
	case wire.OpConfirmCode:
		return run(ctx, body, k.creds.ConfirmCode)
	case wire.OpCheck:
		return run(ctx, body, k.creds.Check)
	case wire.OpEnd:
		return run(ctx, body, k.creds.End)
	case wire.OpEndAll:
		return run(ctx, body, k.creds.EndAll)
	case wire.OpSessions:
		return run(ctx, body, k.creds.Sessions)
	case wire.OpStartReset:
		return run(ctx, body, k.startReset)
	case wire.OpFinishReset:
		return run(ctx, body, k.creds.FinishReset)
	case wire.OpChangePassword:
		return run(ctx, body, k.creds.ChangePassword)
	case wire.OpChangeLogin:
		return run(ctx, body, k.creds.ChangeLogin)
	case wire.OpStepUp:
		return run(ctx, body, k.creds.StepUp)
	case wire.OpGrant:
		return run(ctx, body, k.creds.Grant)
	case wire.OpRevoke:
		return run(ctx, body, k.creds.Revoke)
	case wire.OpMembers:
		return run(ctx, body, k.creds.Members)
	}
	return k.doFactor(ctx, op, body)
}

// doFactor is the part of the table that is about second factors and passkeys.
func (k *Keeper) doFactor(ctx context.Context, op wire.Op, body []byte) ([]byte, error) {
	switch op {
	case wire.OpTOTPBegin:
		return run(ctx, body, k.creds.TOTPBegin)
	case wire.OpTOTPConfirm:
		return run(ctx, body, k.creds.TOTPConfirm)
	case wire.OpTOTPRemove:
		return run(ctx, body, k.creds.TOTPRemove)
	case wire.OpPasskeyBegin:
		return run(ctx, body, k.creds.PasskeyBegin)
	case wire.OpPasskeyFinish:
		return run(ctx, body, k.creds.PasskeyFinish)
	case wire.OpPasskeyLogInBegin:
		return run(ctx, body, k.creds.PasskeyLogInBegin)
	case wire.OpPasskeyLogInFinish:
		return run(ctx, body, k.creds.PasskeyLogInFinish)
	case wire.OpPasskeys:
		return run(ctx, body, k.creds.PasskeyList)
	case wire.OpPasskeyRemove:
		return run(ctx, body, k.creds.PasskeyRemove)
	}
	return k.doApp(ctx, op, body)
}

// doApp is the part of the table that is about other people's programs.
func (k *Keeper) doApp(ctx context.Context, op wire.Op, body []byte) ([]byte, error) {
	switch op {
	case wire.OpAppRegister:
		return run(ctx, body, k.grants.Register)
	case wire.OpAppAuthorise:
		return run(ctx, body, k.grants.Authorise)
	case wire.OpAppExchange:
		return run(ctx, body, k.grants.Exchange)
	case wire.OpAppEnd:
		return run(ctx, body, k.grants.End)
	case wire.OpAppIntrospect:
		return run(ctx, body, k.grants.Introspect)
	case wire.OpAppSet:
		return run(ctx, body, k.grants.Set)
	}
	return nil, wire.Fail(wire.Invalid, "")
}

func run[Q, A any](ctx context.Context, body []byte, fn func(context.Context, Q) (A, error)) ([]byte, error) {
	var q Q
	if err := wire.Unmarshal(body, &q); err != nil {
		return nil, err
	}
	a, err := fn(ctx, q)
	if err != nil {
		return nil, err
	}
	return wire.Marshal(a)
}
