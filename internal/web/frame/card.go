package frame

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/pan"
)

// CardSeen is where a request held a card number or security code.
type CardSeen struct {
	Kind  pan.Kind
	Part  string // "path", "query", "header", "form", "file name", "file", "JSON", "body"
	Field string // its name, where that is a plain one: a form's field, a header
}

// cardInHead looks at everything of a request that stands before its body: path, query, host, headers, cookies. Our own
// cookies hold tokens and are looked up by their digest. Traces' ids, which nobody here reads, are dropped.
func (m *Mux) cardInHead(h *http.Request) *CardSeen {
	if m.conf.TakesCards {
		return nil
	}
	if found := pan.Find(h.URL.EscapedPath()); len(found) > 0 {
		return &CardSeen{found[0].Kind, "path", ""}
	}
	if q := h.URL.RawQuery; q != "" {
		list := fieldsOf(q)
		if hit, found := pan.FindFields(list); found {
			return &CardSeen{hit.Kind, "query", plainName(list[hit.Field].Name)}
		}
	}
	if found := pan.Find(h.Host); len(found) > 0 {
		return &CardSeen{found[0].Kind, "header", "Host"}
	}
	for name, values := range h.Header {
		if name == "Traceparent" || name == "Tracestate" || strings.HasPrefix(name, "X-B3-") {
			delete(h.Header, name)
			continue
		}
		for _, v := range values {
			if k, found := m.cardInHeader(name, v); found {
				return &CardSeen{k, "header", plainName(name)}
			}
		}
	}
	return nil
}

func (m *Mux) cardInHeader(name, value string) (pan.Kind, bool) {
	if len(name) > 30 { // longer than any that browsers send
		value = name + ": " + value
	}
	if name != "Cookie" {
		return firstKind(pan.Find(value))
	}
	for c := range strings.SplitSeq(value, ";") {
		c = strings.TrimPrefix(strings.TrimSpace(c), "__Host-")
		if strings.HasPrefix(c, m.conf.Name+"-") {
			continue
		}
		if k, found := firstKind(pan.Find(c)); found {
			return k, true
		}
	}
	return "", false
}

func firstKind(found []pan.Match) (pan.Kind, bool) {
	if len(found) == 0 {
		return "", false
	}
	return found[0].Kind, true
}

// refuseHead answers without having read the body, and forgets what stood before it.
func (m *Mux) refuseHead(w *counter, r *Request, seen CardSeen) {
	h := r.http
	h.URL = &url.URL{Path: "/"}
	h.RequestURI, h.Host = "/", ""
	lang := h.Header.Get("Accept-Language")
	h.Header = http.Header{"Accept": h.Header["Accept"]}
	if !pan.Has(lang) {
		h.Header.Set("Accept-Language", lang)
	}
	if pan.Has(h.Header.Get("Accept")) {
		h.Header.Del("Accept")
	}
	r.ctx = h.Context()
	r.chooseLang()
	m.fail(w, r, r.cardSeen(seen.Part, seen.Field, seen.Kind))
}

// fieldsOf reads a query or form in its order. What cannot be read stands as it is.
func fieldsOf(raw string) []pan.Field {
	out := make([]pan.Field, 0, 1+strings.Count(raw, "&"))
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if n, err := url.QueryUnescape(name); err == nil {
			name = n
		}
		if v, err := url.QueryUnescape(value); err == nil {
			value = v
		}
		out = append(out, pan.Field{Name: name, Value: value})
	}
	return out
}

// cardInJSON looks at a body that is, or ought to be, JSON.
func (r *Request) cardInJSON(part string, raw []byte) error {
	if r.m.conf.TakesCards {
		return nil
	}
	name, k, found := pan.FindJSON(raw)
	if !found {
		return nil
	}
	clear(raw)
	return r.cardSeen(part, name, k)
}

func (r *Request) cardInForm(raw []byte) error {
	var text strings.Builder // on the heap, see base/pan
	text.Grow(max(len(raw), 64))
	text.Write(raw)
	err := r.cardInFields("form", fieldsOf(text.String()))
	if err != nil {
		clear(raw)
	}
	return err
}

