// Package api is the simulated payment company's interface for programs: charges for merchants, and the control of its faults and
// of the people at its pages and tills for whoever tests.
//
// It guarantees that a merchant sees its own account's charges only, that every act has an idempotency key, and that a fault which was
// asked for happens to merchants and never to the control. It refuses cards: no field takes one.
package api

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/web/frame"
)

// Door is the interface.
type Door struct {
	book    *book.Book
	control secret.Digest
}

// New makes the door. The control's key opens accounts and plays everyone who is not a merchant.
func New(b *book.Book, control secret.Token, log *slog.Logger) (*frame.Mux, error) {
	d := &Door{b, control.Digest()}
	m, c := d.merchant, d.controller
	return frame.API(frame.Config{TakesCards: true, Name: "paysimapi", Log: log, Limits: frame.Limits{Body: 64 << 10, Time: 90 * time.Second}, Routes: []frame.Route{
		{Method: "DELETE", Pattern: "/v1/cards/{card}", Right: frame.Public, Handler: m(d.forget)},
		{Method: "GET", Pattern: "/v1/cards", Right: frame.Public, Handler: m(d.cards)},
		{Method: "GET", Pattern: "/v1/charges", Right: frame.Public, Handler: m(d.find)},
		{Method: "GET", Pattern: "/v1/charges/{charge}", Right: frame.Public, Handler: m(d.look)},
		{Method: "POST", Pattern: "/v1/charges", Right: frame.Public, Handler: m(d.open)},
		{Method: "POST", Pattern: "/v1/charges/{charge}/capture", Right: frame.Public, Handler: m(d.capture)},
		{Method: "POST", Pattern: "/v1/charges/{charge}/refund", Right: frame.Public, Handler: m(d.refund)},
		{Method: "POST", Pattern: "/v1/charges/{charge}/void", Right: frame.Public, Handler: m(d.void)},
		{Method: "GET", Pattern: "/v1/settlements/{day}", Right: frame.Public, Handler: m(d.settlement)},
		{Method: "GET", Pattern: "/v1/settlements/{day}/file", Right: frame.Public, Handler: m(d.settlementFile)},
		{Method: "GET", Pattern: "/control/accounts", Right: frame.Public, Handler: c(d.accounts)},
		{Method: "POST", Pattern: "/control/accounts", Right: frame.Public, Handler: c(d.openAccount)},
		{Method: "POST", Pattern: "/control/accounts/{account}", Right: frame.Public, Handler: c(d.redirect)},
		{Method: "GET", Pattern: "/control/charges", Right: frame.Public, Handler: c(d.charges)},
		{Method: "POST", Pattern: "/control/charges/{charge}/{act}", Right: frame.Public, Handler: c(d.play)},
		{Method: "GET", Pattern: "/control/faults", Right: frame.Public, Handler: c(d.faults)},
		{Method: "PUT", Pattern: "/control/faults", Right: frame.Public, Handler: c(d.setFaults)},
		{Method: "POST", Pattern: "/control/forward", Right: frame.Public, Handler: c(d.forward)},
		{Method: "GET", Pattern: "/control/notices", Right: frame.Public, Handler: c(d.notices)},
		{Method: "POST", Pattern: "/control/notices/{notice}/{act}", Right: frame.Public, Handler: c(d.renotice)},
		{Method: "POST", Pattern: "/control/release", Right: frame.Public, Handler: c(d.release)},
		{Method: "POST", Pattern: "/control/settle", Right: frame.Public, Handler: c(d.settle)},
	}, Authenticate: func(r *frame.Request) (actor.Actor, error) { return r.Actor(), nil }})
}

var errWho = fault.Unauthenticated(fault.Text{Ja: "秘密鍵を確認できません。", En: "This secret key is not known."})

var errCut = errors.New("cut off, as was asked for")

// A merchantHandler answers one account.
type merchantHandler func(r *frame.Request, account string) (frame.Response, error)

