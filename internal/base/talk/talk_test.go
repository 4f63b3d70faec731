package talk_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/talk"
)

func TestAQuestionGetsItsAnswer(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "nt") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		err := talk.Serve(ctx, l, func(_ context.Context, ask []byte) []byte { return []byte(strings.ToUpper(string(ask))) })
		if ctx.Err() == nil {
			t.Error(err)
		}
	})
	for range 20 {
		wg.Go(func() {
			soon, done := context.WithTimeout(t.Context(), 10*time.Second)
			defer done()
			got, err := talk.Ask(soon, "unix:"+path, []byte("noren"))
			if err == nil && string(got) != "NOREN" { // of 20 at once, some may be turned away
				t.Errorf("answer %q", got)
			}
		})
	}
	got, err := talk.Ask(t.Context(), "unix:"+path, []byte("one more"))
	for err != nil && t.Context().Err() == nil {
		got, err = talk.Ask(t.Context(), "unix:"+path, []byte("one more"))
	}
	if string(got) != "ONE MORE" {
		t.Errorf("answer %q, %v", got, err)
	}
	cancel()
	wg.Wait()
}

func TestLongFramesAreRefused(t *testing.T) {
	t.Parallel()
	if err := talk.Write(&bytes.Buffer{}, make([]byte, talk.MaxFrame+1)); err == nil {
		t.Error("a long frame is written")
	}
	if _, err := talk.Read(bytes.NewReader([]byte{0xff, 0, 0, 0, 1})); err == nil {
		t.Error("a long frame is read")
	}
}
