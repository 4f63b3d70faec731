// Package signin sends the letters about logging in.
//
// It guarantees that a page never waits for the mail server, so that its time does not tell whether an account exists. It
// refuses to store the link: a letter that could not go within a few tries is asked for again by its reader.
package signin

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/hosting/account"
	"github.com/noren-shop/noren/internal/security/vault"
)

//go:embed letters/*.txt
var files embed.FS

const (
	tries = 3
	slots = 4 // letters under way; more wait
)

// Letters sends them.
type Letters struct {
	sender  mail.Sender
	contact func(ctx context.Context, who vault.Subject, request string) (account.Contact, error)
	log     *slog.Logger
	reset   *mail.Letter
	invite  *mail.Letter
	changed *mail.Letter
	slots   chan struct{}
	work    sync.WaitGroup
	pause   time.Duration
}

// New reads the letters. contact opens a person's name and address.
func New(s mail.Sender, log *slog.Logger,
	contact func(ctx context.Context, who vault.Subject, request string) (account.Contact, error)) (*Letters, error) {
	reset, err := mail.ParseLetter(files, "letters/reset.txt")
	if err != nil {
		return nil, err
	}
	invite, err := mail.ParseLetter(files, "letters/invite.txt")
	if err != nil {
		return nil, err
	}
	changed, err := mail.ParseLetter(files, "letters/changed.txt")
	if err != nil {
		return nil, err
	}
	return &Letters{changed: changed, sender: s, contact: contact, log: log, reset: reset, invite: invite, slots: make(chan struct{}, slots), pause: 2 * time.Second}, nil
}

// Reset sends the link for a new password.
func (l *Letters) Reset(ctx context.Context, who vault.Subject, link, request string) {
	l.later(ctx, "reset", request, func(ctx context.Context) error { return l.send(ctx, who, link, request) })
}

// Changed tells a person that something of how they log in was changed: who did not do it themselves must hear of it.
func (l *Letters) Changed(ctx context.Context, who vault.Subject, what fault.Text, request string) {
	l.later(ctx, "change", request, func(ctx context.Context) error {
		to, err := l.contact(ctx, who, request)
		if err != nil {
			return fmt.Errorf("open address: %w", err)
		}
		subject, text, err := l.changed.Render(to.Lang, map[string]any{"Name": to.Name, "What": to.Lang.Pick(what.Ja, what.En)})
		if err != nil {
			return err
		}
		return l.sender.Send(ctx, mail.Message{ID: "changed-" + request, To: mail.Address{Name: to.Name, Addr: to.Email}, Subject: subject, Text: text})
	})
}

// Invite sends the link of an invitation to an address that has no account yet.
func (l *Letters) Invite(ctx context.Context, to account.Contact, shop, link, request string) {
	l.later(ctx, "invitation", request, func(ctx context.Context) error {
		subject, text, err := l.invite.Render(to.Lang, map[string]any{"Shop": shop, "Link": link})
		if err != nil {
			return err
		}
		return l.sender.Send(ctx, mail.Message{ID: "invite-" + request, To: mail.Address{Addr: to.Email}, Subject: subject, Text: text})
	})
}

// later tries a few times, beside the request.
func (l *Letters) later(ctx context.Context, what, request string, send func(context.Context) error) {
	ctx = context.WithoutCancel(ctx)
	l.work.Go(func() {
		l.slots <- struct{}{}
		defer func() { <-l.slots }()
		var err error
		for try := range tries {
			time.Sleep(time.Duration(try) * l.pause)
			once, cancel := context.WithTimeout(ctx, time.Minute)
			err = send(once)
			cancel()
			if err == nil {
				return
			}
		}
		l.log.Error("letter could not be sent", "letter", what, "request", request, "err", err)
	})
}

func (l *Letters) send(ctx context.Context, who vault.Subject, link, request string) error {
	to, err := l.contact(ctx, who, request)
	if err != nil {
		return fmt.Errorf("open address: %w", err)
	}
	subject, text, err := l.reset.Render(to.Lang, map[string]any{"Name": to.Name, "Link": link})
	if err != nil {
		return err
	}
	return l.sender.Send(ctx, mail.Message{ID: "reset-" + request, To: mail.Address{Name: to.Name, Addr: to.Email}, Subject: subject, Text: text})
}

// Wait returns when nothing is under way: at the end, and in tests.
func (l *Letters) Wait() { l.work.Wait() }
