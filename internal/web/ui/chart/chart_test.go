package chart_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/web/ui/chart"
)

func TestChartsDrawEveryPointAndSayItsNumber(t *testing.T) {
	t.Parallel()
	c := chart.Chart{Lang: i18n.Ja, Title: `売上 "<11月>"`, Unit: "円", Points: []chart.Point{{"11/1", 0}, {"11/2", 123456}, {"11/3", 40000}}}
	for name, draw := range map[string]func(chart.Chart) templ.Component{"bars": chart.Bars, "line": chart.Line} {
		var b bytes.Buffer
		if err := draw(c).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(strings.NewReader("<x>" + b.String() + "</x>"))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: not well formed: %v", name, err)
			}
		}
		for _, want := range []string{"123,456円", "20万", "11/3"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: lacks %s", name, want)
			}
		}
		if strings.Contains(b.String(), "style=") || strings.Contains(b.String(), "NaN") {
			t.Errorf("%s: %s", name, b.String())
		}
	}
	for _, points := range [][]chart.Point{nil, {{"a", 0}}, {{"a", -5}}, {{"a", 1 << 40}}} {
		for _, draw := range []func(chart.Chart) templ.Component{chart.Bars, chart.Line} {
			var b bytes.Buffer
			if err := draw(chart.Chart{Lang: i18n.En, Points: points}).Render(t.Context(), &b); err != nil || strings.Contains(b.String(), "NaN") ||
				strings.Contains(b.String(), "Inf") {
				t.Errorf("%v: %v %s", points, err, b.String())
			}
		}
	}
}
