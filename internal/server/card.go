package server

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/web/frame"
)

// CardEntered is the code of a card number or security code where none may be. It was refused; the event does not have it.
const CardEntered signal.Code = "pan.entered"

// cardInRequest raises what the frame has refused.
func cardInRequest(raise signal.Raise) func(*frame.Request, frame.CardSeen) {
	var forget forgetter
	return func(r *frame.Request, seen frame.CardSeen) {
		forget.soon()
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

// forgetTime is how long what was refused may stay in memory that nothing refers to. It bounds what refusals cost, too.
const forgetTime = 5 * time.Second

// A forgetter gives back the memory of what was refused, a while after it was.
type forgetter struct{ due atomic.Bool }

func (f *forgetter) soon() {
	if f.due.Swap(true) {
		return
	}
	time.AfterFunc(forgetTime, func() {
		f.due.Store(false)
		runtime.GC() // pools keep theirs for one round
		debug.FreeOSMemory()
	})
}
