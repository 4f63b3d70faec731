package bench

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/i18n"
)

func TestTargetsAreJudged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row Row
		met bool
		bar string
	}{
		{Row{Ratio: .75, Target: .7}, true, "███████████████░░░░░"},
		{Row{Ratio: .3, Target: .6}, false, "██████░░░░░░░░░░░░░░"},
		{Row{Ratio: 1.3}, true, "████████████████████"},
		{Row{Ours: Figures{P50: 19 * time.Millisecond}, AtMost: 20 * time.Millisecond}, true, ""},
		{Row{Ours: Figures{P50: 21 * time.Millisecond}, AtMost: 20 * time.Millisecond}, false, ""},
	} {
		if c.row.Met() != c.met {
			t.Errorf("%+v: met %t", c.row, c.row.Met())
		}
		if c.bar != "" {
			if got := bar(c.row.Ratio, 0); got != c.bar {
				t.Errorf("%v is %s", c.row.Ratio, got)
			}
		}
	}
}

func TestReportSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	r := Report{Engine: "sqlite", Rows: []Row{{Part: PartPages, Name: bare, Of: bare, Limit: &Figures{Rate: 10}, Ratio: .5, Target: .7}}}
	for lang, want := range map[i18n.Lang]string{i18n.Ja: "未達", i18n.En: "MISSED"} {
		var b bytes.Buffer
		if err := r.print(Options{Lang: lang, Out: &b}); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%s: %v\n%s", lang, err, b.String())
		}
	}
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	good := Options{Shops: 1, Products: 2, Rounds: 1, Conns: 1}
	if err := good.check(); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*Options){
		func(o *Options) { o.Shops = 0 }, func(o *Options) { o.Products = 1 }, func(o *Options) { o.Rounds = 0 },
		func(o *Options) { o.Conns = 0 }, func(o *Options) { o.Conns = 1001 }, func(o *Options) { o.Parts = []string{"all"} },
	} {
		o := good
		if change(&o); o.check() == nil {
			t.Errorf("%+v passes", o)
		}
	}
}
