// Package brake asks the safety switches before a handler runs.
//
// It guarantees that a read-only shop shows its pages and takes no change, and that where new sessions are stopped nobody logs
// in, registers or resets, in plain words and with 503. It refuses to lock the operators out: their console is never held.
package brake

import (
	"github.com/noren-shop/noren/internal/base/signal"
	"github.com/noren-shop/noren/internal/security/switches"
	"github.com/noren-shop/noren/internal/web/frame"
)

// Hold is a door's frame.Config.Hold.
func Hold(on switches.Lookup) func(*frame.Request) error {
	return func(r *frame.Request) error {
		if r.Act() == frame.Exports {
			return held(r, on, switches.FreezeExports)
		}
		if r.Method() == "GET" || r.Method() == "HEAD" {
			return nil
		}
		name := switches.ShopReadOnly
		switch r.Act() {
		case frame.LogsIn, frame.Registers, frame.Resets:
			name = switches.NoNewSessions
		case frame.LogsOut, frame.OnlyReads, frame.ChangesWho, frame.Pays:
			return nil
		}
		return held(r, on, name)
	}
}

// Exports is the Hold of a door that is held in nothing else: the operator's console.
func Exports(on switches.Lookup) func(*frame.Request) error {
	return func(r *frame.Request) error {
		if r.Act() != frame.Exports {
			return nil
		}
		return held(r, on, switches.FreezeExports)
	}
}

func held(r *frame.Request, on switches.Lookup, name switches.Name) error {
	w, is := on(name, r.Shop())
	if !is {
		return nil
	}
	r.Signal(signal.SwitchHeld, string(name), "")
	return w.Refusal()
}
