package server

import (
	"context"

	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/web/frame"
)

// CardEntered is the code of a card number or security code where none may be. It was refused; the event does not have it.
const CardEntered signal.Code = "pan.entered"

// cardInRequest raises what the frame has refused.
func cardInRequest(raise signal.Raise) func(*frame.Request, frame.CardSeen) {
	return func(r *frame.Request, seen frame.CardSeen) {
		raise(r.Context(), signal.Event{Code: CardEntered, Shop: r.Shop(), Actor: r.Actor(), Where: r.Door() + " " + r.Pattern(),
			About: seen.Part + " " + seen.Field, Note: string(seen.Kind), Addr: r.ClientIP().String()})
	}
}

// cardInLetter raises what a letter was refused for.
func cardInLetter(raise signal.Raise) func(ctx context.Context, letter, where string) {
	return func(ctx context.Context, letter, where string) {
		raise(ctx, signal.Event{Code: CardEntered, Where: "mail", About: where, Note: "letter " + letter})
	}
}
