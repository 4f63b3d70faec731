package access

import (
	"strconv"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/security/vault"
	"github.com/noren-shop/noren/internal/web/ui"
)

// A List is entries ready to be shown.
type List struct {
	lang i18n.Lang
	rows []row
}

// Len is how many there are.
func (l List) Len() int { return len(l.rows) }

// row is one entry in words.
type row struct {
	when    string
	who     string
	staff   string // which of the staff: the account's number
	purpose string
	what    string // the kinds of fields
	persons string // empty where the list is about one
	act     string // empty for plain reading
	tone    ui.Tone
}

type words struct {
	lang  i18n.Lang
	roles map[int64]actor.Role
	me    int64
	one   bool
}

func (w words) row(e vault.Access) row {
	out := row{when: w.lang.DateTime(e.At.UnixMilli()), who: w.who(e)}
	if e.ByKind == string(actor.Staff) {
		out.staff = "No. " + strconv.FormatInt(e.By, 10)
	}
	if t := e.Purpose.Label(); t != (fault.Text{}) {
		out.purpose = w.lang.Pick(t.Ja, t.En)
	}
	for i, c := range e.Classes {
		if i > 0 {
			out.what += w.lang.Pick("・", ", ")
		}
		t := c.Label()
		out.what += w.lang.Pick(t.Ja, t.En)
	}
	if !w.one && e.Persons > 0 {
		n := i18n.Number(int64(e.Persons))
		out.persons = w.lang.Pick(n+"人分", n+" person")
		if e.Persons > 1 {
			out.persons = w.lang.Pick(n+"人分", n+" persons")
		}
	}
	out.act, out.tone = w.act(e.Kind)
	return out
}

func (w words) who(e vault.Access) string {
	switch e.ByKind {
	case string(actor.Staff):
		name := w.role(w.roles[e.By])
		if e.By == w.me {
			name += w.lang.Pick("(あなた)", " (you)")
		}
		return name
	case string(actor.Visitor), string(actor.Member):
		return w.lang.Pick("お客様ご本人", "The customer")
	case string(actor.Job):
		return w.lang.Pick("Noren(自動処理)", "Noren (automatic)")
	case string(actor.Operator):
		return w.lang.Pick("Norenの運営スタッフ", "Noren's operator")
	case "app":
		return w.lang.Pick("アプリ", "An app")
	}
	return w.lang.Pick("保管庫", "The vault")
}

func (w words) role(r actor.Role) string {
	switch r {
	case actor.Owner:
		return w.lang.Pick("オーナー", "Owner")
	case actor.Manager:
		return w.lang.Pick("店長", "Manager")
	case actor.Packer:
		return w.lang.Pick("発送担当", "Packer")
	}
	return w.lang.Pick("元スタッフ", "Former staff")
}

// act names what is more, or less, than reading.
func (w words) act(kind string) (string, ui.Tone) {
	switch kind {
	case "read":
		return "", ui.Plain
	case "search":
		return w.lang.Pick("検索", "Search"), ui.Info
	case "export":
		return w.lang.Pick("書き出し", "Export"), ui.Warn
	case "reveal":
		return w.lang.Pick("秘密情報の表示", "Secret shown"), ui.Warn
	case "erase":
		return w.lang.Pick("消去", "Erased"), ui.Info
	case "grant export":
		return w.lang.Pick("書き出しの承認", "Export approved"), ui.Warn
	case "refused":
		return w.lang.Pick("上限により停止(表示されず)", "Stopped at a limit, nothing shown"), ui.Bad
	case "denied":
		return w.lang.Pick("権限なし(表示されず)", "Denied, nothing shown"), ui.Bad
	case "break glass":
		return w.lang.Pick("緊急の閲覧", "Emergency access"), ui.Bad
	case "consent":
		return w.lang.Pick("運営への許可", "Consent to the operator"), ui.Info
	}
	return kind, ui.Plain
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
