package limit

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

// Database makes a throw-away database on the server of a URL, and gives its URL and what drops it.
func Database(ctx context.Context, server string) (string, func() error, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, fmt.Errorf("the store's URL is not one that PostgreSQL understands")
	}
	name := fmt.Sprintf("noren_bench_%d_%d", os.Getpid(), time.Now().UnixNano())
	if err := alone(ctx, server, "CREATE DATABASE "+name); err != nil {
		return "", nil, fmt.Errorf("make a throw-away database (the role needs CREATEDB): %w", err)
	}
	u.Path = "/" + name
	return u.String(), func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return alone(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)")
	}, nil
}

func alone(ctx context.Context, server, text string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, text)
	return err
}
