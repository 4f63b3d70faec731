// Package load asks a server many times over and says how fast it answered.
//
// It guarantees that both sides of a comparison are asked by the same client over the same number of connections, that an
// answer with an unexpected status counts as failed and not as fast, and that every run is bounded in count and time. Its
// client is small (prepared bytes out, lengths in), so that it takes as little as can be of a machine that it shares with
// the server. It refuses addresses that are not on loopback.
package load

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Target is a server and what is asked of it.
type Target struct {
	Address string // host:port on loopback
	// Next gives the i-th request's bytes; nil ends the run.
	Next func(i int) []byte
	// Status is the answer that counts.
	Status int
}

// A Run bounds one run: whichever comes first.
type Run struct {
	Conns int
	Count int
	Time  time.Duration
}

// A Sample is what one run gave.
type Sample struct {
	Done   int
	Failed int
	Wrong  int // the status of the first that failed
	Took   time.Duration
	Each   []time.Duration // sorted
}

// Rate is answers a second.
func (s Sample) Rate() float64 {
	if s.Took <= 0 {
		return 0
	}
	return float64(s.Done) / s.Took.Seconds()
}

// Percentile of the times of all samples.
func Percentile(p float64, samples ...Sample) time.Duration {
	var all []time.Duration
	for _, s := range samples {
		all = append(all, s.Each...)
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(p*float64(len(all))))]
}

var errNotLoopback = errors.New("bench asks servers on loopback only")

// Ask runs against the target.
func Ask(ctx context.Context, t Target, r Run) (Sample, error) {
	host, _, err := net.SplitHostPort(t.Address)
	if err != nil {
		return Sample{}, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return Sample{}, errNotLoopback
	}
	ctx, cancel := context.WithTimeout(ctx, r.Time)
	defer cancel()
	conns := make([]*caller, r.Conns)
	for i := range conns {
		if conns[i], err = dial(ctx, t.Address); err != nil {
			return Sample{}, err
		}
		defer conns[i].nc.Close()
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for _, c := range conns {
		wg.Go(func() { c.run(ctx, t, r.Count, &next) })
	}
	wg.Wait()
	s := Sample{Took: time.Since(start)}
	for _, c := range conns {
		if c.err != nil {
			return s, c.err
		}
		s.Done += len(c.each)
		s.Each = append(s.Each, c.each...)
		if s.Failed += c.failed; c.failed > 0 {
			s.Wrong = c.wrong
		}
	}
	slices.Sort(s.Each)
	return s, nil
}

// Call is Ask for a function.
func Call(n, atOnce int, do func(i int) error) (Sample, error) {
	each, errs := make([][]time.Duration, atOnce), make([]error, atOnce)
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for w := range atOnce {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				began := time.Now()
				if errs[w] = do(i); errs[w] != nil {
					return
				}
				each[w] = append(each[w], time.Since(began))
			}
		})
	}
	wg.Wait()
	s := Sample{Took: time.Since(start)}
	for _, e := range each {
		s.Done += len(e)
		s.Each = append(s.Each, e...)
	}
	slices.Sort(s.Each)
	return s, errors.Join(errs...)
}
