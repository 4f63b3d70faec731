package egress

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// A Post sends a JSON body and gives the answer's status and, within the client's bounds, its body.
type Post func(ctx context.Context, address string, header map[string]string, body []byte) (status int, answer []byte, err error)

// Poster makes a Post of a client.
func Poster(c *http.Client) Post {
	return func(ctx context.Context, address string, header map[string]string, body []byte) (int, []byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return 0, nil, fmt.Errorf("make request: %w", err)
		}
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		req.Header.Set("User-Agent", "Noren")
		for k, v := range header {
			req.Header.Set(k, v)
		}
		resp, err := c.Do(req)
		if err != nil {
			return 0, nil, err
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		return resp.StatusCode, answer, err
	}
}
