package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Get is a request's bytes; headers are "Name: value".
func Get(path string, headers ...string) []byte { return request("GET", path, nil, headers) }

// Post is a form's bytes.
func Post(path string, body []byte, headers ...string) []byte {
	return request("POST", path, body, append(headers, "Content-Type: application/x-www-form-urlencoded",
		"Content-Length: "+strconv.Itoa(len(body))))
}

func request(method, path string, body []byte, headers []string) []byte {
	h := ""
	if !strings.Contains(strings.Join(headers, "\n"), "Host: ") {
		h = "Host: 127.0.0.1\r\n"
	}
	for _, l := range headers {
		h += l + "\r\n"
	}
	return append([]byte(method+" "+path+" HTTP/1.1\r\n"+h+"\r\n"), body...)
}

// A caller is one connection.
type caller struct {
	nc     net.Conn
	r      *bufio.Reader
	each   []time.Duration
	failed int
	wrong  int
	err    error
}

func dial(ctx context.Context, address string) (*caller, error) {
	nc, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &caller{nc: nc, r: bufio.NewReaderSize(nc, 32<<10)}, nil
}

func (c *caller) run(ctx context.Context, t Target, count int, next *atomic.Int64) {
	for ctx.Err() == nil {
		i := int(next.Add(1)) - 1
		if count > 0 && i >= count {
			return
		}
		req := t.Next(i)
		if req == nil {
			return
		}
		began := time.Now()
		status, err := c.ask(req)
		if err != nil {
			c.err = fmt.Errorf("ask %s: %w", t.Address, err)
			return
		}
		if status != t.Status {
			c.failed++
			c.wrong = status
			continue
		}
		c.each = append(c.each, time.Since(began))
	}
}

const answerTime = 60 * time.Second

// ask sends the bytes and reads the whole answer, which it does not keep.
func (c *caller) ask(req []byte) (status int, err error) {
	if err := c.nc.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return 0, err
	}
	if _, err := c.nc.Write(req); err != nil {
		return 0, err
	}
	length, chunked := 0, false
	for first := true; ; first = false {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case first:
			if len(line) < 12 {
				return 0, errAnswer
			}
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, errAnswer
			}
		case len(line) == 0:
			return status, c.body(length, chunked)
		case len(line) > 16 && (line[0] == 'C' || line[0] == 'c') && bytes.EqualFold(line[:15], []byte("content-length:")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[15:]))); err != nil {
				return 0, errAnswer
			}
		case bytes.EqualFold(line, []byte("transfer-encoding: chunked")):
			chunked = true
		}
	}
}

var errAnswer = errors.New("an answer that is not HTTP/1.1")

func (c *caller) body(length int, chunked bool) error {
	if !chunked {
		_, err := c.r.Discard(length)
		return err
	}
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return errAnswer
		}
		if _, err := io.CopyN(io.Discard, c.r, n+2); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// Fetch asks once and keeps the answer.
func Fetch(ctx context.Context, address string, req []byte) (*http.Response, []byte, error) {
	c, err := dial(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	defer c.nc.Close()
	if err := c.nc.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return nil, nil, err
	}
	if _, err := c.nc.Write(req); err != nil {
		return nil, nil, fmt.Errorf("ask %s: %w", address, err)
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("read answer of %s: %w", address, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	return res, body, err
}

const maxBody = 8 << 20
