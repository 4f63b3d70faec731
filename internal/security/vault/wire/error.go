package wire

import "fmt"

// An Error is a Failure on its way to an answer. Code is for the client's table of texts; Cause stays in the vault's
// log.
type Error struct {
	Status Status
	Code   string
	Field  string
	Cause  error
}

// Fail makes one.
func Fail(s Status, code string) *Error { return &Error{Status: s, Code: code} }

// Error is for the vault's log.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%d %s: %v", e.Status, e.Code, e.Cause)
	}
	return fmt.Sprintf("%d %s", e.Status, e.Code)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is compares status and code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Status == e.Status && t.Code == e.Code
}
