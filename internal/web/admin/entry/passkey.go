package entry

import (
	"encoding/json"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/frame"
)

// beginPasskey gives the options of a log-in by passkey, to a script of this origin.
func (e *Entry) beginPasskey(r *frame.Request) (frame.Response, error) {
	ceremony, options, err := e.Vault.BeginPasskeyLogIn(r.Context(), id.Platform, e.origin(r))
	if err != nil {
		return message(r, err)
	}
	r.SetCookie("ceremony", ceremony.Reveal(), 5*time.Minute)
	return frame.JSON(json.RawMessage(options)), nil
}

func (e *Entry) finishPasskey(r *frame.Request) (frame.Response, error) {
	var answer json.RawMessage
	if err := r.JSON(&answer); err != nil {
		return message(r, err)
	}
	s, err := e.Vault.FinishPasskeyLogIn(r.Context(), secret.ParseToken(r.Cookie("ceremony")), e.origin(r), string(answer),
		r.Header("User-Agent"))
	if err != nil {
		return message(r, err)
	}
	if s.Who.Population == vault.OperatorStaff {
		return message(r, vault.ErrDenied)
	}
	r.ClearCookie("ceremony")
	e.LogIn(r, s)
	return frame.JSON(map[string]string{"location": next(r.Query("next"))}), nil
}

// message answers a script with words for the person.
func message(r *frame.Request, err error) (frame.Response, error) {
	fs, ok := fault.Of(err)
	if !ok {
		return frame.Response{}, err
	}
	said := map[string]string{"message": r.Lang().Pick(fs[0].Text.Ja, fs[0].Text.En)}
	return frame.JSON(said).Status(frame.StatusOf(err)), nil
}
