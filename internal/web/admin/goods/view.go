package goods

import (
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/web/ui"

	"github.com/a-h/templ"
)

func (v listView) addButton(p ui.Page) ui.Button {
	if !v.may {
		return ui.Button{}
	}
	return ui.Button{Text: p.T("商品を追加", "Add a product"), Href: v.base + "/new", Kind: ui.Primary, Icon: ui.IconPlus}
}

func (v listView) cells(p ui.Page) [][]templ.Component {
	var out [][]templ.Component
	for _, row := range v.rows {
		out = append(out, []templ.Component{productCell(row, p), priceCell(row, p), stockCell(row, p), stateCell(row, p)})
	}
	return out
}

// field is one of the product's own, with what was typed and what is wrong with it.
func (v formView) field(name, label string) ui.Field {
	return ui.Field{Name: name, Label: label, Value: v.at(name), Error: v.errors.At(name)}
}

func (v formView) states(p ui.Page) ui.Field {
	f := v.field("state", p.T("公開の状態", "State"))
	f.Options = []ui.Option{
		{Value: string(catalog.Draft), Text: p.T("下書き", "Draft"), Hint: p.T("スタッフだけが見られます", "Only staff can see it")},
		{Value: string(catalog.Showing), Text: p.T("公開", "Showing"), Hint: p.T("お店に並び、注文できます", "It is in the shop and can be ordered")},
		{Value: string(catalog.Hidden), Text: p.T("非公開", "Hidden"), Hint: p.T("お店から下げます。過去の注文は残ります", "Off the shelves. Past orders stay")},
	}
	return f
}

func (v formView) taxes(p ui.Page) ui.Field {
	f := v.field("tax", p.T("消費税率", "Consumption tax"))
	f.Options = []ui.Option{
		{Value: "standard", Text: p.T("標準 10%", "Standard 10%"),
			Hint: p.T("下に当てはまらないすべて。お酒もこちらです", "Everything that is not below; alcohol, too")},
		{Value: "reduced", Text: p.T("軽減 8%", "Reduced 8%"),
			Hint: p.T("飲食料品（お酒・外食を除く）と、定期購読の新聞", "Food and drink (not alcohol, not eating out), newspapers by subscription")},
	}
	return f
}

// slots are the places for axes: those that are there, and an empty one.
func (v formView) slots() []axis {
	out := append([]axis(nil), v.axes...)
	for len(out) < catalog.MaxAxes {
		out = append(out, axis{})
	}
	return out
}

func (a axis) idList() string {
	var out []string
	for i := range a.before {
		n := id.Value(0)
		if i < len(a.ids) {
			n = a.ids[i]
		}
		out = append(out, id.String(n))
	}
	return strings.Join(out, ",")
}

// rendered are the axes' values as this page shows them, with the ids that they have.
func (a axis) rendered() axis {
	b := a
	b.before, b.ids = a.values, nil
	for _, v := range a.values {
		b.ids = append(b.ids, a.valueID(v))
	}
	return b
}

func (v variant) label() string { return strings.Join(v.values, " / ") }

// cellView is one input of the variants' table.
type cellView struct {
	name, label, value, fault string
	numeric                   bool
	size                      int
}

func (v formView) cell(i int, field, label, value string) cellView {
	name := "variants." + strconv.Itoa(i) + "." + field
	return cellView{name: name, label: label + " " + v.variants[i].label(), value: value, fault: v.errors.At(name),
		numeric: field != "model", size: 8}
}

func (v formView) columns(p ui.Page) []ui.Column {
	out := []ui.Column{{Head: p.T("バリエーション", "Variant"), Kind: ui.AsLead}, {Head: p.T("価格（税込）円", "Price (tax incl.) ¥")}}
	if v.mayCount {
		out = append(out, ui.Column{Head: p.T("在庫", "Stock")})
	}
	return append(out, ui.Column{Head: p.T("型番", "Model no.")}, ui.Column{Head: p.T("JANコード", "JAN code")},
		ui.Column{Head: p.T("重さ（g）", "Weight (g)")})
}

func (v formView) cells(p ui.Page) [][]templ.Component {
	var out [][]templ.Component
	for i, row := range v.variants {
		cells := []templ.Component{offerCell(p, v, i), inputCell(v.cell(i, "price", p.T("価格", "Price"), row.price))}
		if v.mayCount {
			cells = append(cells, inputCell(v.cell(i, "stock", p.T("在庫", "Stock"), row.stock)))
		}
		wide := v.cell(i, "jan", p.T("JANコード", "JAN code"), row.jan)
		wide.size = 14
		out = append(out, append(cells, inputCell(v.cell(i, "model", p.T("型番", "Model number"), row.model)), inputCell(wide),
			inputCell(v.cell(i, "weight_g", p.T("重さ", "Weight"), row.weight))))
	}
	return out
}

// single is a field of the only variant.
func (v formView) single(name, label, value string) ui.Field {
	at := "variants.0." + name
	return ui.Field{Name: at, Label: label, Value: value, Error: v.errors.At(at), Size: ui.Medium}
}