func (r *Request) cardInFields(part string, list []pan.Field) error {
	if r.m.conf.TakesCards {
		return nil
	}
	if hit, found := pan.FindFields(list); found {
		return r.cardSeen(part, list[hit.Field].Name, hit.Kind)
	}
	return nil
}

// fileReader looks through a file while it is read. A picture is drawn anew from its pixels, so that no text of it stays.
func (r *Request) fileReader(field string, body io.Reader) io.Reader {
	if r.m.conf.TakesCards {
		return body
	}
	b := bufio.NewReaderSize(body, 4<<10)
	head, _ := b.Peek(512) //nolint:errcheck // a short file; whoever reads on meets the error
	if strings.HasPrefix(http.DetectContentType(head), "image/") {
		return b
	}
	return pan.NewReader(b, func(m pan.Match) error { return r.cardSeen("file", field, m.Kind) })
}

// cardSeen tells the door's owner, and gives the fault that is shown.
func (r *Request) cardSeen(part, field string, k pan.Kind) error {
	field, r.card = plainName(field), true
	if r.m.conf.CardSeen != nil {
		r.m.conf.CardSeen(r, CardSeen{k, part, field})
	}
	return errCard(part, field)
}

// plainName keeps a field's name when it is an ordinary one.
func plainName(s string) string {
	ordinary := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_-.[]", c)
	}
	digits := strings.Count(strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return '0'
		}
		return c
	}, s), "0")
	if len(s) > 40 || digits > 3 || strings.ContainsFunc(s, func(c rune) bool { return !ordinary(c) }) {
		return ""
	}
	return s
}

// cardRefused is a request with a card's number in it: the fault, and what to do next.
type cardRefused struct{ error }

func (e *cardRefused) Unwrap() error { return e.error }

func errCard(part, field string) error {
	ja, en := fieldWords(part, field)
	return &cardRefused{fault.Invalid(field, fault.Text{
		Ja: fmt.Sprintf("カード番号やセキュリティコードは、ここには入力できません（%s）。", ja),
		En: fmt.Sprintf("Card numbers and security codes cannot be entered here (%s).", en),
	})}
}

// nextOfCard says where a card's number belongs.
func nextOfCard() fault.Text {
	return fault.Text{
		Ja: "送信された内容は保存していません。カード番号を入力するのは、お支払いのときに開く決済会社の画面だけです。前の画面に戻り、消してから送信してください。",
		En: "Nothing of what you sent has been kept. A card number is typed on the payment provider's own page only. " +
			"Go back, take it out, and send again.",
	}
}

// fieldWords name a field as its form's label does, where many forms have it.
func fieldWords(part, field string) (ja, en string) {
	for _, l := range [...][3]string{{"name", "お名前", "name"}, {"furigana", "フリガナ", "reading of the name"}, {"company", "会社名", "company"},
		{"postcode", "郵便番号", "postcode"}, {"city", "市区町村", "city"}, {"street", "番地", "street"}, {"building", "建物名", "building"},
		{"address", "住所", "address"}, {"phone", "電話番号", "phone number"}, {"email", "メールアドレス", "e-mail address"}, {"note", "備考", "note"},
		{"password", "パスワード", "password"}, {"q", "検索", "search"}, {"slip", "伝票番号", "slip number"}, {"why", "理由", "reason"}, {"reason", "理由", "reason"}} {
		if field == l[0] {
			return "項目: " + l[1], "field: " + l[2]
		}
	}
	if field != "" && part != "header" {
		return "項目: " + field, "field: " + field
	}
	i := slices.Index([]string{"path", "query", "header", "file name", "file"}, part)
	if i < 0 {
		return "送信された内容", "what was sent"
	}
	return []string{"アドレス", "アドレス", "通信のヘッダー", "ファイル名", "ファイルの中"}[i],
		[]string{"the address", "the address", "a header", "a file's name", "inside a file"}[i]
}
