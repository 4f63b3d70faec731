package me

import (
	"encoding/json"
	"errors"

	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
)

const (
	newPasskeyURL = "/me/passkeys/new"
	confirmURL    = "/me/confirm?next="
)

func (m *Me) newPasskey(r *frame.Request) (frame.Response, error) {
	ok, err := m.stepped(r)
	if err != nil {
		return frame.Response{}, err
	}
	if !ok {
		return frame.Redirect(confirmURL + newPasskeyURL), nil
	}
	a, err := m.Admin(r, r.Lang().Pick("パスキーを追加", "Add a passkey"))
	if err != nil {
		return frame.Response{}, err
	}
	return frame.Page(passkeyPage(a)), nil
}

func (m *Me) beginPasskey(r *frame.Request) (frame.Response, error) {
	label, err := m.name(r)
	if err != nil {
		return desk.Message(r, err)
	}
	options, err := m.Vault.BeginPasskey(r.Context(), r.Actor().Credential, m.origin(r), label)
	if err != nil {
		return m.tellScript(r, err)
	}
	return frame.JSON(json.RawMessage(options)), nil
}

func (m *Me) finishPasskey(r *frame.Request) (frame.Response, error) {
	var answer json.RawMessage
	if err := r.JSON(&answer); err != nil {
		return desk.Message(r, err)
	}
	name := []rune(r.Query("name"))
	if len(name) == 0 {
		name = []rune(r.Lang().Pick("パスキー", "Passkey"))
	}
	err := m.Vault.FinishPasskey(r.Context(), r.Actor().Credential, m.origin(r), string(name[:min(len(name), maxName)]), string(answer))
	if err != nil {
		return m.tellScript(r, err)
	}
	if p, err := m.Principal(r); err == nil {
		what, _ := told("passkey-added")
		m.tell(r, p.Who, what)
	}
	r.SetFlash("passkey-added")
	return frame.JSON(map[string]string{"location": "/me"}), nil
}

// maxName bounds a passkey's name.
const maxName = 40

// tellScript answers with words, or, where the password is asked for, with where that is.
func (m *Me) tellScript(r *frame.Request, err error) (frame.Response, error) {
	if errors.Is(err, vault.ErrStepUp) {
		return frame.JSON(map[string]string{"location": confirmURL + newPasskeyURL,
			"message": r.Lang().Pick(vault.ErrStepUp.Text.Ja, vault.ErrStepUp.Text.En)}).Status(frame.StatusOf(err)), nil
	}
	return desk.Message(r, err)
}

func (m *Me) removePasskey(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	return m.withProof(r, f, []string{"passkey"}, func() (frame.Response, error) {
		n, err := f.Int("passkey", 1, 1<<62)
		if err != nil {
			return frame.Response{}, frame.Malformed()
		}
		if err := m.Vault.RemovePasskey(r.Context(), r.Actor().Credential, n); err != nil {
			return frame.Response{}, err
		}
		return m.done(r, "passkey-removed")
	})
}
