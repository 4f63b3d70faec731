// Package fault says what went wrong in words for the person who met it.
//
// It guarantees that a fault carries its kind (from which each door takes its status), the field it is about, and its
// text in Japanese and English, written where the rule stands. It refuses to carry personal data: texts are literals and
// numbers, never what a visitor typed.
//
// Every other error is ours: the visitor gets a request id and nothing more.
package fault

import (
	"errors"
	"strings"
)

// A Kind is what a door turns into a status.
type Kind int

// The kinds of fault.
const (
	KindInvalid         Kind = iota + 1 // the input breaks a rule; Field names it
	KindNotFound                        // missing, or another shop's: the two are the same
	KindConflict                        // the record has moved on since it was read
	KindDenied                          // known, but may not
	KindUnauthenticated                 // not known
	KindTooMany                         // over a limit; try later
	KindUnavailable                     // a part is away; try later
)

// Text is one message in both languages.
type Text struct{ Ja, En string }

// A Fault is an error made for a person.
type Fault struct {
	Kind  Kind
	Field string // the input's name, as the form or the API calls it; "" where it is about the whole
	Text  Text
	cause error
}

// Error is for logs: the kind, the field and the English text.
func (f *Fault) Error() string {
	if f.Field == "" {
		return f.Text.En
	}
	return f.Field + ": " + f.Text.En
}

// Unwrap gives the cause, which is for the operator only.
func (f *Fault) Unwrap() error { return f.cause }

// Because returns a copy that keeps the cause for the operator's log.
func (f *Fault) Because(err error) *Fault {
	c := *f
	c.cause = err
	return &c
}

// Is makes errors.Is compare by kind, field and text, so that a package-level fault works as a sentinel.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t.Kind == f.Kind && t.Field == f.Field && t.Text == f.Text
}

// Invalid is input that breaks a rule.
func Invalid(field string, t Text) *Fault { return &Fault{Kind: KindInvalid, Field: field, Text: t} }

// NotFound is a record that is missing or another shop's.
func NotFound(t Text) *Fault { return &Fault{Kind: KindNotFound, Text: t} }

// Conflict is a record that has changed since it was read, or a state that does not allow the step.
func Conflict(t Text) *Fault { return &Fault{Kind: KindConflict, Text: t} }

// Denied is an actor who lacks the right.
func Denied(t Text) *Fault { return &Fault{Kind: KindDenied, Text: t} }

// Unauthenticated is an actor who is not known.
func Unauthenticated(t Text) *Fault { return &Fault{Kind: KindUnauthenticated, Text: t} }

// TooMany is a limit that was reached.
func TooMany(t Text) *Fault { return &Fault{Kind: KindTooMany, Text: t} }

// Unavailable is a part of the service that is away.
func Unavailable(t Text) *Fault { return &Fault{Kind: KindUnavailable, Text: t} }

// Faults are several wrong fields of one form, shown together.
type Faults []*Fault

// Error lists them for logs.
func (fs Faults) Error() string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = f.Error()
	}
	return strings.Join(parts, "; ")
}

// Add appends err when it is a fault (or several) and keeps nothing when it is nil; any other error is returned as it is.
func (fs *Faults) Add(err error) error {
	if err == nil {
		return nil
	}
	if many, ok := errors.AsType[Faults](err); ok {
		*fs = append(*fs, many...)
		return nil
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		*fs = append(*fs, f)
		return nil
	}
	return err
}

// Err is nil when nothing was added.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

// Of lists the faults in err; ok is false when err holds none and so is ours.
func Of(err error) (fs Faults, ok bool) {
	if many, is := errors.AsType[Faults](err); is && len(many) > 0 {
		return many, true
	}
	if f, is := errors.AsType[*Fault](err); is {
		return Faults{f}, true
	}
	return nil, false
}

// Is says whether err is a fault of that kind.
func Is(err error, k Kind) bool {
	fs, ok := Of(err)
	return ok && fs[0].Kind == k
}
