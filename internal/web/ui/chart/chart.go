// Package chart draws bars and lines as SVG, on the server.
//
// It guarantees marks by class name only (colours are the style sheet's), an axis that starts at zero, and the numbers in
// a table below for those who cannot see the drawing. It refuses scripts and inline styles.
package chart

import (
	"context"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/noren-shop/noren/internal/base/i18n"
)

// A Point is one mark.
type Point struct {
	Label string // below the axis: 11/22
	Value int64
}

// Chart is what is drawn.
type Chart struct {
	Lang   i18n.Lang
	Title  string // said to screen readers, and above the table
	Unit   string // 円, 件
	Points []Point
}

const (
	width, height                    = 720.0, 240.0
	left, right, top, bottom float64 = 56, 8, 12, 28
	gridLines                        = 4
	maxLabels                        = 8
)

// Bars draws a bar for every point; the last is drawn strong, since it is the newest.
func Bars(c Chart) templ.Component {
	return c.component(func(b *strings.Builder, most int64) {
		slot := (width - left - right) / float64(len(c.Points))
		w := min(slot*0.62, 36)
		for i, p := range c.Points {
			y := yOf(p.Value, most)
			class := "bar-mark soft"
			if i == len(c.Points)-1 {
				class = "bar-mark"
			}
			fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2"/>`,
				class, left+slot*(float64(i)+0.5)-w/2, y, w, max(height-bottom-y, 0))
		}
	}, func(i int) float64 {
		return left + (width-left-right)/float64(len(c.Points))*(float64(i)+0.5)
	})
}

// Line draws a line through the points.
func Line(c Chart) templ.Component {
	x := func(i int) float64 {
		return left + 10 + (width-left-right-20)*float64(i)/float64(max(len(c.Points)-1, 1))
	}
	return c.component(func(b *strings.Builder, most int64) {
		var d strings.Builder
		for i, p := range c.Points {
			fmt.Fprintf(&d, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], x(i), yOf(p.Value, most))
		}
		last := len(c.Points) - 1
		fmt.Fprintf(b, `<path class="area-mark" d="%sL%.1f %.1fL%.1f %.1fZ"/>`, d.String(), x(last), height-bottom, x(0), height-bottom)
		fmt.Fprintf(b, `<path class="line-mark" d="%s"/>`, d.String())
		fmt.Fprintf(b, `<circle class="dot-mark" cx="%.1f" cy="%.1f" r="4"/>`, x(last), yOf(c.Points[last].Value, most))
	}, x)
}

func yOf(v, most int64) float64 {
	return height - bottom - (height-bottom-top)*float64(max(v, 0))/float64(most)
}

func (c Chart) component(marks func(*strings.Builder, int64), x func(int) float64) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if len(c.Points) == 0 {
			return nil
		}
		_, err := io.WriteString(w, c.svg(marks, x)+c.table())
		return err
	})
}

func (c Chart) svg(marks func(*strings.Builder, int64), x func(int) float64) string {
	var b strings.Builder
	step := c.step()
	most := step * gridLines
	fmt.Fprintf(&b, `<div class="chart-box"><svg class="chart" viewBox="0 0 %g %g" role="img" aria-label="%s">`, width, height, html.EscapeString(c.Title))
	for i := range int64(gridLines + 1) {
		y := yOf(i*step, most)
		fmt.Fprintf(&b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="axis end" x="%g" y="%.1f">%s</text>`,
			left, width-right, y, y, left-8, y+4, c.short(i*step))
	}
	marks(&b, most)
	every := (len(c.Points) + maxLabels - 1) / maxLabels
	for i, p := range c.Points {
		if fromEnd := len(c.Points) - 1 - i; fromEnd%every == 0 {
			class := "axis mid"
			if fromEnd/every%2 == 1 {
				class = "axis mid alt" // left out where the chart is narrow
			}
			fmt.Fprintf(&b, `<text class="%s" x="%.1f" y="%g">%s</text>`, class, x(i), height-6, html.EscapeString(p.Label))
		}
	}
	b.WriteString(`</svg></div>`)
	return b.String()
}

// step between grid lines: 1, 2 or 5 times a power of ten, so that the highest point fits under the last line.
func (c Chart) step() int64 {
	most := int64(1)
	for _, p := range c.Points {
		most = max(most, p.Value)
	}
	for pow := int64(1); ; pow *= 10 {
		for _, m := range []int64{1, 2, 5} {
			if m*pow*gridLines >= most {
				return m * pow
			}
		}
	}
}

// short writes an axis value: 12万 or 120k.
func (c Chart) short(n int64) string {
	switch {
	case c.Lang == i18n.En && n >= 1000 && n%100 == 0:
		return strconv.FormatFloat(float64(n)/1000, 'f', -1, 64) + "k"
	case c.Lang != i18n.En && n >= 10000 && n%1000 == 0:
		return strconv.FormatFloat(float64(n)/10000, 'f', -1, 64) + "万"
	}
	return i18n.Number(n)
}

func (c Chart) table() string {
	var b strings.Builder
	b.WriteString(`<details class="chart-data"><summary>` + c.Lang.Pick("数値を表で見る", "See the numbers") +
		`</summary><table class="table"><caption class="unseen">` + html.EscapeString(c.Title) + `</caption><tbody>`)
	for _, p := range c.Points {
		b.WriteString(`<tr><th scope="row">` + html.EscapeString(p.Label) + `</th><td class="num" data-label="">` + i18n.Number(p.Value) +
			html.EscapeString(c.Unit) + `</td></tr>`)
	}
	b.WriteString(`</tbody></table></details>`)
	return b.String()
}
