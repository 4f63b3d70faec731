package demo

import (
	"context"
)

func (d *demo) seed(ctx context.Context) (made, error) {
	return made{}, nil
}
