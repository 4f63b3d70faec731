package call

import (
	"net/http"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/web/frame"
)

// An Error is one element of a refusal. Its code's first three digits are its status.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Status  int    `json:"status"`
	Field   string `json:"field,omitempty"`
}

// Errors are a refusal.
type Errors []Error

// Error names the first.
func (e Errors) Error() string {
	if len(e) == 0 {
		return "refused"
	}
	return e[0].Message
}

// Refuse makes a refusal of one element.
func Refuse(code int, field, message string) Errors {
	return Errors{{Code: code, Field: field, Message: message, Status: code / 1000}}
}

// The refusals that every resource makes.
var (
	errUnauthorized = Refuse(401010, "", "アクセストークンが無効か、この操作に必要なスコープがありません。")
	errPlan         = Refuse(401200, "", "現在のプランではこの操作を利用できません。")
	errMissing      = Refuse(404100, "", "データが見つかりません。")
	errInternal     = Refuse(500000, "", "Internal Server Error")
)

// Unauthorized is no valid token, or a scope that is missing.
func Unauthorized() error { return errUnauthorized }

// Plan is an operation that the shop's plan lacks.
func Plan() error { return errPlan }

// Missing is a record or a path that is not there.
func Missing() error { return errMissing }

// Internal is the contract's answer to what it cannot read.
func Internal() error { return errInternal }

// Answer writes the refusal.
func (e Errors) Answer() frame.Response {
	status := http.StatusInternalServerError
	if len(e) > 0 {
		status = e[0].Status
	}
	return Answer(map[string]Errors{"errors": e}).Status(status)
}

// Explained is a problem of the frame or of a feature as the contract's errors. A feature's field comes under the resource's name.
func Explained(p frame.Problem) frame.Response {
	if p.Status == http.StatusUnprocessableEntity && len(p.Faults) > 0 {
		return OfFaults(p.Faults, func(field string) (int, string) { return 422001, field }).Answer()
	}
	switch p.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return errUnauthorized.Answer()
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return errMissing.Answer()
	case http.StatusInternalServerError:
		return errInternal.Answer()
	}
	return Refuse(p.Status*1000, "", p.Title.Ja).Answer()
}

// OfFaults are a feature's faults as errors; name gives each field's code and path in the contract.
func OfFaults(fs fault.Faults, name func(field string) (code int, path string)) Errors {
	out := make(Errors, 0, len(fs))
	for _, f := range fs {
		code, path := name(f.Field)
		out = append(out, Error{Code: code, Message: strings.TrimSpace(f.Text.Ja), Status: code / 1000, Field: path})
	}
	return out
}
