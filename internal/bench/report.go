package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
)

// A Report is all that was measured.
type Report struct {
	Time   time.Time `json:"time"`
	Go     string    `json:"go"`
	OS     string    `json:"os"`
	CPUs   int       `json:"cpus"`
	Engine string    `json:"engine"`
	Rounds int       `json:"rounds"`
	Conns  int       `json:"connections"`
	Shops  int       `json:"shops"`
	Rows   []Row     `json:"rows"`
}

func (r Report) print(o Options) error {
	if o.JSON {
		e := json.NewEncoder(o.Out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	l := o.Lang
	fmt.Fprintf(o.Out, "\nnoren bench   %s   %s   %d CPU   %s   %s %d   %s %d   %s\n", r.Engine, r.OS, r.CPUs, r.Go,
		l.Pick("回", "rounds"), r.Rounds, l.Pick("接続", "connections"), r.Conns, r.Time.Format(time.DateOnly))
	for i, row := range r.Rows {
		if i == 0 || r.Rows[i-1].Part != row.Part {
			fmt.Fprintln(o.Out)
		}
		row.print(o.Out, l)
	}
	_, err := fmt.Fprintln(o.Out)
	return err
}

func (r Row) print(w io.Writer, l i18n.Lang) {
	fmt.Fprintf(w, "%s\n", l.Pick(r.Name.Ja, r.Name.En))
	fmt.Fprintf(w, "    %-34s%s\n", l.Pick("測定値", "measured"), r.Ours)
	if r.Limit != nil {
		fmt.Fprintf(w, "    %-34s%s\n", l.Pick(r.Of.Ja, r.Of.En), *r.Limit)
		fmt.Fprintf(w, "    %3.0f %% %s (%.0f–%.0f)", 100*r.Ratio, bar(r.Ratio, r.Target), 100*r.Low, 100*r.High)
	} else {
		fmt.Fprint(w, "   ")
	}
	if r.Target > 0 {
		fmt.Fprintf(w, "  %s ≥ %.0f %%: %s", l.Pick("目標", "target"), 100*r.Target, r.verdict(l))
	}
	if r.AtMost > 0 {
		fmt.Fprintf(w, " %s p50 ≤ %s: %s", l.Pick("目標", "target"), short(r.AtMost), r.verdict(l))
	}
	if t := l.Pick(r.Note.Ja, r.Note.En); t != "" {
		fmt.Fprintf(w, "  %s", t)
	}
	fmt.Fprintln(w)
}

func (r Row) verdict(l i18n.Lang) string {
	if r.Met() {
		return l.Pick("達成", "met")
	}
	return l.Pick("未達", "MISSED")
}

// String is a line of figures.
func (f Figures) String() string {
	return fmt.Sprintf("%9.0f /s   p50 %8s   p99 %8s", f.Rate, short(f.P50), short(f.P99))
}

func short(d time.Duration) string {
	switch {
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", float64(d)/1e6)
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.0f µs", float64(d)/1e3)
}

// bar shows a ratio in twenty cells, with a mark at the target.
func bar(ratio, target float64) string {
	const cells = 20
	full := max(0, min(cells, int(ratio*cells+.5)))
	out := []rune(strings.Repeat("█", full) + strings.Repeat("░", cells-full))
	if at := int(target * cells); target > 0 && at < cells {
		out[at] = '┃'
	}
	return string(out)
}
