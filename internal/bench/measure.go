package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/bench/load"
)

// Figures are one side of a comparison.
type Figures struct {
	Rate   float64       `json:"per_second"`
	P50    time.Duration `json:"p50_ns"`
	P99    time.Duration `json:"p99_ns"`
	Count  int           `json:"count"`
	Failed int           `json:"failed,omitempty"`
}

// A Row is a comparison with its limit: the median of the rounds' ratios, the lowest and the highest.
type Row struct {
	Part   string     `json:"part"`
	Name   fault.Text `json:"name"`
	Of     fault.Text `json:"of"`
	Ours   Figures    `json:"ours"`
	Limit  *Figures   `json:"limit,omitempty"`
	Ratio  float64    `json:"ratio,omitempty"`
	Low    float64    `json:"ratio_low,omitempty"`
	High   float64    `json:"ratio_high,omitempty"`
	Target float64    `json:"target_ratio,omitempty"`
	// AtMost is a target for p50, instead of one for the ratio.
	AtMost time.Duration `json:"target_p50_ns,omitempty"`
	Note   fault.Text    `json:"note"`
}

// Met says whether the target, if any, was met.
func (r Row) Met() bool {
	if r.AtMost > 0 {
		return r.Ours.P50 <= r.AtMost
	}
	return r.Ratio >= r.Target
}

// A side runs one round of one side.
type side func(ctx context.Context, round int) (load.Sample, error)

// versus measures ours and the limit in turns. A warm-up of each comes first and is thrown away.
func (b *bencher) versus(ctx context.Context, row Row, ours, limit side) error {
	b.say("計測: "+row.Name.Ja, "Measuring: "+row.Name.En)
	var a, z []load.Sample
	var ratios []float64
	for round := range b.Rounds + 1 {
		x, err := ours(ctx, round)
		if err != nil {
			return err
		}
		if x.Failed > 0 {
			row.Note = fault.Text{Ja: fmt.Sprintf("%d 件が状態 %d", x.Failed, x.Wrong), En: fmt.Sprintf("%d answered %d", x.Failed, x.Wrong)}
		}
		var y load.Sample
		if limit != nil {
			if y, err = limit(ctx, round); err != nil {
				return err
			}
			if y.Failed > 0 {
				return fmt.Errorf("the limit failed %d times (status %d)", y.Failed, y.Wrong)
			}
		}
		if round == 0 {
			continue
		}
		a, z = append(a, x), append(z, y)
		if limit != nil {
			ratios = append(ratios, x.Rate()/y.Rate())
		}
	}
	row.Ours = figures(a)
	if limit != nil {
		l := figures(z)
		slices.Sort(ratios)
		row.Limit, row.Ratio, row.Low, row.High = &l, ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1]
	}
	b.report.Rows = append(b.report.Rows, row)
	return nil
}

func figures(ss []load.Sample) Figures {
	f := Figures{P50: load.Percentile(.5, ss...), P99: load.Percentile(.99, ss...)}
	var rates []float64
	for _, s := range ss {
		f.Count += s.Done
		f.Failed += s.Failed
		rates = append(rates, s.Rate())
	}
	slices.Sort(rates)
	f.Rate = rates[len(rates)/2]
	return f
}
