package frame

import (
	"context"
	"errors"
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
)

// A Problem is what a visitor may know of what went wrong.
type Problem struct {
	Status    int
	Code      string       // for programs: "not_found"
	Title     fault.Text   // what happened
	Next      fault.Text   // what to do next
	Faults    fault.Faults // the fields and their texts; empty when the mistake is ours
	RequestID string       // to quote when asking for help
}

// A refusal is the wire's own: a request that is no request.
type refusal struct {
	status int
	code   string
	text   fault.Text
}

func (e *refusal) Error() string { return e.code }

var (
	errMalformed = &refusal{http.StatusBadRequest, "malformed",
		fault.Text{Ja: "送信された内容を読み取れませんでした。", En: "We could not read what was sent."}}
	errTooLarge = &refusal{http.StatusRequestEntityTooLarge, "too_large",
		fault.Text{Ja: "送信された内容が大きすぎます。", En: "What was sent is too large."}}
	errMediaType = &refusal{http.StatusUnsupportedMediaType, "unsupported_media_type",
		fault.Text{Ja: "この形式のデータは受け付けていません。", En: "This kind of content is not accepted here."}}
	errMethod = &refusal{http.StatusMethodNotAllowed, "method_not_allowed",
		fault.Text{Ja: "この操作はここではできません。", En: "This cannot be done here."}}
	errCross = &refusal{http.StatusForbidden, "cross_origin",
		fault.Text{Ja: "別のサイトからの送信は受け付けていません。", En: "What another site sends is not accepted."}}
)

// TooLarge is for handlers that find content too big after looking inside: a picture's pixels.
func TooLarge() error { return errTooLarge }

// Malformed is for handlers that cannot read what was sent.
func Malformed() error { return errMalformed }

// StatusOf is the one mapping from errors to statuses.
func StatusOf(err error) int { return problemOf(err).Status }

func problemOf(err error) Problem {
	if e, ok := errors.AsType[*refusal](err); ok {
		return Problem{Status: e.status, Code: e.code, Title: e.text, Next: nextOf(e.status)}
	}
	fs, ok := fault.Of(err)
	if !ok {
		return unknown(err)
	}
	p := Problem{Title: fs[0].Text, Faults: fs}
	switch fs[0].Kind {
	case fault.KindInvalid:
		p.Status, p.Code = http.StatusUnprocessableEntity, "invalid"
	case fault.KindNotFound:
		p.Status, p.Code = http.StatusNotFound, "not_found"
	case fault.KindConflict:
		p.Status, p.Code = http.StatusConflict, "conflict"
	case fault.KindDenied:
		p.Status, p.Code = http.StatusForbidden, "denied"
	case fault.KindUnauthenticated:
		p.Status, p.Code = http.StatusUnauthorized, "unauthenticated"
	case fault.KindTooMany:
		p.Status, p.Code = http.StatusTooManyRequests, "too_many"
	case fault.KindUnavailable:
		p.Status, p.Code = http.StatusServiceUnavailable, "unavailable"
	default:
		return unknown(err)
	}
	p.Next = nextOf(p.Status)
	if _, ok := errors.AsType[*cardRefused](err); ok {
		p.Next = nextOfCard()
	}
	return p
}

func unknown(err error) Problem {
	if errors.Is(err, context.DeadlineExceeded) {
		return Problem{Status: http.StatusServiceUnavailable, Code: "timeout", Next: nextOf(http.StatusServiceUnavailable),
			Title: fault.Text{Ja: "時間内に処理が終わりませんでした。", En: "This took too long."}}
	}
	return Problem{Status: http.StatusInternalServerError, Code: "internal", Next: nextOf(http.StatusInternalServerError),
		Title: fault.Text{Ja: "こちらの不具合で処理できませんでした。", En: "Something went wrong on our side."}}
}

