package goods

import (
	"strconv"

	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

func required(f ui.Field) ui.Field {
	f.Need = ui.Required
	return f
}

func hinted(f ui.Field, hint string) ui.Field {
	f.Hint = hint
	return f
}

func numeric(f ui.Field) ui.Field {
	f.InputMode = "numeric"
	return f
}

func suffixed(f ui.Field, unit string) ui.Field {
	f.Suffix = unit
	return numeric(f)
}

func placed(f ui.Field, example string) ui.Field {
	f.Placeholder = example
	return f
}

func tall(f ui.Field, p ui.Page) ui.Field {
	f.Rows = 8
	f.Hint = p.T("改行はそのまま表示されます。", "Line breaks are shown as typed.")
	return f
}

// low is a text area that looks like a field of one line.
func low(f ui.Field) ui.Field {
	f.Rows = 1
	f.More = templ.Attributes{"data-low": true}
	return f
}

func optionName(i int, field string) string { return "options." + strconv.Itoa(i) + "." + field }

func rowName(i int, field string) string { return "variants." + strconv.Itoa(i) + "." + field }

// listed is a field of one option.
func (v formView) listed(i int, name, label, value string) ui.Field {
	at := optionName(i, name)
	f := ui.Field{Name: at, Label: label, Value: value, Error: v.errors.At(at)}
	if f.Error == "" && name == "name" {
		f.Error = v.errors.At("options." + strconv.Itoa(i)) // a text of the option is too long
	}
	return f
}

// opened says that a folded part holds something to look at.
func (v formView) opened(names ...string) bool {
	for _, n := range names {
		if v.errors.At(n) != "" {
			return true
		}
	}
	return false
}

func (v formView) album(p ui.Page) ui.Link {
	if !v.may {
		return ui.Link{}
	}
	return ui.Link{Href: v.action + "/pictures", Text: p.T("追加・並べ替え", "Add or sort")}
}
