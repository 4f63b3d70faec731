package desk

import (
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

// A Sheet is a form as a page shows it: what is stored or was typed, what is wrong with it, and, after a conflict, what
// somebody else has stored in the meantime.
type Sheet struct {
	Errors ui.Errors
	values map[string]string
	theirs map[string]string
	form   string
}

// Filled is a form with what is stored.
func Filled(values map[string]string) Sheet { return Sheet{values: values} }

// Typed is a form with what was typed, after an error. Passwords and codes are not among the names.
func Typed(r *frame.Request, f frame.Form, err error, names ...string) Sheet {
	s := Sheet{Errors: ui.ErrorsOf(r.Lang(), err), values: map[string]string{}}
	for _, n := range names {
		s.values[n] = f.Get(n)
	}
	return s
}

// Newer is the form after a conflict: what was typed stays, what is stored now is shown beside it, and saving once more is
// about the version that is stored now.
func (s Sheet) Newer(stored map[string]string) Sheet {
	s.theirs = stored
	s.values["version"] = stored["version"]
	return s
}

// In says which of a page's forms the sheet is of, where several have fields of the same names.
func (s Sheet) In(form string) Sheet {
	s.form, s.Errors = form, s.Errors.In(form)
	return s
}

// At is the value of a field.
func (s Sheet) At(name string) string { return s.values[name] }

// On says whether a box is ticked, as ui.Check takes it.
func (s Sheet) On(name string) string {
	if s.values[name] == "on" {
		return "on"
	}
	return ""
}

// Fill completes a field from the sheet: its value, its error, and what somebody else has stored.
func (s Sheet) Fill(p ui.Page, f ui.Field) ui.Field {
	f.Form, f.Value, f.Error = s.form, s.values[f.Name], s.Errors.At(f.Name)
	if now, ok := s.theirs[f.Name]; ok && now != f.Value {
		if now == "" {
			now = p.T("（空欄）", "(empty)")
		}
		f.Hint = p.T("いま保存されている内容: ", "Stored now: ") + now
	}
	return f
}

// Again answers a form's fault with the form, and any other error with frame's page for it. A session that has ended leads to
// the log-in.
func Again(err error, page templ.Component) (frame.Response, error) {
	if _, ok := fault.Of(err); !ok || fault.Is(err, fault.KindNotFound) || fault.Is(err, fault.KindUnauthenticated) {
		return frame.Response{}, err
	}
	return frame.Page(page).Status(frame.StatusOf(err)), nil
}

// Message answers a script with words for the person.
func Message(r *frame.Request, err error) (frame.Response, error) {
	fs, ok := fault.Of(err)
	if !ok {
		return frame.Response{}, err
	}
	said := map[string]string{"message": r.Lang().Pick(fs[0].Text.Ja, fs[0].Text.En)}
	return frame.JSON(said).Status(frame.StatusOf(err)), nil
}

// ForgetPerson asks the vault anew for all of a person's sessions: some have ended, or their roles have changed.
func (d *Desk) ForgetPerson(who vault.Subject) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, s := range d.known {
		if s.who.Who == who {
			delete(d.known, key)
		}
	}
}

// Set changes a field's value before the form is shown.
func (s Sheet) Set(name, value string) { s.values[name] = value }
