package me

import (
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/admin/desk"
	"github.com/noren-shop/noren/internal/web/frame"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/boombuler/barcode/qr"
)

const issuer = "Noren"

// totpView shows an authenticator's secret, once.
type totpView struct {
	ui.Quiet
	key   string // as the form carries it, so that a wrong code shows the same secret again
	url   string
	code  picture
	sheet desk.Sheet
}

// spaced is the secret in groups of four, for typing.
func (v totpView) spaced() string {
	var b strings.Builder
	for i, c := range v.key {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func (m *Me) totpTitle(r *frame.Request) string {
	return r.Lang().Pick("2段階認証を始める", "Set up two-step log-in")
}

func (m *Me) beginTOTP(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	return m.withProof(r, f, nil, func() (frame.Response, error) {
		label, err := m.name(r)
		if err != nil {
			return frame.Response{}, err
		}
		key, address, err := m.Vault.BeginTOTP(r.Context(), r.Actor().Credential, issuer, label)
		if errors.Is(err, vault.ErrStepUp) {
			return frame.Response{}, err
		}
		if err != nil {
			return m.again(r, err)
		}
		return m.totpPage(r, key.Reveal(), address.Reveal(), nil)
	})
}

func (m *Me) totpPage(r *frame.Request, key, address string, wrong error) (frame.Response, error) {
	code, err := draw(address)
	if err != nil {
		return frame.Response{}, err
	}
	return answer(wrong, totpPage(totpView{Quiet: m.Quiet(r, m.totpTitle(r)), key: key, url: address, code: code,
		sheet: desk.Typed(r, frame.NewForm(nil), wrong)}))
}

func (m *Me) confirmTOTP(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	codes, err := m.Vault.ConfirmTOTP(r.Context(), r.Actor().Credential, f.Secret("code"))
	if errors.Is(err, vault.ErrCode) {
		return m.sameSecret(r, f.Get("key"), err)
	}
	if err != nil {
		return m.again(r, err)
	}
	p, err := m.Principal(r)
	if err == nil {
		m.ForgetPerson(p.Who)
		what, _ := told("totp-on")
		m.tell(r, p.Who, what)
	}
	return frame.Page(codesPage(codesView{Quiet: m.Quiet(r, r.Lang().Pick("復旧コード", "Recovery codes")), codes: codes})), nil
}

// codesView shows the recovery codes, once.
type codesView struct {
	ui.Quiet
	codes []secret.Text
}

// sameSecret shows the secret that the page carried again: nobody should scan twice for a mistyped code.
func (m *Me) sameSecret(r *frame.Request, key string, wrong error) (frame.Response, error) {
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key); err != nil || key == "" || len(key) > 64 {
		return m.again(r, wrong)
	}
	label, err := m.name(r)
	if err != nil {
		return frame.Response{}, err
	}
	q := url.Values{"secret": {key}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return m.totpPage(r, key, "otpauth://totp/"+url.PathEscape(issuer+":"+label)+"?"+q.Encode(), wrong)
}

func (m *Me) removeTOTP(r *frame.Request) (frame.Response, error) {
	f, err := r.Form()
	if err != nil {
		return frame.Response{}, err
	}
	if err := m.Vault.RemoveTOTP(r.Context(), r.Actor().Credential, f.Secret("code")); err != nil {
		if errors.Is(err, vault.ErrLogIn) {
			err = fault.Invalid("code", vault.ErrCode.Text)
		}
		return m.again(r, err)
	}
	return m.done(r, "totp-off")
}

// A picture is a QR code as the path of an SVG whose unit is one module.
type picture struct {
	box  string
	path string
}

// quietZone is the white border that readers need, in modules.
const quietZone = 4

// draw makes the QR code of a text.
func draw(text string) (picture, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return picture{}, fmt.Errorf("draw QR code: %w", err)
	}
	size := code.Bounds().Dx()
	var b strings.Builder
	for y := range size {
		for x := range size {
			if red, _, _, _ := code.At(x, y).RGBA(); red == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	return picture{box: fmt.Sprintf("0 0 %[1]d %[1]d", size+2*quietZone), path: b.String()}, nil
}
