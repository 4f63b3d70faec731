// Package metrics counts requests for Prometheus.
//
// It guarantees labels of bounded number (door, route's pattern, class of status), and that nothing of a person or a shop
// becomes a label. It refuses a registry of its own: the server hands one in.
package metrics

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/noren-shop/noren/internal/web/frame"
)

// New registers the counters and returns what doors take as Config.Observe.
func New(reg prometheus.Registerer) (func(frame.Observation), error) {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "noren_http_request_seconds", Help: "Time from the first byte of a request to the last of its answer.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"door", "route", "status"})
	kept := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "noren_http_kept_total", Help: "Requests answered from the page cache.",
	}, []string{"door"})
	for _, c := range []prometheus.Collector{took, kept} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return func(o frame.Observation) {
		if o.Kept {
			kept.WithLabelValues(o.Door).Inc()
		}
		took.WithLabelValues(o.Door, o.Pattern, strconv.Itoa(o.Status/100)+"xx").Observe(o.Took.Seconds())
	}, nil
}

// Route shows what was gathered to whoever may read it: the operator's door only.
func Route(g prometheus.Gatherer) frame.Route {
	var h http.Handler = promhttp.HandlerFor(g, promhttp.HandlerOpts{DisableCompression: true})
	return frame.Route{Method: "GET", Pattern: "/metrics", Right: frame.Public, Handler: frame.Foreign(h)}
}