// nextOf says what a person can do.
func nextOf(status int) fault.Text {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return fault.Text{Ja: "アドレスをご確認いただくか、トップページからお探しください。", En: "Check the address, or start again from the top page."}
	case http.StatusUnauthorized:
		return fault.Text{Ja: "ログインしてから、もう一度お試しください。", En: "Log in, then try again."}
	case http.StatusForbidden:
		return fault.Text{Ja: "必要な権限については、管理者にお問い合わせください。", En: "Ask an administrator if you need this."}
	case http.StatusConflict:
		return fault.Text{Ja: "前のページに戻り、最新の内容を確認してからやり直してください。", En: "Go back, look at the latest state, and try again."}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return fault.Text{Ja: "しばらく待ってから、もう一度お試しください。", En: "Wait a little, then try again."}
	case http.StatusRequestEntityTooLarge:
		return fault.Text{Ja: "小さなファイルにするか、分けて送信してください。", En: "Send a smaller file, or send it in parts."}
	case http.StatusInternalServerError:
		return fault.Text{
			Ja: "もう一度お試しください。続く場合は、下の受付番号を添えてお知らせください。",
			En: "Try again. If it goes on, tell us the request number below."}
	}
	return fault.Text{Ja: "前のページに戻り、入力内容をご確認ください。", En: "Go back and check what you entered."}
}

// explain makes the answer for an error: the door's own, or the frame's.
func (m *Mux) explain(r *Request, err error) Response {
	p := problemOf(err)
	p.RequestID = r.rid
	if p.Status == http.StatusUnauthorized && m.kind == KindBrowser && m.conf.Login != nil && r.http.Method == http.MethodGet {
		return Away(m.conf.Login(r))
	}
	res := Response{}
	switch {
	case m.conf.Explain != nil:
		res = m.conf.Explain(r, p)
	case m.kind == KindBrowser:
		res = plainPage(r, p)
	default:
		res = problemJSON(r, p)
	}
	if res.status < http.StatusBadRequest { // a door whose contract has a status of its own says so
		res = res.Status(p.Status)
	}
	res = res.Cached(Private())
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if res.header.Get("Retry-After") == "" {
			res = res.With("Retry-After", "10")
		}
	case http.StatusUnauthorized:
		if m.kind == KindAPI {
			res = res.With("WWW-Authenticate", "Bearer")
		}
	}
	return res
}

// plainPage is the frame's own: readable without any file, for doors that hand in none.
func plainPage(r *Request, p Problem) Response {
	t := func(x fault.Text) string { return html.EscapeString(r.lang.Pick(x.Ja, x.En)) }
	var b strings.Builder
	b.WriteString("<!doctype html><html lang=\"" + string(r.lang) + "\"><meta charset=\"utf-8\">" +
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" + t(p.Title) + "</title><main><p>" +
		strconv.Itoa(p.Status) + "</p><h1>" + t(p.Title) + "</h1><p>" + t(p.Next) + "</p><p><small>" +
		r.lang.Pick("受付番号: ", "Request number: ") + html.EscapeString(p.RequestID) + "</small></p><p><a href=\"/\">" +
		r.lang.Pick("トップページへ", "To the top page") + "</a></p></main></html>")
	return Bytes("text/html; charset=utf-8", []byte(b.String()))
}

func problemJSON(r *Request, p Problem) Response {
	type field struct {
		Field   string `json:"field,omitempty"`
		Message string `json:"message"`
	}
	out := struct {
		Error     string  `json:"error"`
		Message   string  `json:"message"`
		Fields    []field `json:"fields,omitempty"`
		RequestID string  `json:"request_id"`
	}{Error: p.Code, Message: r.lang.Pick(p.Title.Ja, p.Title.En), RequestID: p.RequestID}
	for _, f := range p.Faults {
		if f.Field != "" {
			out.Fields = append(out.Fields, field{f.Field, r.lang.Pick(f.Text.Ja, f.Text.En)})
		}
	}
	return JSON(out)
}
