package sink

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

const (
	maxDepth = 5
	maxParts = 50
)

// parse reads what it can; what it cannot is still there in Raw.
func parse(raw []byte) Letter {
	l := Letter{Raw: raw}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		l.Text = string(raw)
		return l
	}
	l.Subject, l.From, l.To = decoded(m.Header.Get("Subject")), decoded(m.Header.Get("From")), decoded(m.Header.Get("To"))
	p := parser{letter: &l}
	p.part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, 0)
	return l
}

func decoded(header string) string {
	var d mime.WordDecoder
	s, err := d.DecodeHeader(header)
	if err != nil {
		return header
	}
	return s
}

type parser struct {
	letter *Letter
	parts  int
}

func (p *parser) part(contentType, encoding string, body io.Reader, depth int) {
	if p.parts++; p.parts > maxParts || depth > maxDepth {
		return
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			next, err := r.NextRawPart()
			if err != nil {
				return
			}
			p.part(next.Header.Get("Content-Type"), next.Header.Get("Content-Transfer-Encoding"), next, depth+1)
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, _ := io.ReadAll(body) // what came before an error is shown
	text := strings.ToValidUTF8(strings.ReplaceAll(string(b), "\r\n", "\n"), "\ufffd")
	switch {
	case kind == "text/plain" && p.letter.Text == "":
		p.letter.Text = text
	case kind == "text/html" && p.letter.HTML == "":
		p.letter.HTML = text
	}
}
