package goods

import (
	"slices"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/catalog/group"
	"github.com/noren-shop/noren/internal/web/api/call"
)

// sections are the words for who sees a category or a group.
func sections() map[string]catalog.Display {
	return map[string]catalog.Display{showing: catalog.Shown, hidden: catalog.Concealed, "members_only": catalog.MembersOnly}
}

func sectionOf(d catalog.Display) string {
	for word, k := range sections() {
		if k == d {
			return word
		}
	}
	return hidden
}

// section reads a word, where one was sent.
func section(o call.Object, to *catalog.Display, field string) error {
	if !o.Sent("display_state") {
		return nil
	}
	word, _ := o.String("display_state")
	d, ok := sections()[word]
	if !ok {
		return wrong(field)
	}
	*to = d
	return nil
}

// meta replaces all three texts, where an object was sent; nil leaves them as they are.
func meta(o call.Object, was *catalog.Meta) *catalog.Meta {
	in, ok := o.Object("meta_tag")
	if !ok {
		return was
	}
	out := new(catalog.Meta)
	for key, to := range map[string]**string{"title": &out.Title, "keywords": &out.Keywords, "description": &out.Description} {
		if v, is := in.String(key); is {
			*to = &v
		}
	}
	return out
}

func metaRecord(m *catalog.Meta) call.Record {
	return call.NewRecord("title", m.Title, "keywords", m.Keywords, "description", m.Description)
}

func has(all []group.Group, g id.Group) bool {
	return slices.ContainsFunc(all, func(k group.Group) bool { return k.ID == g })
}
