// Package dailymail writes to each shop in the morning: yesterday's orders and sales, how often customers' data was read and
// by whom, and the ledger's checkpoint.
//
// It guarantees that a shop gets one letter a day (twice after a crash at the wrong moment, under the same Message-ID), and
// that the checkpoint in it is the signed text itself, so that it leaves this host and can be held against the ledger later.
// It refuses to name anyone: the letter holds counts only.
package dailymail

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/job"
	"github.com/noren-shop/noren/internal/base/mail"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/hosting/tenant"
	"github.com/noren-shop/noren/internal/security/vault"
)

//go:embed letters/*.txt
var files embed.FS

// kind is the letter's job; its reference is the day that it tells of, as 20260131.
const kind job.Kind = "daily letter"

// hour is when the letter goes, in Japan.
const hour = 7

// Vault is what the flow asks of vault.Client.
type Vault interface {
	JobToken(ctx context.Context, why vault.Purpose, shop id.Shop) (secret.Token, error)
	Readings(ctx context.Context, r db.Reader, from, to time.Time) ([]vault.Reading, error)
	Checkpoint(ctx context.Context) (vault.Checkpoint, error)
}

// Config is what the flow joins.
type Config struct {
	Store   *db.DB
	Orders  *order.Service
	Tenants *tenant.Service
	Vault   Vault
	Sender  mail.Sender
	// Shops lists every shop. Contact gives a shop's published particulars: the letter goes to its address.
	Shops   func(ctx context.Context) ([]tenant.Shop, error)
	Contact func(ctx context.Context, shop id.Shop) (tenant.Legal, error)
	// Link is where the admin shows who has read.
	Link func(shop id.Shop) string
}

// A Flow writes the letters.
type Flow struct {
	Config
	letter *mail.Letter
}

// New reads the letter.
func New(c Config) (*Flow, error) {
	l, err := mail.ParseLetter(files, "letters/daily.txt")
	if err != nil {
		return nil, err
	}
	return &Flow{c, l}, nil
}

// Handle gives the letter's job to its runner, and plans today's every hour: a job of tomorrow morning, which is the same
// one however often it is planned.
func (f *Flow) Handle(r *job.Runner) {
	r.Handle(kind, f.Send)
	r.Every("plan daily letters", time.Hour, f.Plan)
}

// Plan makes sure that each open shop will have a letter about today.
func (f *Flow) Plan(ctx context.Context) error {
	shops, err := f.Shops(ctx)
	if err != nil {
		return fmt.Errorf("list shops: %w", err)
	}
	day := f.Store.Now().In(i18n.Zone())
	due := time.Date(day.Year(), day.Month(), day.Day()+1, hour, 0, 0, 0, i18n.Zone())
	for _, s := range shops {
		if s.State != tenant.Open {
			continue
		}
		err := f.Store.Write(ctx, scope(s.ID, secret.Token{}), func(tx *db.Tx) error {
			return job.Add(ctx, tx, kind, ref(day), due)
		})
		if err != nil {
			return fmt.Errorf("plan daily letter: %w", err)
		}
	}
	return nil
}

func ref(day time.Time) int64 {
	return int64(day.Year())*10_000 + int64(day.Month())*100 + int64(day.Day())
}

func scope(shop id.Shop, credential secret.Token) db.Scope {
	return db.Scope{Actor: actor.ForJob(actor.DailyMail, credential), Shop: shop, Request: "daily-letter"}
}

// content is what the template sees.
type content struct {
	Shop, Link, Hash, Signed string
	Day, Orders, Sales, Size int64
	Readings                 []string
}

// Send writes the letter about one day of one shop.
func (f *Flow) Send(ctx context.Context, shop id.Shop, day int64) error {
	legal, err := f.Contact(ctx, shop)
	if err != nil {
		return fmt.Errorf("read shop's contact: %w", err)
	}
	if legal.Email == "" {
		return nil // a shop without an address has none to write to
	}
	msg, err := f.compose(ctx, shop, day, i18n.Ja) // the shop's language, as in its other letters
	if err != nil {
		return err
	}
	msg.To.Addr = legal.Email
	if err := f.Sender.Send(ctx, msg); err != nil && !errors.Is(err, mail.ErrRefused) {
		return fmt.Errorf("send daily letter: %w", err)
	}
	return nil
}

