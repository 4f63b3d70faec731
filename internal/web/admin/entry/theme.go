package entry

import "github.com/noren-shop/noren/internal/web/ui"

func themes(q ui.Quiet) []ui.Option {
	return []ui.Option{
		{Value: "plain", Text: q.T("藍", "Indigo"), Hint: q.T("落ち着いた標準の色", "Calm, the standard")},
		{Value: "tea", Text: q.T("茶", "Tea"), Hint: q.T("深い緑", "Deep green")},
		{Value: "ceramics", Text: q.T("土", "Clay"), Hint: q.T("土と灰の色", "Earth and ash")},
		{Value: "clothing", Text: q.T("布", "Cloth"), Hint: q.T("生成りと墨", "Ecru and ink")},
	}
}

func orPlain(theme string) string {
	if theme == "" {
		return "plain"
	}
	return theme
}
