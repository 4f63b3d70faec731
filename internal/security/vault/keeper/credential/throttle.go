package credential

import (
	"sync"
	"time"
)

// throttle counts failures in memory. Each bucket forgets after its window.
type throttle struct {
	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	n     int
	since time.Time
}

const (
	failWindow     = 15 * time.Minute
	failsAtLogin   = 10  // of one log-in id from one network, or of one known browser
	failsAtNetwork = 100 // of one network, whatever the log-in id
	failsAtCode    = 10  // of one account's second factor
	maxBuckets     = 500_000
)

func newThrottle() *throttle { return &throttle{buckets: map[string]bucket{}} }

// over says whether a bucket is full.
func (t *throttle) over(now time.Time, key string, limit int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.buckets[key]
	return now.Sub(b.since) < failWindow && b.n >= limit
}

// fail counts a failure.
func (t *throttle) fail(now time.Time, keys ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.buckets) >= maxBuckets {
		for k, b := range t.buckets {
			if now.Sub(b.since) >= failWindow {
				delete(t.buckets, k)
			}
		}
	}
	for _, k := range keys {
		b := t.buckets[k]
		if now.Sub(b.since) >= failWindow {
			b = bucket{since: now}
		}
		b.n++
		t.buckets[k] = b
	}
}

// clear forgets a bucket after a success.
func (t *throttle) clear(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.buckets, key)
}