func (f *Flow) compose(ctx context.Context, shop id.Shop, day int64, l i18n.Lang) (mail.Message, error) {
	from := time.Date(int(day/10_000), time.Month(day/100%100), int(day%100), 0, 0, 0, 0, i18n.Zone())
	to := from.AddDate(0, 0, 1)
	token, err := f.Vault.JobToken(ctx, vault.ShopMail, shop)
	if err != nil {
		return mail.Message{}, fmt.Errorf("ask for a job's credential: %w", err)
	}
	check, err := f.Vault.Checkpoint(ctx)
	if err != nil {
		return mail.Message{}, fmt.Errorf("ask for the ledger's checkpoint: %w", err)
	}
	c := content{Link: f.Link(shop), Day: from.UnixMilli(), Size: check.Size, Hash: hash(check.Signed), Signed: check.Signed}
	err = f.Store.Read(ctx, scope(shop, token), func(r db.Reader) error {
		s, err := f.Tenants.Get(ctx, r)
		if err != nil {
			return err
		}
		c.Shop = s.Name
		if c.Orders, c.Sales, err = f.sales(ctx, r, from, to); err != nil {
			return err
		}
		list, err := f.Vault.Readings(ctx, r, from, to)
		c.Readings = readings(l, list)
		return err
	})
	if err != nil {
		return mail.Message{}, fmt.Errorf("gather daily letter: %w", err)
	}
	msg := mail.Message{ID: fmt.Sprintf("daily-%d-%d", int64(shop), day), To: mail.Address{Name: c.Shop}}
	msg.Subject, msg.Text, err = f.letter.Render(l, c)
	return msg, err
}

// sales are the day's orders that were not cancelled.
func (f *Flow) sales(ctx context.Context, r db.Reader, from, to time.Time) (n, sum int64, err error) {
	q := order.Filter{FromMS: from.UnixMilli(), UntilMS: to.UnixMilli(), Limit: 100}
	for {
		list, next, err := f.Orders.List(ctx, r, q)
		if err != nil {
			return 0, 0, err
		}
		for _, h := range list {
			if h.Status != order.Cancelled {
				n, sum = n+1, sum+h.Total
			}
		}
		if next.IsZero() {
			return n, sum, nil
		}
		q.After = next
	}
}

// hash is the third line of a checkpoint, which says it all.
func hash(signed string) string {
	lines := strings.Split(signed, "\n")
	if len(lines) < 3 {
		return ""
	}
	return lines[2]
}

func readings(l i18n.Lang, list []vault.Reading) []string {
	out := make([]string, len(list))
	for i, x := range list {
		by, why := reader(x.ByKind), x.Purpose.Label()
		out[i] = l.Pick(fmt.Sprintf("%s（%s）: %s回、のべ%s名", by.Ja, why.Ja, i18n.Number(int64(x.Times)), i18n.Number(int64(x.Persons))),
			fmt.Sprintf("%s (%s): %s times, %s persons in all", by.En, why.En, i18n.Number(int64(x.Times)), i18n.Number(int64(x.Persons))))
	}
	return out
}

// reader names a kind of reader to people.
func reader(kind string) fault.Text {
	switch kind {
	case "staff":
		return fault.Text{Ja: "お店の方", En: "You and your staff"}
	case "operator":
		return fault.Text{Ja: "サービスの運営者", En: "The service's operators"}
	case "job":
		return fault.Text{Ja: "自動の処理", En: "Noren itself"}
	case "visitor", "member":
		return fault.Text{Ja: "お客様ご本人", En: "The customers themselves"}
	case "app":
		return fault.Text{Ja: "アプリ", En: "Apps"}
	}
	return fault.Text{Ja: kind, En: kind}
}
