package statement

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// In is what the statement was computed from.
func (s Statement) In() In {
	in := In{
		Shipping: s.Shipping(), PaymentFee: s.PaymentFee(), Wrapping: s.Wrapping(),
		Rates: s.Rates, Rounding: s.Rounding,
	}
	for _, l := range s.Lines {
		in.Lines = append(in.Lines, Line{l.Name, l.Quantity, l.UnitPrice, l.Class})
	}
	for _, d := range s.Discounts {
		in.Discounts = append(in.Discounts, Discount{d.Source, d.Name, d.Amount, d.Use, d.Over})
	}
	return in
}

// Parse reads a stored statement and checks that its sums still follow from its parts, by the rates stored with it. A
// change of a rate, or of the shop's rounding, changes no stored statement.
func Parse(b []byte) (Statement, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var s Statement
	if err := dec.Decode(&s); err != nil {
		return Statement{}, fmt.Errorf("read statement: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Statement{}, errors.New("read statement: more than one value")
	}
	if s.Version != Version {
		return Statement{}, fmt.Errorf("read statement: version %d is not known", s.Version)
	}
	again, err := Compute(s.In())
	if err != nil {
		return Statement{}, fmt.Errorf("read statement: %w", err)
	}
	if !reflect.DeepEqual(s, again) {
		return Statement{}, errors.New("read statement: the parts do not sum to the whole")
	}
	return s, nil
}
