package server

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	box "github.com/noren-shop/noren/internal/base/mail/sink"
	"github.com/noren-shop/noren/internal/web/frame/listen"
	"github.com/noren-shop/noren/internal/web/sink"
)

const keptLetters = 500

// A MailSink takes the letters that a demo sends, and shows them on a page.
type MailSink struct {
	SMTP string // host:port
	URL  string
	box  *box.Sink
	stop context.CancelFunc
	done sync.WaitGroup
}

// OpenMailSink starts one on loopback.
func OpenMailSink(log *slog.Logger) (*MailSink, error) {
	b, err := box.Start("127.0.0.1:0", keptLetters, time.Now)
	if err != nil {
		return nil, err
	}
	door, err := sink.New(b, log)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	srv, err := listen.New(listen.Config{Log: log, Grace: time.Second, Listeners: []listen.Listener{{Net: l, Door: door}}})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &MailSink{SMTP: b.Addr(), URL: "http://" + l.Addr().String(), box: b, stop: stop}
	m.done.Go(func() {
		if err := srv.Serve(ctx); err != nil && ctx.Err() == nil {
			log.Error("mail page", "err", err)
		}
	})
	return m, nil
}

// Close stops it.
func (m *MailSink) Close() error {
	m.stop()
	m.done.Wait()
	return m.box.Close()
}
