package mail

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/pan"
)

// Guard puts a look for card numbers and security codes before a sender. A letter that holds one is refused for good, and
// seen is told where, never what.
func Guard(next Sender, seen func(ctx context.Context, letter, where string)) Sender {
	return guard{next, seen}
}

type guard struct {
	next Sender
	seen func(ctx context.Context, letter, where string)
}

// Send looks at every text of the letter, then hands it on.
func (g guard) Send(ctx context.Context, m Message) error {
	for _, part := range []struct{ where, text string }{{"subject", m.Subject}, {"text", m.Text}, {"HTML", m.HTML},
		{"recipient", m.To.Name}, {"recipient", m.To.Addr}, {"sender", m.From.Name}, {"reply address", m.ReplyTo.Name}, {"id", m.ID}} {
		if pan.Has(part.text) {
			g.seen(ctx, pan.Redact(m.ID), part.where)
			return fmt.Errorf("%w: its %s holds a card number or security code", ErrRefused, part.where)
		}
	}
	return g.next.Send(ctx, m)
}