// merchant finds the account, and lets the faults happen around the work.
func (d *Door) merchant(h merchantHandler) frame.Handler {
	return func(r *frame.Request) (frame.Response, error) {
		account := d.book.Who(r.Bearer())
		if account == "" {
			return frame.Response{}, errWho
		}
		m := d.book.Mishap()
		if m.Error {
			return broken(), nil
		}
		res, err := h(r, account)
		if m.Slow > 0 {
			select {
			case <-r.Context().Done():
			case <-time.After(m.Slow):
			}
		}
		switch {
		case m.ErrorAfter:
			return broken(), nil
		case m.Lost: // nothing of the answer leaves the buffer: the connection just ends
			return frame.Stream("application/json", func(io.Writer) error { return errCut }), nil
		}
		return res, err
	}
}

func broken() frame.Response {
	return frame.JSON(map[string]string{"error": "internal", "message": "a fault that was asked for"}).Status(http.StatusInternalServerError)
}

func (d *Door) controller(h frame.Handler) frame.Handler {
	return func(r *frame.Request) (frame.Response, error) {
		if !d.control.Equal(r.Bearer().Digest()) {
			return frame.Response{}, errWho
		}
		return h(r)
	}
}

// told is a charge for its merchant.
func told(c book.Charge, err error) (frame.Response, error) {
	if err != nil {
		return frame.Response{}, err
	}
	c.Inner = book.Inner{}
	return frame.JSON(c), nil
}

func (d *Door) open(r *frame.Request, account string) (frame.Response, error) {
	var o book.Order
	if err := r.JSON(&o); err != nil {
		return frame.Response{}, err
	}
	return told(d.book.OpenCharge(account, o))
}

func (d *Door) find(r *frame.Request, account string) (frame.Response, error) {
	return told(d.book.Look(account, "", r.Query("key")))
}

func (d *Door) look(r *frame.Request, account string) (frame.Response, error) {
	return told(d.book.Look(account, r.Path("charge"), ""))
}

// act is the body of what is done to a charge.
type act struct {
	Key    string `json:"key"`
	Amount int64  `json:"amount"`
}

func (d *Door) capture(r *frame.Request, account string) (frame.Response, error) {
	var a act
	if err := r.JSON(&a); err != nil {
		return frame.Response{}, err
	}
	return told(d.book.Take(account, r.Path("charge"), a.Amount, a.Key))
}

func (d *Door) void(r *frame.Request, account string) (frame.Response, error) {
	var a act
	if err := r.JSON(&a); err != nil {
		return frame.Response{}, err
	}
	return told(d.book.LetGo(account, r.Path("charge"), a.Key))
}

func (d *Door) refund(r *frame.Request, account string) (frame.Response, error) {
	var a act
	if err := r.JSON(&a); err != nil {
		return frame.Response{}, err
	}
	return told(d.book.GiveBack(account, r.Path("charge"), a.Amount, a.Key))
}

func (d *Door) cards(r *frame.Request, account string) (frame.Response, error) {
	return frame.JSON(d.book.Cards(account, r.Query("holder"))), nil
}

func (d *Door) forget(r *frame.Request, account string) (frame.Response, error) {
	return frame.None(), d.book.Forget(account, r.Path("card"))
}

func (d *Door) settlement(r *frame.Request, account string) (frame.Response, error) {
	rows, err := d.book.Settlement(account, r.Path("day"))
	return frame.JSON(rows), err
}

func (d *Door) settlementFile(r *frame.Request, account string) (frame.Response, error) {
	day := r.Path("day")
	rows, err := d.book.Settlement(account, day)
	if err != nil {
		return frame.Response{}, err
	}
	b, err := File(rows)
	return frame.Download("settlement-"+day+".csv", "text/csv; charset=utf-8", b), err
}

// File is a settlement as a CSV file.
func File(rows []book.Row) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.Write([]string{"charge", "order", "kind", "amount", "fee", "day", "payout"})
	for _, r := range rows {
		err = errors.Join(err, w.Write([]string{r.Ref, r.Order, r.Kind, strconv.FormatInt(r.Amount, 10), strconv.FormatInt(r.Fee, 10), r.Day, r.Payout}))
	}
	w.Flush()
	if err = errors.Join(err, w.Error()); err != nil {
		return nil, fmt.Errorf("write settlement: %w", err)
	}
	return b.Bytes(), nil
}
