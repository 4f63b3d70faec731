package child

import (
	"context"
	"io"
	"os"
)

// Tied is a context for a child that Start started: it ends with ctx, or when the parent asks or is gone. A parent that has
// given up its rights can signal nobody; the child's standard input is the way that is left.
func Tied(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck // however it ends, it has ended
	}()
	return ctx, cancel
}
