package mail

import (
	"context"
	"errors"
	"testing"
)

type kept []Message

func (k *kept) Send(_ context.Context, m Message) error {
	*k = append(*k, m)
	return nil
}

func TestNoLetterCarriesACardNumber(t *testing.T) {
	t.Parallel()
	const card = "4242 4242 4242 4242" // the trade's test number
	var sent kept
	var seen []string
	g := Guard(&sent, func(_ context.Context, letter, where string) { seen = append(seen, letter+" "+where) })
	ok := Message{ID: "order-1", To: Address{Addr: "a@example.jp"}, Subject: "ご注文番号 261122-483920",
		Text: "伝票番号 1234-5678-9012、登録番号 T1234567890123、合計 12,800円"}
	if err := g.Send(t.Context(), ok); err != nil || len(sent) != 1 {
		t.Fatalf("an ordinary letter: %v", err)
	}
	for where, change := range map[string]func(*Message){
		"subject":   func(m *Message) { m.Subject = "Re: " + card },
		"text":      func(m *Message) { m.Text += "\nカード " + card },
		"HTML":      func(m *Message) { m.HTML = "<p>4242&nbsp;4242&nbsp;4242&nbsp;4242</p>" },
		"recipient": func(m *Message) { m.To.Name = card },
	} {
		m := ok
		change(&m)
		seen = nil
		if err := g.Send(t.Context(), m); !errors.Is(err, ErrRefused) || len(sent) != 1 || len(seen) != 1 || seen[0] != "order-1 "+where {
			t.Errorf("%s: %v, %v", where, err, seen)
		}
	}
}
