package checkout

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
)

// A digest binds what a purchaser saw. It has a part for each thing that could change, so that Place can say which did.
//
// It is not secret and not signed: it must equal what the server computes at Place from its own data, so a client that
// forges one can only claim to have seen what is true now.
type digest [parts]string

const (
	goodsPart = iota
	shippingPart
	feePart
	taxPart
	totalPart
	termsPart
	parts
)

// shownSums is how many of the six items show quantities and sums, which have parts of their own; the others are bound as
// they are shown, the date to pay by and the shop's contact included.
const shownSums = 2

const partSize = 15 // bytes of SHA-256: 20 letters

func (c Confirmation) digest() digest {
	q := c.Quote
	st := q.Statement
	type sold struct {
		Variant  int64
		Quantity int64
	}
	var variants []sold
	for _, l := range q.Lines {
		variants = append(variants, sold{int64(l.Variant), l.Quantity})
	}
	var terms []Item6
	if len(c.Six) > shownSums {
		terms = c.Six[shownSums:]
	}
	return digest{
		goodsPart:    sum(variants, st.Lines, st.Discounts),
		shippingPart: sum(int64(q.Method.ID), st.Shipping()),
		feePart:      sum(st.PaymentFee(), st.Wrapping()),
		taxPart:      sum(st.Rates, st.Rounding, st.PerRate),
		totalPart:    sum(st), // the whole statement, so that no part of it escapes
		termsPart:    sum(terms, q.Payment.Method, q.Payment.Account, q.Method.Carrier, c.Wish),
	}
}

func sum(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil { // numbers, texts and slices of them: json cannot fail
		return ""
	}
	h := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(h[:partSize])
}

// String is the digest's form in a page.
func (d digest) String() string { return "1." + strings.Join(d[:], ".") }

// parseDigest reads what String wrote; anything else is a digest that equals none.
func parseDigest(s string) (d digest, ok bool) {
	got := strings.Split(s, ".")
	if len(s) > 400 || len(got) != parts+1 || got[0] != "1" {
		return digest{}, false
	}
	copy(d[:], got[1:])
	return d, true
}

// changed says what differs, in words; nothing where both are the same.
func (d digest) changed(now digest) []fault.Text {
	var out []fault.Text
	for i, t := range [parts]fault.Text{
		goodsPart:    {Ja: "商品の価格または数量", En: "an item's price or quantity"},
		shippingPart: {Ja: "送料または配送方法", En: "the shipping fee or method"},
		feePart:      {Ja: "決済手数料", En: "the payment fee"},
		taxPart:      {Ja: "消費税", En: "the tax"},
		totalPart:    {},
		termsPart:    {Ja: "お届け・お支払い・返品の条件", En: "the terms of delivery, payment or returns"},
	} {
		if d[i] != now[i] && t.Ja != "" {
			out = append(out, t)
		}
	}
	if len(out) == 0 && d != now {
		out = append(out, fault.Text{Ja: "ご注文の内容", En: "the order"})
	}
	return out
}

// Changed is the answer of a Place whose confirmation no longer holds. Its fault is a Conflict.
type Changed struct {
	What []fault.Text
	Now  Confirmation // to be shown instead; its pieces are held
}

// Error is for logs.
func (c *Changed) Error() string { return c.fault().Error() }

// Unwrap gives doors the fault.
func (c *Changed) Unwrap() error { return c.fault() }

func (c *Changed) fault() *fault.Fault {
	ja, en := make([]string, len(c.What)), make([]string, len(c.What))
	for i, t := range c.What {
		ja[i], en[i] = t.Ja, t.En
	}
	return fault.Conflict(fault.Text{
		Ja: "確認画面を表示したあとに、" + strings.Join(ja, "、") + "が変わりました。ご注文はまだ完了していません。新しい内容を確かめて、もう一度ご注文ください。",
		En: "Since this page was shown, there was a change in " + strings.Join(en, ", ") +
			". You have not ordered yet. Please check the new page and order again.",
	})
}
