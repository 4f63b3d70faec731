package api

import (
	"time"

	"github.com/noren-shop/noren/internal/paysim/book"
	"github.com/noren-shop/noren/internal/web/frame"
)

// newAccount is what an account is opened with.
type newAccount struct {
	Name    string `json:"name"`
	Notices string `json:"notices"`
}

func (d *Door) accounts(*frame.Request) (frame.Response, error) {
	return frame.JSON(d.book.Accounts()), nil
}

func (d *Door) openAccount(r *frame.Request) (frame.Response, error) {
	var in newAccount
	if err := r.JSON(&in); err != nil {
		return frame.Response{}, err
	}
	a, err := d.book.OpenAccount(in.Name, in.Notices)
	return frame.JSON(a), err
}

func (d *Door) redirect(r *frame.Request) (frame.Response, error) {
	var in newAccount
	if err := r.JSON(&in); err != nil {
		return frame.Response{}, err
	}
	return frame.None(), d.book.Redirect(r.Path("account"), in.Notices)
}

func (d *Door) charges(*frame.Request) (frame.Response, error) {
	return frame.JSON(d.book.Charges(1000)), nil
}

// A Play is what somebody does to a charge: the card that is typed, the code of the challenge, the store, how late.
type Play struct {
	Number string `json:"number"`
	Expiry string `json:"expiry"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	Store  string `json:"store"`
	LateMS int64  `json:"late_ms"`
}

func (d *Door) play(r *frame.Request) (frame.Response, error) {
	var in Play
	if err := r.JSON(&in); err != nil {
		return frame.Response{}, err
	}
	ref := r.Path("charge")
	c, err := d.plays(ref, r.Path("act"), in)
	if err != nil {
		return frame.Response{}, err
	}
	return frame.JSON(c), nil
}

func (d *Door) plays(ref, act string, in Play) (book.Charge, error) {
	switch act {
	case "card":
		tok, err := d.book.Tokenise(book.Typed{Number: in.Number, Expiry: in.Expiry, Code: in.Code, Name: in.Name})
		if err != nil {
			return book.Charge{}, err
		}
		return d.book.Confirm(ref, tok)
	case "saved":
		return d.book.Confirm(ref, "")
	case "challenge":
		return d.book.Challenge(ref, in.Code)
	case "abandon":
		return d.book.Abandon(ref)
	case "giveup":
		return d.book.GiveUp(ref)
	case "store":
		return d.book.ChooseStore(ref, in.Store)
	case "till":
		return d.book.PayAtTill(ref, time.Duration(in.LateMS)*time.Millisecond)
	case "dispute":
		return d.book.Dispute(ref)
	case "lapse":
		return d.book.Lapse(ref)
	case "failrefunds":
		return d.book.FailRefunds(ref)
	}
	return book.Charge{}, book.ErrMissing
}

func (d *Door) faults(*frame.Request) (frame.Response, error) {
	return frame.JSON(d.book.Faults()), nil
}

func (d *Door) setFaults(r *frame.Request) (frame.Response, error) {
	var f book.Faults
	if err := r.JSON(&f); err != nil {
		return frame.Response{}, err
	}
	d.book.SetFaults(f)
	return frame.JSON(d.book.Faults()), nil
}

func (d *Door) forward(r *frame.Request) (frame.Response, error) {
	var in struct {
		MS int64 `json:"ms"`
	}
	if err := r.JSON(&in); err != nil {
		return frame.Response{}, err
	}
	d.book.Forward(time.Duration(in.MS) * time.Millisecond)
	return frame.JSON(map[string]int64{"now": d.book.Now().UnixMilli()}), nil
}

func (d *Door) notices(*frame.Request) (frame.Response, error) {
	return frame.JSON(d.book.Notices(1000)), nil
}

func (d *Door) renotice(r *frame.Request) (frame.Response, error) {
	id := r.Path("notice")
	var err error
	switch r.Path("act") {
	case "resend":
		err = d.book.Resend(id, 1)
	case "twice":
		err = d.book.Resend(id, 2)
	case "forge":
		err = d.book.Forge(id)
	default:
		err = book.ErrMissing
	}
	return frame.None(), err
}

func (d *Door) release(*frame.Request) (frame.Response, error) {
	return frame.JSON(map[string]int{"released": d.book.Release()}), nil
}

func (d *Door) settle(*frame.Request) (frame.Response, error) {
	return frame.JSON(map[string]any{"rows": d.book.Settle(), "day": book.Day(d.book.Now())}), nil
}
